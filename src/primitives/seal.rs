//! Sealing: authenticated encryption under keys that can be rotated.
//!
//! A sealed text is `format ‖ algorithm ‖ key id ‖ nonce ‖ ciphertext ‖ tag`. It opens only under the same key, for the same
//! [`Purpose`] and the same context: all of them are associated data, each with its length before it, so that no two different
//! contexts give the same bytes.

mod key_id;
mod keyring;

pub use key_id::KeyId;
pub use keyring::{KeyRing, KeyRingError};

use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce, aead::AeadInOut};
use zeroize::Zeroizing;

use crate::primitives::{RandomError, random};

/// What something is sealed for. Each purpose has a key of its own, derived from the ring's by HKDF-SHA-256 (RFC 5869).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A user's record, in the host's store.
    Record,
    /// A token, in a person's browser.
    Token,
}

impl Purpose {
    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Record => b"second-factor record",
            Self::Token => b"second-factor token",
        }
    }
}

/// Why a sealed text did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// Not sealed text, of an unknown format or algorithm, changed, or sealed for something else.
    Unreadable,
    /// Sealed under a key that is not in the ring.
    UnknownKey,
}

/// The only format so far.
const FORMAT: u8 = 1;
/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): its 192-bit nonces may be drawn at random without ever meeting.
const XCHACHA20_POLY1305: u8 = 1;

const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = 2 + KEY_ID_BYTES;

/// How many bytes a sealed text is longer than what it seals.
pub(crate) const OVERHEAD: usize = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

impl KeyRing {
    /// Seals `plaintext` under the primary key, with a fresh random nonce.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        context: &[&[u8]],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, RandomError> {
        let (id, key) = self.primary(purpose);
        let nonce = random::bytes::<NONCE_BYTES>()?;
        let associated = associated_data(purpose, id, context);
        // Encrypted in place, in a buffer of its own that has room for everything: no plaintext is left behind by growing.
        let mut text = Zeroizing::new(Vec::with_capacity(plaintext.len().saturating_add(OVERHEAD)));
        text.extend_from_slice(&[FORMAT, XCHACHA20_POLY1305]);
        text.extend_from_slice(&id.to_bytes());
        text.extend_from_slice(&nonce);
        text.extend_from_slice(plaintext);
        let body = text.get_mut(HEADER_BYTES.saturating_add(NONCE_BYTES)..).unwrap_or_default();
        let tag = XChaCha20Poly1305::new(key.into())
            .encrypt_inout_detached(&XNonce::from(nonce), &associated, body.into())
            .map_err(|_| RandomError(()))?;
        text.extend_from_slice(&tag);
        Ok(std::mem::take(&mut *text))
    }

    /// Opens what [`seal`](Self::seal) made for the same purpose and context, under whichever key of the ring it names.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        context: &[&[u8]],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let Sealed { id, nonce, body, tag } = Sealed::parse(sealed).ok_or(OpenError::Unreadable)?;
        let key = self.find(id, purpose).ok_or(OpenError::UnknownKey)?;
        let associated = associated_data(purpose, id, context);
        let mut plaintext = Zeroizing::new(body.to_vec());
        XChaCha20Poly1305::new(key.into())
            .decrypt_inout_detached(&nonce, &associated, plaintext.as_mut_slice().into(), &tag)
            .map_err(|_| OpenError::Unreadable)?;
        Ok(plaintext)
    }
}

/// Which key `sealed` says that it is sealed under; `None` if it is not sealed text.
///
/// Only [`open`](KeyRing::open) finds out whether it is so.
pub(crate) fn key_id_of(sealed: &[u8]) -> Option<KeyId> {
    Sealed::parse(sealed).map(|sealed| sealed.id)
}

/// A sealed text, taken apart.
struct Sealed<'a> {
    id: KeyId,
    nonce: XNonce,
    body: &'a [u8],
    tag: Tag,
}

impl<'a> Sealed<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        let (&[format, algorithm], rest) = text.split_first_chunk()?;
        if format != FORMAT || algorithm != XCHACHA20_POLY1305 {
            return None;
        }
        let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let (body, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
        Some(Self { id: KeyId::from_bytes(*id), nonce: XNonce::from(*nonce), body, tag: Tag::from(*tag) })
    }
}

/// The associated data: every part with its length before it, the number of parts in front.
fn associated_data(purpose: Purpose, id: KeyId, context: &[&[u8]]) -> Vec<u8> {
    let fixed: [&[u8]; 3] = [purpose.domain(), &[FORMAT, XCHACHA20_POLY1305], &id.to_bytes()];
    injective(fixed.iter().chain(context))
}

/// Joins parts so that no two different lists of parts give the same bytes: each has its length, as 64 bits, before it.
fn injective<'a>(parts: impl Iterator<Item = &'a &'a [u8]>) -> Vec<u8> {
    let mut joined = Vec::with_capacity(128);
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

#[cfg(test)]
mod tests;
