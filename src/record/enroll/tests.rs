use super::{confirm::Confirmed, *};
use crate::{
    factor::Factor,
    policy::{Policy, Requirement},
    primitives::{algorithm::Algorithm, code::Code, otpauth::OtpauthUri, time::TimeStep},
    record::{
        Attempt, Authenticator, Change, Passed,
        tests::given::*,
        throttle::{Debt, UNKNOWN_LANE},
        words::MAX_NAME,
    },
};

mod replace;

fn draft(number: u8) -> Draft {
    Draft {
        id: number.into(),
        root: [1; 32].into(),
        secret: secret(number),
        totp: Totp::default(),
        name: format!("phone {number}"),
        account_label: "ann@example.com".into(),
    }
}

/// A pending authenticator, as large as it may be.
pub(in crate::record) fn pending(expires_at: UnixTime) -> Pending {
    pending_named(expires_at, MAX_NAME, OtpauthUri::MAX_ACCOUNT_BYTES)
}

/// A pending authenticator with a name of so many characters and a label of so many bytes.
pub(in crate::record) fn pending_named(expires_at: UnixTime, name: usize, label: usize) -> Pending {
    Pending {
        id: u128::MAX,
        secret: Secret::from_bytes(&[0xff; Secret::MAX_BYTES]).unwrap(),
        totp: Totp::default().with_algorithm(Algorithm::Sha512),
        name: "\u{10FFFF}".repeat(name),
        account_label: "x".repeat(label),
        expires_at,
        wrong_codes: 9,
        replaces: Some(id(u64::MAX)),
    }
}

fn begin(record: Option<Record>, right: Right<'_>, number: u8) -> Result<Record, Refusal> {
    let decision = begin_enrollment(record, right, None, &draft(number), &account(), NOW);
    assert_eq!(decision.outcome.is_ok(), decision.change.is_some(), "a refusal writes nothing");
    decision.outcome.map(|_| decision.change.unwrap().record)
}

fn confirm(
    record: Record,
    number: u8,
    code: &Code,
    now: UnixTime,
) -> (Option<Change>, Result<Confirmed, Rejection>) {
    let decision = confirm_under(&optional(), record, number, code, now);
    let outcome = decision.outcome.map_err(|refusal| match refusal {
        Refusal::Rejected(rejection) => rejection,
        Refusal::NotAllowed(rule) => panic!("{rule}"),
    });
    (decision.change, outcome)
}

fn confirm_under(
    policy: &Policy,
    record: Record,
    number: u8,
    code: &Code,
    now: UnixTime,
) -> Decision<Result<Confirmed, Refusal>> {
    let confirmation = Confirmation {
        id: number.into(),
        epoch: record.epoch,
        browser: None,
        code,
        account: &under(policy),
        new_epoch: NEW_EPOCH,
        new_browser: &browser(1),
        backup_codes: &ten(),
    };
    record.confirm(&confirmation, now)
}

fn first() -> Record {
    begin(None, Right::OpenSession, 1).unwrap()
}

#[test]
fn only_a_right_code_of_the_pending_secret_activates() {
    let (change, outcome) = confirm(first(), 1, &code_at(1, NOW), NOW);
    outcome.unwrap();
    let Change { record, events, .. } = change.unwrap();
    assert!(record.is_enrolled());
    assert_eq!(events, [EventKind::Enabled, EventKind::BackupCodesIssued { count: 10 }]);
    assert_eq!((record.enrolled_at, record.last_verified_at), (Some(NOW), Some(NOW)));
    assert!(record.epoch == NEW_EPOCH, "what was handed out before is dead");
    assert!(record.pending.is_none());
    assert_eq!(record.pending_notices().len(), 2);

    let (change, outcome) = confirm(first(), 1, &code_at(2, NOW), NOW);
    assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong);
    assert!(!change.unwrap().record.is_enrolled());
}

#[test]
fn a_second_click_is_told_apart_from_a_set_up_that_is_over() {
    let record = confirm(first(), 1, &code_at(1, NOW), NOW).0.unwrap().record;
    let (change, outcome) = confirm(record, 1, &code_at(1, NOW), NOW);
    assert!(outcome.unwrap_err().already_completed());
    assert!(change.is_none());
}

#[test]
fn p1_the_confirming_code_is_burnt() {
    for offset in [-1_i8, 0, 1] {
        let step = Totp::default().step_at(NOW).unwrap().offset_by(offset).unwrap();
        let code = Totp::default().key(&secret(1)).code_in(step);
        let record = confirm(first(), 1, &code, NOW).0.unwrap().record;
        assert_eq!(record.authenticators[0].last_step, step);
        assert_eq!(record.authenticators[0].last_step, TimeStep::new(step.number()));
    }
}

#[test]
fn p13_one_set_up_is_pending_at_a_time_and_belongs_to_its_token() {
    let record = begin(Some(first()), Right::OpenSession, 2).unwrap();
    let (change, outcome) = confirm(record, 1, &code_at(1, NOW), NOW);
    assert_eq!(outcome.unwrap_err().reason(), Reason::Expired);
    assert!(change.is_none());
}

#[test]
fn p13_p14_with_a_factor_only_a_proof_begins_a_set_up() {
    let enrolled_epoch = enrolled().epoch;
    for right in [Right::OpenSession, Right::SignIn { epoch: enrolled_epoch, expires_at: NOW.plus(1) }] {
        let refusal = begin(Some(enrolled()), right, 2).err().unwrap();
        assert_eq!(refusal, Refusal::NotAllowed(NotAllowed::NeedsProof));
    }
    let no_such = Right::Proof { id: 1, epoch: enrolled_epoch, action: &Action::AddAuthenticator };
    assert_eq!(
        begin(Some(enrolled()), no_such, 2).err().unwrap(),
        Refusal::NotAllowed(NotAllowed::NeedsProof)
    );
}

#[test]
fn p13_a_token_of_another_epoch_begins_nothing() {
    let old = Epoch::drawn(6);
    let proof = Right::Proof { id: 1, epoch: old, action: &Action::AddAuthenticator };
    for right in [Right::SignIn { epoch: old, expires_at: NOW.plus(1) }, proof] {
        let refusal = begin(Some(first()), right, 2).err().unwrap();
        assert_eq!(refusal, Refusal::from(Reason::EpochChanged));
    }
}

#[test]
fn a_sixth_authenticator_is_too_many() {
    let mut record = enrolled();
    for _ in 0..3 {
        add(&mut record);
    }
    assert_eq!(record.allows(&Action::AddAuthenticator, &account()), Ok(()), "the fifth has room");
    add(&mut record);
    assert_eq!(record.allows(&Action::AddAuthenticator, &account()), Err(NotAllowed::Limit));
}

#[test]
fn where_the_policy_is_off_no_code_is_asked_for_an_action_that_would_be_refused() {
    let allows = |policy: &Policy| enrolled().allows(&Action::AddAuthenticator, &under(policy));
    assert_eq!(allows(&Policy::new(Requirement::Off)), Err(NotAllowed::FactorOff));
    assert_eq!(allows(&required()), Ok(()));
}

#[test]
fn where_the_policy_is_off_nobody_sets_up() {
    let off = under(&Policy::new(Requirement::Off));
    let decision = begin_enrollment(None, Right::OpenSession, None, &draft(1), &off, NOW);
    assert_eq!(decision.outcome.unwrap_err(), Refusal::NotAllowed(NotAllowed::FactorOff));
    assert!(decision.change.is_none());
}

#[test]
fn p15_a_set_up_is_over_after_fifteen_minutes() {
    let last = NOW.plus(15 * 60 - 1);
    confirm(first(), 1, &code_at(1, last), last).1.unwrap();
    let over = NOW.plus(15 * 60);
    assert_eq!(confirm(first(), 1, &code_at(1, over), over).1.unwrap_err().reason(), Reason::Expired);
    assert!(first().pending(1, Epoch::BEFORE_ENROLLMENT, last).is_ok());
    assert!(first().pending(1, Epoch::BEFORE_ENROLLMENT, over).is_err());
}

#[test]
fn ten_wrong_codes_end_a_set_up_and_nine_do_not() {
    let mut record = first();
    let mut now = NOW;
    for turn in 1..=10 {
        now = record.throttle.held_until(UNKNOWN_LANE, Debt::of_codes(3), now).unwrap_or(now);
        // The waits of the lane sum up to more than the lifetime: stretch it, so that only the count can end it.
        record.pending.as_mut().unwrap().expires_at = now.plus(1);
        let (change, outcome) = confirm(record, 1, &code_at(2, now), now);
        assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong, "turn {turn}");
        record = change.unwrap().record;
        assert_eq!(record.pending.is_some(), turn < 10, "turn {turn}");
    }
}

#[test]
fn p8_confirming_passes_the_same_throttle() {
    let mut record = first();
    for _ in 0..6 {
        record = confirm(record, 1, &code_at(2, NOW), NOW).0.unwrap().record;
    }
    let (change, outcome) = confirm(record, 1, &code_at(1, NOW), NOW.plus(29));
    assert_eq!(outcome.unwrap_err().reason(), Reason::Throttled);
    assert!(change.is_none());
}

#[test]
fn p1_the_confirming_code_is_burnt_for_every_authenticator_that_shows_it() {
    // The new authenticator has the secret of the first one, so they show the same codes.
    let pending = || {
        let mut record = enrolled();
        record.pending = begin(None, Right::OpenSession, 1).unwrap().pending;
        record
    };
    let step = Totp::default().step_at(NOW).unwrap();
    let (change, outcome) = confirm(pending(), 1, &code_at(1, NOW), NOW);
    outcome.unwrap();
    let last_steps = change.unwrap().record.authenticators.iter().map(|a| a.last_step).collect::<Vec<_>>();
    assert_eq!(last_steps, [step, step]);

    let mut spent = pending();
    spent.authenticators[0].last_step = step;
    let (change, outcome) = confirm(spent, 1, &code_at(1, NOW), NOW);
    assert_eq!(outcome.unwrap_err().reason(), Reason::Replayed, "a code that signed in confirms nothing");
    assert_eq!(change.unwrap().record.authenticators.len(), 1);
}

#[test]
fn where_the_policy_is_off_by_now_nothing_is_confirmed() {
    let decision = confirm_under(&Policy::new(Requirement::Off), first(), 1, &code_at(1, NOW), NOW);
    assert_eq!(decision.outcome.unwrap_err(), Refusal::NotAllowed(NotAllowed::FactorOff));
    assert!(decision.change.is_none());
}

#[test]
fn p15_a_required_set_up_begins_before_its_token_expires() {
    let right = |expires_at| Right::SignIn { epoch: Epoch::BEFORE_ENROLLMENT, expires_at };
    assert!(begin(None, right(NOW.plus(1)), 1).is_ok());
    assert_eq!(begin(None, right(NOW), 1).err().unwrap(), Refusal::from(Reason::Expired));
}
