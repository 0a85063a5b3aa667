//! The code that makes a pending authenticator active.

use super::Pending;
use crate::{
    account::Account,
    action::Action,
    device::DeviceId,
    event::EventKind,
    factor::Factor,
    primitives::{
        backup::LookupSecret,
        code::Code,
        time::{TimeStep, UnixTime},
    },
    record::{Authenticator, Decision, Epoch, NewBrowser, Passed, Record, throttle::Debt, verify::Miss},
    refusal::Refusal,
};

/// A code, typed to confirm a set-up.
#[derive(Clone, Copy)]
pub(crate) struct Confirmation<'a> {
    pub(crate) id: u128,
    /// In which the set-up was begun.
    pub(crate) epoch: Epoch,
    /// The browser in whose lane attempts count.
    pub(crate) browser: Option<DeviceId>,
    pub(crate) code: &'a Code,
    pub(crate) account: &'a Account,
    /// To be drawn for the first authenticator, or one in the place of another.
    pub(crate) new_epoch: Epoch,
    /// To be known from then on, likewise.
    pub(crate) new_browser: &'a NewBrowser,
    /// To be issued with the first authenticator.
    pub(crate) backup_codes: &'a [LookupSecret],
}

/// A set-up was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confirmed {
    pub(crate) passed: Passed,
    pub(crate) backup_codes_issued: bool,
}

impl Record {
    /// Makes the pending authenticator active if the code is right, and burns the code. The first one turns the second factor on, draws
    /// the new epoch and comes with backup codes; one in the place of another draws a new epoch too.
    ///
    /// The same gate as for a sign-in: admit, spend, settle.
    pub(crate) fn confirm(
        mut self,
        confirmation: &Confirmation<'_>,
        now: UnixTime,
    ) -> Decision<Result<Confirmed, Refusal>> {
        let &Confirmation { id, epoch, browser, code, account, .. } = confirmation;
        let window = account.window();
        let pending = match self.pending(id, epoch, now) {
            Ok(pending) => pending,
            Err(over) => return Decision::keep(Err(over.into())),
        };
        if let Err(rule) = self.allows(&self.goal(pending), account) {
            return Decision::keep(Err(rule.into()));
        }
        let weight = Debt::of_codes(window.steps().into());
        if let Err(held_back) = self.admit(browser, weight, now) {
            return Decision::keep(Err(held_back.into()));
        }
        let key = pending.totp.key(&pending.secret);
        let matched = key.verify(code, now, window);
        let step_seconds = i64::try_from(pending.totp.step().seconds()).unwrap_or(0);
        let hint = key.clock_hint(code, now).map(|steps| i64::from(steps).saturating_mul(step_seconds));
        let elsewhere = self.matches(code, window, now);
        let spent = self.has_spent(&elsewhere);
        match (matched, self.pending.take()) {
            (Some(matched), Some(pending)) if !spent => {
                self.burn(&elsewhere);
                self.throttle_of_mut(browser).0.passed();
                let passed = Passed::new(Factor::Totp, now, Some(matched.offset()));
                let (events, confirmed) = self.activate(pending, matched.step(), confirmation, passed);
                Decision::write(self, now, events, Ok(confirmed))
            }
            (matched, pending) => {
                self.pending = pending.and_then(Pending::after_wrong_code);
                let miss = if matched.is_some() { Miss::Replayed } else { Miss::Wrong };
                let (events, rejection) = self.count(miss, browser, weight, now);
                let hint = hint.filter(|_| miss == Miss::Wrong);
                Decision::write(self, now, events, Err(rejection.hinting(hint).into()))
            }
        }
    }

    /// What a set-up is for. If what it replaces is gone, it adds.
    fn goal(&self, pending: &Pending) -> Action {
        pending.replaces.filter(|id| self.has(*id)).map_or(Action::AddAuthenticator, Action::Replace)
    }

    /// Adds a verified authenticator, whose confirming code is its last accepted one.
    fn activate(
        &mut self,
        proved: Pending,
        step: TimeStep,
        confirmation: &Confirmation<'_>,
        mut passed: Passed,
    ) -> (Vec<EventKind>, Confirmed) {
        let &Confirmation { account, new_epoch, new_browser, backup_codes, .. } = confirmation;
        let now = passed.at;
        let is_first = !self.is_enrolled();
        let replaces = proved.replaces.filter(|id| self.has(*id));
        let name = proved.name.clone();
        let mut events = vec![match replaces {
            _ if is_first => EventKind::Enabled,
            Some(_) => EventKind::AuthenticatorReplaced { name },
            None => EventKind::AuthenticatorAdded { name },
        }];
        if is_first || replaces.is_some() {
            self.begin_epoch(new_epoch);
            self.sessions_since = self.after_all_sessions(now);
            self.authenticators.retain(|authenticator| Some(authenticator.id) != replaces);
        }
        passed.at = self.verified_at(now);
        if is_first {
            self.enrolled_at = Some(passed.at);
            self.ticket = None;
        }
        self.complete(proved.id, proved.expires_at);
        self.authenticators.push(Authenticator {
            id: self.next_id,
            name: proved.name,
            secret: proved.secret,
            totp: proved.totp,
            last_step: step,
            added_at: now,
            last_used_at: now,
            disabled: false,
        });
        self.next_id = self.next_id.next();
        self.last_verified_at = self.last_verified_at.max(Some(passed.at));
        self.consecutive_failures = 0;
        if is_first || replaces.is_some() {
            let known = self.remember_browser(None, new_browser, account, Factor::Totp, now);
            passed.browser = Some(known.id);
        }
        let backup_codes_issued = is_first && !backup_codes.is_empty();
        if backup_codes_issued {
            events.push(self.issue_backup_codes(backup_codes, account.policy(), now));
        }
        passed.backup_codes_left = self.backup_codes_left();
        (events, Confirmed { passed, backup_codes_issued })
    }
}
