//! P1, for a user with several phones: two of them may show the same code.

use second_factor::{Account, Authority, Reason, UnixTime};

use crate::common::{START, STEP, World, reason};

/// A user with two phones, at a moment at which one shows the code that the other shows so many steps later.
async fn two_phones_with_one_code(later: u64) -> (World, Account, String) {
    let world = World::new();
    let (account, one) = (world.account("ann"), world.enrolled("ann").await);
    let proof = world.step_up(&account, &one.code_at(world.now())).await.unwrap();
    let enrollment = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
    let other = world.confirmed(&account, &enrollment).await;
    let meets = |moment: &UnixTime| one.code_at(*moment) == other.code_at(moment.plus(later * STEP));
    let moment = (1_000..).map(|steps| START.plus(steps * STEP)).find(meets).unwrap();
    world.clock.set(moment);
    (world, account, one.code_at(moment))
}

/// "No code is ever accepted twice": whoever saw it typed tries it again, and the other phone vouches for it.
#[tokio::test]
async fn p1_a_code_that_two_phones_show_is_still_accepted_only_once() {
    for later in [0, 1] {
        let (world, account, code) = two_phones_with_one_code(later).await;
        let _session = world.sign_in(&account, &code).await.unwrap();
        for attempt in 1..=3 {
            let again = world.sign_in(&account, &code).await;
            assert_eq!(reason(again), Reason::Replayed, "{later} steps later, attempt {attempt}");
        }
    }
}

/// The same, where the other phone's code comes into the window only after the first was accepted, and before that one has left it.
#[tokio::test]
async fn p1_a_code_that_is_a_replay_for_one_phone_is_not_fresh_for_another() {
    let (world, account, code) = two_phones_with_one_code(2).await;
    let _session = world.sign_in(&account, &code).await.unwrap();
    world.pass(STEP);
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);
}
