//! S37: switching to "do not use" deletes all saved settings, once that was previewed and confirmed.

use std::{future::Future, sync::atomic::Ordering, time::Duration};

use second_factor::{
    Account, Actor, Administration, Assurance, Authority, Because, Cursor, Error, EventKind, FirstFactor,
    Member, NewAuthenticator, NotAllowed, Others, Policy, Preview, Requirement, Result, SignIn, Token,
    Unavailable, UnixTime, UserKey,
};

use crate::setting::{
    Host, OFF, OPTIONAL, REQUIRED, START, account, acme, host, key, numbered, operator, to_the_end,
};

fn stale(host: &Host, acting: &Account, confirmation: &Token) -> bool {
    match host.administration.delete_all(acting, confirmation) {
        Ok(_) => false,
        Err(Error::NotAllowed(NotAllowed::StalePreview)) => true,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn s37_a_confirmation_is_good_for_a_day_less_a_second() {
    let host = host();
    let preview = host.preview(&account("ann", &OPTIONAL), &OFF, &[]).await;
    let day = 24 * 60 * 60;
    for (after, is_stale) in [(0, false), (day - 1, false), (day, true), (day + 1, true)] {
        host.clock.set(UnixTime::from_seconds(START + after));
        assert_eq!(stale(&host, &account("ann", &OFF), &preview.confirmation), is_stale, "{after}");
    }
}

#[tokio::test]
async fn s37_p7_a_confirmation_is_bound_to_user_tenant_stamp_and_change() {
    let host = host();
    let ann = account("ann", &OFF);
    let good = host.preview(&account("ann", &OPTIONAL), &OFF, &[]).await.confirmation;
    for other in [
        account("bob", &OFF),
        Account::new(UserKey::new("globex", "ann"), b"1", &OFF),
        Account::new(key("ann"), b"2", &OFF),
    ] {
        assert!(stale(&host, &other, &good), "{other:?}");
    }
    for proposed in [
        OPTIONAL,
        REQUIRED,
        Policy::new(Requirement::RequiredForAdministrators { others: Others::Off }),
        Policy::new(Requirement::RequiredForAdministrators { others: Others::Optional }),
    ] {
        let other = host.preview(&account("ann", &OPTIONAL), &proposed, &[]).await.confirmation;
        assert!(stale(&host, &ann, &other), "{proposed:?}");
    }
    host.enroll(&[key("ann")]).await;
    let Ok(SignIn::Challenge(challenge)) = host.verifier.begin(&ann, FirstFactor::Password, None).await
    else {
        panic!("enrolled means asked");
    };
    assert!(stale(&host, &ann, challenge.token()), "a token for something else");
    assert!(stale(&host, &ann, &Token::from("nonsense".to_owned())));
    assert!(stale(&host.under(second_factor::KeyRing::generate().unwrap()), &ann, &good), "of another ring");
    let empty_stamp = host.administration.delete_all(&Account::new(key("ann"), b"", &OFF), &good);
    assert!(matches!(empty_stamp, Err(Error::Unavailable(Unavailable::EmptyStamp))));
    assert!(!stale(&host, &ann, &good));
}

#[tokio::test]
async fn p7_a_confirmation_signs_nobody_in_and_sets_nothing_up() {
    let host = host();
    let ann = account("ann", &REQUIRED);
    let (phone, _) = host.set_up(&ann).await;
    let confirmation = host.preview(&ann, &OFF, &[]).await.confirmation;
    host.clock.advance(Duration::from_secs(30));
    let code = phone.code_at(second_factor::Clock::now(&host.clock));
    assert!(host.verifier.verify(&ann, &confirmation, &code, None).await.is_err());
    assert!(host.verifier.step_up(&ann, &confirmation, &code).await.is_err());
    assert!(host.verifier.confirm(&ann, &confirmation, &code).await.is_err());
    let bob = account("bob", &REQUIRED);
    let confirmation = host.preview(&bob, &OFF, &[]).await.confirmation;
    let new = NewAuthenticator::new("bob@example.com");
    assert!(host.verifier.enroll(&bob, Authority::SignIn(&confirmation), &new).await.is_err());
}

#[tokio::test]
async fn s37_the_policy_is_saved_as_off_before_anything_is_deleted() {
    let host = host();
    host.enroll(&[key("ann")]).await;
    let preview = host.preview(&account("ann", &OPTIONAL), &OFF, &[]).await;
    for in_force in
        [OPTIONAL, REQUIRED, Policy::new(Requirement::RequiredForAdministrators { others: Others::Off })]
    {
        let refused = host.administration.delete_all(&account("ann", &in_force), &preview.confirmation);
        assert!(matches!(refused, Err(Error::NotAllowed(NotAllowed::PolicyNotOff))), "{in_force:?}");
    }
    let sweep = host.administration.delete_all(&account("ann", &OFF), &preview.confirmation).unwrap();
    assert!(host.is_enrolled(&key("ann")).await, "nothing happens until `next`");
    drop(sweep);
}

/// How `begin` answers: asked for a code, or let in because nothing is used any more.
async fn is_asked(host: &Host, user: &UserKey) -> bool {
    let account = Account::new(user.clone(), b"1", &OFF);
    match host.verifier.begin(&account, FirstFactor::Password, None).await.unwrap() {
        SignIn::Challenge(_) => true,
        SignIn::Open(it) if it.assurance() == Assurance::FirstFactorOnly(Because::PolicyOff) => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn s37_p10_nobody_signs_in_by_password_alone_while_settings_are_left() {
    let host = host();
    let users = numbered(150);
    host.enroll(&users).await;
    let mut sweep = host.delete_all("u000").await;
    for user in &users {
        assert!(is_asked(&host, user).await, "off is saved, nothing is swept: {user:?}");
    }
    sweep.next().await.unwrap().unwrap();
    for (place, user) in users.iter().enumerate() {
        assert_eq!(is_asked(&host, user).await, place >= 100, "{user:?}");
    }
    assert_eq!(to_the_end(&mut sweep).await, [(150, 150, 0)]);
    for user in &users {
        assert!(!is_asked(&host, user).await, "{user:?}");
    }
}

#[tokio::test]
async fn s37_everything_goes_everybody_is_told_and_other_tenants_stay() {
    let host = host();
    let (ann, other) = (account("ann", &OPTIONAL), UserKey::new("acme2", "ann"));
    let (phone, codes) = host.set_up(&ann).await;
    host.enroll(&[key("bob"), other.clone()]).await;
    let mut sweep = host.delete_all("bob").await;
    assert_eq!(to_the_end(&mut sweep).await, [(2, 2, 0)]);
    let purged = EventKind::Purged { by: Actor::User(key("bob")) };
    let told = host.mailer.take();
    let told: Vec<_> =
        told.iter().map(|notice| (notice.event().user().user(), notice.event().kind())).collect();
    assert_eq!(told, [("ann", &purged), ("bob", &purged)]);
    assert_eq!(host.logged(|kind| *kind == purged).len(), 2);
    assert!(host.is_enrolled(&other).await);
    let status = host.verifier.status(&ann, None).await.unwrap();
    assert!(!status.is_on() && status.authenticators().is_empty() && status.backup_codes_left() == 0);
    assert!(status.devices().is_empty() && !codes.is_empty());
    assert!(!format!("{sweep:?}").contains(&phone.code_at(UnixTime::from_seconds(START))));
}

#[tokio::test]
async fn s37_off_and_on_again_means_that_everybody_sets_up_again() {
    let host = host();
    let ann = account("ann", &REQUIRED);
    host.set_up(&ann).await;
    to_the_end(&mut host.delete_all("ann").await).await;
    let next = host.verifier.begin(&ann, FirstFactor::Password, None).await.unwrap();
    assert!(matches!(next, SignIn::Enroll(_)), "{next:?}");
    let preview = host.preview(&account("ann", &OFF), &REQUIRED, &[Member::new(key("ann"))]).await;
    assert_eq!((preview.leftovers, preview.must_enroll, preview.acting_would_be_locked_out), (0, 1, true));
    host.clock.advance(Duration::from_secs(60));
    host.set_up(&account("ann", &OPTIONAL)).await;
    assert!(host.is_enrolled(&key("ann")).await);
}

#[tokio::test]
async fn s37_leftovers_are_reported_and_can_go_before_it_is_switched_on() {
    let host = host();
    host.enroll(&[key("ann"), key("bob")]).await;
    host.store.broken.lock().unwrap().insert(key("bob"));
    assert_eq!(to_the_end(&mut host.delete_all("ann").await).await, [(2, 1, 1)]);
    host.store.broken.lock().unwrap().clear();
    let roster = ["ann", "bob"].map(|user| Member::new(key(user)));
    let off = account("ann", &OFF);
    assert_eq!(host.preview(&off, &REQUIRED, &roster).await.leftovers, 1);
    let again = host.preview(&off, &OFF, &roster).await;
    assert_eq!((again.leftovers, again.would_lose), (1, 1));
    let mut sweep = host.administration.delete_all(&off, &again.confirmation).unwrap();
    assert_eq!(to_the_end(&mut sweep).await, [(2, 1, 0)]);
    assert_eq!(host.preview(&off, &REQUIRED, &roster).await.leftovers, 0);
}

#[tokio::test]
async fn p13_a_set_up_that_was_under_way_does_not_survive_the_sweep() {
    let host = host();
    let new = NewAuthenticator::new("ann@example.com");
    let begun = host.verifier.enroll(&account("ann", &OPTIONAL), Authority::OpenSession, &new).await.unwrap();
    let code = second_factor::testing::Phone::scan(begun.uri()).code_at(UnixTime::from_seconds(START));
    assert!(
        host.verifier.confirm(&account("ann", &OFF), begun.token(), &code).await.is_err(),
        "off is saved first"
    );
    to_the_end(&mut host.delete_all("bob").await).await;
    assert!(host.verifier.confirm(&account("ann", &OPTIONAL), begun.token(), &code).await.is_err());
    assert!(!host.is_enrolled(&key("ann")).await);
}

#[tokio::test]
async fn p26_the_count_of_guesses_and_waiting_notices_outlive_the_sweep() {
    let host = host();
    let ann = account("ann", &OPTIONAL);
    host.enroll(&[key("ann")]).await;
    let Ok(SignIn::Challenge(challenge)) = host.verifier.begin(&ann, FirstFactor::Password, None).await
    else {
        panic!("enrolled means asked");
    };
    for _ in 0..6 {
        assert!(host.verifier.verify(&ann, challenge.token(), "000000", None).await.is_err());
    }
    let before = host.summary(&key("ann")).await.unwrap();
    host.mailer.down.store(true, Ordering::SeqCst);
    to_the_end(&mut host.delete_all("ann").await).await;
    let after = host.summary(&key("ann")).await.unwrap();
    assert!(before.locked_until.is_some());
    assert_eq!(after.locked_until, before.locked_until);
    assert_eq!(after.pending_notices, 1);
    host.mailer.down.store(false, Ordering::SeqCst);
    let mut again = host.administration.deliver_pending(&acme());
    assert_eq!(to_the_end(&mut again).await, [(1, 1, 0)]);
    assert!(matches!(host.mailer.take()[0].event().kind(), EventKind::Purged { .. }));
}

fn spawned<T: Send + 'static>(_: impl Future<Output = T> + Send + 'static) {}

/// As handlers of a web framework: owned values in, a future that is moved between threads.
#[tokio::test]
async fn every_call_can_be_spawned() {
    async fn preview(
        to: Administration,
        acting: Account,
        proposed: Policy,
        roster: Vec<Member>,
    ) -> Result<Preview> {
        let mut counting = to.preview(&acting, &proposed);
        for page in roster.chunks(500) {
            counting.add(page).await?;
        }
        counting.finish().await
    }
    async fn switch_off(
        to: Administration,
        acting: Account,
        token: Token,
        saved: Option<Cursor>,
    ) -> Result<u64> {
        let mut sweep = to.delete_all(&acting, &token)?;
        if let Some(cursor) = saved {
            sweep = sweep.resume(cursor);
        }
        let mut failed = 0;
        while let Some(progress) = sweep.next().await? {
            failed = progress.failed;
        }
        Ok(failed)
    }
    async fn others(to: Administration, roster: Vec<Member>) -> Result<()> {
        to.totals(&acme()).await?;
        to.reseal(&acme()).next().await?;
        to.needs_reenrollment(&acme(), second_factor::Cohort::SecretShorterThan(128)).next().await?;
        to.announce(&REQUIRED, &roster, &operator("policy")).await.map(drop)
    }
    let host = host();
    let (to, ann) = (host.administration.clone(), account("ann", &OFF));
    let confirmation = host.preview(&ann, &OFF, &[]).await.confirmation;
    spawned(preview(to.clone(), ann.clone(), OFF, Vec::new()));
    spawned(switch_off(to.clone(), ann, confirmation, None));
    spawned(others(to, Vec::new()));
}
