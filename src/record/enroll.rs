//! Setting up an authenticator: begin, show again, confirm.
//!
//! A pending authenticator stands apart from the active ones. Beginning, abandoning and beginning again change nothing about them; only
//! a right code of the pending secret makes it active, and that code is burnt.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Authenticator, Decision, Epoch, MAX_NAME, NewBrowser, Passed, Record, Root, throttle::Debt, values,
    verify::Miss,
};
use crate::{
    account::Account,
    action::{Action, AuthenticatorId},
    device::DeviceId,
    event::EventKind,
    factor::Factor,
    primitives::{
        backup::LookupSecret,
        code::Code,
        secret::Secret,
        time::{TimeStep, UnixTime},
        totp::Totp,
    },
    refusal::{NotAllowed, Reason, Refusal, Rejection},
};

/// By which right an authenticator may be set up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Right<'a> {
    /// An open session of the user. Enough only while there is no verified factor.
    OpenSession,
    /// A sign-in that stopped because a second factor is required, begun in this epoch. Enough only while there is no verified factor.
    SignIn { epoch: Epoch, expires_at: UnixTime },
    /// A passed step-up for [`Action::AddAuthenticator`] or [`Action::Replace`], in this epoch.
    Proof { id: u128, epoch: Epoch, action: &'a Action },
}

/// The ticket of an administrator's reset, as it was typed: `None` if nothing was, or nothing that could be one.
pub(crate) type TypedTicket<'a> = Option<&'a LookupSecret>;

/// What was drawn and named for a new authenticator, once, whatever number of rounds its commit takes.
pub(crate) struct Draft {
    pub(crate) id: u128,
    /// For the record, if this is its birth.
    pub(crate) root: Zeroizing<[u8; 32]>,
    pub(crate) secret: Secret,
    pub(crate) totp: Totp,
    pub(crate) name: String,
    /// What the app shows beside the issuer.
    pub(crate) account_label: String,
}

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

/// An authenticator that has not yet proved itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    id: u128,
    #[serde(with = "values::secret")]
    secret: Secret,
    totp: Totp,
    name: String,
    account_label: String,
    expires_at: UnixTime,
    wrong_codes: u8,
    /// In the place of this one.
    #[serde(default)]
    replaces: Option<AuthenticatorId>,
}

/// How long a set-up waits for its confirmation, in seconds.
const LIFETIME: u64 = 15 * 60;
/// So many wrong codes end it.
const MAX_WRONG_CODES: u8 = 10;

/// A name as a person gave it: surrounding white space goes.
///
/// # Errors
///
/// [`NotAllowed::InvalidName`] if it is empty, longer than [`MAX_NAME`], or has a control character.
pub(crate) fn checked_name(name: &str) -> Result<&str, NotAllowed> {
    let name = name.trim();
    let length = name.chars().take(MAX_NAME.saturating_add(1)).count();
    if (1..=MAX_NAME).contains(&length) && !name.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(NotAllowed::InvalidName)
    }
}

/// Begins a set-up, in the place of any other that is pending. Yields when it expires, and the epoch that its token belongs to.
pub(crate) fn begin_enrollment(
    record: Option<Record>,
    right: Right<'_>,
    ticket: TypedTicket<'_>,
    draft: &Draft,
    account: &Account,
    now: UnixTime,
) -> Decision<Result<(UnixTime, Epoch), Refusal>> {
    let mut record = record.unwrap_or_else(|| Record::new(Root::drawn(*draft.root)));
    if let Err(refusal) = record.may_begin(right, account, now) {
        return Decision::keep(Err(refusal));
    }
    if record.needs_ticket() && !record.is_enrolled() && !account.policy().waives_tickets() {
        match ticket {
            None => return Decision::keep(Err(NotAllowed::NeedsTicket.into())),
            Some(typed) if record.holds_ticket(typed, now) => {}
            Some(_) => {
                return record
                    .refuse_lookup_secret(Miss::Wrong, now)
                    .map(|refused| refused.map_err(Refusal::from));
            }
        }
    }
    let expires_at = now.plus(LIFETIME);
    record.pending = Some(Pending {
        id: draft.id,
        secret: draft.secret.duplicate(),
        totp: draft.totp,
        name: draft.name.clone(),
        account_label: draft.account_label.clone(),
        expires_at,
        wrong_codes: 0,
        replaces: right.replaces(),
    });
    let epoch = record.epoch;
    Decision::write(record, now, [EventKind::EnrollmentStarted], Ok((expires_at, epoch)))
}

impl Right<'_> {
    const fn replaces(&self) -> Option<AuthenticatorId> {
        match self {
            Self::Proof { action: Action::Replace(id), .. } => Some(*id),
            _ => None,
        }
    }
}

impl Record {
    fn may_begin(&mut self, right: Right<'_>, account: &Account, now: UnixTime) -> Result<(), Refusal> {
        let action = match right {
            Right::Proof { action, .. } => action,
            Right::OpenSession | Right::SignIn { .. } => &Action::AddAuthenticator,
        };
        self.allows(action, account)?;
        match right {
            Right::SignIn { expires_at, .. } if now >= expires_at => Err(Reason::Expired.into()),
            Right::SignIn { epoch, .. } | Right::Proof { epoch, .. } if epoch != self.epoch => {
                Err(Reason::EpochChanged.into())
            }
            Right::OpenSession | Right::SignIn { .. } if self.is_enrolled() => {
                Err(NotAllowed::NeedsProof.into())
            }
            Right::OpenSession | Right::SignIn { .. } => Ok(()),
            Right::Proof { id, .. } => {
                self.use_proof(id, action, now).ok_or_else(|| NotAllowed::NeedsProof.into())
            }
        }
    }

    /// The pending authenticator of this token, to be shown again.
    ///
    /// # Errors
    ///
    /// [`Reason::AlreadyCompleted`] if it was confirmed, [`Reason::Expired`] if it is over or gave way to another.
    pub(crate) fn pending(&self, id: u128, epoch: Epoch, now: UnixTime) -> Result<&Pending, Rejection> {
        let stands = |pending: &&Pending| pending.id == id && self.epoch == epoch && now < pending.expires_at;
        let reason = if self.was_completed(id) { Reason::AlreadyCompleted } else { Reason::Expired };
        self.pending.as_ref().filter(stands).ok_or(Rejection::new(reason))
    }

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
        self.consecutive_failures = 0;
        self.last_verified_at = self.last_verified_at.max(Some(passed.at));
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

impl Pending {
    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) const fn totp(&self) -> Totp {
        self.totp
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn account_label(&self) -> &str {
        &self.account_label
    }

    pub(crate) const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// What is left of it: nothing after [`MAX_WRONG_CODES`].
    fn after_wrong_code(mut self) -> Option<Self> {
        self.wrong_codes = self.wrong_codes.saturating_add(1);
        (self.wrong_codes < MAX_WRONG_CODES).then_some(self)
    }
}

#[cfg(test)]
pub(super) mod tests;
