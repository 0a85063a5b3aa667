//! The host's directory with its type forgotten, so that an [`Administration`](super::Administration) has no type parameters.

use std::{future::Future, pin::Pin};

use crate::{
    directory::UserDirectory,
    store::BoxError,
    summary::Summary,
    user::{TenantId, UserKey},
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

pub(super) trait ErasedDirectory: Send + Sync {
    fn summaries<'a>(&'a self, users: &'a [UserKey]) -> Boxed<'a, Vec<Option<Summary>>>;

    fn list<'a>(
        &'a self,
        tenant: &'a TenantId,
        after: Option<&'a UserKey>,
        limit: u32,
    ) -> Boxed<'a, Vec<(UserKey, Summary)>>;
}

impl<D: UserDirectory> ErasedDirectory for D {
    fn summaries<'a>(&'a self, users: &'a [UserKey]) -> Boxed<'a, Vec<Option<Summary>>> {
        Box::pin(async move { UserDirectory::summaries(self, users).await.map_err(Into::into) })
    }

    fn list<'a>(
        &'a self,
        tenant: &'a TenantId,
        after: Option<&'a UserKey>,
        limit: u32,
    ) -> Boxed<'a, Vec<(UserKey, Summary)>> {
        Box::pin(async move { UserDirectory::list(self, tenant, after, limit).await.map_err(Into::into) })
    }
}
