//! P15, P25, P26, P36: what a reset takes away and what it leaves, tickets, a changed password, rotated keys.

use std::time::Duration;

use second_factor::{
    Actor, Assurance, Authority, Because, EventKind, KeyRing, NewAuthenticator, NotAllowed, Policy, Reason,
    Requirement, Reset, SignIn, Unavailable, testing::Phone,
};

use crate::common::{
    DAY, World,
    ceremonies::{Settled, generous, not_allowed},
    key, reason, unavailable,
};

const MINUTE: u64 = 60;

fn ticket(typed: &str) -> Authority<'_> {
    Authority::Ticket { sign_in: None, typed }
}

#[tokio::test]
async fn p25_a_changed_password_removes_no_factor_code_count_or_requirement() {
    let world = World::with(generous().require(Requirement::RequiredForAll));
    let Settled { account, phone, codes, .. } = world.settled("ann").await;
    let _session = world.sign_in(&account, &codes[0]).await.unwrap();
    world.guess(&account, &phone, 6).await;
    let before = world.verifier.status(&account, None).await.unwrap();
    let changed = world.with_new_password("ann");
    let after = world.verifier.status(&changed, None).await.unwrap();
    assert_eq!(after.authenticators(), before.authenticators());
    assert_eq!((after.backup_codes_left(), after.locked_until()), (9, before.locked_until()));
    assert!(after.is_on() && !after.may_disable());
    let right = world.sign_in(&changed, &phone.code_at(world.now())).await;
    assert_eq!(reason(right), Reason::Throttled, "the count stands");
    assert_eq!(reason(world.sign_in(&changed, &codes[0]).await), Reason::Replayed);
    let _session = world.sign_in(&changed, &codes[1]).await.unwrap();
    world.pass(30);
    let _session = world.sign_in(&changed, &phone.code_at(world.now())).await.unwrap();
}

#[tokio::test]
async fn p26_a_reset_leaves_nothing_usable_and_says_who_and_why() {
    let world = World::with(generous());
    let Settled { account, phone, codes, .. } = world.settled("ann").await;
    let browser = world.trusting(&account, &phone, "laptop").await;
    let (_told, by) = (world.outbox.take(), Actor::User(key("admin")));
    let reset = Reset::by(by.clone(), "  lost the phone ");
    assert!(world.verifier.reset(&key("ann"), reset).await.unwrap().is_none(), "and nothing that signs in");
    let event = EventKind::Reset { by, reason: "lost the phone".into() };
    let told = world.outbox.take();
    assert_eq!(told.iter().map(|notice| notice.event().kind()).collect::<Vec<_>>(), [&event]);
    assert_eq!(world.audit.lock().unwrap().last().unwrap().kind(), &event);
    assert!(told[0].event().ends_sessions());
    let status = world.verifier.status(&account, Some(&browser)).await.unwrap();
    assert!(!status.is_on() && status.devices().is_empty() && status.backup_codes_left() == 0);
    let SignIn::Open(open) = world.begin_in(&account, Some(&browser)).await else { panic!("not enrolled") };
    assert_eq!(open.assurance(), Assurance::FirstFactorOnly(Because::NotEnrolled));
    let again = world.settled("ann").await;
    for old in [&phone.code_at(world.now()), &codes[0]] {
        assert_eq!(reason(world.sign_in(&again.account, old).await), Reason::Wrong);
    }
}

#[tokio::test]
async fn p26_nobody_resets_themselves_and_a_reason_is_needed() {
    let world = World::new();
    let _ann = world.settled("ann").await;
    let row = world.row("ann");
    let operator = || Actor::Operator("support".into());
    let long = "x".repeat(201);
    let attempts = [
        (Reset::by(Actor::User(key("ann")), "me"), NotAllowed::OwnReset),
        (Reset::by(operator(), ""), NotAllowed::InvalidReason),
        (Reset::by(operator(), " \n "), NotAllowed::InvalidReason),
        (Reset::by(operator(), &long), NotAllowed::InvalidReason),
        (
            Reset::by(operator(), "r").with_ticket(Duration::from_secs(10 * MINUTE - 1)),
            NotAllowed::InvalidLifetime,
        ),
        (Reset::by(operator(), "r").with_ticket(Duration::from_secs(DAY + 1)), NotAllowed::InvalidLifetime),
    ];
    for (reset, expected) in attempts {
        assert_eq!(not_allowed(world.verifier.reset(&key("ann"), reset).await), expected);
    }
    assert_eq!(world.row("ann").revision(), row.revision());
    let same_name = Actor::User(second_factor::UserKey::new("globex", "ann"));
    let longest = Reset::by(same_name, &long[1..]).with_ticket(Duration::from_secs(DAY));
    assert!(world.verifier.reset(&key("ann"), longest).await.unwrap().is_some());
}

#[tokio::test]
async fn p26_the_ticket_is_needed_once_and_no_other_is_accepted() {
    let world = World::new();
    let Settled { account, codes, .. } = world.settled("ann").await;
    let older = world.reset_with_ticket("ann", DAY).await;
    let right = world.reset_with_ticket("ann", DAY).await;
    let bobs = world.reset_with_ticket("bob", DAY).await;
    assert!(world.verifier.status(&account, None).await.unwrap().needs_ticket());
    assert_eq!(not_allowed(world.enroll(&account, Authority::OpenSession).await), NotAllowed::NeedsTicket);
    for wrong in [older.reveal(), bobs.reveal(), &codes[0]] {
        assert_eq!(reason(world.enroll(&account, ticket(wrong)).await), Reason::Wrong);
    }
    assert_eq!(reason(world.enroll(&account, ticket("no ticket")).await), Reason::Malformed);
    // Beginning does not use it up, so that a closed page costs nothing; confirming does.
    let typed = right.reveal().to_lowercase().replace('-', " ");
    let _closed = world.enroll(&account, ticket(&typed)).await.unwrap();
    let enrollment = world.enroll(&account, ticket(right.reveal())).await.unwrap();
    let phone = world.confirmed(&account, &enrollment).await;
    assert!(!world.verifier.status(&account, None).await.unwrap().needs_ticket());
    assert_eq!(not_allowed(world.enroll(&account, ticket(right.reveal())).await), NotAllowed::NeedsProof);
    let proof = world.proof(&account, &phone, &second_factor::Action::Disable).await;
    world.verifier.disable(&account, &proof).await.unwrap();
    let _enrollment = world.enroll(&account, Authority::OpenSession).await.expect("a reset of long ago");
}

#[tokio::test]
async fn p26_a_required_set_up_takes_the_ticket_too_unless_the_policy_waives_it() {
    let required = Policy::new(Requirement::RequiredForAll);
    for waived in [false, true] {
        let world = World::with(required.clone().waive_tickets(waived));
        let Settled { account, .. } = world.settled("ann").await;
        let right = world.reset_with_ticket("ann", DAY).await;
        let SignIn::Enroll(enroll) = world.begin_in(&account, None).await else { panic!("required") };
        assert_eq!(enroll.needs_ticket(), !waived);
        let without = world.enroll(&account, Authority::SignIn(enroll.token())).await;
        if waived {
            let _phone = world.confirmed(&account, &without.unwrap()).await;
        } else {
            assert_eq!(not_allowed(without), NotAllowed::NeedsTicket);
            let by = Authority::Ticket { sign_in: Some(enroll.token()), typed: right.reveal() };
            let enrollment = world.enroll(&account, by).await.unwrap();
            let _phone = world.confirmed(&account, &enrollment).await;
        }
    }
}

/// The ticket of a user who never had a second factor binds as well; a ticket alone, without the account's first factor, is for the host.
#[tokio::test]
async fn p15_a_ticket_is_refused_at_its_expiry_and_stays_needed() {
    for lifetime in [10 * MINUTE, DAY] {
        for (age, good) in [(lifetime - 1, true), (lifetime, false), (1_000 * DAY, false)] {
            let world = World::new();
            let account = world.account("ann");
            let right = world.reset_with_ticket("ann", lifetime).await;
            assert_eq!(right.expires_at(), world.now().plus(lifetime));
            world.pass(age);
            let begun = world.enroll(&account, ticket(right.reveal())).await;
            if good {
                let _phone = world.confirmed(&account, &begun.unwrap()).await;
            } else {
                assert_eq!(reason(begun), Reason::Wrong, "after {age} s");
                let without = world.enroll(&account, Authority::OpenSession).await;
                assert_eq!(not_allowed(without), NotAllowed::NeedsTicket, "it does not go by waiting");
            }
        }
    }
}

#[tokio::test]
async fn p26_a_reset_and_a_disable_keep_the_bucket_and_the_lane() {
    for how in ["reset", "disable"] {
        let world = World::new();
        let Settled { account, phone, .. } = world.settled("ann").await;
        let proof = world.proof(&account, &phone, &second_factor::Action::Disable).await;
        world.guess(&account, &phone, 6).await;
        let held = world.verifier.status(&account, None).await.unwrap().locked_until();
        match how {
            "reset" => world.reset("ann").await,
            _ => world.verifier.disable(&account, &proof).await.unwrap(),
        }
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = world.verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let code = Phone::scan(enrollment.uri()).code_at(world.now());
        let confirmed = world.verifier.confirm(&account, enrollment.token(), &code).await;
        assert_eq!(crate::common::retry_at(confirmed), held, "{how}");
        world.pass(30);
        let _phone = world.confirmed(&account, &enrollment).await;
    }
}

#[tokio::test]
async fn p36_a_resealed_record_is_under_the_primary_and_the_old_key_can_be_retired() {
    let world = World::new();
    let Settled { account, phone, codes, .. } = world.settled("ann").await;
    assert!(!world.verifier.reseal(&key("ann")).await.unwrap(), "it is under the primary already");
    assert!(!world.verifier.reseal(&key("nobody")).await.unwrap());
    let rotated = world.restarted_with(&world.rotated_keys());
    let row = rotated.row("ann");
    assert!(rotated.verifier.reseal(&key("ann")).await.unwrap());
    assert!(!rotated.verifier.reseal(&key("ann")).await.unwrap(), "once is enough");
    let resealed = rotated.row("ann");
    assert_ne!(resealed.sealed()[2..6], row.sealed()[2..6], "another key");
    assert_eq!(resealed.summary().generation, row.summary().generation + 1);
    let retired = KeyRing::from_text(&rotated.keys).unwrap().retire().to_text().to_string();
    let retired = rotated.restarted_with(&retired);
    let _session = retired.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
    let _session = retired.sign_in(&account, &codes[0]).await.expect("its own keys are as they were");
    retired.store.force(&key("ann"), Some(row));
    let error = unavailable(retired.verifier.status(&account, None).await);
    assert!(matches!(error, Unavailable::UnknownKey), "what was not resealed is an error: {error:?}");
    let error = unavailable(retired.verifier.reseal(&key("ann")).await);
    assert!(matches!(error, Unavailable::UnknownKey));
}
