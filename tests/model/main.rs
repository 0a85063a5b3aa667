//! Random ceremonies of several users, against a model that knows the rules and forgets nothing.
//!
//! A sequence mixes sign-ins, set-ups, step-ups and changes of settings of four users in two tenants, some of them with the tokens,
//! cookies and codes of others or of long ago, with clocks that jump in both directions, writes that fail in every way, processes that end
//! before and after a write, pairs of calls that both read before either writes, rotated keys, and changes of password and policy. After
//! each step what was said and what the status shows is compared with the model (`now`, `person`, `sign_in`, `set_up`, `settings`), which
//! is written from the design; and the properties P1 to P31, as far as they show from outside, are checked on a ledger of
//! everything that was ever accepted, guessed and handed out (`ledger`), which knows nothing of the model's rules.
//!
//! `MODEL_SEQUENCES=100000` runs more sequences; `MODEL_SEED=…` runs the one that a failure has named.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod call;
mod lane;
mod learn;
mod ledger;
mod mail;
mod now;
mod person;
mod policies;
mod resolve;
mod run;
mod scenes;
mod set_up;
mod settings;
mod sign_in;
mod status;
mod steps;
mod store;
mod world;

use std::{
    any::Any,
    env, panic,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use scenes::sequence;
use steps::Step;
use world::Seen;

const SEQUENCES: u64 = 4_000;
const STEPS: usize = 50;
const THREADS: usize = 2;

/// What such a run must have come across to mean anything.
const MUST_HAPPEN: [&str; 47] = [
    "Begin Trusted",
    "Begin Crash",
    "Begin Grace",
    "Begin MustEnroll",
    "Verify Totp",
    "Verify Totp as rival",
    "Verify BackupCode",
    "Verify BackupCode as rival",
    "Verify OneTimeCode(Email)",
    "Verify OneTimeCode(Sms)",
    "Verify Replayed",
    "Verify Replayed as rival",
    "Verify Throttled",
    "Verify Wrong",
    "Verify AlreadyCompleted",
    "Verify EpochChanged",
    "Verify StampChanged",
    "Verify Expired",
    "Verify WrongUser",
    "Verify WrongPurpose",
    "Verify NotOffered",
    "Verify Crash",
    "Verify Unavailable",
    "StepUp Done",
    "StepUp Replayed",
    "Send Done",
    "Send SendLimit",
    "Send TriesUsed",
    "Enroll Done",
    "Enroll NeedsProof",
    "Enroll NeedsTicket",
    "Enroll Wrong",
    "Confirm Totp",
    "Confirm Totp as rival",
    "Confirm Wrong",
    "Confirm Crash",
    "Confirm Unavailable",
    "Disable Done",
    "Disable EpochChanged",
    "Host NeedsProof",
    "RegenerateBackupCodes Done",
    "ViewBackupCodes Done",
    "Remove Done",
    "ProveSaved Left",
    "Import Done",
    "Reset Done as rival",
    "Assess SignInAgain",
];

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn p1_to_p31_hold_whatever_happens() {
    let (first, count) = match number("MODEL_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("MODEL_SEQUENCES").unwrap_or(SEQUENCES)),
    };
    let (next, seen) = (AtomicU64::new(first), Mutex::new(Seen::new()));
    let found = thread::scope(|scope| {
        let search = || loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= first + count {
                return None;
            }
            match run_caught(seed, &sequence(seed, STEPS)) {
                Ok(more) => {
                    let mut seen = seen.lock().unwrap();
                    more.into_iter().for_each(|(what, times)| *seen.entry(what).or_default() += times);
                }
                Err(_) => {
                    next.store(first + count, Ordering::SeqCst);
                    return Some(seed);
                }
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(search)).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).min()
    });
    if let Some(seed) = found {
        panic!("{}", report(seed));
    }
    let seen = seen.into_inner().unwrap();
    let missing: Vec<_> = MUST_HAPPEN.iter().filter(|what| !seen.contains_key(**what)).collect();
    assert!(count < SEQUENCES || missing.is_empty(), "never happened: {missing:?} in {seen:#?}");
}

/// A panic, of the library or of the model, is found like anything else.
fn run_caught(seed: u64, steps: &[Step]) -> Result<Seen, String> {
    let text = |panic: Box<dyn Any + Send>| match panic.downcast::<String>() {
        Ok(text) => format!("panicked: {text}"),
        Err(_) => "panicked".into(),
    };
    panic::catch_unwind(|| run::run(seed, steps)).unwrap_or_else(|panic| Err(text(panic)))
}

/// The shortest sequence that still goes wrong.
fn report(seed: u64) -> String {
    let mut steps = sequence(seed, STEPS);
    let whole = run_caught(seed, &steps);
    let mut wrong = whole.clone();
    let mut size = steps.len() / 2;
    while size > 0 && wrong.is_err() {
        let mut place = 0;
        while place < steps.len() {
            let mut shorter = steps.clone();
            shorter.drain(place..(place + size).min(steps.len()));
            if let Err(still) = run_caught(seed, &shorter) {
                (steps, wrong) = (shorter, Err(still));
            } else {
                place += size;
            }
        }
        size /= 2;
    }
    let listed: Vec<String> = steps.iter().enumerate().map(line).collect();
    format!(
        "MODEL_SEED={seed}, sequence {seed}\n{}\n{}\nin the whole sequence: {}",
        listed.join("\n"),
        wrong.err().unwrap_or_else(|| "it went well when it was run again".into()),
        whole.err().unwrap_or_default()
    )
}

fn line((at, step): (usize, &Step)) -> String {
    let fault = step.fault.map(|(at, fault)| format!(", {fault:?} at write {at}")).unwrap_or_default();
    let rival = step.rival.as_ref().map(|(at, what)| format!(", before write {at} {what:?}"));
    format!("{at:3} {:?}{fault}{}", step.deed, rival.unwrap_or_default())
}
