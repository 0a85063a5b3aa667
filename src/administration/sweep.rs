//! A deed done to every record of a tenant.

use std::fmt;

use super::{
    Administration,
    cursor::Cursor,
    walk::{Tally, Walk},
};
use crate::{
    error::{Error, Result},
    event::Actor,
    primitives::seal::KeyId,
    user::{TenantId, UserKey},
    verifier::Verifier,
};

/// A walk that does one thing to every record of a tenant, 100 users at a time, in the order of their ids. Nothing happens until
/// [`next`](Self::next), and between two calls nothing is held or locked: let the page of the administrator show how far it is.
///
/// Each record is opened, decided on and written by itself. A user with whom that fails is counted and skipped, and the walk goes on.
/// Who is added meanwhile is reached if their id is yet to come. Whatever a sweep does, it leaves alone what is done already, so it can
/// be repeated: when the process ended in between ([`resume`](Self::resume) repeats one page at most), or to try those again who failed.
///
/// ```
/// use second_factor::{Administration, Result, TenantId};
///
/// /// After a key was added and made the primary one. `true`: the old key can go.
/// async fn rotate(administration: &Administration, tenant: &TenantId) -> Result<bool> {
///     let (mut sweep, mut failed) = (administration.reseal(tenant), 0);
///     while let Some(progress) = sweep.next().await? {
///         println!("{} of {} sealed anew", progress.changed, progress.done);
///         for (user, error) in sweep.failures() {
///             eprintln!("{user:?}: {error}");
///         }
///         failed = progress.failed;
///     }
///     Ok(failed == 0)
/// }
/// ```
#[must_use = "a sweep does nothing until `next`, and is over when that yields `None`"]
pub struct Sweep {
    walk: Walk,
    task: Task,
    tally: Tally,
    changed: u64,
}

/// What is done to each record.
#[derive(Debug, Clone)]
pub(super) enum Task {
    Purge {
        by: Actor,
        /// The id of the preview that was confirmed.
        preview: u128,
    },
    Reseal {
        under: KeyId,
    },
    Deliver,
    Restore {
        by: Actor,
    },
}

impl Task {
    /// What a cursor calls it.
    fn name(&self) -> String {
        match self {
            Self::Purge { preview, .. } => format!("delete_all {preview:032x}"),
            Self::Reseal { under } => format!("reseal {under}"),
            Self::Deliver => "deliver_pending".into(),
            Self::Restore { .. } => "after_restore".into(),
        }
    }

    /// Yields whether there was anything to do.
    async fn run(&self, verifier: &Verifier, user: &UserKey) -> Result<bool> {
        match self {
            Self::Purge { by, .. } => verifier.purge(user, by).await,
            Self::Reseal { .. } => verifier.reseal(user).await,
            Self::Deliver => verifier.redeliver(user).await,
            Self::Restore { by } => verifier.restore(user, by).await,
        }
    }
}

impl Sweep {
    pub(super) fn new(administration: &Administration, tenant: &TenantId, task: Task) -> Self {
        Self { walk: Walk::new(administration, tenant), task, tally: Tally::default(), changed: 0 }
    }

    /// Goes on where a sweep of the same kind was when it yielded this [`Cursor`]. Forget the cursor once a sweep came to its end.
    pub fn resume(mut self, at: Cursor) -> Self {
        if let Some(last) = at.place_in(&self.task.name(), self.walk.tenant()) {
            self.walk.go_on_after(last);
        }
        self
    }

    /// Does the next page. `None`: that was all.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Directory`](crate::Unavailable::Directory) if there is no telling who is next. The sweep stays where it is: call
    /// again. So it does if this future is dropped before its end.
    pub async fn next(&mut self) -> Result<Option<Progress>> {
        let page = self.walk.page().await?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        let verifier = &self.walk.administration().inner.verifier;
        let (mut changed, mut failures) = (0, Vec::new());
        for (user, _) in &page {
            match self.task.run(verifier, user).await {
                Ok(did) => changed += u64::from(did),
                Err(error) => failures.push((user.clone(), error)),
            }
        }
        self.changed += changed;
        self.tally.count(page.len(), failures);
        self.walk.go_on_after(last.clone());
        let cursor = Cursor::new(self.task.name(), last);
        let &Tally { done, failed, .. } = &self.tally;
        Ok(Some(Progress { done, changed: self.changed, failed, cursor }))
    }

    /// Who failed on the page that was done last, and why. For the operator: a record that does not open, say, takes
    /// [`erase`](crate::Verifier::erase).
    #[must_use]
    pub fn failures(&self) -> &[(UserKey, Error)] {
        &self.tally.failures
    }
}

impl fmt::Debug for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweep")
            .field("tenant", self.walk.tenant())
            .field("task", &self.task)
            .field("done", &self.tally.done)
            .finish_non_exhaustive()
    }
}

/// How far a [`Sweep`] is, counted from where it began: the first user, or where it was resumed.
///
/// ```
/// use second_factor::Progress;
///
/// fn bar(progress: &Progress, of: u64) -> String {
///     format!("{} of {of}, {} failed", progress.done, progress.failed)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Users seen, those who failed included.
    pub done: u64,
    /// Users for whom there was something to do, and it was done.
    pub changed: u64,
    /// Users with whom it failed. They are as they were: sweep again.
    pub failed: u64,
    /// To [`resume`](Sweep::resume) after this page.
    pub cursor: Cursor,
}
