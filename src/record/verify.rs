//! The second factor at a sign-in and at a step-up: admit, spend, settle.
//!
//! ```text
//! 1 Admit.   If the throttle holds this attempt back, keep the record as it is and say when to come back.
//! 2 Spend.   Find what the attempt proves and use it up.
//!              a TOTP code   the HIGHEST step of the window whose code is equal; it must lie after the last
//!                            accepted step, else it is a replay. Every step is always computed.
//! 3 Settle.  Spent: clear the backoff of this lane, remember the step, note it.
//!            Not spent: count one failure in the lane and the bucket; note it.
//! The new record, the verdict and the notices leave together, as one decision.
//! ```

use serde::{Deserialize, Serialize};

use super::{
    Decision, Epoch, Record,
    throttle::{Debt, UNKNOWN_LANE},
};
use crate::{
    action::Action,
    event::EventKind,
    factor::Factor,
    primitives::{
        code::Code,
        time::{UnixTime, Window},
    },
    refusal::{Reason, Rejection},
};

/// A code, typed in answer to a challenge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) challenge: u128,
    /// In which the challenge was made.
    pub(crate) epoch: Epoch,
    /// When the challenge is over.
    pub(crate) expires_at: UnixTime,
    pub(crate) code: &'a Code,
    pub(crate) window: Window,
}

/// A second factor was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) factor: Factor,
    pub(crate) at: UnixTime,
    /// How many steps the phone's clock was ahead.
    pub(crate) offset: i8,
}

impl Record {
    /// The second step of a sign-in.
    pub(crate) fn verify(self, attempt: &Attempt<'_>, now: UnixTime) -> Decision<Result<Passed, Rejection>> {
        self.answer(attempt, now, |record, passed| {
            record.last_verified_at = Some(now);
            EventKind::SignedIn { factor: passed.factor }
        })
    }

    /// The same gate in front of a change of settings: passing it leaves the proof `id`, good for one `action` until `expires_at`.
    pub(crate) fn step_up(
        self,
        attempt: &Attempt<'_>,
        (id, action, expires_at): (u128, &Action, UnixTime),
        now: UnixTime,
    ) -> Decision<Result<Passed, Rejection>> {
        self.answer(attempt, now, |record, passed| {
            record.keep_proof(OpenProof { id, action: action.clone(), expires_at }, now);
            EventKind::SteppedUp { factor: passed.factor }
        })
    }

    /// Whether a challenge still stands.
    ///
    /// # Errors
    ///
    /// Why it does not. Nothing is compared or counted on a challenge that is over.
    pub(crate) fn challenge_stands(
        &self,
        challenge: u128,
        epoch: Epoch,
        expires_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        let reason = if now >= expires_at {
            Reason::Expired
        } else if self.completed.iter().any(|completed| completed.challenge == challenge) {
            Reason::AlreadyCompleted
        } else if self.epoch != epoch || !self.is_enrolled() {
            Reason::EpochChanged
        } else {
            return Ok(());
        };
        Err(Rejection::new(reason))
    }

    /// Until when an attempt at the user's factors is held back.
    pub(crate) fn attempts_held_until(&self, window: Window, now: UnixTime) -> Option<UnixTime> {
        self.held_until(self.weight(window), now)
    }

    fn answer(
        mut self,
        attempt: &Attempt<'_>,
        now: UnixTime,
        reward: impl FnOnce(&mut Self, &Passed) -> EventKind,
    ) -> Decision<Result<Passed, Rejection>> {
        if let Err(over) = self.challenge_stands(attempt.challenge, attempt.epoch, attempt.expires_at, now) {
            return Decision::keep(Err(over));
        }
        let weight = self.weight(attempt.window);
        if let Err(held_back) = self.admit(weight, now) {
            return Decision::keep(Err(held_back));
        }
        match self.spend(attempt.code, attempt.window, now) {
            Ok(passed) => {
                self.throttle.passed();
                self.complete(attempt, now);
                let event = reward(&mut self, &passed);
                Decision::write(self, now, [event], Ok(passed))
            }
            Err(miss) => {
                let (event, rejection) = self.count(miss, weight, now);
                Decision::write(self, now, [event], Err(rejection))
            }
        }
    }

    /// Admit. Every call that takes a code comes through here.
    pub(super) fn admit(&self, weight: Debt, now: UnixTime) -> Result<(), Rejection> {
        match self.held_until(weight, now) {
            Some(until) => Err(Rejection::until(Reason::Throttled, Some(until))),
            None => Ok(()),
        }
    }

    /// Spend a TOTP code. All steps of all authenticators are computed, whichever matches.
    fn spend(&mut self, code: &Code, window: Window, now: UnixTime) -> Result<Passed, Miss> {
        let mut outcome = Err(Miss::Wrong);
        for authenticator in &mut self.authenticators {
            let key = authenticator.totp.key(&authenticator.secret);
            let Some(matched) = key.verify(code, now, window) else { continue };
            if outcome.is_ok() {
                continue;
            }
            outcome = Err(Miss::Replayed);
            if matched.step() > authenticator.last_step {
                authenticator.last_step = matched.step();
                authenticator.last_used_at = now;
                outcome = Ok(Passed { factor: Factor::Totp, at: now, offset: matched.offset() });
            }
        }
        outcome
    }

    /// Settle a miss: one more failure in the lane and in the bucket.
    pub(super) fn count(&mut self, miss: Miss, weight: Debt, now: UnixTime) -> (EventKind, Rejection) {
        self.throttle.failed(weight, now);
        let held_until = self.held_until(weight, now);
        match miss {
            Miss::Wrong => {
                (EventKind::CodeRefused { held_until }, Rejection::until(Reason::Wrong, held_until))
            }
            Miss::Replayed => {
                (EventKind::ReplayRefused { held_until }, Rejection::until(Reason::Replayed, held_until))
            }
        }
    }

    fn held_until(&self, weight: Debt, now: UnixTime) -> Option<UnixTime> {
        self.throttle.held_until(UNKNOWN_LANE, weight, now)
    }

    /// What a guess at the user's factors weighs: as many codes as each authenticator would accept.
    fn weight(&self, window: Window) -> Debt {
        let authenticators = u64::try_from(self.authenticators.len()).unwrap_or(u64::MAX);
        Debt::of_codes(authenticators.saturating_mul(window.steps().into()))
    }

    /// Remembers until its expiry that a challenge was passed, so that it never is again.
    fn complete(&mut self, attempt: &Attempt<'_>, now: UnixTime) {
        self.completed.retain(|completed| now < completed.expires_at);
        keep_last(&mut self.completed, MAX_COMPLETED);
        self.completed.push(Completed { challenge: attempt.challenge, expires_at: attempt.expires_at });
    }

    fn keep_proof(&mut self, proof: OpenProof, now: UnixTime) {
        self.proofs.retain(|open| now < open.expires_at);
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

/// Why nothing was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    Wrong,
    Replayed,
}

/// A challenge that was passed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Completed {
    challenge: u128,
    expires_at: UnixTime,
}

/// A step-up that was passed and not yet used.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenProof {
    id: u128,
    action: Action,
    expires_at: UnixTime,
}

/// More than can be passed honestly in the life of a challenge. One that is forgotten early still takes a fresh code.
pub(super) const MAX_COMPLETED: usize = 32;
/// More than a person has open at once; an older one is asked for again.
pub(super) const MAX_PROOFS: usize = 8;

/// Drops the oldest entries until one more has room below `most`.
fn keep_last<T>(entries: &mut Vec<T>, most: usize) {
    let surplus = entries.len().saturating_add(1).saturating_sub(most);
    entries.drain(..surplus);
}

#[cfg(test)]
pub(super) mod tests;
