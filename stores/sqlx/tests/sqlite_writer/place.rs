//! A file, a lock on it from outside, and records to write.

use std::{
    fs,
    future::{Future, poll_fn},
    ops::Range,
    path::PathBuf,
    task::Poll,
    time::Duration,
};

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use second_factor_sqlx::{Error, SqliteStore};
use sqlx::{
    Sqlite, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A directory with room for one database; both are gone when it is dropped.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("records.db")
    }

    /// Opens the file as another process would, with a pool of its own.
    pub async fn store(&self) -> SqliteStore {
        let store = SqliteStore::open(self.file()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    /// A pool of a host, whose writes wait for others as long as it says.
    pub async fn pool(&self, connections: u32, busy_timeout: Duration) -> SqlitePool {
        let options = self.options(busy_timeout);
        SqlitePoolOptions::new().max_connections(connections).connect_with(options).await.unwrap()
    }

    pub fn options(&self, busy_timeout: Duration) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.file())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(busy_timeout)
    }

    /// Keeps everybody from writing until it is rolled back.
    pub async fn lock(&self) -> Transaction<'static, Sqlite> {
        let pool = self.pool(1, Duration::from_secs(5)).await;
        pool.begin_with("BEGIN IMMEDIATE").await.unwrap()
    }

    /// Keeps everybody from writing, with one write ahead, which waits alone: those who come now are together in the next transaction.
    pub async fn line(&self, store: &SqliteStore) -> Line {
        let lock = self.lock().await;
        let ahead = create(store, u64::MAX).await;
        self.until_the_writer_waits(store).await;
        Line { lock, ahead }
    }

    /// Until the writer has a connection, and then for much longer than it needs to come to the lock.
    pub async fn until_the_writer_waits(&self, store: &SqliteStore) {
        let pool = store.pool();
        while pool.num_idle() >= pool.size() as usize {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.a_while().await;
    }

    pub async fn a_while(&self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
    }

    /// How many transactions the write-ahead log holds: each ends with a frame that tells the size of the database.
    pub fn commits(&self) -> usize {
        const HEADER: usize = 32;
        const FRAME: usize = 24 + 4096;
        let log = fs::read(self.0.path().join("records.db-wal")).unwrap();
        let frames = log.get(HEADER..).unwrap_or_default().chunks_exact(FRAME);
        frames.filter(|frame| frame[4..8] != [0; 4]).count()
    }
}

/// See [`Place::line`].
pub struct Line {
    lock: Transaction<'static, Sqlite>,
    ahead: JoinHandle<Result<Swap, Error>>,
}

impl Line {
    /// Lets them go.
    pub async fn go(self) {
        self.lock.rollback().await.unwrap();
        assert_eq!(in_time(self.ahead).await.unwrap().unwrap(), Swap::Done);
    }
}

/// Runs a statement of the host.
pub async fn run(pool: &SqlitePool, statement: &'static str) {
    sqlx::raw_sql(statement).execute(pool).await.unwrap();
}

/// Fails if nothing comes of it: the writer has stalled.
pub async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("the writer has stalled")
}

/// Spawns the creation of a user's first record, which is in line when this returns.
pub async fn create(store: &SqliteStore, name: u64) -> JoinHandle<Result<Swap, Error>> {
    let store = store.clone();
    in_line(async move { store.compare_and_swap(&user(name), None, &record(1)).await }).await
}

pub async fn create_all(store: &SqliteStore, names: Range<u64>) -> Vec<JoinHandle<Result<Swap, Error>>> {
    let mut creating = Vec::new();
    for name in names {
        creating.push(create(store, name).await);
    }
    creating
}

/// Polls a call once, which puts it in line, and spawns the rest of it.
pub async fn in_line<F>(call: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let mut call = Box::pin(call);
    let first = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
    match first {
        Poll::Ready(output) => tokio::spawn(async { output }),
        Poll::Pending => tokio::spawn(call),
    }
}

pub fn user(name: u64) -> UserKey {
    UserKey::new("acme", name.to_string())
}

pub fn revision(number: u64) -> Revision {
    Revision::from_bytes(u128::from(number).to_be_bytes())
}

pub fn record(number: u64) -> StoredRecord {
    StoredRecord::new(revision(number), number.to_be_bytes().repeat(50))
}

/// The number of a record that is whole.
pub fn number(record: &StoredRecord) -> u64 {
    let number = u128::from_be_bytes(*record.revision().as_bytes()).try_into().unwrap();
    assert_eq!(record.sealed(), self::record(number).sealed(), "half a write");
    number
}
