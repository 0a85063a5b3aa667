//! Open sessions and the settings page.

use serde::{Deserialize, Serialize};

use super::{Verifier, check, commit::Subject};
use crate::{
    account::Account,
    assurance::Assurance,
    error::{Result, Unavailable},
    primitives::time::UnixTime,
    record::{self, Decision, Gate, Record},
    user::UserKey,
};

/// What an open session may do at this request. Exhaustive on purpose.
#[must_use = "a session that is not granted must not go on"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Go on. With `enroll_by`, a second factor must be set up before then: show a notice.
    Granted {
        /// The end of the grace.
        enroll_by: Option<UnixTime>,
    },
    /// Lead every page to the set-up: a second factor is required, and there is none.
    Enroll,
    /// Lead to the sign-in: there is a second factor, and this session never showed it.
    SignInAgain,
}

/// What the settings page shows.
#[derive(Debug)]
pub struct Status {
    authenticators: Vec<Authenticator>,
    locked_until: Option<UnixTime>,
}

impl Status {
    /// Whether a second factor is set up.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.authenticators.is_empty()
    }

    /// The authenticators, in the order in which they were added.
    #[must_use]
    pub fn authenticators(&self) -> &[Authenticator] {
        &self.authenticators
    }

    /// Until when attempts are held back, if they are.
    #[must_use]
    pub const fn locked_until(&self) -> Option<UnixTime> {
        self.locked_until
    }
}

/// An authenticator of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authenticator {
    /// To name it in later calls.
    pub id: AuthenticatorId,
    /// As its owner named it: data, to be escaped.
    pub name: String,
    /// When it was confirmed.
    pub added_at: UnixTime,
    /// When a code of it was last accepted, the confirming one included.
    pub last_used_at: UnixTime,
}

/// Which of the user's authenticators. Never used again within one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthenticatorId(u64);

impl Verifier {
    /// Whether an open session may go on: the gate in front of every page. It notices at the next request that the policy changed, or that
    /// a second factor was set up or taken away.
    ///
    /// `session` is what [`SignedIn::assurance`](crate::SignedIn::assurance) said when the session was opened. One read, no write.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]; do not let the request pass then.
    pub async fn assess(&self, account: &Account, session: Assurance) -> Result<Access> {
        check(account)?;
        let decide = |record: Option<Record>, now| {
            Decision::keep(record::gate(record.as_ref(), account, session, now))
        };
        Ok(match self.commit(Subject::of(account), decide).await? {
            Gate::Granted { enroll_by } => Access::Granted { enroll_by },
            Gate::Enroll => Access::Enroll,
            Gate::SignInAgain => Access::SignInAgain,
        })
    }

    /// What the settings page shows.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn status(&self, account: &Account) -> Result<Status> {
        check(account)?;
        let window = account.window();
        let decide = |record: Option<Record>, now| {
            let authenticators =
                record.iter().flat_map(Record::authenticators).map(Authenticator::from).collect();
            let locked_until = record.as_ref().and_then(|record| record.attempts_held_until(window, now));
            Decision::keep(Status { authenticators, locked_until })
        };
        self.commit(Subject::of(account), decide).await
    }

    /// Hands the notices of this user that the notifier has not accepted so far to it again.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Notifier`] if it refused one again; the others were handed over all the same.
    pub async fn deliver_pending(&self, user: &UserKey) -> Result<()> {
        let subject = Subject { user, known_enrolled: false };
        match self.commit(subject, |record, _| Decision::keep(record)).await? {
            Some(record) => {
                self.deliver(user, &record).await.map_err(|error| Unavailable::Notifier(error).into())
            }
            None => Ok(()),
        }
    }
}

impl From<&record::Authenticator> for Authenticator {
    fn from(kept: &record::Authenticator) -> Self {
        Self {
            id: AuthenticatorId(kept.id()),
            name: kept.name().to_owned(),
            added_at: kept.added_at(),
            last_used_at: kept.last_used_at(),
        }
    }
}
