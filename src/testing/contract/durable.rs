//! Clause 2: what was acknowledged survives.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use super::{
    Clause, fail,
    subject::{Subject, is_stored, same},
};
use crate::{
    store::{StoredRecord, Swap, UserStore},
    testing::drive,
    user::UserKey,
};

/// Clause 2 of [`UserStore`]: what was acknowledged is there, byte for byte, after whatever keeps the records was killed and started
/// again. And clause 6 meanwhile: while it is down, a load is an error and never "no record". Returns if so.
///
/// `restart` is the hook that kills and restarts: a database server, a process, or at least the handles and the cache of an embedded store. Kill
/// it hard (`SIGKILL`, `pg_ctl stop -m immediate`), not by asking it to end, and return when it is up again. It is called 4 times:
/// twice when nobody writes, twice while another write is always under way. `make` opens the place, before and after each.
///
/// ```should_panic
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use second_factor::{MemoryStore, testing::durable};
///
/// // Nothing that is kept in memory alone stands this.
/// durable(|| async { MemoryStore::new() }, || async { /* kill the server; start it; wait until it answers */ }).await;
/// # }
/// ```
///
/// # What it cannot see
///
/// Whether a write survives a power failure: what the operating system has taken survives the end of every process. Look at the
/// settings for that: `fsync`, `synchronous_commit`, `appendfsync always`, and disks that say they have written when they have.
///
/// # Panics
///
/// If a write is lost, undone or changed. The message names the clause.
pub async fn durable<S, F, R>(make: impl Fn() -> F, restart: impl Fn() -> R)
where
    S: UserStore,
    F: Future<Output = S>,
    R: Future<Output = ()>,
{
    let ledger = Ledger::default();
    for round in 0..ROUNDS {
        let store = Subject::new(make().await);
        ledger.write_some(&store).await;
        if round % 2 == 0 {
            restart().await;
        } else {
            ledger.write_during(&store, round.div_ceil(2), restart()).await;
        }
        let again = Subject::new(make().await);
        ledger.compare(&again).await;
        ledger.compare_old_handle(&store).await;
    }
}

const ROUNDS: usize = 4;
/// Users that are added in each round.
const USERS: usize = 16;
/// The writes of a restart under load: how many come before it, and at most.
const BEFORE: usize = 20;
const AT_MOST: usize = 500;

/// What was acknowledged.
#[derive(Default)]
struct Ledger(Mutex<Rows>);

#[derive(Default)]
struct Rows {
    rows: BTreeMap<UserKey, Row>,
    acknowledged: usize,
}

#[derive(Clone, Default)]
struct Row {
    /// As acknowledged last; `None` if it was removed, or never written.
    last: Option<StoredRecord>,
    /// A write of which nobody knows whether it was made.
    open: Option<Option<StoredRecord>>,
}

impl Ledger {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn users(&self) -> Vec<UserKey> {
        self.rows().rows.keys().cloned().collect()
    }

    fn row(&self, user: &UserKey) -> Row {
        self.rows().rows.get(user).cloned().unwrap_or_default()
    }

    fn opened(&self, user: &UserKey, next: Option<StoredRecord>) {
        self.rows().rows.entry(user.clone()).or_default().open = Some(next);
    }

    fn closed(&self, user: &UserKey, now: Option<StoredRecord>) {
        let mut rows = self.rows();
        rows.rows.insert(user.clone(), Row { last: now, open: None });
        rows.acknowledged = rows.acknowledged.saturating_add(1);
    }

    fn acknowledged(&self) -> usize {
        self.rows().acknowledged
    }

    fn has_open(&self) -> bool {
        self.rows().rows.values().any(|row| row.open.is_some())
    }

    /// Users of all kinds: created; swapped; with a record as large as they come; removed.
    async fn write_some<S: UserStore>(&self, store: &Subject<S>) {
        for number in 0..USERS {
            let user = store.new_user();
            let first = store.new_record();
            store.expect_done(&user, None, &first, "creating a record").await;
            self.closed(&user, Some(first.clone()));
            if number % 4 == 1 {
                store.expect_removed(&user, first.revision(), "removing it").await;
                self.closed(&user, None);
            } else if number % 4 > 1 {
                let next = if number % 4 == 2 { store.new_record() } else { store.new_large_record() };
                store.expect_done(&user, Some(first.revision()), &next, "swapping").await;
                self.closed(&user, Some(next));
            }
        }
    }

    /// Lets the hook run while one write after the other is made.
    ///
    /// The hook begins when writes have waited for the store so often.
    async fn write_during<S: UserStore>(
        &self,
        store: &Subject<S>,
        waits_before: usize,
        restart: impl Future<Output = ()>,
    ) {
        let (mut writing, mut restart) = (pin!(self.keep_writing(store)), pin!(restart));
        let begin_at = self.acknowledged().saturating_add(BEFORE);
        let (mut done, mut begun, mut waits) = (false, false, 0_usize);
        poll_fn(|cx| {
            done = done || writing.as_mut().poll(cx).is_ready();
            // In the middle of a write, at one place of it or another, unless the store never waits: then there is no middle.
            waits = waits.saturating_add(usize::from(self.acknowledged() >= begin_at && self.has_open()));
            begun = begun || done || waits >= waits_before;
            // A write that is still under way when the hook is through has happened or not.
            if begun { restart.as_mut().poll(cx) } else { Poll::Pending }
        })
        .await;
    }

    async fn keep_writing<S: UserStore>(&self, store: &Subject<S>) {
        let users = self.users();
        for user in users.iter().cycle().take(AT_MOST) {
            drive::yield_once().await;
            let row = self.row(user);
            if row.open.is_some() {
                continue;
            }
            match store.try_load(user).await {
                Ok(found) => compare(Clause::Absent, found, &row, "while it was restarted"),
                Err(_) => continue,
            }
            let next = store.new_record();
            self.opened(user, Some(next.clone()));
            let expected = row.last.as_ref().map(StoredRecord::revision);
            match store.try_swap(user, expected, &next).await {
                Ok(Swap::Done) => self.closed(user, Some(next)),
                Ok(Swap::Conflict) => fail(
                    Clause::CompareAndSwap,
                    "a swap from the acknowledged revision was a conflict while it was restarted",
                ),
                Err(_) => {}
            }
        }
    }

    /// That everything is as acknowledged. What was open is settled from here on.
    async fn compare<S: UserStore>(&self, store: &Subject<S>) {
        for user in self.users() {
            let (row, found) = (self.row(&user), store.load(&user).await);
            match &row.open {
                Some(open) if is_same(found.as_ref(), open.as_ref()) => {}
                _ => compare(Clause::Durable, found.clone(), &row, "after a restart"),
            }
            self.closed(&user, found);
        }
    }

    /// A handle from before may have failed for good, but says nothing else.
    async fn compare_old_handle<S: UserStore>(&self, store: &Subject<S>) {
        for user in self.users() {
            if let Ok(found) = store.try_load(&user).await {
                compare(
                    Clause::Absent,
                    found,
                    &self.row(&user),
                    "after a restart, through a handle from before",
                );
            }
        }
    }
}

/// `missing` is the clause that is broken if there is nothing where something was.
fn compare(missing: Clause, found: Option<StoredRecord>, row: &Row, when: &str) {
    match (&row.last, &found) {
        (Some(last), None) => is_stored(missing, found, last, &format!("an acknowledged record, {when}")),
        (Some(last), Some(_)) => {
            is_stored(Clause::Durable, found, last, &format!("an acknowledged record, {when}"));
        }
        (None, Some(_)) => {
            fail(Clause::Durable, format_args!("a record that was removed, {when}: it is there again"));
        }
        (None, None) => {}
    }
}

fn is_same(one: Option<&StoredRecord>, other: Option<&StoredRecord>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        _ => false,
    }
}
