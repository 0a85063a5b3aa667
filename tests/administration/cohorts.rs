//! Who should be asked to set up again.

use std::time::Duration;

use second_factor::{Actor, Cohort, Error, Found, Import, KeyRing, Reset, Unavailable, UnixTime, UserKey};

use crate::setting::{Fault, Host, START, WEAK, acme, host, key, numbered, operator, to_the_end};

async fn found(host: &Host, cohort: Cohort) -> Vec<String> {
    let (mut search, mut users) = (host.administration.needs_reenrollment(&acme(), cohort), Vec::new());
    while let Some(page) = search.next().await.unwrap() {
        assert_eq!(page.failed, 0);
        users.extend(page.users.iter().map(|user| user.user().to_owned()));
    }
    users
}

async fn import_weak(host: &Host, user: &UserKey) {
    let uri = format!("otpauth://totp/Acme:x?secret={WEAK}&issuer=Acme");
    host.verifier
        .import(user, Import::from_weak_legacy_uri(&uri).unwrap(), &operator("migration"))
        .await
        .unwrap();
}

/// A record, and nothing set up.
async fn reset(host: &Host, user: &UserKey) {
    let reset = Reset::by(Actor::Operator("support".into()), "lost the phone");
    host.verifier.reset(user, reset).await.unwrap();
}

#[tokio::test]
async fn needs_reenrollment_whose_secret_is_shorter() {
    let host = host();
    host.enroll(&["both", "strong"].map(key)).await;
    for user in ["both", "weak", "reset"] {
        import_weak(&host, &key(user)).await;
    }
    reset(&host, &key("reset")).await;
    import_weak(&host, &UserKey::new("globex", "weak")).await;
    for (bits, who) in [
        (80, &[][..]),
        (81, &["both", "weak"]),
        (128, &["both", "weak"]),
        (160, &["both", "weak"]),
        (161, &["both", "strong", "weak"]),
    ] {
        assert_eq!(found(&host, Cohort::SecretShorterThan(bits)).await, who, "{bits}");
    }
}

#[tokio::test]
async fn needs_reenrollment_whose_authenticator_was_set_up_before() {
    let host = host();
    host.enroll(&["old", "both", "reset"].map(key)).await;
    host.clock.advance(Duration::from_secs(10));
    host.enroll(&["new"].map(key)).await;
    import_weak(&host, &key("both")).await;
    reset(&host, &key("reset")).await;
    for (before, who) in [
        (START, &[][..]),
        (START + 1, &["both", "old"]),
        (START + 10, &["both", "old"]),
        (START + 11, &["both", "new", "old"]),
    ] {
        assert_eq!(
            found(&host, Cohort::EnrolledBefore(UnixTime::from_seconds(before))).await,
            who,
            "{before}"
        );
    }
}

#[tokio::test]
async fn p36_needs_reenrollment_whose_record_is_under_a_key_that_leaked() {
    let host = host();
    host.enroll(&["ann", "bob", "reset"].map(key)).await;
    reset(&host, &key("reset")).await;
    let leaked = host.keys.primary_id();
    let rotated = host.under(KeyRing::from_text(&host.keys.to_text()).unwrap().rotate().unwrap());
    rotated.enroll(&[key("new")]).await;
    assert_eq!(found(&rotated, Cohort::SealedUnder(leaked)).await, ["ann", "bob"]);
    assert_eq!(found(&rotated, Cohort::SealedUnder(rotated.keys.primary_id())).await, ["new"]);
    to_the_end(&mut rotated.administration.reseal(&acme())).await;
    assert!(found(&rotated, Cohort::SealedUnder(leaked)).await.is_empty(), "search first, rotate then");
}

#[tokio::test]
async fn a_page_without_anybody_is_not_the_end_and_what_cannot_be_read_is_counted() {
    let host = host();
    host.enroll(&numbered(150)).await;
    import_weak(&host, &key("u140")).await;
    host.store.broken.lock().unwrap().insert(key("u007"));
    let mut search = host.administration.needs_reenrollment(&acme(), Cohort::SecretShorterThan(128));
    let Found { users, done, failed, .. } = search.next().await.unwrap().unwrap();
    assert_eq!((users.len(), done, failed), (0, 100, 1));
    let [(user, Error::Unavailable(Unavailable::Store(_)))] = search.failures() else {
        panic!("{:?}", search.failures());
    };
    assert_eq!(*user, key("u007"));
    let Found { users, done, failed, .. } = search.next().await.unwrap().unwrap();
    assert_eq!((users, done, failed), (vec![key("u140")], 150, 1));
    assert!(search.failures().is_empty());
    assert_eq!(search.next().await.unwrap(), None);
}

#[tokio::test]
async fn p27_cohorts_are_decided_by_the_records_and_not_by_what_a_list_shows() {
    let host = host();
    import_weak(&host, &key("ann")).await;
    let forged = host.with_fault(Fault::ForgedSummaries);
    let mut search = forged.needs_reenrollment(&acme(), Cohort::SecretShorterThan(128));
    assert_eq!(search.next().await.unwrap().unwrap().users, [key("ann")]);
}
