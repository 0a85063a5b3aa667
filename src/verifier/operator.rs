//! The record of one user, in the hands of the operator: sealing it anew, what a restore takes, its notices, its end. None of these calls
//! takes an [`Account`](crate::Account): the host decides who may make them.

use zeroize::Zeroizing;

use super::{
    Verifier,
    commit::{Condition, Subject},
};
use crate::{
    error::{Result, Unavailable},
    event::{Actor, EventKind},
    primitives::{random, time::UnixTime},
    record::{self, Decision, Epoch, Record},
    user::UserKey,
};

/// What becomes of notices that the notifier has not accepted, when a record is erased.
///
/// ```
/// use second_factor::{Actor, Error, NotAllowed, Result, Undelivered, UserKey, Verifier};
///
/// /// A person leaves the service. What the mailer has refused for long is given up.
/// async fn erase(verifier: &Verifier, user: &UserKey, admin: &Actor) -> Result<()> {
///     match verifier.erase(user, Undelivered::Keep, admin).await {
///         Err(Error::NotAllowed(NotAllowed::NoticesPending)) => verifier.erase(user, Undelivered::Drop, admin).await,
///         other => other,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// They are tried once more; if some are still left, nothing is erased.
    Keep,
    /// They are lost. With this even a record that no longer opens can be erased.
    Drop,
}

impl Verifier {
    /// Seals a record anew, if it is not under the primary key. Yields whether it was written. Once every record was, older keys can be
    /// [retired](crate::KeyRing::retire). [`Administration::reseal`](crate::Administration::reseal) does it for a tenant.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn reseal(&self, user: &UserKey) -> Result<bool> {
        let primary = self.inner.keys.primary_id();
        match self.look_at(user).await? {
            Some((_, key)) if key != Some(primary) => self.rewrite(user, Record::reseal).await,
            _ => Ok(false),
        }
    }

    /// To be called for each user after the database was restored from a backup, before anybody signs in: what was spent in between is
    /// unspent again in such a database. Backup codes and browsers are dropped, no code of the present time is accepted, and nothing that
    /// was handed out is. The user is told, and by whom it was done. A high-water mark of [`Summary::generation`](crate::Summary::generation) tells which records
    /// are older than they were.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::InvalidName`](crate::NotAllowed::InvalidName) for [that of `by`](Actor); [`Unavailable`].
    pub async fn after_restore(&self, user: &UserKey, by: &Actor) -> Result<()> {
        by.check()?;
        self.restore(user, by).await.map(drop)
    }

    /// Deletes a user's record for good: the person is leaving the service. Counters go with it, so this is not for a user who stays. The
    /// audit log learns [who](Actor) did it; it may be the user.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::NoticesPending`](crate::NotAllowed::NoticesPending) with [`Undelivered::Keep`],
    /// [`NotAllowed::InvalidName`](crate::NotAllowed::InvalidName); [`Unavailable`].
    pub async fn erase(&self, user: &UserKey, undelivered: Undelivered, by: &Actor) -> Result<()> {
        by.check()?;
        let only_if: Option<Condition> = match undelivered {
            Undelivered::Drop => None,
            Undelivered::Keep => {
                let _asked_again_below = self.deliver_pending(user).await;
                Some(Record::has_told_everything)
            }
        };
        self.remove(user, only_if, by).await.map(drop)
    }

    /// Hands the notices of this user that the notifier has not accepted so far to it again.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Notifier`] if it refused one again; the others were handed over all the same.
    pub async fn deliver_pending(&self, user: &UserKey) -> Result<()> {
        self.redeliver(user).await.map(drop)
    }

    /// The same. Yields whether any notice was waiting.
    pub(crate) async fn redeliver(&self, user: &UserKey) -> Result<bool> {
        let Some((record, _)) = self.look_at(user).await? else { return Ok(false) };
        self.deliver(user, &record).await.map_err(Unavailable::Notifier)?;
        Ok(!record.pending_notices().is_empty())
    }

    /// What [`after_restore`](Self::after_restore) does. Yields whether there was a record.
    pub(crate) async fn restore(&self, user: &UserKey, by: &Actor) -> Result<bool> {
        let new_epoch = Epoch::drawn(random::id()?);
        self.rewrite(user, |record, now| record.after_restore(by, new_epoch, now)).await
    }

    /// Deletes the settings of a user whose tenant stopped using a second factor. Yields whether there were any.
    pub(crate) async fn purge(&self, user: &UserKey, by: &Actor) -> Result<bool> {
        let new_epoch = Epoch::drawn(random::id()?);
        self.rewrite(user, |record, now| record.purge(by, new_epoch, now)).await
    }

    /// Tells a user who has not set up a second factor that one is required, through the outbox of the record. Yields whether there was
    /// somebody to tell.
    pub(crate) async fn require(&self, user: &UserKey, by: &Actor, from: Option<UnixTime>) -> Result<bool> {
        let root = Zeroizing::new(random::bytes()?);
        let event = EventKind::RequiredByPolicy { by: by.clone(), from };
        self.commit(by_operator(user), |record, now| record::require(record, &root, event.clone(), now)).await
    }

    /// A ceremony on a record that may not be there. Yields whether something was written.
    async fn rewrite(
        &self,
        user: &UserKey,
        decide: impl Fn(Record, UnixTime) -> Decision<()>,
    ) -> Result<bool> {
        let decide = |record: Option<Record>, now| match record {
            Some(record) => {
                let decision = decide(record, now);
                let writes = decision.change.is_some();
                decision.map(|()| writes)
            }
            None => Decision::keep(false),
        };
        self.commit(by_operator(user), decide).await
    }
}

/// The record of a user whom the host has not described.
pub(super) const fn by_operator(user: &UserKey) -> Subject<'_> {
    Subject { user, known_enrolled: false }
}
