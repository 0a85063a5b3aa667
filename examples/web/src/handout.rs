//! Random values that are handed out once, in a link or as an API token, and kept as a digest.

use data_encoding::HEXLOWER;
use getrandom::{SysRng, rand_core::TryRng};
use second_factor::BoxError;
use sha2::{Digest, Sha256};

/// So many random bytes, as text.
pub(crate) fn draw<const BYTES: usize>() -> Result<String, BoxError> {
    let mut bytes = [0; BYTES];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(HEXLOWER.encode(&bytes))
}

/// What is kept of it. With 256 random bits in it, a plain digest is enough.
pub(crate) fn digest(handed_out: &str) -> Vec<u8> {
    Sha256::digest(handed_out).to_vec()
}
