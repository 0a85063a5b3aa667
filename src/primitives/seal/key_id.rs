//! The names of keys.

use std::fmt;

use data_encoding::HEXLOWER;

use super::KEY_ID_BYTES;

/// The name of a key of a [`KeyRing`](super::KeyRing): 32 random bits, no two the same in a ring.
///
/// Not secret. It is shown as eight hexadecimal digits, as in the [text](super::KeyRing::to_text) of the ring.
///
/// ```
/// use second_factor::{KeyId, KeyRing};
///
/// /// For the log at start: under which key this server seals.
/// fn seals_under(keys: &KeyRing) -> String {
///     let id: KeyId = keys.primary_id();
///     id.to_string()
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(u32);

impl KeyId {
    pub(super) const fn to_bytes(self) -> [u8; KEY_ID_BYTES] {
        self.0.to_be_bytes()
    }

    pub(super) const fn from_bytes(bytes: [u8; KEY_ID_BYTES]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }

    /// Reads what `Display` writes, and nothing else.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
