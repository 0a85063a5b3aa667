//! Connections that are shared with others, by a pooler that hands each transaction to any of them.

use std::sync::atomic::{AtomicU64, Ordering};

use second_factor::{
    Swap, UserDirectory, UserKey, UserStore,
    testing::{directory_contract, store_contract},
};
use second_factor_sqlx::{Error, PostgresStore};
use second_factor_testbed::PgBouncer;
use second_factor_testbed::records::{number, record, user};
use sqlx::{
    AssertSqlSafe,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};

use crate::place::{Place, pool};

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contracts_with_simple_queries_through_a_pooler() {
    let Some(place) = Place::new().await else { return };
    let Some(pooler) = PgBouncer::before(&place.url) else { return };
    let simple = || async {
        let store = PostgresStore::connect(pooler.url()).await.unwrap();
        let store = store.in_table(place.table()).simple_queries();
        store.migrate().await.unwrap();
        store
    };
    store_contract(simple).await;
    directory_contract(simple).await;
}

/// Prepared statements get mixed up there; so does what sqlx sends with a cache of none. Neither ever looks like an answer: what is said to be
/// written is, and who has a record is never said to have none.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p42_prepared_statements_through_a_pooler_fail_and_never_lie() {
    let Some(place) = Place::new().await else { return };
    let Some(pooler) = PgBouncer::before(&place.url) else { return };
    let direct = place.store().await;
    for capacity in [100, 0] {
        let options: PgConnectOptions = pooler.url().parse().unwrap();
        let store = place.store_with(options.statement_cache_capacity(capacity)).await;
        let (failed, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let write = |writer: u64| {
            let (store, direct, failed, done) = (&store, &direct, &failed, &done);
            async move {
                let user = UserKey::new("acme", format!("{capacity}-{writer}"));
                assert_eq!(direct.compare_and_swap(&user, None, &record(0)).await.unwrap(), Swap::Done);
                for _ in 0..40 {
                    let found = direct.load(&user).await.unwrap().unwrap();
                    let next = record(number(&found) + 1);
                    let swapped = {
                        let (store, user, next) = (store.clone(), user.clone(), next.clone());
                        let swap =
                            async move { store.compare_and_swap(&user, Some(found.revision()), &next).await };
                        outcome(swap).await
                    };
                    match swapped {
                        Ok(Swap::Done) => {
                            let now = direct.load(&user).await.unwrap().unwrap();
                            assert_eq!(now.revision(), next.revision(), "it was said to be written");
                            done.fetch_add(1, Ordering::SeqCst);
                        }
                        Ok(Swap::Conflict) => panic!("nobody else writes here"),
                        Err(_) => _ = failed.fetch_add(1, Ordering::SeqCst),
                    }
                    let loaded = {
                        let (store, user) = (store.clone(), user.clone());
                        outcome(async move { store.load(&user).await }).await
                    };
                    match loaded {
                        Ok(found) => assert!(found.is_some(), "it was said to be absent"),
                        Err(_) => _ = failed.fetch_add(1, Ordering::SeqCst),
                    }
                    let summaries = {
                        let (store, users) = (store.clone(), [user.clone()]);
                        outcome(async move { store.summaries(&users).await }).await
                    };
                    match summaries {
                        Ok(found) => assert!(found[0].is_some(), "it was said to be absent"),
                        Err(_) => _ = failed.fetch_add(1, Ordering::SeqCst),
                    }
                }
            }
        };
        tokio::join!(write(0), write(1), write(2), write(3));
        let (failed, done) = (failed.into_inner(), done.into_inner());
        println!("capacity {capacity}: {done} swaps done of 160, {failed} of 480 calls failed");
        assert!(failed > 0, "else there is no need for simple queries: {capacity}");
    }
}

/// What came of a call. sqlx panics on a row with fewer columns than were prepared, which is no answer either.
async fn outcome<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, String> {
    match tokio::spawn(call).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(panicked) => Err(panicked.to_string()),
    }
}

/// A name under which somebody else has prepared something: the worst that a pooler can do, done on purpose.
#[tokio::test(flavor = "multi_thread")]
async fn p42_an_answer_to_another_statement_is_an_error() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    let one = PgPoolOptions::new().max_connections(1).connect_with(place.options()).await.unwrap();
    let store = PostgresStore::new(one).in_table(place.table());
    let first = record(1).revision();
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    assert!(store.load(&user()).await.unwrap().is_some());
    assert_eq!(store.compare_and_swap(&user(), Some(first), &record(1)).await.unwrap(), Swap::Done);
    assert!(store.summaries(&[user()]).await.unwrap()[0].is_some());
    assert_eq!(store.list(user().tenant(), None, 5).await.unwrap().len(), 1);
    let nobody = UserKey::new("acme", "nobody");
    assert_eq!(store.remove(&nobody, first).await.unwrap(), Swap::Conflict);

    let table = place.table();
    let touch = format!("UPDATE {table} SET generation = generation");
    // Just what a load says of somebody without a record, but for the name.
    let absent = "SELECT 'other load' AS statement, false AS standby, false AS hidden, NULL::bytea AS revision, NULL::bytea AS record";
    for (ours, theirs) in [
        ("%SELECT revision, record%", absent.to_owned()),
        ("UPDATE%SET revision%", touch.clone()),
        ("%changed AS (INSERT%", touch.clone()),
        ("%changed AS (DELETE%", touch),
        ("%unnest%", format!("SELECT * FROM {table} WHERE false")),
        ("%ORDER BY user_id LIMIT%", format!("SELECT * FROM {table} WHERE false")),
    ] {
        replace(store.pool(), ours, &theirs).await;
    }
    assert!(matches!(store.load(&user()).await, Err(Error::Misunderstood)));
    assert!(matches!(store.summaries(&[user()]).await, Err(Error::Misunderstood)));
    assert!(matches!(store.list(user().tenant(), None, 5).await, Err(Error::Misunderstood)));
    let swapped = store.compare_and_swap(&user(), Some(first), &record(2)).await;
    assert!(matches!(swapped, Err(Error::Misunderstood)), "{swapped:?}");
    let created = store.compare_and_swap(&nobody, None, &record(2)).await;
    assert!(matches!(created, Err(Error::Misunderstood)), "{created:?}");
    let removed = store.remove(&user(), first).await;
    assert!(matches!(removed, Err(Error::Misunderstood)), "{removed:?}");
    let other = PostgresStore::new(pool(place.options()).await).in_table(place.table());
    assert_eq!(number(&other.load(&user()).await.unwrap().unwrap()), 1);
}

/// Prepares something else under the name, and for the parameters, of a statement of ours.
async fn replace(pool: &PgPool, ours: &str, theirs: &str) {
    let mut connection = pool.acquire().await.unwrap();
    let find = "SELECT name || ' ' || array_to_string(parameter_types, ', ') FROM pg_prepared_statements WHERE statement LIKE $1";
    let found: String = sqlx::query_scalar(find).bind(ours).fetch_one(&mut *connection).await.unwrap();
    let (name, parameters) = found.split_once(' ').unwrap();
    let script = format!("DEALLOCATE {name}; PREPARE {name} ({parameters}) AS {theirs}");
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *connection).await.unwrap();
}
