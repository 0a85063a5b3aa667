//! Setting up an authenticator: begin, show again, confirm.
//!
//! A pending authenticator stands apart from the active ones. Beginning, abandoning and beginning again change nothing about them; only
//! a right code of the pending secret makes it active, and that code is burnt.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Authenticator, Decision, Epoch, MAX_AUTHENTICATORS, Passed, Record, Root, format, throttle::Debt,
    verify::Miss,
};
use crate::{
    action::Action,
    event::EventKind,
    factor::Factor,
    policy::Obligation,
    primitives::{
        code::Code,
        secret::Secret,
        time::{TimeStep, UnixTime, Window},
        totp::Totp,
    },
    refusal::{NotAllowed, Reason, Refusal, Rejection},
};

/// By which right an authenticator may be set up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Right {
    /// An open session of the user. Enough only while there is no verified factor.
    OpenSession,
    /// A sign-in that stopped because a second factor is required, begun in this epoch. Enough only while there is no verified factor.
    SignIn { epoch: Epoch, expires_at: UnixTime },
    /// A passed step-up for [`Action::AddAuthenticator`], in this epoch.
    Proof { id: u128, epoch: Epoch },
}

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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confirmation<'a> {
    pub(crate) id: u128,
    /// In which the set-up was begun.
    pub(crate) epoch: Epoch,
    pub(crate) code: &'a Code,
    pub(crate) window: Window,
    /// To be drawn for the first authenticator.
    pub(crate) new_epoch: Epoch,
}

/// An authenticator that has not yet proved itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    id: u128,
    #[serde(with = "format::secret")]
    secret: Secret,
    totp: Totp,
    name: String,
    account_label: String,
    expires_at: UnixTime,
    wrong_codes: u8,
}

/// How long a set-up waits for its confirmation, in seconds.
const LIFETIME: u64 = 15 * 60;
/// So many wrong codes end it.
const MAX_WRONG_CODES: u8 = 10;

/// Begins a set-up, in the place of any other that is pending. Yields when it expires, and the epoch that its token belongs to.
pub(crate) fn begin_enrollment(
    record: Option<Record>,
    right: Right,
    draft: &Draft,
    obligation: Obligation,
    now: UnixTime,
) -> Decision<Result<(UnixTime, Epoch), Refusal>> {
    let mut record = record.unwrap_or_else(|| Record::new(Root::drawn(*draft.root)));
    if let Err(refusal) = record.may_begin(right, obligation, now) {
        return Decision::keep(Err(refusal));
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
    });
    let epoch = record.epoch;
    Decision::write(record, now, [EventKind::EnrollmentStarted], Ok((expires_at, epoch)))
}

impl Record {
    fn may_begin(&mut self, right: Right, obligation: Obligation, now: UnixTime) -> Result<(), Refusal> {
        let action = Action::AddAuthenticator;
        self.allows(&action, obligation)?;
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
                self.use_proof(id, &action, now).ok_or_else(|| NotAllowed::NeedsProof.into())
            }
        }
    }

    /// Whether policy and record leave room for an action, whatever right somebody has to it.
    pub(crate) fn allows(&self, action: &Action, obligation: Obligation) -> Result<(), NotAllowed> {
        match action {
            Action::AddAuthenticator if obligation == Obligation::Off => Err(NotAllowed::FactorOff),
            Action::AddAuthenticator if self.authenticators.len() >= MAX_AUTHENTICATORS => {
                Err(NotAllowed::Limit)
            }
            Action::AddAuthenticator => Ok(()),
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

    /// Makes the pending authenticator active if the code is right, and burns the code. The first one turns the second factor on and
    /// draws the new epoch.
    ///
    /// The same gate as for a sign-in: admit, spend, settle.
    pub(crate) fn confirm(
        mut self,
        confirmation: &Confirmation<'_>,
        obligation: Obligation,
        now: UnixTime,
    ) -> Decision<Result<Passed, Refusal>> {
        let &Confirmation { id, epoch, code, window, new_epoch } = confirmation;
        if let Err(rule) = self.allows(&Action::AddAuthenticator, obligation) {
            return Decision::keep(Err(rule.into()));
        }
        let pending = match self.pending(id, epoch, now) {
            Ok(pending) => pending,
            Err(over) => return Decision::keep(Err(over.into())),
        };
        let weight = Debt::of_codes(window.steps().into());
        if let Err(held_back) = self.admit(weight, now) {
            return Decision::keep(Err(held_back.into()));
        }
        let matched = pending.totp.key(&pending.secret).verify(code, now, window);
        let elsewhere = self.matches(code, window, now);
        let spent = self.has_spent(&elsewhere);
        match (matched, self.pending.take()) {
            (Some(matched), Some(pending)) if !spent => {
                self.burn(&elsewhere);
                self.throttle.passed();
                let event = self.activate(pending, matched.step(), new_epoch, now);
                let passed = Passed { factor: Factor::Totp, at: now, offset: matched.offset() };
                Decision::write(self, now, [event], Ok(passed))
            }
            (matched, pending) => {
                self.pending = pending.and_then(Pending::after_wrong_code);
                let miss = if matched.is_some() { Miss::Replayed } else { Miss::Wrong };
                let (event, rejection) = self.count(miss, weight, now);
                Decision::write(self, now, [event], Err(rejection.into()))
            }
        }
    }

    /// Adds a verified authenticator, whose confirming code is its last accepted one.
    fn activate(&mut self, proved: Pending, step: TimeStep, new_epoch: Epoch, now: UnixTime) -> EventKind {
        let event = if self.is_enrolled() {
            EventKind::AuthenticatorAdded { name: proved.name.clone() }
        } else {
            self.epoch = new_epoch;
            self.enrolled_at = Some(now);
            EventKind::Enabled
        };
        self.complete(proved.id, proved.expires_at);
        self.authenticators.push(Authenticator {
            id: self.next_id,
            name: proved.name,
            secret: proved.secret,
            totp: proved.totp,
            last_step: step,
            added_at: now,
            last_used_at: now,
        });
        self.next_id = self.next_id.saturating_add(1);
        self.last_verified_at = Some(now);
        event
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
