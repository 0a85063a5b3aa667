//! HMAC with a prepared key.
