//! Records of every release so far open, for ever: what stands under `tests/golden` was written once and is never written again.
//!
//! A new file is made by `GOLDEN=v5 cargo test --test golden` after the stored form has changed; an existing one is not overwritten.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "golden/read.rs"]
mod read;
#[path = "golden/write.rs"]
mod write;

use std::{collections::HashMap, env, fs, path::PathBuf};

use data_encoding::HEXLOWER;
use second_factor::{
    Account, Channel, DeviceCookie, Factor, FirstFactor, KeyRing, Notifier, OneTimeCodes, Policy,
    Requirement, SignIn, Token, Trust, TrustDays, UnixTime, UserKey, UserStore, Verifier,
    testing::ManualClock,
};

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The lines of a file: a name and what it stands for.
struct Fields<'a>(HashMap<&'a str, &'a str>);

impl<'a> Fields<'a> {
    fn of(text: &'a str) -> Self {
        Self(text.lines().filter_map(|line| line.split_once(' ')).collect())
    }

    fn text(&self, name: &str) -> &'a str {
        self.0.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        HEXLOWER.decode(self.text(name).as_bytes()).unwrap()
    }

    fn time(&self, name: &str) -> UnixTime {
        UnixTime::from_seconds(self.text(name).parse().unwrap())
    }
}

fn user(name: &str) -> UserKey {
    UserKey::new("acme", name)
}

/// A policy that offers everything there is.
fn policy() -> Policy {
    Policy::new(Requirement::Optional)
        .allow(Factor::OneTimeCode(Channel::Email))
        .allow(Factor::OneTimeCode(Channel::Sms))
        .one_time_codes(OneTimeCodes::Always)
        .trusted_devices(Trust::Days(TrustDays::DEFAULT))
        .viewable_backup_codes(true)
}

fn account(name: &str, policy: &Policy) -> Account {
    Account::new(user(name), b"1", policy).reachable_by(Channel::Email).reachable_by(Channel::Sms)
}

fn verifier(store: &impl Handle, notifier: impl Notifier, keys: &str, clock: &ManualClock) -> Verifier {
    let keys = KeyRing::from_text(keys).unwrap();
    let builder = Verifier::builder(store.clone(), notifier, keys).issuer("Acme").clock(clock.clone());
    builder.build().unwrap()
}

trait Handle: UserStore + Clone {}
impl<S: UserStore + Clone> Handle for S {}

/// The challenge of a sign-in that is asked for a code, and whether it has to wait for it.
async fn challenge(
    verifier: &Verifier,
    account: &Account,
    browser: Option<&str>,
) -> (Token, Option<UnixTime>) {
    match verifier.begin(account, FirstFactor::Password, browser).await.unwrap() {
        SignIn::Challenge(challenge) => (challenge.token().clone(), challenge.retry_at()),
        other => panic!("no code was asked for: {other:?}"),
    }
}

/// What the browser brings back.
fn value(cookie: Option<&DeviceCookie>) -> String {
    let header = cookie.expect("a cookie").header();
    header.split_once('=').unwrap().1.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn records_of_every_release_open() {
    if let Ok(name) = env::var("GOLDEN") {
        write::write(&name).await;
    }
    let mut names = Vec::new();
    for file in fs::read_dir(dir()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        println!("{}", path.display());
        let (name, text) =
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap());
        match name.as_str() {
            "v1" => read::v1(&Fields::of(&text)).await,
            _ => read::v2(&Fields::of(&text)).await,
        }
        names.push(name);
    }
    names.sort();
    assert_eq!(names, ["v1", "v2", "v3", "v4"], "there is one file for each stored form so far");
}
