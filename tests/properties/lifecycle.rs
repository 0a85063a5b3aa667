//! P13, P14, P31, P43: what changes a factor, and what does not.

use second_factor::{
    Access, Authority, Error, EventKind, FirstFactor, NotAllowed, Policy, Reason, Requirement, SignIn, Token,
    UnixTime, testing::Phone,
};

use crate::common::{STEP, World, key, reason};

async fn enroll_token(world: &World, user: &str) -> Token {
    match world.verifier.begin(&world.account(user), FirstFactor::Password, None).await.unwrap() {
        SignIn::Enroll(enroll) => enroll.token().clone(),
        other => panic!("no set-up is required: {other:?}"),
    }
}

fn not_allowed<T: std::fmt::Debug>(result: second_factor::Result<T>) -> NotAllowed {
    match result {
        Err(Error::NotAllowed(rule)) => rule,
        other => panic!("the rules allow it: {other:?}"),
    }
}

#[tokio::test]
async fn p13_beginning_a_set_up_again_and_again_changes_nothing_about_the_active_one() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let before = world.verifier.status(&account, None).await.unwrap();
    let mut abandoned = Vec::new();
    for _ in 0..12 {
        let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
        abandoned.push(world.enroll(&account, Authority::StepUp(&proof)).await.unwrap());
        world.next_step();
    }
    let after = world.verifier.status(&account, None).await.unwrap();
    assert_eq!(after.authenticators().len(), 1);
    assert_eq!(after.authenticators()[0].id, before.authenticators()[0].id);
    assert_eq!(after.authenticators()[0].added_at, before.authenticators()[0].added_at);
    let (last, replaced) = abandoned.split_last().unwrap();
    for enrollment in replaced {
        let stranger = Phone::scan(enrollment.uri());
        let refused =
            world.verifier.confirm(&account, enrollment.token(), &stranger.code_at(world.now())).await;
        assert_eq!(reason(refused), Reason::Expired, "it gave way to another");
    }
    let pending = Phone::scan(last.uri());
    assert_eq!(reason(world.sign_in(&account, &pending.code_at(world.now())).await), Reason::Wrong);
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
}

#[tokio::test]
async fn p13_a_wrong_code_of_the_pending_one_changes_nothing_about_the_active_one() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
    let enrollment = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
    world.next_step();
    let active = phone.code_at(world.now());
    let refused = world.verifier.confirm(&account, enrollment.token(), &active).await;
    assert_eq!(reason(refused), Reason::Wrong, "a code of the active one confirms nothing");
    let _session = world.sign_in(&account, &active).await.expect("nor was it burnt by that");
    assert_eq!(world.verifier.status(&account, None).await.unwrap().authenticators().len(), 1);
}

#[tokio::test]
async fn p13_a_sign_in_token_sets_nothing_up_once_a_factor_exists() {
    let world = World::with(Policy::new(Requirement::RequiredForAll));
    let account = world.account("ann");
    let (mine, theirs) = (enroll_token(&world, "ann").await, enroll_token(&world, "ann").await);
    let enrollment = world.enroll(&account, Authority::SignIn(&mine)).await.unwrap();
    let _replaced = enrollment;
    let enrollment = world.enroll(&account, Authority::SignIn(&mine)).await.unwrap();
    let _phone = world.confirmed(&account, &enrollment).await;
    for token in [&mine, &theirs] {
        let late = world.enroll(&account, Authority::SignIn(token)).await;
        assert_eq!(reason(late), Reason::EpochChanged);
    }
}

#[tokio::test]
async fn p13_of_two_set_ups_at_once_only_the_later_can_be_confirmed() {
    let world = World::new();
    let account = world.account("ann");
    let theirs = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let mine = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(theirs.uri()).code_at(world.now());
    assert_eq!(reason(world.verifier.confirm(&account, theirs.token(), &code).await), Reason::Expired);
    let _phone = world.confirmed(&account, &mine).await;
    let code = Phone::scan(theirs.uri()).code_at(world.now());
    assert_eq!(reason(world.verifier.confirm(&account, theirs.token(), &code).await), Reason::Expired);
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Wrong);
}

#[tokio::test]
async fn p13_ten_wrong_codes_end_a_set_up_and_nine_do_not() {
    for (wrong, ended) in [(9, false), (10, true)] {
        let world = World::new();
        let account = world.account("ann");
        let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let mut wait = 0;
        for _ in 0..wrong {
            world.pass(wait);
            let refused = world.verifier.confirm(&account, enrollment.token(), &world.wrong(&[&phone])).await;
            let Err(Error::Rejected(rejection)) = refused else { panic!("{refused:?}") };
            assert_eq!(rejection.reason(), Reason::Wrong);
            wait = rejection.retry_after(world.now());
        }
        let shown_again = world.verifier.enrollment(&account, enrollment.token()).await;
        assert_eq!(shown_again.is_err(), ended, "after {wrong}");
        if !ended {
            world.pass(wait);
            let _phone = world.confirmed(&account, &enrollment).await;
        }
    }
}

#[tokio::test]
async fn p14_without_a_proof_an_open_session_adds_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let before = world.row("ann");
    assert_eq!(not_allowed(world.enroll(&account, Authority::OpenSession).await), NotAllowed::NeedsProof);
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
    let refused = not_allowed(world.enroll(&account, Authority::OpenSession).await);
    assert_eq!(refused, NotAllowed::NeedsProof, "not even right after a second factor");
    assert_eq!(world.row("ann").summary().enrolled_at, before.summary().enrolled_at);
}

#[tokio::test]
async fn p14_there_is_never_a_sixth_authenticator() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let mut proofs = Vec::new();
    for _ in 0..2 {
        proofs.push(world.step_up(&account, &phone.code_at(world.now())).await.unwrap());
        world.next_step();
    }
    for _ in 0..4 {
        let _added = world.add(&account, &phone).await;
    }
    let late = world.enroll(&account, Authority::StepUp(&proofs[1])).await;
    assert_eq!(not_allowed(late), NotAllowed::Limit, "a proof from when there was room");
    let asked = world.verifier.begin_step_up(&account, &second_factor::Action::AddAuthenticator, None).await;
    assert_eq!(not_allowed(asked), NotAllowed::Limit);
    assert_eq!(world.verifier.status(&account, None).await.unwrap().authenticators().len(), 5);
}

#[tokio::test]
async fn p31_a_failed_verification_changes_nothing_but_counters() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
    let (spent, next) = (phone.code_at(world.now()), world.code(&phone, 1));
    let (status, summary) =
        (world.verifier.status(&account, None).await.unwrap(), *world.row("ann").summary());
    let _earlier = world.outbox.take();
    world.guess(&account, &phone, 3).await;
    assert_eq!(reason(world.sign_in(&account, &spent).await), Reason::Replayed);
    assert_eq!(reason(world.step_up(&account, &spent).await), Reason::Replayed);
    let (status_after, mut after) =
        (world.verifier.status(&account, None).await.unwrap(), *world.row("ann").summary());
    assert_eq!(status.authenticators(), status_after.authenticators(), "last use and all");
    assert_eq!(
        after.generation,
        summary.generation + 6,
        "one write for each, and one when the notice was taken"
    );
    after.generation = summary.generation;
    assert_eq!(after, summary);
    let told: Vec<_> = world.outbox.take().iter().map(|notice| notice.event().kind().clone()).collect();
    assert_eq!(told, [EventKind::ReplayRefused { held_until: None }], "the replays, once");
    let _session = world.sign_in(&account, &next).await.expect("nothing was burnt");
}

#[tokio::test]
async fn p43_a_record_created_anew_shares_nothing_with_the_deleted_one() {
    let world = World::new();
    let (account, old_phone) = (world.account("ann"), world.enrolled("ann").await);
    let old = world.tokens(&account, &old_phone).await;
    let old_row = world.row("ann");
    world.store.force(&key("ann"), None);
    let new_phone = world.enrolled("ann").await;
    let new_row = world.row("ann");
    assert_ne!(old_row.revision(), new_row.revision());
    for (call, result) in world.every_call(&account, &old).await {
        if ["challenge", "verify", "enroll (proof)", "step_up"].contains(&call) {
            assert_eq!(reason(result), Reason::EpochChanged, "{call}");
        } else if ["enrollment", "confirm"].contains(&call) {
            assert_eq!(reason(result), Reason::Expired, "{call}");
        }
    }
    assert_eq!(reason(world.sign_in(&account, &old_phone.code_at(world.now())).await), Reason::Wrong);
    let _session = world.sign_in(&account, &new_phone.code_at(world.now())).await.unwrap();
}

#[tokio::test]
async fn p43_a_swap_that_was_under_way_does_not_land_on_the_record_created_anew() {
    use second_factor::{Swap, UserStore};
    let world = World::new();
    let _old = world.enrolled("ann").await;
    let late = world.row("ann");
    world.store.force(&key("ann"), None);
    let _new = world.enrolled("ann").await;
    let now = world.row("ann");
    let swap = world.store.compare_and_swap(&key("ann"), Some(late.revision()), &late).await.unwrap();
    assert_eq!(swap, Swap::Conflict);
    assert_eq!(world.row("ann").revision(), now.revision());
}

/// The documented limit: a rolled-back row opens, and shows in the generation.
#[tokio::test]
async fn p43_a_row_that_was_rolled_back_shows_in_the_generation() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let backup = world.row("ann");
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
    let high_water = world.row("ann").summary().generation;
    assert_eq!(high_water, backup.summary().generation + 1);
    world.store.force(&key("ann"), Some(backup.clone()));
    assert!(world.row("ann").summary().generation < high_water);
    // A summary that the one who rolled back made look right does not outlive the next write.
    let lying = second_factor::StoredRecord::new(backup.revision(), backup.sealed().to_vec());
    world.store.force(&key("ann"), Some(lying));
    world.guess(&account, &phone, 1).await;
    assert_eq!(world.row("ann").summary().generation, high_water, "it stands inside the seal");
}

#[tokio::test]
async fn p27_who_set_up_under_a_policy_that_is_now_off_is_still_let_on_with_a_second_factor_only() {
    let world = World::new();
    let phone = world.enrolled("ann").await;
    let off = second_factor::Account::new(key("ann"), "stamp-1", &Policy::new(Requirement::Off));
    let session = world.sign_in(&off, &phone.code_at(world.now())).await.unwrap();
    let access = world.verifier.assess(&off, session.assurance()).await.unwrap();
    assert_eq!(access, Access::Granted { enroll_by: None });
    let late = UnixTime::from_seconds(world.now().seconds() + STEP);
    world.clock.set(late);
    assert!(world.verifier.status(&off, None).await.unwrap().is_on());
}

/// P11: shown again to the holder of its token, until it is confirmed.
#[tokio::test]
async fn p11_a_set_up_is_shown_again_as_it_was_until_it_is_confirmed() {
    let world = World::new();
    let account = world.account("ann");
    let begun = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let again = world.verifier.enrollment(&account, begun.token()).await.unwrap();
    assert_eq!(
        (again.uri(), again.key_to_type(), again.expires_at(), again.token().as_str()),
        (begun.uri(), begun.key_to_type(), begun.expires_at(), begun.token().as_str())
    );
    let _phone = world.confirmed(&account, &begun).await;
    let gone = world.verifier.enrollment(&account, begun.token()).await;
    assert_eq!(reason(gone), Reason::AlreadyCompleted);
}
