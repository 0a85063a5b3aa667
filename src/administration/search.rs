//! Who should be asked to set up again.

use std::fmt;

use super::{
    Administration,
    cursor::Cursor,
    walk::{Tally, Walk},
};
use crate::{
    error::{Error, Result},
    primitives::{seal::KeyId, time::UnixTime},
    record::Record,
    user::{TenantId, UserKey},
};

/// Users whose authenticators should be set up again. Only those who are enrolled belong to one.
///
/// ```
/// use second_factor::{Cohort, KeyId, UnixTime};
///
/// let imported_weak = Cohort::SecretShorterThan(128);
/// let before_the_incident = Cohort::EnrolledBefore(UnixTime::from_seconds(1_760_000_000));
/// /// Once a key of the ring has leaked. Ask **before** the records are sealed anew.
/// fn leaked(key: KeyId) -> Cohort {
///     Cohort::SealedUnder(key)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cohort {
    /// The secret of one of the user's authenticators has fewer bits than this.
    SecretShorterThan(u32),
    /// The record is sealed under this key: whoever got the key and the database has the secrets. To seal it anew takes the record out of
    /// the cohort and changes no secret, so search first, and rotate then.
    SealedUnder(KeyId),
    /// One of the user's authenticators was set up, or imported, before this moment. One that was replaced since was not.
    EnrolledBefore(UnixTime),
}

impl Cohort {
    /// Whether this record, sealed under that key, belongs to it.
    fn has(self, record: &Record, key: Option<KeyId>) -> bool {
        let authenticators = record.authenticators();
        match self {
            Self::SecretShorterThan(bits) => authenticators.iter().any(|it| it.secret_bits() < bits),
            Self::SealedUnder(leaked) => record.is_enrolled() && key == Some(leaked),
            Self::EnrolledBefore(moment) => authenticators.iter().any(|it| it.added_at() < moment),
        }
    }
}

/// A walk that looks for a [`Cohort`] among the records of a tenant, 100 users at a time. It changes nothing.
///
/// ```
/// use second_factor::{Administration, Cohort, Result, TenantId, UserKey};
///
/// /// Whom to write to: secrets of less than 128 bits, taken over from the old system.
/// async fn weak(administration: &Administration, tenant: &TenantId) -> Result<Vec<UserKey>> {
///     let mut search = administration.needs_reenrollment(tenant, Cohort::SecretShorterThan(128));
///     let mut users = Vec::new();
///     while let Some(found) = search.next().await? {
///         users.extend(found.users);
///     }
///     Ok(users)
/// }
/// ```
#[must_use = "a search finds nothing until `next`, and is over when that yields `None`"]
pub struct Search {
    walk: Walk,
    cohort: Cohort,
    tally: Tally,
}

impl Search {
    pub(super) fn new(administration: &Administration, tenant: &TenantId, cohort: Cohort) -> Self {
        Self { walk: Walk::new(administration, tenant), cohort, tally: Tally::default() }
    }

    /// Goes on where a search for the same cohort was when it yielded this [`Cursor`].
    pub fn resume(mut self, at: Cursor) -> Self {
        if let Some(last) = at.place_in(&self.name(), self.walk.tenant()) {
            self.walk.go_on_after(last);
        }
        self
    }

    /// Looks through the next page. `None`: that was all. A page on which nobody was found is not the end.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Directory`](crate::Unavailable::Directory). The search stays where it is: call again.
    pub async fn next(&mut self) -> Result<Option<Found>> {
        let page = self.walk.page().await?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        let verifier = &self.walk.administration().inner.verifier;
        let (mut users, mut failures) = (Vec::new(), Vec::new());
        for (user, _) in &page {
            match verifier.look_at(user).await {
                Ok(Some((record, key))) if self.cohort.has(&record, key) => users.push(user.clone()),
                Ok(_) => {}
                Err(error) => failures.push((user.clone(), error)),
            }
        }
        self.tally.count(page.len(), failures);
        self.walk.go_on_after(last.clone());
        let cursor = Cursor::new(self.name(), last);
        Ok(Some(Found { users, done: self.tally.done, failed: self.tally.failed, cursor }))
    }

    /// Whose records could not be read on the page that was looked through last, and why: whether they belong to it is not known.
    #[must_use]
    pub fn failures(&self) -> &[(UserKey, Error)] {
        &self.tally.failures
    }

    fn name(&self) -> String {
        match self.cohort {
            Cohort::SecretShorterThan(bits) => format!("secret_shorter_than {bits}"),
            Cohort::SealedUnder(key) => format!("sealed_under {key}"),
            Cohort::EnrolledBefore(moment) => format!("enrolled_before {}", moment.seconds()),
        }
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("tenant", self.walk.tenant())
            .field("cohort", &self.cohort)
            .field("done", &self.tally.done)
            .finish_non_exhaustive()
    }
}

/// What a [`Search`] found on a page, and how far it is.
///
/// ```
/// use second_factor::Found;
///
/// fn say(found: &Found) -> String {
///     format!("{} more; {} looked at, {} unreadable", found.users.len(), found.done, found.failed)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Those of this page who belong to the cohort.
    pub users: Vec<UserKey>,
    /// Users looked at so far, those who failed included.
    pub done: u64,
    /// Users whose record could not be read so far.
    pub failed: u64,
    /// To [`resume`](Search::resume) after this page.
    pub cursor: Cursor,
}
