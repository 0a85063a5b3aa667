//! A program of its own, because it counts its threads: none is left once the last handle on a store is gone.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used)]

use std::{fs, thread, time::Duration};

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use second_factor_sqlx::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Builder;

/// Those of the driver, which has one for each connection.
fn threads() -> usize {
    let named = |task: std::io::Result<fs::DirEntry>| fs::read_to_string(task.ok()?.path().join("comm")).ok();
    fs::read_dir("/proc/self/task").unwrap().filter_map(named).filter(|name| name.starts_with("sqlx")).count()
}

async fn create(store: SqliteStore, name: u64) -> Swap {
    let record = StoredRecord::new(Revision::from_bytes([1; 16]), vec![1]);
    store.compare_and_swap(&UserKey::new("acme", name.to_string()), None, &record).await.unwrap()
}

fn none_is_left() {
    let mut looks = 0;
    while threads() > 0 {
        assert!(looks < 2_000, "{} threads are left", threads());
        thread::sleep(Duration::from_millis(5));
        looks += 1;
    }
}

#[test]
fn no_thread_outlives_the_last_handle() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("records.db");
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();

    // At rest.
    runtime.block_on(async {
        let store = SqliteStore::open(&file).await.unwrap();
        store.migrate().await.unwrap();
        let writing: Vec<_> = (0..50).map(|name| tokio::spawn(create(store.clone(), name))).collect();
        for written in writing {
            assert_eq!(written.await.unwrap(), Swap::Done);
        }
        assert!(threads() > 0, "they are found by their names");
    });
    none_is_left();

    // With a writer that holds the last handle, for its callers are gone.
    runtime.block_on(async {
        let store = SqliteStore::open(&file).await.unwrap();
        let writing: Vec<_> = (50..100).map(|name| tokio::spawn(create(store.clone(), name))).collect();
        tokio::task::yield_now().await;
        writing.iter().for_each(tokio::task::JoinHandle::abort);
    });
    none_is_left();

    // With the runtime ending under a writer at work.
    let store = runtime.block_on(SqliteStore::open(&file)).unwrap();
    for name in 100..150 {
        runtime.spawn(create(store.clone(), name));
    }
    thread::sleep(Duration::from_millis(2));
    drop(runtime);
    drop(store);
    none_is_left();
}
