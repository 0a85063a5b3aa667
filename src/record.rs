//! Everything the library remembers of a user: one record, one revision, one write.
//!
//! The fields are private to this module and its children, one file for each ceremony, so these files are all that can change a
//! record. A ceremony is a pure function: it takes the record by value, what the host knows, the time and any random values, and
//! returns a [`Decision`]. There is no clock here, no generator, no I/O.

mod assess;
mod challenge;
mod decision;
mod enroll;
mod format;
mod outbox;
mod throttle;
mod verify;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub(crate) use self::{
    assess::{Gate, Next, gate, next},
    decision::{Change, Decision},
    enroll::{Confirmation, Draft, Right, begin_enrollment},
    format::{MAX_BYTES, SealError},
    verify::{Attempt, Passed},
};
use self::{
    challenge::{Completed, OpenProof},
    enroll::Pending,
    outbox::Outbox,
    throttle::Throttle,
};
use crate::{
    primitives::{
        secret::Secret,
        time::{TimeStep, UnixTime, Window},
        totp::Totp,
    },
    summary::Summary,
};

/// All of a user's second-factor state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// How often it was written.
    generation: u64,
    root: Root,
    epoch: Epoch,
    /// Verified, in the order in which they were added.
    authenticators: Vec<Authenticator>,
    /// The id of the next authenticator.
    next_id: u64,
    pending: Option<Pending>,
    /// Step-ups that were passed and not yet used.
    proofs: Vec<OpenProof>,
    /// Challenges that were passed and have not yet expired.
    completed: Vec<Completed>,
    /// That of the unknown lane: every client that brings no browser known to this user.
    throttle: Throttle,
    outbox: Outbox,
    enrolled_at: Option<UnixTime>,
    last_verified_at: Option<UnixTime>,
}

/// The longest name of an authenticator, in characters.
pub(crate) const MAX_NAME: usize = 64;
/// The most authenticators a user can have: one attempt is tried against all of them.
pub(crate) const MAX_AUTHENTICATORS: usize = 5;

impl Record {
    fn new(root: Root) -> Self {
        Self {
            generation: 0,
            root,
            epoch: Epoch::BEFORE_ENROLLMENT,
            authenticators: Vec::new(),
            next_id: 1,
            pending: None,
            proofs: Vec::new(),
            completed: Vec::new(),
            throttle: Throttle::new(),
            outbox: Outbox::default(),
            enrolled_at: None,
            last_verified_at: None,
        }
    }

    /// Whether there is a verified factor. There is no flag for it that could say otherwise.
    pub(crate) fn is_enrolled(&self) -> bool {
        !self.authenticators.is_empty()
    }

    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn authenticators(&self) -> &[Authenticator] {
        &self.authenticators
    }

    /// What lists may show. `now` tells whether a wait is still running.
    pub(crate) fn summary(&self, now: UnixTime) -> Summary {
        Summary {
            enrolled_at: self.enrolled_at,
            last_verified_at: self.last_verified_at,
            backup_codes_left: 0,
            trusted_devices: 0,
            locked_until: self.attempts_held_until(Window::DEFAULT, now),
            pending_notices: self.outbox.len(),
            generation: self.generation,
        }
    }
}

/// An authenticator that has proved itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Authenticator {
    id: u64,
    name: String,
    #[serde(with = "format::secret")]
    secret: Secret,
    totp: Totp,
    /// The last accepted step. Only later ones are accepted (RFC 6238 §5.2).
    last_step: TimeStep,
    added_at: UnixTime,
    last_used_at: UnixTime,
}

impl Authenticator {
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn added_at(&self) -> UnixTime {
        self.added_at
    }

    pub(crate) const fn last_used_at(&self) -> UnixTime {
        self.last_used_at
    }
}

/// Drawn anew whenever everything handed out before must die: when a second factor is first set up, and when it is reset.
/// Tokens carry the epoch they were made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Epoch(u128);

impl Epoch {
    /// That of a user who never had a second factor, with or without a record.
    pub(crate) const BEFORE_ENROLLMENT: Self = Self(0);

    /// From 128 random bits.
    pub(crate) const fn drawn(bits: u128) -> Self {
        Self(bits)
    }
}

/// 256 bits drawn when the record is born, from which its own keys derive, so that rotating the key ring changes none of them.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub(crate) struct Root(#[serde(with = "format::root")] [u8; 32]);

impl Root {
    /// From 256 random bits.
    pub(crate) const fn drawn(bits: [u8; 32]) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests;
