//! `otpauth://` URIs.
