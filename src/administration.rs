//! A tenant at a time: member lists, the preview of a policy, and walks over all records.

mod announce;
mod cursor;
mod erased;
mod member;
mod preview;
mod search;
mod sweep;
mod walk;

use std::{fmt, sync::Arc};

pub use self::{
    announce::Announced,
    cursor::Cursor,
    member::Member,
    preview::{Counting, Preview},
    search::{Cohort, Found, Search},
    sweep::{Progress, Sweep},
};
use self::{erased::ErasedDirectory, sweep::Task, walk::Walk};
use crate::{
    account::Account,
    directory::UserDirectory,
    error::{Result, Unavailable},
    event::Actor,
    policy::{Policy, Requirement},
    refusal::NotAllowed,
    summary::Summary,
    user::{TenantId, UserKey},
    verifier::{Token, Verifier},
};

/// Everything that concerns more than one user. Make one at start, over the same store as the [`Verifier`], and clone it into every
/// handler. The host decides who may call what.
///
/// Without async, over a [`blocking`](crate::blocking) directory, each call is waited for through
/// [`run`](crate::blocking::Verifier::run): `verifier.run(|_| administration.summaries(&page))`.
///
/// ```
/// use second_factor::{Administration, MemoryStore, Result, UserKey, Verifier};
///
/// fn start(verifier: &Verifier, store: MemoryStore) -> Administration {
///     Administration::new(verifier, store)
/// }
///
/// /// A page of the member list: who has the second factor on.
/// async fn members(administration: &Administration, page: &[UserKey]) -> Result<Vec<(String, bool)>> {
///     let summaries = administration.summaries(page).await?;
///     let is_on = summaries.iter().map(|summary| summary.is_some_and(|it| it.enrolled_at.is_some()));
///     Ok(page.iter().map(|user| user.user().to_owned()).zip(is_on).collect())
/// }
/// ```
#[derive(Clone)]
pub struct Administration {
    inner: Arc<Inner>,
}

struct Inner {
    verifier: Verifier,
    directory: Box<dyn ErasedDirectory>,
}

/// How many users are asked for, or walked over, at once.
const PAGE: u32 = 100;

impl Administration {
    /// Over the verifier's records, found through the host's directory.
    #[must_use]
    pub fn new(verifier: &Verifier, directory: impl UserDirectory) -> Self {
        let (verifier, directory) = (verifier.clone(), Box::new(directory));
        Self { inner: Arc::new(Inner { verifier, directory }) }
    }

    /// The summary of each of these users' records, in the order asked; `None` where there is no record. For member lists: it decides
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Directory`], also if it did not answer for each user asked.
    pub async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>> {
        let mut summaries = Vec::with_capacity(users.len());
        for page in users.chunks(PAGE as usize) {
            let answers = self.inner.directory.summaries(page).await.map_err(Unavailable::Directory)?;
            if answers.len() != page.len() {
                return Err(Unavailable::Directory("not one answer for each user asked".into()).into());
            }
            summaries.extend(answers);
        }
        Ok(summaries)
    }

    /// How things stand in a tenant, over all of its records. It walks over the summaries, a page at a time.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Directory`].
    pub async fn totals(&self, tenant: &TenantId) -> Result<Totals> {
        let mut walk = Walk::new(self, tenant);
        let mut totals = Totals::default();
        loop {
            let page = walk.page().await?;
            let Some((last, _)) = page.last() else { return Ok(totals) };
            let now = self.inner.verifier.now();
            for (_, summary) in &page {
                totals.records += 1;
                totals.enrolled += u64::from(summary.enrolled_at.is_some());
                totals.locked += u64::from(summary.locked_until.is_some_and(|until| now < until));
                totals.with_pending_notices += u64::from(summary.pending_notices > 0);
            }
            walk.go_on_after(last.clone());
        }
    }

    /// What the tenant's members would make of another policy. Nothing changes; see [`Counting`].
    ///
    /// `acting` is the administrator at work, with the policy in force.
    #[must_use = "it counts the members that it is given"]
    pub fn preview(&self, acting: &Account, proposed: &Policy) -> Counting {
        Counting::new(self.clone(), acting.clone(), proposed.clone())
    }

    /// Deletes what all users of the acting administrator's tenant have set up, after the tenant stopped using a second factor. Each
    /// record is emptied in a commit of its own; the user is told, and who confirmed it. What was guessed stays counted, and notices
    /// that wait go on waiting. To switch on again means that everybody sets up again.
    ///
    /// **Save the policy as off first, then sweep**: `acting` has to carry it, so that nobody sets up behind the sweep's back. Whom the
    /// sweep has not reached is still asked for a code. `confirmation` is that of a [`preview`](Self::preview) of a policy that is
    /// [`Off`](Requirement::Off), by the same administrator; it is good for 24 hours, to resume the sweep as well, and for nothing else.
    ///
    /// ```
    /// use second_factor::{Account, Administration, Cursor, Result, Token};
    ///
    /// /// `acting` was read after the policy was saved; `saved` is the cursor of a sweep that did not come to its end.
    /// async fn switch_off(to: &Administration, acting: &Account, confirmation: &Token, saved: Option<Cursor>) -> Result<u64> {
    ///     let mut sweep = to.delete_all(acting, confirmation)?;
    ///     if let Some(cursor) = saved {
    ///         sweep = sweep.resume(cursor);
    ///     }
    ///     let mut left = 0;
    ///     while let Some(progress) = sweep.next().await? {
    ///         left = progress.failed; // and save `progress.cursor`
    ///     }
    ///     Ok(left) // these are still asked: see why, and sweep again
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotAllowed::PolicyNotOff`], [`NotAllowed::StalePreview`], [`NotAllowed::InvalidName`] if the administrator's ids have more than
    /// [`Actor::MAX_USER_BYTES`]; [`Unavailable`].
    pub fn delete_all(&self, acting: &Account, confirmation: &Token) -> Result<Sweep> {
        if acting.policy().requirement() != Requirement::Off {
            return Err(NotAllowed::PolicyNotOff.into());
        }
        let preview = self.inner.verifier.confirmed_change(acting, confirmation, Requirement::Off)?;
        let by = Actor::User(acting.user().clone());
        by.check()?;
        Ok(Sweep::new(self, acting.user().tenant(), Task::Purge { by, preview }))
    }

    /// Seals every record of a tenant anew that is not under the primary key. Once the sweeps of all tenants came to their ends with
    /// [`failed`](Progress::failed) at 0, older keys can be [retired](crate::KeyRing::retire); before, their records could no longer be
    /// opened.
    pub fn reseal(&self, tenant: &TenantId) -> Sweep {
        Sweep::new(self, tenant, Task::Reseal { under: self.inner.verifier.primary_key() })
    }

    /// Hands every notice of a tenant's users that the notifier has not accepted so far to it again. Run it every few minutes, or after
    /// the mail server came back. A user of whom it refused one again counts as failed.
    pub fn deliver_pending(&self, tenant: &TenantId) -> Sweep {
        Sweep::new(self, tenant, Task::Deliver)
    }

    /// [`Verifier::after_restore`] for every user of a tenant, before anybody signs in. Who is on a page that is repeated is told twice.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::InvalidName`] for [that of `by`](Actor).
    pub fn after_restore(&self, tenant: &TenantId, by: &Actor) -> Result<Sweep> {
        by.check()?;
        Ok(Sweep::new(self, tenant, Task::Restore { by: by.clone() }))
    }

    /// Who should be asked to set up again, and why. Decided by the records themselves, each of which is opened.
    pub fn needs_reenrollment(&self, tenant: &TenantId, cohort: Cohort) -> Search {
        Search::new(self, tenant, cohort)
    }
}

impl fmt::Debug for Administration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Administration").field("verifier", &self.inner.verifier).finish_non_exhaustive()
    }
}

/// How things stand in a tenant, for an overview. Counted by the summaries, so it decides nothing.
///
/// ```
/// use second_factor::{Administration, Result, TenantId};
///
/// /// `members` is how many there are by the host's own count.
/// async fn overview(administration: &Administration, tenant: &TenantId, members: u64) -> Result<String> {
///     let totals = administration.totals(tenant).await?;
///     Ok(format!("{} of {members} have it on, {} are held back", totals.enrolled, totals.locked))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Users with a record, with a second factor or without.
    pub records: u64,
    /// Users who have set up a second factor.
    pub enrolled: u64,
    /// Users for whom attempts from unknown browsers are held back now, as of the last write of their record and for the default window.
    pub locked: u64,
    /// Users with notices that the notifier has not accepted.
    pub with_pending_notices: u64,
}
