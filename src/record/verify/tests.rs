use super::*;
use crate::{
    primitives::{time::TimeStep, totp::Totp},
    record::{tests::given::*, throttle::Throttle},
};

fn code_in(number: u8, step: TimeStep) -> Typed {
    Typed::Digits(Totp::default().key(&secret(number)).code_in(step))
}

fn step(offset: i8) -> TimeStep {
    Totp::default().step_at(NOW).unwrap().offset_by(offset).unwrap()
}

fn verify_at(
    record: Record,
    challenge: &Challenge,
    typed: &Typed,
    now: UnixTime,
) -> Decision<Result<Passed, Rejection>> {
    record.verify(&Attempt { challenge, typed, account: &account() }, &browser(1), now)
}

fn try_code(record: Record, id: u128, typed: &Typed) -> (Record, Result<Passed, Rejection>) {
    let decision = verify_at(record, &challenge(id), typed, NOW);
    (decision.change.expect("written").record, decision.outcome)
}

fn reason(outcome: Result<Passed, Rejection>) -> Reason {
    outcome.unwrap_err().reason()
}

#[test]
fn each_step_of_the_window_is_accepted_and_none_beside_it() {
    for offset in -1..=1 {
        let (record, outcome) = try_code(enrolled(), 1, &code_in(1, step(offset)));
        assert_eq!(outcome.unwrap().offset, Some(offset));
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
        let (copy, _) = try_code(enrolled(), 1, &code_in(1, step(0)));
        let decision = verify_at(copy, &challenge(1), &code, NOW);
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
    let decision = verify_at(enrolled(), &challenge(1), &code, NOW);
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
    let decision = verify_at(record, &challenge(1), &right, NOW.plus(29));
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

/// A moment at which authenticator 1 shows the code that it shows again two steps later.
fn a_code_that_comes_again() -> UnixTime {
    let key = Totp::default().key(&secret(1));
    let first = Totp::default().step_at(NOW).unwrap().number();
    let mut codes = [first, first + 1].map(|step| key.code_in(TimeStep::new(step)).value());
    for step in first.. {
        let later = key.code_in(TimeStep::new(step + 2)).value();
        if later == codes[0] {
            return UnixTime::from_seconds(step * 30);
        }
        codes = [codes[1], later];
    }
    unreachable!()
}

#[test]
fn p1_a_spent_code_that_comes_again_is_a_replay_while_its_first_step_is_in_the_window() {
    let moment = a_code_that_comes_again();
    let step = Totp::default().step_at(moment).unwrap();
    let code = code_in(1, step);
    let try_at = |record: Record, challenge, now: UnixTime| {
        let challenge = Challenge { expires_at: now.plus(600), ..self::challenge(challenge) };
        let decision = verify_at(record, &challenge, &code, now);
        (decision.change.unwrap().record, decision.outcome)
    };
    let (record, outcome) = try_at(enrolled(), 1, moment);
    outcome.expect("its first step");
    assert_eq!(record.authenticators[0].last_step, step);
    let (record, outcome) = try_at(record, 2, moment.plus(30));
    assert_eq!(reason(outcome), Reason::Replayed, "whoever saw it typed tries it again");
    let (_, outcome) = try_at(record, 3, moment.plus(60));
    outcome.expect("when the first step has left the window it is a code like any other");
}
