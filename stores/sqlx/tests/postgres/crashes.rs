//! The server is killed, with everything that belongs to it (P1, P42, clause 2).

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use second_factor::{Swap, UserKey, UserStore, testing::durable};
use second_factor_sqlx::PostgresStore;
use second_factor_testbed::records::{number, record};
use second_factor_testbed::{Fault, Postgres, Proxy};
use sqlx::postgres::PgPoolOptions;

use crate::person::{Fate, Person, unavailable};

async fn open(url: &str, connections: u32) -> PostgresStore {
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(1));
    let store = PostgresStore::new(pool.test_before_acquire(false).connect(url).await.unwrap());
    store.migrate().await.unwrap();
    store.answer_within(Duration::from_secs(5))
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_server_killed_between_load_and_swap_has_spent_nothing() {
    let Some(server) = Postgres::start(&[]) else { return };
    let server = Arc::new(Mutex::new(server));
    let url = server.lock().unwrap().url();
    let person = Person::new(open(&url, 4).await, "42").await;
    let mut words = Vec::new();
    for is_right in [true, false] {
        let attempt = person.attempt().await;
        person.store.before_the_swap({
            let server = server.clone();
            move || server.lock().unwrap().kill()
        });
        let code = if is_right { &attempt.right } else { &attempt.wrong };
        let result = person.verify(&attempt.token, code).await;
        words.push(unavailable(&result).unwrap_or_else(|| panic!("{result:?}")));
        server.lock().unwrap().restart();
        assert_eq!(
            person.try_again(&attempt.right).await,
            Fate::Accepted,
            "the first call after it gets through"
        );
        assert_eq!(person.try_again(&attempt.right).await, Fate::Spent);
    }
    assert_eq!(words[0], words[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_server_killed_after_the_commit_and_before_its_answer_has_spent_the_code() {
    let Some(server) = Postgres::start(&[]) else { return };
    let proxy = Arc::new(Proxy::before(&server.url()));
    let server = Arc::new(Mutex::new(server));
    let person = Person::new(open(proxy.url(), 1).await, "42").await;
    let mut words = Vec::new();
    for is_right in [true, false] {
        let attempt = person.attempt().await;
        let writes = person.writes().await;
        person.store.before_the_swap({
            let (server, proxy) = (server.clone(), proxy.clone());
            move || {
                proxy.once(Fault::SwallowReply);
                thread::spawn(move || {
                    while !proxy.happened() {
                        thread::sleep(Duration::from_millis(1));
                    }
                    server.lock().unwrap().kill();
                });
            }
        });
        let code = if is_right { &attempt.right } else { &attempt.wrong };
        let result = person.verify(&attempt.token, code).await;
        words.push(unavailable(&result).unwrap_or_else(|| panic!("{result:?}")));
        server.lock().unwrap().restart();
        assert_eq!(
            person.writes().await,
            writes + 1,
            "what was committed is there, and the guess is counted"
        );
        let expected = if is_right { Fate::Spent } else { Fate::Accepted };
        assert_eq!(person.try_again(&attempt.right).await, expected);
        assert_eq!(person.try_again(&attempt.right).await, Fate::Spent);
    }
    assert_eq!(words[0], words[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_death_of_the_server() {
    let Some(server) = Postgres::start(&[]) else { return };
    let url = server.url();
    let server = Mutex::new(server);
    durable(|| open(&url, 4), || async { server.lock().unwrap().restart() }).await;
}

/// Many write, each to a record of its own, while the server is killed again and again: none of what it acknowledged is missing, and
/// nothing is there that was never written.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p1_no_acknowledged_write_is_lost_when_the_server_is_killed() {
    const WRITERS: u64 = 8;
    const CRASHES: u64 = 5;
    let Some(mut server) = Postgres::start(&[]) else { return };
    let store = open(&server.url(), 4).await;
    let mut acknowledged_in_all = 0;
    for crash in 0..CRASHES {
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (store, stop) = (store.clone(), stop.clone());
                let user = UserKey::new("acme", format!("{crash}-{writer}"));
                tokio::spawn(async move {
                    let (mut acknowledged, mut tried) = (None, 0);
                    while !stop.load(Ordering::SeqCst) {
                        tried += 1;
                        let expected = acknowledged.map(|number| record(number).revision());
                        match store.compare_and_swap(&user, expected, &record(tried)).await {
                            Ok(Swap::Done) => acknowledged = Some(tried),
                            Ok(Swap::Conflict) => panic!("nobody else writes here"),
                            // Down: from here on nobody knows.
                            Err(_) => break,
                        }
                    }
                    (user, acknowledged, tried)
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(150 + 70 * crash)).await;
        server.kill();
        stop.store(true, Ordering::SeqCst);
        let mut outcomes = Vec::new();
        for writer in writers {
            outcomes.push(writer.await.unwrap());
        }
        server.restart();
        for (user, acknowledged, tried) in outcomes {
            let found = store.load(&user).await.unwrap().map(|found| number(&found));
            assert!(
                found == acknowledged || found == Some(tried),
                "{user:?}: {found:?}, {acknowledged:?}, {tried}"
            );
            acknowledged_in_all += acknowledged.unwrap_or_default();
        }
    }
    assert!(acknowledged_in_all > WRITERS * CRASHES, "there was something to lose: {acknowledged_in_all}");
    println!("acknowledged before {CRASHES} crashes: {acknowledged_in_all}");
}
