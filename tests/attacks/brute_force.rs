//! Guessing, and how it was let happen elsewhere.

use std::sync::Arc;

use second_factor::{Error, Reason};

use crate::common::{World, reason, store::Watched};

/// Guesses wrong until told to wait. How many guesses were looked at.
async fn guesses_at_once(world: &World, user: &str, phone: &second_factor::testing::Phone) -> usize {
    let mut looked_at = 0;
    while reason(world.sign_in(&world.account(user), &world.wrong(&[phone])).await) == Reason::Wrong {
        looked_at += 1;
        assert!(looked_at < 1_000);
    }
    looked_at
}

/// devise, CVE-2024-0227: no throttle on the second factor at all.
#[tokio::test]
async fn six_guesses_at_once_and_then_a_wait() {
    let world = World::new();
    let phone = world.enrolled("ann").await;
    assert_eq!(guesses_at_once(&world, "ann", &phone).await, 6);
}

/// Nextcloud, CVE-2021-41177: the throttle was silently absent where no cache was configured. Here it needs nothing but the record.
#[tokio::test]
async fn a_new_process_for_each_guess_wins_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    for guess in 1..=7 {
        let fresh = world.restarted_with(&world.keys);
        let expected = if guess <= 6 { Reason::Wrong } else { Reason::Throttled };
        assert_eq!(reason(fresh.sign_in(&account, &world.wrong(&[&phone])).await), expected, "{guess}");
    }
}

/// Counters keyed by session or by challenge: one for all, whether each guess has its own challenge or all share one.
#[tokio::test]
async fn many_challenges_count_in_one_place() {
    for challenges in [1, 2, 7] {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let mut tokens = Vec::new();
        for _ in 0..challenges {
            tokens.push(world.challenge(&account).await);
        }
        for guess in 0..7 {
            let token = &tokens[guess % challenges];
            let refused = world.verifier.verify(&account, token, &world.wrong(&[&phone]), None).await;
            let expected = if guess < 6 { Reason::Wrong } else { Reason::Throttled };
            assert_eq!(reason(refused), expected, "{challenges} challenges, guess {guess}");
        }
    }
}

/// Authelia, CVE-2025-24806 and CVE-2026-47203: counters keyed by what was typed.
#[tokio::test]
async fn the_same_guess_spelled_in_other_ways_counts_again() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let wrong = world.wrong(&[&phone]);
    let full_width: String =
        wrong.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xFF10).unwrap()).collect();
    let spellings = [
        wrong.clone(),
        format!(" {wrong}"),
        format!("{}-{}", &wrong[..3], &wrong[3..]),
        full_width,
        format!("{wrong}\u{200b}"),
        format!("0{wrong}"),
    ];
    for spelling in &spellings {
        assert_eq!(reason(world.sign_in(&account, spelling).await), Reason::Wrong, "{spelling:?}");
    }
    for spelling in &spellings {
        assert_eq!(reason(world.sign_in(&account, spelling).await), Reason::Throttled, "{spelling:?}");
    }
}

/// WordPress two-factor #847: starting again gave back the tries. So did the first factor, elsewhere.
#[tokio::test]
async fn signing_in_again_with_the_password_gives_no_tries_back() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.guess(&account, &phone, 6).await;
    for _ in 0..50 {
        let _another = world.challenge(&account).await;
        let _and_a_step_up = world.step_up_token(&account).await;
    }
    assert_eq!(guesses_at_once(&world, "ann", &phone).await, 0);
}

/// Vikunja, CVE-2026-35597: the count was rolled back together with the failed login. Here it is written before the answer, on its own;
/// whoever drops the answer, or the call right after the write, gains nothing.
#[tokio::test]
async fn a_login_that_is_rolled_back_keeps_its_count() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.store.yield_often();
    for _ in 0..6 {
        let token = world.challenge(&account).await;
        let wrong = world.wrong(&[&phone]);
        let generation = world.row("ann").summary().generation;
        let mut call = Box::pin(world.verifier.verify(&account, &token, &wrong, None));
        while world.row("ann").summary().generation == generation {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(call.as_mut().poll(&mut context).is_pending(), "dropped before the answer");
        }
        drop(call);
    }
    assert_eq!(guesses_at_once(&world, "ann", &phone).await, 0);
}

/// better-auth #10210: a burst gets past a check that comes before the increment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_of_parallel_guesses_gets_six_answers() {
    let world = Arc::new(World::new());
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.store.yield_often();
    let wrong = world.wrong(&[&phone]);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (world, account, wrong) = (world.clone(), account.clone(), wrong.clone());
            tokio::spawn(async move { world.sign_in(&account, &wrong).await })
        })
        .collect();
    let (mut evaluated, mut held) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Err(Error::Rejected(rejection)) if rejection.reason() == Reason::Wrong => evaluated += 1,
            Err(Error::Rejected(rejection)) if rejection.reason() == Reason::Throttled => held += 1,
            Err(Error::Unavailable(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(evaluated, 6, "and {held} were held back");
}

/// A flood at a locked account is the host's cost: one read for each, and no write.
#[tokio::test]
async fn a_flood_on_a_locked_account_writes_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.guess(&account, &phone, 6).await;
    let before = written(&world.store);
    for _ in 0..1_000 {
        assert_eq!(reason(world.sign_in(&account, &world.wrong(&[&phone])).await), Reason::Throttled);
    }
    assert_eq!(written(&world.store), before);
}

fn written(store: &Watched) -> usize {
    store.written().len()
}

/// Guessing from the settings page instead: the step-up and the set-up share the bucket with the sign-in.
#[tokio::test]
async fn guesses_at_several_doors_add_up() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let tokens = world.tokens(&account, &phone).await;
    let wrong = world.wrong(&[&phone]);
    for _ in 0..2 {
        assert_eq!(reason(world.sign_in(&account, &wrong).await), Reason::Wrong);
        assert_eq!(reason(world.step_up(&account, &wrong).await), Reason::Wrong);
        let confirmed = world.verifier.confirm(&account, &tokens.enrollment, &wrong).await;
        assert_eq!(reason(confirmed), Reason::Wrong);
    }
    assert_eq!(reason(world.sign_in(&account, &phone.code_at(world.now())).await), Reason::Throttled);
}
