//! Statements and commits that fail.

use std::time::Duration;

use second_factor::{
    Account, Authority, Clock, Error as LibraryError, FirstFactor, KeyRing, NewAuthenticator, Outbox, Policy,
    Reason, Requirement, SignIn, StoredRecord, Swap, Unavailable, UnixTime, UserStore, Verifier,
    testing::{ManualClock, Phone},
};
use second_factor_sqlx::{Error, SqliteStore};
use sqlx::sqlite::SqlitePoolOptions;

use super::place::{Place, create, create_all, in_line, in_time, number, record, revision, run, user};

/// What the host did to the table: user 1 cannot be created.
const STATEMENT_FAILS: &str = "CREATE TRIGGER trouble AFTER INSERT ON second_factor WHEN NEW.user_id = x'31' \
     BEGIN SELECT RAISE(ABORT, 'not this one'); END";

const TRANSACTION_IS_LOST: &str = "CREATE TRIGGER trouble AFTER INSERT ON second_factor WHEN NEW.user_id = x'31' \
     BEGIN SELECT RAISE(ROLLBACK, 'nor the others'); END";

/// The statement succeeds and the commit fails.
const COMMIT_FAILS: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY); \
     CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED); \
     CREATE TRIGGER trouble AFTER UPDATE ON second_factor BEGIN INSERT INTO child VALUES (7); END";

/// Every write needs more room than there is.
const NO_ROOM: &str = "CREATE TABLE heap (bytes BLOB); \
     CREATE TRIGGER trouble AFTER UPDATE ON second_factor BEGIN INSERT INTO heap VALUES (zeroblob(1000000)); END; \
     PRAGMA max_page_count = 40";

/// Creates users 0, 1 and 2 in one transaction.
async fn create_three(place: &Place, store: &SqliteStore) -> [Result<Swap, Error>; 3] {
    let line = place.line(store).await;
    let creating = [create(store, 0).await, create(store, 1).await, create(store, 2).await];
    line.go().await;
    let [a, b, c] = creating;
    [in_time(a).await.unwrap(), in_time(b).await.unwrap(), in_time(c).await.unwrap()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_fails_takes_nobody_with_it() {
    let place = Place::new();
    let store = place.store().await;
    run(store.pool(), STATEMENT_FAILS).await;
    let before = place.commits();
    let answers = create_three(&place, &store).await;
    assert!(
        matches!(answers, [Ok(Swap::Done), Err(Error::Database(_)), Ok(Swap::Done)]),
        "one transaction, three answers: {answers:?}"
    );
    assert_eq!(place.commits() - before, 2, "that of the write ahead, and one more");
    assert!(store.load(&user(1)).await.unwrap().is_none(), "what failed is undone");
    assert_eq!(number(&store.load(&user(2)).await.unwrap().unwrap()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_transaction_that_is_lost_on_the_way_is_an_error_for_all_of_it() {
    let place = Place::new();
    let store = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
    store.migrate().await.unwrap();
    run(store.pool(), TRANSACTION_IS_LOST).await;
    let answers = create_three(&place, &store).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Database(_)))), "{answers:?}");
    for name in 0..3 {
        assert!(
            store.load(&user(name)).await.unwrap().is_none(),
            "{name}: nothing after the loss was written"
        );
    }
    // Neither the next write nor the host finds a connection that believes itself in a transaction.
    assert_eq!(create(&store, 3).await.await.unwrap().unwrap(), Swap::Done);
    let transaction = store.pool().begin_with("BEGIN IMMEDIATE").await.unwrap();
    transaction.commit().await.unwrap();
}

/// One is told neither that it was done nor that there was a conflict: both are true only if the transaction is.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_commit_that_fails_is_an_error_for_all_of_it() {
    let place = Place::new();
    let store = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
    store.migrate().await.unwrap();
    assert_eq!(create(&store, 0).await.await.unwrap().unwrap(), Swap::Done);
    run(store.pool(), COMMIT_FAILS).await;

    let line = place.line(&store).await;
    let mut swapping = Vec::new();
    for next in 2..5 {
        let store = store.clone();
        swapping.push(
            in_line(async move { store.compare_and_swap(&user(0), Some(revision(1)), &record(next)).await })
                .await,
        );
    }
    swapping.push(create(&store, 1).await);
    line.go().await;
    for swapped in swapping {
        assert!(matches!(in_time(swapped).await.unwrap(), Err(Error::Database(_))));
    }
    assert_eq!(number(&store.load(&user(0)).await.unwrap().unwrap()), 1, "what was acknowledged is there");
    assert!(store.load(&user(1)).await.unwrap().is_none());

    run(store.pool(), "DROP TRIGGER trouble").await;
    let swapped = store.compare_and_swap(&user(0), Some(revision(1)), &record(2)).await;
    assert_eq!(swapped.unwrap(), Swap::Done, "the connection is good again");
}

/// `SQLITE_FULL` in the middle of a transaction, which SQLite then gives up: nobody in it was told anything else.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_database_that_is_full_is_an_error_for_all_who_share_the_transaction() {
    let place = Place::new();
    let options = place.options(Duration::from_secs(5)).pragma("max_page_count", "40");
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let store = SqliteStore::new(pool);
    store.migrate().await.unwrap();
    let large = |name| {
        let (store, next) = (store.clone(), StoredRecord::new(revision(1), vec![7; StoredRecord::MAX_BYTES]));
        in_line(async move { store.compare_and_swap(&user(name), None, &next).await })
    };
    let mut there = 0;
    for attempt in 0..4 {
        let line = place.line(&store).await;
        let mut creating = Vec::new();
        for number in 0..4 {
            creating.push(large(10 * attempt + number).await);
        }
        line.go().await;
        assert_eq!(in_time(store.remove(&user(u64::MAX), revision(1))).await.unwrap(), Swap::Done);
        let mut answers = Vec::new();
        for created in creating {
            answers.push(in_time(created).await.unwrap());
        }
        let all_done = answers.iter().all(|answer| matches!(answer, Ok(Swap::Done)));
        let all_failed = answers.iter().all(|answer| matches!(answer, Err(Error::Database(_))));
        assert!(all_done || all_failed, "{answers:?}");
        for number in 0..4 {
            let found = store.load(&user(10 * attempt + number)).await.unwrap();
            assert_eq!(found.is_some(), all_done, "as it was told");
        }
        there += u32::from(all_done);
    }
    assert_eq!(there, 2, "there is room for two transactions, and not for three");
    assert_eq!(in_time(store.remove(&user(0), revision(1))).await.unwrap(), Swap::Done);
    assert_eq!(in_time(large(1000).await).await.unwrap().unwrap(), Swap::Done, "there is room again");
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_while_commits_fail_a_right_and_a_wrong_code_are_answered_alike() {
    for trouble in [COMMIT_FAILS, NO_ROOM] {
        let place = Place::new();
        let store = SqliteStore::new(place.pool(1, Duration::from_secs(5)).await);
        store.migrate().await.unwrap();
        let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
        let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate().unwrap())
            .issuer("Acme")
            .clock(clock.clone())
            .build()
            .unwrap();
        let account = Account::new(user(0), b"stamp", &Policy::new(Requirement::Optional));
        let new = NewAuthenticator::new("ann");
        let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let first = phone.code_at(clock.now());
        assert!(verifier.confirm(&account, enrollment.token(), &first).await.is_ok());
        clock.advance(Duration::from_secs(30));
        let SignIn::Challenge(challenge) =
            verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
        else {
            panic!("an enrolled user is asked")
        };
        let right = phone.code_at(clock.now());
        let wrong = ["000000", "000001"].into_iter().find(|wrong| *wrong != right).unwrap();

        run(store.pool(), trouble).await;
        let mut said = Vec::new();
        for code in [&right, wrong] {
            let error = verifier.verify(&account, challenge.token(), code, None).await.unwrap_err();
            assert!(matches!(error, LibraryError::Unavailable(Unavailable::Store(_))), "{error:?}");
            said.push(format!("{error} {error:?}"));
        }
        assert_eq!(said[0], said[1]);

        run(store.pool(), "DROP TRIGGER trouble").await;
        assert!(verifier.verify(&account, challenge.token(), &right, None).await.is_ok(), "it was not spent");
        let SignIn::Challenge(again) = verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
        else {
            panic!("an enrolled user is asked")
        };
        let replayed = verifier.verify(&account, again.token(), &right, None).await.unwrap_err();
        let LibraryError::Rejected(rejection) = replayed else { panic!("{replayed:?}") };
        assert!(matches!(rejection.reason(), Reason::Replayed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_file_that_stays_locked_is_an_error_for_all_who_wait_and_for_nobody_later() {
    let place = Place::new();
    let store = SqliteStore::new(place.pool(2, Duration::from_millis(300)).await);
    store.migrate().await.unwrap();
    let lock = place.lock().await;
    let mut creating = create_all(&store, 0..200).await;
    place.a_while().await;
    creating.push(create(&store, 200).await);
    for created in creating {
        assert!(matches!(in_time(created).await.unwrap(), Err(Error::Database(_))));
    }
    lock.rollback().await.unwrap();
    assert!(store.load(&user(0)).await.unwrap().is_none());
    assert_eq!(create(&store, 0).await.await.unwrap().unwrap(), Swap::Done);
}
