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

use crate::primitives::{RandomError, random, stored::Writer, wiped::Wiped};

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
/// Where what is sealed begins.
const BODY_AT: usize = 2 + KEY_ID_BYTES + NONCE_BYTES;

/// How many bytes a sealed text is longer than what it seals.
pub(crate) const OVERHEAD: usize = BODY_AT + TAG_BYTES;

/// What is to be sealed. It is written where it is encrypted, so that no copy of it is ever made.
pub(crate) struct Plaintext(Wiped);

impl Plaintext {
    /// None yet, and room for so many bytes.
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        let mut text = Wiped::with_room_for(bytes.saturating_add(OVERHEAD));
        text.extend(&[0; BODY_AT]);
        Self(text)
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.0.extend(&[byte]);
    }

    /// What writes at its end.
    pub(crate) fn writer(&mut self) -> Writer<'_> {
        Writer::new(&mut self.0)
    }

    /// Zeros up to a multiple of `block`.
    pub(crate) fn pad(&mut self, block: usize) {
        let short = self.body().len().next_multiple_of(block).saturating_sub(self.body().len());
        self.0.extend_with_zeros(short);
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.0.get(BODY_AT..).unwrap_or_default()
    }
}

impl KeyRing {
    /// Seals `plaintext` under the primary key, with a fresh random nonce.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        context: &[&[u8]],
        plaintext: Plaintext,
    ) -> Result<Vec<u8>, RandomError> {
        let (id, key) = self.primary(purpose);
        let nonce = random::bytes::<NONCE_BYTES>()?;
        let associated = associated_data(purpose, id, context);
        let Plaintext(mut text) = plaintext;
        let (head, body) = text.split_at_mut_checked(BODY_AT).ok_or(RandomError(()))?;
        let parts = [&[FORMAT, XCHACHA20_POLY1305][..], &id.to_bytes(), &nonce].concat();
        head.copy_from_slice(&parts);
        let tag = XChaCha20Poly1305::new(key.into())
            .encrypt_inout_detached(&XNonce::from(nonce), &associated, body.into())
            .map_err(|_| RandomError(()))?;
        text.extend(&tag);
        Ok(text.into_public())
    }

    /// Opens what [`seal`](Self::seal) made for the same purpose and context, under whichever key of the ring it names.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        context: &[&[u8]],
        sealed: &[u8],
    ) -> Result<Wiped, OpenError> {
        let Sealed { id, nonce, body, tag } = Sealed::parse(sealed).ok_or(OpenError::Unreadable)?;
        let key = self.find(id, purpose).ok_or(OpenError::UnknownKey)?;
        let associated = associated_data(purpose, id, context);
        let mut plaintext = Wiped::copy_of(body);
        XChaCha20Poly1305::new(key.into())
            .decrypt_inout_detached(&nonce, &associated, (&mut *plaintext).into(), &tag)
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

/// Ready to be sealed.
#[cfg(test)]
fn plain(bytes: &[u8]) -> Plaintext {
    let mut text = Plaintext::with_room_for(0);
    text.0.extend(bytes);
    text
}

#[cfg(test)]
mod tests;
