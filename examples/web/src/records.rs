//! Where the records of the second factor are kept: in one of three databases, as a URL says. Another file to copy.
//!
//! The URL may hold a password, so it stands in no message and in no log, not even in parts.

use std::time::Duration;

use second_factor::{
    Administration, BoxError, Builder, KeyRing, Notifier, TenantId, UserDirectory, Verifier,
};
use second_factor_redis::RedisStore;
use second_factor_sqlx::{InvalidName, PostgresStore, SqliteStore, Table};
use sqlx::{
    SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tracing::subscriber::{NoSubscriber, with_default};

use crate::private;

const SQLITE: &str = "SQLite";
const POSTGRES: &str = "PostgreSQL";
const REDIS: &str = "Redis";

/// How long the database may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the environment says of the database.
pub(crate) struct Settings {
    /// `DATABASE_URL`. `sqlite:` alone is the file of the service's own tables.
    pub(crate) url: String,
    /// `RECORDS_NAME`: the table in PostgreSQL, what all keys begin with in Redis.
    pub(crate) name: Option<String>,
    /// `ACCEPT_LOSS_ON_CRASH=1`: takes a Redis that may lose what it acknowledged. Codes that were used are good again afterwards.
    pub(crate) accept_loss_on_crash: bool,
}

/// Why there is nowhere to keep records.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordsError {
    #[error("DATABASE_URL begins with none of `sqlite:`, `postgres:` (or `postgresql:`) and `redis:`")]
    UnknownScheme,
    #[error("DATABASE_URL cannot be read as the address of a {0} database")]
    Unreadable(&'static str),
    #[error("the {0} database of DATABASE_URL cannot be used (does it run, and is the address right?)")]
    Unusable(&'static str, #[source] BoxError),
    #[error(
        "the Redis of DATABASE_URL may forget in a crash which codes were used \
         (for a demonstration that may, set ACCEPT_LOSS_ON_CRASH=1)"
    )]
    Forgetful(#[source] second_factor_redis::Error),
    #[error("RECORDS_NAME cannot be the name of a table")]
    Name(#[from] InvalidName),
    #[error("RECORDS_NAME is for PostgreSQL and Redis: in SQLite the table is always `second_factor`")]
    NameInSqlite,
}

/// The database that holds the records.
pub(crate) enum Records {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    Redis(RedisStore),
}

impl Records {
    /// Connects, creates the table where there is none, and checks that the database keeps what it acknowledges.
    pub(crate) async fn open(settings: &Settings, own: &SqlitePool) -> Result<Self, RecordsError> {
        match settings.url.split_once(':') {
            Some(("sqlite", _)) if settings.name.is_some() => Err(RecordsError::NameInSqlite),
            Some(("sqlite", place)) => sqlite(&settings.url, place, own).await.map(Self::Sqlite),
            Some(("postgres" | "postgresql", _)) => postgres(settings).await.map(Self::Postgres),
            Some(("redis", _)) => redis(settings).await.map(Self::Redis),
            _ => Err(RecordsError::UnknownScheme),
        }
    }

    /// Whether any of these tenants has a record that a key ring has sealed.
    pub(crate) async fn hold_any(&self, tenants: &[TenantId]) -> Result<bool, RecordsError> {
        match self {
            Self::Sqlite(store) => holds_any(store, tenants).await.map_err(unusable(SQLITE)),
            Self::Postgres(store) => holds_any(store, tenants).await.map_err(unusable(POSTGRES)),
            Self::Redis(store) => holds_any(store, tenants).await.map_err(unusable(REDIS)),
        }
    }

    /// What to build the verifier with.
    pub(crate) fn verifier(&self, notifier: impl Notifier, keys: KeyRing) -> Builder {
        match self {
            Self::Sqlite(store) => Verifier::builder(store.clone(), notifier, keys),
            Self::Postgres(store) => Verifier::builder(store.clone(), notifier, keys),
            Self::Redis(store) => Verifier::builder(store.clone(), notifier, keys),
        }
    }

    /// What the administrator's pages ask. Each of the stores is its own directory.
    pub(crate) fn administration(&self, verifier: &Verifier) -> Administration {
        match self {
            Self::Sqlite(store) => Administration::new(verifier, store.clone()),
            Self::Postgres(store) => Administration::new(verifier, store.clone()),
            Self::Redis(store) => Administration::new(verifier, store.clone()),
        }
    }
}

/// The service's own file, on the service's own connections, or another one.
async fn sqlite(url: &str, place: &str, own: &SqlitePool) -> Result<SqliteStore, RecordsError> {
    let pool = if place.is_empty() {
        own.clone()
    } else {
        let options: SqliteConnectOptions = quietly(SQLITE, || url.parse())?;
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let file = options.get_filename();
        // What is in memory only has a name of that kind; the store refuses it.
        if !file.to_string_lossy().starts_with("file:") {
            private::make_file(file).map_err(unusable(SQLITE))?;
        }
        SqlitePool::connect_with(options).await.map_err(unusable(SQLITE))?
    };
    let store = SqliteStore::new(pool);
    store.migrate().await.map_err(unusable(SQLITE))?;
    Ok(store)
}

async fn postgres(settings: &Settings) -> Result<PostgresStore, RecordsError> {
    let table = settings.name.as_deref().map_or(Ok(Table::default()), Table::new)?;
    let options: PgConnectOptions = quietly(POSTGRES, || settings.url.parse())?;
    let pool = PgPoolOptions::new().test_before_acquire(false).acquire_timeout(PATIENCE);
    let pool = pool.connect_with(options).await.map_err(unusable(POSTGRES))?;
    let store = PostgresStore::new(pool).in_table(table);
    store.migrate().await.map_err(unusable(POSTGRES))?;
    Ok(store)
}

async fn redis(settings: &Settings) -> Result<RedisStore, RecordsError> {
    let mut builder = RedisStore::builder(settings.url.as_str()).timeout(PATIENCE);
    if let Some(name) = &settings.name {
        builder = builder.prefix(name);
    }
    if settings.accept_loss_on_crash {
        tracing::warn!("a crash of Redis may make used codes good again, as ACCEPT_LOSS_ON_CRASH says");
        builder = builder.accept_loss_on_crash();
    }
    builder.open().await.map_err(|error| match error {
        second_factor_redis::Error::NotDurable { .. } => RecordsError::Forgetful(error),
        error => unusable(REDIS)(error),
    })
}

async fn holds_any<D: UserDirectory>(directory: &D, tenants: &[TenantId]) -> Result<bool, D::Error> {
    for tenant in tenants {
        if !directory.list(tenant, None, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unusable<E: Into<BoxError>>(database: &'static str) -> impl Fn(E) -> RecordsError {
    move |error| RecordsError::Unusable(database, error.into())
}

/// Why a URL cannot be read is not said, as it would show a part of it. And `sqlx` warns of parameters that it does not know, with their
/// values: a mistyped `?pasword=` would stand in the log.
fn quietly<T, E>(database: &'static str, parse: impl FnOnce() -> Result<T, E>) -> Result<T, RecordsError> {
    with_default(NoSubscriber::new(), parse).map_err(|_| RecordsError::Unreadable(database))
}
