//! P6, P7, P14, P22: codes that are mailed or texted, and how often.

use std::sync::Arc;

use second_factor::{
    Account, Action, Assurance, Channel, Error, NotAllowed, OneTimeCodes, Policy, Reason, Requirement,
    Result, SignedIn, Token,
};

use crate::common::{
    DAY, World,
    ceremonies::{EMAIL, SMS, Settled, generous, not_allowed, sent_alone, value},
    key, reason,
};

const MINUTE: u64 = 60;

impl World {
    async fn type_in(&self, account: &Account, token: &Token, code: &str) -> Result<SignedIn> {
        self.verifier.verify(account, token, code, None).await
    }
}

#[tokio::test]
async fn p6_p15_a_sent_code_is_accepted_once_and_before_its_expiry() {
    for (age, expected) in [
        (0, None),
        (5 * MINUTE - 1, None),
        (5 * MINUTE, Some(Reason::Wrong)),
        (9 * MINUTE, Some(Reason::Wrong)),
    ] {
        let world = World::with(sent_alone());
        let account = world.reachable("ann");
        let token = world.challenge(&account).await;
        let code = world.sent(&account, &token, Channel::Email).await;
        world.pass(age);
        let first = world.type_in(&account, &token, &code).await;
        match expected {
            None => {
                let Assurance::SecondFactor { factor, .. } = first.unwrap().assurance() else { panic!() };
                assert_eq!(factor, EMAIL);
                let again = world.type_in(&account, &token, &code).await;
                assert_eq!(reason(again), Reason::AlreadyCompleted);
            }
            Some(expected) => assert_eq!(reason(first), expected, "after {age} s"),
        }
    }
}

#[tokio::test]
async fn p6_only_the_newest_code_of_a_challenge_is_accepted() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let old = world.sent(&account, &token, Channel::Email).await;
    let mut new = world.sent(&account, &token, Channel::Sms).await;
    while new == old {
        world.pass(MINUTE);
        new = world.sent(&account, &token, Channel::Sms).await;
    }
    assert_eq!(reason(world.type_in(&account, &token, &old).await), Reason::Wrong);
    let _session = world.type_in(&account, &token, &new).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p6_of_64_who_bring_one_sent_code_at_once_exactly_one_is_let_in() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let code = world.sent(&account, &token, Channel::Email).await;
    world.store.yield_often();
    let barrier = Arc::new(tokio::sync::Barrier::new(64));
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (process, account, token) = (world.process(), account.clone(), token.clone());
        let (code, barrier) = (code.clone(), barrier.clone());
        attempts.spawn(async move {
            barrier.wait().await;
            process.verify(&account, &token, &code, None).await.is_ok()
        });
    }
    assert_eq!(attempts.join_all().await.into_iter().filter(|let_in| *let_in).count(), 1);
}

#[tokio::test]
async fn p7_a_sent_code_is_good_for_its_own_challenge_and_user_alone() {
    let world = World::with(sent_alone());
    let (ann, bob) = (world.reachable("ann"), world.reachable("bob"));
    let (mine, other) = (world.challenge(&ann).await, world.challenge(&ann).await);
    let bobs = world.challenge(&bob).await;
    let code = world.sent(&ann, &mine, Channel::Email).await;
    assert_eq!(reason(world.type_in(&ann, &other, &code).await), Reason::Wrong, "another challenge of hers");
    assert_eq!(reason(world.type_in(&bob, &bobs, &code).await), Reason::Wrong, "another user");
    assert_eq!(reason(world.type_in(&bob, &mine, &code).await), Reason::WrongUser);
    assert_eq!(reason(world.verifier.step_up(&ann, &mine, &code).await), Reason::WrongPurpose);
    let _session = world.type_in(&ann, &mine, &code).await.unwrap();
}

#[tokio::test]
async fn p7_a_code_sent_over_a_channel_that_is_no_longer_offered_is_refused() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let code = world.sent(&account, &token, Channel::Email).await;
    let no_mail = world.under("ann", &Policy::new(Requirement::RequiredForAll).allow(SMS));
    let unreachable = Account::new(key("ann"), "stamp-1", &sent_alone()).reachable_by(Channel::Sms);
    for account in [no_mail, unreachable] {
        assert_eq!(reason(world.type_in(&account, &token, &code).await), Reason::Wrong);
    }
    let _session = world.type_in(&account, &token, &code).await.expect("two of five tries are gone");
}

#[tokio::test]
async fn p22_five_tries_are_all_there_are_however_often_a_code_is_sent() {
    for resend_after in 1..=5 {
        let world = World::with(sent_alone());
        let account = world.reachable("ann");
        let token = world.challenge(&account).await;
        let mut code = world.sent(&account, &token, Channel::Email).await;
        for guess in 1..=5 {
            let wrong = world.other_than(&code, &[]);
            assert_eq!(reason(world.type_in(&account, &token, &wrong).await), Reason::Wrong);
            if guess == resend_after {
                world.pass(MINUTE);
                match world.verifier.send(&account, &token, Channel::Email).await {
                    Ok(_) if guess < 5 => code = world.outbox.last_code(&key("ann"), Channel::Email).unwrap(),
                    Err(Error::NotAllowed(NotAllowed::TriesUsed)) if guess == 5 => {}
                    other => panic!("after {guess} guesses: {other:?}"),
                }
            }
        }
        assert_eq!(
            reason(world.type_in(&account, &token, &code).await),
            Reason::Wrong,
            "the right one, too late"
        );
    }
}

#[tokio::test]
async fn p22_the_fifth_try_is_looked_at() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let code = world.sent(&account, &token, Channel::Email).await;
    for _ in 0..4 {
        let wrong = world.other_than(&code, &[]);
        assert_eq!(reason(world.type_in(&account, &token, &wrong).await), Reason::Wrong);
    }
    let _session = world.type_in(&account, &token, &code).await.expect("the fifth");
}

/// 60 s apart over one channel, 5 an hour and 10 a day over all, whatever the challenge; the equal second and the one before.
#[tokio::test]
async fn p22_sends_are_bounded_by_minute_hour_and_day() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let start = world.now();
    let send = |channel| {
        let (world, account) = (&world, &account);
        async move {
            let token = world.challenge(account).await;
            world.verifier.send(account, &token, channel).await
        }
    };
    let held = |seconds| NotAllowed::SendLimit { resend_at: start.plus(seconds) };
    send(Channel::Email).await.unwrap();
    send(Channel::Sms).await.expect("the other channel need not wait");
    world.clock.set(start.plus(59));
    assert_eq!(not_allowed(send(Channel::Email).await), held(60));
    for minute in 1..=3 {
        world.clock.set(start.plus(minute * MINUTE));
        send(Channel::Email).await.unwrap();
    }
    world.clock.set(start.plus(60 * MINUTE - 1));
    for channel in [Channel::Email, Channel::Sms] {
        assert_eq!(not_allowed(send(channel).await), held(60 * MINUTE), "five in this hour");
    }
    for minute in [60, 61, 62, 63, 64] {
        world.clock.set(start.plus(minute * MINUTE));
        send(Channel::Email).await.unwrap();
    }
    world.clock.set(start.plus(DAY - 1));
    assert_eq!(not_allowed(send(Channel::Sms).await), held(DAY), "ten in this day");
    world.clock.set(start.plus(DAY));
    send(Channel::Sms).await.unwrap();
}

#[tokio::test]
async fn p22_a_refused_send_changes_nothing_and_a_wrong_code_counts_in_the_lane() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    let code = world.sent(&account, &token, Channel::Email).await;
    let row = world.row("ann");
    for _ in 0..20 {
        assert!(world.verifier.send(&account, &token, Channel::Email).await.is_err());
    }
    assert_eq!(world.row("ann").revision(), row.revision());
    for _ in 0..6 {
        let token = world.challenge(&account).await;
        let wrong = world.other_than(&code, &[]);
        assert_eq!(reason(world.type_in(&account, &token, &wrong).await), Reason::Wrong);
    }
    assert_eq!(
        reason(world.type_in(&account, &token, &code).await),
        Reason::Throttled,
        "one throttle for all"
    );
}

/// While an authenticator is enrolled, a sent code signs in where the policy says so, and opens no settings (P14) and no trust.
#[tokio::test]
async fn p14_a_sent_code_is_no_proof_and_gives_no_trust_while_an_authenticator_is_enrolled() {
    let world = World::with(generous());
    let Settled { account, .. } = world.settled("ann").await;
    let actions = [Action::AddAuthenticator, Action::Disable, Action::RegenerateBackupCodes]
        .into_iter()
        .chain([Action::ViewBackupCodes, Action::Host("export".into())]);
    for action in actions {
        let asked = world.verifier.begin_step_up(&account, &action, None).await.unwrap();
        assert!(!asked.factors().contains(&EMAIL) && !asked.factors().contains(&SMS), "{action:?}");
        let sent = world.verifier.send(&account, asked.token(), Channel::Email).await;
        assert_eq!(not_allowed(sent), NotAllowed::FactorOff, "{action:?}");
    }
    let token = world.challenge(&account).await;
    let code = world.sent(&account, &token, Channel::Email).await;
    let signed_in = world.verifier.verify(&account, &token, &code, Some("laptop")).await.unwrap();
    assert!(!world.is_trusted(&account, &value(signed_in.cookie())).await);
    let by_default = generous().one_time_codes(OneTimeCodes::WithoutAuthenticator);
    let account = world.under("ann", &by_default);
    let token = world.challenge(&account).await;
    let sent = world.verifier.send(&account, &token, Channel::Email).await;
    assert_eq!(not_allowed(sent), NotAllowed::FactorOff, "nor a sign-in, unless the policy says so");
}
