//! How long everything takes: see the crate's front page.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

mod backup;
mod case;
mod device;
mod limit;
mod peers;
mod record;
mod seals;
mod table;
mod totp;
mod verifier;

use std::{env, time::Duration};

use criterion::{Criterion, Throughput};

use case::Case;

fn main() {
    if env::args().skip(1).all(|argument| argument != "table") {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(600))
            .sample_size(30)
            .configure_from_args();
        for (name, cases) in [
            ("totp", totp::cases()),
            ("backup", backup::cases()),
            ("device", device::cases()),
            ("record", record::cases()),
            ("verifier", verifier::cases()),
            ("peers", peers::cases()),
            ("limit", limit::cases()),
        ] {
            measure(&mut criterion, name, cases);
        }
        criterion.final_summary();
        // With a filter or a list of its own, that is all that was asked for.
        if env::args().skip(1).any(|argument| argument != "--bench") {
            return;
        }
    }
    totp::table();
    peers::table();
    record::table();
    seals::table();
    verifier::table();
}

/// Each case under criterion: its time, and how often it goes into a second.
fn measure(criterion: &mut Criterion, name: &str, cases: Vec<Case>) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(1));
    for Case { name, mut measured } in cases {
        group.bench_function(name, |bencher| measured(bencher));
    }
    group.finish();
}
