//! Writes that meet, and writes that PostgreSQL takes back.

use std::time::Duration;

use second_factor::{Swap, UserStore};
use second_factor_sqlx::{Error, PostgresStore};
use second_factor_testbed::records::{number, record, user};
use sqlx::AssertSqlSafe;

use crate::place::Place;

const LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];

/// Another server writes while ours waits for the row: whatever the level, ours is a conflict, never done.
#[tokio::test(flavor = "multi_thread")]
async fn p1_a_write_that_waited_for_another_is_a_conflict_at_every_isolation_level() {
    let Some(place) = Place::new().await else { return };
    let other = place.store().await;
    for level in LEVELS {
        for simple in [false, true] {
            let store =
                place.store_with(place.options().options([("default_transaction_isolation", level)])).await;
            let store = if simple { store.simple_queries() } else { store };
            place.run(&format!("TRUNCATE {}", place.table())).await;
            // First a row that both create, then one that both change, then one that both remove.
            for (expected, next) in [(None, record(2)), (Some(record(1).revision()), record(3))] {
                let mut transaction = other.pool().begin().await.unwrap();
                let before = AssertSqlSafe(match expected {
                    None => format!(
                        "INSERT INTO {} VALUES ('acme', '42', $1, '\\x01', 1, NULL, NULL, 0, 0, NULL, 0)",
                        place.table()
                    ),
                    Some(_) => format!("UPDATE {} SET revision = $1", place.table()),
                });
                let theirs = if expected.is_none() { record(1) } else { record(9) };
                let bytes = theirs.revision().as_bytes().to_vec();
                sqlx::query(before).bind(bytes).execute(&mut *transaction).await.unwrap();

                let waiting = tokio::spawn({
                    let (store, next) = (store.clone(), next.clone());
                    async move { store.compare_and_swap(&user(), expected, &next).await }
                });
                let removing = tokio::spawn({
                    let store = store.clone();
                    async move { store.remove(&user(), record(1).revision()).await }
                });
                if expected.is_none() {
                    // Nobody else sees the row yet: there is nothing to remove, and nothing to wait for.
                    wait_for(&other, &place, 1).await;
                    assert_eq!(removing.await.unwrap().unwrap(), Swap::Conflict, "{level}, simple: {simple}");
                    transaction.commit().await.unwrap();
                } else {
                    wait_for(&other, &place, 2).await;
                    transaction.commit().await.unwrap();
                    assert_eq!(removing.await.unwrap().unwrap(), Swap::Conflict, "{level}, simple: {simple}");
                }
                assert_eq!(
                    waiting.await.unwrap().unwrap(),
                    Swap::Conflict,
                    "{level}, {expected:?}, simple: {simple}"
                );
                assert_eq!(other.load(&user()).await.unwrap().unwrap().revision(), theirs.revision());
            }
        }
    }
}

/// Until so many calls wait for somebody's lock on the table of this test.
async fn wait_for(other: &PostgresStore, place: &Place, calls: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
    for _ in 0..1_000 {
        let table = format!("%{}%", place.schema);
        let found: i64 = sqlx::query_scalar(waiting).bind(table).fetch_one(other.pool()).await.unwrap();
        if found == calls {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{calls} calls were to wait");
}

/// The commit itself can fail, after the statement was answered: that is an error, never done.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_write_whose_commit_fails_is_an_error() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let (schema, table) = (&place.schema, place.table());
    place
        .run(&format!(
            "CREATE FUNCTION {schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'at the commit'; END $$; \
             CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OR DELETE ON {table} DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION {schema}.refuse()"
        ))
        .await;
    for store in [store.clone(), store.clone().simple_queries()] {
        let other = second_factor::UserKey::new("acme", "43");
        let first = record(1).revision();
        assert!(matches!(
            store.compare_and_swap(&user(), Some(first), &record(2)).await,
            Err(Error::Database(_))
        ));
        assert!(matches!(store.compare_and_swap(&other, None, &record(2)).await, Err(Error::Database(_))));
        assert!(matches!(store.remove(&user(), first).await, Err(Error::Database(_))));
        assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1);
        assert!(store.load(&other).await.unwrap().is_none());
    }
}

/// What the host sets for its own transactions does not turn a refused write into anything else.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_session_that_only_reads_and_a_row_that_stays_locked_are_errors() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let first = record(1).revision();

    let reader = place.store_with(place.options().options([("default_transaction_read_only", "on")])).await;
    assert!(reader.compare_and_swap(&user(), Some(first), &record(2)).await.is_err());

    let mut holding = store.pool().begin().await.unwrap();
    let lock = AssertSqlSafe(format!("SELECT FROM {} FOR UPDATE", place.table()));
    sqlx::query(lock).execute(&mut *holding).await.unwrap();
    for setting in ["lock_timeout", "statement_timeout"] {
        let hurried = place.store_with(place.options().options([(setting, "100ms")])).await;
        assert!(hurried.compare_and_swap(&user(), Some(first), &record(2)).await.is_err(), "{setting}");
        assert_eq!(number(&hurried.load(&user()).await.unwrap().unwrap()), 1, "{setting}");
    }
    let hurried = store.clone().answer_within(Duration::from_millis(100));
    let refused = hurried.compare_and_swap(&user(), Some(first), &record(2)).await;
    assert!(matches!(refused, Err(Error::TimedOut(_))), "{refused:?}");
    holding.rollback().await.unwrap();
}
