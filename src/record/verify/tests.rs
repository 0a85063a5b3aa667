use super::*;
use crate::{
    primitives::{secret::Secret, time::TimeStep, totp::Totp},
    record::{Authenticator, Root, throttle::Throttle},
};

pub(in crate::record) const NOW: UnixTime = UnixTime::from_seconds(1_000_000_000);
const EPOCH: Epoch = Epoch::drawn(7);

/// The secret of authenticator `number`.
pub(in crate::record) fn secret(number: u8) -> Secret {
    Secret::from_bytes(&[number; 20]).unwrap()
}

fn code_in(number: u8, step: TimeStep) -> Code {
    Totp::default().key(&secret(number)).code_in(step)
}

fn step(offset: i8) -> TimeStep {
    Totp::default().step_at(NOW).unwrap().offset_by(offset).unwrap()
}

/// A record with one authenticator, last used long ago.
pub(in crate::record) fn enrolled() -> Record {
    let mut record = Record::new(Root::drawn([9; 32]));
    record.epoch = EPOCH;
    record.enrolled_at = Some(NOW);
    add(&mut record);
    record
}

pub(in crate::record) fn add(record: &mut Record) {
    let id = record.next_id;
    record.next_id += 1;
    record.authenticators.push(Authenticator {
        id,
        name: format!("phone {id}"),
        secret: secret(u8::try_from(id).unwrap()),
        totp: Totp::default(),
        last_step: TimeStep::new(0),
        added_at: NOW,
        last_used_at: NOW,
    });
}

/// A challenge that was passed, and a proof that is open.
pub(in crate::record) fn remember(record: &mut Record, id: u128, action: Action, expires_at: UnixTime) {
    record.keep_proof(OpenProof { id, action, expires_at }, NOW);
    let code = code_in(1, step(0));
    record.complete(
        &Attempt { challenge: id, epoch: EPOCH, expires_at, code: &code, window: Window::DEFAULT },
        NOW,
    );
}

fn try_code(record: Record, challenge: u128, code: &Code) -> (Record, Result<Passed, Rejection>) {
    let attempt =
        Attempt { challenge, epoch: EPOCH, expires_at: NOW.plus(600), code, window: Window::DEFAULT };
    let decision = record.verify(&attempt, NOW);
    (decision.change.expect("written").record, decision.outcome)
}

fn reason(outcome: Result<Passed, Rejection>) -> Reason {
    outcome.unwrap_err().reason()
}

#[test]
fn each_step_of_the_window_is_accepted_and_none_beside_it() {
    for offset in -1..=1 {
        let (record, outcome) = try_code(enrolled(), 1, &code_in(1, step(offset)));
        assert_eq!(outcome.unwrap().offset, offset);
        assert_eq!(record.authenticators[0].last_step, step(offset));
    }
    for offset in [-2, 2] {
        let (record, outcome) = try_code(enrolled(), 1, &code_in(1, step(offset)));
        assert_eq!(reason(outcome), Reason::Wrong);
        assert_eq!(record.authenticators[0].last_step, TimeStep::new(0));
    }
}

#[test]
fn p1_the_step_of_the_last_code_is_a_replay_and_so_is_the_one_before() {
    let (record, outcome) = try_code(enrolled(), 1, &code_in(1, step(0)));
    outcome.unwrap();
    let (record, outcome) = try_code(record, 2, &code_in(1, step(0)));
    assert_eq!(reason(outcome), Reason::Replayed, "equal");
    let (record, outcome) = try_code(record, 2, &code_in(1, step(-1)));
    assert_eq!(reason(outcome), Reason::Replayed, "one less");
    let (record, outcome) = try_code(record, 2, &code_in(1, step(1)));
    outcome.expect("one more");
    assert_eq!(record.authenticators[0].last_step, step(1));
}

#[test]
fn a_replay_counts_as_a_failure() {
    let (record, _) = try_code(enrolled(), 1, &code_in(1, step(0)));
    let (record, _) = try_code(record, 2, &code_in(1, step(0)));
    assert_ne!(record.throttle, Throttle::new());
}

#[test]
fn a_passed_challenge_takes_no_second_code_and_counts_nothing() {
    for code in [code_in(1, step(0)), code_in(1, step(1)), code_in(2, step(0))] {
        let attempt = Attempt {
            challenge: 1,
            epoch: EPOCH,
            expires_at: NOW.plus(600),
            code: &code,
            window: Window::DEFAULT,
        };
        let (copy, _) = try_code(enrolled(), 1, &code_in(1, step(0)));
        let decision = copy.verify(&attempt, NOW);
        assert!(decision.change.is_none());
        assert_eq!(reason(decision.outcome), Reason::AlreadyCompleted);
    }
}

#[test]
fn every_authenticator_is_tried_and_only_the_right_one_moves() {
    let mut record = enrolled();
    for _ in 0..4 {
        add(&mut record);
    }
    for number in [3, 1, 5, 2, 4] {
        let (next, outcome) = try_code(record, number.into(), &code_in(number, step(0)));
        outcome.unwrap();
        let moved = |last: TimeStep| last == step(0);
        assert!(moved(next.authenticators[usize::from(number) - 1].last_step));
        record = next;
    }
    assert_eq!(record.weight(Window::DEFAULT), Debt::of_codes(15));
}

#[test]
fn a_wrong_code_counts_and_is_noted() {
    let code = code_in(2, step(0));
    let attempt = Attempt {
        challenge: 1,
        epoch: EPOCH,
        expires_at: NOW.plus(600),
        code: &code,
        window: Window::DEFAULT,
    };
    let decision = enrolled().verify(&attempt, NOW);
    let change = decision.change.unwrap();
    assert_eq!(change.events, [EventKind::CodeRefused { held_until: None }]);
    assert_eq!(change.record.generation, 1);
    assert!(!change.has_notices());
    assert_eq!(change.record.last_verified_at, None);
}

#[test]
fn p21_while_held_back_nothing_is_compared_and_nothing_written() {
    let mut record = enrolled();
    for _ in 0..6 {
        let (next, outcome) = try_code(record, 1, &code_in(2, step(0)));
        assert_eq!(reason(outcome), Reason::Wrong);
        record = next;
    }
    let right = code_in(1, step(0));
    let attempt = Attempt {
        challenge: 1,
        epoch: EPOCH,
        expires_at: NOW.plus(600),
        code: &right,
        window: Window::DEFAULT,
    };
    let decision = record.verify(&attempt, NOW.plus(29));
    assert!(decision.change.is_none());
    let rejection = decision.outcome.unwrap_err();
    assert_eq!((rejection.reason(), rejection.retry_at()), (Reason::Throttled, Some(NOW.plus(30))));
}

#[test]
fn the_sixth_wrong_code_says_when_to_come_back() {
    let mut record = enrolled();
    for turn in 1..=6 {
        let (next, outcome) = try_code(record, 1, &code_in(2, step(0)));
        let expected = if turn == 6 { Some(NOW.plus(30)) } else { None };
        assert_eq!(outcome.unwrap_err().retry_at(), expected, "turn {turn}");
        record = next;
    }
}

#[test]
fn p15_p17_a_challenge_that_is_over_or_of_another_epoch_is_refused() {
    let record = enrolled();
    let stands =
        |epoch, now| record.challenge_stands(1, epoch, NOW.plus(600), now).map_err(|over| over.reason());
    assert_eq!(stands(EPOCH, NOW.plus(599)), Ok(()));
    assert_eq!(stands(EPOCH, NOW.plus(600)), Err(Reason::Expired));
    assert_eq!(stands(Epoch::drawn(8), NOW), Err(Reason::EpochChanged));
    let nobody = Record::new(Root::drawn([0; 32]));
    let over = nobody.challenge_stands(1, Epoch::BEFORE_ENROLLMENT, NOW.plus(600), NOW);
    assert_eq!(over.unwrap_err().reason(), Reason::EpochChanged, "without a factor nothing stands");
}

#[test]
fn p5_a_proof_is_used_once_for_its_action_before_it_expires() {
    let proofs = |expires_at| {
        let mut record = enrolled();
        record.keep_proof(OpenProof { id: 5, action: Action::AddAuthenticator, expires_at }, NOW);
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
    let code = code_in(1, step(0));
    for challenge in 0..40 {
        let attempt = Attempt {
            challenge,
            epoch: EPOCH,
            expires_at: NOW.plus(600),
            code: &code,
            window: Window::DEFAULT,
        };
        record.complete(&attempt, NOW);
        record.keep_proof(
            OpenProof { id: challenge, action: Action::AddAuthenticator, expires_at: NOW.plus(300) },
            NOW,
        );
    }
    assert_eq!((record.completed.len(), record.proofs.len()), (MAX_COMPLETED, MAX_PROOFS));
    assert_eq!((record.completed[0].challenge, record.proofs[0].id), (8, 32));
    let attempt = Attempt {
        challenge: 40,
        epoch: EPOCH,
        expires_at: NOW.plus(1200),
        code: &code,
        window: Window::DEFAULT,
    };
    record.complete(&attempt, NOW.plus(600));
    assert_eq!(record.completed.len(), 1, "what has expired goes at once");
}
