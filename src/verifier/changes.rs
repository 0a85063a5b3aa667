//! Changes of settings by the user, each behind a proof.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    Verifier, check,
    commit::Subject,
    token::{Proof, Purpose},
};
use crate::{
    account::Account,
    action::{Action, AuthenticatorId},
    error::Result,
    policy::Policy,
    primitives::{RandomError, backup::LookupSecret, random, time::UnixTime},
    record::{self, CODES, Decision, Epoch, Record, Spent, Typed},
    refusal::{NotAllowed, Reason, Refusal, Rejection},
};

/// Backup codes, to be shown once: look-up secrets in the terms of NIST SP 800-63B §3.1.2. Wiped when dropped; cache the page nowhere.
///
/// ```
/// use second_factor::BackupCodes;
///
/// /// The grid to copy from, and the file to download.
/// fn page(codes: &BackupCodes) -> (Vec<&str>, String) {
///     (codes.iter().collect(), codes.to_text().to_string())
/// }
/// ```
#[doc(alias = "look-up secret")]
pub struct BackupCodes {
    codes: Vec<Zeroizing<String>>,
}

impl BackupCodes {
    fn new(codes: &[LookupSecret]) -> Self {
        Self { codes: codes.iter().map(LookupSecret::to_text).collect() }
    }

    /// Each code, as it is to be shown: groups with hyphens in between.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|code| code.as_str())
    }

    /// Plain text to download: a code a line.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let length = self.codes.iter().map(|code| code.len().saturating_add(1)).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        for code in self.iter() {
            text.push_str(code);
            text.push('\n');
        }
        text
    }
}

impl fmt::Debug for BackupCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupCodes({})", self.codes.len())
    }
}

/// A set of codes that was drawn, once, whatever number of rounds its commit takes.
pub(super) struct DrawnCodes(Vec<LookupSecret>);

impl DrawnCodes {
    pub(super) fn draw(policy: &Policy) -> Result<Self, RandomError> {
        let codes = (0..CODES).map(|_| LookupSecret::generate(record::shape(policy)));
        codes.collect::<Result<_, _>>().map(Self)
    }

    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn as_slice(&self) -> &[LookupSecret] {
        &self.0
    }

    pub(super) fn to_show(&self) -> BackupCodes {
        BackupCodes::new(&self.0)
    }
}

impl Verifier {
    /// Turns the second factor off: everything that was set up is deleted, and nothing that was handed out is accepted any more.
    ///
    /// Takes a proof for [`Action::Disable`]. A host that keeps [`Account::known_enrolled`] clears it.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::Required`] while the policy requires one; [`Rejection`] or [`NotAllowed::NeedsProof`] if the proof does not hold;
    /// [`Unavailable`](crate::Unavailable).
    pub async fn disable(&self, account: &Account, proof: &Proof) -> Result<()> {
        let spent = self.spent(account, proof, &Action::Disable)?;
        let new_epoch = Epoch::drawn(random::id()?);
        self.change(account, |record, now| record.disable(spent, account, new_epoch, now)).await
    }

    /// Removes one of several authenticators. Takes a proof for [`Action::Remove`] of the same one. No browser is trusted any more, since
    /// it may have been trusted with a code of this one; sessions go on. For a phone that was stolen,
    /// [`sign_out_everywhere`](Self::sign_out_everywhere) as well.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::LastAuthenticator`], [`NotAllowed::NotFound`]; otherwise as for [`disable`](Self::disable).
    pub async fn remove_authenticator(
        &self,
        account: &Account,
        id: AuthenticatorId,
        proof: &Proof,
    ) -> Result<()> {
        let action = Action::Remove(id);
        let spent = self.spent(account, proof, &action)?;
        self.change(account, |record, now| record.remove_authenticator(spent, id, account, now)).await
    }

    /// Gives an authenticator another name: 1 to 64 characters, surrounding white space ignored.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::InvalidName`], [`NotAllowed::NotFound`]; [`Unavailable`](crate::Unavailable).
    pub async fn rename_authenticator(
        &self,
        account: &Account,
        id: AuthenticatorId,
        name: &str,
    ) -> Result<()> {
        check(account)?;
        let name = record::checked_name(name)?;
        self.change(account, |record, now| record.rename_authenticator(id, name, now)).await
    }

    /// Issues new backup codes. The old ones are dead at once. Takes a proof for [`Action::RegenerateBackupCodes`].
    ///
    /// # Errors
    ///
    /// [`NotAllowed::FactorOff`] if the policy does not allow backup codes; otherwise as for [`disable`](Self::disable).
    pub async fn regenerate_backup_codes(&self, account: &Account, proof: &Proof) -> Result<BackupCodes> {
        let spent = self.spent(account, proof, &Action::RegenerateBackupCodes)?;
        let codes = DrawnCodes::draw(account.policy())?;
        let decide =
            |record: Record, now| record.regenerate_backup_codes(spent, codes.as_slice(), account, now);
        self.change(account, decide).await?;
        Ok(codes.to_show())
    }

    /// The unused backup codes again, where the policy lets them be viewed. Takes a proof for [`Action::ViewBackupCodes`], and the user
    /// hears of it.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::ViewingOff`]; otherwise as for [`disable`](Self::disable).
    pub async fn view_backup_codes(&self, account: &Account, proof: &Proof) -> Result<BackupCodes> {
        let spent = self.spent(account, proof, &Action::ViewBackupCodes)?;
        let decide = |record: Record, now| record.view_backup_codes(spent, account, now);
        Ok(BackupCodes { codes: self.change(account, decide).await? })
    }

    /// Proves that the backup codes were saved, with one of them, which is used up: there is no looking at a code without spending it.
    /// Optional; [`Status::backup_codes_saved_at`](crate::Status::backup_codes_saved_at) says whether it was done. Yields how many are left.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if it is none of the unused codes; [`NotAllowed::NotEnrolled`]; [`Unavailable`](crate::Unavailable).
    pub async fn prove_saved(&self, account: &Account, typed: &str) -> Result<u8> {
        check(account)?;
        let Some(Typed::LookupSecret(code)) = Typed::read(typed) else {
            return Err(Rejection::new(Reason::Malformed).into());
        };
        self.change(account, |record, now| record.prove_saved(&code, account.policy(), now)).await
    }

    /// Spends a proof for a dangerous page of the host's own: [`Action::Host`] with the name that the step-up was asked for.
    ///
    /// Do the deed after `Ok`, once.
    ///
    /// # Errors
    ///
    /// [`Rejection`] or [`NotAllowed::NeedsProof`] if the proof does not hold for this action; [`Unavailable`](crate::Unavailable).
    pub async fn spend(&self, account: &Account, proof: &Proof, action: &Action) -> Result<()> {
        let Action::Host(_) = action else { return Err(Rejection::new(Reason::WrongPurpose).into()) };
        let spent = self.spent(account, proof, action)?;
        self.change(account, |record, now| record.spend_proof(spent, account, now)).await
    }

    /// A ceremony on a record that must be there.
    pub(super) async fn change<T, R: Into<Refusal>>(
        &self,
        account: &Account,
        decide: impl Fn(Record, UnixTime) -> Decision<Result<T, R>>,
    ) -> Result<T> {
        let decide = |record: Option<Record>, now| match record {
            Some(record) => decide(record, now).map(|outcome| outcome.map_err(Into::into)),
            None => Decision::keep(Err(NotAllowed::NotEnrolled.into())),
        };
        Ok(self.commit(Subject::of(account), decide).await??)
    }

    /// A proof of this account for this action, for the record to spend.
    fn spent<'a>(&self, account: &Account, proof: &Proof, action: &'a Action) -> Result<Spent<'a>> {
        check(account)?;
        let for_action = |purpose: &Purpose| matches!(purpose, Purpose::Proof(proved) if proved == action);
        let claims = self.claims_of(proof.as_str(), account, for_action)?;
        Ok(Spent { id: claims.id, epoch: claims.epoch, action })
    }
}
