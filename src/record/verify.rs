//! The second factor at a sign-in and at a step-up: admit, spend, settle.
//!
//! ```text
//! 1 Admit.   If the throttle holds this attempt back, keep the record as it is and say when to come back.
//! 2 Spend.   Find what the attempt proves and use it up.
//!              a TOTP code   the HIGHEST step of the window whose code is equal; no step with that code may lie
//!                            at or before the last accepted one, else it is a replay. Every step of every
//!                            authenticator is always computed, and each that shows the code has it burnt.
//! 3 Settle.  Spent: clear the backoff of this lane, remember the step, note it.
//!            Not spent: count one failure in the lane and the bucket; note it.
//! The new record, the verdict and the notices leave together, as one decision.
//! ```

use super::{
    Authenticator, Decision, Epoch, MAX_AUTHENTICATORS, Record,
    challenge::OpenProof,
    throttle::{Debt, UNKNOWN_LANE},
};
use crate::{
    action::Action,
    event::EventKind,
    factor::Factor,
    primitives::{
        code::Code,
        time::{UnixTime, Window},
        totp::Match,
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
            record.keep_proof(OpenProof { id, action: action.clone(), expires_at });
            EventKind::SteppedUp { factor: passed.factor }
        })
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
                self.complete(attempt.challenge, attempt.expires_at);
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

    /// Spend a TOTP code.
    fn spend(&mut self, code: &Code, window: Window, now: UnixTime) -> Result<Passed, Miss> {
        let matches = self.matches(code, window, now);
        if self.has_spent(&matches) {
            return Err(Miss::Replayed);
        }
        let passed = self.burn(&matches).ok_or(Miss::Wrong)?;
        passed.last_used_at = now;
        let offset = matches.iter().flatten().next().map_or(0, Match::offset);
        Ok(Passed { factor: Factor::Totp, at: now, offset })
    }

    /// Where each authenticator shows this code. All steps of all of them are computed, whichever matches.
    pub(super) fn matches(&self, code: &Code, window: Window, now: UnixTime) -> Matches {
        let mut matches = Matches::default();
        for (authenticator, found) in self.authenticators.iter().zip(&mut matches) {
            *found = authenticator.totp.key(&authenticator.secret).verify(code, now, window);
        }
        matches
    }

    /// Whether any authenticator has accepted this code, or a later one. Two may show the same code, and one the same code twice: it is
    /// spent all the same.
    pub(super) fn has_spent(&self, matches: &Matches) -> bool {
        let mut pairs = self.authenticators.iter().zip(matches);
        pairs.any(|(authenticator, found)| {
            found.is_some_and(|found| found.earliest() <= authenticator.last_step)
        })
    }

    /// Burns a code for every authenticator that shows it. Yields the first.
    pub(super) fn burn(&mut self, matches: &Matches) -> Option<&mut Authenticator> {
        let mut first = None;
        for (authenticator, found) in self.authenticators.iter_mut().zip(matches) {
            let Some(found) = found else { continue };
            authenticator.last_step = found.step();
            first = first.or(Some(authenticator));
        }
        first
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

    /// What a guess at the user's factors weighs: as many codes as each authenticator would accept. Without any, the only code that can
    /// be typed is that of a pending one.
    fn weight(&self, window: Window) -> Debt {
        let authenticators = u64::try_from(self.authenticators.len()).unwrap_or(u64::MAX).max(1);
        Debt::of_codes(authenticators.saturating_mul(window.steps().into()))
    }
}

/// Where a code was found, authenticator by authenticator.
pub(super) type Matches = [Option<Match>; MAX_AUTHENTICATORS];

/// Why nothing was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    Wrong,
    Replayed,
}

#[cfg(test)]
pub(super) mod tests;
