//! The shared secret of an authenticator.
