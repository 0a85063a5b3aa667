//! How long it takes to check a TOTP code: every hash and window, right and wrong codes, with a key prepared before
//! and with one prepared from the stored secret; beside it totp-rs, and the bare compressions as the limit.
//!
//! `cargo bench --bench verify` measures every case and ends with a table of ratios; `-- --test none` prints only the
//! table. Its columns take turns, a thousand calls each, for 301 rounds, and the medians are divided: on a machine
//! with neighbours the times change from run to run by a third, the ratios by a few hundredths.
//!
//! ```text
//! window 1: medians in ns, and their ratios
//!                       prepared  stored  totp-rs    bare   read      p/totp   s/totp   p/bare
//! Sha1 right now             406     596      659     305     14        0.62     0.90     1.33
//! Sha1 right at -1           378     542      307     280     12        1.23     1.77     1.35
//! Sha1 wrong                 367     528      871     272     12        0.42     0.61     1.35
//! Sha256 right now           366     517      627     273     12        0.58     0.83     1.34
//! Sha256 right at -1         392     576      350     288     14        1.12     1.65     1.36
//! Sha256 wrong               392     574     1011     289     14        0.39     0.57     1.36
//! Sha512 right now          2475    3358     3533    2313     14        0.70     0.95     1.07
//! Sha512 right at -1        1870    2528     1352    1806     12        1.38     1.87     1.04
//! Sha512 wrong              3488    4731     7378    3301     16        0.47     0.64     1.06
//! ```
//!
//! Intel Xeon (family 6, model 167, SHA-NI and AVX2), 2 virtual cores at 2 GHz nominal, Linux; rustc 1.95.0;
//! sha1 0.11.0, sha2 0.11.1, hmac 0.13.0, totp-rs 6.0.0, subtle 2.6.1, zeroize 1.9.1; criterion 0.8.2.
//!
//! What the table says:
//!
//! - The one to compare is *wrong*: both compute the three steps of a window of ±1. totp-rs searches from the lowest
//!   step and stops at the first that matches, so its time tells which one did; ours is the same for every code.
//! - totp-rs keeps the secret and keys its HMAC for every step: twelve compressions where a prepared key needs six and
//!   a stored secret eight. `stored` contains preparing and wiping the key, `totp-rs` the reading of the text, whose
//!   price for ours is the column `read`.
//! - Cargo builds hmac and sha1 once, with the `zeroize` that this crate turns on. Built without it, totp-rs is
//!   some 5 % faster.
//! - `bare` compresses six ready-made blocks that do not depend on each other. HMAC cannot reach it, because an outer
//!   hash has to wait for its inner one. Hence the choice of stages: all inner blocks are written, then compressed,
//!   then all outer blocks. Inside of a stage the processor overlaps the compressions, and none waits for the stores
//!   of its own block. SHA-512 has no instructions of its own here, so everything else vanishes beside it.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "medians.rs"]
mod medians;

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use medians::medians;
use second_factor::primitives::algorithm::Algorithm;
use second_factor::primitives::code::Code;
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
        let wrong = wrong.into_iter().find(|code| !verify(&key, code, Window::new(2, 2).unwrap()));
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
        let case = Self { hash, secret, key, totp_rs, typed };
        for (name, typed) in &case.typed {
            assert_eq!(
                case.prepared(typed, Window::DEFAULT),
                case.totp_rs(&typed.reveal()),
                "{hash:?}, {name}"
            );
        }
        case
    }

    /// Ours, with a key that was prepared before.
    fn prepared(&self, typed: &Code, window: Window) -> bool {
        verify(black_box(&self.key), typed, window)
    }

    /// Ours, with the key prepared from the secret and wiped again, as for a secret that comes from a store.
    fn stored(&self, typed: &Code, window: Window) -> bool {
        let key = Totp::new().with_algorithm(black_box(self.hash)).key(black_box(&self.secret));
        verify(&key, typed, window)
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

fn verify(key: &TotpKey, typed: &Code, window: Window) -> bool {
    key.verify(black_box(typed), UnixTime::from_seconds(black_box(NOW)), black_box(window)).is_some()
}

#[inline]
fn six<S: Copy, B>(from: S, blocks: &[B; 6], compress: impl Fn(&mut S, &[B])) {
    let mut states = [from; 6];
    for (state, block) in states.iter_mut().zip(blocks) {
        compress(state, std::slice::from_ref(block));
    }
    black_box(&states);
}

/// Prints the times, and ours as a share of the others', from medians of rounds in which all take turns.
fn ratios() {
    println!("window 1: medians in ns, and their ratios");
    println!(
        "{:20}{:>10}{:>8}{:>9}{:>8}{:>7}   {:>9}{:>9}{:>9}",
        "", "prepared", "stored", "totp-rs", "bare", "read", "p/totp", "s/totp", "p/bare"
    );
    for hash in HASHES {
        let case = Case::new(hash);
        for (name, typed) in &case.typed {
            let text = typed.reveal();
            let [prepared, stored, totp_rs, bare, read] = medians([
                &|| ignore(case.prepared(typed, Window::DEFAULT)),
                &|| ignore(case.stored(typed, Window::DEFAULT)),
                &|| ignore(case.totp_rs(&text)),
                &|| case.bare(),
                &|| ignore(Code::read(black_box(&text))),
            ]);
            println!(
                "{:20}{prepared:10.0}{stored:8.0}{totp_rs:9.0}{bare:8.0}{read:7.0}   {:9.2}{:9.2}{:9.2}",
                format!("{hash:?} {name}"),
                prepared / totp_rs,
                stored / totp_rs,
                prepared / bare
            );
        }
    }
}

fn ignore<T>(result: T) {
    black_box(&result);
}
