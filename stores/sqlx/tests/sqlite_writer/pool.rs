//! The connections are the host's: the writer has one only while there is work, and not for good even then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use second_factor::{Swap, UserStore};
use second_factor_sqlx::SqliteStore;
use sqlx::sqlite::SqlitePool;
use tokio::task::JoinHandle;

use super::place::{Place, create, create_all, in_line, in_time, record, revision, run, user};

/// Clients that write without a pause until they are stopped.
struct Pressure {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<u64>>,
}

impl Pressure {
    fn start(store: &SqliteStore) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (1000..1016)
            .map(|name| {
                let (store, stop) = (store.clone(), Arc::clone(&stop));
                tokio::spawn(async move {
                    let (mut expected, mut written) = (None, 0);
                    while !stop.load(Ordering::Relaxed) {
                        let next = record(written + 1);
                        let swap = store.compare_and_swap(&user(name), expected, &next).await.unwrap();
                        assert_eq!(swap, Swap::Done);
                        written += 1;
                        expected = Some(revision(written));
                    }
                    written
                })
            })
            .collect();
        Self { stop, clients }
    }

    /// How many writes there were.
    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let mut written = 0;
        for client in self.clients {
            written += in_time(client).await.unwrap();
        }
        written
    }
}

async fn host_writes(pool: &SqlitePool) {
    run(pool, "CREATE TABLE IF NOT EXISTS host (n INTEGER)").await;
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    sqlx::query("INSERT INTO host VALUES (1)").execute(&mut *transaction).await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    transaction.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_reads_and_writes_under_pressure_also_with_a_single_connection() {
    for connections in [1, 2, 10] {
        let place = Place::new();
        let store = SqliteStore::new(place.pool(connections, Duration::from_secs(5)).await);
        store.migrate().await.unwrap();
        let pressure = Pressure::start(&store);
        place.a_while().await;
        for name in 0..5 {
            in_time(host_writes(store.pool())).await;
            assert!(in_time(store.load(&user(name))).await.unwrap().is_none());
        }
        assert!(pressure.end().await > 16);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_store_holds_no_connection() {
    let place = Place::new();
    let store = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
    store.migrate().await.unwrap();
    for name in 0..20 {
        assert_eq!(create(&store, name).await.await.unwrap().unwrap(), Swap::Done);
    }
    let of_the_host = in_time(store.pool().acquire()).await.unwrap();
    drop(of_the_host);
    assert_eq!(create(&store, 20).await.await.unwrap().unwrap(), Swap::Done);
}

/// Another process on the same file gets its turn, too.
#[tokio::test(flavor = "multi_thread")]
async fn another_store_on_the_file_writes_under_pressure() {
    let place = Place::new();
    let (store, other) = (place.store().await, place.store().await);
    let pressure = Pressure::start(&store);
    place.a_while().await;
    for name in 0..10 {
        assert_eq!(in_time(create(&other, name).await).await.unwrap().unwrap(), Swap::Done);
    }
    assert!(pressure.end().await > 16);
}

/// The line never ends, and the host has its connection after 16 transactions of 128.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_the_last_connection_has_it_before_the_line_ends() {
    let place = Place::new();
    let store = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
    store.migrate().await.unwrap();
    let line = place.line(&store).await;
    let creating = create_all(&store, 0..3 * 16 * 128).await;
    let pool = store.pool().clone();
    let host = in_line(async move {
        let mut connection = pool.acquire().await.unwrap();
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM second_factor").fetch_one(&mut *connection).await
    });
    let host = host.await;
    line.go().await;
    let there = in_time(host).await.unwrap().unwrap();
    assert_eq!(there, 16 * 128 - 127, "the first of the 16 was the write ahead");
    for created in creating {
        assert_eq!(in_time(created).await.unwrap().unwrap(), Swap::Done);
    }
}
