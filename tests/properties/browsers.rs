//! P15, P16, P18, P23, P24: browsers that are known or trusted, and their lanes.

use second_factor::{
    Access, Account, Action, Assurance, Authority, Factor, NewAuthenticator, NotAllowed, Policy, Reason,
    Requirement, SignIn, Trust, TrustDays, UserKey, testing::Phone,
};

use crate::common::{
    DAY, World,
    ceremonies::{Settled, generous, not_allowed, value},
    reason, retry_at,
};

fn trusting_for(days: u8) -> Policy {
    generous().trusted_devices(Trust::Days(TrustDays::new(days).unwrap()))
}

/// The earlier of what was granted and what the policy now says, to the second, and not prolonged by use.
#[tokio::test]
async fn p15_trust_ends_at_the_earlier_of_its_issue_and_the_present_policy() {
    for (granted, now_allowed, expected) in [(14, 14, 14_u64), (14, 1, 1), (1, 14, 1), (90, 90, 90)] {
        let world = World::with(trusting_for(granted));
        let Settled { account, phone, .. } = world.settled("ann").await;
        let from = world.now();
        let browser = world.trusting(&account, &phone, "laptop").await;
        let account = world.under("ann", &trusting_for(now_allowed));
        for day in 0..expected {
            world.clock.set(from.plus(day * DAY + 60));
            assert!(world.is_trusted(&account, &browser).await, "used on day {day}");
        }
        world.clock.set(from.plus(expected * DAY - 1));
        assert!(world.is_trusted(&account, &browser).await, "{granted} {now_allowed}: one second before");
        let status = world.verifier.status(&account, Some(&browser)).await.unwrap();
        assert_eq!(status.devices()[0].until, Some(from.plus(expected * DAY)));
        world.pass(1);
        assert!(!world.is_trusted(&account, &browser).await, "{granted} {now_allowed}: at its end");
        assert_eq!(world.verifier.status(&account, Some(&browser)).await.unwrap().devices(), []);
    }
}

/// What the phone's lane tells: a known browser waits for its own failures only.
#[tokio::test]
async fn p15_a_browser_is_known_for_180_days_from_its_last_sign_in() {
    for (age, known) in [(180 * DAY - 1, true), (180 * DAY, false)] {
        let world = World::new();
        let Settled { account, phone, browser, .. } = world.settled("ann").await;
        let start = world.now();
        let signed_in = world.sign_in_from(&account, Some(&browser), &phone.code_at(start)).await.unwrap();
        let browser = value(signed_in.cookie());
        world.clock.set(start.plus(age));
        world.guess(&account, &phone, 6).await;
        let status = world.verifier.status(&account, Some(&browser)).await.unwrap();
        assert_eq!(status.locked_until().is_none(), known, "after {age} s");
    }
}

#[tokio::test]
async fn p16_a_browser_is_nobody_elses_in_no_tenant() {
    let world = World::with(generous());
    let ann = world.settled("ann").await;
    let bob = world.settled("bob").await;
    let globex = Account::new(UserKey::new("globex", "ann"), "stamp-1", &world.policy);
    let enrollment = world.enroll(&globex, second_factor::Authority::OpenSession).await.unwrap();
    let _phone = world.confirmed(&globex, &enrollment).await;
    let browser = world.trusting(&ann.account, &ann.phone, "laptop").await;
    assert!(world.is_trusted(&ann.account, &browser).await);
    for other in [&bob.account, &globex] {
        assert!(!world.is_trusted(other, &browser).await);
        assert!(world.verifier.status(other, Some(&browser)).await.unwrap().devices().is_empty());
    }
    let names = [&ann.account, &bob.account, &globex].map(|account| account.device_cookie_name());
    assert!(names[0] != names[1] && names[0] != names[2]);
}

/// The id alone, another secret, or a respelt value: no such browser.
#[tokio::test]
async fn p16_every_changed_character_of_the_cookie_makes_it_nobodys() {
    let world = World::with(generous());
    let Settled { account, phone, .. } = world.settled("ann").await;
    let browser = world.trusting(&account, &phone, "laptop").await;
    for place in 0..browser.len() {
        let mut changed = browser.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(!world.is_trusted(&account, &changed).await, "character {place}");
    }
    for respelt in
        ["", "A", &browser[1..], &format!("{browser}="), &format!(" {browser}"), &browser.repeat(2)]
    {
        assert!(!world.is_trusted(&account, respelt).await, "{respelt}");
    }
    assert!(world.is_trusted(&account, &browser).await);
}

/// Each sign-in gives the browser another secret, so an older copy of its cookie is worth nothing.
#[tokio::test]
async fn p16_an_older_cookie_of_the_same_browser_is_nobodys() {
    let world = World::with(generous());
    let Settled { account, phone, .. } = world.settled("ann").await;
    let old = world.trusting(&account, &phone, "laptop").await;
    world.clock.advance(std::time::Duration::from_secs(14 * DAY));
    let SignIn::Challenge(asked) = world.begin_in(&account, Some(&old)).await else {
        panic!("its trust is over")
    };
    let (code, again) = (phone.code_at(world.now()), Some("laptop"));
    let signed_in = world.verifier.verify(&account, asked.token(), &code, again).await.unwrap();
    assert!(world.is_trusted(&account, &value(signed_in.cookie())).await, "the same browser");
    assert!(!world.is_trusted(&account, &old).await);
}

/// A thief may have trusted a browser with the phone that is removed.
#[tokio::test]
async fn p17_no_browser_is_trusted_after_an_authenticator_was_removed() {
    let world = World::with(generous());
    let Settled { account, phone, .. } = world.settled("ann").await;
    let browser = world.trusting(&account, &phone, "laptop").await;
    let verifier = &world.verifier;
    let second = {
        let proof = world.proof(&account, &phone, &Action::AddAuthenticator).await;
        let new = NewAuthenticator::new("ann@example.com").named("Tablet");
        let set_up = verifier.enroll(&account, Authority::StepUp(&proof), &new).await.unwrap();
        let tablet = Phone::scan(set_up.uri());
        let _session =
            verifier.confirm(&account, set_up.token(), &tablet.code_at(world.now())).await.unwrap();
        verifier.status(&account, None).await.unwrap().authenticators()[1].id
    };
    assert!(world.is_trusted(&account, &browser).await, "to add one ends nothing");
    let proof = world.proof(&account, &phone, &Action::Remove(second)).await;
    verifier.remove_authenticator(&account, second, &proof).await.unwrap();
    assert!(!world.is_trusted(&account, &browser).await);
}

/// Switched off and on again, the policy finds nobody trusted who has signed in between.
#[tokio::test]
async fn p17_a_policy_that_trusts_no_browser_ends_trust_for_good() {
    let world = World::with(generous());
    let Settled { account, phone, .. } = world.settled("ann").await;
    let cookie = world.trusting(&account, &phone, "laptop").await;
    let never = world.under("ann", &generous().trusted_devices(Trust::Off));
    let signed_in = world.sign_in_from(&never, Some(&cookie), &phone.code_at(world.now())).await.unwrap();
    assert!(!world.is_trusted(&account, &value(signed_in.cookie())).await);
}

#[tokio::test]
async fn p18_a_trusted_browser_never_counts_as_a_second_factor() {
    let world = World::with(generous());
    let Settled { account, phone, .. } = world.settled("ann").await;
    let at = world.now();
    let browser = world.trusting(&account, &phone, "laptop").await;
    let SignIn::Open(signed_in) = world.begin_in(&account, Some(&browser)).await else { panic!("trusted") };
    assert_eq!(signed_in.assurance(), Assurance::TrustedDevice { verified_at: at });
    assert!(!signed_in.assurance().is_second_factor());
    assert!(signed_in.cookie().is_none(), "nor does it prolong anything");
    // It opens a session and no settings.
    let asked = world
        .verifier
        .begin_step_up(&account, &second_factor::Action::Disable, Some(&browser))
        .await
        .unwrap();
    assert!(asked.factors().contains(&Factor::Totp));
    let enroll = world.enroll(&account, second_factor::Authority::OpenSession).await;
    assert_eq!(not_allowed(enroll), NotAllowed::NeedsProof);
}

#[tokio::test]
async fn p18_a_policy_that_forbids_trust_ends_it_for_sign_ins_and_open_sessions() {
    let off = generous().trusted_devices(Trust::Off);
    let strict = Policy::nist_strict(Requirement::Optional)
        .trusted_devices(Trust::UntilSignOut)
        .trusted_devices(Trust::Days(TrustDays::DEFAULT));
    for forbidding in [off, strict] {
        let world = World::with(generous());
        let Settled { account, phone, .. } = world.settled("ann").await;
        let browser = world.trusting(&account, &phone, "laptop").await;
        let SignIn::Open(open) = world.begin_in(&account, Some(&browser)).await else { panic!("trusted") };
        let forbidding = world.under("ann", &forbidding);
        let SignIn::Challenge(asked) = world.begin_in(&forbidding, Some(&browser)).await else {
            panic!("it is asked")
        };
        assert_eq!(asked.may_trust(), None, "nor is it offered");
        let access = world.verifier.assess(&forbidding, open.assurance()).await.unwrap();
        assert_eq!(access, Access::SignInAgain);
        let code = phone.code_at(world.now());
        let typed = world.verifier.verify(&forbidding, asked.token(), &code, Some("laptop")).await.unwrap();
        let again = value(typed.cookie());
        assert!(!world.is_trusted(&forbidding, &again).await, "asked for all the same, and not given");
    }
}

/// Every lane of one user counts for itself, and by nothing but the browser that the record knows.
#[tokio::test]
async fn p23_p24_failures_in_one_lane_hold_up_no_other() {
    let world = World::new();
    let Settled { account, phone, browser: first, .. } = world.settled("ann").await;
    let signed_in = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
    let second = value(signed_in.cookie());
    world.next_step();
    let lanes = [None, Some(first.as_str()), Some(second.as_str())];
    for (failing, lane) in lanes.into_iter().enumerate() {
        for guess in 1..=6 {
            let refused = world.sign_in_from(&account, lane, &world.wrong(&[&phone])).await;
            let held = (guess == 6).then(|| world.now().plus(30));
            assert_eq!(retry_at(refused), held, "lane {failing}, guess {guess}");
        }
        for (other, lane) in lanes.into_iter().enumerate() {
            let locked = world.verifier.status(&account, lane).await.unwrap().locked_until().is_some();
            assert_eq!(locked, other <= failing, "lane {other} after {failing}");
        }
    }
    // A cookie that is no browser of hers opens no lane of its own.
    for stranger in ["", "A", &"A".repeat(64), &format!("{}A", &first[..63])] {
        let refused = world.sign_in_from(&account, Some(stranger), &phone.code_at(world.now())).await;
        assert_eq!(reason(refused), Reason::Throttled, "{stranger:?}");
    }
}

/// A lane belongs to its browser, so who makes it forgotten, or the password changes, is in the unknown lane again.
#[tokio::test]
async fn p23_a_browser_that_was_forgotten_counts_with_the_unknown_ones() {
    for how in ["revoked", "all revoked", "password changed"] {
        let world = World::with(generous());
        let Settled { mut account, phone, .. } = world.settled("ann").await;
        let browser = world.trusting(&account, &phone, "laptop").await;
        world.guess(&account, &phone, 6).await;
        assert_eq!(world.verifier.status(&account, Some(&browser)).await.unwrap().locked_until(), None);
        match how {
            "revoked" => {
                let id = world.verifier.status(&account, None).await.unwrap().devices()[0].id;
                world.verifier.revoke_device(&account, id).await.unwrap();
            }
            "all revoked" => world.verifier.revoke_devices(&account).await.unwrap(),
            _ => account = world.with_new_password("ann"),
        }
        let refused = world.sign_in_from(&account, Some(&browser), &phone.code_at(world.now())).await;
        assert_eq!(reason(refused), Reason::Throttled, "{how}");
    }
}

/// The lane of a known browser holds 20 guesses and leaks one a day: the twentieth passes, the next waits.
#[tokio::test]
async fn p19_a_known_lane_holds_twenty_guesses_and_successes_do_not_lower_it() {
    let world = World::new();
    let Settled { account, phone, mut browser, .. } = world.settled("ann").await;
    let first = world.now();
    for round in 0..4 {
        if round > 0 {
            let code = phone.code_at(world.now());
            let signed_in = world.sign_in_from(&account, Some(&browser), &code).await.unwrap();
            browser = value(signed_in.cookie());
            world.next_step();
        }
        for _ in 0..5 {
            let refused = world.sign_in_from(&account, Some(&browser), &world.wrong(&[&phone])).await;
            assert_eq!(reason(refused), Reason::Wrong);
        }
    }
    let attempt = async || world.sign_in_from(&account, Some(&browser), &phone.code_at(world.now())).await;
    assert_eq!(retry_at(attempt().await), Some(first.plus(DAY)));
    let _unknown = world.sign_in(&account, &phone.code_at(world.now())).await.expect("another lane");
    world.clock.set(first.plus(DAY - 1));
    assert_eq!(reason(attempt().await), Reason::Throttled);
    world.clock.set(first.plus(DAY));
    let _session = attempt().await.expect("a day has leaked one guess");
}
