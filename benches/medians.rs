//! Times that can be divided by one another: all candidates take turns, so that a busy neighbour disturbs them alike.

#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock of the machine")]

use std::time::Instant;

/// The median time of one call of each, in nanoseconds.
pub(crate) fn medians<const N: usize>(candidates: [&dyn Fn(); N]) -> [f64; N] {
    const ROUNDS: usize = 301;
    const CALLS: u32 = 1000;
    let mut times = [(); N].map(|()| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (candidate, times) in candidates.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..CALLS {
                candidate();
            }
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| times.select_nth_unstable(ROUNDS / 2).1.as_secs_f64() * 1e9 / f64::from(CALLS))
}
