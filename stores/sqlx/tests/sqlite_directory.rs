//! What an SQLite file shows of its records keeps the contract of `UserDirectory`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use second_factor::{
    Account, Authority, Clock, KeyRing, NewAuthenticator, Outbox, Policy, Requirement, Revision,
    StoredRecord, Swap, TenantId, UnixTime, UserDirectory, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone, directory_contract},
};
use second_factor_sqlx::{Error, SqliteStore};
use tempfile::TempDir;

/// Opens the file as another process would, with a pool of its own.
async fn open(place: &TempDir) -> SqliteStore {
    let store = SqliteStore::open(place.path().join("records.db")).await.unwrap();
    store.migrate().await.unwrap();
    store
}

fn user() -> UserKey {
    UserKey::new("acme", "42")
}

/// A store with one record.
async fn with_a_record(place: &TempDir) -> SqliteStore {
    let store = open(place).await;
    let record = StoredRecord::new(Revision::from_bytes([1; 16]), vec![1]);
    assert_eq!(store.compare_and_swap(&user(), None, &record).await.unwrap(), Swap::Done);
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let place = TempDir::new().unwrap();
    directory_contract(|| open(&place)).await;
}

#[tokio::test]
async fn shows_what_the_library_wrote() {
    let place = TempDir::new().unwrap();
    let store = open(&place).await;
    let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
    let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate().unwrap())
        .issuer("Acme")
        .clock(clock.clone())
        .build()
        .unwrap();
    let account = Account::new(user(), b"stamp", &Policy::new(Requirement::Optional));
    let new = NewAuthenticator::new("ann");
    let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
    let [Some(pending)] = store.summaries(&[user()]).await.unwrap()[..] else { panic!("no record") };
    assert_eq!((pending.enrolled_at, pending.last_verified_at), (None, None));

    let code = Phone::scan(enrollment.uri()).code_at(clock.now());
    let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(enrolled.signed_in.user(), &user());
    let page = store.list(user().tenant(), None, 10).await.unwrap();
    let [(listed, summary)] = &page[..] else { panic!("{page:?}") };
    assert_eq!(listed, &user());
    assert_eq!((summary.enrolled_at, summary.last_verified_at), (Some(clock.now()), Some(clock.now())));
    assert!(summary.generation > pending.generation);
}

#[tokio::test]
async fn p42_a_missing_table_is_an_error_and_not_an_absence() {
    let place = TempDir::new().unwrap();
    let store = SqliteStore::open(place.path().join("records.db")).await.unwrap();
    assert!(matches!(store.summaries(&[user()]).await, Err(Error::Database(_))));
    assert!(matches!(store.list(user().tenant(), None, 1).await, Err(Error::Database(_))));
    assert!(matches!(store.list(user().tenant(), Some(&user()), 1).await, Err(Error::Database(_))));
}

#[tokio::test]
async fn a_row_that_somebody_else_wrote_is_an_error_and_not_another_summary() {
    for (damage, error) in [
        ("enrolled_at = -1", "the database failed"),
        ("generation = -1", "the database failed"),
        ("pending_notices = 256", "the database failed"),
        ("user_id = x'ff'", "a stored user id is not UTF-8"),
    ] {
        let place = TempDir::new().unwrap();
        let store = with_a_record(&place).await;
        let damage = sqlx::AssertSqlSafe(format!("UPDATE second_factor SET {damage}"));
        assert_eq!(sqlx::query(damage).execute(store.pool()).await.unwrap().rows_affected(), 1);
        assert_eq!(store.list(user().tenant(), None, 1).await.unwrap_err().to_string(), error);
        // Under an id that is no text there is nobody to ask for.
        if error == "the database failed" {
            assert_eq!(store.summaries(&[user()]).await.unwrap_err().to_string(), error);
        }
    }
}

#[tokio::test]
async fn a_page_is_not_limited_by_the_number_of_variables_of_a_statement() {
    const MORE_THAN_SQLITE_BINDS: usize = 33_000;
    let place = TempDir::new().unwrap();
    let store = with_a_record(&place).await;
    let mut users = vec![UserKey::new("acme", "nobody"); MORE_THAN_SQLITE_BINDS];
    users.push(user());
    let found = store.summaries(&users).await.unwrap();
    assert_eq!(found.len(), users.len());
    assert_eq!(found.iter().position(Option::is_some), Some(MORE_THAN_SQLITE_BINDS));
    assert!(store.list(&TenantId::new("acme "), None, 1).await.unwrap().is_empty());
}
