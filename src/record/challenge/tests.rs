use super::*;
use crate::record::{Decision, enroll::tests::pending, tests::given::*};

#[test]
fn p15_p17_a_challenge_that_is_over_or_of_another_epoch_is_refused() {
    let record = enrolled();
    let stands = |epoch, now| {
        let challenge = Challenge { epoch, ..challenge(1) };
        record.challenge_stands(&challenge, &account(), now).map_err(|over| over.reason())
    };
    assert_eq!(stands(EPOCH, NOW.plus(599)), Ok(()));
    assert_eq!(stands(EPOCH, NOW.plus(600)), Err(Reason::Expired));
    assert_eq!(stands(Epoch::drawn(8), NOW), Err(Reason::EpochChanged));
    let over = unenrolled().challenge_stands(&challenge_before_enrollment(1), &account(), NOW);
    assert_eq!(
        over.unwrap_err().reason(),
        Reason::NotOffered,
        "without a factor or a channel nothing stands"
    );
    let over = unenrolled().challenge_stands(&challenge(1), &account(), NOW);
    assert_eq!(over.unwrap_err().reason(), Reason::EpochChanged);
}

#[test]
fn p5_a_proof_is_used_once_for_its_action_before_it_expires() {
    let proofs = |expires_at| {
        let mut record = enrolled();
        record.keep_proof(OpenProof { id: 5, action: Action::AddAuthenticator, expires_at });
        record
    };
    let mut record = proofs(NOW.plus(300));
    assert_eq!(record.use_proof(6, &Action::AddAuthenticator, NOW), None, "another id");
    assert_eq!(record.use_proof(5, &Action::AddAuthenticator, NOW.plus(300)), None, "at its expiry");
    assert_eq!(record.use_proof(5, &Action::AddAuthenticator, NOW.plus(299)), Some(()));
    assert_eq!(record.use_proof(5, &Action::AddAuthenticator, NOW.plus(299)), None, "used");
}

#[test]
fn what_is_remembered_is_bounded_and_the_oldest_goes() {
    let mut record = enrolled();
    for id in 0..40 {
        record.complete(id, NOW.plus(600));
        record.keep_proof(OpenProof { id, action: Action::AddAuthenticator, expires_at: NOW.plus(300) });
    }
    assert_eq!((record.completed.len(), record.proofs.len()), (MAX_COMPLETED, MAX_PROOFS));
    assert_eq!((record.completed[0].id, record.proofs[0].id), (16, 32));
}

#[test]
fn what_is_over_goes_with_the_next_write() {
    let mut record = enrolled();
    record.complete(1, NOW.plus(600));
    record.keep_proof(OpenProof { id: 1, action: Action::AddAuthenticator, expires_at: NOW.plus(300) });
    record.pending = Some(pending(NOW.plus(900)));
    let left = |record: &Record| (record.completed.len(), record.proofs.len(), record.pending.iter().count());
    for (seconds, expected) in [
        (299, (1, 1, 1)),
        (300, (1, 0, 1)),
        (599, (1, 0, 1)),
        (600, (0, 0, 1)),
        (899, (0, 0, 1)),
        (900, (0, 0, 0)),
    ] {
        record = Decision::write(record, NOW.plus(seconds), [], ()).change.unwrap().record;
        assert_eq!(left(&record), expected, "after {seconds} s");
    }
}

#[test]
fn p7_a_proof_is_for_one_action() {
    let mut record = enrolled();
    record.keep_proof(OpenProof { id: 5, action: Action::Host("wire".into()), expires_at: NOW.plus(300) });
    for other in [Action::Disable, Action::Host("wir".into()), Action::Host("Wire".into())] {
        assert_eq!(record.use_proof(5, &other, NOW), None, "{other:?}");
    }
    assert_eq!(record.use_proof(5, &Action::Host("wire".into()), NOW), Some(()));
}

#[test]
fn a_completed_challenge_is_told_apart_until_it_would_have_expired() {
    let mut record = enrolled();
    record.complete(1, NOW.plus(600));
    let over = |now| record.challenge_stands(&challenge(1), &account(), now).unwrap_err().reason();
    assert_eq!(over(NOW.plus(599)), Reason::AlreadyCompleted);
    assert_eq!(over(NOW.plus(600)), Reason::Expired);
}

#[test]
fn p15_a_step_up_lives_five_minutes() {
    let presented = crate::record::tests::given::cookie(1);
    let mut record = enrolled();
    record.remember_browser(None, &browser(1), &account(), Factor::Totp, NOW);
    let (asked, page) =
        begin_step_up(Some(&record), &Action::Disable, &account(), Some(&presented), 42, NOW).unwrap();
    assert_eq!((asked.id, asked.expires_at, asked.first), (42, NOW.plus(300), None));
    assert_eq!((asked.browser, asked.action), (Some(device_id(1)), Some(Action::Disable)));
    assert!(asked.epoch == EPOCH);
    assert!(page.may_trust.is_none(), "a step-up trusts nothing");
}

#[test]
fn no_code_is_asked_for_what_would_be_refused() {
    let refused = |record: Option<&Record>, action: &Action, account: &Account| {
        begin_step_up(record, action, account, None, 1, NOW).map(drop)
    };
    assert_eq!(refused(Some(&enrolled()), &Action::Disable, &under(&required())), Err(NotAllowed::Required));
    assert_eq!(refused(Some(&enrolled()), &Action::Disable, &account()), Ok(()));
    assert_eq!(refused(None, &Action::Disable, &account()), Err(NotAllowed::NotEnrolled));
    assert_eq!(refused(Some(&unenrolled()), &Action::Disable, &account()), Err(NotAllowed::NotEnrolled));
}

#[test]
fn the_page_shows_what_can_answer_now() {
    let trusting = optional().trusted_devices(Trust::UntilSignOut);
    let mut record = enrolled();
    let shown = |record: &Record, policy: &crate::policy::Policy| {
        let page = page(Some(record), &challenge(1), &under(policy), NOW);
        (page.factors, page.may_trust)
    };
    assert_eq!(shown(&record, &optional()), (vec![Factor::Totp], None));
    assert_eq!(shown(&record, &trusting), (vec![Factor::Totp], Some(Trust::UntilSignOut)));
    record.issue_backup_codes(&[long(1)], &optional(), NOW);
    let both = vec![Factor::Totp, Factor::BackupCode];
    assert_eq!(shown(&record, &optional()).0, both);
    assert_eq!(shown(&record, &optional().forbid(Factor::BackupCode)).0, [Factor::Totp]);
    record.spend_backup_code(&long(1), &optional(), NOW).unwrap();
    assert_eq!(shown(&record, &optional()).0, [Factor::Totp], "none is left");
    record.issue_backup_codes(&[long(2)], &optional(), NOW);
    record.authenticators[0].disabled = true;
    assert_eq!(shown(&record, &trusting), (vec![Factor::BackupCode], None), "which never trusts");
    let mail = trusting.allow(EMAIL).one_time_codes(crate::policy::OneTimeCodes::Always);
    record.authenticators[0].disabled = false;
    assert_eq!(shown(&record, &mail).0, [Factor::Totp, EMAIL, Factor::BackupCode]);
    assert_eq!(shown(&unenrolled(), &mail), (vec![EMAIL], Some(Trust::UntilSignOut)));
}

#[test]
fn the_page_says_until_when_an_attempt_is_held_back() {
    let mut record = enrolled();
    let weight = record.weight_of(account().window());
    for _ in 0..6 {
        record.throttle_of_mut(None).0.failed(crate::record::throttle::UNKNOWN_LANE, weight, NOW);
    }
    let retry_at = |now| page(Some(&record), &challenge(1), &account(), now).retry_at;
    assert_eq!((retry_at(NOW.plus(29)), retry_at(NOW.plus(30))), (Some(NOW.plus(30)), None));
}
