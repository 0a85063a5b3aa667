//! One code, one SQLite file, several processes of the operating system: it is accepted once, also if some of them are killed.
//!
//! The other processes are this very program, started again to run `child::process` alone (see there).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::expect_used,
    unreachable_pub
)]

#[path = "process_race/child.rs"]
mod child;
#[path = "process_race/parent.rs"]
mod parent;

use std::{thread, time::Duration};

use child::Kind;
use parent::{Arena, Process};

const PROCESSES: usize = 4;
const ROUNDS: u64 = 50;

/// Lets all processes try one code at once, round after round. How many accepted it in each.
async fn race(kind: Kind) -> Vec<usize> {
    let arena = Arena::new().await;
    let mut processes: Vec<Process> = (0..PROCESSES).map(|_| arena.process(kind)).collect();
    let mut accepted = Vec::new();
    for round in 0..ROUNDS {
        // In every other round they share one challenge, as a double click does.
        let shared = if round % 2 == 0 { Some(arena.challenge(round).await) } else { None };
        for process in &mut processes {
            process.prepare(arena.time(round), shared.as_deref(), &arena.code(round));
        }
        for process in &mut processes {
            assert_eq!(process.hear(), "ready");
        }
        for process in &mut processes {
            process.say("go");
        }
        let heard: Vec<String> = processes.iter_mut().map(Process::hear).collect();
        let refused = if shared.is_some() { "refused AlreadyCompleted" } else { "refused Replayed" };
        assert!(heard.iter().all(|said| said == "accepted" || said == refused), "round {round}: {heard:?}");
        accepted.push(heard.iter().filter(|said| *said == "accepted").count());
    }
    accepted
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_one_of_four_processes_has_its_code_accepted() {
    let accepted = race(Kind::Plain).await;
    assert!(accepted.iter().all(|count| *count == 1), "{accepted:?}");
}

/// The control: the same race does find a store that breaks clause 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_accepts_a_code_more_than_once() {
    let accepted = race(Kind::ReadCompareWrite).await;
    assert!(accepted.iter().any(|count| *count > 1), "{accepted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_process_killed_between_load_and_swap_has_spent_nothing() {
    let arena = Arena::new().await;
    let mut process = arena.process(Kind::StopsBeforeTheSwap);
    process.prepare(arena.time(0), None, &arena.code(0));
    assert_eq!(process.hear(), "ready");
    process.say("go");
    assert_eq!(process.hear(), "about to swap");
    process.kill();

    assert_eq!(arena.verify(0).await, "accepted", "it was not spent, and nobody holds a lock");
    assert_eq!(arena.verify(0).await, "refused Replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_process_killed_after_the_swap_has_spent_the_code() {
    let arena = Arena::new().await;
    let mut process = arena.process(Kind::StopsAfterTheSwap);
    process.prepare(arena.time(0), None, &arena.code(0));
    assert_eq!(process.hear(), "ready");
    process.say("go");
    assert_eq!(process.hear(), "swapped");
    process.kill();

    assert_eq!(arena.verify(0).await, "refused Replayed", "at most once, also if nobody learned of it");
    assert_eq!(arena.verify(1).await, "accepted", "the next code is good");
}

/// Killed at any moment of the write: whoever was let in, it was one at most, and the file is whole.
#[tokio::test(flavor = "multi_thread")]
async fn p42_a_process_killed_at_any_moment_lets_nobody_in_twice() {
    let arena = Arena::new().await;
    let mut spent_by_the_killed = 0;
    for round in 0..24 {
        let mut process = arena.process(Kind::Plain);
        process.prepare(arena.time(round), None, &arena.code(round));
        assert_eq!(process.hear(), "ready");
        process.say("go");
        thread::sleep(Duration::from_micros(round * 250));
        let was_accepted = process.kill().is_some_and(|said| said == "accepted");

        let outcome = arena.verify(round).await;
        assert!(["accepted", "refused Replayed"].contains(&outcome.as_str()), "round {round}: {outcome}");
        assert!(!(was_accepted && outcome == "accepted"), "round {round}: accepted twice");
        assert_eq!(arena.verify(round).await, "refused Replayed");
        spent_by_the_killed += u32::from(outcome != "accepted");
    }
    println!("killed after the commit: {spent_by_the_killed} of 24");
}
