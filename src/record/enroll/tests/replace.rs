//! Set-ups behind a proof: further authenticators, and one in the place of another.

use super::*;

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
    assert_eq!(record.sessions_since, NOW.plus(1), "after the session that the old one has opened just now");
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
