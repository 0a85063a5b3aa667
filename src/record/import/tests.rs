use super::*;
use crate::{
    policy::{Policy, Requirement},
    primitives::time::Window,
    record::{Attempt, Challenge, Typed, enroll::tests::pending, tests::given::*},
    refusal::Reason,
};

fn newcomer(number: u8, by: &Actor) -> Newcomer<'_> {
    Newcomer {
        name: format!("old {number}"),
        secret: secret(number),
        totp: Totp::default(),
        by,
        root: [9; 32].into(),
        new_epoch: NEW_EPOCH,
    }
}

#[test]
fn the_first_one_turns_the_second_factor_on() {
    let (record, events, outcome) = written(import(None, &newcomer(1, &operator()), NOW));
    outcome.unwrap();
    assert_eq!(events, [EventKind::AuthenticatorImported { name: "old 1".into(), by: operator() }]);
    assert!(record.is_enrolled());
    assert_eq!((record.epoch, record.enrolled_at), (NEW_EPOCH, Some(NOW)));
    assert_eq!((record.authenticators[0].name(), record.next_id), ("old 1", id(2)));
    assert!(record.backup_codes.is_none());
}

#[test]
fn p1_no_code_is_accepted_that_the_other_system_may_have_accepted() {
    let widest = under(&optional().window(Window::new(2, 2).unwrap()));
    let step = Totp::default().step_at(NOW).unwrap();
    for offset in -2..=4 {
        let typed = Typed::Digits(Totp::default().key(&secret(1)).code_in(step.offset_by(offset).unwrap()));
        let later = NOW.plus(60);
        let now = if offset > 2 { later } else { NOW };
        let challenge = Challenge { epoch: NEW_EPOCH, ..challenge(1) };
        let attempt = Attempt { challenge: &challenge, typed: &typed, account: &widest };
        let record = done(import(None, &newcomer(1, &operator()), NOW));
        let outcome = record.verify(&attempt, &browser(1), now).outcome.map_err(|refused| refused.reason());
        let expected = if offset > 2 { Ok(()) } else { Err(Reason::Replayed) };
        assert_eq!(outcome.map(drop), expected, "offset {offset}");
    }
}

#[test]
fn the_same_one_again_writes_nothing() {
    let record = done(import(None, &newcomer(1, &operator()), NOW));
    assert_eq!(kept(import(Some(record), &newcomer(1, &operator()), NOW.plus(1))), Ok(()));
    let mut full = enrolled();
    (0..4).for_each(|_| add(&mut full));
    assert_eq!(
        kept(import(Some(full), &newcomer(3, &operator()), NOW)),
        Ok(()),
        "even where there is no room"
    );
}

#[test]
fn a_further_one_disturbs_nothing() {
    let mut record = enrolled();
    record.remember_browser(None, &browser(1), &account(), crate::factor::Factor::Totp, NOW);
    record.pending = Some(pending(NOW.plus(900)));
    let record = done(import(Some(record), &newcomer(2, &operator()), NOW.plus(5)));
    assert_eq!((record.epoch, record.enrolled_at), (EPOCH, Some(NOW)));
    assert_eq!((record.devices.len(), record.authenticators.len()), (1, 2));
    assert!(record.pending.is_some());
    assert_eq!(record.authenticators[0].last_step, TimeStep::new(0));
}

#[test]
fn the_sixth_is_too_many() {
    let mut record = enrolled();
    (0..3).for_each(|_| add(&mut record));
    let record = done(import(Some(record), &newcomer(9, &operator()), NOW));
    assert_eq!(kept(import(Some(record), &newcomer(10, &operator()), NOW)), Err(NotAllowed::Limit));
}

#[test]
fn a_ticket_is_no_longer_asked_for() {
    let mut record = unenrolled();
    record.ticket = Some(crate::record::Ticket::fullest(NOW.plus(600)));
    assert!(!done(import(Some(record), &newcomer(1, &operator()), NOW)).needs_ticket());
}

/// What was counted for an earlier authenticator, or for codes that were sent, says nothing of this one.
#[test]
fn failures_in_a_row_are_counted_from_the_first_one_on() {
    let mut record = unenrolled();
    record.consecutive_failures = 150;
    let record = done(import(Some(record), &newcomer(1, &operator()), NOW));
    let account = under(&Policy::nist_strict(Requirement::Optional));
    let challenge = Challenge { epoch: NEW_EPOCH, ..challenge(1) };
    let attempt = Attempt { challenge: &challenge, typed: &wrong(), account: &account };
    let (record, ..) = written(record.verify(&attempt, &browser(1), NOW));
    assert_eq!(record.consecutive_failures, 1);
    assert!(!record.authenticators[0].is_disabled());
}
