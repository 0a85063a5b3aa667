//! From one page of a tenant's records to the next.

use super::{Administration, PAGE};
use crate::{
    error::{Error, Result, Unavailable},
    summary::Summary,
    user::{TenantId, UserKey},
};

/// Where a walk over the records of a tenant is.
pub(super) struct Walk {
    administration: Administration,
    tenant: TenantId,
    /// The last user of the page before.
    after: Option<UserKey>,
}

impl Walk {
    /// From the first record.
    pub(super) fn new(administration: &Administration, tenant: &TenantId) -> Self {
        Self { administration: administration.clone(), tenant: tenant.clone(), after: None }
    }

    pub(super) const fn administration(&self) -> &Administration {
        &self.administration
    }

    pub(super) const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The next page; empty at the end. The walk stays where it is, so that a page that was not finished comes again.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Directory`], also for a page with users of another tenant, or out of order: such a walk could delete what is
    /// not its own, or never end.
    pub(super) async fn page(&self) -> Result<Vec<(UserKey, Summary)>> {
        let listed = self.administration.inner.directory.list(&self.tenant, self.after.as_ref(), PAGE).await;
        let page = listed.map_err(Unavailable::Directory)?;
        let mut last = self.after.as_ref();
        for (user, _) in &page {
            let is_next = last.is_none_or(|last| last.user() < user.user());
            if *user.tenant() != self.tenant || !is_next {
                return Err(Unavailable::Directory("a listed user is not next in this tenant".into()).into());
            }
            last = Some(user);
        }
        Ok(page)
    }

    /// The page that this user ends is done.
    pub(super) fn go_on_after(&mut self, last: UserKey) {
        self.after = Some(last);
    }
}

/// How many users a walk has seen, and with which of them it failed.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) done: u64,
    pub(super) failed: u64,
    /// On the last page.
    pub(super) failures: Vec<(UserKey, Error)>,
}

impl Tally {
    pub(super) fn count(&mut self, users: usize, failures: Vec<(UserKey, Error)>) {
        self.done += users as u64;
        self.failed += failures.len() as u64;
        self.failures = failures;
    }
}
