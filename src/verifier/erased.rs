//! The host's store and notifier with their types forgotten, so that a [`Verifier`](super::Verifier) has no type parameters.

use std::{future::Future, pin::Pin};

use crate::{
    notify::{Notice, Notifier},
    store::{BoxError, Revision, StoredRecord, Swap, UserStore},
    user::UserKey,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

pub(super) trait ErasedStore: Send + Sync {
    fn load<'a>(&'a self, user: &'a UserKey) -> Boxed<'a, Option<StoredRecord>>;

    fn compare_and_swap<'a>(
        &'a self,
        user: &'a UserKey,
        expected: Option<Revision>,
        next: &'a StoredRecord,
    ) -> Boxed<'a, Swap>;
}

impl<S: UserStore> ErasedStore for S {
    fn load<'a>(&'a self, user: &'a UserKey) -> Boxed<'a, Option<StoredRecord>> {
        Box::pin(async move { UserStore::load(self, user).await.map_err(Into::into) })
    }

    fn compare_and_swap<'a>(
        &'a self,
        user: &'a UserKey,
        expected: Option<Revision>,
        next: &'a StoredRecord,
    ) -> Boxed<'a, Swap> {
        Box::pin(
            async move { UserStore::compare_and_swap(self, user, expected, next).await.map_err(Into::into) },
        )
    }
}

pub(super) trait ErasedNotifier: Send + Sync {
    fn notify<'a>(&'a self, notice: &'a Notice) -> Boxed<'a, ()>;
}

impl<N: Notifier> ErasedNotifier for N {
    fn notify<'a>(&'a self, notice: &'a Notice) -> Boxed<'a, ()> {
        Box::pin(async move { Notifier::notify(self, notice).await.map_err(Into::into) })
    }
}
