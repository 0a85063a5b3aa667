//! Sign-ins a second on one SQLite file and on a PostgreSQL server, and how long one takes, for 1, 8 and 32 clients at once.
//!
//! `cargo bench -p second-factor-sqlx --bench load` writes into a directory of its own under the target directory, so that the disk is the
//! one that the build uses, and into a schema of its own on the server of `POSTGRES_URL`, or the one on this machine, if there is one; and
//! prints a table. `-- 10` measures each line for ten seconds instead of three, `-- sqlite` or `-- postgres` only that database.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod connection_each;
mod postgres;

use std::{env, path::Path, sync::Arc, time::Duration};

use connection_each::ConnectionEach;
use second_factor::MemoryStore;
use second_factor_sqlx::SqliteStore;
use second_factor_testbed::load::{
    Copies, Figures, Swaps, Users, each_until, load_and_swap, print, print_head, print_ratio,
};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tempfile::TempDir;

const CLIENTS: [usize; 3] = [1, 8, 32];

#[tokio::main]
async fn main() {
    let seconds = env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let at_least = Duration::from_secs(seconds);
    let only = env::args().find(|argument| ["sqlite", "postgres"].contains(&argument.as_str()));
    if only.as_deref() != Some("postgres") {
        sqlite(at_least).await;
    }
    if only.as_deref() != Some("sqlite") {
        postgres::measure(&CLIENTS, at_least).await;
    }
}

async fn sqlite(at_least: Duration) {
    println!("\nSQLite");
    print_head();
    for clients in CLIENTS {
        let memory = Users::enroll(MemoryStore::new()).await.verifications(clients, at_least).await;
        print(clients, "verifications in memory", &memory);
        let together = one_writer(clients, at_least).await;
        let apart = a_connection_each(clients, at_least).await;
        print_ratio(clients, "one writer : a connection each", &together.verifications, &apart.verifications);
        print_ratio(clients, "  the same without the library", &together.bare, &apart.bare);
        print_ratio(clients, "verifications : load and swap alone", &together.verifications, &together.bare);
    }
}

/// The same work through the library and without it.
struct Measured {
    verifications: Figures,
    bare: Figures,
}

/// The store under test.
async fn one_writer(clients: usize, at_least: Duration) -> Measured {
    let place = place();
    let store = SqliteStore::open(file(&place)).await.unwrap();
    store.migrate().await.unwrap();
    let users = Users::enroll(store.clone()).await;
    let copies = Copies::new(store.clone(), &store, &users, "copies").await;
    let (mut verifications, mut bare) = (Figures::default(), Figures::default());
    while verifications.elapsed() < at_least {
        verifications += users.round(clients).await;
        bare += copies.round(clients).await;
    }
    print(clients, "verifications, one writer", &verifications);
    print(clients, "load and swap alone, one writer", &bare);
    Measured { verifications, bare }
}

/// The baseline, on the same disk with the same settings.
async fn a_connection_each(clients: usize, at_least: Duration) -> Measured {
    let place = place();
    SqliteStore::open(file(&place)).await.unwrap().migrate().await.unwrap();
    let pool = pool(&file(&place), clients).await;
    let users = Users::enroll(ConnectionEach(pool.clone())).await;
    let verifications = users.verifications(clients, at_least).await;
    print(clients, "verifications, a connection each", &verifications);
    let bare = load_and_swap(Arc::new(ConnectionEach(pool.clone())), clients, at_least).await;
    print(clients, "load and swap alone, a connection each", &bare);

    let swaps = Swaps::new("swap", clients);
    let swapped = each_until(at_least, clients, move |client, round| {
        let (pool, swap) = (pool.clone(), swaps.next(client, round));
        async move {
            let statement = ConnectionEach::statement(&swap.user, swap.expected, &swap.next);
            assert_eq!(statement.execute(&pool).await.unwrap().rows_affected(), 1);
        }
    });
    print(clients, "swap alone, a connection each", &swapped.await);
    Measured { verifications, bare }
}

async fn pool(file: &Path, connections: usize) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(60));
    let connections = u32::try_from(connections).unwrap();
    SqlitePoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .unwrap()
}

fn place() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn file(place: &TempDir) -> std::path::PathBuf {
    place.path().join("records.db")
}
