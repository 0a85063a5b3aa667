//! Failures: in a row, in the lanes, in the buckets.

use super::*;
use crate::record::page;

fn nist() -> Policy {
    Policy::nist_strict(Requirement::Optional)
}

fn try_under(
    policy: &Policy,
    record: Record,
    typed: &Typed,
    now: UnixTime,
) -> Decision<Result<Passed, Rejection>> {
    let challenge = Challenge { expires_at: now.plus(600), ..challenge(now.seconds().into()) };
    record.verify(&Attempt { challenge: &challenge, typed, account: &under(policy) }, &browser(1), now)
}

/// A record with one authenticator after so many wrong codes in a row, without the waits of the lane.
fn failed_in_a_row(times: u32) -> Record {
    let mut record = enrolled();
    record.consecutive_failures = times;
    record
}

#[test]
fn wrong_codes_are_counted_in_a_row_whatever_the_lane() {
    let mut record = enrolled();
    written(verify_at(record, &challenge(1), &code_in(1, step(-1)), NOW)).2.unwrap();
    record = enrolled();
    record.remember_browser(None, &browser(1), &account(), Factor::Totp, NOW);
    for (failures, browser) in (1..).zip([None, Some(device_id(1)), None, Some(device_id(1))]) {
        let challenge = Challenge { browser, ..challenge(1) };
        record = written(verify_at(record, &challenge, &wrong(), NOW)).0;
        assert_eq!(record.consecutive_failures, failures);
    }
    let (record, outcome) = try_code(record, 1, &code_in(1, step(0)));
    outcome.unwrap();
    assert_eq!(record.consecutive_failures, 0, "a success resets the count");
}

#[test]
fn the_hundredth_failure_in_a_row_disables_under_nist_strict_and_the_ninety_ninth_does_not() {
    let (record, events, _) = written(try_under(&nist(), failed_in_a_row(98), &wrong(), NOW));
    assert_eq!(record.consecutive_failures, 99);
    assert!(!record.authenticators[0].disabled);
    assert_eq!(events, [EventKind::CodeRefused { held_until: None }]);
    let (record, events, _) = written(try_under(&nist(), record, &wrong(), NOW));
    assert!(record.authenticators[0].disabled);
    assert_eq!(events, [EventKind::CodeRefused { held_until: None }, EventKind::AuthenticatorsDisabled]);
    let (_, events, _) = written(try_under(&nist(), record, &wrong(), NOW));
    assert_eq!(events, [EventKind::CodeRefused { held_until: None }], "once");
}

#[test]
fn a_hundred_failures_disable_nothing_elsewhere() {
    let (record, events, _) = written(try_under(&optional(), failed_in_a_row(200), &wrong(), NOW));
    assert!(!record.authenticators[0].disabled);
    assert_eq!(events, [EventKind::CodeRefused { held_until: None }]);
    let (record, ..) = written(try_under(&nist(), record, &wrong(), NOW));
    assert!(record.authenticators[0].disabled, "until the profile holds");
}

#[test]
fn p10_a_disabled_authenticator_is_enrolled_and_not_matched() {
    let mut record = enrolled();
    record.authenticators[0].disabled = true;
    assert!(record.is_enrolled());
    let (record, outcome) = try_code(record, 1, &code_in(1, step(0)));
    assert_eq!(reason(outcome), Reason::Wrong);
    assert_eq!(record.authenticators[0].last_step, TimeStep::new(0), "nothing is burnt");
    let mut record = enrolled();
    add(&mut record);
    record.authenticators[0].disabled = true;
    assert_eq!(record.weight(Window::DEFAULT), Debt::of_codes(3), "it cannot be hit");
    try_code(record, 1, &code_in(2, step(0))).1.expect("the other one is");
}

#[test]
fn a_guess_weighs_what_it_could_hit() {
    let mut record = enrolled();
    assert_eq!(record.weight(Window::NONE), Debt::of_codes(1));
    assert_eq!(record.weight(Window::new(2, 2).unwrap()), Debt::of_codes(5));
    record.sent_codes.push(crate::record::SentCode::fullest(1, NOW.plus(600)));
    assert_eq!(record.weight(Window::DEFAULT), Debt::of_codes(4), "a sent code is one more");
    record.authenticators[0].disabled = true;
    assert_eq!(record.weight(Window::DEFAULT), Debt::of_codes(1));
    assert_eq!(unenrolled().weight(Window::DEFAULT), Debt::of_codes(1), "never nothing");
}

#[test]
fn p24_the_lanes_of_known_and_unknown_browsers_do_not_hold_each_other() {
    let known = |record: &mut Record, number| {
        record.remember_browser(None, &browser(number), &account(), Factor::Totp, NOW);
    };
    let lanes = [None, Some(device_id(1)), Some(device_id(2))];
    for failing in lanes {
        let mut record = enrolled();
        known(&mut record, 1);
        known(&mut record, 2);
        let challenge = Challenge { browser: failing, ..challenge(1) };
        for _ in 0..6 {
            record = written(verify_at(record, &challenge, &wrong(), NOW)).0;
        }
        for lane in lanes {
            let held = record.attempts_held_until(lane, Window::DEFAULT, NOW);
            assert_eq!(held.is_some(), lane == failing, "{lane:?} after failures of {failing:?}");
            let challenge = Challenge { browser: lane, ..self::challenge(2) };
            let outcome = verify_at(copy(&record), &challenge, &code_in(1, step(0)), NOW).outcome;
            assert_eq!(outcome.is_ok(), lane != failing);
        }
    }
}

#[test]
fn so_many_wrong_codes_are_looked_at_as_the_page_says() {
    // A known browser has room for 20 guesses, of which each at five authenticators takes five.
    for (authenticators, browser, said) in
        [(1, None, 6), (1, Some(device_id(1)), 6), (5, None, 6), (5, Some(device_id(1)), 4)]
    {
        let mut record = enrolled();
        (1..authenticators).for_each(|_| add(&mut record));
        record.remember_browser(None, &self::browser(1), &account(), Factor::Totp, NOW);
        let challenge = Challenge { browser, ..challenge(1) };
        let tries_left = |record: &Record| page(Some(record), &challenge, &account(), NOW).tries_left;
        for left in (1..=said).rev() {
            assert_eq!(tries_left(&record), Some(left), "{authenticators} in {browser:?}");
            let outcome;
            (record, _, outcome) = written(verify_at(record, &challenge, &wrong(), NOW));
            assert_eq!(reason(outcome), Reason::Wrong, "it is looked at");
        }
        assert_eq!(tries_left(&record), Some(0));
        let outcome = kept(verify_at(record, &challenge, &wrong(), NOW));
        assert_eq!(reason(outcome), Reason::Throttled);
    }
}

#[test]
fn a_browser_that_is_no_longer_known_falls_into_the_lane_of_all_others() {
    let mut record = enrolled();
    for _ in 0..6 {
        record = written(verify_at(record, &challenge(1), &wrong(), NOW)).0;
    }
    let challenge = Challenge { browser: Some(device_id(1)), ..challenge(1) };
    let outcome = kept(verify_at(record, &challenge, &code_in(1, step(0)), NOW));
    assert_eq!(reason(outcome), Reason::Throttled);
}

/// Count so many guesses of weight 1 in the bucket of a lane and nothing in the lane, then one more. What is said of it.
fn guess_after(guesses: u32, browser: Option<DeviceId>, capacity: Debt) -> Vec<EventKind> {
    let mut record = enrolled();
    record.remember_browser(None, &self::browser(1), &account(), Factor::Totp, NOW);
    let weight = record.weight(Window::DEFAULT);
    for _ in 0..guesses {
        let throttle = record.throttle_of_mut(browser).0;
        throttle.failed(capacity, weight, NOW);
        throttle.passed();
    }
    let challenge = Challenge { browser, ..challenge(1) };
    let decision = verify_at(record, &challenge, &wrong(), NOW);
    decision.change.map(|change| change.events[1..].to_vec()).unwrap_or_default()
}

#[test]
fn half_of_the_guesses_and_all_of_them_are_worth_a_message_at_the_right_one() {
    let said = |guesses| guess_after(guesses, None, UNKNOWN_LANE);
    let mark = |all| vec![EventKind::ManyWrongCodes { all }];
    assert_eq!([said(48), said(50)], [vec![], vec![]]);
    assert_eq!(said(49), mark(false), "the fiftieth");
    assert_eq!(said(98), []);
    assert_eq!(said(99), mark(true), "the hundredth");
    assert_eq!(said(100), [], "the next one is not looked at");
}

#[test]
fn a_known_browser_s_failures_are_no_sign_of_somebody_else() {
    for guesses in [9, 19] {
        assert_eq!(guess_after(guesses, Some(device_id(1)), KNOWN_LANE), []);
    }
}

#[test]
fn p21_p24_the_bucket_of_a_known_browser_holds_twenty_guesses_and_that_of_all_others_a_hundred() {
    for (browser, capacity, most) in [(Some(device_id(1)), KNOWN_LANE, 20), (None, UNKNOWN_LANE, 100)] {
        let mut record = enrolled();
        record.remember_browser(None, &self::browser(1), &account(), Factor::Totp, NOW);
        let weight = record.weight(Window::DEFAULT);
        for turn in 0..most {
            let held = record.attempts_held_until(browser, Window::DEFAULT, NOW);
            assert_eq!(held, None, "guess {turn} of {browser:?}");
            let throttle = record.throttle_of_mut(browser).0;
            throttle.failed(capacity, weight, NOW);
            throttle.passed();
        }
        let held = record.attempts_held_until(browser, Window::DEFAULT, NOW);
        assert_eq!(held, Some(NOW.plus(DAY)), "{browser:?}");
    }
}

#[test]
fn p21_a_success_a_new_challenge_and_another_stamp_leave_the_bucket_as_it_is() {
    let mut record = enrolled();
    for _ in 0..3 {
        record = try_code(record, 1, &wrong()).0;
    }
    let debt = |record: &Record| {
        let mut throttle = record.throttle.clone();
        throttle.passed();
        throttle
    };
    let before = debt(&record);
    let (record, outcome) = try_code(record, 2, &code_in(1, step(0)));
    outcome.unwrap();
    assert_eq!(debt(&record), before);
    let account = Account::new(user(), b"2", &optional());
    let challenge = challenge(3);
    let typed = code_in(1, step(1));
    let attempt = Attempt { challenge: &challenge, typed: &typed, account: &account };
    let (record, _, outcome) = written(record.verify(&attempt, &browser(2), NOW));
    outcome.unwrap();
    assert_eq!(debt(&record), before);
}

#[test]
fn a_success_clears_the_lane_it_came_from_and_no_other() {
    let lanes = [None, Some(device_id(1))];
    for passing in lanes {
        let mut record = enrolled();
        record.remember_browser(None, &browser(1), &account(), Factor::Totp, NOW);
        for lane in lanes {
            let challenge = Challenge { browser: lane, ..challenge(1) };
            for _ in 0..5 {
                record = written(verify_at(record, &challenge, &wrong(), NOW)).0;
            }
        }
        let challenge = |id, browser| Challenge { browser, ..challenge(id) };
        record = done(verify_at(record, &challenge(1, passing), &code_in(1, step(0)), NOW));
        for lane in lanes {
            let (after, ..) = written(verify_at(copy(&record), &challenge(2, lane), &wrong(), NOW));
            let held = after.attempts_held_until(lane, Window::DEFAULT, NOW);
            assert_eq!(held.is_some(), lane != passing, "{lane:?} after a success in {passing:?}");
        }
    }
}
