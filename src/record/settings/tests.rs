use super::*;
use crate::{
    policy::{Others, Policy, Requirement},
    primitives::time::TimeStep,
    record::{challenge::OpenProof, enroll::tests::pending, tests::given::*},
};

const PROOF: u128 = 5;

fn all_actions() -> [Action; 7] {
    [
        Action::AddAuthenticator,
        Action::Replace(id(1)),
        Action::Remove(id(1)),
        Action::Disable,
        Action::RegenerateBackupCodes,
        Action::ViewBackupCodes,
        Action::Host("wire".into()),
    ]
}

/// Two authenticators, viewable codes, and a proof for this action.
fn proved(action: &Action) -> Record {
    let mut record = enrolled();
    add(&mut record);
    record.issue_backup_codes(&ten(), &viewable(), NOW);
    record.keep_proof(OpenProof { id: PROOF, action: action.clone(), expires_at: NOW.plus(300) });
    record
}

fn viewable() -> Policy {
    optional().viewable_backup_codes(true)
}

const fn spent(action: &Action) -> Spent<'_> {
    Spent { id: PROOF, epoch: EPOCH, action }
}

/// Does the deed that this action is for.
fn deed(record: Record, spent: Spent<'_>, policy: &Policy, now: UnixTime) -> Decision<Result<(), Refusal>> {
    let account = under(policy);
    match spent.action {
        Action::Remove(id) => record.remove_authenticator(spent, *id, &account, now),
        Action::Disable => record.disable(spent, &account, NEW_EPOCH, now),
        Action::RegenerateBackupCodes => record.regenerate_backup_codes(spent, &ten(), &account, now),
        Action::ViewBackupCodes => {
            record.view_backup_codes(spent, &account, now).map(|shown| shown.map(drop))
        }
        _ => record.spend_proof(spent, &account, now),
    }
}

fn refused(decision: Decision<Result<(), Refusal>>) -> Refusal {
    kept(decision).unwrap_err()
}

#[test]
fn p5_p14_every_deed_takes_its_own_proof_once() {
    for action in all_actions() {
        let record = done(deed(proved(&action), spent(&action), &viewable(), NOW.plus(299)));
        assert!(record.proofs.is_empty(), "{action:?} uses it up");
        let again = proved(&action);
        let again = done(deed(again, spent(&action), &viewable(), NOW));
        if action != Action::Disable && !matches!(action, Action::Remove(_)) {
            assert_eq!(refused(deed(again, spent(&action), &viewable(), NOW)), NotAllowed::NeedsProof.into());
        }
        let late = deed(proved(&action), spent(&action), &viewable(), NOW.plus(300));
        assert_eq!(refused(late), NotAllowed::NeedsProof.into(), "p15: at its expiry");
        let stranger = Spent { id: 6, ..spent(&action) };
        assert_eq!(refused(deed(proved(&action), stranger, &viewable(), NOW)), NotAllowed::NeedsProof.into());
        let old = Spent { epoch: Epoch::drawn(6), ..spent(&action) };
        assert_eq!(refused(deed(proved(&action), old, &viewable(), NOW)), Reason::EpochChanged.into(), "p17");
    }
}

#[test]
fn p7_a_proof_for_one_action_does_no_other() {
    for held in all_actions() {
        for action in all_actions().into_iter().filter(|action| *action != held) {
            let refused = refused(deed(proved(&held), spent(&action), &viewable(), NOW));
            assert_eq!(refused, NotAllowed::NeedsProof.into(), "{held:?} for {action:?}");
        }
    }
    let other = Action::Remove(id(2));
    let refused = refused(deed(proved(&Action::Remove(id(1))), spent(&other), &viewable(), NOW));
    assert_eq!(refused, NotAllowed::NeedsProof.into(), "nor for another authenticator");
    let host = Action::Host("wire2".into());
    let held = proved(&Action::Host("wire".into()));
    assert_eq!(kept(deed(held, spent(&host), &viewable(), NOW)), Err(NotAllowed::NeedsProof.into()));
}

#[test]
fn a_deed_that_the_policy_forbids_leaves_the_proof() {
    let decision = deed(proved(&Action::Disable), spent(&Action::Disable), &required(), NOW);
    assert_eq!(refused(decision), NotAllowed::Required.into());
}

#[test]
fn what_policy_and_record_leave_room_for() {
    let mut record = enrolled();
    let allows = |record: &Record, action: &Action, policy: &Policy| record.allows(action, &under(policy));
    let off = Policy::new(Requirement::Off);
    let others = Policy::new(Requirement::RequiredForAdministrators { others: Others::Optional });
    let add_one = Action::AddAuthenticator;
    assert_eq!(allows(&record, &add_one, &optional()), Ok(()));
    assert_eq!(allows(&record, &add_one, &off), Err(NotAllowed::FactorOff));
    assert_eq!(allows(&record, &add_one, &optional().forbid(Factor::Totp)), Err(NotAllowed::FactorOff));
    assert_eq!(allows(&record, &Action::Replace(id(1)), &off), Ok(()), "replacing is always possible");
    assert_eq!(allows(&record, &Action::Replace(id(2)), &optional()), Err(NotAllowed::NotFound));
    assert_eq!(allows(&record, &Action::Remove(id(2)), &optional()), Err(NotAllowed::NotFound));
    assert_eq!(allows(&record, &Action::Remove(id(1)), &optional()), Err(NotAllowed::LastAuthenticator));
    add(&mut record);
    assert_eq!(allows(&record, &Action::Remove(id(1)), &optional()), Ok(()), "one of two");
    assert_eq!(allows(&record, &Action::Disable, &off), Ok(()));
    assert_eq!(allows(&record, &Action::Disable, &optional()), Ok(()));
    assert_eq!(allows(&record, &Action::Disable, &required()), Err(NotAllowed::Required));
    assert_eq!(record.allows(&Action::Disable, &under(&others)), Ok(()));
    let administrator = under(&others).administrator(true);
    assert_eq!(record.allows(&Action::Disable, &administrator), Err(NotAllowed::Required));
    let renew = Action::RegenerateBackupCodes;
    assert_eq!(allows(&record, &renew, &optional()), Ok(()));
    assert_eq!(allows(&record, &renew, &optional().forbid(Factor::BackupCode)), Err(NotAllowed::FactorOff));
    assert_eq!(
        allows(&record, &Action::ViewBackupCodes, &viewable()),
        Err(NotAllowed::ViewingOff),
        "none there"
    );
    record.issue_backup_codes(&ten(), &optional(), NOW);
    assert_eq!(
        allows(&record, &Action::ViewBackupCodes, &viewable()),
        Err(NotAllowed::ViewingOff),
        "only digests"
    );
    record.issue_backup_codes(&ten(), &viewable(), NOW);
    assert_eq!(allows(&record, &Action::ViewBackupCodes, &viewable()), Ok(()));
    assert_eq!(allows(&record, &Action::ViewBackupCodes, &optional()), Err(NotAllowed::ViewingOff));
    assert_eq!(allows(&record, &Action::Host("x".into()), &off), Ok(()));
}

#[test]
fn p26_turning_it_off_leaves_bucket_and_outbox() {
    let mut record = proved(&Action::Disable);
    record.remember_browser(None, &trusted_browser(1), &account(), Factor::Totp, NOW);
    record.pending = Some(pending(NOW.plus(900)));
    record.throttle = super::super::throttle::Throttle::fullest();
    let (record, events, outcome) =
        written(record.disable(spent(&Action::Disable), &account(), NEW_EPOCH, NOW));
    outcome.unwrap();
    assert_eq!(events, [EventKind::Disabled]);
    assert!(!record.is_enrolled() && record.backup_codes.is_none() && record.enrolled_at.is_none());
    assert!(record.devices.is_empty() && record.pending.is_none());
    assert_eq!(record.epoch, NEW_EPOCH, "p17");
    assert_eq!(record.throttle, super::super::throttle::Throttle::fullest());
    assert_eq!(record.pending_notices().len(), 1);
    assert!(!record.needs_ticket());
}

#[test]
fn one_of_several_is_removed_and_the_others_stay_as_they_are() {
    let action = Action::Remove(id(1));
    let mut record = proved(&action);
    record.authenticators[1].last_step = TimeStep::new(7);
    let (record, events, outcome) =
        written(record.remove_authenticator(spent(&action), id(1), &account(), NOW));
    outcome.unwrap();
    assert_eq!(events, [EventKind::AuthenticatorRemoved { name: "phone 1".into() }]);
    assert_eq!(record.authenticators.len(), 1);
    assert_eq!((record.authenticators[0].id, record.authenticators[0].last_step), (id(2), TimeStep::new(7)));
    assert_eq!(record.epoch, EPOCH);
    assert_eq!(record.next_id, id(3), "no id is given twice");
}

#[test]
fn a_name_can_be_changed() {
    let (record, events, outcome) = written(enrolled().rename_authenticator(id(1), "=1+1", NOW));
    outcome.unwrap();
    assert_eq!(record.authenticators[0].name(), "=1+1");
    assert_eq!(events, [EventKind::AuthenticatorRenamed { name: "=1+1".into() }]);
    assert_eq!(kept(enrolled().rename_authenticator(id(2), "x", NOW)), Err(NotAllowed::NotFound));
}

#[test]
fn p3_new_backup_codes_take_the_place_of_the_old_ones() {
    let action = Action::RegenerateBackupCodes;
    let new: Vec<_> = (11..=20).map(long).collect();
    let decision = proved(&action).regenerate_backup_codes(spent(&action), &new, &account(), NOW.plus(1));
    let (mut record, events, outcome) = written(decision);
    outcome.unwrap();
    assert_eq!(events, [EventKind::BackupCodesIssued { count: 10 }]);
    assert!(record.spend_backup_code(&long(1), &optional(), NOW).is_err());
    assert!(record.spend_backup_code(&long(11), &optional(), NOW).is_ok());
    assert_eq!(record.epoch, EPOCH, "nothing else dies with them");
}

#[test]
fn a_spent_proof_names_its_page() {
    let action = Action::Host("wire".into());
    let (_, events, outcome) = written(proved(&action).spend_proof(spent(&action), &account(), NOW));
    outcome.unwrap();
    assert_eq!(events, [EventKind::ProofSpent { action }]);
}
