//! A code against a window: every hash, right and wrong codes, with a key prepared before, from the bytes of the secret as a record has them,
//! and from its text in base32. Whatever is prepared for a call is wiped in it.
//!
//! A wrong code is the one to compare with totp-rs: both compute three steps. For a right one totp-rs stops at the first that matches, so that
//! its time tells which it was. It keys its HMAC anew for each step, so that it needs twelve compressions where a prepared key needs six
//! and a secret eight.
//!
//! HMAC cannot reach the bare compressions, for an outer hash has to wait for its inner one. Hence the choice of stages: all inner blocks are
//! written, then compressed, then all outer blocks; inside of a stage the processor overlaps them. SHA-512 has no instructions of its
//! own on most machines, so everything else vanishes beside it.

use std::{hint::black_box, rc::Rc};

use second_factor::{
    UnixTime,
    primitives::{
        algorithm::Algorithm,
        code::Code,
        secret::Secret,
        time::Window,
        totp::{Totp, TotpKey},
    },
    testing::clock_hint,
};
use second_factor_benches::{NOW, compressions, medians};

use crate::{
    case::{Case, ignore},
    limit::{EIGHT, FORTY_TWO, SIX},
    table::{Row, rows},
};

const HASHES: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
/// Where the code is found in the window, and how far that is from now, in seconds.
const PLACES: [(&str, Option<i64>); 4] =
    [("now", Some(0)), ("behind", Some(-30)), ("ahead", Some(30)), ("wrong", None)];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for hash in HASHES {
        let of = Rc::new(Authenticator::new(hash));
        for (place, seconds) in PLACES {
            for reach in 0..=2 {
                let (it, code, window) = (of.clone(), of.code(seconds), Window::new(reach, reach).unwrap());
                let prepared = move || it.prepared(&code, window);
                cases.push(Case::new(format!("{hash:?}/{place}/prepared/±{reach}"), prepared));
            }
            let (it, code) = (of.clone(), of.code(seconds));
            let from_bytes = move || it.with_bytes(&code);
            cases.push(Case::new(format!("{hash:?}/{place}/from bytes/±1"), from_bytes));
            let (it, code) = (of.clone(), of.code(seconds));
            let from_base32 = move || it.with_base32(&code);
            cases.push(Case::new(format!("{hash:?}/{place}/from base32/±1"), from_base32));
        }
    }
    let of = Authenticator::new(Algorithm::Sha1);
    let code = of.code(None);
    cases.push(Case::new("Sha1/wrong/hint of a set-up/±20", move || of.hint(&code)));
    cases
}

/// An authenticator, in all the forms in which somebody may have it.
struct Authenticator {
    hash: Algorithm,
    secret: Secret,
    text: String,
    key: TotpKey,
    totp_rs: totp_rs::Totp,
}

impl Authenticator {
    fn new(hash: Algorithm) -> Self {
        let bytes: Vec<u8> = (1..).take(hash.secret_bytes()).collect();
        let secret = Secret::from_bytes(&bytes).unwrap();
        let text = secret.to_base32().to_string();
        let key = Totp::new().with_algorithm(hash).key(&secret);
        let it = Self { hash, secret, key, totp_rs: totp_rs(hash, totp_rs_secret(&text)), text };
        for (place, seconds) in PLACES {
            let (code, typed) = (it.code(seconds), it.code(seconds).reveal());
            let right = seconds.is_some();
            let ours = [it.prepared(&code, Window::DEFAULT), it.with_bytes(&code), it.with_base32(&code)];
            let theirs = [it.totp_rs(&typed), it.totp_rs_from_base32(&typed)];
            assert!(ours.iter().chain(&theirs).all(|found| *found == right), "{hash:?}, {place}");
        }
        it
    }

    /// The code of a moment beside now, or one that no window knows.
    fn code(&self, seconds: Option<i64>) -> Code {
        if let Some(seconds) = seconds {
            return self
                .key
                .code_at(UnixTime::from_seconds(NOW.seconds().strict_add_signed(seconds)))
                .unwrap();
        }
        let wrong = ["000000", "111111", "222222"].map(|code| Code::read(code).unwrap());
        let unknown = |code: &Code| clock_hint(&self.key, code, NOW).is_none();
        wrong.into_iter().find(unknown).unwrap()
    }

    fn prepared(&self, code: &Code, window: Window) -> bool {
        verify(black_box(&self.key), code, window)
    }

    /// As for a secret that comes from a store.
    fn with_bytes(&self, code: &Code) -> bool {
        let key = Totp::new().with_algorithm(black_box(self.hash)).key(black_box(&self.secret));
        verify(&key, code, Window::DEFAULT)
    }

    fn with_base32(&self, code: &Code) -> bool {
        let secret = Secret::from_base32(black_box(&self.text)).unwrap();
        verify(&Totp::new().with_algorithm(black_box(self.hash)).key(&secret), code, Window::DEFAULT)
    }

    /// Ten steps to either side twice: all that a set-up searches for its hint about the phone's clock.
    fn hint(&self, code: &Code) -> bool {
        clock_hint(black_box(&self.key), black_box(code), black_box(NOW)).is_some()
    }

    fn totp_rs(&self, typed: &str) -> bool {
        black_box(&self.totp_rs).check(black_box(typed), black_box(NOW.seconds())).is_some()
    }

    fn totp_rs_from_base32(&self, typed: &str) -> bool {
        totp_rs(self.hash, totp_rs_secret(black_box(&self.text)))
            .check(black_box(typed), black_box(NOW.seconds()))
            .is_some()
    }
}

fn verify(key: &TotpKey, code: &Code, window: Window) -> bool {
    key.verify(black_box(code), black_box(NOW), black_box(window)).is_some()
}

fn totp_rs_secret(text: &str) -> totp_rs::Secret {
    totp_rs::Secret::try_from_base32(text).unwrap()
}

fn totp_rs(hash: Algorithm, secret: totp_rs::Secret) -> totp_rs::Totp {
    let hash = match hash {
        Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
        Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
        Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
    };
    totp_rs::Builder::new().with_algorithm(hash).with_skew(1).with_secret(secret).build().unwrap()
}

/// Prints our times beside the limit and beside totp-rs, hash by hash.
pub fn table() {
    for hash in HASHES {
        let it = Authenticator::new(hash);
        let [now, behind, ahead, wrong] = PLACES.map(|(_, seconds)| it.code(seconds));
        let typed = wrong.reveal();
        let window = Window::DEFAULT;
        let [p_now, p_behind, p_ahead, p_wrong, bytes, base32, hint, six, eight, many, rs, rs_base32] =
            medians(
                301,
                500,
                [
                    &|| ignore(it.prepared(&now, window)),
                    &|| ignore(it.prepared(&behind, window)),
                    &|| ignore(it.prepared(&ahead, window)),
                    &|| ignore(it.prepared(&wrong, window)),
                    &|| ignore(it.with_bytes(&wrong)),
                    &|| ignore(it.with_base32(&wrong)),
                    &|| ignore(it.hint(&wrong)),
                    &|| compressions::<SIX>(hash),
                    &|| compressions::<EIGHT>(hash),
                    &|| compressions::<FORTY_TWO>(hash),
                    &|| ignore(it.totp_rs(&typed)),
                    &|| ignore(it.totp_rs_from_base32(&typed)),
                ],
            );
        let many = 2.0 * many;
        let row = |what, ns, bare, theirs| Row { what, ns, ratios: vec![Some(ns / bare), theirs] };
        rows(
            &format!("{hash:?}, one step to either side"),
            &["compressions", "totp-rs"],
            &[
                row("wrong code, key prepared", p_wrong, six, Some(p_wrong / rs)),
                row("wrong code, from bytes", bytes, eight, Some(bytes / rs)),
                row("wrong code, from base32", base32, eight, Some(base32 / rs_base32)),
                row("right code, now, key prepared", p_now, six, None),
                row("right code, behind, key prepared", p_behind, six, None),
                row("right code, ahead, key prepared", p_ahead, six, None),
                row("hint of a set-up, 41 steps", hint, many, None),
            ],
        );
        let all = [p_now, p_behind, p_ahead, p_wrong];
        let (least, most) =
            (all.iter().fold(f64::MAX, |a, b| a.min(*b)), all.iter().fold(0.0, |a: f64, b| a.max(*b)));
        println!("  right and wrong are {:.1} % apart", (most / least - 1.0) * 100.0);
    }
}
