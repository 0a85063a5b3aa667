//! A code that was seen, tried again.

use std::sync::Arc;

use second_factor::{Authority, Error, Reason, testing::Phone};

use crate::common::{World, reason};

/// devise-two-factor, CVE-2015-7225: whoever looked over the shoulder had the rest of the window.
#[tokio::test]
async fn a_code_read_over_the_shoulder_is_worthless_once_used() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let seen = phone.code_at(world.now());
    let _session = world.sign_in(&account, &seen).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &seen).await), Reason::Replayed);
}

/// devise-two-factor, CVE-2021-43177: the present step was stored, not the one that matched, so the code came back an interval later.
#[tokio::test]
async fn a_used_code_does_not_come_back_an_interval_later() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let ahead = world.code(&phone, 1);
    let _session = world.sign_in(&account, &ahead).await.unwrap();
    for interval in 1..=2 {
        world.next_step();
        assert_eq!(reason(world.sign_in(&account, &ahead).await), Reason::Replayed, "{interval}");
    }
}

/// Laravel Fortify, CVE-2022-25838, and its fix that stored `true` under each code: an older code must not open after a newer one.
#[tokio::test]
async fn an_older_code_that_was_never_used_does_not_open_after_a_newer_one() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.next_step();
    let (older, newer) = (world.code(&phone, -1), phone.code_at(world.now()));
    let _session = world.sign_in(&account, &newer).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &older).await), Reason::Replayed);
}

/// Hanko and Infisical: the code that confirmed the set-up signs in as well.
#[tokio::test]
async fn the_code_that_confirmed_the_set_up_opens_no_second_session() {
    let world = World::new();
    let account = world.account("ann");
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(world.now());
    let _first = world.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);
}

/// librefang: one of five call sites forgot the check. What was used to sign in must not pass the settings page.
#[tokio::test]
async fn a_phished_and_used_code_does_not_pass_the_settings_page() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let asked_before = world.step_up_token(&account).await;
    let code = phone.code_at(world.now());
    let _session = world.sign_in(&account, &code).await.unwrap();
    assert_eq!(reason(world.verifier.step_up(&account, &asked_before, &code).await), Reason::Replayed);
    assert_eq!(reason(world.step_up(&account, &code).await), Reason::Replayed);
}

/// Dovecot, CVE-2026-27855: a cache kept the reply as valid.
#[tokio::test]
async fn the_answer_to_the_same_request_is_not_remembered_as_a_yes() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let (token, code) = (world.challenge(&account).await, phone.code_at(world.now()));
    let _session = world.verifier.verify(&account, &token, &code, None).await.unwrap();
    for _ in 0..3 {
        let Err(Error::Rejected(refused)) = world.verifier.verify(&account, &token, &code, None).await else {
            panic!("the very same request")
        };
        assert!(refused.already_completed(), "the page may lead to the session, it may not open one");
    }
}

/// artifact-keeper #1822 let 14 of 30 parallel requests in on one code, Keycloak #26106 more than one. Here, with sign-in and step-up
/// racing over several processes, one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_parallel_requests_at_two_doors_one_succeeds() {
    for _ in 0..20 {
        let world = Arc::new(World::new());
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        world.store.yield_often();
        let code = phone.code_at(world.now());
        let tasks: Vec<_> = (0..30)
            .map(|turn| {
                let (verifier, world) = (world.process(), world.clone());
                let (account, code) = (account.clone(), code.clone());
                tokio::spawn(async move {
                    if turn % 2 == 0 {
                        let token = world.challenge(&account).await;
                        verifier.verify(&account, &token, &code, None).await.is_ok()
                    } else {
                        let token = world.step_up_token(&account).await;
                        verifier.step_up(&account, &token, &code).await.is_ok()
                    }
                })
            })
            .collect();
        let mut successes = 0;
        for task in tasks {
            successes += usize::from(task.await.unwrap());
        }
        assert_eq!(successes, 1);
    }
}

/// Two requests bring one proof at once: one deed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_parallel_uses_of_one_proof_one_counts() {
    for _ in 0..20 {
        let world = Arc::new(World::new());
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
        world.store.yield_often();
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (world, account, proof) = (world.clone(), account.clone(), proof.clone());
                tokio::spawn(async move { world.enroll(&account, Authority::StepUp(&proof)).await.is_ok() })
            })
            .collect();
        let mut begun = 0;
        for task in tasks {
            begun += usize::from(task.await.unwrap());
        }
        assert_eq!(begun, 1);
    }
}

/// Two requests confirm one set-up at once: one authenticator.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_parallel_confirmations_one_counts() {
    let world = Arc::new(World::new());
    let account = world.account("ann");
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(world.now());
    world.store.yield_often();
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let (world, account, code) = (world.clone(), account.clone(), code.clone());
            let token = enrollment.token().clone();
            tokio::spawn(async move { world.verifier.confirm(&account, &token, &code).await.is_ok() })
        })
        .collect();
    let mut confirmed = 0;
    for task in tasks {
        confirmed += usize::from(task.await.unwrap());
    }
    assert_eq!(confirmed, 1);
    assert_eq!(world.verifier.status(&account, None).await.unwrap().authenticators().len(), 1);
}
