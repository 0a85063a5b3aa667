//! What goes wrong on the way to the server, in the middle of a verification (P20, P42).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use second_factor::{Swap, UserStore};
use second_factor_sqlx::{Error, PostgresStore};
use second_factor_testbed::records::{record, user};
use second_factor_testbed::{Fault, Proxy};
use sqlx::postgres::PgPoolOptions;

use crate::{
    person::{Fate, Person, rest, unavailable},
    place::Place,
};

const PATIENCE: Duration = Duration::from_millis(400);

/// A store behind a proxy. With one connection it is known on which one each statement is sent, and that it is prepared there.
async fn behind(proxy: &Proxy, place: &Place, connections: u32) -> PostgresStore {
    place.store().await;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE * 2)
        .test_before_acquire(false);
    let pool = pool.connect(proxy.url()).await.unwrap();
    PostgresStore::new(pool).in_table(place.table()).answer_within(PATIENCE)
}

/// The wire fails between the load and the swap, and goes on failing until nobody waits any more. Nobody learns whether the code was right; and
/// after that it is good at most once.
#[tokio::test(flavor = "multi_thread")]
async fn p42_an_outage_during_the_swap_is_the_same_for_right_and_wrong_codes() {
    let Some(place) = Place::new().await else { return };
    let proxy = Arc::new(Proxy::before(&place.url));
    let store = behind(&proxy, &place, 1).await;
    let person = Person::new(store, "42").await;
    for (fault, was_written) in [
        (Fault::CutRequest, false),
        (Fault::CutReply, true),
        (Fault::SwallowRequest, false),
        (Fault::SwallowReply, true),
    ] {
        let mut words = Vec::new();
        for is_right in [true, false] {
            let attempt = person.attempt().await;
            let code = if is_right { &attempt.right } else { &attempt.wrong };
            let writes = person.writes().await;
            person.store.before_the_swap({
                let proxy = proxy.clone();
                move || proxy.set(fault)
            });
            let result = person.verify(&attempt.token, code).await;
            words.push(unavailable(&result).unwrap_or_else(|| panic!("{fault:?}: {result:?}")));
            proxy.set(Fault::None);

            assert_eq!(
                person.writes().await,
                writes + u64::from(was_written),
                "{fault:?}, right: {is_right}"
            );
            let expected = if is_right && was_written { Fate::Spent } else { Fate::Accepted };
            assert_eq!(person.try_again(&attempt.right).await, expected, "{fault:?}, right: {is_right}");
            assert_eq!(person.try_again(&attempt.right).await, Fate::Spent, "{fault:?}");
        }
        assert_eq!(words[0], words[1], "{fault:?}");
    }
}

/// The wire fails once. Whether the request got through or not: the code is accepted, and was written once.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_swap_whose_connection_was_cut_happens_once_and_is_acknowledged() {
    let Some(place) = Place::new().await else { return };
    let proxy = Arc::new(Proxy::before(&place.url));
    let store = behind(&proxy, &place, 1).await;
    for (id, store) in [("42", store.clone()), ("43", store.simple_queries())] {
        let person = Person::new(store, id).await;
        for fault in [Fault::CutRequest, Fault::CutReply] {
            let attempt = person.attempt().await;
            let writes = person.writes().await;
            person.store.before_the_swap({
                let proxy = proxy.clone();
                move || proxy.once(fault)
            });
            let signed_in = person.verify(&attempt.token, &attempt.right).await.unwrap();
            assert!(signed_in.assurance().is_second_factor());
            assert!(proxy.happened(), "{fault:?}");
            assert_eq!(person.writes().await, writes + 1, "{fault:?}");
            assert_eq!(person.try_again(&attempt.right).await, Fate::Spent, "{fault:?}");
        }
        // The answer is lost, and nothing is known of it but what a reload finds: the revision that was to be written.
        let attempt = person.attempt().await;
        person.store.before_the_swap({
            let proxy = proxy.clone();
            move || proxy.once(Fault::SwallowReply)
        });
        assert!(person.verify(&attempt.token, &attempt.right).await.is_ok());
        assert!(proxy.happened());
        assert_eq!(person.try_again(&attempt.right).await, Fate::Spent);
    }
}

/// An outage before anything was read is an error as well, and not "no second factor".
#[tokio::test(flavor = "multi_thread")]
async fn p42_an_outage_before_the_load_is_an_error() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::before(&place.url);
    let person = Person::new(behind(&proxy, &place, 1).await, "42").await;
    for fault in [Fault::CutRequest, Fault::CutReply, Fault::SwallowRequest, Fault::SwallowReply] {
        let attempt = person.attempt().await;
        proxy.set(fault);
        let right = unavailable(&person.verify(&attempt.token, &attempt.right).await).unwrap();
        let wrong = unavailable(&person.verify(&attempt.token, &attempt.wrong).await).unwrap();
        assert_eq!(right, wrong, "{fault:?}");
        proxy.set(Fault::None);
        assert_eq!(person.try_again(&attempt.right).await, Fate::Accepted, "{fault:?}");
    }
}

/// Connections that died while they rested in the pool are not the user's trouble.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_in_the_pool_are_replaced() {
    const MANY: u32 = 8;
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::before(&place.url);
    let store = behind(&proxy, &place, MANY).await;
    let person = Person::new(store.clone(), "42").await;
    for _ in 0..3 {
        let attempt = person.attempt().await;
        let mut connections = Vec::new();
        for _ in 0..MANY {
            connections.push(store.pool().acquire().await.unwrap());
        }
        drop(connections);
        rest(store.pool()).await;
        proxy.cut();
        assert!(person.verify(&attempt.token, &attempt.right).await.is_ok());
        assert_eq!(person.try_again(&attempt.right).await, Fate::Spent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_an_exhausted_pool_is_an_error_in_time_and_recovers() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::before(&place.url);
    let store = behind(&proxy, &place, 4).await;
    let person = Person::new(store.clone(), "42").await;
    let attempt = person.attempt().await;
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(store.pool().acquire().await.unwrap());
    }
    let start = Instant::now();
    let right = unavailable(&person.verify(&attempt.token, &attempt.right).await).unwrap();
    assert!(start.elapsed() >= PATIENCE * 2 && start.elapsed() < PATIENCE * 6, "{:?}", start.elapsed());
    assert_eq!(right, unavailable(&person.verify(&attempt.token, &attempt.wrong).await).unwrap());
    drop(taken);
    assert_eq!(person.try_again(&attempt.right).await, Fate::Accepted);
    assert_eq!(person.try_again(&attempt.right).await, Fate::Spent);
}

/// Calls that were given up, by the host or by the store, keep no place in the pool, even if their answers never come.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_were_given_up_do_not_fill_the_pool() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::before(&place.url);
    let store = behind(&proxy, &place, 4).await;
    for patient in [false, true] {
        for _ in 0..6 {
            assert!(store.load(&user()).await.unwrap().is_none());
            rest(store.pool()).await;
            proxy.once(Fault::SwallowReply);
            if patient {
                assert!(matches!(store.load(&user()).await, Err(Error::TimedOut(_))));
            } else {
                let given_up = tokio::time::timeout(PATIENCE / 4, store.load(&user())).await;
                assert!(given_up.is_err());
            }
            assert!(proxy.happened());
        }
    }
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
}
