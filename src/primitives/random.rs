//! The one place that draws random values, always from the operating system's generator.

use std::num::NonZeroU32;

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

/// A number below `bound`, each as likely as the others.
///
/// # Errors
///
/// As for [`fill`].
pub(crate) fn below(bound: NonZeroU32) -> Result<u32, RandomError> {
    // Numbers from the last, incomplete run of `bound` are drawn again, so that none is more likely.
    let surplus = (u32::MAX % bound).wrapping_add(1) % bound;
    loop {
        let drawn = bytes().map(u32::from_be_bytes)?;
        if drawn <= u32::MAX.wrapping_sub(surplus) {
            return Ok(drawn % bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p11_numbers_below_a_bound_are_below_it_and_reach_it() {
        let bound = NonZeroU32::new(5).unwrap();
        let drawn: std::collections::BTreeSet<_> = (0..1000).map(|_| below(bound).unwrap()).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(below(NonZeroU32::MIN).unwrap(), 0);
        // More than half of all numbers would be drawn again if the surplus were wrong by the whole bound.
        let large = NonZeroU32::new(u32::MAX).unwrap();
        assert!((0..100).all(|_| below(large).unwrap() < u32::MAX));
    }
}
