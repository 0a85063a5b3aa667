//! Bytes that are secret while they are put together.

use std::{convert::Infallible, fmt, ops::Deref};

use minicbor::encode::Write;
use zeroize::optimization_barrier;

/// Bytes that are wiped when they are dropped, and where they were when they had to move to grow.
pub(crate) struct Wiped(Vec<u8>);

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

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
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

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped(..)")
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        // A plain fill and a barrier behind it wipe whole words at a time, where `Vec::zeroize` wipes byte by byte.
        self.0.fill(0);
        optimization_barrier(self.0.as_slice());
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
