//! Attacks on the set-up.

use second_factor::{
    Access, Account, Assurance, Authority, Because, Error, FirstFactor, NotAllowed, Policy, Reason,
    Requirement, SignIn, Unavailable, testing::Phone,
};

use crate::common::{World, key, reason, unavailable};

/// flask-security #238, Laravel Fortify, better-auth #10923: starting the set-up overwrote the secret that was in force.
#[tokio::test]
async fn starting_a_set_up_does_not_overwrite_the_active_secret() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
    let strangers = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
    world.next_step();
    let stranger = Phone::scan(strangers.uri());
    assert_eq!(reason(world.sign_in(&account, &stranger.code_at(world.now())).await), Reason::Wrong);
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
}

/// supabase/auth: somebody with the password alone could add a factor of their own to an enrolled account.
#[tokio::test]
async fn with_the_password_alone_nobody_adds_a_factor_to_an_enrolled_account() {
    for requirement in [Requirement::Optional, Requirement::RequiredForAll] {
        let world = World::with(Policy::new(requirement));
        let _phone = world.enrolled("ann").await;
        let account = world.account("ann");
        let row = world.row("ann");
        let challenge = world.challenge(&account).await;
        let as_proof = challenge.as_str().to_owned().into();
        for by in [Authority::OpenSession, Authority::SignIn(&challenge), Authority::StepUp(&as_proof)] {
            assert!(world.enroll(&account, by).await.is_err(), "{by:?}");
        }
        assert_eq!(world.row("ann").revision(), row.revision());
    }
}

/// The same, begun while the account had no factor yet and finished after its owner set one up.
#[tokio::test]
async fn a_set_up_that_waited_for_the_owner_to_enroll_is_over() {
    let world = World::with(Policy::new(Requirement::RequiredForAll));
    let account = world.account("ann");
    let SignIn::Enroll(thief) = world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("a set-up is required")
    };
    let theirs = world.enroll(&account, Authority::SignIn(thief.token())).await.unwrap();
    let _owner = world.enrolled("ann").await;
    let code = Phone::scan(theirs.uri()).code_at(world.now());
    assert_eq!(reason(world.verifier.confirm(&account, theirs.token(), &code).await), Reason::Expired);
    assert_eq!(reason(world.verifier.enrollment(&account, theirs.token()).await), Reason::Expired);
    let again = world.enroll(&account, Authority::SignIn(thief.token())).await;
    assert_eq!(reason(again), Reason::EpochChanged);
}

/// better-auth #8627: the flag said enrolled, the row was gone, the step was skipped.
#[tokio::test]
async fn a_lost_row_does_not_skip_the_second_step() {
    let world = World::new();
    let _phone = world.enrolled("ann").await;
    world.store.force(&key("ann"), None);
    let account = world.account("ann").known_enrolled(true);
    for first in [FirstFactor::Password, FirstFactor::ApiToken] {
        let next = world.verifier.begin(&account, first, None).await;
        assert!(matches!(unavailable(next), Unavailable::MissingRecord), "{first:?}");
    }
    let session = Assurance::FirstFactorOnly(Because::NotEnrolled);
    let access = world.verifier.assess(&account, session).await;
    assert!(matches!(unavailable(access), Unavailable::MissingRecord));
}

/// devise, CVE-2024-8796: secrets of 120 bits where 160 were meant.
#[tokio::test]
async fn the_secret_that_is_shown_has_all_of_its_160_bits() {
    let world = World::new();
    let enrollment = world.enroll(&world.account("ann"), Authority::OpenSession).await.unwrap();
    let symbols: String = enrollment.key_to_type().split(' ').collect();
    assert_eq!(symbols.len() * 5, 160);
    assert!(enrollment.uri().contains(&format!("secret={symbols}&")));
}

/// A proof buys one deed of its own user, and dies with the password.
#[tokio::test]
async fn a_stolen_proof_is_bound_to_its_user_and_stamp() {
    let world = World::new();
    let phone = world.enrolled("ann").await;
    let _bob = world.enrolled("bob").await;
    let proof = world.step_up(&world.account("ann"), &phone.code_at(world.now())).await.unwrap();
    let bobs = world.enroll(&world.account("bob"), Authority::StepUp(&proof)).await;
    assert_eq!(reason(bobs), Reason::WrongUser);
    let changed = Account::new(key("ann"), "stamp-2", &world.policy);
    assert_eq!(reason(world.enroll(&changed, Authority::StepUp(&proof)).await), Reason::StampChanged);
    let _begun = world.enroll(&world.account("ann"), Authority::StepUp(&proof)).await.unwrap();
}

/// Setting up under a policy that does not use a second factor, by a proof or a session from before.
#[tokio::test]
async fn where_the_policy_is_off_no_set_up_begins() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
    let off = Account::new(key("ann"), "stamp-1", &Policy::new(Requirement::Off));
    for by in [Authority::OpenSession, Authority::StepUp(&proof)] {
        let refused = world.enroll(&off, by).await;
        assert!(matches!(refused, Err(Error::NotAllowed(NotAllowed::FactorOff))), "{refused:?}");
    }
    let _begun =
        world.enroll(&account, Authority::StepUp(&proof)).await.expect("nor was the proof spent by that");
}

/// A grace period does not outlive the set-up: the old session must show the second factor.
#[tokio::test]
async fn a_session_from_the_grace_ends_when_a_factor_is_set_up() {
    let world = World::new();
    let until = world.now().plus(86_400);
    let policy = Policy::new(Requirement::RequiredForAll).grace_until(until);
    let account = Account::new(key("ann"), "stamp-1", &policy);
    let SignIn::Open(other_browser) =
        world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("within the grace")
    };
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let _phone = world.confirmed(&account, &enrollment).await;
    let access = world.verifier.assess(&account, other_browser.assurance()).await.unwrap();
    assert_eq!(access, Access::SignInAgain);
}

/// "Nobody new can set one up" holds from the next request on, also for whoever has begun.
#[tokio::test]
async fn a_set_up_that_was_begun_is_not_confirmed_once_the_policy_is_off() {
    let world = World::new();
    let account = world.account("ann");
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(world.now());
    let off = Account::new(key("ann"), "stamp-1", &Policy::new(Requirement::Off));
    let confirmed = world.verifier.confirm(&off, enrollment.token(), &code).await;
    assert!(matches!(confirmed, Err(Error::NotAllowed(_))), "{confirmed:?}");
    assert!(!world.verifier.status(&account, None).await.unwrap().is_on());
}
