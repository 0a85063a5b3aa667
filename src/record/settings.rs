//! Changes of settings, each behind the proof of a step-up that was passed for it.

use zeroize::Zeroizing;

use super::{BackupCodes, Decision, Epoch, MAX_AUTHENTICATORS, Record};
use crate::{
    account::Account,
    action::{Action, AuthenticatorId},
    event::EventKind,
    factor::Factor,
    policy::Obligation,
    primitives::{backup::LookupSecret, time::UnixTime},
    refusal::{NotAllowed, Reason, Refusal},
};

/// A proof, as its seal describes it, and what it is to be spent on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent<'a> {
    pub(crate) id: u128,
    pub(crate) epoch: Epoch,
    pub(crate) action: &'a Action,
}

impl Record {
    /// Whether policy and record leave room for an action, whatever right somebody has to it.
    pub(crate) fn allows(&self, action: &Action, account: &Account) -> Result<(), NotAllowed> {
        let (obligation, policy) = (account.obligation(), account.policy());
        match action {
            Action::AddAuthenticator if obligation == Obligation::Off || !policy.allows(Factor::Totp) => {
                Err(NotAllowed::FactorOff)
            }
            Action::AddAuthenticator if self.authenticators.len() >= MAX_AUTHENTICATORS => {
                Err(NotAllowed::Limit)
            }
            Action::Replace(id) | Action::Remove(id) if !self.has(*id) => Err(NotAllowed::NotFound),
            Action::Remove(_) if self.authenticators.len() == 1 => Err(NotAllowed::LastAuthenticator),
            Action::Disable if obligation == Obligation::Required => Err(NotAllowed::Required),
            Action::RegenerateBackupCodes if !policy.allows(Factor::BackupCode) => Err(NotAllowed::FactorOff),
            Action::ViewBackupCodes if !policy.shows_backup_codes() => Err(NotAllowed::ViewingOff),
            Action::ViewBackupCodes if !self.backup_codes().is_some_and(BackupCodes::can_be_viewed) => {
                Err(NotAllowed::ViewingOff)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn has(&self, id: AuthenticatorId) -> bool {
        self.authenticators.iter().any(|authenticator| authenticator.id == id)
    }

    /// Does a deed that takes a proof, and uses the proof up. The deed's own commit takes it out of the record; if that is not made, the
    /// proof is still there.
    fn with_proof<T>(
        mut self,
        spent: Spent<'_>,
        account: &Account,
        now: UnixTime,
        deed: impl FnOnce(&mut Self) -> Result<(EventKind, T), NotAllowed>,
    ) -> Decision<Result<T, Refusal>> {
        let used_up = self.use_up(spent, account, now);
        match used_up.and_then(|()| Ok(deed(&mut self)?)) {
            Ok((event, outcome)) => Decision::write(self, now, [event], Ok(outcome)),
            Err(refusal) => Decision::keep(Err(refusal)),
        }
    }

    fn use_up(&mut self, spent: Spent<'_>, account: &Account, now: UnixTime) -> Result<(), Refusal> {
        if self.epoch != spent.epoch {
            return Err(Reason::EpochChanged.into());
        }
        self.allows(spent.action, account)?;
        self.use_proof(spent.id, spent.action, now).ok_or_else(|| NotAllowed::NeedsProof.into())
    }

    /// Turns the second factor off, unless the policy requires it.
    pub(crate) fn disable(
        self,
        spent: Spent<'_>,
        account: &Account,
        new_epoch: Epoch,
        now: UnixTime,
    ) -> Decision<Result<(), Refusal>> {
        self.with_proof(spent, account, now, |record| {
            record.remove_factors(new_epoch);
            Ok((EventKind::Disabled, ()))
        })
    }

    /// Removes one of several authenticators. No browser is trusted any more; each is asked again.
    pub(crate) fn remove_authenticator(
        self,
        spent: Spent<'_>,
        id: AuthenticatorId,
        account: &Account,
        now: UnixTime,
    ) -> Decision<Result<(), Refusal>> {
        self.with_proof(spent, account, now, |record| {
            let place = record.authenticators.iter().position(|authenticator| authenticator.id == id);
            let name = record.authenticators.remove(place.ok_or(NotAllowed::NotFound)?).name;
            // Somebody may have trusted a browser with it.
            record.end_trust();
            Ok((EventKind::AuthenticatorRemoved { name }, ()))
        })
    }

    /// Gives an authenticator another name. Nothing of what it can do changes, so no proof is asked for.
    pub(crate) fn rename_authenticator(
        mut self,
        id: AuthenticatorId,
        name: &str,
        now: UnixTime,
    ) -> Decision<Result<(), NotAllowed>> {
        match self.authenticators.iter_mut().find(|authenticator| authenticator.id == id) {
            None => Decision::keep(Err(NotAllowed::NotFound)),
            Some(authenticator) => {
                name.clone_into(&mut authenticator.name);
                Decision::write(
                    self,
                    now,
                    [EventKind::AuthenticatorRenamed { name: name.to_owned() }],
                    Ok(()),
                )
            }
        }
    }

    /// Issues new backup codes in the place of the old ones.
    pub(crate) fn regenerate_backup_codes(
        self,
        spent: Spent<'_>,
        codes: &[LookupSecret],
        account: &Account,
        now: UnixTime,
    ) -> Decision<Result<(), Refusal>> {
        self.with_proof(spent, account, now, |record| {
            Ok((record.issue_backup_codes(codes, account.policy(), now), ()))
        })
    }

    /// Shows the unused backup codes again, where the policy allowed it when they were issued and does now.
    pub(crate) fn view_backup_codes(
        self,
        spent: Spent<'_>,
        account: &Account,
        now: UnixTime,
    ) -> Decision<Result<Vec<Zeroizing<String>>, Refusal>> {
        self.with_proof(spent, account, now, |record| {
            let texts = record.backup_codes().map(BackupCodes::unused_texts).unwrap_or_default();
            Ok((EventKind::BackupCodesViewed, texts))
        })
    }

    /// Spends a proof for a page of the host's own.
    pub(crate) fn spend_proof(
        self,
        spent: Spent<'_>,
        account: &Account,
        now: UnixTime,
    ) -> Decision<Result<(), Refusal>> {
        self.with_proof(spent, account, now, |_| {
            Ok((EventKind::ProofSpent { action: spent.action.clone() }, ()))
        })
    }
}

#[cfg(test)]
mod tests;
