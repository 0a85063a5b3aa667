//! P19, P21, P23, P28: what guessing costs, and what it tells. The simulated year is in `tests/attacks/brute_force.rs`.

use second_factor::{
    Account, Authority, Error, Policy, Reason, Rejection, Requirement, UserKey, primitives::time::Window,
    testing::Phone,
};

use crate::common::{DAY, STEP, World, key, reason, retry_at};

/// Fills the bucket with 100 guesses of weight 1, five after each of the user's own sign-ins, one sign-in a step. The first is made now.
async fn fill(world: &World, account: &Account, phone: &Phone) {
    for _ in 0..20 {
        let _session = world.sign_in(account, &phone.code_at(world.now())).await.unwrap();
        world.guess(account, phone, 5).await;
        world.next_step();
    }
}

#[tokio::test]
async fn p19_of_weight_one_a_hundred_pass_and_the_next_waits_a_day_from_the_first_to_the_second() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let first = world.now();
    for round in 0..20 {
        world.guess(&account, &phone, 5).await;
        if round < 19 {
            let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
            world.next_step();
        }
    }
    let attempt = || async { world.sign_in(&account, &world.wrong(&[&phone])).await };
    let refused = attempt().await;
    assert_eq!(retry_at(refused), Some(first.plus(DAY)));
    for (second, expected) in [(DAY - 1, Reason::Throttled), (DAY, Reason::Wrong), (DAY, Reason::Throttled)] {
        world.clock.set(first.plus(second));
        assert_eq!(reason(attempt().await), expected, "{second} s after the first");
    }
    // That one was the sixth failure since the last success, so the lane adds its own waits; they are far shorter.
    for (second, expected) in [(2 * DAY - 1, Reason::Throttled), (2 * DAY, Reason::Wrong)] {
        world.clock.set(first.plus(second));
        assert_eq!(reason(attempt().await), expected, "{second} s after the first");
    }
}

#[tokio::test]
async fn p19_the_lane_lets_five_pass_and_doubles_from_the_sixth_to_an_hour() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.guess(&account, &phone, 4).await;
    assert_eq!(retry_at(world.sign_in(&account, &world.wrong(&[&phone])).await), None, "the fifth is free");
    for wait in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600] {
        let counted = world.sign_in(&account, &world.wrong(&[&phone])).await;
        assert_eq!(retry_at(counted), Some(world.now().plus(wait)));
        world.pass(wait - 1);
        assert_eq!(reason(world.sign_in(&account, &world.wrong(&[&phone])).await), Reason::Throttled);
        world.pass(1);
    }
    let _session =
        world.sign_in(&account, &phone.code_at(world.now())).await.expect("the right one, in time");
    world.guess(&account, &phone, 5).await;
}

#[tokio::test]
async fn p19_a_confirmed_set_up_clears_the_lane_as_any_success_does() {
    let world = World::new();
    let account = world.account("ann");
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let phone = Phone::scan(enrollment.uri());
    for _ in 0..5 {
        let typo = world.verifier.confirm(&account, enrollment.token(), &world.wrong(&[&phone])).await;
        assert_eq!(retry_at(typo), None);
    }
    let phone = world.confirmed(&account, &enrollment).await;
    for _ in 0..5 {
        assert_eq!(
            retry_at(world.sign_in(&account, &world.wrong(&[&phone])).await),
            None,
            "five are free again"
        );
    }
    let sixth = world.sign_in(&account, &world.wrong(&[&phone])).await;
    assert_eq!(retry_at(sixth), Some(world.now().plus(30)));
}

#[tokio::test]
async fn p21_nothing_lowers_a_full_bucket() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let first = world.now();
    fill(&world, &account, &phone).await;
    let held = Some(first.plus(DAY));
    let right = phone.code_at(world.now());
    let other_password = Account::new(key("ann"), "stamp-2", &world.policy);
    let administrator = world.account("ann").administrator(true).known_enrolled(true);
    let restarted = world.restarted_with(&world.rotated_keys());
    for (after, world, account) in [
        ("successes in between", &world, &account),
        ("a password change", &world, &other_password),
        ("becoming an administrator", &world, &administrator),
        ("a restart under other keys", &restarted, &account),
    ] {
        let refused = world.sign_in(account, &right).await;
        assert_eq!(
            (retry_at(refused), reason(world.sign_in(account, &right).await)),
            (held, Reason::Throttled),
            "{after}"
        );
        assert_eq!(retry_at(world.step_up(account, &right).await), held, "{after}, at a step-up");
        assert_eq!(world.verifier.status(account, None).await.unwrap().locked_until(), held);
    }
    world.clock.set(first.plus(DAY));
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.expect("the bucket has leaked");
}

#[tokio::test]
async fn p21_a_refused_attempt_changes_nothing_and_the_right_code_is_refused_as_well() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.guess(&account, &phone, 6).await;
    let until = world.now().plus(30);
    let row = world.row("ann");
    let right = world.code(&phone, 1);
    for typed in [world.wrong(&[&phone]), right.clone()] {
        for _ in 0..100 {
            let refused = world.sign_in(&account, &typed).await;
            assert_eq!(retry_at(refused), Some(until), "it does not move");
        }
    }
    assert_eq!(world.row("ann").revision(), row.revision());
    world.clock.set(until);
    let _session = world.sign_in(&account, &right).await.expect("it was not burnt by being refused");
}

#[tokio::test]
async fn p21_a_narrower_window_or_another_policy_forgives_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    fill(&world, &account, &phone).await;
    for (window, weight_in_thirds) in
        [(Window::NONE, 1), (Window::DEFAULT, 3), (Window::new(2, 2).unwrap(), 5)]
    {
        let policy = Policy::new(Requirement::Optional).window(window);
        let account = Account::new(key("ann"), "stamp-1", &policy);
        let refused = world.sign_in(&account, &phone.code_at(world.now())).await;
        // 600 seconds have leaked since the first guess, of the day's third that each acceptable code weighs.
        let room_at = world.now().plus(DAY / 3 * weight_in_thirds - 20 * STEP);
        assert_eq!(retry_at(refused), Some(room_at), "{window:?}");
    }
}

#[tokio::test]
async fn p23_counters_are_those_of_the_user_and_of_nobody_else() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let bob = world.enrolled("bob").await;
    world.guess(&account, &phone, 6).await;
    let _session = world.sign_in(&world.account("bob"), &bob.code_at(world.now())).await.unwrap();
    let same_name_elsewhere = Account::new(UserKey::new("globex", "ann"), "s", &world.policy);
    assert_eq!(world.verifier.status(&same_name_elsewhere, None).await.unwrap().locked_until(), None);
    assert_eq!(reason(world.sign_in(&account, &phone.code_at(world.now())).await), Reason::Throttled);
}

/// What a client can see of a rejection.
fn seen(rejection: &Rejection) -> (String, Option<second_factor::UnixTime>, bool) {
    (rejection.to_string(), rejection.retry_at(), rejection.already_completed())
}

#[tokio::test]
async fn p28_wrong_replayed_expired_foreign_and_unknown_look_alike() {
    let mut all = Vec::new();
    for case in 0..8 {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let bob = world.enrolled("bob").await;
        let _session = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
        let token = world.challenge(&account).await;
        let wrong = world.wrong(&[&phone]);
        let result = match case {
            0 => world.verifier.verify(&account, &token, &wrong, None).await,
            1 => world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await,
            2 => world.verifier.verify(&account, &token, &bob.code_at(world.now()), None).await,
            3 => world.verifier.verify(&world.account("bob"), &token, &wrong, None).await,
            4 => world.verifier.verify(&account, &"AAAA".to_owned().into(), &wrong, None).await,
            5 => world.verifier.verify(&account, &token, "no code", None).await,
            6 => {
                world.pass(600);
                world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await
            }
            _ => {
                world.store.force(&key("ann"), None);
                world.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await
            }
        };
        let Err(Error::Rejected(rejection)) = result else { panic!("{case}: {result:?}") };
        all.push(seen(&rejection));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

#[tokio::test]
async fn p28_no_outcome_tells_how_near_a_guess_was() {
    let mut all = Vec::new();
    for wrong_digits in 1..=6 {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let mut code = phone.code_at(world.now()).into_bytes();
        for digit in code.iter_mut().take(wrong_digits) {
            *digit = b'0' + (*digit - b'0' + 5) % 10;
        }
        let code = String::from_utf8(code).unwrap();
        let Err(Error::Rejected(rejection)) = world.sign_in(&account, &code).await else { panic!("refused") };
        all.push((seen(&rejection), rejection.reason()));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

/// A locked account must look locked while the first set-up is under way, too.
#[tokio::test]
async fn p21_what_the_settings_page_says_is_when_the_next_code_is_looked_at() {
    let world = World::new();
    let account = world.account("ann");
    for set_up in 0..120 {
        let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        for guess in 0..10 {
            if world.now() >= enrollment.expires_at() {
                break;
            }
            let refused = world.verifier.confirm(&account, enrollment.token(), &world.wrong(&[&phone])).await;
            let Err(Error::Rejected(rejection)) = refused else { panic!("{refused:?}") };
            let shown = world.verifier.status(&account, None).await.unwrap().locked_until();
            assert_eq!(shown, rejection.retry_at(), "set-up {set_up}, guess {guess}");
            world.pass(rejection.retry_after(world.now()));
        }
    }
}
