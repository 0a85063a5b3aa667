//! The hashes that HOTP and TOTP are defined for.

use crate::primitives::stored::stored;

/// The hash inside the HMAC (RFC 6238 §1.2).
///
/// ```
/// use second_factor::{Import, primitives::{algorithm::Algorithm, secret::Secret, totp::Totp}};
///
/// /// A row of the system that users are taken over from: its column `algorithm`, and the seed. `None` goes on the list of those who
/// /// have to set up anew.
/// fn row(algorithm: &str, seed: &[u8]) -> Option<Import> {
///     let algorithm = match algorithm {
///         "sha1" => Algorithm::Sha1,
///         "sha256" => Algorithm::Sha256,
///         "sha512" => Algorithm::Sha512,
///         _ => return None,
///     };
///     let secret = Secret::from_bytes(seed).ok()?;
///     Some(Import::from_secret(secret, Totp::new().with_algorithm(algorithm)))
/// }
///
/// assert!(row("sha256", &[7; 32]).is_some() && row("md5", &[7; 32]).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub enum Algorithm {
    /// SHA-1, the only one that every authenticator app computes. HMAC does not rest on collision resistance.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}
stored!(enum Algorithm { 0: Sha1 = "Sha1", 1: Sha256 = "Sha256", 2: Sha512 = "Sha512" });

impl Algorithm {
    /// The length in bytes of a secret for this hash: that of its output (RFC 4226 §4 R6, RFC 6238 §5.1).
    #[must_use]
    pub const fn secret_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}
