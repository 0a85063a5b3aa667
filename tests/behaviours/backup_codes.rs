//! Backup codes in the settings: how many, which, new ones (S7, S8). Signing in with one is S6.

use second_factor::{Action, EventKind, NotAllowed, Policy, Reason, Requirement, testing::Phone};

use crate::host::{Browser, Host, Member, not_allowed, rejected};

async fn enrolled(policy: Policy) -> (Host, Member, Browser, Phone, Vec<String>) {
    let (acme, ann, mut laptop) = (Host::new(policy), Member::named("ann"), Browser::new());
    let (phone, codes) = acme.turn_on(&ann, &mut laptop).await;
    acme.post.read(&ann);
    (acme, ann, laptop, phone, codes)
}

/// The user sees how many backup codes are unused at any time, and when the others were used: "Check unused backup codes (10)".
#[tokio::test]
async fn s07_the_user_sees_how_many_are_unused() {
    let (acme, ann, mut laptop, _, codes) = enrolled(Policy::new(Requirement::Optional)).await;
    let settings = acme.settings(&ann, &laptop).await;
    assert_eq!(settings.backup_codes_left(), 10);
    assert_eq!(settings.backup_codes_issued_at(), Some(acme.now()));
    assert!(settings.backup_codes_used_at().is_empty());

    let mut used_at = Vec::new();
    for (code, left) in codes.iter().zip((0..10).rev()) {
        acme.pass(3600);
        used_at.push(acme.now());
        let challenge = acme.password(&ann, &mut laptop).await.code();
        acme.code(&ann, &mut laptop, &challenge, code).await.unwrap();
        let settings = acme.settings(&ann, &laptop).await;
        assert_eq!(settings.backup_codes_left(), left);
        assert_eq!(settings.backup_codes_used_at(), used_at);
        let told = acme.post.read(&ann);
        let low = told.contains(&EventKind::BackupCodesLow { left });
        assert_eq!(low, left == 3 || left == 0, "told at 3 and at 0: {told:?}");
    }
}

/// The codes themselves are not shown again: only digests are kept, unless the host opted in.
#[tokio::test]
async fn s07_the_codes_themselves_are_not_shown_again() {
    let (mut acme, ann, laptop, _, _) = enrolled(Policy::new(Requirement::Optional)).await;
    assert!(!acme.settings(&ann, &laptop).await.may_view_backup_codes());
    let account = acme.account(&ann);
    let no = acme.verifier.begin_step_up(&account, &Action::ViewBackupCodes, None).await;
    assert_eq!(not_allowed(no), NotAllowed::ViewingOff);

    // Opting in later brings nothing back: there is nothing to show.
    acme.save_policy("acme", Policy::new(Requirement::Optional).viewable_backup_codes(true));
    let account = acme.account(&ann);
    let no = acme.verifier.begin_step_up(&account, &Action::ViewBackupCodes, None).await;
    assert_eq!(not_allowed(no), NotAllowed::ViewingOff);
}

/// Where the host opted in, the unused ones are shown after a step-up, and the user hears of it.
#[tokio::test]
async fn s07_where_the_host_opted_in_they_are_shown_after_a_step_up_with_a_notice() {
    let policy = Policy::new(Requirement::Optional).viewable_backup_codes(true);
    let (acme, ann, mut laptop, phone, codes) = enrolled(policy).await;
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.code(&ann, &mut laptop, &challenge, &codes[3]).await.unwrap();
    assert!(acme.settings(&ann, &laptop).await.may_view_backup_codes());
    let account = acme.account(&ann);
    acme.post.read(&ann);

    let view = Action::ViewBackupCodes;
    let other = acme.step_up(&ann, &laptop, &Action::Disable, &acme.fresh(&phone)).await.unwrap();
    let no = acme.verifier.view_backup_codes(&account, &other).await;
    assert_eq!(rejected(no).reason(), Reason::WrongPurpose);
    let proof = acme.step_up(&ann, &laptop, &view, &acme.fresh(&phone)).await.unwrap();
    assert!(acme.post.read(&ann).is_empty(), "nothing was shown yet");
    let shown = acme.verifier.view_backup_codes(&account, &proof).await.unwrap();

    let unused: Vec<_> = codes.iter().filter(|code| **code != codes[3]).map(String::as_str).collect();
    assert_eq!(shown.iter().collect::<Vec<_>>(), unused);
    assert_eq!(acme.post.read(&ann), [EventKind::BackupCodesViewed]);
    let again = acme.verifier.view_backup_codes(&account, &proof).await;
    assert_eq!(not_allowed(again), NotAllowed::NeedsProof, "a step-up is good for one look");
    assert_eq!(acme.settings(&ann, &laptop).await.backup_codes_left(), 9, "looking uses none up");
}

/// The user reissues backup codes; the old ones die.
#[tokio::test]
async fn s08_the_user_reissues_them_and_the_old_ones_die() {
    let (acme, ann, mut laptop, phone, old) = enrolled(Policy::new(Requirement::Optional)).await;
    let account = acme.account(&ann);
    let regenerate = Action::RegenerateBackupCodes;
    let proof = acme.step_up(&ann, &laptop, &regenerate, &acme.fresh(&phone)).await.unwrap();
    let new = acme.verifier.regenerate_backup_codes(&account, &proof).await.unwrap();
    let new: Vec<&str> = new.iter().collect();
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !old.iter().any(|old| old == code)));
    assert_eq!(acme.post.read(&ann), [EventKind::BackupCodesIssued { count: 10 }]);

    let challenge = acme.password(&ann, &mut laptop).await.code();
    for dead in &old {
        let refused = acme.code(&ann, &mut laptop, &challenge, dead).await;
        assert_eq!(rejected(refused).reason(), Reason::Wrong);
    }
    acme.code(&ann, &mut laptop, &challenge, new[9]).await.unwrap();
    assert_eq!(acme.settings(&ann, &laptop).await.backup_codes_left(), 9);

    let again = acme.verifier.regenerate_backup_codes(&account, &proof).await;
    assert_eq!(not_allowed(again), NotAllowed::NeedsProof);
}

/// "Prove that you saved them": with one of them, which is used up. The settings say whether it was done.
#[tokio::test]
async fn s05_the_user_proves_to_have_saved_them() {
    let (acme, ann, laptop, _, codes) = enrolled(Policy::new(Requirement::Optional)).await;
    let account = acme.account(&ann);
    assert_eq!(acme.settings(&ann, &laptop).await.backup_codes_saved_at(), None);
    assert_eq!(acme.verifier.prove_saved(&account, &codes[0]).await.unwrap(), 9);
    assert_eq!(acme.settings(&ann, &laptop).await.backup_codes_saved_at(), Some(acme.now()));
    let again = acme.verifier.prove_saved(&account, &codes[0]).await;
    assert_eq!(rejected(again).reason(), Reason::Replayed);
}
