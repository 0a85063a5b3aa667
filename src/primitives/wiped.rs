//! Bytes that are secret while they are put together.

use std::{
    convert::Infallible,
    fmt,
    ops::{Deref, DerefMut},
};

use minicbor::encode::Write;
use zeroize::optimization_barrier;

/// Bytes that are wiped when they are dropped: whole words at a time, which byte by byte takes as long as a compression of a hash.
pub(crate) struct Wiped<B: AsMut<[u8]> = Vec<u8>>(B);

impl<B: AsMut<[u8]>> Wiped<B> {
    pub(crate) const fn new(bytes: B) -> Self {
        Self(bytes)
    }

    pub(crate) const fn whole(&self) -> &B {
        &self.0
    }

    pub(crate) const fn whole_mut(&mut self) -> &mut B {
        &mut self.0
    }
}

/// A text that grows. Where it was when it had to move is wiped, too.
impl Wiped {
    /// None yet, and room for so many.
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// A copy of these.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        if self.0.capacity().wrapping_sub(self.0.len()) < bytes.len() {
            self.grow(bytes.len());
        }
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn extend_with_zeros(&mut self, count: usize) {
        if self.0.capacity().wrapping_sub(self.0.len()) < count {
            self.grow(count);
        }
        self.0.resize(self.0.len().saturating_add(count), 0);
    }

    /// The bytes themselves, which are no secret any more.
    pub(crate) fn into_public(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    /// Moves to a place that is large enough; the old one is wiped.
    #[cold]
    fn grow(&mut self, more: usize) {
        let needed = self.0.len().saturating_add(more);
        let mut larger = Self::with_room_for(needed.max(self.0.capacity().saturating_mul(2)));
        larger.0.extend_from_slice(&self.0);
        *self = larger;
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<B: AsMut<[u8]>> fmt::Debug for Wiped<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped(..)")
    }
}

impl<B: AsMut<[u8]>> Drop for Wiped<B> {
    fn drop(&mut self) {
        let bytes = self.0.as_mut();
        bytes.fill(0);
        // Without it the compiler might find that nobody reads what was filled, and leave it as it was.
        optimization_barrier(bytes);
    }
}

impl Write for Wiped {
    type Error = Infallible;

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.extend(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_move_is_whole_afterwards() {
        let mut bytes = Wiped::with_room_for(1);
        for part in [&b"a"[..], b"", b"bc", b"defg"] {
            bytes.extend(part);
        }
        assert_eq!(&*bytes, b"abcdefg");
        bytes.extend_with_zeros(0);
        assert_eq!(bytes.len(), 7);
        bytes.extend_with_zeros(249);
        assert_eq!((bytes.len(), &bytes[..8], bytes[255]), (256, &b"abcdefg\0"[..], 0));
        assert_eq!(bytes.into_public().len(), 256);
    }

    #[test]
    fn nothing_is_nothing() {
        let mut bytes = Wiped::with_room_for(0);
        bytes.extend_with_zeros(0);
        assert!(bytes.is_empty());
        assert!(Wiped::copy_of(b"").into_public().is_empty());
    }
}
