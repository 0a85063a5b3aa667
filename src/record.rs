//! Everything the library remembers of a user: one record, one revision, one write.
//!
//! The fields are private to this module and its children, one file for each ceremony, so these files are all that can change a
//! record. A ceremony is a pure function: it takes the record by value, what the host knows, the time and any random values, and
//! returns a [`Decision`]. There is no clock here, no generator, no I/O.

mod assess;
mod backup;
mod challenge;
mod decision;
mod device;
mod enroll;
mod format;
mod import;
mod nobody;
mod one_time;
mod outbox;
mod require;
mod reset;
mod sends;
mod settings;
mod throttle;
mod values;
mod verify;
mod words;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

pub(crate) use self::{
    assess::{Arrival, Gate, Next, Trusting, gate, sign_in},
    backup::{BackupCodes, CODES, shape},
    challenge::{Challenge, OpenProof, Page, STEP_UP_LIFETIME, SentPage, begin_step_up, page},
    decision::{Change, Decision},
    device::{Device, KNOWN_FOR, NewBrowser},
    enroll::{Confirmation, Draft, Right, begin_enrollment},
    format::{MAX_BYTES, SealError},
    import::{Newcomer, import},
    nobody::{nobody, verify_nobody},
    one_time::{Outgoing, SentCode, send},
    require::require,
    reset::{NewTicket, Resetting, reset, sign_out_everywhere},
    settings::Spent,
    verify::{Attempt, Passed, Typed},
    words::{checked_label, checked_name, checked_reason},
};
use self::{
    backup::Rate, challenge::Completed, enroll::Pending, outbox::Outbox, reset::Ticket, sends::Sends,
    throttle::Throttle,
};
use crate::{
    action::AuthenticatorId,
    primitives::{
        digest,
        secret::Secret,
        stored::stored,
        time::{TimeStep, UnixTime, Window},
        totp::Totp,
    },
    summary::Summary,
};

/// All of a user's second-factor state.
pub(crate) struct Record {
    /// How often it was written.
    generation: u64,
    root: Root,
    epoch: Epoch,
    /// Verified, in the order in which they were added.
    authenticators: Vec<Authenticator>,
    /// The id of the next authenticator.
    next_id: AuthenticatorId,
    /// Wrong codes since an authenticator's was last accepted, in whatever lane (NIST SP 800-63B §3.2.2).
    consecutive_failures: u32,
    pending: Option<Pending>,
    backup_codes: Option<BackupCodes>,
    /// How many look-up secrets were wrong in this minute.
    lookup_failures: Rate,
    /// Browsers in which a second factor was verified, in the order in which they became known.
    devices: Vec<Device>,
    /// One-time codes for challenges that are open, and what remains of used-up ones.
    sent_codes: Vec<SentCode>,
    /// Step-ups that were passed and not yet used.
    proofs: Vec<OpenProof>,
    /// Challenges that were passed and have not yet expired.
    completed: Vec<Completed>,
    /// What an administrator's reset asks for before the next set-up.
    ticket: Option<Ticket>,
    /// That of the unknown lane: every client that brings no browser known to this user.
    throttle: Throttle,
    /// The messages that were sent for the unknown lane.
    sends: Sends,
    outbox: Outbox,
    enrolled_at: Option<UnixTime>,
    last_verified_at: Option<UnixTime>,
    /// Sessions that were opened with a second factor before then are over.
    sessions_since: UnixTime,
}
stored!(Record {
    0: generation,
    1: root,
    2: epoch,
    3: authenticators,
    4: next_id,
    5: consecutive_failures,
    6: pending,
    7: backup_codes,
    8: lookup_failures,
    9: devices,
    10: sent_codes,
    11: proofs,
    12: completed,
    13: ticket,
    14: throttle,
    15: sends,
    16: outbox,
    17: enrolled_at,
    18: last_verified_at,
    19: sessions_since,
});

/// The most authenticators a user can have: one attempt is tried against all of them.
pub(crate) const MAX_AUTHENTICATORS: usize = 5;

impl Record {
    /// One of a user without a second factor.
    fn new(root: Root) -> Self {
        Self {
            generation: 0,
            root,
            epoch: Epoch::BEFORE_ENROLLMENT,
            authenticators: Vec::new(),
            next_id: AuthenticatorId::FIRST,
            consecutive_failures: 0,
            pending: None,
            backup_codes: None,
            lookup_failures: Rate::default(),
            devices: Vec::new(),
            sent_codes: Vec::new(),
            proofs: Vec::new(),
            completed: Vec::new(),
            ticket: None,
            throttle: Throttle::new(),
            sends: Sends::default(),
            outbox: Outbox::default(),
            enrolled_at: None,
            last_verified_at: None,
            sessions_since: UnixTime::EPOCH,
        }
    }

    /// This one, or a new one whose keys derive from `root`.
    fn or_new(record: Option<Self>, root: &[u8; 32]) -> Self {
        record.unwrap_or_else(|| Self::new(Root::drawn(*root)))
    }

    /// Whether there is a verified factor. There is no flag for it that could say otherwise, and one that is disabled counts.
    pub(crate) fn is_enrolled(&self) -> bool {
        !self.authenticators.is_empty()
    }

    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn authenticators(&self) -> &[Authenticator] {
        &self.authenticators
    }

    /// The unused backup codes.
    pub(crate) fn backup_codes_left(&self) -> u8 {
        self.backup_codes.as_ref().map_or(0, BackupCodes::left)
    }

    pub(crate) const fn backup_codes(&self) -> Option<&BackupCodes> {
        self.backup_codes.as_ref()
    }

    /// Everything that was handed out before is dead from here on: challenges, set-ups, proofs, one-time codes, browsers.
    fn begin_epoch(&mut self, epoch: Epoch) {
        self.epoch = epoch;
        self.pending = None;
        self.devices.clear();
        self.sent_codes.clear();
        self.proofs.clear();
    }

    /// A moment that no session of a second factor was opened at so far, nor may have been by a server whose clock is ahead: `from`, or
    /// later.
    fn after_all_sessions(&self, from: UnixTime) -> UnixTime {
        let after_the_last = self.last_verified_at.map_or(UnixTime::EPOCH, |last| last.plus(1));
        from.max(after_the_last).max(self.sessions_since)
    }

    /// When a second factor that is verified now counts as verified. A server whose clock is behind opens no session that was ended before
    /// it began.
    fn verified_at(&self, now: UnixTime) -> UnixTime {
        now.max(self.sessions_since).max(self.enrolled_at.unwrap_or_default())
    }

    /// What lists may show. `now` tells whether a wait is still running.
    pub(crate) fn summary(&self, now: UnixTime) -> Summary {
        let trusted = self.devices.iter().filter(|device| device.has_trust(now)).count();
        Summary {
            enrolled_at: self.enrolled_at,
            last_verified_at: self.last_verified_at,
            backup_codes_left: self.backup_codes_left(),
            trusted_devices: u8::try_from(trusted).unwrap_or(u8::MAX),
            locked_until: self.attempts_held_until(None, Window::DEFAULT, now),
            pending_notices: self.outbox.len(),
            generation: self.generation,
        }
    }
}

/// An authenticator that has proved itself.
pub(crate) struct Authenticator {
    id: AuthenticatorId,
    name: String,
    secret: Secret,
    totp: Totp,
    /// The last accepted step. Only later ones are accepted (RFC 6238 §5.2).
    last_step: TimeStep,
    added_at: UnixTime,
    last_used_at: UnixTime,
    /// No code of it is accepted any more. It still counts as set up.
    disabled: bool,
}
stored!(Authenticator {
    0: id,
    1: name,
    2: secret,
    3: totp,
    4: last_step,
    5: added_at,
    6: last_used_at,
    7: disabled,
});

impl Authenticator {
    pub(crate) const fn id(&self) -> AuthenticatorId {
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

    pub(crate) const fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// The length of its secret, in bits.
    pub(crate) fn secret_bits(&self) -> u32 {
        self.secret.bits()
    }

    /// No code of a step that any window could accept now is accepted any more.
    fn burn_window(&mut self, now: UnixTime) {
        let reach = i8::try_from(Window::MAX_REACH).unwrap_or(i8::MAX);
        let end = self.totp.step_at(now).and_then(|step| step.offset_by(reach));
        self.last_step = self.last_step.max(end.unwrap_or(self.last_step));
    }
}

/// Drawn anew whenever everything handed out before must die: at the first set-up, at a replacement, when the second factor is turned off
/// or reset, at a sign-out everywhere. Tokens carry the epoch they were made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u128);
stored!(Epoch(u128));

impl Epoch {
    /// That of a user who never had a second factor, with or without a record.
    pub(crate) const BEFORE_ENROLLMENT: Self = Self(0);

    /// From 128 random bits.
    pub(crate) const fn drawn(bits: u128) -> Self {
        Self(bits)
    }
}

/// 256 bits drawn when the record is born, from which its own keys derive, so that rotating the key ring changes none of them.
pub(crate) struct Root([u8; 32]);

impl Drop for Root {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Root {
    /// From 256 random bits.
    pub(crate) const fn drawn(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// A digest that only this record can make, for one purpose.
    fn digest(&self, purpose: &[u8], parts: &[&[u8]]) -> Digest {
        Digest(digest::keyed(&self.0, purpose, parts))
    }
}

/// What is kept of a code, a secret or a stamp. It is compared in constant time only.
#[derive(Clone, Copy)]
struct Digest(u128);
stored!(Digest(u128));

impl Digest {
    fn equals(self, other: Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

#[cfg(test)]
mod tests;
