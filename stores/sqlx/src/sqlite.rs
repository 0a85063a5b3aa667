//! Records in an SQLite file.

mod directory;
mod writer;

use std::{path::Path, sync::Arc, time::Duration};

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use sqlx::{
    Row,
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use self::writer::Writer;
use crate::{columns, error::Error};

const SCHEMA: &str = include_str!("sqlite/schema.sql");

const LOAD: &str = "SELECT revision, record FROM second_factor WHERE tenant = ?1 AND user_id = ?2";

const CREATE: &str = "\
INSERT INTO second_factor (tenant, user_id, revision, record, generation, enrolled_at, last_verified_at, \
    backup_codes_left, trusted_devices, locked_until, pending_notices) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
ON CONFLICT (tenant, user_id) DO NOTHING";

const SWAP: &str = "\
UPDATE second_factor SET revision = ?3, record = ?4, generation = ?5, enrolled_at = ?6, last_verified_at = ?7, \
    backup_codes_left = ?8, trusted_devices = ?9, locked_until = ?10, pending_notices = ?11 \
WHERE tenant = ?1 AND user_id = ?2 AND revision = ?12";

const REMOVE: &str = "DELETE FROM second_factor WHERE tenant = ?1 AND user_id = ?2 AND revision = ?3";

const SETTINGS: &str = "SELECT journal_mode, synchronous FROM pragma_journal_mode(), pragma_synchronous()";

/// How long a write waits for other writers, before it gives up with an error.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps records in the table `second_factor` of an SQLite file, for any number of processes on one machine.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use second_factor::{Administration, KeyRing, Outbox, Verifier};
/// use second_factor_sqlx::SqliteStore;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("second-factor.db");
///
/// let store = SqliteStore::open(&path).await?;
/// store.migrate().await?;
/// let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate()?).issuer("Acme").build()?;
/// let administration = Administration::new(&verifier, store);
/// # Ok(()) }
/// ```
///
/// How it keeps to the clauses of [`UserStore`]:
///
/// 1. *Compare and swap*: one statement with the revision in its `WHERE`, or `ON CONFLICT DO NOTHING` to create. SQLite lets one
///    writer at a time into the file, so processes are as good as threads.
/// 2. *Durable*: nobody is told [`Swap::Done`] before the commit has returned. Whenever the writer takes a connection from the pool, it
///    looks at the settings of that very connection, and keeps it for a few transactions at most. It takes `synchronous = FULL` with the
///    journal modes `WAL`, `TRUNCATE` and `PERSIST`, or `EXTRA` with `DELETE`; otherwise the write is refused with
///    [`Error::NotDurable`]. A database in memory is refused, too: use [`MemoryStore`](second_factor::MemoryStore).
/// 3. *On its own*: the writer takes a connection from the pool for itself and commits by itself. Do not hold a write
///    transaction of yours on the same file while you call the library: SQLite has one writer, so the library would wait
///    until the busy timeout (5 seconds) has passed and fail. Nor hold the last connection of the pool.
/// 4. *Current*: SQLite has no replicas, and a read sees every commit before it.
/// 5. *Opaque and exact*: ids and records are `BLOB`s, which SQLite compares byte for byte.
/// 6. *Absent means never written*: `None` is the empty answer of a query that succeeded; a missing table, a locked file and a
///    damaged row are errors.
///
/// It is its own [`UserDirectory`](second_factor::UserDirectory).
///
/// # Under load
///
/// A store and its clones have one writer. Writes that arrive while a transaction is being committed go into the next one together, up to
/// 128 of them: each has an answer of its own, and all share one wait for the disk. A write that comes alone begins at once. So let
/// all of a process share one store and clone it; two stores on one file are as two processes, which wait for each other's lock. A write
/// fails if the file stays locked for the busy timeout, or for twice that if it came while another was already waiting. If a commit
/// fails, everybody in it has the error, and nobody an answer.
///
/// The writer is a tokio task that lives while there is work; an idle store holds no connection. It reads and writes within the runtime of
/// whoever calls. Where that runtime ends in the middle of a transaction, others who share it are told [`Error::Abandoned`].
///
/// Put the file on a local disk: locks do not hold on most network file systems.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: Arc<Writer>,
}

impl SqliteStore {
    /// A store on a pool of the host. The settings of its connections remain the host's; see clause 2 above.
    ///
    /// ```no_run
    /// # async fn on_a_pool() -> Result<(), Box<dyn std::error::Error>> {
    /// use second_factor_sqlx::SqliteStore;
    /// use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
    ///
    /// let options = SqliteConnectOptions::new()
    ///     .filename("service.db")
    ///     .journal_mode(SqliteJournalMode::Wal)
    ///     .synchronous(SqliteSynchronous::Full);
    /// let store = SqliteStore::new(SqlitePool::connect_with(options).await?);
    /// store.migrate().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self { writer: Arc::new(Writer::new(pool)) }
    }

    /// A store on the file at `path`, with a pool of its own: `journal_mode = WAL`, `synchronous = FULL`, a busy timeout of 5 seconds.
    /// The file is created if it is missing, its directory is not.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the file cannot be opened or brought into WAL mode.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        // A file needs no asking whether it is still there.
        let pool = SqlitePoolOptions::new().test_before_acquire(false).connect_with(options).await?;
        use_wal(&pool).await?;
        Ok(Self::new(pool))
    }

    /// Creates the table if it is missing. To be called once at start-up; several processes may do so at once.
    ///
    /// # Errors
    ///
    /// [`Error::NotDurable`] if the connections of the pool are set to lose what they acknowledge, [`Error::Database`] if the table cannot
    /// be created.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut connection = self.pool().acquire().await?;
        check_durable(&mut connection).await?;
        sqlx::raw_sql(SCHEMA).execute(&mut *connection).await?;
        Ok(())
    }

    /// The pool, for the host's own reading of the summary columns.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        self.writer.pool()
    }
}

impl UserStore for SqliteStore {
    type Error = Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Error> {
        let row = sqlx::query(LOAD)
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| record(&row)).transpose()
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Error> {
        let mut query = sqlx::query(if expected.is_some() { SWAP } else { CREATE })
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(next.revision().as_bytes().as_slice())
            .bind(next.sealed());
        for number in columns::numbers(next) {
            query = query.bind(number);
        }
        if let Some(expected) = expected {
            query = query.bind(expected.as_bytes().as_slice());
        }
        self.writer.write(query).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Error> {
        let query = sqlx::query(REMOVE)
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(expected.as_bytes().as_slice());
        self.writer.write(query).await
    }
}

fn record(row: &SqliteRow) -> Result<StoredRecord, Error> {
    let revision: &[u8] = row.try_get(0)?;
    let revision = revision.try_into().map_err(|_| Error::Revision(revision.len()))?;
    Ok(StoredRecord::new(Revision::from_bytes(revision), row.try_get(1)?))
}

/// Fails unless what this connection acknowledges survives a power failure (<https://sqlite.org/pragma.html#pragma_synchronous>).
async fn check_durable(connection: &mut SqliteConnection) -> Result<(), Error> {
    let row = sqlx::query(SETTINGS).fetch_one(connection).await?;
    let (journal_mode, synchronous): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
    const FULL: i64 = 2;
    const EXTRA: i64 = 3;
    let needed = match journal_mode {
        "wal" | "truncate" | "persist" => FULL,
        // Without EXTRA the directory is not synced: the deleted journal may come back and undo the commit.
        "delete" => EXTRA,
        _ => i64::MAX,
    };
    if synchronous >= needed {
        return Ok(());
    }
    Err(Error::NotDurable {
        found: format!("journal_mode = {journal_mode}, synchronous = {synchronous}"),
        needed: "journal_mode = WAL with synchronous = FULL",
    })
}

/// Brings the file into WAL mode, where it stays. Where several processes do so at once, SQLite tells some of them that the file is
/// locked instead of letting them wait; an exclusive transaction does wait, until the others are done.
async fn use_wal(pool: &SqlitePool) -> Result<(), Error> {
    const ATTEMPTS: usize = 20;
    let mut connection = pool.acquire().await?;
    let mut outcome = Ok(());
    for _ in 0..ATTEMPTS {
        match sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut *connection).await {
            Ok(_) => return Ok(()),
            Err(error) => outcome = Err(error.into()),
        }
        sqlx::raw_sql("BEGIN EXCLUSIVE; COMMIT").execute(&mut *connection).await?;
    }
    outcome
}
