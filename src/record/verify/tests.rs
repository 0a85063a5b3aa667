use super::*;
use crate::{
    action::Action,
    policy::Requirement,
    primitives::{time::TimeStep, totp::Totp},
    record::{
        nobody::verify_nobody,
        tests::given::*,
        throttle::{KNOWN_LANE, Throttle, UNKNOWN_LANE},
    },
};

mod failures;

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

#[test]
fn p31_a_failure_changes_counters_and_the_outbox_alone() {
    let mut record = enrolled();
    record.issue_backup_codes(&ten(), &optional(), NOW);
    record.remember_browser(None, &trusted_browser(1), &account(), Factor::Totp, NOW);
    remember(&mut record, 9, Action::Disable, NOW.plus(300));
    for typed in [wrong(), Typed::LookupSecret(long(11))] {
        let mut after = try_code(copy(&record), 1, &typed).0;
        assert_ne!(stored(&after), stored(&record));
        after.generation = record.generation;
        after.throttle = record.throttle.clone();
        after.consecutive_failures = record.consecutive_failures;
        after.lookup_failures = record.lookup_failures;
        assert_eq!(stored(&after), stored(&record));
    }
}

#[test]
fn a_success_says_who_where_and_how_many_codes_are_left() {
    let mut record = enrolled();
    record.issue_backup_codes(&ten(), &optional(), NOW);
    let (record, events, outcome) = written(verify_at(record, &challenge(1), &code_in(1, step(1)), NOW));
    let expected = Passed {
        factor: Factor::Totp,
        at: NOW,
        offset: Some(1),
        browser: Some(device_id(1)),
        backup_codes_left: 10,
    };
    assert_eq!(outcome.unwrap(), expected);
    assert_eq!(events, [EventKind::SignedIn { factor: Factor::Totp }]);
    assert_eq!(record.last_verified_at, Some(NOW));
    assert_eq!(record.authenticators[0].last_used_at, NOW);
}

#[test]
fn p8_a_step_up_burns_alike_and_leaves_a_proof_and_no_browser() {
    let step_up = |record: Record, typed: &Typed| {
        let account = account();
        let challenge = Challenge { action: Some(Action::Disable), ..challenge(1) };
        let attempt = Attempt { challenge: &challenge, typed, account: &account };
        record.step_up(&attempt, proof(&Action::Disable), NOW)
    };
    let (record, events, outcome) = written(step_up(enrolled(), &code_in(1, step(0))));
    assert_eq!(outcome.unwrap().browser, None);
    assert_eq!(events, [EventKind::SteppedUp { factor: Factor::Totp }]);
    assert!(record.devices.is_empty());
    assert_eq!(record.last_verified_at, None, "a sign-in is something else");
    assert!(copy(&record).use_proof(5, &Action::Disable, NOW.plus(299)).is_some());
    let (record, outcome) = try_code(record, 2, &code_in(1, step(0)));
    assert_eq!(reason(outcome), Reason::Replayed, "the code is burnt for every call");
    drop(record);
    let (record, _, outcome) = written(step_up(enrolled(), &wrong()));
    assert_eq!(reason(outcome), Reason::Wrong);
    assert!(record.proofs.is_empty());
    assert_ne!(record.throttle, Throttle::new());
}

#[test]
fn p29_nobody_is_answered_like_somebody() {
    let account = account();
    let reason = |challenge: &Challenge, typed: &Typed, now| {
        verify_nobody(&Attempt { challenge, typed, account: &account }, now).reason()
    };
    let reachable = under(&required().allow(EMAIL));
    for typed in [wrong(), code_in(1, step(0)), Typed::LookupSecret(long(1))] {
        let before = challenge_before_enrollment(1);
        assert_eq!(reason(&before, &typed, NOW), Reason::NotOffered);
        assert_eq!(reason(&before, &typed, NOW.plus(600)), Reason::Expired);
        assert_eq!(reason(&challenge(1), &typed, NOW), Reason::EpochChanged);
        let offered = Attempt { challenge: &before, typed: &typed, account: &reachable };
        assert_eq!(verify_nobody(&offered, NOW).reason(), Reason::Wrong);
    }
}

impl Record {
    /// What a guess weighs.
    pub(in crate::record) fn weight_of(&self, window: Window) -> Debt {
        self.weight(window)
    }
}
