//! The stored form of a record: what a store keeps, and for how long it can be read (for ever).
//!
//! ```text
//! sealed( version ‖ CBOR of the fields, each with its number ‖ 0x80 ‖ zeros up to a multiple of 256 )
//! ```
//!
//! * The seal binds tenant, user and revision: a record that was edited, moved to another user or put under another revision does not
//!   open.
//! * Fields are numbered (CBOR, RFC 8949), so a later version can add some with a default. What this version does not know, or finds
//!   twice, or finds after the end, is an error: to drop it in the next write would be to forget a spent code.
//! * In version 1 fields had names. Such a record is still read, and written as version 2. So are notices in words, as they were at first.
//! * The padding hides from whoever reads the database how much there is in a record.

use super::{
    Authenticator, BackupCodes, Device, MAX_AUTHENTICATORS, Record, SentCode, challenge, device, one_time,
    outbox, words::MAX_NAME,
};
use crate::{
    primitives::{
        RandomError,
        otpauth::OtpauthUri,
        seal::{KeyRing, OpenError, Plaintext, Purpose},
        stored::{Keys, Reader, Stored},
    },
    user::UserKey,
};

/// The most bytes of a sealed record: 16 KiB.
pub(crate) const MAX_BYTES: usize = 16 * 1024;

/// How the fields of each version are told apart. A record of another version is not guessed at.
const VERSIONS: [(u8, Keys); 2] = [(1, Keys::Names), (VERSION, Keys::Numbers)];
/// The version that is written.
const VERSION: u8 = 2;
/// Room for almost every record. A larger one moves while it is written, and is wiped where it was.
const USUAL_BYTES: usize = 4096;
/// The padded text is a multiple of so many bytes.
const BLOCK: usize = 256;
/// What ends the text and begins the padding (ISO/IEC 7816-4).
const END: u8 = 0x80;

/// Why a record could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealError {
    TooLarge,
    Random(RandomError),
}

impl Record {
    /// The sealed bytes for this user and revision.
    pub(crate) fn seal(
        &self,
        keys: &KeyRing,
        user: &UserKey,
        revision: &[u8; 16],
    ) -> Result<Vec<u8>, SealError> {
        let plaintext = self.encode().ok_or(SealError::TooLarge)?;
        let sealed =
            keys.seal(Purpose::Record, &context(user, revision), plaintext).map_err(SealError::Random)?;
        if sealed.len() > MAX_BYTES { Err(SealError::TooLarge) } else { Ok(sealed) }
    }

    /// The record that was sealed for this user and revision.
    ///
    /// # Errors
    ///
    /// Everything else. There is no record that is "almost right".
    pub(crate) fn open(
        keys: &KeyRing,
        user: &UserKey,
        revision: &[u8; 16],
        sealed: &[u8],
    ) -> Result<Self, OpenError> {
        if sealed.len() > MAX_BYTES {
            return Err(OpenError::Unreadable);
        }
        let plaintext = keys.open(Purpose::Record, &context(user, revision), sealed)?;
        Self::decode(&plaintext).ok_or(OpenError::Unreadable)
    }

    fn encode(&self) -> Option<Plaintext> {
        let mut text = Plaintext::with_room_for(USUAL_BYTES);
        text.push(VERSION);
        self.write(&mut text.writer()).ok()?;
        text.push(END);
        text.pad(BLOCK);
        Some(text)
    }

    fn decode(text: &[u8]) -> Option<Self> {
        let (version, fields) = unpad(text)?.split_first()?;
        let (_, keys) = VERSIONS.iter().find(|(known, _)| known == version)?;
        Reader::new(fields, *keys).only().filter(Self::is_sound)
    }

    /// Whether it keeps to the bounds that every ceremony keeps.
    fn is_sound(&self) -> bool {
        let ids_rise = self.authenticators.is_sorted_by(|one, next| one.id < next.id);
        let active = self.authenticators.iter().map(Authenticator::name);
        let pending = self.pending.iter();
        ids_rise
            && self.authenticators.last().is_none_or(|last| last.id < self.next_id)
            && self.authenticators.len() <= MAX_AUTHENTICATORS
            && active
                .chain(pending.clone().map(|pending| pending.name()))
                .all(|name| name.chars().count() <= MAX_NAME)
            && pending
                .map(|pending| pending.account_label())
                .all(|label| label.len() <= OtpauthUri::MAX_ACCOUNT_BYTES)
            && self.backup_codes.as_ref().is_none_or(BackupCodes::is_sound)
            && self.devices.iter().all(Device::is_sound)
            && self.sends.is_sound()
            && is_set(self.devices.iter().map(|device| device.id().get()), device::MAX_DEVICES)
            && is_set(self.sent_codes.iter().map(SentCode::challenge), one_time::MAX_SENT)
            && is_set(self.proofs.iter().map(|proof| proof.id), challenge::MAX_PROOFS)
            && self.proofs.iter().all(|proof| proof.action.check().is_ok())
            && is_set(self.completed.iter().map(|completed| completed.id), challenge::MAX_COMPLETED)
            && is_set(self.pending_notices().iter().map(|notice| notice.id), outbox::MAX_WAITING)
    }
}

/// Whether these are so many at most, and no two of them equal.
fn is_set(mut ids: impl Iterator<Item = u128> + Clone, most: usize) -> bool {
    let mut count = 0;
    while let Some(id) = ids.next() {
        count += 1;
        if count > most || ids.clone().any(|other| other == id) {
            return false;
        }
    }
    true
}

/// What a seal is bound to beside its purpose, format, algorithm and key.
fn context<'a>(user: &'a UserKey, revision: &'a [u8; 16]) -> [&'a [u8]; 3] {
    [user.tenant().as_str().as_bytes(), user.user().as_bytes(), revision]
}

/// The text before the padding, if this is a whole number of blocks with the least padding that fills the last.
fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    let (text, padding) = padded.split_at_checked(end)?;
    (padding.first() == Some(&END) && padding.len() <= BLOCK && padded.len().is_multiple_of(BLOCK))
        .then_some(text)
}

#[cfg(test)]
mod tests;
