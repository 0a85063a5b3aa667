//! The one place that draws random values, always from the operating system's generator.

use crate::primitives::RandomError;

/// Fills `bytes` from the operating system's generator, where they are.
///
/// # Errors
///
/// [`RandomError`] if the generator fails; nothing is ever drawn from anywhere else instead.
#[allow(clippy::disallowed_methods, reason = "this file is the generator's door")]
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(bytes).map_err(|_| RandomError(()))
}

/// `N` bytes from the operating system's generator.
///
/// # Errors
///
/// As for [`fill`].
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// 128 random bits: the size of every identifier that must not be guessed or met twice.
///
/// # Errors
///
/// As for [`fill`].
pub(crate) fn id() -> Result<u128, RandomError> {
    bytes().map(u128::from_be_bytes)
}
