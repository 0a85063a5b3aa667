//! A connection that was just used is at hand for the next question, and the pool is the host's all the same.

use std::time::Duration;

use second_factor::{Swap, UserStore};
use second_factor_sqlx::PostgresStore;
use second_factor_testbed::{
    postgres_url,
    records::{number, record, user},
};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::time::timeout;

use crate::{person::rest, place::Place};

const SOON: Duration = Duration::from_secs(2);

/// A store whose pool has one connection.
async fn with_one_connection(place: &Place) -> PostgresStore {
    let options = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
    let store =
        PostgresStore::new(options.connect_with(place.options()).await.unwrap()).in_table(place.table());
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    store
}

/// The process at the other end of the connection that the host is given.
async fn backend(pool: &PgPool) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_connection_goes_back_to_the_pool_a_moment_after_its_last_question() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    let store = with_one_connection(&place).await;
    let before = timeout(SOON, backend(store.pool())).await.unwrap();
    for _ in 0..3 {
        assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1);
        timeout(SOON, rest(store.pool())).await.unwrap();
    }
    assert_eq!(timeout(SOON, backend(store.pool())).await.unwrap(), before, "the same one, which lives on");
    store.load(&user()).await.unwrap();
    timeout(SOON, store.pool().close()).await.expect("the host can close its pool");
    assert!(store.load(&user()).await.is_err(), "and then it is closed");
}

/// Whoever waits at the pool is not kept waiting by a store that is never idle.
#[tokio::test(flavor = "multi_thread")]
async fn the_host_gets_the_only_connection_while_the_store_is_asked_without_end() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    let store = with_one_connection(&place).await;
    let asking: Vec<_> = [(); 4]
        .map(|()| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    store.load(&user()).await.unwrap().unwrap();
                }
            })
        })
        .into();
    for _ in 0..20 {
        timeout(SOON, backend(store.pool())).await.expect("the host's turn comes");
    }
    for task in asking {
        task.abort();
    }
}

/// What was asked and not awaited leaves nothing at hand: the next question gets the answer to itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_answer_nobody_awaited_is_not_kept() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    let store = with_one_connection(&place).await;
    for n in 1..30 {
        let (from, next) = (record(n).revision(), record(n + 1));
        let ann = user();
        // Some are dropped before the question was sent, some before the answer came, some not at all.
        let patience = Duration::from_micros(100 * (n % 8));
        let _perhaps = timeout(patience, store.compare_and_swap(&ann, Some(from), &next)).await;
        let again = store.compare_and_swap(&ann, Some(from), &next).await;
        assert!(matches!(again, Ok(Swap::Done | Swap::Conflict)), "{again:?}");
        assert_eq!(number(&store.load(&ann).await.unwrap().unwrap()), n + 1);
    }
}

/// A runtime that ends takes what it has at hand with it, and another one goes on with the same store.
#[test]
fn a_runtime_that_ends_leaves_nothing_behind() {
    if postgres_url().is_none() {
        return;
    }
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = run();
    let (_place, store) = first.block_on(async {
        let place = Place::new().await.unwrap();
        place.store().await;
        let store = with_one_connection(&place).await;
        assert_eq!(number(&store.load(&user()).await.unwrap().unwrap()), 1);
        (place, store)
    });
    drop(first);
    let second = run();
    second.block_on(async {
        let load = timeout(SOON, store.load(&user())).await.expect("the connection was given back");
        assert_eq!(number(&load.unwrap().unwrap()), 1);
    });
}
