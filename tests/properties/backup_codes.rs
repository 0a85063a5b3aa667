//! P3, P4, and the half of P24 that is about backup codes: each is good once, and none is ever kept waiting.

use std::sync::Arc;

use second_factor::{Account, Action, Error, Factor, Policy, Proof, Reason, Rejection, Requirement};

use crate::common::{
    World, answer,
    ceremonies::{Settled, not_allowed, value},
    reason,
    store::Counts,
};

/// Every call that takes a backup code.
#[derive(Debug, Clone, Copy)]
enum Door {
    Verify,
    StepUp,
    ProveSaved,
}
const DOORS: [Door; 3] = [Door::Verify, Door::StepUp, Door::ProveSaved];

async fn try_at(world: &World, account: &Account, door: Door, code: &str) -> Result<(), Rejection> {
    let result = match door {
        Door::Verify => answer(world.sign_in(account, code).await),
        Door::StepUp => answer(world.step_up(account, code).await),
        Door::ProveSaved => answer(world.verifier.prove_saved(account, code).await),
    };
    match result {
        Ok(()) => Ok(()),
        Err(Error::Rejected(rejection)) => Err(rejection),
        Err(other) => panic!("{door:?}: {other:?}"),
    }
}

/// A well-formed code that is none of the user's: one of somebody else.
async fn foreign(world: &World) -> String {
    world.settled("somebody-else").await.codes.swap_remove(0)
}

#[tokio::test]
async fn p3_a_backup_code_that_passed_one_door_passes_no_other_nor_the_same() {
    for first in DOORS {
        for second in DOORS {
            let world = World::new();
            let Settled { account, codes, .. } = world.settled("ann").await;
            try_at(&world, &account, first, &codes[0]).await.unwrap();
            let refused = try_at(&world, &account, second, &codes[0]).await.unwrap_err();
            assert_eq!(
                (refused.reason(), refused.retry_at()),
                (Reason::Replayed, None),
                "{first:?} {second:?}"
            );
            try_at(&world, &account, second, &codes[1]).await.unwrap();
        }
    }
}

#[tokio::test]
async fn p3_a_backup_code_stays_spent_in_other_processes_under_other_keys_and_passwords() {
    let world = World::new();
    let Settled { account, codes, .. } = world.settled("ann").await;
    let _session = world.sign_in(&account, &codes[0]).await.unwrap();
    let elsewhere = world.restarted_with(&world.rotated_keys());
    let other_password = world.with_new_password("ann");
    for (world, account) in [(&world, &account), (&world, &other_password), (&elsewhere, &account)] {
        for spelled in [codes[0].clone(), codes[0].to_lowercase(), codes[0].replace('-', " ")] {
            assert_eq!(reason(world.sign_in(account, &spelled).await), Reason::Replayed, "{spelled}");
        }
    }
    world.pass(366 * crate::common::DAY);
    assert_eq!(reason(elsewhere.sign_in(&account, &codes[0]).await), Reason::Replayed, "for ever");
}

/// artifact-keeper #1822 let 14 of 30 in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p3_of_64_who_bring_one_backup_code_at_once_exactly_one_is_let_in() {
    for _ in 0..4 {
        let world = World::new();
        let Settled { account, codes, .. } = world.settled("ann").await;
        world.store.yield_often();
        let processes: Vec<_> = (0..4).map(|_| world.process()).collect();
        let barrier = Arc::new(tokio::sync::Barrier::new(64));
        let mut attempts = tokio::task::JoinSet::new();
        for number in 0..64 {
            let (account, code, barrier) = (account.clone(), codes[0].clone(), barrier.clone());
            let (process, token) = (processes[number % 4].clone(), world.challenge(&account).await);
            attempts.spawn(async move {
                barrier.wait().await;
                process.verify(&account, &token, &code, None).await.is_ok()
            });
        }
        let let_in = attempts.join_all().await.into_iter().filter(|let_in| *let_in).count();
        assert_eq!(let_in, 1);
        assert_eq!(world.row("ann").summary().backup_codes_left, 9);
    }
}

#[tokio::test]
async fn p3_a_replaced_set_is_dead_at_once_and_the_new_one_is_good() {
    let world = World::new();
    let Settled { account, phone, codes, .. } = world.settled("ann").await;
    let _session = world.sign_in(&account, &codes[0]).await.unwrap();
    let proof = world.proof(&account, &phone, &Action::RegenerateBackupCodes).await;
    let new = world.verifier.regenerate_backup_codes(&account, &proof).await.unwrap();
    assert_eq!(world.verifier.status(&account, None).await.unwrap().backup_codes_left(), 10);
    for old in &codes {
        assert_eq!(reason(world.sign_in(&account, old).await), Reason::Wrong);
    }
    for code in new.iter() {
        let _session = world.sign_in(&account, code).await.unwrap();
    }
}

#[tokio::test]
async fn p3_codes_of_one_user_or_of_a_record_that_is_gone_are_nobodys() {
    let world = World::new();
    let (ann, bob) = (world.settled("ann").await, world.settled("bob").await);
    for door in DOORS {
        let refused = try_at(&world, &ann.account, door, &bob.codes[0]).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::Wrong, "{door:?}");
    }
    world.reset("ann").await;
    let again = world.settled("ann").await;
    assert_eq!(reason(world.sign_in(&again.account, &ann.codes[0]).await), Reason::Wrong);
    let _session = world.sign_in(&bob.account, &bob.codes[0]).await.unwrap();
}

#[tokio::test]
async fn p4_each_of_the_ten_is_good_once_in_any_order_and_the_count_is_right_throughout() {
    for order in
        [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [4, 9, 0, 5, 1, 8, 2, 7, 3, 6]]
    {
        let world = World::new();
        let Settled { account, codes, .. } = world.settled("ann").await;
        for (used, slot) in order.into_iter().enumerate() {
            let left = 10 - used as u8;
            let status = world.verifier.status(&account, None).await.unwrap();
            assert_eq!((status.backup_codes_left(), status.backup_codes_used_at().len()), (left, used));
            assert_eq!(world.row("ann").summary().backup_codes_left, left);
            let signed_in = world.sign_in(&account, &codes[slot]).await.expect("not used yet");
            assert_eq!(signed_in.backup_codes_left(), left - 1);
            for spent in &order[..=used] {
                let refused = world.sign_in(&account, &codes[*spent]).await;
                assert_eq!(reason(refused), Reason::Replayed, "{spent} after {used}");
            }
        }
    }
}

#[tokio::test]
async fn p4_wrong_and_malformed_codes_use_none_up() {
    let world = World::new();
    let Settled { account, codes, .. } = world.settled("ann").await;
    let mut typo = codes[0].clone().into_bytes();
    typo[0] = if typo[0] == b'7' { b'8' } else { b'7' };
    let typo = String::from_utf8(typo).unwrap();
    for door in DOORS {
        let refused = try_at(&world, &account, door, &typo).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::Malformed, "the check symbol finds it: {door:?}");
    }
    assert_eq!(reason(world.sign_in(&account, &foreign(&world).await).await), Reason::Wrong);
    assert_eq!(world.verifier.status(&account, None).await.unwrap().backup_codes_left(), 10);
    let _session = world.sign_in(&account, &codes[0]).await.unwrap();
}

/// Where the policy forbids them they are refused, and there again when it allows them.
#[tokio::test]
async fn p4_a_policy_that_forbids_them_for_a_while_uses_none_up() {
    let world = World::new();
    let Settled { account, codes, .. } = world.settled("ann").await;
    let without = world.under("ann", &Policy::new(Requirement::Optional).forbid(Factor::BackupCode));
    for door in DOORS {
        let refused = try_at(&world, &without, door, &codes[0]).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::Wrong, "{door:?}");
    }
    let asked = world.verifier.begin_step_up(&without, &Action::RegenerateBackupCodes, None).await;
    assert_eq!(not_allowed(asked), second_factor::NotAllowed::FactorOff);
    let _session = world.sign_in(&account, &codes[0]).await.unwrap();
    assert_eq!(world.verifier.status(&account, None).await.unwrap().backup_codes_left(), 9);
}

/// A locked lane and a full bucket keep digits waiting, and no backup code, at any door; and it clears the wait for the phone.
#[tokio::test]
async fn p24_a_backup_code_gets_in_at_once_however_locked_the_account_is() {
    for door in DOORS {
        let world = World::new();
        let Settled { account, phone, codes, .. } = world.settled("ann").await;
        world.guess(&account, &phone, 6).await;
        let held = world.sign_in(&account, &phone.code_at(world.now())).await;
        assert_eq!(reason(held), Reason::Throttled);
        try_at(&world, &account, door, &codes[0]).await.expect("at once");
    }
}

/// Sixty failures a minute are written; further ones cost the host a read, and the right code is let in all the same.
#[tokio::test]
async fn p24_a_flood_of_wrong_backup_codes_neither_writes_without_end_nor_keeps_the_right_one_out() {
    let world = World::new();
    let Settled { account, codes, .. } = world.settled("ann").await;
    let (wrong, token) = (foreign(&world).await, world.challenge(&account).await);
    world.clock.set(second_factor::UnixTime::from_seconds(world.now().seconds().next_multiple_of(60)));
    let attempt = || world.store.counting(world.verifier.verify(&account, &token, &wrong, None));
    for minute in 0..2 {
        for failure in 1..=61 {
            let (refused, counts) = attempt().await;
            let expected = Counts { loads: 1, swaps: usize::from(failure <= 60) };
            assert_eq!((reason(refused), counts), (Reason::Wrong, expected), "{minute}: {failure}");
        }
        world.pass(60);
    }
    for _ in 0..61 {
        assert_eq!(reason(attempt().await.0), Reason::Wrong);
    }
    let _session = world.verifier.verify(&account, &token, &codes[0], None).await.expect("looked at");
    assert_eq!(
        world.verifier.status(&account, None).await.unwrap().locked_until(),
        None,
        "nor is a phone held"
    );
}

/// P8: passing leaves a proof or a browser as any factor does, but no trust: who needs a backup code has lost something.
#[tokio::test]
async fn p8_a_backup_code_makes_a_browser_known_and_never_trusted() {
    let world = World::with(crate::common::ceremonies::generous());
    let Settled { account, codes, .. } = world.settled("ann").await;
    let token = world.challenge(&account).await;
    let signed_in = world.verifier.verify(&account, &token, &codes[0], Some("laptop")).await.unwrap();
    let browser = value(signed_in.cookie());
    assert!(!world.is_trusted(&account, &browser).await);
    assert!(world.verifier.status(&account, Some(&browser)).await.unwrap().devices().is_empty());
    let asked = world.verifier.begin_step_up(&account, &Action::Disable, None).await.unwrap();
    let proof: Proof = world.verifier.step_up(&account, asked.token(), &codes[1]).await.unwrap();
    world.verifier.disable(&account, &proof).await.unwrap();
}
