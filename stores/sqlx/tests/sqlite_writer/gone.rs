//! Callers that go away, and runtimes that end.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use second_factor::{Swap, UserStore};
use second_factor_sqlx::{Error, SqliteStore};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use super::place::{Place, create, create_all, in_time, number, record, run, user};

/// User 1 cannot be created in less than a good while.
const SLOW: &str = "CREATE TRIGGER slow AFTER INSERT ON second_factor WHEN NEW.user_id = x'31' BEGIN \
     SELECT max(n) FROM (WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 1000000) \
     SELECT n FROM count); END";

/// Polls a call that comes first `polls` times and drops it, with others in line behind it.
async fn abandon_the_first(store: &SqliteStore, name: u64, polls: usize) {
    let (first, next) = (user(name), record(1));
    let mut call = pin!(store.compare_and_swap(&first, None, &next));
    let mut polled = 0;
    poll_fn(|cx| {
        if polled == polls {
            return Poll::Ready(());
        }
        polled += 1;
        match call.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending if polled == polls => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_first_may_go_at_any_poll() {
    for polls in 0..8 {
        let place = Place::new();
        let store = place.store().await;
        let lock = place.lock().await;
        let going = abandon_the_first(&store, 0, polls);
        let unlocking = async {
            place.a_while().await;
            lock.rollback().await.unwrap();
        };
        let staying = create_all(&store, 1..4);
        let ((), staying, ()) = tokio::join!(going, staying, unlocking);
        stayed(&store, staying).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_first_in_a_transaction_may_go_at_any_poll() {
    for polls in 0..8 {
        let place = Place::new();
        let store = place.store().await;
        let line = place.line(&store).await;
        let going = abandon_the_first(&store, 0, polls);
        let staying = async {
            let staying = create_all(&store, 1..4).await;
            line.go().await;
            staying
        };
        let ((), staying) = tokio::join!(going, staying);
        stayed(&store, staying).await;
    }
}

/// They have their answer, and user 0 is there or not.
async fn stayed(store: &SqliteStore, staying: Vec<JoinHandle<Result<Swap, Error>>>) {
    for stayed in staying {
        assert_eq!(in_time(stayed).await.unwrap().unwrap(), Swap::Done);
    }
    if let Some(found) = store.load(&user(0)).await.unwrap() {
        assert_eq!(number(&found), 1);
    }
}

/// The same at any moment: the first of each round is aborted while its transaction runs.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_first_may_go_at_any_moment() {
    let place = Place::new();
    let store = place.store().await;
    for round in 0..100 {
        let name = round * 4;
        let going = create(&store, name).await;
        let staying = create_all(&store, name + 1..name + 4).await;
        tokio::time::sleep(Duration::from_micros(round * 20)).await;
        going.abort();
        for stayed in staying {
            assert_eq!(in_time(stayed).await.unwrap().unwrap(), Swap::Done, "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_caller_is_gone_before_the_transaction_is_not_written() {
    let place = Place::new();
    let store = place.store().await;
    let line = place.line(&store).await;
    let (going, staying) = (create(&store, 0).await, create(&store, 1).await);
    going.abort();
    assert!(going.await.unwrap_err().is_cancelled());
    line.go().await;
    assert_eq!(in_time(staying).await.unwrap().unwrap(), Swap::Done);
    assert!(store.load(&user(0)).await.unwrap().is_none());
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// The writer runs on a runtime that ends while it waits for the lock; others stand in line behind it.
#[test]
fn those_in_line_go_on_where_the_runtime_of_the_writer_has_ended() {
    let (ending, staying) = (runtime(), runtime());
    let place = Place::new();
    let store = staying.block_on(place.store());
    let lock = staying.block_on(place.lock());

    let first = ending.block_on(create(&store, 0));
    staying.block_on(place.until_the_writer_waits(&store));
    let behind = staying.block_on(create_all(&store, 1..4));
    ending.shutdown_background();
    staying.block_on(async {
        assert!(in_time(first).await.unwrap_err().is_cancelled());
        lock.rollback().await.unwrap();
        for waited in behind {
            assert_eq!(in_time(waited).await.unwrap().unwrap(), Swap::Done);
        }
        assert_eq!(
            in_time(create(&store, 4).await).await.unwrap().unwrap(),
            Swap::Done,
            "the store is good again"
        );
    });
}

/// The runtime ends in the middle of a transaction: whoever is part of it learns that it is open what came of it, and nobody else does.
#[test]
fn p42_a_transaction_whose_runtime_has_ended_is_an_error_for_all_of_it() {
    let (ending, staying) = (runtime(), runtime());
    let place = Place::new();
    let store = staying.block_on(place.store());
    staying.block_on(run(store.pool(), SLOW));
    let lock = staying.block_on(place.lock());

    let ahead = ending.block_on(create(&store, u64::MAX));
    staying.block_on(place.until_the_writer_waits(&store));
    let first = ending.block_on(create(&store, 0));
    let behind = staying.block_on(create_all(&store, 1..3));
    staying.block_on(async {
        lock.rollback().await.unwrap();
        assert_eq!(in_time(ahead).await.unwrap().unwrap(), Swap::Done);
        place.a_while().await;
    });
    let later = staying.block_on(create(&store, 3));
    assert!(!later.is_finished(), "the transaction still runs");
    ending.shutdown_background();

    staying.block_on(async {
        assert!(in_time(first).await.unwrap_err().is_cancelled());
        for begun in behind {
            assert!(matches!(in_time(begun).await.unwrap(), Err(Error::Abandoned)));
        }
        assert_eq!(in_time(later).await.unwrap().unwrap(), Swap::Done, "it had not been begun");
        let found = store.load(&user(0)).await.unwrap().is_some();
        for name in 1..3 {
            assert_eq!(store.load(&user(name)).await.unwrap().is_some(), found, "all or none");
        }
    });
}

#[test]
fn a_store_goes_from_runtime_to_runtime() {
    let place = Place::new();
    let store = runtime().block_on(place.store());
    for name in 0..5 {
        let done = Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let others = create_all(&store, 100 * name + 1..100 * name + 4).await;
            let done = in_time(create(&store, 100 * name).await).await.unwrap().unwrap();
            for other in others {
                other.abort();
            }
            done
        });
        assert_eq!(done, Swap::Done);
    }
}
