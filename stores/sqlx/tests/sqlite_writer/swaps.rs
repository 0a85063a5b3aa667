//! Swaps of different users, which are one statement.

use std::time::Duration;

use second_factor::{StoredRecord, Swap, UserStore};
use second_factor_sqlx::{Error, SqliteStore};
use sqlx::sqlite::SqlitePoolOptions;
use tokio::task::JoinHandle;

use super::place::{Place, create, in_line, in_time, number, record, revision, run, user};

/// What the host did to the table: user 1 cannot be changed.
const STATEMENT_FAILS: &str = "CREATE TRIGGER trouble AFTER UPDATE ON second_factor WHEN NEW.user_id = x'31' \
     BEGIN SELECT RAISE(ABORT, 'not this one'); END";

const TRANSACTION_IS_LOST: &str = "CREATE TRIGGER trouble AFTER UPDATE ON second_factor WHEN NEW.user_id = x'31' \
     BEGIN SELECT RAISE(ROLLBACK, 'nor the others'); END";

/// Neither an error nor a change.
const STATEMENT_IS_IGNORED: &str = "CREATE TRIGGER trouble BEFORE UPDATE ON second_factor WHEN NEW.user_id = x'31' \
     BEGIN SELECT RAISE(IGNORE); END";

type Swapping = JoinHandle<Result<Swap, Error>>;

async fn swap(store: &SqliteStore, name: u64, expected: u64, next: u64) -> Swapping {
    let store = store.clone();
    in_line(async move { store.compare_and_swap(&user(name), Some(revision(expected)), &record(next)).await })
        .await
}

/// A store with the first record of so many users.
async fn store_of(place: &Place, users: u64) -> SqliteStore {
    let store = SqliteStore::new(place.pool(2, Duration::from_secs(5)).await);
    store.migrate().await.unwrap();
    for name in 0..users {
        assert_eq!(create(&store, name).await.await.unwrap().unwrap(), Swap::Done);
    }
    store
}

/// Swaps the users' first records for their second in one transaction.
async fn swap_all(place: &Place, store: &SqliteStore, users: u64) -> Vec<Result<Swap, Error>> {
    let line = place.line(store).await;
    let mut swapping = Vec::new();
    for name in 0..users {
        swapping.push(swap(store, name, 1, 2).await);
    }
    line.go().await;
    answers(swapping).await
}

async fn answers(swapping: Vec<Swapping>) -> Vec<Result<Swap, Error>> {
    let mut answers = Vec::new();
    for swapped in swapping {
        answers.push(in_time(swapped).await.unwrap());
    }
    answers
}

async fn numbers(store: &SqliteStore, users: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    for name in 0..users {
        numbers.push(number(&store.load(&user(name)).await.unwrap().unwrap()));
    }
    numbers
}

/// The statements are of three sizes, of which the last is the most that share a transaction: each is filled, and exceeded by one.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_come_are_swapped_together() {
    for (users, commits) in [(2, 1), (8, 1), (9, 1), (32, 1), (33, 1), (128, 1), (129, 2)] {
        let place = Place::new();
        let store = store_of(&place, users).await;
        let before = place.commits();
        let answers = swap_all(&place, &store, users).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Swap::Done))), "{users}: {answers:?}");
        assert_eq!(place.commits() - before, 1 + commits, "{users}, and the write ahead");
        assert_eq!(numbers(&store, users).await, vec![2; users as usize]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_of_the_summary_is_in_its_column() {
    let place = Place::new();
    let store = store_of(&place, 3).await;
    let filled = "UPDATE second_factor SET generation = 1, enrolled_at = 2, last_verified_at = 3, backup_codes_left = 4, \
         trusted_devices = 5, locked_until = 6, pending_notices = 7";
    run(store.pool(), filled).await;
    assert!(swap_all(&place, &store, 3).await.iter().all(Result::is_ok));
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', generation, coalesce(enrolled_at, '-'), coalesce(last_verified_at, '-'), backup_codes_left, \
         trusted_devices, coalesce(locked_until, '-'), pending_notices) FROM second_factor WHERE length(user_id) = 1",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(found, ["0 - - 0 0 - 0"; 3], "as the summary of a record that shows nothing");
}

/// One finds another revision, one nobody; both are told, and nobody else feels it.
#[tokio::test(flavor = "multi_thread")]
async fn p1_who_finds_another_revision_takes_nobody_with_it() {
    let place = Place::new();
    let store = store_of(&place, 6).await;
    let before = place.commits();
    let line = place.line(&store).await;
    let mut swapping = Vec::new();
    for (name, expected) in [(0, 1), (1, 7), (2, 1), (99, 1), (3, 1), (4, 1)] {
        swapping.push(swap(&store, name, expected, 2).await);
    }
    line.go().await;
    let told: Vec<_> = answers(swapping).await.into_iter().map(Result::unwrap).collect();
    let (done, conflict) = (Swap::Done, Swap::Conflict);
    assert_eq!(told, [done, conflict, done, conflict, done, done]);
    assert_eq!(place.commits() - before, 2);
    assert_eq!(numbers(&store, 6).await, [2, 1, 2, 2, 2, 1]);
}

/// Two of one user between those of others, a creation and a removal: as if they had come one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_together_is_made_in_its_order() {
    let place = Place::new();
    let store = store_of(&place, 7).await;
    let before = place.commits();
    let line = place.line(&store).await;
    let mut making = Vec::new();
    for (name, expected, next) in [(0, 1, 2), (1, 1, 2), (2, 1, 2), (0, 2, 3), (0, 2, 4), (3, 1, 2)] {
        making.push(swap(&store, name, expected, next).await);
    }
    let remover = store.clone();
    making.push(in_line(async move { remover.remove(&user(4), revision(1)).await }).await);
    making.push(create(&store, 4).await);
    making.push(create(&store, 5).await);
    making.push(swap(&store, 4, 1, 2).await);
    making.push(swap(&store, 5, 1, 2).await);
    making.push(swap(&store, 6, 9, 2).await);
    line.go().await;
    let told: Vec<_> = answers(making).await.into_iter().map(Result::unwrap).collect();
    let (done, conflict) = (Swap::Done, Swap::Conflict);
    assert_eq!(told, [done, done, done, done, conflict, done, done, done, conflict, done, done, conflict]);
    assert_eq!(place.commits() - before, 2);
    assert_eq!(numbers(&store, 7).await, [3, 2, 2, 2, 2, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_that_fails_takes_nobody_with_it() {
    let place = Place::new();
    let store = store_of(&place, 3).await;
    run(store.pool(), STATEMENT_FAILS).await;
    let before = place.commits();
    let answers = swap_all(&place, &store, 3).await;
    assert!(
        matches!(answers[..], [Ok(Swap::Done), Err(Error::Database(_)), Ok(Swap::Done)]),
        "one transaction, three answers: {answers:?}"
    );
    assert_eq!(place.commits() - before, 2);
    assert_eq!(numbers(&store, 3).await, [2, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_swaps_whose_transaction_is_lost_are_an_error_for_all() {
    let place = Place::new();
    let store = store_of(&place, 3).await;
    run(store.pool(), TRANSACTION_IS_LOST).await;
    let answers = swap_all(&place, &store, 3).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Database(_)))), "{answers:?}");
    assert_eq!(numbers(&store, 3).await, [1; 3]);
    run(store.pool(), "DROP TRIGGER trouble").await;
    for name in 0..3 {
        let swapped = in_time(swap(&store, name, 1, 2).await).await;
        assert_eq!(swapped.unwrap().unwrap(), Swap::Done, "no connection believes itself in a transaction");
    }
}

/// Some were made and others not, which no statement of ours does by itself: whoever is told anything would be told wrong.
#[tokio::test(flavor = "multi_thread")]
async fn p42_swaps_that_the_host_lets_vanish_are_an_error_for_all() {
    let place = Place::new();
    let store = store_of(&place, 4).await;
    run(store.pool(), STATEMENT_IS_IGNORED).await;
    let answers = swap_all(&place, &store, 3).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Misunderstood))), "{answers:?}");

    // The same where something else comes with them, so that they are in a transaction.
    assert_eq!(store.remove(&user(u64::MAX), revision(1)).await.unwrap(), Swap::Done);
    let line = place.line(&store).await;
    let remover = store.clone();
    let removing = in_line(async move { remover.remove(&user(3), revision(1)).await }).await;
    let mut making = vec![removing];
    for (name, expected) in [(0, 2), (1, 1), (2, 2)] {
        making.push(swap(&store, name, expected, 3).await);
    }
    line.go().await;
    let answers = self::answers(making).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Misunderstood))), "{answers:?}");
    assert_eq!(number(&store.load(&user(3)).await.unwrap().unwrap()), 1, "it was taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_swaps_that_are_too_large_for_the_disk_leave_everything_as_it_was() {
    let place = Place::new();
    let options = place.options(Duration::from_secs(5)).pragma("max_page_count", "14");
    let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await.unwrap();
    let store = SqliteStore::new(pool);
    store.migrate().await.unwrap();
    for name in 0..4 {
        assert_eq!(create(&store, name).await.await.unwrap().unwrap(), Swap::Done);
    }
    let line = place.line(&store).await;
    let mut swapping = Vec::new();
    for name in 0..4 {
        let (store, next) =
            (store.clone(), StoredRecord::new(revision(2), vec![7; 4 * StoredRecord::MAX_BYTES / 5]));
        swapping.push(
            in_line(async move { store.compare_and_swap(&user(name), Some(revision(1)), &next).await }).await,
        );
    }
    line.go().await;
    let answers = answers(swapping).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Database(_)))), "{answers:?}");
    assert_eq!(numbers(&store, 4).await, [1; 4]);
    assert_eq!(in_time(swap(&store, 0, 1, 2).await).await.unwrap().unwrap(), Swap::Done);
}

/// All who wait have an error within twice the busy timeout, and nobody later.
#[tokio::test(flavor = "multi_thread")]
async fn p42_swaps_on_a_file_that_stays_locked_are_an_error_for_all_who_wait() {
    const BUSY: Duration = Duration::from_secs(1);
    let place = Place::new();
    let store = store_of(&place, 3).await;
    let patient = SqliteStore::new(place.pool(2, BUSY).await);
    let lock = place.lock().await;
    let mut swapping = vec![swap(&patient, 0, 1, 2).await];
    place.a_while().await;
    swapping.extend([swap(&patient, 1, 1, 2).await, swap(&patient, 2, 1, 2).await]);
    let answers = tokio::time::timeout(BUSY * 14 / 5, answers(swapping)).await.expect("not three times");
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Database(_)))), "{answers:?}");
    lock.rollback().await.unwrap();
    assert_eq!(numbers(&store, 3).await, [1; 3]);
    assert_eq!(in_time(swap(&patient, 0, 1, 2).await).await.unwrap().unwrap(), Swap::Done);
}

/// The connection is changed between one call and the next: each statement looks for itself.
#[tokio::test(flavor = "multi_thread")]
async fn swaps_on_a_connection_that_would_lose_them_are_refused() {
    let place = Place::new();
    let store = store_of(&place, 3).await;
    let careless = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
    run(careless.pool(), "PRAGMA synchronous = NORMAL").await;
    let mut held = careless.pool().acquire().await.unwrap();
    let mut swapping = Vec::new();
    for name in 0..3 {
        swapping.push(swap(&careless, name, 1, 2).await);
    }
    sqlx::query("SELECT 1").execute(&mut *held).await.unwrap();
    drop(held);
    let answers = answers(swapping).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::NotDurable { .. }))), "{answers:?}");
    assert_eq!(numbers(&store, 3).await, [1; 3]);
}
