//! What a verification costs.

use std::{fs, thread, time::Duration};

use second_factor_sqlx::PostgresStore;
use second_factor_testbed::{Postgres, Proxy};
use sqlx::postgres::PgPoolOptions;

use crate::{
    person::{Person, rest},
    place::Place,
};

/// A ping that nobody waits for: sqlx sends one whenever a connection goes back to the pool, as it does a moment after the swap.
const AFTERWARDS: u64 = 1;

async fn cost_of_a_verification(proxy: &Proxy, person: &Person) -> u64 {
    let attempt = person.attempt().await;
    rest(person.store.inner.pool()).await;
    let before = proxy.round_trips();
    assert!(person.verify(&attempt.token, &attempt.right).await.is_ok());
    rest(person.store.inner.pool()).await;
    proxy.round_trips() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_is_two_round_trips() {
    let Some(place) = Place::new().await else { return };
    place.store().await;
    let proxy = Proxy::before(&place.url);
    for (id, simple, tested, expected) in
        [("prepared", false, false, 2), ("simple", true, false, 2), ("prepared, tested", false, true, 3)]
    {
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(tested);
        let store = PostgresStore::new(pool.connect(proxy.url()).await.unwrap()).in_table(place.table());
        let person = Person::new(if simple { store.simple_queries() } else { store }, id).await;
        // From then on each statement is prepared on the one connection.
        cost_of_a_verification(&proxy, &person).await;
        assert_eq!(cost_of_a_verification(&proxy, &person).await, expected + AFTERWARDS, "{id}");
        person.store.inner.pool().close().await;
    }
}

/// The server's own word for it: one load, one swap, each prepared long before; no `BEGIN`, no `COMMIT`, no look at settings.
#[tokio::test(flavor = "multi_thread")]
async fn the_server_sees_two_statements() {
    let Some(server) = Postgres::start(&[("log_statement", "all"), ("log_min_duration_statement", "0")])
    else {
        return;
    };
    for simple in [false, true] {
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let store = PostgresStore::new(pool.connect(&server.url()).await.unwrap());
        store.migrate().await.unwrap();
        let person =
            Person::new(if simple { store.simple_queries() } else { store }, &simple.to_string()).await;
        let attempt = person.attempt().await;
        assert!(person.verify(&attempt.token, &attempt.right).await.is_ok());
        let attempt = person.attempt().await;
        let before = fs::read_to_string(server.log()).unwrap().len();
        assert!(person.verify(&attempt.token, &attempt.right).await.is_ok());
        // For the last lines of the log.
        thread::sleep(Duration::from_millis(300));
        let log = fs::read_to_string(server.log()).unwrap()[before..].to_owned();
        let executed: Vec<_> =
            log.lines().filter(|line| line.contains("execute ") || line.contains("statement: ")).collect();
        assert_eq!(executed.len(), 2, "simple: {simple}");
        assert!(executed[0].contains("SELECT revision, record FROM"), "simple: {simple}");
        assert!(executed[1].contains("UPDATE \"public\".\"second_factor\" SET"), "simple: {simple}");
        assert!(!log.contains("ms  parse "), "nothing is prepared any more");
    }
}
