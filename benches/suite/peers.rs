//! How long other libraries take to check a code: the same secret of 20 bytes, SHA-1, six digits, one step to either side.
//!
//! "Prepared" is with whatever the library can keep of an authenticator; "from base32" is with nothing but the text of the secret, and
//! includes whatever it makes of that. A wrong code is the one to compare: for a right one most stop at the step that matches, so that their
//! time tells which it was.
//!
//! C's `liboath` takes part where a C compiler and its header are (Debian: `gcc`, `liboath-dev`), in a process of its own next to the others.
//! Cargo builds hmac and sha1 once, with the `zeroize` that second-factor turns on: without it, totp-rs is some 5 % faster.
#![allow(clippy::disallowed_methods, reason = "some of these libraries ask the clock, which goes on")]

use std::{
    env, fs,
    hint::black_box,
    path::Path,
    process::{self, Command},
    rc::Rc,
    time::{SystemTime, UNIX_EPOCH},
};

use second_factor::{
    UnixTime,
    primitives::{
        code::Code,
        secret::Secret,
        time::Window,
        totp::{Totp, TotpKey},
    },
};
use second_factor_benches::medians;

use crate::case::{Case, ignore};

const BYTES: [u8; 20] = *b"12345678901234567890";
const BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Checks a code that was typed.
type Check = Box<dyn Fn(&str) -> bool>;

pub fn cases() -> Vec<Case> {
    let codes = Codes::now();
    let mut cases = Vec::new();
    for (kind, checks) in
        [("prepared", Vec::from(prepared(codes.now))), ("from base32", Vec::from(from_base32(codes.now)))]
    {
        for (name, check) in checks {
            let check = Rc::new(check);
            for (what, code) in [("wrong", &codes.wrong), ("now", &codes.right)] {
                let (check, code) = (check.clone(), code.clone());
                cases.push(Case::new(format!("{name}/{kind}/{what}"), move || check(black_box(&code))));
            }
        }
    }
    cases
}

pub fn table() {
    let codes = Codes::now();
    println!("\nOther libraries: SHA-1, one step to either side");
    println!("{:24}{:>10}{:>10}{:>12}{:>10}", "", "wrong, ns", ": ours", "right, ns", ": ours");
    print_rows("prepared", &codes, prepared(codes.now));
    print_rows("from base32", &codes, from_base32(codes.now));
    liboath(&codes);
}

struct Codes {
    now: u64,
    right: String,
    /// One that no step near now has.
    wrong: String,
}

impl Codes {
    fn now() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let key = Totp::new().key(&Secret::from_bytes(&BYTES).unwrap());
        let shown = |at| key.code_at(UnixTime::from_seconds(at)).unwrap().reveal();
        let near: Vec<String> = (0..40).map(|step| shown(now - 600 + 30 * step)).collect();
        let wrong = (0..).map(|code| format!("{code:06}")).find(|code| !near.contains(code)).unwrap();
        Self { now, right: shown(now), wrong }
    }
}

/// With what each can keep of an authenticator. Ours comes first.
fn prepared(now: u64) -> [(&'static str, Check); 6] {
    let ours = Totp::new().key(&Secret::from_bytes(&BYTES).unwrap());
    let totp_rs = totp_rs::Builder::new().with_skew(1).with_secret(BYTES.to_vec()).build().unwrap();
    let rfc = totp_rfc::Totp::default();
    let libreauth = libreauth::oath::TOTPBuilder::new().key(&BYTES).tolerance(1).finalize().unwrap();
    let slauth = slauth::oath::totp::TOTPBuilder::new().secret(&BYTES).re_sync_parameter(1, 2).build();
    [
        ("second-factor", Box::new(move |typed| verify(&ours, typed, now))),
        ("totp-rs", Box::new(move |typed| totp_rs.check(typed, black_box(now)).is_some())),
        (
            "totp-rfc",
            Box::new(move |typed| {
                let secret = totp_rfc::Secret::new(&BYTES).unwrap();
                let window = totp_rfc::ValidationWindow::new(1, 1);
                rfc.verify_window(&secret, black_box(now), window, typed).unwrap().is_some()
            }),
        ),
        ("totp-lite", Box::new(move |typed| totp_lite(&BYTES, typed, now))),
        ("libreauth", Box::new(move |typed| libreauth.is_valid(typed))),
        ("slauth", Box::new(move |typed| black_box(&slauth).clone().verify(typed))),
    ]
}

/// With nothing but the text of the secret. Ours comes first.
fn from_base32(now: u64) -> [(&'static str, Check); 3] {
    [
        (
            "second-factor",
            Box::new(move |typed| {
                verify(&Totp::new().key(&Secret::from_base32(black_box(BASE32)).unwrap()), typed, now)
            }),
        ),
        (
            "totp-rs",
            Box::new(move |typed| {
                let secret = totp_rs::Secret::try_from_base32(black_box(BASE32)).unwrap();
                let totp = totp_rs::Builder::new().with_skew(1).with_secret(secret).build().unwrap();
                totp.check(typed, black_box(now)).is_some()
            }),
        ),
        (
            "libreauth",
            Box::new(move |typed| {
                let key = black_box(BASE32).to_owned();
                let totp = libreauth::oath::TOTPBuilder::new().base32_key(&key).tolerance(1).finalize();
                totp.unwrap().is_valid(typed)
            }),
        ),
    ]
}

fn verify(key: &TotpKey, typed: &str, now: u64) -> bool {
    let typed = Code::read(typed).unwrap();
    key.verify(&typed, UnixTime::from_seconds(black_box(now)), Window::DEFAULT).is_some()
}

/// It makes codes and leaves the comparing to others: here without a word about which step matched, as it should be.
fn totp_lite(secret: &[u8], typed: &str, now: u64) -> bool {
    let code = |at| ::totp_lite::totp_custom::<totp_lite_sha1::Sha1>(30, 6, black_box(secret), at);
    [now - 30, now, now + 30].map(|at| code(at) == typed).contains(&true)
}

fn print_rows<const N: usize>(kind: &str, codes: &Codes, checks: [(&'static str, Check); N]) {
    println!("{kind}");
    for (name, check) in &checks {
        assert!(check(&codes.right) && !check(&codes.wrong), "{name} does not do what the others do");
    }
    let times = |typed: &str| -> [f64; N] {
        let calls = checks.each_ref().map(|(_, check)| move || ignore(check(black_box(typed))));
        medians(301, 300, std::array::from_fn(|place| -> &dyn Fn() { &calls[place] }))
    };
    let (wrong, right) = (times(&codes.wrong), times(&codes.right));
    for (place, (name, _)) in checks.iter().enumerate() {
        println!(
            "  {name:22}{:>10.0}{:>10.2}{:>12.0}{:>10.2}",
            wrong[place],
            wrong[place] / wrong[0],
            right[place],
            right[place] / right[0]
        );
    }
}

/// Compiles the C program beside the suite, if that can be done, and lets it print a row.
fn liboath(codes: &Codes) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("liboath.c");
    let program = env::temp_dir().join(format!("second-factor-liboath-{}", process::id()));
    let built = Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(&source).arg("-loath").output();
    if !built.is_ok_and(|built| built.status.success()) {
        println!("liboath: left out, for there is no C compiler here, or no liboath-dev");
        return;
    }
    let ran =
        Command::new(&program).args([&codes.now.to_string(), &codes.right, &codes.wrong]).output().unwrap();
    print!("{}", String::from_utf8_lossy(&ran.stdout));
    fs::remove_file(&program).unwrap();
}
