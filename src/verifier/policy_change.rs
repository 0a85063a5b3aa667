//! What an administrator was shown of a change of policy, and that it was confirmed.

use super::{
    Verifier, check,
    commit::Subject,
    token::{Claims, Purpose, Token},
};
use crate::{
    account::Account,
    assurance::Assurance,
    error::Result,
    factor::Factor,
    policy::{Policy, Requirement},
    primitives::{
        random,
        seal::KeyId,
        time::{DAY, UnixTime},
    },
    record::{self, Challenge, Decision, Epoch, Gate, Record},
    refusal::NotAllowed,
};

/// How long the confirmation of a preview is good, in seconds: a day, in which a sweep can be resumed.
const CONFIRMATION_LIFETIME: u64 = DAY;

impl Verifier {
    /// Whether this administrator could not go on under another policy, as the record stands.
    pub(crate) async fn would_lock_out(&self, acting: &Account, proposed: &Policy) -> Result<bool> {
        check(acting)?;
        let account = acting.under(proposed);
        let decide =
            |record: Option<Record>, now| Decision::keep(is_locked_out(record.as_ref(), &account, now));
        self.commit(Subject::of(&account), decide).await
    }

    /// That this administrator has seen what a change to `proposed` would do.
    pub(crate) fn confirmation_of_change(&self, acting: &Account, proposed: Requirement) -> Result<Token> {
        check(acting)?;
        let (id, expires_at) = (random::id()?, self.now().plus(CONFIRMATION_LIFETIME));
        // Not bound to the administrator's epoch: the sweep that it confirms draws that anew, and has to be resumable.
        let epoch = Epoch::BEFORE_ENROLLMENT;
        self.token(&Claims::new(acting, Purpose::PolicyChange(proposed), id, epoch, expires_at)?)
    }

    /// The id of the preview that this administrator confirms a change to `proposed` by.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::StalePreview`] for every other token, whatever is wrong with it.
    pub(crate) fn confirmed_change(
        &self,
        acting: &Account,
        confirmation: &Token,
        proposed: Requirement,
    ) -> Result<u128> {
        check(acting)?;
        let expected = Purpose::PolicyChange(proposed);
        let claims = self.claims_of(confirmation.as_str(), acting, |purpose| *purpose == expected);
        Ok(claims.map_err(|_| NotAllowed::StalePreview)?.id)
    }

    /// The key that records are sealed under from now on.
    pub(crate) fn primary_key(&self) -> KeyId {
        self.inner.keys.primary_id()
    }
}

/// Whether even a session newly opened with a second factor may do nothing but set one up, or the next sign-in asks for what nothing can
/// answer. One that is only to be opened again, by a code that is sent, is not locked out.
fn is_locked_out(record: Option<&Record>, account: &Account, now: UnixTime) -> bool {
    // At the end of time, so that nothing which ends the sessions of today counts.
    let session = Assurance::SecondFactor { factor: Factor::Totp, at: UnixTime::from_seconds(u64::MAX) };
    if record::gate(record, account, session, now) == Gate::Enroll {
        return true;
    }
    let Some(record) = record.filter(|record| record.is_enrolled()) else { return false };
    let (epoch, expires_at) = (record.epoch(), now);
    let next = Challenge { id: 0, epoch, expires_at, browser: None, first: None, action: None };
    record::page(Some(record), &next, account, now).factors.is_empty()
}
