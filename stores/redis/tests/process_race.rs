//! One Redis, eight processes of the operating system: nothing that is good once is accepted twice, and no guess goes uncounted, also if
//! some of the processes are killed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::env;

use second_factor::testing::{ProcessRace, ReadsComparesWrites, race_process};
use second_factor_redis::RedisStore;
use support::Place;

/// Where the records are, and whether the processes are to break clause 1 on them.
const URL: &str = "SECOND_FACTOR_RACE_URL";
const PREFIX: &str = "SECOND_FACTOR_RACE_PREFIX";
const BROKEN: &str = "SECOND_FACTOR_RACE_BROKEN";

/// Not a test: the way into this program for the processes that the races start. Without them it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn process() {
    let open = || async {
        let builder = RedisStore::builder(env::var(URL).unwrap()).prefix(env::var(PREFIX).unwrap());
        builder.accept_loss_on_crash().open().await.unwrap()
    };
    match env::var(BROKEN) {
        Ok(_) => race_process(|| async { ReadsComparesWrites(open().await) }).await,
        Err(_) => race_process(open).await,
    }
}

fn race(place: &Place) -> ProcessRace {
    ProcessRace::new("process").env(URL, &place.url).env(PREFIX, &place.prefix)
}

/// What a race said that had to fail.
async fn said(race: impl Future<Output = ()> + Send + 'static) -> String {
    *tokio::spawn(race).await.unwrap_err().into_panic().downcast::<String>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_what_is_good_once_is_accepted_once_by_eight_processes() {
    let Some(place) = Place::new() else { return };
    race(&place).single_use(place.store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_no_guess_of_eight_processes_goes_uncounted() {
    let Some(place) = Place::new() else { return };
    race(&place).guesses(place.store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_killed_processes_let_nobody_in_twice_and_lock_nobody_out() {
    let Some(place) = Place::new() else { return };
    race(&place).killed(place.store().await).await;
}

/// The controls: the same races do find a store that breaks clause 1 on the same Redis.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_accepts_a_code_more_than_once() {
    let Some(place) = Place::new() else { return };
    let (race, store) = (race(&place).env(BROKEN, "yes"), place.store().await);
    let said = said(async move { race.single_use(store).await }).await;
    assert!(said.contains("clause 1 (compare and swap): one code of an app, round 0"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_looks_at_more_guesses_than_it_counts() {
    let Some(place) = Place::new() else { return };
    let (race, store) = (race(&place).env(BROKEN, "yes"), place.store().await);
    let said = said(async move { race.guesses(store).await }).await;
    assert!(said.contains("clause 1 (compare and swap): a burst of 200 wrong codes"), "{said}");
}
