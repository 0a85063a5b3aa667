//! The hashes that HOTP and TOTP are defined for.

/// The hash inside the HMAC (RFC 6238 §1.2).
///
/// Part of a [`Totp`](super::totp::Totp), which shows it.
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
