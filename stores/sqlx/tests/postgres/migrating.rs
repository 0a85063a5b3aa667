//! The table comes to be, once, and what is wrong with it is an error.

use second_factor::{
    Account, Authority, Clock, KeyRing, NewAuthenticator, Outbox, Policy, Requirement, Swap, UnixTime,
    UserDirectory, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};
use second_factor_sqlx::Error;
use second_factor_testbed::records::{record, user};
use sqlx::AssertSqlSafe;

use crate::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_start_at_once_agree_on_the_table() {
    let Some(place) = Place::new().await else { return };
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(place.store_with(place.options()).await);
    }
    for round in 0..10 {
        place.run(&format!("DROP TABLE IF EXISTS {}", place.table())).await;
        let starting: Vec<_> = stores
            .iter()
            .cloned()
            .map(|store| {
                tokio::spawn(async move {
                    store.migrate().await.unwrap();
                    store.compare_and_swap(&user(), None, &record(1)).await.unwrap()
                })
            })
            .collect();
        let mut done = 0;
        for started in starting {
            done += usize::from(started.await.unwrap() == Swap::Done);
        }
        assert_eq!(done, 1, "round {round}");
    }
}

/// The control: without waiting for each other, some of them fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn statements_that_do_not_wait_for_each_other_fail() {
    let Some(place) = Place::new().await else { return };
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(place.store_with(place.options()).await);
    }
    let mut failed = 0;
    for _ in 0..10 {
        place.run(&format!("DROP TABLE IF EXISTS {}", place.table())).await;
        let starting: Vec<_> = stores
            .iter()
            .cloned()
            .map(|store| {
                tokio::spawn(async move {
                    sqlx::raw_sql(AssertSqlSafe(store.schema())).execute(store.pool()).await.is_err()
                })
            })
            .collect();
        for started in starting {
            failed += usize::from(started.await.unwrap());
        }
    }
    assert!(failed > 0);
}

/// A service whose role may not create tables starts all the same, if the table is there.
#[tokio::test(flavor = "multi_thread")]
async fn migrating_needs_no_rights_where_there_is_nothing_to_create() {
    let Some(place) = Place::new().await else { return };
    let role = place.role("SELECT").await;
    let store = place.store_with(place.options().username(&role)).await;
    let refused = store.migrate().await.unwrap_err();
    assert!(matches!(refused, Error::Database(_)), "{refused:?}");

    let owner = place.store().await;
    let rights = "SELECT, INSERT, UPDATE, DELETE";
    place.run(&format!("GRANT {rights} ON {} TO {role}", place.table())).await;
    store.migrate().await.unwrap();
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    assert!(owner.load(&user()).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_is_created_beside_the_table() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    for index in ["enrolled", "not_enrolled", "locked"] {
        let name = format!("{}.second_factor_{index}", place.schema);
        place.run(&format!("DROP INDEX {name}")).await;
        store.migrate().await.unwrap();
        let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(&name)
            .fetch_one(store.pool())
            .await
            .unwrap();
        assert!(there, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_missing_table_is_an_error_and_not_an_absence() {
    let Some(place) = Place::new().await else { return };
    let store = place.store_with(place.options()).await;
    for store in [store.clone(), store.simple_queries()] {
        assert!(matches!(store.load(&user()).await, Err(Error::Database(_))));
        assert!(store.compare_and_swap(&user(), None, &record(1)).await.is_err());
        assert!(store.compare_and_swap(&user(), Some(record(1).revision()), &record(1)).await.is_err());
        assert!(store.remove(&user(), record(1).revision()).await.is_err());
        assert!(store.summaries(&[user()]).await.is_err());
        assert!(store.list(user().tenant(), None, 1).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_row_that_somebody_else_wrote_is_an_error_and_not_an_absence() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let cut = || AssertSqlSafe(format!("UPDATE {} SET revision = '\\x00ff'", place.table()));
    assert!(sqlx::query(cut()).execute(store.pool()).await.is_err(), "the schema forbids it");
    place.run(&format!("ALTER TABLE {} DROP CONSTRAINT second_factor_revision_check", place.table())).await;
    sqlx::query(cut()).execute(store.pool()).await.unwrap();
    assert!(matches!(store.load(&user()).await, Err(Error::Revision(2))));
    assert!(matches!(store.clone().simple_queries().load(&user()).await, Err(Error::Revision(2))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_is_kept_in_columns_that_a_host_can_read() {
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
    let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate().unwrap())
        .issuer("Acme")
        .clock(clock.clone())
        .build()
        .unwrap();
    let user = UserKey::new("acme", "ä");
    let account = Account::new(user.clone(), b"stamp", &Policy::new(Requirement::Optional));
    let columns = || {
        AssertSqlSafe(format!(
            "SELECT concat_ws(' ', convert_from(tenant, 'UTF8'), convert_from(user_id, 'UTF8'), coalesce(enrolled_at, 0), \
             coalesce(last_verified_at, 0), pending_notices, generation > 0) FROM {}",
            place.table()
        ))
    };
    let new = NewAuthenticator::new("ann");
    let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
    let found: String = sqlx::query_scalar(columns()).fetch_one(store.pool()).await.unwrap();
    assert_eq!(found, "acme ä 0 0 0 t");

    let code = Phone::scan(enrollment.uri()).code_at(clock.now());
    let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(enrolled.signed_in.user(), &user);
    let found: String = sqlx::query_scalar(columns()).fetch_one(store.pool()).await.unwrap();
    assert_eq!(found, "acme ä 1760000000 1760000000 0 t", "the notice was accepted");
    let [Some(summary)] = store.summaries(&[user]).await.unwrap()[..] else { panic!("no record") };
    assert_eq!((summary.enrolled_at, summary.last_verified_at), (Some(clock.now()), Some(clock.now())));
}
