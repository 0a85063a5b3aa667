//! P15, by hand: each lifetime one second before its end, and at its end.

use second_factor::{
    Access, Assurance, Authority, Because, Error, FirstFactor, NotAllowed, Policy, Reason, Requirement,
    SignIn, UnixTime, testing::Phone,
};

use crate::common::{DAY, STEP, World, reason};

const MINUTE: u64 = 60;

/// Runs `test` one second before the end of a lifetime and at it. It says what came of it.
async fn at_the_end_of<F: Future<Output = Result<(), Reason>>>(lifetime: u64, test: impl Fn(u64) -> F) {
    assert_eq!(test(lifetime - 1).await, Ok(()), "one second before");
    assert_eq!(test(lifetime).await, Err(Reason::Expired), "at its end");
    assert_eq!(test(lifetime + 1).await, Err(Reason::Expired), "after it");
    assert_eq!(test(1_000 * DAY).await, Err(Reason::Expired), "long after it");
}

fn outcome<T: std::fmt::Debug>(result: second_factor::Result<T>) -> Result<(), Reason> {
    if result.is_ok() { Ok(()) } else { Err(reason(result)) }
}

#[tokio::test]
async fn p15_a_challenge_lives_ten_minutes() {
    at_the_end_of(10 * MINUTE, |age| async move {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let token = world.challenge(&account).await;
        world.pass(age);
        let shown_again = outcome(world.verifier.challenge(&account, &token).await);
        let verified =
            outcome(world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await);
        assert_eq!(shown_again, verified);
        verified
    })
    .await;
}

#[tokio::test]
async fn p15_a_step_up_lives_five_minutes() {
    at_the_end_of(5 * MINUTE, |age| async move {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let token = world.step_up_token(&account).await;
        world.pass(age);
        outcome(world.verifier.step_up(&account, &token, &phone.code_at(world.now())).await)
    })
    .await;
}

#[tokio::test]
async fn p15_a_proof_lives_five_minutes_from_the_code() {
    at_the_end_of(5 * MINUTE, |age| async move {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let token = world.step_up_token(&account).await;
        world.pass(4 * MINUTE);
        let proof = world.verifier.step_up(&account, &token, &phone.code_at(world.now())).await.unwrap();
        world.pass(age);
        outcome(world.enroll(&account, Authority::StepUp(&proof)).await)
    })
    .await;
}

#[tokio::test]
async fn p15_a_required_set_up_begins_within_ten_minutes() {
    at_the_end_of(10 * MINUTE, |age| async move {
        let world = World::with(Policy::new(Requirement::RequiredForAll));
        let account = world.account("ann");
        let SignIn::Enroll(enroll) =
            world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
        else {
            panic!("a set-up is required")
        };
        world.pass(age);
        outcome(world.enroll(&account, Authority::SignIn(enroll.token())).await)
    })
    .await;
}

#[tokio::test]
async fn p15_a_set_up_lives_fifteen_minutes() {
    at_the_end_of(15 * MINUTE, |age| async move {
        let world = World::new();
        let account = world.account("ann");
        let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
        assert_eq!(enrollment.expires_at(), world.now().plus(15 * MINUTE));
        world.pass(age);
        let shown_again = outcome(world.verifier.enrollment(&account, enrollment.token()).await);
        let code = Phone::scan(enrollment.uri()).code_at(world.now());
        let confirmed = outcome(world.verifier.confirm(&account, enrollment.token(), &code).await);
        assert_eq!(shown_again, confirmed);
        confirmed
    })
    .await;
}

#[tokio::test]
async fn p15_showing_something_again_makes_it_live_no_longer() {
    let world = World::new();
    let (account, _) = (world.account("ann"), world.enrolled("ann").await);
    let token = world.challenge(&account).await;
    let began = world.now();
    world.pass(9 * MINUTE);
    let again = world.verifier.challenge(&account, &token).await.unwrap();
    assert_eq!(again.expires_at(), began.plus(10 * MINUTE));
    world.pass(MINUTE);
    assert_eq!(reason(world.verifier.challenge(&account, again.token()).await), Reason::Expired);
}

#[tokio::test]
async fn p15_the_grace_ends_on_its_second_for_sign_ins_and_for_open_sessions() {
    let world = World::new();
    let until = world.now().plus(14 * DAY);
    let policy = Policy::new(Requirement::RequiredForAll).grace_until(until);
    let account = second_factor::Account::new(crate::common::key("ann"), "s", &policy);
    let session = Assurance::FirstFactorOnly(Because::Grace { until });
    world.clock.set(until);
    world.pass(0);
    assert!(matches!(
        world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap(),
        SignIn::Enroll(_)
    ));
    assert_eq!(world.verifier.assess(&account, session).await.unwrap(), Access::Enroll);
    world.clock.set(second_factor::UnixTime::from_seconds(until.seconds() - 1));
    let SignIn::Open(signed_in) = world.verifier.begin(&account, FirstFactor::Password, None).await.unwrap()
    else {
        panic!("one second before, it still holds")
    };
    assert_eq!(signed_in.assurance(), session);
    let access = world.verifier.assess(&account, session).await.unwrap();
    assert_eq!(access, Access::Granted { enroll_by: Some(until) });
}

#[tokio::test]
async fn p15_a_clock_set_back_revives_no_more_than_the_time_it_takes_back() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let token = world.challenge(&account).await;
    let issued = world.now();
    world.pass(DAY);
    let expired = world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await;
    assert_eq!(reason(expired), Reason::Expired);
    world.clock.set(issued.plus(10 * MINUTE));
    let expired = world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await;
    assert_eq!(reason(expired), Reason::Expired, "the lifetime was fixed at issue");
}

/// The token is checked before the record is read. What counts is the moment at which the code is spent.
#[tokio::test]
async fn p15_what_expires_while_the_store_is_slow_is_refused() {
    for (slow, expected) in [(9, Ok(())), (10, Err(Reason::Expired)), (11, Err(Reason::Expired))] {
        for call in ["verify", "step_up", "enroll", "confirm"] {
            let world = World::new();
            let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
            let tokens = world.tokens(&account, &phone).await;
            let shown = world.verifier.enrollment(&account, &tokens.enrollment).await.unwrap();
            let ends = match call {
                "verify" => world.verifier.challenge(&account, &tokens.challenge).await.unwrap().expires_at(),
                "step_up" => world.verifier.challenge(&account, &tokens.step_up).await.unwrap().expires_at(),
                // The proof was passed one step before now.
                "enroll" => UnixTime::from_seconds(world.now().seconds() - STEP + 5 * MINUTE),
                _ => shown.expires_at(),
            };
            world.clock.set(UnixTime::from_seconds(ends.seconds() - 10));
            world.store.slow_down(&world.clock, slow);
            let code = phone.code_at(world.now());
            let verifier = &world.verifier;
            let result = match call {
                "verify" => outcome(verifier.verify(&account, &tokens.challenge, &code, None).await),
                "step_up" => outcome(verifier.step_up(&account, &tokens.step_up, &code).await),
                "enroll" => match world.enroll(&account, Authority::StepUp(&tokens.proof)).await {
                    // The record forgets a proof that is over, and does not know any more that it was one.
                    Err(Error::NotAllowed(NotAllowed::NeedsProof)) => Err(Reason::Expired),
                    other => outcome(other),
                },
                _ => {
                    let code = Phone::scan(shown.uri()).code_at(world.now());
                    outcome(verifier.confirm(&account, &tokens.enrollment, &code).await)
                }
            };
            assert_eq!(result, expected, "{call}, {slow} s");
        }
    }
}
