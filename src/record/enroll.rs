//! Setting up an authenticator: begin, show again, confirm.
//!
//! A pending authenticator stands apart from the active ones. Beginning, abandoning and beginning again change nothing about them; only
//! a right code of the pending secret makes it active, and that code is burnt.

mod confirm;

use zeroize::Zeroizing;

pub(crate) use self::confirm::Confirmation;
use super::{Decision, Epoch, Record, verify::Miss};
use crate::{
    account::Account,
    action::{Action, AuthenticatorId},
    event::EventKind,
    primitives::{backup::LookupSecret, secret::Secret, stored::stored, time::UnixTime, totp::Totp},
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

/// The ticket of an administrator's reset, as it was typed; `None` if nothing was.
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

/// An authenticator that has not yet proved itself.
pub(crate) struct Pending {
    id: u128,
    secret: Secret,
    totp: Totp,
    name: String,
    account_label: String,
    expires_at: UnixTime,
    wrong_codes: u8,
    /// In the place of this one.
    replaces: Option<AuthenticatorId>,
}
stored!(Pending {
    0: id,
    1: secret,
    2: totp,
    3: name,
    4: account_label,
    5: expires_at,
    6: wrong_codes,
    7: replaces,
});

/// How long a set-up waits for its confirmation, in seconds.
const LIFETIME: u64 = 15 * 60;
/// So many wrong codes end it.
const MAX_WRONG_CODES: u8 = 10;

/// Begins a set-up, in the place of any other that is pending. Yields when it expires, and the epoch that its token belongs to.
pub(crate) fn begin_enrollment(
    record: Option<Record>,
    right: Right<'_>,
    ticket: TypedTicket<'_>,
    draft: &Draft,
    account: &Account,
    now: UnixTime,
) -> Decision<Result<(UnixTime, Epoch), Refusal>> {
    let mut record = Record::or_new(record, &draft.root);
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
