//! Loads that arrive together are one statement, and each has an answer of its own.

use std::time::Duration;

use second_factor::{StoredRecord, Swap, UserStore};
use second_factor_sqlx::{Error, SqliteStore};
use sqlx::{Sqlite, pool::PoolConnection};
use tokio::{runtime::Builder, task::JoinHandle};

use super::place::{Place, create, in_line, in_time, number, record, revision, run, user};

type Loading = JoinHandle<Result<Option<StoredRecord>, Error>>;

/// A store with one connection, which is held: whoever loads gets in line.
async fn line(place: &Place, users: u64) -> (SqliteStore, PoolConnection<Sqlite>) {
    let store = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
    store.migrate().await.unwrap();
    for name in 0..users {
        assert_eq!(create(&store, name).await.await.unwrap().unwrap(), Swap::Done);
        if name % 2 == 1 {
            let swapped = store.compare_and_swap(&user(name), Some(revision(1)), &record(100 + name)).await;
            assert_eq!(swapped.unwrap(), Swap::Done);
        }
    }
    let held = store.pool().acquire().await.unwrap();
    (store, held)
}

async fn load(store: &SqliteStore, name: u64) -> Loading {
    let store = store.clone();
    in_line(async move { store.load(&user(name)).await }).await
}

/// The statements are of three sizes: each is filled, and exceeded by one. Every third asks for somebody who is not there.
#[tokio::test(flavor = "multi_thread")]
async fn each_has_the_record_of_its_user() {
    let place = Place::new();
    let users = 40;
    let (store, mut held) = line(&place, users).await;
    for count in [1, 2, 8, 9, 32, 33, 70] {
        let mut loading = Vec::new();
        for ask in 0..count {
            let name = if ask % 3 == 2 { 1000 + ask } else { (7 * ask) % users };
            loading.push((name, load(&store, name).await));
        }
        drop(held);
        for (name, loaded) in loading {
            let expected = match name {
                1000.. => None,
                odd if odd % 2 == 1 => Some(100 + odd),
                _ => Some(1),
            };
            let found = in_time(loaded).await.unwrap().unwrap();
            assert_eq!(found.as_ref().map(number), expected, "{name} of {count}");
        }
        held = in_time(store.pool().acquire()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_damaged_row_is_an_error_for_whom_it_concerns() {
    let place = Place::new();
    let (store, mut held) = line(&place, 4).await;
    for damage in [
        "PRAGMA ignore_check_constraints = ON",
        "UPDATE second_factor SET revision = x'00ff' WHERE user_id = x'31'",
    ] {
        sqlx::query(damage).execute(&mut *held).await.unwrap();
    }
    let mut loading = Vec::new();
    for name in 0..4 {
        loading.push(load(&store, name).await);
    }
    drop(held);
    let mut found = Vec::new();
    for loaded in loading {
        found.push(in_time(loaded).await.unwrap());
    }
    assert!(
        matches!(found[..], [Ok(Some(_)), Err(Error::Revision(2)), Ok(Some(_)), Ok(Some(_))]),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_missing_table_is_an_error_for_all_and_an_absence_for_nobody() {
    let place = Place::new();
    let (store, mut held) = line(&place, 4).await;
    sqlx::query("ALTER TABLE second_factor RENAME TO elsewhere").execute(&mut *held).await.unwrap();
    let mut loading = Vec::new();
    for name in 0..40 {
        loading.push(load(&store, name).await);
    }
    drop(held);
    for loaded in loading {
        assert!(matches!(in_time(loaded).await.unwrap(), Err(Error::Database(_))));
    }
    run(store.pool(), "ALTER TABLE elsewhere RENAME TO second_factor").await;
    assert!(store.load(&user(0)).await.unwrap().is_some(), "the next ones are answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_pool_that_stays_empty_is_an_error_for_all() {
    let place = Place::new();
    let options = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(200))
        .connect_with(place.options(Duration::from_secs(5)));
    let store = SqliteStore::new(options.await.unwrap());
    store.migrate().await.unwrap();
    let held = store.pool().acquire().await.unwrap();
    let (one, other) = (load(&store, 0).await, load(&store, 1).await);
    for loaded in [one, other] {
        assert!(matches!(in_time(loaded).await.unwrap(), Err(Error::Database(_))));
    }
    drop(held);
    assert!(store.load(&user(0)).await.unwrap().is_none());
}

/// Clause 4: each sees what was acknowledged before it was called, however many ask at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_load_sees_every_write_that_was_acknowledged_before_it() {
    let place = Place::new();
    let stores = [place.store().await, place.store().await];
    let clients: Vec<_> = (0..16)
        .map(|name| {
            let (writer, reader) = (stores[name as usize % 2].clone(), stores[name as usize / 2 % 2].clone());
            tokio::spawn(async move {
                for next in 1..60 {
                    let expected = (next > 1).then(|| revision(next - 1));
                    let swapped = writer.compare_and_swap(&user(name), expected, &record(next)).await;
                    assert_eq!(swapped.unwrap(), Swap::Done);
                    assert_eq!(number(&reader.load(&user(name)).await.unwrap().unwrap()), next);
                }
            })
        })
        .collect();
    for client in clients {
        in_time(client).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_first_may_go() {
    let place = Place::new();
    let (store, held) = line(&place, 4).await;
    let (going, staying) = (load(&store, 0).await, load(&store, 1).await);
    going.abort();
    assert!(going.await.unwrap_err().is_cancelled());
    drop(held);
    assert!(in_time(staying).await.unwrap().unwrap().is_some());
}

/// The reader runs on a runtime that ends while it waits for a connection: a load leaves nothing behind, so it is made again.
#[test]
fn those_in_line_are_answered_where_the_runtime_of_the_reader_has_ended() {
    let runtime = || Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (ending, staying) = (runtime(), runtime());
    let place = Place::new();
    let (store, held) = staying.block_on(line(&place, 4));
    let first = ending.block_on(load(&store, 0));
    let behind = staying.block_on(load(&store, 1));
    ending.shutdown_background();
    staying.block_on(async {
        assert!(in_time(first).await.unwrap_err().is_cancelled());
        drop(held);
        assert_eq!(number(&in_time(behind).await.unwrap().unwrap().unwrap()), 101);
    });
}
