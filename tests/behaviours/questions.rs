//! What else people ask of the systems that do this job: double clicks, clocks that are off, alerts, moving in, new keys.

use second_factor::{
    Access, Action, Authority, Error, EventKind, FirstFactor, Import, KeyRing, NotAllowed, Policy, Reason,
    Requirement, SignIn, Unavailable, UnixTime, testing::Phone,
};

use crate::host::{Browser, Host, Member, not_allowed, operator, rejected};

fn optional() -> Host {
    Host::new(Policy::new(Requirement::Optional))
}

/// A double click does not say "invalid code" after success: the page learns that it was completed. It opens no second session, and the
/// same code on another page is refused like any other.
#[tokio::test]
async fn a_double_click_leads_to_the_session_that_was_opened() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let code = acme.fresh(&phone);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    let other_page = acme.password(&ann, &mut Browser::new()).await.code();
    acme.code(&ann, &mut laptop, &challenge, &code).await.unwrap();

    let again = rejected(acme.code(&ann, &mut Browser::new(), &challenge, &code).await);
    assert!(again.already_completed());
    let elsewhere = rejected(acme.code(&ann, &mut Browser::new(), &other_page, &code).await);
    assert_eq!((elsewhere.already_completed(), elsewhere.reason()), (false, Reason::Replayed));

    // A click that repeats costs nothing, however often.
    for _ in 0..20 {
        let again = rejected(acme.code(&ann, &mut Browser::new(), &challenge, &code).await);
        assert_eq!((again.already_completed(), again.retry_at()), (true, None));
    }
}

/// A hint about the phone's clock on a failed set-up, in both directions, to ten minutes; never at a sign-in.
#[tokio::test]
async fn a_failed_set_up_tells_that_the_phones_clock_is_off() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    for (minutes, hint) in
        [(4_i64, Some(240)), (-3, Some(-180)), (10, Some(600)), (-10, Some(-600)), (11, None)]
    {
        let (enrollment, phone) = acme.set_up_page(&ann, Authority::OpenSession).await;
        let code = phone.code_at(later(acme.now(), minutes));
        let refused = rejected(acme.confirm(&ann, &mut laptop, &enrollment, &code).await);
        assert_eq!((refused.reason(), refused.clock_hint()), (Reason::Wrong, hint), "{minutes} minutes");
        acme.confirm(&ann, &mut laptop, &enrollment, &phone.code_at(acme.now())).await.unwrap();
        acme.verifier.reset(&ann.key(), reset()).await.unwrap();
        acme.pass(600);
    }

    let (phone, _) = acme.set_up(&ann, &mut laptop, Authority::OpenSession).await;
    let challenge = acme.password(&ann, &mut laptop).await.code();
    let ahead = phone.code_at(later(acme.now(), 4));
    let refused = rejected(acme.code(&ann, &mut laptop, &challenge, &ahead).await);
    assert_eq!(refused.clock_hint(), None, "it would help whoever is guessing");
}

fn later(now: UnixTime, minutes: i64) -> UnixTime {
    UnixTime::from_seconds(now.seconds().saturating_add_signed(60 * minutes))
}

fn reset() -> second_factor::Reset {
    second_factor::Reset::by(second_factor::Actor::Operator("support".into()), "next case")
}

/// By how much a phone's clock is off shows at each sign-in that passes.
#[tokio::test]
async fn a_sign_in_tells_how_far_the_phones_clock_is_off() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let (phone, _) = acme.turn_on(&ann, &mut Browser::new()).await;
    let account = acme.account(&ann);
    for (ahead, offset) in [(0_u64, 0), (30, 1)] {
        acme.pass(120);
        acme.fresh(&phone);
        let code = phone.code_at(acme.now().plus(ahead));
        let challenge = acme.password(&ann, &mut Browser::new()).await.code();
        let signed_in = acme.verifier.verify(&account, challenge.token(), &code, None).await.unwrap();
        assert_eq!(signed_in.matched_offset(), Some(offset));
    }
}

/// An alert when the password was right but the second step never came: a `Challenged` in the audit log without a `SignedIn` after it.
#[tokio::test]
async fn the_audit_log_shows_a_second_step_that_never_came() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let (phone, _) = acme.turn_on(&ann, &mut Browser::new()).await;
    let open_challenges = || {
        acme.log(&ann).iter().fold(0, |open, kind| match kind {
            EventKind::Challenged => open + 1,
            EventKind::SignedIn { .. } => open - 1,
            _ => open,
        })
    };
    acme.sign_in(&ann, &mut Browser::new(), &phone).await;
    assert_eq!(open_challenges(), 0);

    acme.password(&ann, &mut Browser::new()).await.code();
    acme.pass(600);
    assert_eq!(open_challenges(), 1, "ten minutes later: somebody has the password, and nothing else");
    assert!(!acme.post.read(&ann).contains(&EventKind::Challenged), "the host decides whom to alert");
}

/// Every refused code is in the log; half of the guesses used up is worth a message.
#[tokio::test]
async fn somebody_who_guesses_is_noticed() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let (phone, _) = acme.turn_on(&ann, &mut Browser::new()).await;
    acme.post.read(&ann);
    for _ in 0..50 {
        acme.pass(3600);
        let challenge = acme.password(&ann, &mut Browser::new()).await.code();
        rejected(acme.code(&ann, &mut Browser::new(), &challenge, &acme.wrong(&phone, "")).await);
    }
    let refused = |kind: &&EventKind| matches!(kind, EventKind::CodeRefused { .. });
    assert_eq!(acme.log(&ann).iter().filter(refused).count(), 50);
    // 50 guesses in 50 hours, of which one a day leaks away: not yet half of a hundred.
    assert!(acme.post.read(&ann).is_empty());
    for _ in 0..3 {
        acme.pass(3600);
        let challenge = acme.password(&ann, &mut Browser::new()).await.code();
        rejected(acme.code(&ann, &mut Browser::new(), &challenge, &acme.wrong(&phone, "")).await);
    }
    assert_eq!(acme.post.read(&ann), [EventKind::ManyWrongCodes { all: false }]);
}

/// "Forgot your password?" says nothing about the second factor: the app, the backup codes, the requirement and the count of wrong codes
/// are what they were. Only what hung on the old password is over.
#[tokio::test]
async fn p25_a_new_password_changes_nothing_about_the_second_factor() {
    let (mut acme, mut ann) = (optional(), Member::named("ann"));
    let (phone, codes) = acme.turn_on(&ann, &mut Browser::new()).await;
    acme.save_policy("acme", Policy::new(Requirement::RequiredForAll));
    acme.fresh(&phone);
    let before = acme.password(&ann, &mut Browser::new()).await.code();
    for _ in 0..6 {
        rejected(acme.code(&ann, &mut Browser::new(), &before, &acme.wrong(&phone, "")).await);
    }
    let held_until = acme.now().plus(30);

    ann.changes_password();
    let over = acme.code(&ann, &mut Browser::new(), &before, &codes[0]).await;
    assert_eq!(rejected(over).reason(), Reason::StampChanged);
    let mut laptop = Browser::new();
    let challenge = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(challenge.retry_at(), Some(held_until), "the count stays");
    let settings = acme.settings(&ann, &laptop).await;
    assert_eq!((settings.backup_codes_left(), settings.may_disable()), (10, false));
    let early = acme.code(&ann, &mut laptop, &challenge, &phone.code_at(acme.now())).await;
    assert_eq!(rejected(early).reason(), Reason::Throttled);
    acme.code(&ann, &mut laptop, &challenge, &codes[0]).await.unwrap();
    acme.sign_in(&ann, &mut laptop, &phone).await;
}

/// Whoever floods a user with wrong codes holds back nobody who sits before a known browser, or has a backup code.
#[tokio::test]
async fn a_known_browser_and_a_backup_code_get_in_during_an_attack() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, codes) = acme.turn_on(&ann, &mut laptop).await;
    for _ in 0..6 {
        let challenge = acme.password(&ann, &mut Browser::new()).await.code();
        rejected(acme.code(&ann, &mut Browser::new(), &challenge, &acme.wrong(&phone, "")).await);
    }
    let stranger = acme.password(&ann, &mut Browser::new()).await.code();
    assert!(stranger.retry_at().is_some());
    let known = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(known.retry_at(), None);
    acme.code(&ann, &mut laptop, &known, &phone.code_at(acme.now().plus(30))).await.unwrap();
    acme.code(&ann, &mut Browser::new(), &stranger, &codes[0]).await.unwrap();
}

/// Moving in from another system: the phone goes on working, codes that were just used there do not work here, and a second run of the
/// migration changes nothing.
#[tokio::test]
async fn authenticators_come_along_from_another_system() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let uri = "otpauth://totp/Old:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Old";
    let phone = Phone::scan(uri);
    for _ in 0..2 {
        acme.verifier
            .import(&ann.key(), Import::from_uri(uri).unwrap().named("Phone"), &operator("migration"))
            .await
            .unwrap();
    }
    let told = acme.post.read(&ann);
    assert_eq!(told, [EventKind::AuthenticatorImported { name: "Phone".into(), by: operator("migration") }]);
    assert_eq!(acme.settings(&ann, &Browser::new()).await.authenticators().len(), 1);

    let challenge = acme.password(&ann, &mut Browser::new()).await.code();
    let just_used = acme.code(&ann, &mut Browser::new(), &challenge, &phone.code_at(acme.now())).await;
    assert_eq!(rejected(just_used).reason(), Reason::Replayed);
    acme.pass(90);
    acme.sign_in(&ann, &mut Browser::new(), &phone).await;

    // 80 bits are taken over only by the name that says what they are.
    let weak = "otpauth://totp/Old:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Old";
    assert_eq!(Import::from_uri(weak).unwrap_err(), NotAllowed::InvalidImport);
    let bob = Member::named("bob");
    acme.verifier
        .import(&bob.key(), Import::from_weak_legacy_uri(weak).unwrap(), &operator("migration"))
        .await
        .unwrap();
    acme.password(&bob, &mut Browser::new()).await.code();
}

/// Keys are rotated without locking anyone out: what was sealed under the old key opens, and once all is sealed anew the old key goes.
#[tokio::test]
async fn keys_are_rotated_without_locking_anyone_out() {
    let (mut acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let old = acme.keys.clone();
    let under_way = acme.password(&ann, &mut laptop).await.code();
    let both = KeyRing::from_text(&old).unwrap().rotate().unwrap().to_text().to_string();
    acme.restart(&both);
    let code = acme.fresh(&phone);
    acme.code(&ann, &mut laptop, &under_way, &code).await.unwrap();

    // Signing in has sealed ann's record anew; nothing is left to do for it.
    assert!(!acme.verifier.reseal(&ann.key()).await.unwrap());
    acme.restart(&KeyRing::from_text(&both).unwrap().retire().to_text());
    acme.sign_in(&ann, &mut laptop, &phone).await;

    // A key that is gone too early is an error for those it still sealed, and never "not enrolled".
    acme.restart(&old);
    let account = acme.account(&ann);
    let lost = acme.verifier.begin(&account, FirstFactor::Password, None).await;
    assert!(matches!(lost, Err(Error::Unavailable(Unavailable::UnknownKey))), "{lost:?}");
}

/// A host's own dangerous page asks for the second factor once more, and the answer is good for one deed of that name.
#[tokio::test]
async fn a_dangerous_page_of_the_host_asks_once_more() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let account = acme.account(&ann);
    let export = Action::Host("export all data".into());
    let proof = acme.step_up(&ann, &laptop, &export, &acme.fresh(&phone)).await.unwrap();
    let other = acme.verifier.spend(&account, &proof, &Action::Host("delete all data".into())).await;
    assert_eq!(rejected(other).reason(), Reason::WrongPurpose);
    acme.verifier.spend(&account, &proof, &export).await.unwrap();
    assert_eq!(not_allowed(acme.verifier.spend(&account, &proof, &export).await), NotAllowed::NeedsProof);
    assert_eq!(acme.log(&ann).last(), Some(&EventKind::ProofSpent { action: export }));
    assert_eq!(acme.click(&ann, &laptop).await, Access::Granted { enroll_by: None });
}

/// A missing row where the host says "enrolled" is an error, not a way in.
#[tokio::test]
async fn a_lost_row_is_no_way_in() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let account = acme.account(&ann).known_enrolled(true);
    let begun = acme.verifier.begin(&account, FirstFactor::Password, None).await;
    assert!(!matches!(begun, Ok(SignIn::Open(_))));
    assert!(matches!(begun, Err(Error::Unavailable(Unavailable::MissingRecord))));
}
