//! The host's store and notifier with their types forgotten, so that a [`Verifier`](super::Verifier) has no type parameters.

use std::{future::Future, pin::Pin};

use crate::{
    factor::Channel,
    notify::{Notice, Notifier, OneTimeCode},
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

    fn remove<'a>(&'a self, user: &'a UserKey, expected: Revision) -> Boxed<'a, Swap>;
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

    fn remove<'a>(&'a self, user: &'a UserKey, expected: Revision) -> Boxed<'a, Swap> {
        Box::pin(async move { UserStore::remove(self, user, expected).await.map_err(Into::into) })
    }
}

pub(super) trait ErasedNotifier: Send + Sync {
    fn send_code<'a>(&'a self, to: &'a UserKey, channel: Channel, code: &'a OneTimeCode) -> Boxed<'a, ()>;

    fn notify<'a>(&'a self, notice: &'a Notice) -> Boxed<'a, ()>;
}

impl<N: Notifier> ErasedNotifier for N {
    fn send_code<'a>(&'a self, to: &'a UserKey, channel: Channel, code: &'a OneTimeCode) -> Boxed<'a, ()> {
        Box::pin(async move { Notifier::send_code(self, to, channel, code).await.map_err(Into::into) })
    }

    fn notify<'a>(&'a self, notice: &'a Notice) -> Boxed<'a, ()> {
        Box::pin(async move { Notifier::notify(self, notice).await.map_err(Into::into) })
    }
}
