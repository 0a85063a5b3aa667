//! Times that can be divided by one another.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock of the machine")]

use std::time::Instant;

/// The median time of one call of each, in nanoseconds. All take turns, so that a busy neighbour disturbs them alike.
///
/// # Panics
///
/// Without rounds or calls.
pub fn medians<const N: usize>(rounds: usize, calls: u32, candidates: [&dyn Fn(); N]) -> [f64; N] {
    let mut times = [(); N].map(|()| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (candidate, times) in candidates.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..calls {
                candidate();
            }
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| times.select_nth_unstable(rounds / 2).1.as_secs_f64() * 1e9 / f64::from(calls))
}
