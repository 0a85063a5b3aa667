//! How long other libraries take to check a code, beside second-factor: the same secret of 20 bytes, SHA-1, six digits, a window of ±1.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! ```
//!
//! All take turns within one run, and the medians are divided by ours: on a machine with neighbours the times change, the ratios hardly.
//! "Prepared" is with whatever the library can keep of an authenticator; "from base32" is with nothing but the text of the secret, and
//! includes whatever it makes of that. A wrong code is the one to compare: for a right one most stop at the step that matches, so that their
//! time tells which it was.
//!
//! C's `liboath` takes part where a C compiler and its header are (Debian: `gcc`, `liboath-dev`), in a process of its own next to the others.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../medians.rs"]
mod medians;

use std::{
    env, fs,
    hint::black_box,
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use medians::medians;
use second_factor::primitives::{
    code::Code,
    secret::Secret,
    time::{UnixTime, Window},
    totp::Totp,
};

const BYTES: [u8; 20] = *b"12345678901234567890";
const BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn main() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let key = Totp::new().key(&Secret::from_bytes(&BYTES).unwrap());
    let right = key.code_at(UnixTime::from_seconds(now)).unwrap().reveal().to_string();
    let wrong = wrong(now);
    println!("{:24}{:>12}{:>12}{:>12}{:>12}", "ns", "wrong", "by ours", "right now", "by ours");
    prepared(now, &right, &wrong);
    from_base32(now, &right, &wrong);
    liboath(now, &right, &wrong);
}

/// A code that no step near now has: some of these libraries ask the clock, which goes on.
fn wrong(now: u64) -> String {
    let key = Totp::new().key(&Secret::from_bytes(&BYTES).unwrap());
    let near: Vec<String> = (0..9)
        .map(|step| key.code_at(UnixTime::from_seconds(now - 120 + 30 * step)).unwrap().reveal().to_string())
        .collect();
    ["000000", "111111", "222222"]
        .map(str::to_owned)
        .into_iter()
        .find(|code| !near.contains(code))
        .unwrap_or_default()
}

/// Checks a code that was typed.
type Check<'a> = &'a dyn Fn(&str) -> bool;

fn prepared(now: u64, right: &str, wrong: &str) {
    let ours = Totp::new().key(&Secret::from_bytes(&BYTES).unwrap());
    let totp_rs = totp_rs::Builder::new().with_skew(1).with_secret(BYTES.to_vec()).build().unwrap();
    let rfc = totp_rfc::Totp::default();
    let rfc_secret = totp_rfc::Secret::new(&BYTES).unwrap();
    let libreauth = libreauth::oath::TOTPBuilder::new().key(&BYTES).tolerance(1).finalize().unwrap();
    let slauth = slauth::oath::totp::TOTPBuilder::new().secret(&BYTES).re_sync_parameter(1, 2).build();
    table(
        "prepared",
        right,
        wrong,
        [
            ("second-factor", &|typed| verify(&ours, typed, now)),
            ("totp-rs", &|typed| totp_rs.check(typed, black_box(now)).is_some()),
            ("totp-rfc", &|typed| rfc_matches(&rfc, &rfc_secret, typed, now)),
            ("totp-lite", &|typed| totp_lite(&BYTES, typed, now)),
            ("libreauth", &|typed| libreauth.is_valid(typed)),
            ("slauth", &|typed| black_box(&slauth).clone().verify(typed)),
        ],
    );
}

fn from_base32(now: u64, right: &str, wrong: &str) {
    table(
        "from base32",
        right,
        wrong,
        [
            ("second-factor", &|typed| {
                verify(&Totp::new().key(&Secret::from_base32(black_box(BASE32)).unwrap()), typed, now)
            }),
            ("totp-rs", &|typed| {
                let secret = totp_rs::Secret::try_from_base32(black_box(BASE32)).unwrap();
                let totp = totp_rs::Builder::new().with_skew(1).with_secret(secret).build().unwrap();
                totp.check(typed, black_box(now)).is_some()
            }),
            ("libreauth", &|typed| {
                let key = black_box(BASE32).to_owned();
                libreauth::oath::TOTPBuilder::new()
                    .base32_key(&key)
                    .tolerance(1)
                    .finalize()
                    .unwrap()
                    .is_valid(typed)
            }),
        ],
    );
}

fn verify(key: &second_factor::primitives::totp::TotpKey, typed: &str, now: u64) -> bool {
    let typed = Code::read(typed).unwrap();
    key.verify(&typed, UnixTime::from_seconds(black_box(now)), Window::DEFAULT).is_some()
}

fn rfc_matches(totp: &totp_rfc::Totp, secret: &totp_rfc::Secret<'_>, typed: &str, now: u64) -> bool {
    let window = totp_rfc::ValidationWindow::new(1, 1);
    totp.verify_window(secret, black_box(now), window, typed).unwrap().is_some()
}

/// It makes codes and leaves the comparing to others: here without a word about which step matched, as it should be.
fn totp_lite(secret: &[u8], typed: &str, now: u64) -> bool {
    let code = |at| ::totp_lite::totp_custom::<sha1::Sha1>(30, 6, black_box(secret), at);
    [now - 30, now, now + 30].map(|at| code(at) == typed).contains(&true)
}

/// Prints a row for each; the first is ours.
fn table<const N: usize>(title: &str, right: &str, wrong: &str, checks: [(&str, Check<'_>); N]) {
    println!("{title}");
    for (name, check) in &checks {
        assert!(check(right) && !check(wrong), "{name} does not do what the others do");
    }
    let times = |typed: &str| -> [f64; N] {
        let calls = checks.map(|(_, check)| {
            move || {
                black_box(check(black_box(typed)));
            }
        });
        medians(std::array::from_fn(|place| -> &dyn Fn() { &calls[place] }))
    };
    let (wrong, right) = (times(wrong), times(right));
    let ([our_wrong, ..], [our_right, ..]) = (wrong.as_slice(), right.as_slice()) else { return };
    for ((name, _), (wrong, right)) in checks.iter().zip(wrong.iter().zip(&right)) {
        let (by_wrong, by_right) =
            (format!("x {:.2}", wrong / our_wrong), format!("x {:.2}", right / our_right));
        println!("  {name:22}{wrong:>12.0}{by_wrong:>12}{right:>12.0}{by_right:>12}");
    }
}

/// Compiles the C program beside this file, if that can be done, and lets it print a row.
fn liboath(now: u64, right: &str, wrong: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("liboath.c");
    let program = env::temp_dir().join(format!("second-factor-liboath-{}", std::process::id()));
    let built = Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(&source).arg("-loath").output();
    if !built.is_ok_and(|built| built.status.success()) {
        println!("liboath: left out, for there is no C compiler here, or no liboath-dev");
        return;
    }
    let ran = Command::new(&program).args([&now.to_string(), right, wrong]).output().unwrap();
    print!("{}", String::from_utf8_lossy(&ran.stdout));
    fs::remove_file(&program).unwrap();
}
