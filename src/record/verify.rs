//! The second factor at a sign-in and at a step-up: admit, spend, settle.
//!
//! ```text
//! 1 Admit.   If the challenge is over, or the throttle holds this attempt back, keep the record as it is and say so,
//!            and when to come back. A backup code is never held back: 120 bits are not guessed, and this door must
//!            stay open.
//! 2 Spend.   Find what the attempt proves and use it up.
//!              a TOTP code      the HIGHEST step of the window whose code is equal; no step with that code may lie
//!                               at or before the last accepted one, else it is a replay. Every step of every
//!                               authenticator is always computed, and each that shows the code has it burnt.
//!              a one-time code  the newest one of this very challenge, alive and equal; it is used up. Digits that
//!                               are not equal use up one of the tries of the challenge.
//!              a backup code    the unused code whose digest is equal; it is marked as used.
//! 3 Settle.  Spent: clear the backoff of this lane, remember the step and the browser, note it.
//!            Not spent: digits count one failure in the lane and the bucket, a backup code one of the failures that
//!            are written in a minute; note it.
//! The new record, the verdict and the notices leave together, as one decision.
//! ```

use super::{
    Authenticator, Challenge, Decision, MAX_AUTHENTICATORS, NewBrowser, OpenProof, Record, throttle::Debt,
};
use crate::{
    account::Account,
    device::DeviceId,
    event::EventKind,
    factor::Factor,
    policy::Policy,
    primitives::{
        backup::LookupSecret,
        code::Code,
        time::{UnixTime, Window},
        totp::Match,
    },
    refusal::{Reason, Rejection},
};

/// What somebody typed.
pub(crate) enum Typed {
    /// Six to eight digits: what an app shows, or what was sent.
    Digits(Code),
    /// A backup code.
    LookupSecret(LookupSecret),
}

impl Typed {
    /// Read as people type. `None` for what cannot be a code of either kind.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Code::read(text).ok().map(Self::Digits).or_else(|| LookupSecret::read(text).map(Self::LookupSecret))
    }
}

/// A code, typed in answer to a challenge.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) challenge: &'a Challenge,
    pub(crate) typed: &'a Typed,
    pub(crate) account: &'a Account,
}

/// A second factor was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) factor: Factor,
    pub(crate) at: UnixTime,
    /// How many steps the phone's clock was ahead, if it was a phone's code.
    pub(crate) offset: Option<i8>,
    /// The browser that is known from now on.
    pub(crate) browser: Option<DeviceId>,
    /// The unused backup codes.
    pub(crate) backup_codes_left: u8,
}

impl Passed {
    pub(super) const fn new(factor: Factor, at: UnixTime, offset: Option<i8>) -> Self {
        Self { factor, at, offset, browser: None, backup_codes_left: 0 }
    }
}

impl Record {
    /// The second step of a sign-in. The browser is known from then on, and trusted if that was asked for and may be.
    pub(crate) fn verify(
        self,
        attempt: &Attempt<'_>,
        browser: &NewBrowser,
        now: UnixTime,
    ) -> Decision<Result<Passed, Rejection>> {
        self.answer(attempt, now, |record, passed| {
            passed.at = record.verified_at(now);
            record.last_verified_at = record.last_verified_at.max(Some(passed.at));
            let known = attempt.challenge.browser;
            let trusted = record.remember_browser(known, browser, attempt.account, passed.factor, now);
            passed.browser = Some(trusted.id);
            [Some(EventKind::SignedIn { factor: passed.factor }), trusted.event]
                .into_iter()
                .flatten()
                .collect()
        })
    }

    /// The same gate in front of a change of settings: passing it leaves this proof.
    pub(crate) fn step_up(
        self,
        attempt: &Attempt<'_>,
        proof: OpenProof,
        now: UnixTime,
    ) -> Decision<Result<Passed, Rejection>> {
        self.answer(attempt, now, |record, passed| {
            record.keep_proof(proof);
            vec![EventKind::SteppedUp { factor: passed.factor }]
        })
    }

    /// Until when an attempt at the user's factors is held back, in the lane of this browser.
    pub(crate) fn attempts_held_until(
        &self,
        browser: Option<DeviceId>,
        window: Window,
        now: UnixTime,
    ) -> Option<UnixTime> {
        self.held_until(browser, self.weight(window), now)
    }

    /// How many wrong codes would be looked at, one right after the other, before one is held back in the lane of this browser.
    pub(super) fn tries_left(&self, browser: Option<DeviceId>, window: Window, now: UnixTime) -> u32 {
        let (throttle, capacity) = self.throttle_of(browser);
        throttle.tries_left(capacity, self.weight(window), now)
    }

    fn answer(
        mut self,
        attempt: &Attempt<'_>,
        now: UnixTime,
        reward: impl FnOnce(&mut Self, &mut Passed) -> Vec<EventKind>,
    ) -> Decision<Result<Passed, Rejection>> {
        let &Attempt { challenge, typed, account } = attempt;
        if let Err(over) = self.challenge_stands(challenge, account, now) {
            return Decision::keep(Err(over));
        }
        let weight = self.weight(account.window());
        let spent = match typed {
            Typed::Digits(code) => match self.admit(challenge.browser, weight, now) {
                Ok(()) => self.spend_digits(code, attempt, now),
                Err(held_back) => return Decision::keep(Err(held_back)),
            },
            Typed::LookupSecret(secret) => self.spend_backup_code(secret, account.policy(), now),
        };
        match spent {
            Ok(mut passed) => {
                self.throttle_of_mut(challenge.browser).0.passed();
                self.complete(challenge.id, challenge.expires_at);
                let mut events = reward(&mut self, &mut passed);
                passed.backup_codes_left = self.backup_codes_left();
                events.extend(self.backup_code_events(passed.factor));
                Decision::write(self, now, events, Ok(passed))
            }
            Err(miss) => match typed {
                Typed::Digits(_) => self.refuse(miss, challenge.browser, weight, account.policy(), now),
                Typed::LookupSecret(_) => self.refuse_lookup_secret(miss, now),
            },
        }
    }

    /// Admit. Every call that takes a code comes through here.
    pub(super) fn admit(
        &self,
        browser: Option<DeviceId>,
        weight: Debt,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        match self.held_until(browser, weight, now) {
            Some(until) => Err(Rejection::until(Reason::Throttled, Some(until))),
            None => Ok(()),
        }
    }

    /// Spend a TOTP code, or the one-time code that was sent for this challenge.
    fn spend_digits(&mut self, code: &Code, attempt: &Attempt<'_>, now: UnixTime) -> Result<Passed, Miss> {
        let matches = self.matches(code, attempt.account.window(), now);
        // Looked at whatever the authenticators say, and used up by a guess at either.
        let sent = self.try_sent_code(code, attempt, now);
        if self.has_spent(&matches) {
            return Err(Miss::Replayed);
        }
        if let Some(used) = self.burn(&matches) {
            used.last_used_at = now;
            self.consecutive_failures = 0;
            let offset = matches.iter().flatten().next().map(Match::offset);
            return Ok(Passed::new(Factor::Totp, now, offset));
        }
        sent.map(|channel| Passed::new(Factor::OneTimeCode(channel), now, None)).ok_or(Miss::Wrong)
    }

    /// Where each authenticator shows this code. All steps of all of them are computed, whichever matches.
    pub(super) fn matches(&self, code: &Code, window: Window, now: UnixTime) -> Matches {
        let mut matches = Matches::default();
        for (authenticator, found) in self.authenticators.iter().zip(&mut matches) {
            let shown = authenticator.totp.key(&authenticator.secret).verify(code, now, window);
            *found = shown.filter(|_| !authenticator.disabled);
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

    /// Settle a miss, and say so.
    fn refuse<T>(
        mut self,
        miss: Miss,
        browser: Option<DeviceId>,
        weight: Debt,
        policy: &Policy,
        now: UnixTime,
    ) -> Decision<Result<T, Rejection>> {
        let (mut events, rejection) = self.count(miss, browser, weight, now);
        events.extend(self.count_in_a_row(policy));
        Decision::write(self, now, events, Err(rejection))
    }

    /// One more failure in the lane and in its bucket.
    pub(super) fn count(
        &mut self,
        miss: Miss,
        browser: Option<DeviceId>,
        weight: Debt,
        now: UnixTime,
    ) -> (Vec<EventKind>, Rejection) {
        let is_unknown = self.device(browser).is_none();
        let (throttle, capacity) = self.throttle_of_mut(browser);
        let mark = throttle.failed(capacity, weight, now);
        let held_until = self.held_until(browser, weight, now);
        let (refused, reason) = miss.told(held_until);
        let mut events = vec![refused];
        events.extend(
            mark.filter(|_| is_unknown).map(|mark| EventKind::ManyWrongCodes { all: mark.is_full() }),
        );
        (events, Rejection::until(reason, held_until))
    }

    /// NIST SP 800-63B §3.2.2: "no more than 100 consecutive failed authentication attempts", after which the authenticator is disabled.
    fn count_in_a_row(&mut self, policy: &Policy) -> Option<EventKind> {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        let is_enabled = self.authenticators.iter().any(|authenticator| !authenticator.disabled);
        if !policy.is_nist_strict() || !is_enabled || self.consecutive_failures < MAX_CONSECUTIVE_FAILURES {
            return None;
        }
        for authenticator in &mut self.authenticators {
            authenticator.disabled = true;
        }
        Some(EventKind::AuthenticatorsDisabled)
    }

    fn held_until(&self, browser: Option<DeviceId>, weight: Debt, now: UnixTime) -> Option<UnixTime> {
        let (throttle, capacity) = self.throttle_of(browser);
        throttle.held_until(capacity, weight, now)
    }

    /// What a guess at the user's factors weighs: as many codes as each authenticator would accept, and one that may have been sent.
    /// Without an authenticator, that of a set-up which is under way counts as one, so that what is shown holds for its confirmation too.
    fn weight(&self, window: Window) -> Debt {
        let steps = u64::from(window.steps());
        let enabled = self.authenticators.iter().filter(|authenticator| !authenticator.disabled).count();
        let codes = u64::try_from(enabled).unwrap_or(u64::MAX).saturating_mul(steps);
        let sent = u64::from(!self.sent_codes.is_empty());
        let least = if self.is_enrolled() || self.pending.is_none() { 1 } else { steps };
        Debt::of_codes(codes.saturating_add(sent).max(least))
    }
}

/// So many failures in a row disable the authenticators, where the policy asks for it.
const MAX_CONSECUTIVE_FAILURES: u32 = 100;

/// Where a code was found, authenticator by authenticator.
pub(super) type Matches = [Option<Match>; MAX_AUTHENTICATORS];

/// Why nothing was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    Wrong,
    Replayed,
}

impl Miss {
    /// What the audit log hears of it, and what the person may.
    pub(super) const fn told(self, held_until: Option<UnixTime>) -> (EventKind, Reason) {
        match self {
            Self::Wrong => (EventKind::CodeRefused { held_until }, Reason::Wrong),
            Self::Replayed => (EventKind::ReplayRefused { held_until }, Reason::Replayed),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
