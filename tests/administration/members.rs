//! S13: who has it on, and how many.

use std::sync::atomic::Ordering;

use second_factor::{Error, FirstFactor, SignIn, TenantId, Unavailable};

use crate::setting::{Fault, OPTIONAL, account, acme, host, key, numbered};

#[tokio::test]
async fn s13_a_member_list_shows_who_has_it_on() {
    let host = host();
    host.enroll(&[key("ann"), key("cid")]).await;
    let asked = ["cid", "bob", "ann", "cid"].map(key);
    let shown = host.administration.summaries(&asked).await.unwrap();
    let on: Vec<_> = shown.iter().map(|it| it.is_some_and(|it| it.enrolled_at.is_some())).collect();
    assert_eq!(on, [true, false, true, true], "in the order asked, and as often");
    assert!(shown[1].is_none());
    assert!(host.administration.summaries(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn s13_any_number_of_members_can_be_asked_for() {
    let host = host();
    let users = numbered(250);
    host.enroll(&users[..249]).await;
    let shown = host.administration.summaries(&users).await.unwrap();
    assert_eq!((shown.len(), shown.iter().flatten().count()), (250, 249));
    assert!(shown[249].is_none());
}

#[tokio::test]
async fn s13_a_directory_that_fails_or_answers_less_is_an_error_and_not_an_absence() {
    let host = host();
    host.enroll(&[key("ann")]).await;
    for fault in [Fault::Fails, Fault::AnswersOneLess] {
        let shown = host.with_fault(fault).summaries(&[key("bob"), key("ann")]).await;
        assert!(matches!(shown, Err(Error::Unavailable(Unavailable::Directory(_)))), "{fault:?}");
    }
}

#[tokio::test]
async fn s13_totals_go_over_all_pages_of_one_tenant() {
    let host = host();
    assert_eq!(host.administration.totals(&acme()).await.unwrap(), Default::default());
    host.enroll(&numbered(249)).await;
    host.enroll(&[second_factor::UserKey::new("acme2", "x"), second_factor::UserKey::new("acm", "x")]).await;
    host.mailer.down.store(true, Ordering::SeqCst);
    host.enroll(&[key("waits")]).await;
    let by = second_factor::Actor::Operator("support".into());
    host.verifier.reset(&key("u007"), second_factor::Reset::by(by, "lost the phone")).await.unwrap();
    let totals = host.administration.totals(&acme()).await.unwrap();
    assert_eq!((totals.records, totals.enrolled, totals.locked), (250, 249, 0));
    assert_eq!(totals.with_pending_notices, 2, "the one who was reset, and the new one");
    let other = host.administration.totals(&TenantId::new("acme2")).await.unwrap();
    assert_eq!((other.records, other.enrolled), (1, 1));
}

#[tokio::test]
async fn s13_who_waits_after_wrong_codes_is_locked_until_the_moment_itself() {
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
    let until = host.summary(&key("ann")).await.unwrap().locked_until.unwrap();
    assert_eq!(until.seconds(), crate::setting::START + 30);
    for (now, locked) in [(until.seconds() - 1, 1), (until.seconds(), 0)] {
        host.clock.set(second_factor::UnixTime::from_seconds(now));
        assert_eq!(host.administration.totals(&acme()).await.unwrap().locked, locked);
    }
}
