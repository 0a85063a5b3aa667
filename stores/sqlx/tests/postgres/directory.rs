//! Lists by standing, and pages that are not limited.

use second_factor::{Summary, Swap, TenantId, UnixTime, UserDirectory, UserKey, UserStore};
use second_factor_sqlx::{Error, PostgresStore, Standing};
use second_factor_testbed::records::{record, user};

use crate::place::Place;

/// Rows that show what a list sorts by; the library never opens them.
async fn populate(place: &Place) -> PostgresStore {
    let store = place.store().await;
    place
        .run(&format!(
            "INSERT INTO {table} SELECT convert_to(tenant, 'UTF8'), convert_to(id, 'UTF8'), decode(md5(tenant || id), 'hex'), '\\x01', 1, \
                 CASE WHEN n % 3 = 0 THEN n END, NULL, 0, 0, CASE WHEN n % 5 = 0 THEN 1000 + n / 20 END, 0 \
             FROM (SELECT tenant, n, CASE WHEN n % 2 = 0 THEN 'ä' ELSE 'Z' END || n AS id \
                 FROM generate_series(1, 60) AS n, unnest(ARRAY['acme', 'acme2']) AS tenant) AS users",
            table = place.table()
        ))
        .await;
    store
}

async fn walk(store: &PostgresStore, standing: Standing, limit: u32) -> Vec<(UserKey, Summary)> {
    let tenant = TenantId::new("acme");
    let mut all: Vec<(UserKey, Summary)> = Vec::new();
    loop {
        let page = store.list_by_standing(&tenant, standing, all.last(), limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_by_standing_a_page_at_a_time() {
    let Some(place) = Place::new().await else { return };
    let store = populate(&place).await;
    let tenant = TenantId::new("acme");
    let everybody = store.list(&tenant, None, 1000).await.unwrap();
    assert_eq!(everybody.len(), 60);
    let now = UnixTime::from_seconds(1001);
    for store in [store.clone(), store.simple_queries()] {
        for (standing, holds) in [
            (Standing::Enrolled, (|of| of.enrolled_at.is_some()) as fn(&Summary) -> bool),
            (Standing::NotEnrolled, |of| of.enrolled_at.is_none()),
            (Standing::LockedAt(UnixTime::from_seconds(1001)), |of| {
                of.locked_until > Some(UnixTime::from_seconds(1001))
            }),
        ] {
            let mut expected: Vec<_> =
                everybody.iter().filter(|(_, summary)| holds(summary)).cloned().collect();
            if standing == Standing::LockedAt(now) {
                expected.sort_by(|(a, of_a), (b, of_b)| {
                    (of_a.locked_until, a.user()).cmp(&(of_b.locked_until, b.user()))
                });
                assert_eq!(expected.first().unwrap().1.locked_until, Some(UnixTime::from_seconds(1002)));
            }
            assert!(expected.len() >= 5, "{standing:?}: {}", expected.len());
            for limit in [1, 3, 7, 1000] {
                assert_eq!(walk(&store, standing, limit).await, expected, "{standing:?}, {limit}");
            }
        }
        assert!(walk(&store, Standing::LockedAt(UnixTime::from_seconds(1003)), 9).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_during_a_walk_hides_nobody() {
    let Some(place) = Place::new().await else { return };
    let store = populate(&place).await;
    let tenant = TenantId::new("acme");
    let (mut seen, mut last) = (0, None);
    loop {
        let page = store.list_by_standing(&tenant, Standing::Enrolled, last.as_ref(), 3).await.unwrap();
        let Some(entry) = page.last() else { break };
        last = Some(entry.clone());
        for (user, _) in &page {
            let found = store.load(user).await.unwrap().unwrap();
            assert_eq!(store.remove(user, found.revision()).await.unwrap(), Swap::Done);
            seen += 1;
        }
    }
    assert_eq!(seen, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_else_wrote_is_an_error_and_not_another_summary() {
    for (damage, expected) in [
        ("enrolled_at = -1", "the database failed"),
        ("generation = -1", "the database failed"),
        ("pending_notices = 256", "the database failed"),
        ("backup_codes_left = -1", "the database failed"),
        ("user_id = '\\xff'", "a stored user id is not UTF-8"),
    ] {
        let Some(place) = Place::new().await else { return };
        let store = place.store().await;
        assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
        place.run(&format!("UPDATE {} SET {damage}", place.table())).await;
        assert_eq!(store.list(user().tenant(), None, 1).await.unwrap_err().to_string(), expected, "{damage}");
        // Under an id that is no text there is nobody to ask for.
        if expected == "the database failed" {
            assert!(matches!(store.summaries(&[user()]).await, Err(Error::Database(_))), "{damage}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_not_limited_by_the_number_of_parameters_of_a_statement() {
    const MORE_THAN_POSTGRESQL_BINDS: usize = 66_000;
    let Some(place) = Place::new().await else { return };
    let store = place.store().await;
    assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
    let mut users = vec![UserKey::new("acme", "nobody"); MORE_THAN_POSTGRESQL_BINDS];
    users.push(user());
    for store in [store.clone(), store.simple_queries()] {
        let found = store.summaries(&users).await.unwrap();
        assert_eq!(found.len(), users.len());
        assert_eq!(found.iter().position(Option::is_some), Some(MORE_THAN_POSTGRESQL_BINDS));
        assert!(store.summaries(&[]).await.unwrap().is_empty());
    }
}
