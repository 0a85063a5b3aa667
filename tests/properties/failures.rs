//! P20, P42 and what a call costs the store: nothing is known before it is written.

use second_factor::{Assurance, Authority, Because, Error, FirstFactor, Reason, Unavailable};

use crate::common::{
    World, answer, reason,
    store::{Counts, Fault},
    unavailable,
};

const ONE_LOAD: Counts = Counts { loads: 1, swaps: 0 };
const ONE_LOAD_ONE_SWAP: Counts = Counts { loads: 1, swaps: 1 };

#[tokio::test]
async fn p20_if_the_commit_fails_right_wrong_and_replayed_answer_alike() {
    use Fault::{ErrorBefore, ErrorBeforeAndOnReload};
    for fault in [vec![ErrorBefore], vec![ErrorBeforeAndOnReload], vec![Fault::Conflict; 64]] {
        let mut answers = Vec::new();
        for case in ["right", "wrong", "replayed"] {
            let world = World::new();
            let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
            let spent = phone.code_at(world.now());
            let _session = world.sign_in(&account, &spent).await.unwrap();
            let code = match case {
                "right" => world.code(&phone, 1),
                "wrong" => world.wrong(&[&phone]),
                _ => spent,
            };
            let token = world.challenge(&account).await;
            let (row, events, notices) =
                (world.row("ann"), world.audit.lock().unwrap().len(), world.outbox.notices().len());
            world.store.fail(fault.clone());
            let (result, counts) =
                world.store.counting(world.verifier.verify(&account, &token, &code, None)).await;
            answers.push((format!("{result:?}"), result.unwrap_err().to_string(), counts));
            assert_eq!(world.store.faults_left(), 0);
            assert_eq!(world.row("ann").revision(), row.revision(), "{case}: nothing is written");
            assert_eq!(world.audit.lock().unwrap().len(), events, "{case}: nothing has happened");
            assert_eq!(world.outbox.notices().len(), notices);
        }
        assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
    }
}

#[tokio::test]
async fn p20_at_every_door_a_failed_commit_answers_alike() {
    let mut answers = Vec::new();
    for right in [true, false] {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let tokens = world.tokens(&account, &phone).await;
        let shown = world.verifier.enrollment(&account, &tokens.enrollment).await.unwrap();
        let pending = second_factor::testing::Phone::scan(shown.uri());
        let wrong = world.wrong(&[&phone, &pending]);
        let (code, new_code) = if right {
            (phone.code_at(world.now()), pending.code_at(world.now()))
        } else {
            (wrong.clone(), wrong)
        };
        let verifier = &world.verifier;
        world.store.fail([Fault::ErrorBefore; 3]);
        answers.push([
            format!("{:?}", verifier.verify(&account, &tokens.challenge, &code, None).await),
            format!("{:?}", verifier.step_up(&account, &tokens.step_up, &code).await),
            format!("{:?}", verifier.confirm(&account, &tokens.enrollment, &new_code).await),
        ]);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].iter().all(|answer| answer.contains("Unavailable(Store(")), "{answers:?}");
}

#[tokio::test]
async fn p20_a_guess_is_in_the_stored_record_when_its_outcome_is_known() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    for guess in 1..=6 {
        let generation = world.row("ann").summary().generation;
        world.guess(&account, &phone, 1).await;
        assert_eq!(world.row("ann").summary().generation, generation + 1, "{guess}");
    }
    assert_eq!(world.row("ann").summary().locked_until, Some(world.now().plus(30)));
    let crashed_and_back = world.restarted_with(&world.keys);
    let refused = crashed_and_back.sign_in(&account, &phone.code_at(world.now())).await;
    assert_eq!(reason(refused), Reason::Throttled);
}

#[tokio::test]
async fn p42_an_ambiguous_commit_that_did_not_happen_lets_nobody_in_and_spends_nothing() {
    for fault in [Fault::ErrorBefore, Fault::ErrorBeforeAndOnReload] {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let code = phone.code_at(world.now());
        world.store.fail([fault]);
        let refused = world.sign_in(&account, &code).await;
        assert!(matches!(unavailable(refused), Unavailable::Store(_)), "{fault:?}");
        let _session = world.sign_in(&account, &code).await.expect("it was not spent");
    }
}

#[tokio::test]
async fn p42_an_ambiguous_commit_that_did_happen_counts_once_and_only_once() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let code = phone.code_at(world.now());
    world.store.fail([Fault::ErrorAfter]);
    let _session = world.sign_in(&account, &code).await.expect("the reload finds our own write");
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);

    world.next_step();
    let code = phone.code_at(world.now());
    world.store.fail([Fault::ErrorAfterAndOnReload]);
    assert!(
        matches!(unavailable(world.sign_in(&account, &code).await), Unavailable::Store(_)),
        "nobody knows"
    );
    assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed, "so it is lost, not doubled");
}

#[tokio::test]
async fn p42_a_driver_that_writes_and_reports_a_conflict_lets_nobody_in_twice() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let code = phone.code_at(world.now());
    world.store.fail([Fault::ConflictAfter]);
    let outcomes = [world.sign_in(&account, &code).await, world.sign_in(&account, &code).await];
    assert!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() <= 1, "{outcomes:?}");
}

#[tokio::test]
async fn p42_a_wrong_guess_whose_commit_is_ambiguous_is_counted_once() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    for _ in 0..5 {
        world.store.fail([Fault::ErrorAfter]);
        world.guess(&account, &phone, 1).await;
    }
    assert_eq!(world.verifier.status(&account, None).await.unwrap().locked_until(), None, "five are free");
    world.guess(&account, &phone, 1).await;
    assert!(world.verifier.status(&account, None).await.unwrap().locked_until().is_some());
}

#[tokio::test]
async fn p42_63_conflicts_are_ridden_out_and_64_are_contended() {
    for (conflicts, contended) in [(1, false), (63, false), (64, true)] {
        let world = World::new();
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let code = phone.code_at(world.now());
        world.store.fail(vec![Fault::Conflict; conflicts]);
        let result = world.sign_in(&account, &code).await;
        if contended {
            assert!(matches!(unavailable(result), Unavailable::Contended));
            let _session = world.sign_in(&account, &code).await.expect("it was not spent");
        } else {
            let _session = result.expect("one success");
            assert_eq!(reason(world.sign_in(&account, &code).await), Reason::Replayed);
        }
    }
}

#[tokio::test]
async fn p42_a_store_that_cannot_be_read_is_never_an_unenrolled_user() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let tokens = world.tokens(&account, &phone).await;
    for enrolled in [true, false] {
        let account = if enrolled { account.clone() } else { world.account("nobody") };
        world.store.fail_loads(usize::MAX);
        for (call, result) in world.every_call(&account, &tokens).await {
            // A token of another user is refused before anything is read.
            let refused = matches!(result, Err(Error::Unavailable(Unavailable::Store(_))));
            assert!(
                refused || (!enrolled && matches!(result, Err(Error::Rejected(_)))),
                "{call}: {result:?}"
            );
        }
        world.store.fail_loads(0);
    }
}

#[tokio::test]
async fn p42_a_set_up_whose_commit_fails_hands_out_no_secret_that_counts() {
    let world = World::new();
    let account = world.account("ann");
    world.store.fail([Fault::ErrorBefore]);
    let refused = world.enroll(&account, Authority::OpenSession).await;
    assert!(matches!(unavailable(refused), Unavailable::Store(_)));
    assert!(!world.verifier.status(&account, None).await.unwrap().is_on());
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let phone = second_factor::testing::Phone::scan(enrollment.uri());
    world.store.fail([Fault::ErrorBefore]);
    let code = phone.code_at(world.now());
    let refused = world.verifier.confirm(&account, enrollment.token(), &code).await;
    assert!(matches!(unavailable(refused), Unavailable::Store(_)));
    assert!(!world.verifier.status(&account, None).await.unwrap().is_on());
    assert!(world.outbox.notices().is_empty(), "nobody is told what did not happen");
    let _enrolled = world.verifier.confirm(&account, enrollment.token(), &code).await.expect("not burnt");
}

#[tokio::test]
async fn p42_an_empty_stamp_is_an_error_in_every_call_and_costs_the_store_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let tokens = world.tokens(&account, &phone).await;
    let blank = second_factor::Account::new(account.user().clone(), "", &world.policy);
    let (results, counts) = world.store.counting(world.every_call(&blank, &tokens)).await;
    for (call, result) in results {
        assert!(matches!(unavailable(result), Unavailable::EmptyStamp), "{call}");
    }
    assert_eq!(counts, Counts::default());
}

#[tokio::test]
async fn each_call_costs_one_load_and_writes_once_or_not_at_all() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let tokens = world.tokens(&account, &phone).await;
    let (store, verifier) = (&world.store, &world.verifier);
    let (right, wrong) = (phone.code_at(world.now()), world.wrong(&[&phone]));
    let session = Assurance::FirstFactorOnly(Because::NotEnrolled);

    let (_, begin) = store.counting(verifier.begin(&account, FirstFactor::Password, None)).await;
    let (_, shown) = store.counting(verifier.challenge(&account, &tokens.challenge)).await;
    let (_, assess) = store.counting(verifier.assess(&account, session)).await;
    let (_, status) = store.counting(verifier.status(&account, None)).await;
    let (_, enrollment) = store.counting(verifier.enrollment(&account, &tokens.enrollment)).await;
    let (_, asked) = store.counting(world.step_up_token(&account)).await;
    assert_eq!([begin, shown, assess, status, enrollment, asked], [ONE_LOAD; 6]);

    let (_, missed) = store.counting(verifier.verify(&account, &tokens.challenge, &wrong, None)).await;
    let (_, passed) = store.counting(verifier.verify(&account, &tokens.challenge, &right, None)).await;
    let (_, stepped) =
        store.counting(verifier.step_up(&account, &tokens.step_up, &world.code(&phone, 1))).await;
    let (_, begun) = store.counting(world.enroll(&account, Authority::StepUp(&tokens.proof))).await;
    assert_eq!([missed, passed, stepped, begun], [ONE_LOAD_ONE_SWAP; 4]);

    world.guess(&account, &phone, 6).await;
    let token = world.challenge(&account).await;
    for code in [&right, &wrong] {
        let (refused, held) = store.counting(verifier.verify(&account, &token, code, None)).await;
        assert_eq!((reason(refused), held), (Reason::Throttled, ONE_LOAD));
    }
    let (refused, malformed) = store.counting(verifier.verify(&account, &token, "12345", None)).await;
    assert_eq!((reason(refused), malformed), (Reason::Malformed, Counts::default()));
    let (refused, _) = store.counting(verifier.verify(&account, &tokens.challenge, &right, None)).await;
    assert_eq!(reason(answer(refused)), Reason::AlreadyCompleted);
}
