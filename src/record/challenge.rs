//! Challenges, how they may be answered, which were passed, and the proofs that step-ups have left behind.
//!
//! A challenge is a sealed token in somebody's browser; the record only remembers that it was passed, until it would have expired. A proof
//! is good for as long as its id stands in the record, which the deed takes out in its own commit.

use super::{
    Device, Epoch, Record, device,
    throttle::{Debt, Throttle, UNKNOWN_LANE},
};
use crate::{
    account::Account,
    action::Action,
    device::{DeviceId, Presented},
    factor::{Channel, Factor},
    policy::Trust,
    primitives::{stored::stored, time::UnixTime},
    refusal::{NotAllowed, Reason, Rejection},
};

/// A challenge as its token describes it.
#[derive(Debug, Clone)]
pub(crate) struct Challenge {
    pub(crate) id: u128,
    /// In which it was made.
    pub(crate) epoch: Epoch,
    /// When it is over.
    pub(crate) expires_at: UnixTime,
    /// The browser it was made for, if that was a known one: the lane in which attempts count.
    pub(crate) browser: Option<DeviceId>,
    /// The channel that carried the first factor, if one did.
    pub(crate) first: Option<Channel>,
    /// What it stands in front of, if it is not a sign-in.
    pub(crate) action: Option<Action>,
}

/// A challenge that was passed, or a set-up that was confirmed.
pub(super) struct Completed {
    pub(super) id: u128,
    expires_at: UnixTime,
}
stored!(Completed { 0: id, 1: expires_at });

/// A step-up that was passed and not yet used.
pub(crate) struct OpenProof {
    pub(crate) id: u128,
    pub(crate) action: Action,
    pub(crate) expires_at: UnixTime,
}
stored!(OpenProof { 0: id, 1: action, 2: expires_at });

/// More than can be passed honestly in the life of a challenge. One that is forgotten early still takes a fresh code.
pub(super) const MAX_COMPLETED: usize = 24;
/// More than a person has open at once; an older one is asked for again.
pub(super) const MAX_PROOFS: usize = 8;

impl Record {
    /// Whether a challenge still stands.
    ///
    /// # Errors
    ///
    /// Why it does not. Nothing is compared or counted on a challenge that is over.
    pub(crate) fn challenge_stands(
        &self,
        challenge: &Challenge,
        account: &Account,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        let reason = if now >= challenge.expires_at {
            Reason::Expired
        } else if self.was_completed(challenge.id) {
            Reason::AlreadyCompleted
        } else if self.epoch != challenge.epoch {
            Reason::EpochChanged
        } else if !self.is_enrolled() && channels(Some(self), challenge, account).is_empty() {
            Reason::NotOffered
        } else {
            return Ok(());
        };
        Err(Rejection::new(reason))
    }

    /// Remembers until its expiry that a challenge was passed, or a set-up confirmed, so that it never is again.
    pub(super) fn complete(&mut self, id: u128, expires_at: UnixTime) {
        keep_last(&mut self.completed, MAX_COMPLETED);
        self.completed.push(Completed { id, expires_at });
    }

    pub(super) fn was_completed(&self, id: u128) -> bool {
        self.completed.iter().any(|completed| completed.id == id)
    }

    /// Drops what is over, a set-up that nobody confirmed with its secret included. Part of every write.
    pub(super) fn forget_expired(&mut self, now: UnixTime) {
        self.completed.retain(|completed| now < completed.expires_at);
        self.proofs.retain(|open| now < open.expires_at);
        self.pending.take_if(|pending| now >= pending.expires_at());
        self.forget_sent(now);
        self.devices.retain(|device| !device.is_over(now));
    }

    /// Opens a proof.
    pub(super) fn keep_proof(&mut self, proof: OpenProof) {
        keep_last(&mut self.proofs, MAX_PROOFS);
        self.proofs.push(proof);
    }

    /// Uses up a proof, in the record of the deed that it allows. `None` if there is none such.
    pub(super) fn use_proof(&mut self, id: u128, action: &Action, now: UnixTime) -> Option<()> {
        let found = |open: &OpenProof| open.id == id && open.action == *action && now < open.expires_at;
        let place = self.proofs.iter().position(found)?;
        self.proofs.remove(place);
        Some(())
    }
}

/// How long a step-up waits for its answer, and its proof for its use, in seconds.
pub(crate) const STEP_UP_LIFETIME: u64 = 5 * 60;

/// The challenge in front of an action, if there is a factor to ask for and the action would be allowed.
pub(crate) fn begin_step_up(
    record: Option<&Record>,
    action: &Action,
    account: &Account,
    presented: Option<&Presented>,
    id: u128,
    now: UnixTime,
) -> Result<(Challenge, Page), NotAllowed> {
    let asked = Challenge {
        id,
        epoch: record.map_or(Epoch::BEFORE_ENROLLMENT, Record::epoch),
        expires_at: now.plus(STEP_UP_LIFETIME),
        browser: record.and_then(|record| record.recognize(presented, account, now)).map(Device::id),
        first: None,
        action: Some(action.clone()),
    };
    if !record.is_some_and(Record::is_enrolled) && channels(record, &asked, account).is_empty() {
        return Err(NotAllowed::NotEnrolled);
    }
    record.map_or(Ok(()), |record| record.allows(action, account))?;
    let page = page(record, &asked, account, now);
    Ok((asked, page))
}

/// What the code page of a challenge shows.
pub(crate) struct Page {
    pub(crate) factors: Vec<Factor>,
    /// The code that was sent last.
    pub(crate) sent: Option<SentPage>,
    pub(crate) may_trust: Option<Trust>,
    pub(crate) retry_at: Option<UnixTime>,
    /// Where digits may be typed.
    pub(crate) tries_left: Option<u32>,
}

/// What the code page shows of a code that was sent: when it expires, when the next may be sent, and how many tries its challenge has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SentPage {
    pub(crate) channel: Channel,
    pub(crate) expires_at: UnixTime,
    pub(crate) resend_at: UnixTime,
    pub(crate) tries_left: u8,
}

/// The page of a challenge as it stands now.
pub(crate) fn page(record: Option<&Record>, challenge: &Challenge, account: &Account, now: UnixTime) -> Page {
    let factors = factors(record, challenge, account);
    let (policy, enrolled) = (account.policy(), record.is_some_and(Record::is_enrolled));
    let can_trust = factors.iter().any(|factor| device::may_trust(*factor, enrolled, policy));
    let held = |record: &Record| record.attempts_held_until(challenge.browser, account.window(), now);
    let tries_left = match record {
        Some(record) => record.tries_left(challenge.browser, account.window(), now),
        None => tries_of_nobody(now),
    };
    Page {
        sent: record.and_then(|record| record.sent_for(challenge, now)),
        may_trust: (can_trust && challenge.action.is_none()).then(|| policy.trust()),
        retry_at: record.and_then(held),
        tries_left: factors.iter().any(|factor| *factor != Factor::BackupCode).then_some(tries_left),
        factors,
    }
}

/// Those of somebody without a record, who has not failed yet.
fn tries_of_nobody(now: UnixTime) -> u32 {
    Throttle::new().tries_left(UNKNOWN_LANE, Debt::of_codes(1), now)
}

/// The factors that may answer a challenge now, the one to show first in front.
fn factors(record: Option<&Record>, challenge: &Challenge, account: &Account) -> Vec<Factor> {
    let totp = record.is_some_and(|record| record.authenticators.iter().any(|it| !it.disabled));
    let codes = account.policy().allows(Factor::BackupCode)
        && record.is_some_and(|record| record.backup_codes_left() > 0);
    let sent = channels(record, challenge, account).into_iter().map(Factor::OneTimeCode);
    totp.then_some(Factor::Totp).into_iter().chain(sent).chain(codes.then_some(Factor::BackupCode)).collect()
}

/// The channels over which a code may answer a challenge now. While an authenticator is enrolled, no sent code proves a change of
/// settings; and the channel that carried the first factor carries no second one where the policy wants them distinct.
pub(super) fn channels(record: Option<&Record>, challenge: &Challenge, account: &Account) -> Vec<Channel> {
    let enrolled = record.is_some_and(Record::is_enrolled);
    match &challenge.action {
        Some(_) if enrolled => Vec::new(),
        None | Some(Action::Host(_)) => account.channels_offered(enrolled, challenge.first),
        Some(_) => Vec::new(),
    }
}

/// Drops the oldest entries until one more has room below `most`.
fn keep_last<T>(entries: &mut Vec<T>, most: usize) {
    let surplus = entries.len().saturating_add(1).saturating_sub(most);
    entries.drain(..surplus);
}

#[cfg(test)]
mod tests;
