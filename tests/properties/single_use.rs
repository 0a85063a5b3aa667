//! P1, P2, P5: a code counts once, a success is revealed once.

use std::sync::Arc;

use second_factor::{
    Authority, Error, Policy, Reason, Requirement, UnixTime, primitives::time::Window, testing::Phone,
};

use crate::common::{DAY, START, STEP, World, reason};

#[tokio::test]
async fn p1_a_code_is_refused_the_second_time_on_a_new_challenge() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let code = phone.code_at(world.now());
    let _session = world.sign_in(&account, &code).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);
}

#[tokio::test]
async fn p1_a_code_is_refused_the_second_time_on_a_challenge_that_was_open_already() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let (mine, theirs) = (world.challenge(&account).await, world.challenge(&account).await);
    let code = phone.code_at(world.now());
    let _session = world.verifier.verify(&account, &mine, &code, None).await.unwrap();
    assert_eq!(reason(world.verifier.verify(&account, &theirs, &code, None).await), Reason::Replayed);
}

#[tokio::test]
async fn p1_a_code_is_refused_by_every_other_process() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let other = world.process();
    let (mine, theirs) = (world.challenge(&account).await, world.challenge(&account).await);
    let code = phone.code_at(world.now());
    let _session = world.verifier.verify(&account, &mine, &code, None).await.unwrap();
    assert_eq!(reason(other.verify(&account, &theirs, &code, None).await), Reason::Replayed);
}

#[tokio::test]
async fn p1_a_code_is_refused_for_the_rest_of_its_window_to_the_last_second() {
    for later in [0, 1, 29, 30, 31, 59, 60, 61, 89] {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        // Typed as early as it may be: one step before its time.
        let code = world.code(&phone, 1);
        let _session = world.sign_in(&account, &code).await.unwrap();
        world.pass(later);
        assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed, "after {later} s");
        world.pass(90 - later);
        assert_eq!(
            reason(world.sign_in(&account, &code).await),
            Reason::Wrong,
            "past it, it is no code at all"
        );
    }
}

#[tokio::test]
async fn p1_a_code_stays_spent_when_the_clock_jumps_forth_and_back() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let (moment, code) = (world.now(), phone.code_at(world.now()));
    let _session = world.sign_in(&account, &code).await.unwrap();
    for (jump, expected) in [
        (START, Reason::Replayed),
        (moment.plus(365 * DAY), Reason::Wrong),
        (moment, Reason::Replayed),
        (UnixTime::EPOCH, Reason::Wrong),
        (moment, Reason::Replayed),
    ] {
        world.clock.set(jump);
        assert_eq!(reason(world.sign_in(&account, &code).await), expected, "at {jump:?}");
    }
}

#[tokio::test]
async fn p1_codes_that_a_clock_set_back_shows_again_stay_spent() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let before = world.now();
    let earlier = phone.code_at(before);
    world.pass(10 * STEP);
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
    world.clock.set(before);
    assert_eq!(reason(world.sign_in(&account, &earlier).await), Reason::Replayed, "never typed, but older");
}

#[tokio::test]
async fn p1_a_code_stays_spent_when_the_keys_are_rotated() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let code = phone.code_at(world.now());
    let before = world.challenge(&account).await;
    let _session = world.sign_in(&account, &code).await.unwrap();
    let rotated = world.restarted_with(&world.rotated_keys());
    assert_eq!(reason(rotated.sign_in(&account, &code).await), Reason::Replayed);
    assert_eq!(reason(rotated.verifier.verify(&account, &before, &code, None).await), Reason::Replayed);
}

#[tokio::test]
async fn p1_the_code_that_confirmed_a_set_up_does_not_sign_in() {
    let world = World::new();
    let account = world.account("ann");
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(world.now());
    let _enrolled = world.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);
    assert_eq!(reason(world.step_up(&account, &code).await), Reason::Replayed);
    let again = world.verifier.confirm(&account, enrollment.token(), &code).await;
    assert_eq!(reason(again), Reason::AlreadyCompleted);
}

#[tokio::test]
async fn p1_a_code_spent_at_one_door_is_spent_at_the_other() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let code = phone.code_at(world.now());
    let _session = world.sign_in(&account, &code).await.unwrap();
    assert_eq!(reason(world.step_up(&account, &code).await), Reason::Replayed);
    world.next_step();
    let code = phone.code_at(world.now());
    let _proof = world.step_up(&account, &code).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);
}

#[tokio::test]
async fn p1_p2_only_steps_after_the_last_one_count_not_before_and_not_equal() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.pass(STEP);
    let [before, equal, after] = [-1, 0, 1].map(|steps| world.code(&phone, steps));
    let _session = world.sign_in(&account, &equal).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &before).await), Reason::Replayed);
    assert_eq!(reason(world.sign_in(&account, &equal).await), Reason::Replayed);
    let _session = world.sign_in(&account, &after).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &equal).await), Reason::Replayed, "it never decreases");
}

/// Two moments a few steps apart at which this phone shows the same code; each is the start of a step.
fn twins(phone: &Phone, from: UnixTime, apart: u64) -> (UnixTime, UnixTime) {
    let at = |step| phone.code_at(UnixTime::from_seconds(step * STEP));
    let mut recent: Vec<String> = Vec::new();
    for step in from.seconds() / STEP.. {
        let code = at(step);
        if recent.len() as u64 >= apart && recent[recent.len() - apart as usize] == code {
            let moment = |step: u64| UnixTime::from_seconds(step * STEP);
            return (moment(step - apart), moment(step));
        }
        recent.push(code);
        if recent.len() > 8 {
            recent.remove(0);
        }
    }
    unreachable!("codes repeat")
}

async fn p2_the_later_of_two_equal_codes_is_spent_with_the_first(window: Window, apart: u64) {
    let world = World::with(Policy::new(Requirement::Optional).window(window));
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let (first, second) = twins(&phone, world.now(), apart);
    let code = phone.code_at(first);
    assert_eq!(code, phone.code_at(second));
    // The first moment at which both steps are in the window.
    world.clock.set(UnixTime::from_seconds(second.seconds() - u64::from(window.ahead()) * STEP));
    let session = world.sign_in(&account, &code).await.unwrap();
    assert_eq!(session.matched_offset(), Some(i8::try_from(window.ahead()).unwrap()), "the highest step");
    for later in 0..=u64::from(window.ahead() + window.behind()) {
        world
            .clock
            .set(UnixTime::from_seconds(second.seconds() + later * STEP - u64::from(window.ahead()) * STEP));
        assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed, "{later} steps later");
    }
    world.clock.set(second.plus(STEP));
    let after = phone.code_at(second.plus(STEP));
    let _session = world.sign_in(&account, &after).await.unwrap();
}

#[tokio::test]
async fn p2_when_neighbours_share_a_code_both_are_spent() {
    p2_the_later_of_two_equal_codes_is_spent_with_the_first(Window::DEFAULT, 1).await;
}

#[tokio::test]
async fn p2_when_the_ends_of_the_usual_window_share_a_code_both_are_spent() {
    p2_the_later_of_two_equal_codes_is_spent_with_the_first(Window::DEFAULT, 2).await;
}

#[tokio::test]
async fn p2_when_the_ends_of_the_widest_window_share_a_code_both_are_spent() {
    p2_the_later_of_two_equal_codes_is_spent_with_the_first(Window::new(2, 2).unwrap(), 4).await;
}

/// CVE-2021-43177, by hand: the step that matched is what is remembered, not the present one.
#[tokio::test]
async fn p2_a_code_from_a_phone_that_is_ahead_is_spent_for_the_step_it_belongs_to() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let ahead = world.code(&phone, 1);
    let _session = world.sign_in(&account, &ahead).await.unwrap();
    for _ in 0..2 {
        world.next_step();
        assert_eq!(reason(world.sign_in(&account, &ahead).await), Reason::Replayed);
    }
    let next = phone.code_at(world.now());
    let _session = world.sign_in(&account, &next).await.unwrap();
}

#[tokio::test]
async fn p2_the_set_up_remembers_the_step_that_matched_as_well() {
    let world = World::new();
    let account = world.account("ann");
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let phone = Phone::scan(enrollment.uri());
    let ahead = world.code(&phone, 1);
    let enrolled = world.verifier.confirm(&account, enrollment.token(), &ahead).await.unwrap();
    assert_eq!(enrolled.signed_in.matched_offset(), Some(1));
    world.next_step();
    assert_eq!(reason(world.sign_in(&account, &ahead).await), Reason::Replayed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p5_of_64_who_bring_one_code_at_once_exactly_one_is_let_in() {
    for on_one_challenge in [false, true] {
        let world = Arc::new(World::new());
        world.store.yield_often();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let code = phone.code_at(world.now());
        let first = world.challenge(&account).await;
        let mut tokens = Vec::new();
        for _ in 0..64 {
            tokens.push(if on_one_challenge { first.clone() } else { world.challenge(&account).await });
        }
        let tasks: Vec<_> = tokens
            .into_iter()
            .map(|token| {
                let (verifier, account, code) = (world.process(), account.clone(), code.clone());
                tokio::spawn(async move { verifier.verify(&account, &token, &code, None).await })
            })
            .collect();
        let mut let_in = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_session) => let_in += 1,
                Err(Error::Rejected(_) | Error::Unavailable(_)) => {}
                Err(other @ Error::NotAllowed(_)) => panic!("{other:?}"),
            }
        }
        assert_eq!(let_in, 1, "on one challenge: {on_one_challenge}");
    }
}

#[tokio::test]
async fn p5_a_challenge_is_completed_once_even_with_a_second_fresh_code() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let token = world.challenge(&account).await;
    let _session = world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await.unwrap();
    world.next_step();
    let refused = world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await;
    assert_eq!(reason(refused), Reason::AlreadyCompleted);
    let _unspent = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
}

#[tokio::test]
async fn p5_a_proof_is_spent_once() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
    let _begun = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
    let again = world.enroll(&account, Authority::StepUp(&proof)).await;
    assert!(matches!(again, Err(Error::NotAllowed(second_factor::NotAllowed::NeedsProof))), "{again:?}");
}

#[tokio::test]
async fn p5_a_call_that_was_dropped_half_way_reveals_nothing_and_spends_at_most_once() {
    for polls in 0..8 {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let token = world.challenge(&account).await;
        let code = phone.code_at(world.now());
        world.store.yield_often();
        let finished = poll_times(world.verifier.verify(&account, &token, &code, None), polls).await;
        let again = world.sign_in(&account, &code).await;
        assert!(!(finished && again.is_ok()), "dropped after {polls} polls");
    }
}

/// Polls `future` so often and drops it. Whether it finished.
async fn poll_times<T>(future: impl Future<Output = T>, times: usize) -> bool {
    let mut future = Box::pin(future);
    for _ in 0..times {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if future.as_mut().poll(&mut context).is_ready() {
            return true;
        }
    }
    false
}
