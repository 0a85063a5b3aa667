//! The store under test, with words for what is expected of it.

use super::{Clause, fail};
use crate::{
    primitives::random,
    store::{BoxError, Revision, StoredRecord, Swap, UserStore},
    summary::Summary,
    testing::drive::Call,
    user::UserKey,
};

pub(super) struct Subject<S> {
    store: S,
}

impl<S: UserStore> Subject<S> {
    pub(super) const fn new(store: S) -> Self {
        Self { store }
    }

    pub(super) const fn store(&self) -> &S {
        &self.store
    }

    /// A user that nobody has written before, in a tenant that nobody has.
    pub(super) fn new_user(&self) -> UserKey {
        UserKey::new(self.new_name(), self.new_name())
    }

    /// 128 random bits in letters.
    pub(super) fn new_name(&self) -> String {
        format!("contract-{:032x}", u128::from_be_bytes(draw()))
    }

    pub(super) fn new_revision(&self) -> Revision {
        Revision::from_bytes(draw())
    }

    /// A record as large as they come.
    pub(super) fn new_large_record(&self) -> StoredRecord {
        StoredRecord::new(self.new_revision(), draw::<{ StoredRecord::MAX_BYTES }>().to_vec())
    }

    /// A record of an ordinary size with bytes of its own.
    pub(super) fn new_record(&self) -> StoredRecord {
        self.new_record_with(Summary::default())
    }

    /// The same with something to show.
    pub(super) fn new_record_with(&self, summary: Summary) -> StoredRecord {
        StoredRecord::with_summary(self.new_revision(), draw::<400>().to_vec(), summary)
    }

    pub(super) async fn load(&self, user: &UserKey) -> Option<StoredRecord> {
        match self.store.load(user).await {
            Ok(found) => found,
            Err(error) => erred("UserStore", "load", error),
        }
    }

    /// A load whose failure is not the test's.
    pub(super) async fn try_load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        self.store.load(user).await.map_err(Into::into)
    }

    pub(super) async fn swap(&self, user: &UserKey, expected: Option<Revision>, next: &StoredRecord) -> Swap {
        match self.store.compare_and_swap(user, expected, next).await {
            Ok(swap) => swap,
            Err(error) => erred("UserStore", "compare_and_swap", error),
        }
    }

    /// A swap whose failure is not the test's.
    pub(super) async fn try_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        self.store.compare_and_swap(user, expected, next).await.map_err(Into::into)
    }

    /// A removal whose failure is not the test's.
    pub(super) async fn try_remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        self.store.remove(user, expected).await.map_err(Into::into)
    }

    pub(super) async fn remove(&self, user: &UserKey, expected: Revision) -> Swap {
        match self.store.remove(user, expected).await {
            Ok(swap) => swap,
            Err(error) => erred("UserStore", "remove", error),
        }
    }

    /// A swap that has not begun, for races.
    pub(super) fn swap_call(
        &self,
        user: UserKey,
        expected: Option<Revision>,
        next: StoredRecord,
    ) -> Call<'_, Swap> {
        Box::pin(async move { self.swap(&user, expected, &next).await })
    }

    /// A look that has not begun, to be taken by several at once.
    pub(super) fn load_call(&self, user: UserKey) -> Call<'_, Option<StoredRecord>> {
        Box::pin(async move { self.load(&user).await })
    }

    /// A removal that has not begun, for races.
    pub(super) fn remove_call(&self, user: UserKey, expected: Revision) -> Call<'_, Swap> {
        Box::pin(async move { self.remove(&user, expected).await })
    }

    pub(super) async fn expect_done(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
        what: &str,
    ) {
        if self.swap(user, expected, next).await != Swap::Done {
            fail(Clause::CompareAndSwap, format_args!("{what}: was a conflict, must be done"));
        }
    }

    pub(super) async fn expect_conflict(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
        what: &str,
    ) {
        if self.swap(user, expected, next).await != Swap::Conflict {
            fail(Clause::CompareAndSwap, format_args!("{what}: was done, must be a conflict"));
        }
    }

    pub(super) async fn expect_removed(&self, user: &UserKey, expected: Revision, what: &str) {
        if self.remove(user, expected).await != Swap::Done {
            fail(Clause::CompareAndSwap, format_args!("{what}: was a conflict, must be done"));
        }
    }

    pub(super) async fn expect_remove_conflict(&self, user: &UserKey, expected: Revision, what: &str) {
        if self.remove(user, expected).await != Swap::Conflict {
            fail(Clause::CompareAndSwap, format_args!("{what}: was done, must be a conflict"));
        }
    }

    pub(super) async fn expect_absent(&self, clause: Clause, user: &UserKey, what: &str) {
        if self.load(user).await.is_some() {
            fail(clause, format_args!("{what}: there is a record, there must be none"));
        }
    }

    /// That `record` is what is stored; if another one is, `clause` is broken.
    pub(super) async fn expect_stored(
        &self,
        clause: Clause,
        user: &UserKey,
        record: &StoredRecord,
        what: &str,
    ) {
        is_stored(clause, self.load(user).await, record, what);
    }
}

/// That what was found is `record`; if it is another one, `clause` is broken.
pub(super) fn is_stored(clause: Clause, found: Option<StoredRecord>, record: &StoredRecord, what: &str) {
    let Some(found) = found else {
        fail(clause, format_args!("{what}: there is no record, there must be one"))
    };
    let (found_bytes, stored_bytes) = (found.sealed().len(), record.sealed().len());
    match (found.revision() == record.revision(), found.sealed() == record.sealed()) {
        (true, true) => {}
        (true, false) => fail(
            Clause::OpaqueAndExact,
            format_args!(
                "{what}: {found_bytes} bytes that come back are not the {stored_bytes} that were stored"
            ),
        ),
        (false, true) => fail(
            Clause::OpaqueAndExact,
            format_args!("{what}: the revision that comes back is not the one that was stored"),
        ),
        (false, false) => fail(clause, format_args!("{what}: another record is stored")),
    }
}

/// Whether both have the same revision and bytes.
pub(super) fn same(one: &StoredRecord, other: &StoredRecord) -> bool {
    one.revision() == other.revision() && one.sealed() == other.sealed()
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn draw<const N: usize>() -> [u8; N] {
    random::bytes().unwrap_or_else(|error| panic!("{error}"))
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
pub(super) fn erred(role: &str, method: &str, error: impl Into<BoxError>) -> ! {
    panic!("{role}, `{method}` returned an error: {}", text_of(&error.into()))
}

/// An error with its sources, on one line.
pub(in crate::testing) fn text_of(error: &BoxError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
