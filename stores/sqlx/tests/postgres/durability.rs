//! What is acknowledged survives, or is not acknowledged (clause 2); what is read is current (clause 4) and whole (clause 6).

use second_factor::{Swap, UserDirectory, UserStore};
use second_factor_sqlx::{Error, PostgresStore};
use second_factor_testbed::Postgres;
use second_factor_testbed::records::{number, record, user};
use sqlx::{Connection, PgConnection, postgres::PgPoolOptions};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_could_lose_a_write_are_refused_and_nothing_is_written() {
    let Some(place) = Place::new().await else { return };
    let first = place.store().await;
    for (setting, durable) in
        [("on", true), ("remote_apply", true), ("off", false), ("local", false), ("remote_write", false)]
    {
        let store = place.store_with(place.options().options([("synchronous_commit", setting)])).await;
        for store in [store.clone(), store.simple_queries()] {
            let swapped = store.compare_and_swap(&user(), None, &record(1)).await;
            if durable {
                store.migrate().await.unwrap();
                assert_eq!(swapped.unwrap(), Swap::Done, "{setting}");
                let one = record(1).revision();
                assert_eq!(store.compare_and_swap(&user(), Some(one), &record(2)).await.unwrap(), Swap::Done);
                assert_eq!(
                    store.remove(&user(), record(2).revision()).await.unwrap(),
                    Swap::Done,
                    "{setting}"
                );
                continue;
            }
            assert!(matches!(swapped, Err(Error::NotDurable { .. })), "{setting}: {swapped:?}");
            assert!(first.load(&user()).await.unwrap().is_none(), "{setting}");
            assert!(matches!(store.migrate().await, Err(Error::NotDurable { .. })), "{setting}");

            assert_eq!(first.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
            let one = record(1).revision();
            let swapped = store.compare_and_swap(&user(), Some(one), &record(2)).await;
            assert!(matches!(swapped, Err(Error::NotDurable { .. })), "{setting}: {swapped:?}");
            let removed = store.remove(&user(), one).await;
            assert!(matches!(removed, Err(Error::NotDurable { .. })), "{setting}: {removed:?}");
            assert_eq!(number(&first.load(&user()).await.unwrap().unwrap()), 1, "{setting}");
            assert_eq!(first.remove(&user(), one).await.unwrap(), Swap::Done);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_changes_later_is_noticed_whoever_changes_it() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    let role = place.role("ALL").await;
    let pool =
        PgPoolOptions::new().max_connections(1).connect_with(place.options().username(&role)).await.unwrap();
    let store = PostgresStore::new(pool).in_table(place.table());
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let first = record(1).revision();

    // For the session, of which there is one.
    sqlx::raw_sql("SET synchronous_commit = off").execute(store.pool()).await.unwrap();
    let swapped = store.compare_and_swap(&user(), Some(first), &record(2)).await;
    assert!(matches!(swapped, Err(Error::NotDurable { .. })), "{swapped:?}");
    sqlx::raw_sql("RESET synchronous_commit").execute(store.pool()).await.unwrap();
    assert_eq!(store.compare_and_swap(&user(), Some(first), &record(2)).await.unwrap(), Swap::Done);

    // For the role, from the next connection on.
    place.run(&format!("ALTER ROLE {role} SET synchronous_commit = local")).await;
    let store = place.store_with(place.options().username(&role)).await;
    let second = record(2).revision();
    let swapped = store.compare_and_swap(&user(), Some(second), &record(3)).await;
    assert!(matches!(swapped, Err(Error::NotDurable { .. })), "{swapped:?}");
    assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_sync_is_refused() {
    let Some(server) = Postgres::start(&[("fsync", "off")]) else { return };
    let store = PostgresStore::connect(&server.url()).await.unwrap();
    assert_eq!(
        store.migrate().await.unwrap_err().to_string(),
        "an acknowledged write could be lost in a power failure: fsync = off, synchronous_commit = on; \
         use fsync = on with synchronous_commit = on"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(store.schema())).execute(store.pool()).await.unwrap();
    let swapped = store.compare_and_swap(&user(), None, &record(1)).await;
    assert!(matches!(swapped, Err(Error::NotDurable { .. })), "{swapped:?}");
    assert!(store.load(&user()).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_a_crash_would_empty_is_refused() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    place.run(&format!("ALTER TABLE {} SET UNLOGGED", place.table())).await;
    let refused = store.migrate().await.unwrap_err();
    assert!(refused.to_string().contains("relpersistence = u"), "{refused}");
    place.run(&format!("ALTER TABLE {} SET LOGGED", place.table())).await;
    store.migrate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_server_that_follows_another_one_is_not_asked() {
    let Some(mut server) = Postgres::start(&[]) else { return };
    let store = PostgresStore::connect(&server.url()).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    store.pool().close().await;

    server.kill();
    std::fs::write(server.data().join("standby.signal"), "").unwrap();
    server.restart();
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM second_factor").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows, 1, "it does show something");

    let store = PostgresStore::connect(&server.url()).await.unwrap();
    for store in [store.clone(), store.simple_queries()] {
        assert!(matches!(store.migrate().await, Err(Error::Standby)));
        assert!(matches!(store.load(&user()).await, Err(Error::Standby)));
        assert!(matches!(store.load(&second_factor::UserKey::new("acme", "43")).await, Err(Error::Standby)));
        assert!(matches!(store.summaries(&[user()]).await, Err(Error::Standby)));
        assert!(matches!(store.list(user().tenant(), None, 1).await, Err(Error::Standby)));
        let next = record(2);
        assert!(store.compare_and_swap(&user(), Some(record(1).revision()), &next).await.is_err());
        assert!(store.remove(&user(), record(1).revision()).await.is_err());
    }
}

/// A host that turns row-level security on for every table, as some platforms advise, would otherwise turn the second factor off.
#[tokio::test(flavor = "multi_thread")]
async fn p42_rows_that_are_hidden_from_the_role_are_not_absent() {
    let Some(place) = Place::new().await else { return };
    let table = place.table();
    let owner = place.store().await;
    assert_eq!(owner.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let role = place.role("ALL").await;
    let store = place.store_with(place.options().username(&role)).await;
    store.migrate().await.unwrap();
    assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1);

    place.run(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await;
    let seen: Option<i32> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT 1 FROM {table}")))
        .fetch_optional(store.pool())
        .await
        .unwrap();
    assert_eq!(seen, None, "the role sees nobody");
    assert!(matches!(store.load(&user()).await, Err(Error::RowSecurity)));
    assert!(matches!(store.summaries(&[user()]).await, Err(Error::RowSecurity)));
    assert!(matches!(store.list(user().tenant(), None, 1).await, Err(Error::RowSecurity)));
    assert!(matches!(store.migrate().await, Err(Error::RowSecurity)));
    assert_eq!(number(&owner.load(&user()).await.unwrap().unwrap()), 1, "nothing is hidden from the owner");
}
