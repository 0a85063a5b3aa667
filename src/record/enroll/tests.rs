use super::*;
use crate::{
    policy::{Policy, Requirement},
    primitives::{algorithm::Algorithm, otpauth::OtpauthUri, time::TimeStep},
    record::{Attempt, Change, MAX_NAME, tests::given::*, throttle::UNKNOWN_LANE},
};

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

/// A record with so many authenticators and a pending one, number `number`, in the place of the first.
fn replacing(authenticators: usize, number: u8) -> Record {
    let mut record = enrolled();
    (1..authenticators).for_each(|_| add(&mut record));
    let action = Action::Replace(id(1));
    remember(&mut record, 5, action.clone(), NOW.plus(300));
    begin(Some(record), Right::Proof { id: 5, epoch: EPOCH, action: &action }, number).unwrap()
}

#[test]
fn p13_the_old_one_works_until_its_replacement_is_confirmed() {
    let record = replacing(1, 9);
    assert!(record.proofs.is_empty(), "p5: the proof is used up");
    let (typed, account, challenge) = (shown(1, NOW), account(), challenge(1));
    let attempt = Attempt { challenge: &challenge, typed: &typed, account: &account };
    let record = done(record.verify(&attempt, &browser(3), NOW));
    assert_eq!(record.devices.len(), 1);
    let (change, outcome) = confirm(record, 9, &code_at(9, NOW), NOW);
    let Change { record, events, .. } = change.unwrap();
    let confirmed = outcome.unwrap();
    assert!(!confirmed.backup_codes_issued);
    assert_eq!(events, [EventKind::AuthenticatorReplaced { name: "phone 9".into() }]);
    let ids: Vec<_> = record.authenticators.iter().map(Authenticator::id).collect();
    assert_eq!(ids, [id(2)]);
    assert_eq!(record.epoch, NEW_EPOCH, "p17: what was handed out before is dead");
    assert_eq!(record.sessions_since, NOW);
    let known: Vec<_> = record.devices.iter().map(crate::record::Device::id).collect();
    assert_eq!(known, [device_id(1)], "the browser of the confirmation alone");
    assert_eq!(confirmed.passed.browser, Some(device_id(1)));
    let typed = shown(1, NOW.plus(60));
    let challenge =
        crate::record::Challenge { epoch: NEW_EPOCH, ..crate::record::tests::given::challenge(2) };
    let attempt = Attempt { challenge: &challenge, typed: &typed, account: &account };
    let (.., outcome) = written(record.verify(&attempt, &browser(1), NOW.plus(60)));
    assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong, "the old one is gone");
}

#[test]
fn a_wrong_code_and_a_set_up_that_is_over_leave_the_old_one() {
    let (change, outcome) = confirm(replacing(1, 9), 9, &code_at(8, NOW), NOW);
    assert_eq!(outcome.unwrap_err().reason(), Reason::Wrong);
    let record = change.unwrap().record;
    assert_eq!(record.authenticators[0].id, id(1));
    assert_eq!(record.epoch, EPOCH);
}

#[test]
fn if_what_was_to_be_replaced_is_gone_it_adds() {
    let mut record = replacing(2, 9);
    record.authenticators.remove(0);
    let (change, outcome) = confirm(record, 9, &code_at(9, NOW), NOW);
    outcome.unwrap();
    let Change { record, events, .. } = change.unwrap();
    assert_eq!(events, [EventKind::AuthenticatorAdded { name: "phone 9".into() }]);
    assert_eq!(record.authenticators.len(), 2);
    assert_eq!(record.epoch, EPOCH);
}

#[test]
fn among_five_one_can_still_be_replaced() {
    let (change, outcome) = confirm(replacing(5, 9), 9, &code_at(9, NOW), NOW);
    outcome.unwrap();
    let ids: Vec<_> = change.unwrap().record.authenticators.iter().map(Authenticator::id).collect();
    assert_eq!(ids, [2, 3, 4, 5, 6].map(id));
    let mut full = replacing(5, 9);
    full.pending.as_mut().unwrap().replaces = Some(id(99));
    let decision = confirm_under(&optional(), full, 9, &code_at(9, NOW), NOW);
    assert_eq!(kept(decision), Err(NotAllowed::Limit.into()), "gone, and no room to add");
}

#[test]
fn a_further_one_keeps_epoch_browsers_codes_and_sessions() {
    let mut record = enrolled();
    record.issue_backup_codes(&ten(), &optional(), NOW);
    record.remember_browser(None, &trusted_browser(2), &account(), Factor::Totp, NOW);
    remember(&mut record, 5, Action::AddAuthenticator, NOW.plus(300));
    let right = Right::Proof { id: 5, epoch: EPOCH, action: &Action::AddAuthenticator };
    let record = begin(Some(record), right, 9).unwrap();
    assert_eq!(record.pending.as_ref().unwrap().replaces, None);
    let (change, outcome) = confirm(record, 9, &code_at(9, NOW), NOW);
    let confirmed = outcome.unwrap();
    assert!(!confirmed.backup_codes_issued, "with the first one alone");
    assert_eq!((confirmed.passed.browser, confirmed.passed.backup_codes_left), (None, 10));
    let record = change.unwrap().record;
    assert_eq!((record.epoch, record.devices.len(), record.authenticators.len()), (EPOCH, 1, 2));
    assert_eq!((record.sessions_since, record.enrolled_at), (UnixTime::EPOCH, Some(NOW)));
    assert_eq!(record.backup_codes().unwrap().issued_at(), NOW);
}

#[test]
fn the_first_one_comes_with_backup_codes_and_a_known_browser() {
    let (change, outcome) = confirm(first(), 1, &code_at(1, NOW), NOW);
    let confirmed = outcome.unwrap();
    let expected = Passed {
        factor: Factor::Totp,
        at: NOW,
        offset: Some(0),
        browser: Some(device_id(1)),
        backup_codes_left: 10,
    };
    assert_eq!(confirmed, Confirmed { passed: expected, backup_codes_issued: true });
    let record = change.unwrap().record;
    assert_eq!((record.backup_codes_left(), record.sessions_since), (10, NOW));
    assert!(record.recognize(Some(&cookie(1)), &account(), NOW).is_some());
    assert_eq!(record.trusted(&account(), NOW).count(), 0);
}

#[test]
fn p7_a_proof_begins_the_set_up_it_is_for() {
    let mut record = enrolled();
    add(&mut record);
    remember(&mut record, 5, Action::Replace(id(1)), NOW.plus(300));
    for action in [Action::AddAuthenticator, Action::Replace(id(2))] {
        let right = Right::Proof { id: 5, epoch: EPOCH, action: &action };
        let refused = begin(Some(copy(&record)), right, 9).err().unwrap();
        assert_eq!(refused, NotAllowed::NeedsProof.into(), "{action:?}");
    }
    let action = Action::Replace(id(3));
    let right = Right::Proof { id: 5, epoch: EPOCH, action: &action };
    assert_eq!(begin(Some(record), right, 9).err().unwrap(), NotAllowed::NotFound.into());
}

#[test]
fn a_wrong_set_up_code_hints_at_the_clock_and_no_other_refusal_does() {
    let hint = |record: Record, seconds: i64| {
        let shown_by_the_phone = UnixTime::from_seconds(NOW.seconds().checked_add_signed(seconds).unwrap());
        let (_, outcome) = confirm(record, 1, &code_at(1, shown_by_the_phone), NOW);
        let refused = outcome.unwrap_err();
        (refused.reason(), refused.clock_hint())
    };
    for seconds in [60, -60, 600, -600] {
        assert_eq!(hint(first(), seconds), (Reason::Wrong, Some(seconds)));
    }
    for seconds in [630, -630] {
        assert_eq!(hint(first(), seconds), (Reason::Wrong, None), "21 steps are not looked at");
    }
    let mut spent = enrolled();
    spent.authenticators[0].last_step = Totp::default().step_at(NOW).unwrap();
    spent.pending = first().pending;
    assert_eq!(hint(spent, 0), (Reason::Replayed, None));
    let mut held = first();
    for _ in 0..6 {
        held = confirm(held, 1, &code_at(2, NOW), NOW).0.unwrap().record;
    }
    assert_eq!(hint(held, 60), (Reason::Throttled, None));
    let (typed, account, challenge) = (shown(1, NOW.plus(60)), account(), challenge(1));
    let attempt = Attempt { challenge: &challenge, typed: &typed, account: &account };
    let refused = enrolled().verify(&attempt, &browser(1), NOW).outcome.unwrap_err();
    assert_eq!((refused.reason(), refused.clock_hint()), (Reason::Wrong, None), "a sign-in has none");
}

#[test]
fn p13_a_set_up_of_another_epoch_is_over() {
    let record = begin(Some(unenrolled()), Right::OpenSession, 1).unwrap();
    assert!(record.pending(1, EPOCH, NOW).is_err());
    let record = written(record.sign_out_everywhere(NEW_EPOCH, NOW)).0;
    assert!(record.pending(1, NEW_EPOCH, NOW).is_err());
}

#[test]
fn p24_confirming_counts_in_the_lane_of_its_browser() {
    let mut record = enrolled();
    record.remember_browser(None, &browser(2), &account(), Factor::Totp, NOW);
    record.pending = first().pending;
    let try_from = |record: Record, browser| {
        let confirmation = Confirmation {
            id: 1,
            epoch: EPOCH,
            browser,
            code: &code_at(7, NOW),
            account: &account(),
            new_epoch: NEW_EPOCH,
            new_browser: &crate::record::tests::given::browser(1),
            backup_codes: &[],
        };
        record.confirm(&confirmation, NOW)
    };
    let known = Some(device_id(2));
    for _ in 0..6 {
        record = written(try_from(record, known)).0;
    }
    assert_eq!(kept(try_from(copy(&record), known)).unwrap_err(), held(NOW.plus(30)));
    written(try_from(record, None)).2.unwrap_err();
}

fn held(until: UnixTime) -> Refusal {
    Rejection::until(Reason::Throttled, Some(until)).into()
}

/// Too many failures disabled the old one; its owner came back with a backup code. One typing error must not disable the new one.
#[test]
fn failures_in_a_row_are_counted_from_the_confirmation_on() {
    let mut record = replacing(1, 9);
    record.consecutive_failures = 100;
    record.authenticators[0].disabled = true;
    let record = confirm(record, 9, &code_at(9, NOW), NOW).0.unwrap().record;
    let strict = under(&Policy::nist_strict(Requirement::Optional));
    let challenge = crate::record::Challenge { epoch: NEW_EPOCH, ..challenge(1) };
    let attempt = Attempt { challenge: &challenge, typed: &wrong(), account: &strict };
    let (record, ..) = written(record.verify(&attempt, &browser(1), NOW));
    assert_eq!(record.consecutive_failures, 1);
    assert!(!record.authenticators[0].disabled);
}
