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
