//! The contracts, in each way that the store can be set up.

use second_factor::{
    Swap, UserStore,
    testing::{directory_contract, own_transaction, store_contract},
};
use second_factor_sqlx::{PostgresStore, Table};

use second_factor_testbed::records::no_write_is_lost;
use second_factor_testbed::records::{number, record, user};
use sqlx::AssertSqlSafe;

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let Some(place) = Place::new().await else { return };
    store_contract(|| place.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_of_the_directory() {
    let Some(place) = Place::new().await else { return };
    directory_contract(|| place.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contracts_with_simple_queries() {
    let Some(place) = Place::new().await else { return };
    let simple = || async { place.store().await.simple_queries() };
    store_contract(simple).await;
    directory_contract(simple).await;
}

/// Prepared or not, one store reads what the other wrote.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_where_some_prepare_and_others_do_not() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let Some(place) = Place::new().await else { return };
    let simple = AtomicBool::new(false);
    store_contract(|| async {
        let store = place.store().await;
        if simple.fetch_not(Ordering::SeqCst) { store.simple_queries() } else { store }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_keeps_the_contract_at_every_isolation_level() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    for level in ["read committed", "repeatable read", "serializable"] {
        let options = place.options().options([("default_transaction_isolation", level)]);
        store_contract(|| place.store_with(options.clone())).await;
    }
}

/// Two pools are as two servers: what each acknowledged was counted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_write_is_lost_between_two_pools() {
    let Some(place) = Place::new().await else { return };
    no_write_is_lost([place.store().await, place.store().await.simple_queries()], 25).await;
}

/// Vikunja, CVE-2026-35597: a login that fails and rolls back takes nothing of ours with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_the_host_that_rolls_back_takes_nothing_with_it() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    place.run(&format!("CREATE TABLE {}.logins (of TEXT)", place.schema)).await;
    let (pool, schema) = (store.pool().clone(), &place.schema);
    for store in [store.clone(), store.simple_queries()] {
        own_transaction(store, |call| async {
            let mut transaction = pool.begin().await.unwrap();
            let login = AssertSqlSafe(format!("INSERT INTO {schema}.logins VALUES ('ann')"));
            assert_eq!(sqlx::query(login).execute(&mut *transaction).await.unwrap().rows_affected(), 1);
            call.await;
            transaction.rollback().await.unwrap();
        })
        .await;
    }
    let logins = AssertSqlSafe(format!("SELECT count(*) FROM {schema}.logins"));
    assert_eq!(sqlx::query_scalar::<_, i64>(logins).fetch_one(&pool).await.unwrap(), 0);
}

/// Names that mean something to SQL are as good as others, and two tables are two places.
#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_the_one_that_was_named() {
    let Some(place) = Place::new().await else { return };
    let first = place.store().await;
    for name in ["user", "SELECT", "Second_Factor", "_1", &"x".repeat(48)] {
        let table = Table::new(name).unwrap().in_schema(&place.schema).unwrap();
        let store = first.clone().in_table(table.clone());
        assert!(store.load(&user()).await.is_err(), "{table} is not there yet");
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        assert!(store.load(&user()).await.unwrap().is_none());
        assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
        let found: Vec<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT user_id FROM {table}")))
            .fetch_all(store.pool())
            .await
            .unwrap();
        assert_eq!(found, [b"42"], "{table}");
    }
    assert!(first.load(&user()).await.unwrap().is_none());
}

/// A table of the same name in front of it, on the search path, changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn no_search_path_and_no_temporary_table_decides_which_table_is_meant() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let other = place.store_with(place.options().options([("search_path", "pg_temp")])).await;
    let mut connections = Vec::new();
    for _ in 0..5 {
        let mut connection = other.pool().acquire().await.unwrap();
        let hide =
            "CREATE TEMP TABLE second_factor (tenant bytea, user_id bytea, revision bytea, record bytea)";
        sqlx::raw_sql(hide).execute(&mut *connection).await.unwrap();
        connections.push(connection);
    }
    drop(connections);
    assert_eq!(number(&other.load(&user()).await.unwrap().unwrap()), 1);
}

#[tokio::test]
async fn connect_makes_a_pool_that_is_not_tested_before_each_use() {
    let Some(place) = Place::new().await else { return };
    let store = PostgresStore::connect(&place.url).await.unwrap().in_table(place.table());
    assert!(!store.pool().options().get_test_before_acquire());
    assert_eq!(store.pool().options().get_acquire_timeout(), std::time::Duration::from_secs(5));
    store.migrate().await.unwrap();
    assert!(store.load(&user()).await.unwrap().is_none());
    assert!(PostgresStore::connect("postgres://postgres@127.0.0.1:notaport/x").await.is_err());
}

#[test]
fn errors_travel_between_threads() {
    fn travels<T: std::error::Error + Send + Sync + 'static>() {}
    travels::<second_factor_sqlx::Error>();
    travels::<second_factor_sqlx::InvalidName>();
}
