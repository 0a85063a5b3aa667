//! A store in memory that goes wrong at a chosen write, or lets somebody else's call happen between a read and a write.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
};

use second_factor::{MemoryStore, Revision, StoredRecord, Swap, UserKey, UserStore};

/// How a write goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is written, and that is what it says.
    ErrorBefore,
    /// It is written, and the answer is lost; reading again works.
    ErrorAfter,
    /// Nothing is written, and reading again fails too.
    UnknownBefore,
    /// It is written, and nobody can tell, since reading again fails too.
    UnknownAfter,
    /// The process ends before the write.
    CrashBefore,
    /// The process ends after the write.
    CrashAfter,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] = [
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::UnknownBefore,
        Self::UnknownAfter,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    const fn writes(self) -> bool {
        matches!(self, Self::ErrorAfter | Self::UnknownAfter | Self::CrashAfter)
    }
}

/// Somebody else's call.
pub(crate) type Rival = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clone is another handle on the same store.
#[derive(Clone, Default)]
pub(crate) struct Store {
    records: MemoryStore,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Writes that were tried since [`Store::arm`].
    tried: usize,
    /// Writes that were made since then, those of the rival apart.
    written: usize,
    fault: Option<(usize, Fault)>,
    rival: Option<(usize, Rival)>,
    rival_is_at_it: bool,
    /// Whether the rival's call happened before the first write was made.
    rival_was_first: Option<bool>,
    failing_loads: usize,
}

/// What happened since [`Store::arm`].
pub(crate) struct Happened {
    /// Whether the first write of the call was made.
    pub(crate) committed: bool,
    /// Whether the rival's call happened, and then whether before the write.
    pub(crate) rival_was_first: Option<bool>,
    /// Whether the fault happened.
    pub(crate) faulty: bool,
}

impl Store {
    /// Prepares the next call: which of its writes goes wrong, or before which the rival's call happens.
    pub(crate) fn arm(&self, fault: Option<(usize, Fault)>, rival: Option<(usize, Rival)>) {
        *self.state() = State { fault, rival, ..State::default() };
    }

    pub(crate) fn disarm(&self, armed_with_fault: bool) -> Happened {
        let state = std::mem::take(&mut *self.state());
        Happened {
            committed: state.written > 0,
            rival_was_first: state.rival_was_first,
            faulty: armed_with_fault && state.fault.is_none(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets the rival go first, if this is the moment. Yields the fault of this write.
    async fn before_write(&self) -> Option<Fault> {
        let (rival, fault) = {
            let mut state = self.state();
            if state.rival_is_at_it {
                return None;
            }
            let at = state.tried;
            state.tried += 1;
            let fault = state.fault.take_if(|(when, _)| *when == at).map(|(_, fault)| fault);
            let rival = state.rival.take_if(|(when, _)| *when == at).map(|(_, rival)| rival);
            state.rival_is_at_it = rival.is_some();
            if rival.is_some() {
                state.rival_was_first = Some(state.written == 0);
            }
            (rival, fault)
        };
        if let Some(rival) = rival {
            rival.await;
            self.state().rival_is_at_it = false;
        }
        fault
    }

    fn after_write(&self, swap: Swap, fault: Option<Fault>) {
        let mut state = self.state();
        if swap == Swap::Done && !state.rival_is_at_it {
            state.written += 1;
        }
        if matches!(fault, Some(Fault::UnknownAfter | Fault::UnknownBefore)) {
            state.failing_loads = 1;
        }
    }

    async fn write(&self, write: impl Future<Output = Swap>) -> Result<Swap, OnFire> {
        let fault = self.before_write().await;
        if fault == Some(Fault::CrashBefore) {
            std::future::pending::<()>().await;
        }
        let swap = match fault {
            Some(fault) if !fault.writes() => Swap::Conflict,
            _ => write.await,
        };
        self.after_write(swap, fault);
        match fault {
            None => Ok(swap),
            Some(Fault::CrashAfter) => std::future::pending().await,
            Some(_) => Err(OnFire),
        }
    }
}

impl UserStore for Store {
    type Error = OnFire;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, OnFire> {
        {
            let mut state = self.state();
            if state.failing_loads > 0 {
                state.failing_loads -= 1;
                return Err(OnFire);
            }
        }
        Ok(self.records.load(user).await.unwrap())
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, OnFire> {
        self.write(async { self.records.compare_and_swap(user, expected, next).await.unwrap() }).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, OnFire> {
        self.write(async { self.records.remove(user, expected).await.unwrap() }).await
    }
}

/// The error of the store.
#[derive(Debug)]
pub(crate) struct OnFire;

impl fmt::Display for OnFire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk is on fire")
    }
}

impl std::error::Error for OnFire {}
