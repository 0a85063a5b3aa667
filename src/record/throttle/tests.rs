#![allow(clippy::arithmetic_side_effects)]

use super::*;

/// A guess of the usual weight: three codes are acceptable.
const GUESS: Debt = Debt::of_codes(3);

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(1_000_000_000 + seconds)
}

/// A throttle after so many failures at second 0, whatever the lane says.
fn failed(times: u32) -> Throttle {
    let mut throttle = Throttle::new();
    for _ in 0..times {
        throttle.failed(UNKNOWN_LANE, GUESS, at(0));
    }
    throttle
}

fn held(throttle: &Throttle, now: UnixTime) -> Option<UnixTime> {
    throttle.held_until(UNKNOWN_LANE, GUESS, now)
}

#[test]
fn five_failures_are_free_and_the_sixth_costs_thirty_seconds() {
    for free in 0..=5 {
        assert_eq!(held(&failed(free), at(0)), None, "after {free} failures");
    }
    assert_eq!(held(&failed(6), at(0)), Some(at(30)));
}

#[test]
fn so_many_tries_are_left_as_are_then_looked_at() {
    for failures in 0..=6 {
        assert_eq!(failed(failures).tries_left(UNKNOWN_LANE, GUESS, at(0)), 6 - failures);
    }
    let held = failed(6);
    assert_eq!(held.tries_left(UNKNOWN_LANE, GUESS, at(29)), 0);
    assert_eq!(held.tries_left(UNKNOWN_LANE, GUESS, at(30)), 1, "then each costs a wait");
    let end = UnixTime::from_seconds(u64::MAX);
    assert_eq!(failed(3).tries_left(UNKNOWN_LANE, GUESS, end), 6, "after which there is no time to wait");
}

#[test]
fn a_bucket_that_is_almost_full_leaves_fewer_tries() {
    for (failures, tries) in [(93, 6), (94, 6), (95, 5), (99, 1), (100, 0)] {
        let mut throttle = failed(failures);
        throttle.passed();
        assert_eq!(throttle.tries_left(UNKNOWN_LANE, GUESS, at(0)), tries, "after {failures} in all");
    }
    // Five authenticators: a guess weighs five times as much, and a known browser has room for four of them.
    let heavy = Debt::of_codes(15);
    let mut throttle = Throttle::new();
    assert_eq!(throttle.tries_left(KNOWN_LANE, heavy, at(0)), 4);
    for left in [3, 2, 1, 0] {
        assert_eq!(throttle.held_until(KNOWN_LANE, heavy, at(0)), None, "it is looked at");
        throttle.failed(KNOWN_LANE, heavy, at(0));
        assert_eq!(throttle.tries_left(KNOWN_LANE, heavy, at(0)), left);
    }
    assert!(throttle.held_until(KNOWN_LANE, heavy, at(0)).is_some());
}

#[test]
fn a_wait_ends_at_its_last_second_and_not_before() {
    let throttle = failed(6);
    assert_eq!(held(&throttle, at(29)), Some(at(30)));
    assert_eq!(held(&throttle, at(30)), None);
}

#[test]
fn the_wait_doubles_to_an_hour() {
    let waits: Vec<_> =
        (6..=15).map(|failures| held(&failed(failures), at(0)).unwrap().since(at(0))).collect();
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    let mut many = failed(15);
    many.failures = u32::MAX;
    many.failed(UNKNOWN_LANE, Debt::NONE, at(0));
    assert_eq!(held(&many, at(0)), Some(at(3600)), "the count saturates and the wait stays an hour");
}

#[test]
fn a_success_clears_the_lane_and_nothing_of_the_bucket() {
    let mut throttle = failed(99);
    throttle.passed();
    assert_eq!(held(&throttle, at(0)), None);
    throttle.failed(UNKNOWN_LANE, GUESS, at(0));
    throttle.passed();
    assert_eq!(held(&throttle, at(0)), Some(at(24 * 60 * 60)), "100 are owed: the next has room in a day");
}

#[test]
fn p19_the_hundredth_guess_has_room_and_the_hundred_and_first_waits_a_day() {
    let mut throttle = failed(99);
    throttle.passed();
    assert_eq!(held(&throttle, at(0)), None);
    throttle.failed(UNKNOWN_LANE, GUESS, at(0));
    throttle.passed();
    assert_eq!(held(&throttle, at(86_399)), Some(at(86_400)));
    assert_eq!(held(&throttle, at(86_400)), None);
    throttle.failed(UNKNOWN_LANE, GUESS, at(86_400));
    throttle.passed();
    assert_eq!(held(&throttle, at(86_400)), Some(at(2 * 86_400)), "one a day from there on");
}

#[test]
fn a_known_lane_holds_twenty() {
    let mut throttle = failed(19);
    throttle.passed();
    assert_eq!(throttle.held_until(KNOWN_LANE, GUESS, at(0)), None);
    throttle.failed(UNKNOWN_LANE, GUESS, at(0));
    throttle.passed();
    assert_eq!(throttle.held_until(KNOWN_LANE, GUESS, at(0)), Some(at(86_400)));
}

#[test]
fn a_guess_weighs_what_it_could_hit() {
    // One code acceptable at once: a third. 300 of them fill the bucket, and the next has room in 8 hours.
    let single = Debt::of_codes(1);
    let mut throttle = Throttle::new();
    for _ in 0..300 {
        assert_eq!(throttle.held_until(UNKNOWN_LANE, single, at(0)), None);
        throttle.failed(UNKNOWN_LANE, single, at(0));
        throttle.passed();
    }
    assert_eq!(throttle.held_until(UNKNOWN_LANE, single, at(0)), Some(at(8 * 3600)));

    // Five authenticators and the widest window: 25 codes, 8⅓ guesses. Twelve fit.
    let widest = Debt::of_codes(25);
    let mut throttle = Throttle::new();
    for _ in 0..12 {
        assert_eq!(throttle.held_until(UNKNOWN_LANE, widest, at(0)), None);
        throttle.failed(UNKNOWN_LANE, widest, at(0));
        throttle.passed();
    }
    assert_eq!(throttle.held_until(UNKNOWN_LANE, widest, at(0)), Some(at(8 * 86_400 + 8 * 3600)));
}

#[test]
fn the_later_of_lane_and_bucket_counts() {
    let full = failed(100);
    assert_eq!(held(&full, at(0)), Some(at(86_400)), "the bucket's day, not the lane's hour");
    let mut nearly = failed(100);
    nearly.passed();
    for _ in 0..10 {
        nearly.failed(UNKNOWN_LANE, Debt::NONE, at(86_399));
    }
    assert_eq!(held(&nearly, at(86_399)), Some(at(86_399 + 480)), "the lane's wait, not the bucket's second");
}

#[test]
fn a_clock_that_is_set_back_leaks_nothing_and_frees_nobody() {
    let mut throttle = failed(100);
    throttle.passed();
    let before = UnixTime::from_seconds(1);
    assert_eq!(held(&throttle, before), Some(at(86_400)));
    throttle.failed(UNKNOWN_LANE, Debt::NONE, before);
    assert_eq!(throttle.debt_at, at(0), "the debt keeps its later date");
    assert_eq!(held(&failed(6), before), Some(at(30)));
}

#[test]
fn the_end_of_time_overflows_nothing() {
    let end = UnixTime::from_seconds(u64::MAX);
    let mut throttle = failed(200);
    assert_eq!(held(&throttle, end), None);
    throttle.failed(UNKNOWN_LANE, Debt::of_codes(u64::MAX), end);
    throttle.failed(UNKNOWN_LANE, Debt::of_codes(u64::MAX), end);
    assert_eq!(held(&throttle, at(0)), Some(end), "no wait ends after the end of time");
}

/// At which of so many guesses of this weight, all at second 0, which mark was passed.
fn marks(capacity: Debt, weight: Debt, guesses: u32) -> Vec<(u32, Mark)> {
    let mut throttle = Throttle::new();
    (1..=guesses).filter_map(|guess| Some((guess, throttle.failed(capacity, weight, at(0))?))).collect()
}

#[test]
fn the_marks_are_passed_once_each_at_the_right_guess() {
    assert_eq!(marks(UNKNOWN_LANE, GUESS, 100), [(50, Mark::Half), (100, Mark::Full)]);
    assert_eq!(marks(KNOWN_LANE, GUESS, 20), [(10, Mark::Half), (20, Mark::Full)]);
    // Four codes acceptable: 1⅓ guesses. The 38th takes the debt over 50, and behind the 75th there is no room.
    assert_eq!(marks(UNKNOWN_LANE, Debt::of_codes(4), 75), [(38, Mark::Half), (75, Mark::Full)]);
    assert!(Mark::Full.is_full() && !Mark::Half.is_full());
}

#[test]
fn what_leaks_away_makes_room_for_another_mark() {
    let mut throttle = failed(50);
    assert_eq!(
        throttle.failed(UNKNOWN_LANE, GUESS, at(2 * DAY)),
        None,
        "49 of 50 are left when the 51st comes"
    );
    let mut throttle = failed(49);
    assert_eq!(throttle.failed(UNKNOWN_LANE, GUESS, at(1)), None, "a second's leak short of half");
    assert_eq!(throttle.failed(UNKNOWN_LANE, GUESS, at(1)), Some(Mark::Half));
    let mut throttle = failed(100);
    assert_eq!(throttle.failed(UNKNOWN_LANE, GUESS, at(DAY)), Some(Mark::Full), "the one that a day allows");
}

#[test]
fn a_known_lane_waits_like_any_other() {
    let mut throttle = Throttle::new();
    for _ in 0..6 {
        throttle.failed(KNOWN_LANE, GUESS, at(0));
    }
    assert_eq!(throttle.held_until(KNOWN_LANE, GUESS, at(29)), Some(at(30)));
    assert_eq!(throttle.held_until(KNOWN_LANE, GUESS, at(30)), None);
}

impl Throttle {
    /// One that takes as many bytes as any.
    pub(in crate::record) const fn fullest() -> Self {
        let end = UnixTime::from_seconds(u64::MAX);
        Self { failures: u32::MAX, held_until: end, debt: Debt(u64::MAX), debt_at: end }
    }
}
