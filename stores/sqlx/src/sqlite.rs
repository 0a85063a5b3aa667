//! Records in an SQLite file.

mod directory;
mod line;
#[cfg(test)]
mod plans;
mod reader;
mod settings;
mod write;
mod writer;

use std::{path::Path, sync::Arc, time::Duration};

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use self::{line::Line, reader::Load, settings::check_durable, write::Write};
use crate::error::Error;

const SCHEMA: &str = include_str!("sqlite/schema.sql");

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
/// 2. *Durable*: nobody is told [`Swap::Done`] before the commit has returned. Each statement looks at the settings of the very connection
///    that it runs on. It takes `synchronous = FULL` with the journal modes `WAL`, `TRUNCATE` and `PERSIST`, or `EXTRA` with `DELETE`;
///    otherwise it writes nothing, and the call is refused with [`Error::NotDurable`]. A database in memory is refused, too: use
///    [`MemoryStore`](second_factor::MemoryStore).
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
/// A store and its clones have one writer and one reader. Writes that arrive while others are being committed go into the next transaction
/// together, up to 128 of them: each has an answer of its own, and all share one wait for the disk. Loads that arrive while others
/// are being answered go into the next statement together, up to 32 of them; it begins after each of them was called. What comes alone begins
/// at once. So let all of a process share one store and clone it; two stores on one file are as two processes, which wait for each
/// other's lock. A write fails if the file stays locked for the busy timeout, or for twice that if it came while another was already
/// waiting. If a commit fails, everybody in it has the error, and nobody an answer; likewise a load.
///
/// Writer and reader are tokio tasks that live while there is work, with a connection each; an idle store holds none. They work within the
/// runtime of whoever calls. Where that runtime ends in the middle of a transaction, others who share it are told [`Error::Abandoned`].
///
/// Put the file on a local disk: locks do not hold on most network file systems.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    reader: Arc<Line<Load>>,
    writer: Arc<Line<Write>>,
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
        Self { reader: Arc::new(Line::new(pool.clone())), writer: Arc::new(Line::new(pool)) }
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
        match self.reader.ask(Load(user.clone())).await {
            // Of a load nothing is left behind.
            Err(Error::Abandoned) => self.reader.ask(Load(user.clone())).await,
            answer => answer,
        }
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Error> {
        let (user, next) = (user.clone(), next.clone());
        let write = match expected {
            Some(expected) => Write::Swap { user, expected, next },
            None => Write::Create { user, next },
        };
        self.writer.ask(write).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Error> {
        self.writer.ask(Write::Remove { user: user.clone(), expected }).await
    }
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
