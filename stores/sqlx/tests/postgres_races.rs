//! One PostgreSQL database, eight processes of the operating system: nothing that is good once is accepted twice, and no guess goes uncounted,
//! also if some of the processes are killed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, dead_code, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "real servers take real time")]

#[path = "postgres/place.rs"]
mod place;

use std::env;

use second_factor::testing::{ProcessRace, ReadsComparesWrites, race_process};
use second_factor_sqlx::{PostgresStore, Table};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use place::Place;

/// Where the table is, how transactions are isolated, and whether the processes are to break clause 1 on it.
const URL: &str = "SECOND_FACTOR_RACE_URL";
const SCHEMA: &str = "SECOND_FACTOR_RACE_SCHEMA";
const ISOLATION: &str = "SECOND_FACTOR_RACE_ISOLATION";
const BROKEN: &str = "SECOND_FACTOR_RACE_BROKEN";

/// Not a test: the way into this program for the processes that the races start. Without them it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn process() {
    let open = || async {
        let options: PgConnectOptions = env::var(URL).unwrap().parse().unwrap();
        let isolation = env::var(ISOLATION).unwrap_or_else(|_| "read committed".to_owned());
        let options = options.options([("default_transaction_isolation", isolation)]);
        // One for each, for the server has some hundred.
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let table = Table::default().in_schema(&env::var(SCHEMA).unwrap()).unwrap();
        PostgresStore::new(pool.connect_with(options).await.unwrap()).in_table(table)
    };
    match env::var(BROKEN) {
        Ok(_) => race_process(|| async { ReadsComparesWrites(open().await) }).await,
        Err(_) => race_process(open).await,
    }
}

fn race(place: &Place) -> ProcessRace {
    ProcessRace::new("process").env(URL, &place.url).env(SCHEMA, &place.schema)
}

/// What a race said that had to fail.
async fn said(race: impl Future<Output = ()> + Send + 'static) -> String {
    *tokio::spawn(race).await.unwrap_err().into_panic().downcast::<String>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_what_is_good_once_is_accepted_once_by_eight_processes() {
    let Some(place) = Place::new().await else { return };
    race(&place).single_use(place.store().await).await;
}

/// Where PostgreSQL takes writes back instead of letting them wait and look again, nothing is accepted twice and nobody gets an error.
#[tokio::test(flavor = "multi_thread")]
async fn p1_what_is_good_once_is_accepted_once_where_transactions_are_serializable() {
    let Some(place) = Place::new().await else { return };
    for isolation in ["repeatable read", "serializable"] {
        race(&place).env(ISOLATION, isolation).rounds(20).single_use(place.store().await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_no_guess_of_eight_processes_goes_uncounted() {
    let Some(place) = Place::new().await else { return };
    race(&place).guesses(place.store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_killed_processes_let_nobody_in_twice_and_lock_nobody_out() {
    let Some(place) = Place::new().await else { return };
    race(&place).killed(place.store().await).await;
}

/// The controls: the same races do find a store that breaks clause 1 in the same table.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_accepts_a_code_more_than_once() {
    let Some(place) = Place::new().await else { return };
    let (race, store) = (race(&place).env(BROKEN, "yes"), place.store().await);
    let said = said(async move { race.single_use(store).await }).await;
    assert!(said.contains("clause 1 (compare and swap): one code of an app, round"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_looks_at_more_guesses_than_it_counts() {
    let Some(place) = Place::new().await else { return };
    let (race, store) = (race(&place).env(BROKEN, "yes"), place.store().await);
    let said = said(async move { race.guesses(store).await }).await;
    assert!(said.contains("clause 1 (compare and swap): a burst of 200 wrong codes"), "{said}");
}
