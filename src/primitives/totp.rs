//! TOTP, the time-based one-time password of RFC 6238.
