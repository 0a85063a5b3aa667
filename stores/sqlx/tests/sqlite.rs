//! Records in an SQLite file keep the contract of `UserStore`, also where SQLite would let them not to.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use second_factor::{
    Account, Authority, Clock, KeyRing, NewAuthenticator, Outbox, Policy, Requirement, Swap, UnixTime,
    UserStore, Verifier,
    testing::{ManualClock, Phone, store_contract},
};
use second_factor_sqlx::{Error, SqliteStore};
use second_factor_testbed::records::{no_write_is_lost, number, record, user};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tempfile::TempDir;

/// A directory with room for one database; both are gone when it is dropped.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("records.db")
    }

    /// Opens the file as another process would, with a pool of its own.
    async fn store(&self) -> SqliteStore {
        let store = SqliteStore::open(self.file()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }
}

/// A pool of one connection that does not wait for others.
async fn pool(file: &Path, journal: SqliteJournalMode, synchronous: SqliteSynchronous) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(journal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_millis(50));
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let place = Place::new();
    store_contract(|| place.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_on_a_pool_of_the_host() {
    let place = Place::new();
    let pool = pool(&place.file(), SqliteJournalMode::Truncate, SqliteSynchronous::Full).await;
    let store = SqliteStore::new(pool);
    store.migrate().await.unwrap();
    store_contract(|| async { store.clone() }).await;
}

/// Two pools on one file are as two processes: what each acknowledged was counted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_write_is_lost_between_two_pools() {
    let place = Place::new();
    no_write_is_lost([place.store().await, place.store().await], 25).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_agree_on_the_file() {
    for _ in 0..10 {
        let place = Arc::new(Place::new());
        let starting: Vec<_> = (0..8)
            .map(|_| {
                let place = place.clone();
                tokio::spawn(async move { place.store().await })
            })
            .collect();
        let mut done = 0;
        for started in starting {
            match started.await.unwrap().compare_and_swap(&user(), None, &record(1)).await.unwrap() {
                Swap::Done => done += 1,
                Swap::Conflict => {}
            }
        }
        assert_eq!(done, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_waits_for_those_who_use_the_file_in_another_mode() {
    let place = Place::new();
    let other = pool(&place.file(), SqliteJournalMode::Truncate, SqliteSynchronous::Full).await;
    SqliteStore::new(other.clone()).migrate().await.unwrap();
    let mut reading = other.begin().await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM second_factor").fetch_one(&mut *reading).await.unwrap();
    assert_eq!(rows, 0);

    let file = place.file();
    let opening = tokio::spawn(async move { SqliteStore::open(file).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!opening.is_finished(), "the other still reads");
    reading.commit().await.unwrap();
    opening.await.unwrap().unwrap().migrate().await.unwrap();
}

#[tokio::test]
async fn open_sets_every_connection_to_keep_what_it_acknowledges() {
    let place = Place::new();
    let store = place.store().await;
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(store.pool().acquire().await.unwrap());
    }
    for connection in &mut connections {
        let setting = "SELECT journal_mode || ' ' || synchronous || ' ' || timeout \
             FROM pragma_journal_mode(), pragma_synchronous(), pragma_busy_timeout()";
        let found: String = sqlx::query_scalar(setting).fetch_one(&mut **connection).await.unwrap();
        assert_eq!(found, "wal 2 5000");
    }
}

#[tokio::test]
async fn settings_that_could_lose_a_write_are_refused_and_nothing_is_written() {
    use SqliteJournalMode::{Delete, Memory, Off, Persist, Truncate, Wal};
    use SqliteSynchronous::{Extra, Full, Normal};
    for (journal, synchronous, durable) in [
        (Wal, Full, true),
        (Wal, Extra, true),
        (Wal, Normal, false),
        (Wal, SqliteSynchronous::Off, false),
        (Delete, Extra, true),
        (Delete, Full, false),
        (Truncate, Full, true),
        (Truncate, Normal, false),
        (Persist, Full, true),
        (Memory, Extra, false),
        (Off, Extra, false),
    ] {
        let place = Place::new();
        // The table is there already, so only the write itself is left to refuse.
        let first = pool(&place.file(), Truncate, Full).await;
        SqliteStore::new(first.clone()).migrate().await.unwrap();
        first.close().await;

        let store = SqliteStore::new(pool(&place.file(), journal, synchronous).await);
        let migrated = store.migrate().await;
        let swapped = store.compare_and_swap(&user(), None, &record(1)).await;
        let found = store.load(&user()).await.unwrap();
        if durable {
            migrated.unwrap();
            assert_eq!(swapped.unwrap(), Swap::Done);
            assert_eq!(store.remove(&user(), found.unwrap().revision()).await.unwrap(), Swap::Done);
        } else {
            assert!(matches!(migrated, Err(Error::NotDurable { .. })), "{journal:?}, {synchronous:?}");
            assert!(matches!(swapped, Err(Error::NotDurable { .. })), "{journal:?}, {synchronous:?}");
            assert!(found.is_none());
            let removed = store.remove(&user(), record(1).revision()).await;
            assert!(matches!(removed, Err(Error::NotDurable { .. })), "{journal:?}, {synchronous:?}");
        }
    }
}

#[tokio::test]
async fn a_setting_that_changes_later_is_noticed() {
    let place = Place::new();
    let store = SqliteStore::new(pool(&place.file(), SqliteJournalMode::Wal, SqliteSynchronous::Full).await);
    store.migrate().await.unwrap();
    sqlx::query("PRAGMA synchronous = NORMAL").execute(store.pool()).await.unwrap();
    let swapped = store.compare_and_swap(&user(), None, &record(1)).await;
    assert!(matches!(swapped, Err(Error::NotDurable { .. })));
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    let store = SqliteStore::new(SqlitePool::connect("sqlite::memory:").await.unwrap());
    let refused = store.migrate().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "an acknowledged write could be lost in a power failure: journal_mode = memory, synchronous = 2; \
         use journal_mode = WAL with synchronous = FULL"
    );
}

#[tokio::test]
async fn p42_a_locked_file_is_an_error_and_never_a_conflict_or_an_absence() {
    let place = Place::new();
    let (journal, full) = (SqliteJournalMode::Truncate, SqliteSynchronous::Full);
    let store = SqliteStore::new(pool(&place.file(), journal, full).await);
    store.migrate().await.unwrap();
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);

    let other = pool(&place.file(), SqliteJournalMode::Truncate, SqliteSynchronous::Full).await;
    let holding = other.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    let first = record(1).revision();
    assert!(matches!(store.load(&user()).await, Err(Error::Database(_))));
    assert!(matches!(store.compare_and_swap(&user(), None, &record(2)).await, Err(Error::Database(_))));
    assert!(matches!(
        store.compare_and_swap(&user(), Some(first), &record(2)).await,
        Err(Error::Database(_))
    ));
    assert!(matches!(store.remove(&user(), first).await, Err(Error::Database(_))));

    holding.rollback().await.unwrap();
    assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1, "nothing was written");
    assert_eq!(store.compare_and_swap(&user(), Some(first), &record(2)).await.unwrap(), Swap::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_for_another_writer() {
    let place = Place::new();
    let (store, other) = (place.store().await, place.store().await);
    let holding = other.pool().begin_with("BEGIN IMMEDIATE").await.unwrap();
    let waiting = tokio::spawn(async move { store.compare_and_swap(&user(), None, &record(1)).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished(), "the other still writes");
    holding.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Swap::Done);
}

/// Vikunja, CVE-2026-35597: a login that fails and rolls back takes nothing of ours with it.
#[tokio::test]
async fn a_transaction_of_the_host_that_rolls_back_takes_nothing_with_it() {
    let place = Place::new();
    let store = place.store().await;
    let mut transaction = store.pool().begin().await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM second_factor").fetch_one(&mut *transaction).await.unwrap();
    assert_eq!(rows, 0);
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    transaction.rollback().await.unwrap();
    assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1);
}

#[tokio::test]
async fn p42_a_missing_table_is_an_error_and_not_an_absence() {
    let place = Place::new();
    let store = SqliteStore::open(place.file()).await.unwrap();
    assert!(matches!(store.load(&user()).await, Err(Error::Database(_))));
    assert!(store.compare_and_swap(&user(), None, &record(1)).await.is_err());
    assert!(store.remove(&user(), record(1).revision()).await.is_err());
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert!(store.load(&user()).await.unwrap().is_none());
}

#[tokio::test]
async fn p42_a_row_that_somebody_else_wrote_is_an_error_and_not_an_absence() {
    let place = Place::new();
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let cut = "UPDATE second_factor SET revision = x'00ff'";
    assert!(sqlx::query(cut).execute(store.pool()).await.is_err(), "the schema forbids it");

    let mut connection = store.pool().acquire().await.unwrap();
    sqlx::query("PRAGMA ignore_check_constraints = ON").execute(&mut *connection).await.unwrap();
    sqlx::query(cut).execute(&mut *connection).await.unwrap();
    assert!(matches!(store.load(&user()).await, Err(Error::Revision(2))));
}

#[tokio::test]
async fn the_summary_is_kept_in_columns_that_a_host_can_read() {
    let place = Place::new();
    let store = place.store().await;
    let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
    let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate().unwrap())
        .issuer("Acme")
        .clock(clock.clone())
        .build()
        .unwrap();
    let account = Account::new(user(), b"stamp", &Policy::new(Requirement::Optional));
    let columns = "SELECT CAST(tenant AS TEXT) || ' ' || CAST(user_id AS TEXT) || ' ' || coalesce(enrolled_at, '-') \
         || ' ' || coalesce(last_verified_at, '-') || ' ' || pending_notices || ' ' || (generation > 0) FROM second_factor";

    let new = NewAuthenticator::new("ann");
    let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
    let found: String = sqlx::query_scalar(columns).fetch_one(store.pool()).await.unwrap();
    assert_eq!(found, "acme 42 - - 0 1");

    let code = Phone::scan(enrollment.uri()).code_at(clock.now());
    let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(enrolled.signed_in.user(), &user());
    let found: String = sqlx::query_scalar(columns).fetch_one(store.pool()).await.unwrap();
    assert_eq!(found, "acme 42 1760000000 1760000000 0 1", "the notice was accepted");
}

#[test]
fn errors_travel_between_threads() {
    fn travels<T: std::error::Error + Send + Sync + 'static>() {}
    travels::<Error>();
}
