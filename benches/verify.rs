//! How long it takes to check a TOTP code.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use criterion::measurement::{Measurement, WallTime};
use second_factor::primitives::code::Code;
use second_factor::primitives::hotp::Algorithm;
use second_factor::primitives::secret::Secret;
use second_factor::primitives::time::{UnixTime, Window};
use second_factor::primitives::totp::{Totp, TotpKey};
use sha1::block_api::compress;
use sha2::block_api::{compress256, compress512};

const NOW: u64 = 1_800_000_000;
const HASHES: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    every_case(&mut criterion);
    criterion.final_summary();
    ratios();
}

/// Everything that one check may depend on.
fn every_case(criterion: &mut Criterion) {
    for hash in HASHES {
        let mut group = criterion.benchmark_group(format!("verify/{hash:?}"));
        let case = Case::new(hash);
        for reach in 0..=2 {
            let window = Window::new(reach, reach).unwrap();
            for (name, typed) in &case.typed {
                group.bench_function(format!("window {reach}/prepared/{name}"), |b| {
                    b.iter(|| case.prepared(typed, window));
                });
                group.bench_function(format!("window {reach}/stored/{name}"), |b| {
                    b.iter(|| case.stored(typed, window));
                });
            }
        }
        for (name, typed) in &case.typed {
            let typed = typed.reveal();
            group.bench_function(format!("window 1/totp-rs/{name}"), |b| b.iter(|| case.totp_rs(&typed)));
        }
        group.bench_function("window 1/six bare compressions", |b| b.iter(|| case.bare()));
        group.finish();
    }
}

struct Case {
    hash: Algorithm,
    secret: Secret,
    key: TotpKey,
    totp_rs: totp_rs::Totp,
    typed: [(&'static str, Code); 3],
}

impl Case {
    fn new(hash: Algorithm) -> Self {
        let bytes: Vec<u8> = (1..).take(hash.secret_bytes()).collect();
        let secret = Secret::from_bytes(&bytes).unwrap();
        let key = Totp::new().with_algorithm(hash).key(&secret);
        let at = |seconds| key.code_at(UnixTime::from_seconds(seconds)).unwrap();
        let wrong = ["000000", "111111"].map(|code| Code::read(code).unwrap());
        let wrong = wrong.into_iter().find(|code| verify(&key, code, Window::new(2, 2).unwrap()).is_none());
        let typed = [("right now", at(NOW)), ("right at -1", at(NOW - 30)), ("wrong", wrong.unwrap())];
        let totp_rs = totp_rs::Builder::new()
            .with_algorithm(match hash {
                Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
                Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
                Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
            })
            .with_skew(1)
            .with_secret(bytes)
            .build()
            .unwrap();
        Self { hash, secret, key, totp_rs, typed }
    }

    /// Ours, with a key that was prepared before.
    fn prepared(&self, typed: &Code, window: Window) -> bool {
        verify(black_box(&self.key), typed, window).is_some()
    }

    /// Ours, with the key prepared from the secret and wiped again, as for a secret that comes from a store.
    fn stored(&self, typed: &Code, window: Window) -> bool {
        let key = Totp::new().with_algorithm(black_box(self.hash)).key(black_box(&self.secret));
        verify(&key, typed, window).is_some()
    }

    /// totp-rs, which keeps the secret, and keys its HMAC anew for each step.
    fn totp_rs(&self, typed: &str) -> bool {
        black_box(&self.totp_rs).check(black_box(typed), black_box(NOW)).is_some()
    }

    /// The limit: the compressions of three steps, two each, none waiting for another, of blocks that lie ready.
    fn bare(&self) {
        match black_box(self.hash) {
            Algorithm::Sha1 => six([1_u32; 5], black_box(&[[2; 64]; 6]), compress),
            Algorithm::Sha256 => six([1_u32; 8], black_box(&[[2; 64]; 6]), compress256),
            Algorithm::Sha512 => six([1_u64; 8], black_box(&[[2; 128]; 6]), compress512),
        }
    }
}

fn verify(key: &TotpKey, typed: &Code, window: Window) -> Option<second_factor::primitives::totp::Match> {
    key.verify(black_box(typed), UnixTime::from_seconds(black_box(NOW)), black_box(window))
}

#[inline]
fn six<S: Copy, B>(from: S, blocks: &[B; 6], compress: impl Fn(&mut S, &[B])) {
    let mut states = [from; 6];
    for (state, block) in states.iter_mut().zip(blocks) {
        compress(state, std::slice::from_ref(block));
    }
    black_box(&states);
}

/// Prints what is ours as a share of the others, from medians of rounds in which all take turns.
fn ratios() {
    println!(
        "window 1, medians in ns     prepared   stored  totp-rs     bare | prepared : totp-rs, stored : totp-rs, prepared : bare"
    );
    for hash in HASHES {
        let case = Case::new(hash);
        for (name, typed) in &case.typed {
            let text = typed.reveal();
            let [prepared, stored, totp_rs, bare] = medians([
                &|| {
                    black_box(case.prepared(typed, Window::DEFAULT));
                },
                &|| {
                    black_box(case.stored(typed, Window::DEFAULT));
                },
                &|| {
                    black_box(case.totp_rs(&text));
                },
                &|| case.bare(),
            ]);
            println!(
                "{:<8} {name:<16}   {prepared:8.1} {stored:8.1} {totp_rs:8.1} {bare:8.1} | {:.2} {:.2} {:.2}",
                format!("{hash:?}"),
                prepared / totp_rs,
                stored / totp_rs,
                prepared / bare
            );
        }
    }
}

/// The median time of one call of each, in nanoseconds.
fn medians<const N: usize>(candidates: [&dyn Fn(); N]) -> [f64; N] {
    const ROUNDS: usize = 301;
    const CALLS: u32 = 1000;
    let mut times = [(); N].map(|()| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (candidate, times) in candidates.iter().zip(&mut times) {
            let start = WallTime.start();
            for _ in 0..CALLS {
                candidate();
            }
            times.push(WallTime.end(start));
        }
    }
    times.map(|mut times| times.select_nth_unstable(ROUNDS / 2).1.as_secs_f64() * 1e9 / f64::from(CALLS))
}
