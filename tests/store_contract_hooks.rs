//! The clauses that a hook of the host reaches, durability and the caller's transaction: good stores pass, broken ones are named.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use second_factor::{
    BoxError, Revision, StoredRecord, Swap, UserKey, UserStore,
    testing::{durable, own_transaction},
};
use tokio::{
    sync::{Mutex as Connection, OwnedMutexGuard},
    task::yield_now,
};

/// What is wrong with a [`Faulty`] store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    JoinsToCreate,
    JoinsToSwap,
    JoinsToRemove,
    NeedsTheCallersConnection,
    FailsInsideATransaction,
    WritesLater,
    RemovesLater,
    CutsAtARestart,
    TearsTheLastWrite,
    ReadsNothingWhileDown,
    ReadsNothingFromOldHandles,
}

type Rows = HashMap<UserKey, StoredRecord>;

/// A database in memory that can be restarted, and one transaction on it.
#[derive(Default)]
struct Server {
    rows: Rows,
    /// What a fault has kept from the rows so far.
    on_disk: Rows,
    writes: usize,
    /// As it was when the caller's transaction began.
    transaction: Option<Rows>,
    down: bool,
    starts: usize,
}

#[derive(Clone)]
struct Faulty {
    fault: Fault,
    server: Arc<Mutex<Server>>,
    connection: Arc<Connection<()>>,
    started_at: usize,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self { fault, server: Arc::default(), connection: Arc::default(), started_at: 0 }
    }

    fn open(&self) -> Self {
        Self { started_at: self.server.lock().unwrap().starts, ..self.clone() }
    }

    async fn begin(&self) -> OwnedMutexGuard<()> {
        let connection = self.connection.clone().lock_owned().await;
        let mut server = self.server.lock().unwrap();
        server.transaction = Some(server.rows.clone());
        connection
    }

    /// Undoes what has joined the transaction.
    fn roll_back(&self, connection: OwnedMutexGuard<()>) {
        let mut server = self.server.lock().unwrap();
        let before = server.transaction.take().unwrap();
        let joined = |was: bool, is: bool| match self.fault {
            Fault::JoinsToCreate => !was && is,
            Fault::JoinsToSwap => was && is,
            Fault::JoinsToRemove => was && !is,
            _ => false,
        };
        let users: Vec<UserKey> = before.keys().chain(server.rows.keys()).cloned().collect();
        for user in users {
            if joined(before.contains_key(&user), server.rows.contains_key(&user)) {
                match before.get(&user) {
                    Some(row) => server.rows.insert(user, row.clone()),
                    None => server.rows.remove(&user),
                };
            }
        }
        drop(connection);
    }

    /// Kills the server, is away for a while, and starts it again.
    async fn restart(&self) {
        {
            let mut server = self.server.lock().unwrap();
            server.down = true;
            match self.fault {
                Fault::WritesLater | Fault::RemovesLater => server.rows = server.on_disk.clone(),
                Fault::CutsAtARestart => {
                    for row in server.rows.values_mut() {
                        *row = StoredRecord::new(
                            row.revision(),
                            row.sealed().iter().copied().take(8192).collect(),
                        );
                    }
                }
                _ => {}
            }
        }
        for _ in 0..200 {
            yield_now().await;
        }
        let mut server = self.server.lock().unwrap();
        server.down = false;
        server.starts += 1;
    }

    async fn connect(&self) -> Result<(), BoxError> {
        let _connection = match self.fault {
            Fault::NeedsTheCallersConnection => Some(self.connection.lock().await),
            _ => None,
        };
        yield_now().await;
        let server = self.server.lock().unwrap();
        if server.down || self.started_at < server.starts {
            return Err("the connection was lost".into());
        }
        if self.fault == Fault::FailsInsideATransaction && server.transaction.is_some() {
            return Err("a transaction is open already".into());
        }
        Ok(())
    }

    fn wrote(&self, server: &mut Server, user: &UserKey) {
        server.writes += 1;
        match self.fault {
            Fault::WritesLater if server.writes.is_multiple_of(8) => server.on_disk = server.rows.clone(),
            Fault::RemovesLater => {
                let row = server.rows.get(user).cloned();
                server.on_disk.extend(row.map(|row| (user.clone(), row)));
            }
            _ => {}
        }
    }
}

impl UserStore for Faulty {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        if let Err(lost) = self.connect().await {
            let server = self.server.lock().unwrap();
            let says_nothing = match self.fault {
                Fault::ReadsNothingWhileDown => server.down,
                Fault::ReadsNothingFromOldHandles => !server.down,
                _ => false,
            };
            return if says_nothing { Ok(None) } else { Err(lost) };
        }
        Ok(self.server.lock().unwrap().rows.get(user).cloned())
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        self.connect().await?;
        {
            let mut server = self.server.lock().unwrap();
            if server.rows.get(user).map(StoredRecord::revision) != expected {
                return Ok(Swap::Conflict);
            }
            let torn = StoredRecord::new(next.revision(), vec![0]);
            let whole = self.fault != Fault::TearsTheLastWrite;
            server.rows.insert(user.clone(), if whole { next.clone() } else { torn });
        }
        // The answer is lost if it goes down now.
        yield_now().await;
        let mut server = self.server.lock().unwrap();
        if server.down {
            return Err("the connection was lost, and with it the answer".into());
        }
        server.rows.insert(user.clone(), next.clone());
        self.wrote(&mut server, user);
        Ok(Swap::Done)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        self.connect().await?;
        let mut server = self.server.lock().unwrap();
        if server.rows.get(user).map(StoredRecord::revision) != Some(expected) {
            return Ok(Swap::Conflict);
        }
        server.rows.remove(user);
        self.wrote(&mut server, user);
        Ok(Swap::Done)
    }
}

/// Runs both checks on a store with this fault. `None` if it passed, otherwise what was said.
async fn verdict(fault: Fault) -> Option<String> {
    let run = tokio::spawn(async move {
        let store = Faulty::new(fault);
        own_transaction(store.clone(), |call| async {
            let transaction = store.begin().await;
            call.await;
            store.roll_back(transaction);
        })
        .await;
        durable(|| async { store.open() }, || store.restart()).await;
    });
    let panic = run.await.err()?.into_panic();
    Some(*panic.downcast::<String>().unwrap())
}

#[tokio::test]
async fn a_store_without_a_fault_passes() {
    assert_eq!(verdict(Fault::Nothing).await, None);
}

#[tokio::test]
async fn each_fault_is_caught_and_its_clause_named() {
    for (fault, clause, detail) in [
        (Fault::JoinsToCreate, "clause 3 (on its own)", "that was created inside of a transaction"),
        (Fault::JoinsToSwap, "clause 3 (on its own)", "that was swapped inside of a transaction"),
        (Fault::JoinsToRemove, "clause 3 (on its own)", "that was removed inside of a transaction"),
        (Fault::NeedsTheCallersConnection, "clause 3 (on its own)", "waits for its end"),
        (Fault::FailsInsideATransaction, "clause 3 (on its own)", "a transaction is open already"),
        (Fault::WritesLater, "clause 2 (durable)", "an acknowledged record, after a restart"),
        (Fault::RemovesLater, "clause 2 (durable)", "it is there again"),
        (Fault::CutsAtARestart, "clause 5 (opaque and exact)", "8192 bytes that come back are not the 16384"),
        (Fault::TearsTheLastWrite, "clause 2 (durable)", "after a restart"),
        (Fault::ReadsNothingWhileDown, "clause 6 (absent means never written)", "while it was restarted"),
        (Fault::ReadsNothingFromOldHandles, "clause 6 (absent means never written)", "a handle from before"),
    ] {
        let said = verdict(fault).await.unwrap_or_else(|| panic!("{fault:?} was not caught"));
        assert!(said.contains(clause) && said.contains(detail), "{fault:?}: {said}");
    }
}

#[tokio::test]
async fn a_hook_that_does_not_await_the_call_is_told_so() {
    let store = Faulty::new(Fault::Nothing);
    let run = tokio::spawn(own_transaction(store, |call| async move { drop(call) }));
    let said = *run.await.unwrap_err().into_panic().downcast::<&str>().unwrap();
    assert!(said.contains("has to await the call"), "{said}");
}
