//! The host's keys: one that seals, and older ones that only open.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{KEY_ID_BYTES, Purpose};
use crate::primitives::{RandomError, random};

/// The keys under which records and tokens are sealed. One is the primary, which seals; the others only open.
///
/// Keep its [text](Self::to_text) where you keep the service's other secrets: in a secret store, in an environment variable, in a file
/// that only the service can read. Whoever has it *and* the database can read every authenticator's secret; whoever loses it has locked
/// every enrolled user out.
///
/// To rotate: [`rotate`](Self::rotate), give the new text to every server, let all records be written once, then
/// [`retire`](Self::retire) the old keys. A record under a key that is gone is an error, never an absence.
///
/// ```
/// use second_factor::KeyRing;
///
/// let text = KeyRing::generate()?.to_text();          // once, at installation
/// let keys = KeyRing::from_text(&text)?;              // at every start
/// let rotated = keys.rotate()?;                       // seals under a new key, still opens what the old one sealed
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyRing {
    primary: Key,
    open_only: Vec<Key>,
}

/// What a text of a key ring begins with.
const PREFIX: &str = "sfk1:";

impl KeyRing {
    /// A ring with one new key from the operating system's generator.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails.
    pub fn generate() -> Result<Self, RandomError> {
        Ok(Self { primary: Key::generate()?, open_only: Vec::new() })
    }

    /// Reads what [`to_text`](Self::to_text) wrote: `sfk1:` and then the keys, the primary first, separated by commas, each as its id in
    /// hexadecimal, a dot, and its 256 bits in base64url. White space around it is ignored.
    ///
    /// # Errors
    ///
    /// [`KeyRingError`] if it is anything else, or names a key twice. It never repeats what it read.
    pub fn from_text(text: &str) -> Result<Self, KeyRingError> {
        let keys = text.trim().strip_prefix(PREFIX).ok_or(KeyRingError(()))?;
        let mut open_only = Vec::new();
        for key in keys.split(',') {
            let key = Key::from_text(key).ok_or(KeyRingError(()))?;
            if open_only.iter().any(|other: &Key| other.id == key.id) {
                return Err(KeyRingError(()));
            }
            open_only.push(key);
        }
        // `split` gives at least one part, so there is a first key.
        let primary = open_only.remove(0);
        Ok(Self { primary, open_only })
    }

    /// The whole ring as text: a secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text =
            Zeroizing::new(String::with_capacity(self.open_only.len().saturating_add(2).saturating_mul(64)));
        text.push_str(PREFIX);
        self.primary.write(&mut text);
        for key in &self.open_only {
            text.push(',');
            key.write(&mut text);
        }
        text
    }

    /// Puts a new primary key in front; all the others now only open.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails. The ring is gone then: read it again from its text.
    pub fn rotate(self) -> Result<Self, RandomError> {
        let mut primary = Key::generate()?;
        while self.key(primary.id).is_some() {
            primary = Key::generate()?;
        }
        let mut open_only = self.open_only;
        open_only.insert(0, self.primary);
        Ok(Self { primary, open_only })
    }

    /// Drops every key but the primary. What they sealed no longer opens.
    #[must_use]
    pub fn retire(self) -> Self {
        Self { primary: self.primary, open_only: Vec::new() }
    }

    pub(super) fn primary(&self, purpose: Purpose) -> (KeyId, &[u8; 32]) {
        (self.primary.id, self.primary.for_purpose(purpose))
    }

    pub(super) fn find(&self, id: KeyId, purpose: Purpose) -> Option<&[u8; 32]> {
        Some(self.key(id)?.for_purpose(purpose))
    }

    fn key(&self, id: KeyId) -> Option<&Key> {
        std::iter::once(&self.primary).chain(&self.open_only).find(|key| key.id == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.open_only.len().saturating_add(1))
    }
}

/// The text is not a key ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not a key ring")]
pub struct KeyRingError(());

/// Which key of the ring sealed something. Not secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Zeroize)]
pub(super) struct KeyId(u32);

impl KeyId {
    pub(super) const fn to_bytes(self) -> [u8; KEY_ID_BYTES] {
        self.0.to_be_bytes()
    }

    pub(super) const fn from_bytes(bytes: [u8; KEY_ID_BYTES]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }
}

/// A key of the ring, and what is derived from it. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Key {
    #[zeroize(skip)]
    id: KeyId,
    root: [u8; 32],
    record: [u8; 32],
    token: [u8; 32],
}

impl Key {
    fn generate() -> Result<Self, RandomError> {
        let root = Zeroizing::new(random::bytes::<32>()?);
        Ok(Self::new(KeyId::from_bytes(random::bytes()?), &root))
    }

    fn new(id: KeyId, root: &[u8; 32]) -> Self {
        Self { id, root: *root, record: derive(root, Purpose::Record), token: derive(root, Purpose::Token) }
    }

    const fn for_purpose(&self, purpose: Purpose) -> &[u8; 32] {
        match purpose {
            Purpose::Record => &self.record,
            Purpose::Token => &self.token,
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        let (id, root) = text.split_once('.')?;
        let id = HEXLOWER.decode(id.as_bytes()).ok()?;
        let root = Zeroizing::new(BASE64URL_NOPAD.decode(root.as_bytes()).ok()?);
        let root: Zeroizing<[u8; 32]> = Zeroizing::new(root.as_slice().try_into().ok()?);
        Some(Self::new(KeyId::from_bytes(id.try_into().ok()?), &root))
    }

    fn write(&self, text: &mut String) {
        HEXLOWER.encode_append(&self.id.to_bytes(), text);
        text.push('.');
        BASE64URL_NOPAD.encode_append(&self.root, text);
    }
}

/// HKDF-SHA-256 (RFC 5869) without salt, which §3.1 allows for keys that are uniformly random already.
fn derive(root: &[u8; 32], purpose: Purpose) -> [u8; 32] {
    let mut key = [0; 32];
    let expanded = Hkdf::<Sha256>::new(None, root).expand(purpose.domain(), &mut key);
    debug_assert!(expanded.is_ok(), "one block of output is never too long");
    key
}
