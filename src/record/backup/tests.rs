use super::*;
use crate::{
    policy::Requirement,
    primitives::time::Window,
    record::{
        Attempt, Challenge, NewBrowser, Typed, settings::Spent, tests::given::*, throttle::UNKNOWN_LANE,
    },
    refusal::{NotAllowed, Reason, Refusal},
};

/// A user with the codes 1 to 10.
fn with_codes(policy: &Policy) -> Record {
    let mut record = enrolled();
    assert_eq!(record.issue_backup_codes(&ten(), policy, NOW), EventKind::BackupCodesIssued { count: 10 });
    record
}

fn sign_in(
    record: Record,
    id: u128,
    code: LookupSecret,
    now: UnixTime,
) -> Decision<Result<Passed, Rejection>> {
    sign_in_from(record, &challenge(id), code, &browser(1), &optional(), now)
}

fn sign_in_from(
    record: Record,
    challenge: &Challenge,
    code: LookupSecret,
    browser: &NewBrowser,
    policy: &Policy,
    now: UnixTime,
) -> Decision<Result<Passed, Rejection>> {
    let challenge = Challenge { expires_at: now.plus(600), ..challenge.clone() };
    let typed = Typed::LookupSecret(code);
    record.verify(&Attempt { challenge: &challenge, typed: &typed, account: &under(policy) }, browser, now)
}

fn used(record: &Record) -> Vec<bool> {
    record.backup_codes.as_ref().unwrap().slots.iter().map(|slot| slot.used_at.is_some()).collect()
}

fn reason<T>(outcome: Result<T, Rejection>) -> Reason {
    outcome.map(drop).unwrap_err().reason()
}

#[test]
fn p3_p4_each_code_is_accepted_once_wherever_it_stands_and_marks_only_itself() {
    for number in 1..=10 {
        let (record, _, outcome) = written(sign_in(with_codes(&optional()), 1, long(number), NOW));
        let passed = outcome.unwrap();
        assert_eq!((passed.factor, passed.offset), (Factor::BackupCode, None));
        assert_eq!(passed.backup_codes_left, 9);
        let expected: Vec<_> = (1..=10).map(|place| place == number).collect();
        assert_eq!(used(&record), expected);
        assert_eq!(record.backup_codes().unwrap().used_at(), [NOW]);
        let (record, events, outcome) = written(sign_in(record, 2, long(number), NOW.plus(1)));
        assert_eq!(reason(outcome), Reason::Replayed);
        assert_eq!(events, [EventKind::ReplayRefused { held_until: None }]);
        assert_eq!(used(&record), expected, "a replay changes no slot");
        assert_eq!(record.backup_codes().unwrap().used_at(), [NOW]);
    }
}

#[test]
fn p4_the_count_is_that_of_the_unused_ones() {
    let mut record = with_codes(&optional());
    for (used, number) in (1..).zip([7, 1, 10, 4, 2, 3, 9, 8, 5, 6]) {
        let (next, _, outcome) =
            written(sign_in(record, number.into(), long(number), NOW.plus(u64::from(number))));
        assert_eq!(outcome.unwrap().backup_codes_left, 10 - used);
        assert_eq!(next.backup_codes_left(), 10 - used);
        record = next;
    }
    let times = record.backup_codes().unwrap().used_at();
    assert_eq!(times.len(), 10);
    assert!(times.is_sorted(), "the earliest first");
}

#[test]
fn a_code_that_is_none_of_them_is_wrong() {
    for stranger in [long(0), long(11), short(1)] {
        let (record, events, outcome) = written(sign_in(with_codes(&optional()), 1, stranger, NOW));
        assert_eq!(reason(outcome), Reason::Wrong);
        assert_eq!(events, [EventKind::CodeRefused { held_until: None }]);
        assert_eq!(record.backup_codes_left(), 10);
    }
    let (_, _, outcome) = written(sign_in(enrolled(), 1, long(1), NOW));
    assert_eq!(reason(outcome), Reason::Wrong, "without a set");
}

#[test]
fn a_set_of_another_record_is_wrong_here() {
    let mut other = Record::new(Root::drawn([8; 32]));
    other.issue_backup_codes(&ten(), &optional(), NOW);
    let mut record = enrolled();
    record.backup_codes = other.backup_codes.take();
    let (_, _, outcome) = written(sign_in(record, 1, long(1), NOW));
    assert_eq!(reason(outcome), Reason::Wrong, "digests are under the record's own key");
}

#[test]
fn p3_a_replaced_set_is_dead_at_once() {
    let mut record = with_codes(&optional());
    let (next, ..) = written(sign_in(record, 1, long(1), NOW));
    record = next;
    let new: Vec<_> = (11..=20).map(long).collect();
    record.issue_backup_codes(&new, &optional(), NOW.plus(5));
    assert_eq!(record.backup_codes_left(), 10);
    assert_eq!(record.backup_codes().unwrap().issued_at(), NOW.plus(5));
    for old in [1, 2] {
        let (next, _, outcome) = written(sign_in(record, 2, long(old), NOW));
        assert_eq!(reason(outcome), Reason::Wrong, "neither used nor unused ones are known any more");
        record = next;
    }
    written(sign_in(record, 3, long(11), NOW)).2.unwrap();
}

#[test]
fn low_notices_come_at_exactly_three_and_none() {
    let mut record = with_codes(&optional());
    for number in 1..=10 {
        let left = 10 - number;
        let (next, events, outcome) = written(sign_in(record, number.into(), long(number), NOW));
        outcome.unwrap();
        let mut expected =
            vec![EventKind::SignedIn { factor: Factor::BackupCode }, EventKind::BackupCodeUsed { left }];
        if left == 3 || left == 0 {
            expected.push(EventKind::BackupCodesLow { left });
        }
        assert_eq!(events, expected, "{left} left");
        record = next;
    }
}

#[test]
fn sixty_wrong_ones_a_minute_are_written_and_not_the_sixty_first() {
    let minute = UnixTime::from_seconds(1_000_000_020);
    let mut record = with_codes(&optional());
    for turn in 0..60 {
        let now = minute.plus(turn);
        let (next, _, outcome) = written(sign_in(record, 1, long(11), now));
        assert_eq!(reason(outcome), Reason::Wrong, "turn {turn}");
        record = next;
    }
    let end = minute.plus(59);
    assert_eq!(reason(kept(sign_in(copy(&record), 1, long(11), end))), Reason::Wrong, "the sixty-first");
    let (used_up, _, outcome) = written(sign_in(copy(&record), 1, long(1), end));
    outcome.expect("a right one is still looked at");
    assert_eq!(reason(kept(sign_in(used_up, 2, long(1), end))), Reason::Replayed, "a replay counts likewise");
    let (_, _, outcome) = written(sign_in(record, 1, long(11), minute.plus(60)));
    assert_eq!(reason(outcome), Reason::Wrong, "the next minute");
}

#[test]
fn p24_an_unused_code_gets_in_while_lane_and_bucket_are_full() {
    let mut record = with_codes(&optional());
    let weight = record.weight_of(Window::DEFAULT);
    for _ in 0..200 {
        record.throttle.failed(UNKNOWN_LANE, weight, NOW);
    }
    assert!(record.attempts_held_until(None, Window::DEFAULT, NOW).is_some());
    let held = copy(&record);
    let bucket = record.throttle.held_until(UNKNOWN_LANE, weight, NOW);
    let (record, _, outcome) = written(sign_in(record, 1, long(1), NOW));
    outcome.unwrap();
    let after = record.throttle.held_until(UNKNOWN_LANE, weight, NOW);
    assert!(after.is_some() && after <= bucket, "p21: the bucket is as full as it was");
    let (record, _, outcome) = written(sign_in(held, 1, long(11), NOW));
    assert_eq!(
        (reason(outcome), record.throttle.held_until(UNKNOWN_LANE, weight, NOW)),
        (Reason::Wrong, bucket)
    );
}

#[test]
fn a_wrong_lookup_secret_costs_neither_lane_nor_bucket() {
    let (record, ..) = written(sign_in(with_codes(&optional()), 1, long(11), NOW));
    assert_eq!(record.throttle, enrolled().throttle);
    assert_eq!(record.consecutive_failures, 0);
}

#[test]
fn p5_a_completed_challenge_takes_no_backup_code() {
    let (record, ..) = written(sign_in(with_codes(&optional()), 1, long(1), NOW));
    assert_eq!(reason(kept(sign_in(copy(&record), 1, long(2), NOW))), Reason::AlreadyCompleted);
    assert_eq!(record.backup_codes_left(), 9);
}

#[test]
fn a_success_clears_the_lane() {
    let mut record = with_codes(&optional());
    let weight = record.weight_of(Window::DEFAULT);
    for _ in 0..6 {
        record.throttle.failed(UNKNOWN_LANE, weight, NOW);
    }
    let (record, ..) = written(sign_in(record, 1, long(1), NOW));
    assert_eq!(record.attempts_held_until(None, Window::DEFAULT, NOW), None);
}

#[test]
fn a_policy_without_backup_codes_accepts_none_and_keeps_them() {
    let without = optional().forbid(Factor::BackupCode);
    let decision = sign_in_from(with_codes(&optional()), &challenge(1), long(1), &browser(1), &without, NOW);
    let (record, _, outcome) = written(decision);
    assert_eq!(reason(outcome), Reason::Wrong);
    assert_eq!(record.backup_codes_left(), 10);
    written(sign_in(record, 2, long(1), NOW)).2.expect("allowed again");
}

#[test]
fn a_disabled_authenticator_leaves_the_codes_good() {
    let mut record = with_codes(&optional());
    record.authenticators[0].disabled = true;
    written(sign_in(record, 1, long(1), NOW)).2.unwrap();
}

#[test]
fn long_and_short_codes_verify_under_the_same_scheme() {
    let mut record = enrolled();
    let mixed = [long(1), short(2), long(3), short(4)];
    record.issue_backup_codes(&mixed, &optional(), NOW);
    assert!(record.backup_codes.as_ref().unwrap().scheme == Scheme::HmacSha256);
    for (id, code) in (1..).zip([short(4), long(1), short(2), long(3)]) {
        let (next, _, outcome) = written(sign_in(record, id, code, NOW));
        outcome.unwrap();
        record = next;
    }
    assert_eq!(record.backup_codes_left(), 0);
}

#[test]
fn a_set_has_the_shape_that_the_policy_wants() {
    let short = Policy::new(Requirement::Optional).backup_codes(BackupCodeFormat::Short);
    assert_eq!(shape(&optional()), Shape::Long);
    assert_eq!(shape(&short), Shape::Short);
    let strict = Policy::nist_strict(Requirement::Optional).backup_codes(BackupCodeFormat::Short);
    assert_eq!(shape(&strict), Shape::Long);
}

#[test]
fn proving_that_they_were_saved_burns_one() {
    let record = with_codes(&optional());
    assert_eq!(record.backup_codes().unwrap().saved_at(), None);
    let (record, events, outcome) = written(record.prove_saved(&long(4), &optional(), NOW.plus(1)));
    assert_eq!(outcome, Ok(9));
    assert_eq!(events, [EventKind::BackupCodeUsed { left: 9 }, EventKind::BackupCodesSaved]);
    assert_eq!(record.backup_codes().unwrap().saved_at(), Some(NOW.plus(1)));
    let (record, _, outcome) = written(record.prove_saved(&long(4), &optional(), NOW.plus(2)));
    assert_eq!(reason(outcome), Reason::Replayed, "the same one proves nothing more");
    let (record, _, outcome) = written(sign_in(record, 1, long(4), NOW));
    assert_eq!(reason(outcome), Reason::Replayed, "nor does it sign in");
    let (record, _, outcome) = written(record.prove_saved(&long(5), &optional(), NOW.plus(3)));
    assert_eq!(outcome, Ok(8));
    assert_eq!(
        record.backup_codes().unwrap().saved_at(),
        Some(NOW.plus(1)),
        "it stays when it was first proved"
    );
    let (record, _, outcome) = written(record.prove_saved(&long(11), &optional(), NOW.plus(4)));
    assert_eq!(reason(outcome), Reason::Wrong);
    assert_eq!(record.backup_codes_left(), 8);
    assert_eq!(record.last_verified_at, None, "it is no sign-in");
}

#[test]
fn proving_with_a_wrong_one_is_bounded_like_any_attempt() {
    let mut record = with_codes(&optional());
    for _ in 0..60 {
        record = written(record.prove_saved(&long(11), &optional(), NOW)).0;
    }
    assert_eq!(reason(kept(record.prove_saved(&long(11), &optional(), NOW))), Reason::Wrong);
}

/// View the codes of a set that was issued under one policy, under another.
fn view(issued: &Policy, viewed: &Policy) -> Result<Vec<String>, Refusal> {
    let mut record = with_codes(issued);
    record = written(sign_in(record, 1, long(3), NOW)).0;
    remember(&mut record, 5, crate::action::Action::ViewBackupCodes, NOW.plus(300));
    let spent = Spent { id: 5, epoch: EPOCH, action: &crate::action::Action::ViewBackupCodes };
    let decision = record.view_backup_codes(spent, &under(viewed), NOW);
    assert_eq!(decision.outcome.is_ok(), decision.change.is_some());
    if let Some(change) = &decision.change {
        assert_eq!(change.events, [EventKind::BackupCodesViewed]);
        assert!(change.record.proofs.is_empty(), "the proof is used up");
    }
    decision.outcome.map(|texts| texts.iter().map(|text| text.to_string()).collect())
}

#[test]
fn codes_are_shown_again_only_if_it_was_allowed_at_issue_and_is_now() {
    let (off, on) = (optional(), optional().viewable_backup_codes(true));
    let refused = Err(Refusal::NotAllowed(NotAllowed::ViewingOff));
    assert_eq!(view(&off, &on), refused);
    assert_eq!(view(&on, &off), refused);
    assert_eq!(view(&off, &off), refused);
    let strict = Policy::nist_strict(Requirement::Optional).viewable_backup_codes(true);
    assert_eq!(view(&strict, &on), refused, "under the profile nothing is kept that could be shown");
    assert_eq!(view(&on, &strict), refused);
    let unused: Vec<_> =
        (1..=10).filter(|number| *number != 3).map(|number| long(number).to_text().to_string()).collect();
    assert_eq!(view(&on, &on), Ok(unused), "the unused ones alone");
}

#[test]
fn p12_without_the_opt_in_no_code_stands_in_the_record() {
    assert!(with_codes(&optional()).backup_codes.unwrap().texts.is_empty());
    let viewable = with_codes(&optional().viewable_backup_codes(true));
    assert_eq!(viewable.backup_codes.unwrap().texts.len(), 10);
}

impl BackupCodes {
    /// A set that takes as many bytes as any: long codes that can be shown again, all used.
    pub(in crate::record) fn fullest(end: UnixTime) -> Self {
        Self {
            scheme: Scheme::HmacSha256,
            slots: (0..CODES).map(|_| Slot { digest: Digest(u128::MAX), used_at: Some(end) }).collect(),
            issued_at: end,
            saved_at: Some(end),
            texts: (1..).take(CODES).map(|number| long(number).to_text()).collect(),
        }
    }

    /// One slot, and one text, more.
    pub(in crate::record) fn overfill(&mut self) {
        self.slots.push(Slot { digest: Digest(0), used_at: None });
        self.texts.push(long(0).to_text());
    }

    pub(in crate::record) fn texts(&mut self) -> &mut Vec<Zeroizing<String>> {
        &mut self.texts
    }
}

impl Rate {
    pub(in crate::record) const fn fullest() -> Self {
        Self { minute: u64::MAX, count: u8::MAX }
    }
}
