//! Records in a PostgreSQL database.

mod directory;
mod lease;
mod migrate;
mod session;
mod statements;
mod table;

use std::{sync::Arc, time::Duration};

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use sqlx::{
    Row,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow},
};

use self::{
    lease::AtHand,
    session::{Session, Value, Written},
    statements::Statements,
};
use crate::{columns, error::Error};
pub use directory::Standing;
pub use table::{InvalidName, Table};

/// How long an answer may take, unless the host says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to get a connection of [`PostgresStore::connect`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

const NEEDED: &str = "fsync = on with synchronous_commit = on";

/// Keeps records in a table of a PostgreSQL database, for any number of servers.
///
/// ```no_run
/// # async fn open() -> Result<(), second_factor_sqlx::Error> {
/// use second_factor_sqlx::PostgresStore;
///
/// let store = PostgresStore::connect("postgres://service@db/service").await?;
/// store.migrate().await?; // once at start-up; does nothing if the table is there
/// # Ok(()) }
/// ```
///
/// How it keeps to the clauses of [`UserStore`]:
///
/// 1. *Compare and swap*: one statement with the revision in its `WHERE`, or `ON CONFLICT DO NOTHING` to create, which answers with the revision
///    that it wrote: only that is [`Swap::Done`]. A swap that answers with nothing is followed by a question for the reason. Of two at once,
///    PostgreSQL lets the second wait for the first and then compare anew. That holds at every isolation level: where the host's
///    `default_transaction_isolation` is `repeatable read` or `serializable`, PostgreSQL takes the second one back (40001), which is a
///    [`Swap::Conflict`], as nothing was written.
/// 2. *Durable*: the statement itself looks at `fsync` and `synchronous_commit` of the session that it runs in, and writes nothing unless they
///    are `on` (or `remote_apply`): [`Error::NotDurable`]. So it does not matter who set them, for the session, the role, the
///    database or the server, and it costs no round trip. With `off` a crash loses what was acknowledged in the last half second or so:
///    spent codes are good again, and guesses are forgotten. `local` and `remote_write` are refused because they
///    lose it when a standby takes over; without standbys they are no faster than `on`. [`migrate`](Self::migrate) also refuses a table that is
///    `UNLOGGED`: a crash empties it. What it cannot see: a standby that does not follow synchronously (`synchronous_standby_names` is empty)
///    and takes over. It lacks the last writes: see `Verifier::after_restore` in the library. Nor can it see disks that lie.
/// 3. *On its own*: each call takes a connection from the pool for itself, never the host's transaction, and commits by itself. Do not hold the last
///    connection of the pool while you call the library, and do not send `BEGIN` as plain SQL through the pool: sqlx does not know of
///    it and hands that transaction to the next user of the connection. Do not lock rows of the table: writes wait for you.
/// 4. *Current*: every read asks in the same statement whether the server follows another one (`pg_is_in_recovery()`), and is refused if it
///    does: [`Error::Standby`]. Do not put a cache or a load balancer that reads elsewhere in between.
/// 5. *Opaque and exact*: ids and records are `BYTEA`s, which PostgreSQL compares byte for byte.
/// 6. *Absent means never written*: every read answers with a row that says so; an answer without is an error
///    ([`Error::Misunderstood`]). Row-level security that would hide rows from this role is an error ([`Error::RowSecurity`]), and so are a
///    missing table and a damaged row.
///
/// It is its own [`UserDirectory`](second_factor::UserDirectory), and lists users by their [`Standing`].
///
/// # Round trips
///
/// A verification is two: one load, one swap. Statements are prepared when a connection first uses them, which is one more each. A pool
/// made with sqlx's defaults asks before every use whether the connection lives (`test_before_acquire`), which doubles that;
/// [`connect`](Self::connect) makes one that does not. There is no need: where a connection of the pool turns out to be dead, the store
/// asks again on one that it has tested. A swap may be made again because it can happen only once; whether the first attempt was the one, the
/// library finds out by its revision.
///
/// When a connection goes back to the pool sqlx asks once more whether it lives. Nobody waits for that, but it takes a third of all work; so a
/// connection that has answered stays at hand for the next question: for 10 milliseconds, or for 16 questions where those take longer, and for
/// no longer than 10 milliseconds in between. A host that waits at the pool waits so long at most.
///
/// # Time
///
/// A connection that is not to be had in the pool's `acquire_timeout` and an answer that does not come in [10 seconds](Self::answer_within) are
/// errors; a right and a wrong code get the same one. A connection whose answer was not awaited is closed.
///
/// # Poolers
///
/// Behind PgBouncer or its like in transaction mode, two messages of one connection may reach two servers, so a statement that was prepared
/// by one message is not there for the next, *or it is somebody else's*. Use [`simple_queries`](Self::simple_queries) there: each statement is one
/// message. `statement_cache_capacity(0)` does not help, as sqlx still sends two messages for each statement. Without simple queries many calls
/// fail there, sqlx may even panic, and none lies: each answer begins with the name of its statement. Tested with PgBouncer 1.18. From 1.21
/// on it keeps track of prepared statements itself (`max_prepared_statements`), which is not tested here. In session mode there is nothing to mind.
///
/// # Databases that speak its protocol
///
/// What is needed: PostgreSQL's dialect with `WITH … UPDATE … RETURNING`, `ON CONFLICT DO NOTHING`, `LATERAL` and partial indexes, the
/// functions `current_setting`, `pg_is_in_recovery` and `row_security_active`; that a single statement outside of a transaction is atomic and, when
/// it has answered, survives the loss of a machine; that of two concurrent conditional updates of one row at most one finds its condition
/// true, on whichever node they arrive; that a read which begins after a write was acknowledged sees it (no follower reads, no bounded
/// staleness); and that a statement which it takes back says 40001. It is tested with PostgreSQL 15. Run `testing::store_contract`
/// and `testing::directory_contract` against any other, and its own crash tests.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    session: Session,
    table: Table,
    statements: Arc<Statements>,
}

impl PostgresStore {
    /// A store on a pool of the host, in the table `public.second_factor`. The settings of its connections remain the host's; see above.
    ///
    /// ```no_run
    /// # async fn on_a_pool() -> Result<(), Box<dyn std::error::Error>> {
    /// use second_factor_sqlx::{PostgresStore, Table};
    /// use sqlx::postgres::PgPoolOptions;
    ///
    /// let pool = PgPoolOptions::new().test_before_acquire(false).connect("postgres://service@db/service").await?;
    /// let store = PostgresStore::new(pool).in_table(Table::new("second_factor")?.in_schema("auth")?);
    /// store.migrate().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let table = Table::default();
        let statements = Arc::new(Statements::new(&table));
        let session = Session { pool, at_hand: AtHand::default(), simple: false, patience: PATIENCE };
        Self { session, table, statements }
    }

    /// A store with a pool of its own: 10 connections at most, to be had within 5 seconds, not tested before use.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the URL cannot be read or nobody answers there.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new().test_before_acquire(false).acquire_timeout(ACQUIRE_TIMEOUT);
        Ok(Self::new(pool.connect_with(options).await?))
    }

    /// The same store in another table.
    #[must_use]
    pub fn in_table(self, table: Table) -> Self {
        Self { statements: Arc::new(Statements::new(&table)), table, ..self }
    }

    /// Sends each statement as one message, with its values in it, and prepares none: for poolers that hand each transaction to another
    /// connection. The database parses and plans anew each time. It needs `bytea_output = hex`, which is the default.
    #[must_use]
    pub fn simple_queries(mut self) -> Self {
        self.session.simple = true;
        self
    }

    /// How long an answer may take, before it is an error ([`Error::TimedOut`]). 10 seconds, unless said otherwise here.
    #[must_use]
    pub fn answer_within(mut self, patience: Duration) -> Self {
        self.session.patience = patience;
        self
    }

    /// The pool, for the host's own reading of the summary columns.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.session.pool
    }
}

impl UserStore for PostgresStore {
    type Error = Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Error> {
        let rows = self.session.read(&self.statements.load, &key(user)).await?;
        let [row] = answers(&rows)? else { return Err(Error::Misunderstood) };
        let Some(revision) = revision_in(row)? else { return Ok(None) };
        Ok(Some(StoredRecord::new(revision, row.try_get("record")?)))
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Error> {
        let revision = next.revision();
        let mut values = key(user).to_vec();
        values.extend([Value::Bytes(revision.as_bytes()), Value::Bytes(next.sealed())]);
        values.extend(columns::numbers(next).map(Value::Number));
        let Some(expected) = expected else {
            return swap(self.session.write(&self.statements.create, &values).await?, revision);
        };
        values.push(Value::Bytes(expected.as_bytes()));
        let written = self.session.write(&self.statements.swap, &values).await?;
        self.swapped(written, user, expected, revision).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Error> {
        let [tenant, user] = key(user);
        let values = [tenant, user, Value::Bytes(expected.as_bytes())];
        swap(self.session.write(&self.statements.remove, &values).await?, expected)
    }
}

impl PostgresStore {
    /// What came of an update. If it answers with no row the revision may be another, or the session one that may not write, or it was
    /// not our statement that a pooler let the server execute: so the table is asked.
    async fn swapped(
        &self,
        written: Written,
        user: &UserKey,
        expected: Revision,
        next: Revision,
    ) -> Result<Swap, Error> {
        let Some((rows, earlier)) = written.answer() else { return Ok(Swap::Conflict) };
        match (&rows[..], earlier) {
            ([row], _) if revision_in(row)? == Some(next) => return Ok(Swap::Done),
            // Perhaps the earlier attempt was made after all, and it is our own revision that stands there now.
            ([], Some(earlier)) => return Err(earlier),
            ([], None) => {}
            _ => return Err(Error::Misunderstood),
        }
        let rows = self.session.read(&self.statements.after_swap, &key(user)).await?;
        let [row] = answers(&rows)? else { return Err(Error::Misunderstood) };
        if !row.try_get("durable")? {
            Err(not_durable(row, NEEDED)?)
        } else if revision_in(row)? == Some(expected) {
            // An update of ours would have found it.
            Err(Error::Misunderstood)
        } else {
            Ok(Swap::Conflict)
        }
    }
}

fn key(user: &UserKey) -> [Value<'_>; 2] {
    [Value::Bytes(user.tenant().as_str().as_bytes()), Value::Bytes(user.user().as_bytes())]
}

/// The rows of an answer to one of our reads: from the server that others follow, which hides nothing from us.
fn answers(rows: &[PgRow]) -> Result<&[PgRow], Error> {
    let row = rows.first().ok_or(Error::Misunderstood)?;
    if row.try_get("standby")? {
        return Err(Error::Standby);
    }
    if row.try_get("hidden")? {
        return Err(Error::RowSecurity);
    }
    Ok(rows)
}

/// Done only if the database names the very revision that was to be written, or removed.
fn swap(written: Written, revision: Revision) -> Result<Swap, Error> {
    let Some((rows, earlier)) = written.answer() else { return Ok(Swap::Conflict) };
    let [row] = &rows[..] else { return Err(Error::Misunderstood) };
    if !row.try_get::<bool, _>("durable")? {
        return Err(not_durable(row, NEEDED)?);
    }
    match (revision_in(row)?, earlier) {
        (Some(changed), _) if changed == revision => Ok(Swap::Done),
        (Some(_), _) => Err(Error::Misunderstood),
        (None, None) => Ok(Swap::Conflict),
        // Perhaps the earlier attempt was made after all, and it is our own revision that stands there now.
        (None, Some(earlier)) => Err(earlier),
    }
}

fn not_durable(row: &PgRow, needed: &'static str) -> Result<Error, Error> {
    let setting = |name: &str| {
        let value: Option<String> = row.try_get(name)?;
        Ok::<_, Error>(format!("{name} = {}", value.as_deref().unwrap_or("unknown")))
    };
    Ok(Error::NotDurable {
        found: format!("{}, {}", setting("fsync")?, setting("synchronous_commit")?),
        needed,
    })
}

/// The revision in a row, if there is one.
fn revision_in(row: &PgRow) -> Result<Option<Revision>, Error> {
    row.try_get::<Option<Vec<u8>>, _>("revision")?.map(|bytes| revision(&bytes)).transpose()
}

fn revision(bytes: &[u8]) -> Result<Revision, Error> {
    Ok(Revision::from_bytes(bytes.try_into().map_err(|_| Error::Revision(bytes.len()))?))
}

#[cfg(test)]
mod tests;
