//! The cases: each is set up, and then called a few times inside of [`measured`].

use std::{future::Future, hint::black_box};

use second_factor::{
    FirstFactor, SignIn,
    primitives::{
        algorithm::Algorithm,
        code::Code,
        secret::Secret,
        time::Window,
        totp::{Totp, TotpKey},
    },
};
use second_factor_benches::{Ann, NOW, at_once, compressions};

/// How often each case is called.
pub(crate) const CALLS: u64 = 16;

/// The name of a case, and what runs it.
pub(crate) const CASES: [(&str, fn()); 19] = [
    ("limit/sha1", limit),
    ("totp/sha1/now", || totp(Algorithm::Sha1, Some(0))),
    ("totp/sha1/behind", || totp(Algorithm::Sha1, Some(-1))),
    ("totp/sha1/ahead", || totp(Algorithm::Sha1, Some(1))),
    ("totp/sha1/wrong", || totp(Algorithm::Sha1, None)),
    ("totp/sha256/now", || totp(Algorithm::Sha256, Some(0))),
    ("totp/sha256/wrong", || totp(Algorithm::Sha256, None)),
    ("totp/sha512/now", || totp(Algorithm::Sha512, Some(0))),
    ("totp/sha512/wrong", || totp(Algorithm::Sha512, None)),
    ("totp/prepare", prepare),
    ("totp/base32", base32),
    ("totp/read", read),
    ("sign_in/begin", begin),
    ("sign_in/verify", verify),
    ("sign_in/refuse", refuse),
    ("sign_in/backup_code", backup_code),
    ("sign_in/trusted_browser", trusted_browser),
    ("settings/rename", rename),
    ("settings/status", status),
];

/// Runs the case of this name.
pub(crate) fn run(name: &str) {
    let (_, case) = CASES.iter().find(|(known, _)| *known == name).unwrap();
    case();
}

/// The only place in which instructions are counted.
#[inline(never)]
fn measured<T>(call: impl FnOnce() -> T) -> T {
    call()
}

/// A call over a store in memory, polled once, inside of [`measured`].
fn counted<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    measured(|| at_once(future.as_mut()))
}

fn key(algorithm: Algorithm) -> TotpKey {
    let bytes: Vec<u8> = (1..).take(algorithm.secret_bytes()).collect();
    Totp::new().with_algorithm(algorithm).key(&Secret::from_bytes(&bytes).unwrap())
}

/// A prepared key against the code of a step beside the present one, or a wrong code.
fn totp(algorithm: Algorithm, offset: Option<i8>) {
    let key = key(algorithm);
    let present = key.totp().step_at(NOW).unwrap();
    for call in 0..CALLS {
        let code = match offset {
            Some(offset) => key.code_in(present.offset_by(offset).unwrap()),
            None => Code::read(&format!("{call:06}")).unwrap(),
        };
        let found = measured(|| key.verify(black_box(&code), black_box(NOW), Window::DEFAULT));
        assert_eq!(found.map(|found| found.offset()), offset);
    }
}

/// A key from a stored secret, and its end.
fn prepare() {
    let secret = Secret::from_bytes(&[7; 20]).unwrap();
    for _ in 0..CALLS {
        measured(|| drop(black_box(Totp::new().key(black_box(&secret)))));
    }
}

/// The text of a secret, and the end of that.
fn base32() {
    for _ in 0..CALLS {
        measured(|| drop(Secret::from_base32(black_box("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))));
    }
}

/// The six compressions that three steps cannot do without.
fn limit() {
    for _ in 0..CALLS {
        measured(|| compressions::<6>(Algorithm::Sha1));
    }
}

/// What a person typed.
fn read() {
    for _ in 0..CALLS {
        measured(|| Code::read(black_box("123 456"))).unwrap();
    }
}

fn begin() {
    let ann = Ann::enrolled();
    for _ in 0..CALLS {
        let next =
            counted(ann.verifier.begin(&ann.account, FirstFactor::Password, Some(&ann.known))).unwrap();
        assert!(matches!(next, SignIn::Challenge(_)));
    }
}

fn verify() {
    let ann = Ann::enrolled();
    for _ in 0..CALLS {
        let token = ann.challenge();
        let code = ann.code();
        let signed_in = counted(ann.verifier.verify(&ann.account, &token, &code, None)).unwrap();
        assert!(signed_in.assurance().is_second_factor());
    }
}

fn refuse() {
    let ann = Ann::enrolled();
    for _ in 0..CALLS {
        let token = ann.challenge();
        let wrong = ann.wrong_code();
        assert!(counted(ann.verifier.verify(&ann.account, &token, &wrong, None)).is_err());
        // What was wrong is forgiven, so that no call has to wait.
        drop(at_once(ann.verifier.verify(&ann.account, &token, &ann.code(), None)).unwrap());
    }
}

fn backup_code() {
    let ann = Ann::enrolled();
    for call in 0..CALLS {
        let token = ann.challenge();
        // There are ten; the others are spent, which takes as much.
        let code = &ann.backup_codes[call as usize % ann.backup_codes.len()];
        let outcome = counted(ann.verifier.verify(&ann.account, &token, code, None));
        assert_eq!(outcome.is_ok(), call < 10);
    }
}

fn trusted_browser() {
    let ann = Ann::enrolled();
    for _ in 0..CALLS {
        let next =
            counted(ann.verifier.begin(&ann.account, FirstFactor::Password, Some(&ann.trusted))).unwrap();
        assert!(matches!(next, SignIn::Open(_)));
    }
}

/// Open, decode, decide, encode, seal: the record path, with the least of a decision.
fn rename() {
    let ann = Ann::enrolled();
    let id = ann.authenticator();
    for _ in 0..CALLS {
        counted(ann.verifier.rename_authenticator(&ann.account, id, "Phone")).unwrap();
    }
}

fn status() {
    let ann = Ann::enrolled();
    for _ in 0..CALLS {
        assert!(counted(ann.verifier.status(&ann.account, Some(&ann.known))).unwrap().is_on());
    }
}
