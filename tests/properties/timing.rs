//! P39: how long a verification takes tells nothing of where a code matched.

use std::{hint::black_box, time::Duration, time::Instant};

use second_factor::{
    UnixTime,
    primitives::{algorithm::Algorithm, code::Code, secret::Secret, time::Window, totp::Totp},
};

use crate::common::{START, STEP};

/// Calls in a row, so that one measurement is well above the resolution of the clock.
const BATCH: usize = 20;
const ROUNDS: usize = 400;

/// A search that ended at the first step that matches would be up to five times as fast for that as for the last one. The fastest of many
/// rounds is free of whatever else the machine was doing, and the cases take turns, so half as much again is far above any noise.
#[test]
#[allow(clippy::disallowed_methods, reason = "what is measured is real time")]
fn p39_the_time_does_not_tell_which_step_matched() {
    let totp = Totp::default();
    let key = totp.key(&Secret::generate(Algorithm::Sha1).unwrap());
    let window = Window::new(2, 2).unwrap();
    let shown = |step: i64| {
        key.code_at(UnixTime::from_seconds(START.seconds().saturating_add_signed(step * STEP as i64)))
            .unwrap()
    };
    let mut codes: Vec<Code> = (-2..=2).map(shown).collect();
    let wrong = (0..).map(|number| format!("{number:06}")).map(|text| Code::read(&text).unwrap());
    codes.push(wrong.into_iter().find(|code| key.verify(code, START, window).is_none()).unwrap());

    let mut cases: Vec<_> = codes.iter().map(|code| (code, window, Duration::MAX)).collect();
    cases.push((&codes[2], Window::NONE, Duration::MAX));
    for _ in 0..ROUNDS {
        for (code, window, fastest) in &mut cases {
            let begun = Instant::now();
            for _ in 0..BATCH {
                black_box(key.verify(black_box(code), START, *window));
            }
            *fastest = begun.elapsed().min(*fastest);
        }
    }
    let mut fastest: Vec<_> = cases.into_iter().map(|(_, _, fastest)| fastest).collect();
    let one_step = fastest.pop().unwrap();
    let (least, most) = (fastest.iter().min().unwrap(), fastest.iter().max().unwrap());
    assert!(*most < *least * 3 / 2, "from two steps behind to two ahead, and a wrong one: {fastest:?}");
    assert!(*least > one_step * 3 / 2, "one step alone is told apart from five: {one_step:?}, {fastest:?}");
}
