//! A store in memory that counts, records, waits and fails as it is told.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use second_factor::{MemoryStore, Revision, StoredRecord, Swap, UserKey, UserStore, testing::ManualClock};

/// What a swap does instead of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Says that somebody else was first. Nothing is written.
    Conflict,
    /// Fails before anything is written.
    ErrorBefore,
    /// Writes, and fails afterwards: from outside the same as [`ErrorBefore`](Self::ErrorBefore).
    ErrorAfter,
    /// Writes, and says that somebody else was first: a driver that sent the statement twice.
    ConflictAfter,
    /// Writes, loses the answer, and the next load fails as well.
    ErrorAfterAndOnReload,
    /// Writes nothing, fails, and the next load fails as well.
    ErrorBeforeAndOnReload,
}

/// How often the store was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) loads: usize,
    pub(crate) swaps: usize,
}

/// A [`MemoryStore`] under watch. A clone is another handle on the same one.
#[derive(Clone)]
pub(crate) struct Watched {
    records: MemoryStore,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    counts: Counts,
    faults: VecDeque<Fault>,
    failing_loads: usize,
    yields: bool,
    slow: Option<(ManualClock, u64)>,
    written: Vec<(UserKey, StoredRecord)>,
}

impl Watched {
    pub(crate) fn new() -> Self {
        Self { records: MemoryStore::new(), state: Arc::default() }
    }

    /// What it was asked during `call`.
    pub(crate) async fn counting<T>(&self, call: impl Future<Output = T>) -> (T, Counts) {
        let before = self.state().counts;
        let result = call.await;
        let after = self.state().counts;
        (result, Counts { loads: after.loads - before.loads, swaps: after.swaps - before.swaps })
    }

    /// The next swaps go wrong like this, one after the other.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// So many loads fail from now on.
    pub(crate) fn fail_loads(&self, times: usize) {
        self.state().failing_loads = times;
    }

    /// Whether faults are left that did not happen.
    pub(crate) fn faults_left(&self) -> usize {
        let state = self.state();
        state.faults.len() + state.failing_loads
    }

    /// From now on other tasks run between the steps of each call.
    pub(crate) fn yield_often(&self) {
        self.state().yields = true;
    }

    /// From now on each load takes so many seconds by this clock.
    pub(crate) fn slow_down(&self, clock: &ManualClock, seconds: u64) {
        self.state().slow = Some((clock.clone(), seconds));
    }

    /// Everything that was ever written, the oldest first.
    pub(crate) fn written(&self) -> Vec<(UserKey, StoredRecord)> {
        self.state().written.clone()
    }

    /// The row as it is, not counted.
    pub(crate) fn row(&self, user: &UserKey) -> Option<StoredRecord> {
        now(self.records.load(user)).unwrap()
    }

    /// Whoever can write to the database: puts a row there, or takes it away.
    pub(crate) fn force(&self, user: &UserKey, row: Option<StoredRecord>) {
        if let Some(present) = self.row(user) {
            assert_eq!(now(self.records.remove(user, present.revision())).unwrap(), Swap::Done);
        }
        if let Some(row) = row {
            assert_eq!(now(self.records.compare_and_swap(user, None, &row)).unwrap(), Swap::Done);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn pause(&self) {
        let yields = self.state().yields;
        if yields {
            tokio::task::yield_now().await;
        }
    }
}

impl UserStore for Watched {
    type Error = OnFire;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, OnFire> {
        self.pause().await;
        {
            let mut state = self.state();
            state.counts.loads += 1;
            if let Some((clock, seconds)) = &state.slow {
                clock.advance(Duration::from_secs(*seconds));
            }
            if state.failing_loads > 0 {
                state.failing_loads -= 1;
                return Err(OnFire);
            }
        }
        let row = self.records.load(user).await.unwrap();
        self.pause().await;
        Ok(row)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, OnFire> {
        self.pause().await;
        let fault = {
            let mut state = self.state();
            state.counts.swaps += 1;
            state.faults.pop_front()
        };
        match fault {
            Some(Fault::Conflict) => return Ok(Swap::Conflict),
            Some(Fault::ErrorBefore) => return Err(OnFire),
            Some(Fault::ErrorBeforeAndOnReload) => {
                self.fail_loads(1);
                return Err(OnFire);
            }
            Some(Fault::ErrorAfter | Fault::ConflictAfter | Fault::ErrorAfterAndOnReload) | None => {}
        }
        let swap = self.records.compare_and_swap(user, expected, next).await.unwrap();
        if swap == Swap::Done {
            self.state().written.push((user.clone(), next.clone()));
        }
        self.pause().await;
        match fault {
            Some(Fault::ErrorAfter) => Err(OnFire),
            Some(Fault::ErrorAfterAndOnReload) => {
                self.fail_loads(1);
                Err(OnFire)
            }
            Some(Fault::ConflictAfter) => Ok(Swap::Conflict),
            _ => Ok(swap),
        }
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, OnFire> {
        Ok(self.records.remove(user, expected).await.unwrap())
    }
}

/// The memory store never waits, so its futures are ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the memory store waited"),
    }
}

/// The error of a store.
#[derive(Debug)]
pub(crate) struct OnFire;

impl fmt::Display for OnFire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk is on fire")
    }
}

impl std::error::Error for OnFire {}
