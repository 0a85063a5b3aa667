//! One record, in a store whose every operation is a suspension point.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use second_factor::{Revision, StoredRecord, Summary, Swap, TenantId, UserDirectory, UserKey, UserStore};

/// Lets the other one run.
#[derive(Default)]
pub(super) struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// The row of the only user, and the list of those who have one.
#[derive(Clone, Default)]
pub(super) struct Row {
    row: Arc<Mutex<Option<StoredRecord>>>,
    next_reads: Arc<AtomicBool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
}

/// Whose row it is.
pub(super) fn only_user() -> UserKey {
    UserKey::new("acme", "42")
}

impl Row {
    pub(super) fn get(&self) -> Option<StoredRecord> {
        self.row.lock().unwrap().clone()
    }

    pub(super) fn put(&self, row: Option<StoredRecord>) {
        *self.row.lock().unwrap() = row;
    }

    /// Whether the operation that was waited at last only reads.
    pub(super) fn next_reads(&self) -> bool {
        self.next_reads.load(Ordering::SeqCst)
    }

    async fn before(&self, operation: Operation) {
        self.next_reads.store(operation == Operation::Read, Ordering::SeqCst);
        Pause::default().await;
    }

    fn is_at(&self, expected: Option<Revision>) -> bool {
        self.row.lock().unwrap().as_ref().map(StoredRecord::revision) == expected
    }
}

impl UserStore for Row {
    type Error = Infallible;

    async fn load(&self, _: &UserKey) -> Result<Option<StoredRecord>, Infallible> {
        self.before(Operation::Read).await;
        Ok(self.get())
    }

    async fn compare_and_swap(
        &self,
        _: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Infallible> {
        self.before(Operation::Write).await;
        if !self.is_at(expected) {
            return Ok(Swap::Conflict);
        }
        self.put(Some(next.clone()));
        Ok(Swap::Done)
    }

    async fn remove(&self, _: &UserKey, expected: Revision) -> Result<Swap, Infallible> {
        self.before(Operation::Write).await;
        if !self.is_at(Some(expected)) {
            return Ok(Swap::Conflict);
        }
        self.put(None);
        Ok(Swap::Done)
    }
}

impl UserDirectory for Row {
    type Error = Infallible;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Infallible> {
        self.before(Operation::Read).await;
        let summary = self.get().map(|row| *row.summary());
        Ok(users.iter().map(|user| summary.filter(|_| *user == only_user())).collect())
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        _: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Infallible> {
        assert_eq!(tenant, only_user().tenant());
        // Nobody comes after the only user, whatever another does meanwhile: no step.
        if after.is_some() {
            return Ok(Vec::new());
        }
        self.before(Operation::Read).await;
        Ok(self.get().map(|row| (only_user(), *row.summary())).into_iter().collect())
    }
}
