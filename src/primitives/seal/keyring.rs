//! The host's keys: one that seals, and older ones that only open.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::{KeyId, Purpose};
use crate::primitives::{RandomError, random};

/// The keys under which records and tokens are sealed. One is the primary, which seals; the others only open.
///
/// Keep its [text](Self::to_text) where you keep the service's other secrets: in a secret store, in an environment variable, in a file
/// that only the service can read. Whoever has it *and* the database can read every authenticator's secret; whoever loses it has locked
/// every enrolled user out.
///
/// To rotate on one server: [`rotate`](Self::rotate). Where several share the records, none may seal under a key that another does not
/// have yet: [`add`](Self::add) one and give the text to all of them; then [`promote`](Self::promote) it and give them that.
///
/// Records are sealed anew, under the primary key, when they are next written, or by `Verifier::reseal` and `Administration::reseal`. Old
/// keys stay in the ring for as long as any record may be sealed under them: once every record has been resealed, [`retire`](Self::retire)
/// is safe. Before, it locks users out, for a record under a key that is gone is an error, never an absence.
///
/// Keep a [`check_value`](Self::check_value) beside the records, so that a service with the wrong ring stops when it starts.
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
    /// Each in a place of its own, so that moving the ring, or growing it, leaves no copy of a key behind.
    primary: Box<Key>,
    #[allow(clippy::vec_box, reason = "a vector that grows moves what it holds, and wipes nothing")]
    open_only: Vec<Box<Key>>,
}

/// What a text of a key ring begins with.
const PREFIX: &str = "sfk1:";
/// What a check value begins with.
const CHECK_PREFIX: &str = "sfc1:";
/// What check values are derived for, and nothing else is.
const CHECK_DOMAIN: &[u8] = b"second-factor check";

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
        let mut keys = text.trim().strip_prefix(PREFIX).ok_or(KeyRingError(()))?.split(',');
        let primary = keys.next().and_then(Key::from_text).ok_or(KeyRingError(()))?;
        let mut ring = Self { primary, open_only: Vec::new() };
        for key in keys {
            let key = Key::from_text(key).ok_or(KeyRingError(()))?;
            if ring.key(key.id).is_some() {
                return Err(KeyRingError(()));
            }
            ring.open_only.push(key);
        }
        Ok(ring)
    }

    /// The whole ring as text: a secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let keys = self.open_only.len().saturating_add(1);
        let mut text = Zeroizing::new(String::with_capacity(keys.saturating_add(1).saturating_mul(64)));
        text.push_str(PREFIX);
        self.primary.write(&mut text);
        for key in &self.open_only {
            text.push(',');
            key.write(&mut text);
        }
        text
    }

    /// Adds a new key that only opens, for now, and so seals nothing that other servers could not read.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails. The ring is gone then: read it again from its text.
    pub fn add(mut self) -> Result<Self, RandomError> {
        let mut key = Key::generate()?;
        while self.key(key.id).is_some() {
            key = Key::generate()?;
        }
        self.open_only.push(key);
        Ok(self)
    }

    /// Makes the key that was added last the primary one; the others only open from now on. A ring of one key stays as it is.
    #[must_use]
    pub fn promote(mut self) -> Self {
        if let Some(newest) = self.open_only.pop() {
            let before = std::mem::replace(&mut self.primary, newest);
            self.open_only.insert(0, before);
        }
        self
    }

    /// Adds a new key and makes it the primary one at once: for a service that runs on one server.
    ///
    /// # Errors
    ///
    /// As for [`add`](Self::add).
    pub fn rotate(self) -> Result<Self, RandomError> {
        Ok(self.add()?.promote())
    }

    /// Drops every key but the primary. What they sealed no longer opens, and their [check values](Self::check_value) no longer match.
    #[must_use]
    pub fn retire(mut self) -> Self {
        self.open_only.clear();
        self
    }

    /// The name of the primary key, which seals.
    #[must_use]
    pub fn primary_id(&self) -> KeyId {
        self.primary.id
    }

    /// A value to keep beside the records, by which a service finds out at its start, not at the first sign-in, that it was given
    /// the keys of another database, or a ring from before a rotation.
    ///
    /// It is `sfc1:`, the id of the primary key in hexadecimal, a dot, and in base64url 128 bits derived from that key. They tell
    /// nothing else of it: the value is no secret.
    ///
    /// ```
    /// use second_factor::{KeyRing, KeyRingError};
    ///
    /// /// The keys, and what to keep as the check value from now on. `kept` is what was kept before; `None` at installation.
    /// fn start(text: &str, kept: Option<&str>) -> Result<(KeyRing, String), Box<dyn std::error::Error>> {
    ///     let keys = KeyRing::from_text(text)?;
    ///     if kept.is_some_and(|kept| !keys.matches(kept)) {
    ///         return Err("these are not the keys of this database".into());
    ///     }
    ///     let check = keys.check_value();
    ///     Ok((keys, check))
    /// }
    ///
    /// let text = KeyRing::generate()?.to_text();
    /// let (keys, kept) = start(&text, None)?;
    /// assert!(start(&text, Some(&kept)).is_ok());
    /// assert!(start(&keys.rotate()?.to_text(), Some(&kept)).is_ok());
    /// assert!(start(&KeyRing::generate()?.to_text(), Some(&kept)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn check_value(&self) -> String {
        format!("{CHECK_PREFIX}{}.{}", self.primary.id, BASE64URL_NOPAD.encode(&self.primary.check()))
    }

    /// Whether `check` is the [check value](Self::check_value) of a ring whose primary key is in this one.
    ///
    /// It stays so while keys are added and promoted, until the key that it names is retired. White space around it is ignored; a text
    /// that is no check value matches nothing. The comparison takes the same time wherever two values differ.
    #[must_use]
    pub fn matches(&self, check: &str) -> bool {
        let read = || {
            let (id, value) = check.trim().strip_prefix(CHECK_PREFIX)?.split_once('.')?;
            let value = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
            Some(self.key(KeyId::from_text(id)?)?.check().ct_eq(&value))
        };
        read().is_some_and(bool::from)
    }

    pub(super) fn primary(&self, purpose: Purpose) -> (KeyId, &[u8; 32]) {
        (self.primary.id, self.primary.for_purpose(purpose))
    }

    pub(super) fn find(&self, id: KeyId, purpose: Purpose) -> Option<&[u8; 32]> {
        Some(self.key(id)?.for_purpose(purpose))
    }

    fn key(&self, id: KeyId) -> Option<&Key> {
        std::iter::once(&self.primary).chain(&self.open_only).find(|key| key.id == id).map(|key| &**key)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.open_only.len().saturating_add(1))
    }
}

/// The text is not a key ring.
///
/// ```
/// use second_factor::{KeyRing, KeyRingError};
///
/// /// At start: what the environment variable has to say. Otherwise the service ends, with a message that shows nothing of it.
/// fn keys(variable: &str) -> Result<KeyRing, String> {
///     KeyRing::from_text(variable).map_err(|error: KeyRingError| format!("SECOND_FACTOR_KEYS: {error}"))
/// }
///
/// let cut_off = "sfk1:00c0ffee.AAECAwQFBgcICQoLDA0O";
/// assert_eq!(keys(cut_off).err().as_deref(), Some("SECOND_FACTOR_KEYS: the text is not a key ring"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not a key ring")]
pub struct KeyRingError(());

/// A key of the ring, and what is derived from it. Wiped when dropped.
struct Key {
    id: KeyId,
    root: [u8; 32],
    record: [u8; 32],
    token: [u8; 32],
}

impl Drop for Key {
    fn drop(&mut self) {
        let Self { id: _, root, record, token } = self;
        for secret in [root, record, token] {
            secret.zeroize();
        }
    }
}

impl Key {
    fn generate() -> Result<Box<Self>, RandomError> {
        let mut key = Self::blank(KeyId::from_bytes(random::bytes()?));
        random::fill(&mut key.root)?;
        key.derive();
        Ok(key)
    }

    fn from_text(text: &str) -> Option<Box<Self>> {
        let (id, root) = text.split_once('.')?;
        let id = KeyId::from_text(id)?;
        let root = Zeroizing::new(BASE64URL_NOPAD.decode(root.as_bytes()).ok()?);
        let mut key = Self::blank(id);
        if root.len() != key.root.len() {
            return None;
        }
        key.root.copy_from_slice(&root);
        key.derive();
        Some(key)
    }

    /// A place for a key. It is filled where it stays.
    fn blank(id: KeyId) -> Box<Self> {
        Box::new(Self { id, root: [0; 32], record: [0; 32], token: [0; 32] })
    }

    /// HKDF-SHA-256 (RFC 5869) without salt, which §3.1 allows for keys that are uniformly random already.
    fn derive(&mut self) {
        let root = Hkdf::<Sha256>::new(None, &self.root);
        for (purpose, key) in [(Purpose::Record, &mut self.record), (Purpose::Token, &mut self.token)] {
            let expanded = root.expand(purpose.domain(), key);
            debug_assert!(expanded.is_ok(), "one block of output is never too long");
        }
    }

    /// What its check value shows of it, derived like its keys and for nothing else.
    fn check(&self) -> [u8; 16] {
        let mut check = [0; 16];
        let expanded = Hkdf::<Sha256>::new(None, &self.root).expand(CHECK_DOMAIN, &mut check);
        debug_assert!(expanded.is_ok(), "one block of output is never too long");
        check
    }

    const fn for_purpose(&self, purpose: Purpose) -> &[u8; 32] {
        match purpose {
            Purpose::Record => &self.record,
            Purpose::Token => &self.token,
        }
    }

    fn write(&self, text: &mut String) {
        HEXLOWER.encode_append(&self.id.to_bytes(), text);
        text.push('.');
        BASE64URL_NOPAD.encode_append(&self.root, text);
    }
}

#[cfg(test)]
mod tests;
