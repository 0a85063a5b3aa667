//! Whether a sign-in costs more where there are more users, how long a page of the member list takes, and how much room a user needs.
//!
//! `cargo bench -p second-factor-sqlx --bench scale` fills tables of 1,000 and 100,000 users in a PostgreSQL database (`POSTGRES_URL`, or the
//! one on this machine), in a schema of its own which it drops at the end; `-- 1000000` compares 1,000 with a million instead, `-- 100000
//! 1000000` with both. A million needs about 3 GB and some minutes.
//!
//! One client signs in, on one connection, in each table in turn, so that whatever else the machine does disturbs all of them alike; medians
//! are compared. In each table other users sign in at each turn, up to 5,000 of them.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::indexing_slicing, clippy::disallowed_methods)]

mod fill;
mod pages;
mod place;
mod room;
mod sign_ins;

use std::{env, time::Instant};

use fill::Filled;
use place::Place;
use second_factor::{Clock, UnixTime, testing::ManualClock};

/// What the others are compared with.
const SMALL: u64 = 1_000;
const LARGE: u64 = 100_000;

#[tokio::main]
async fn main() {
    let Some(place) = Place::new().await else { return };
    let mut sizes: Vec<u64> = env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.push(LARGE);
    }
    sizes.insert(0, SMALL);
    println!("{}\nin the schema {}", place.version().await, place.schema);

    let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
    let mut tables = Vec::new();
    for size in sizes {
        let started = Instant::now();
        tables.push(Filled::new(&place, &clock, size).await);
        println!("{size:>9} users filled in after {:.0} s", started.elapsed().as_secs_f64());
    }
    place.checkpoint().await;
    // While they sign in days pass, and nobody is locked any more.
    let filled_at = clock.now();
    sign_ins::measure(&clock, &tables).await;
    pages::measure(filled_at, &tables).await;
    room::measure(&tables).await;
}
