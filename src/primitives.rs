//! Bytes and time in, bytes out: the standards this crate is built from, each complete on its own.
//!
//! Nothing here remembers anything, so nothing here can refuse a replay or count a guess.
//! To check a person's code, use [`Verifier`](crate::Verifier); these parts are for phones, tests, imports and measurements.

pub mod algorithm;
pub mod code;
pub mod hotp;
pub mod otpauth;
#[cfg(feature = "qr")]
pub mod qr;
pub mod secret;
pub mod time;
pub mod totp;

pub(crate) mod backup;
pub(crate) mod digest;
pub(crate) mod hmac;
pub(crate) mod random;
pub(crate) mod seal;
pub(crate) mod stored;
pub(crate) mod wiped;

/// The operating system's random generator failed.
///
/// It reaches a host as [`Unavailable::Random`](crate::Unavailable::Random).
///
/// ```
/// use second_factor::{KeyRing, primitives::RandomError};
///
/// /// The command that installs the service prints the keys for its secret store. Without random bits there is nothing to install.
/// fn new_keys() -> Result<String, RandomError> {
///     Ok(KeyRing::generate()?.to_text().to_string())
/// }
///
/// assert!(new_keys()?.starts_with("sfk1:"));
/// # Ok::<(), RandomError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct RandomError(pub(crate) ());
