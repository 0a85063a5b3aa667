//! Records of every release so far open, for ever: what stands under `tests/golden` was written once and is never written again.
//!
//! A new file is made by `GOLDEN=v2 cargo test --test golden` after the stored form has changed; an existing one is not overwritten.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{collections::HashMap, env, fs, io::Write, path::PathBuf, time::Duration};

use data_encoding::HEXLOWER;
use second_factor::{
    Account, Action, Authority, Channel, Clock, Error, FirstFactor, KeyRing, MemoryStore, NewAuthenticator,
    Notice, Notifier, OneTimeCode, Outbox, Policy, Reason, Requirement, Revision, SignIn, StoredRecord, Swap,
    UnixTime, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};

const START: UnixTime = UnixTime::from_seconds(1_800_000_000);

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn user() -> UserKey {
    UserKey::new("acme", "42")
}

fn ann() -> Account {
    Account::new(user(), b"1", &Policy::new(Requirement::Optional))
}

/// Takes nothing, so that notices stay in the record.
struct Silent;

impl Notifier for Silent {
    type Error = std::io::Error;

    async fn send_code(&self, _: &UserKey, _: Channel, _: &OneTimeCode) -> std::io::Result<()> {
        Ok(())
    }

    async fn notify(&self, _: &Notice) -> std::io::Result<()> {
        Err(std::io::Error::other("not now"))
    }
}

/// Everything that a record can hold, brought about as users would: two authenticators, a third one pending, failures, a replay, a passed
/// challenge, an open proof, undelivered notices.
async fn write(name: &str) {
    let keys = KeyRing::generate().unwrap();
    let ring = keys.to_text();
    let (store, clock) = (MemoryStore::new(), ManualClock::new(START));
    let v =
        Verifier::builder(store.clone(), Silent, keys).issuer("Acme").clock(clock.clone()).build().unwrap();
    let ann = ann();

    let enrollment = v
        .enroll(&ann, Authority::OpenSession, &NewAuthenticator::new("ann@example.com").named("Phone"))
        .await
        .unwrap();
    let uri = enrollment.uri().to_owned();
    let phone = Phone::scan(&uri);
    let _ = v.confirm(&ann, enrollment.token(), &phone.code_at(START)).await.unwrap();

    let mut last = String::new();
    for name in ["Tablet", "Watch"] {
        clock.advance(Duration::from_secs(60));
        let challenge = v.begin_step_up(&ann, &Action::AddAuthenticator, None).await.unwrap();
        last = phone.code_at(clock.now());
        let proof = v.step_up(&ann, challenge.token(), &last).await.unwrap();
        let new = NewAuthenticator::new("ann@example.com").named(name);
        let enrollment = v.enroll(&ann, Authority::StepUp(&proof), &new).await.unwrap();
        if name == "Tablet" {
            let tablet = Phone::scan(enrollment.uri());
            let code = tablet.code_at(clock.now());
            let _ = v.confirm(&ann, enrollment.token(), &code).await.unwrap();
        }
    }
    let SignIn::Challenge(challenge) = v.begin(&ann, FirstFactor::Password, None).await.unwrap() else {
        panic!()
    };
    for _ in 0..3 {
        assert!(v.verify(&ann, challenge.token(), "00000000", None).await.is_err());
    }
    assert!(v.verify(&ann, challenge.token(), &last, None).await.is_err());
    clock.advance(Duration::from_secs(60));
    let challenge = v.begin_step_up(&ann, &Action::AddAuthenticator, None).await.unwrap();
    last = phone.code_at(clock.now());
    v.step_up(&ann, challenge.token(), &last).await.unwrap();
    clock.advance(Duration::from_secs(60));
    let SignIn::Challenge(challenge) = v.begin(&ann, FirstFactor::Password, None).await.unwrap() else {
        panic!()
    };
    last = phone.code_at(clock.now());
    let _ = v.verify(&ann, challenge.token(), &last, None).await.unwrap();

    let stored = store.load(&user()).await.unwrap().unwrap();
    let mut file =
        fs::File::create_new(dir().join(name).with_extension("txt")).expect("it is never written again");
    writeln!(file, "keys {}", *ring).unwrap();
    writeln!(file, "revision {}", HEXLOWER.encode(stored.revision().as_bytes())).unwrap();
    writeln!(file, "sealed {}", HEXLOWER.encode(stored.sealed())).unwrap();
    writeln!(file, "uri {uri}").unwrap();
    writeln!(file, "at {}", clock.now().seconds()).unwrap();
}

/// Opens a file as a user would: the settings page, a replay of the last code, a sign-in with the next one.
async fn read(text: &str) {
    let fields: HashMap<_, _> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    let bytes = |name| HEXLOWER.decode(fields[name].as_bytes()).unwrap();
    let revision = Revision::from_bytes(bytes("revision").try_into().unwrap());
    let at = UnixTime::from_seconds(fields["at"].parse().unwrap());

    let (store, clock, outbox) = (MemoryStore::new(), ManualClock::new(at), Outbox::new());
    let swap =
        store.compare_and_swap(&user(), None, &StoredRecord::new(revision, bytes("sealed"))).await.unwrap();
    assert_eq!(swap, Swap::Done);
    let keys = KeyRing::from_text(fields["keys"]).unwrap();
    let v = Verifier::builder(store.clone(), outbox.clone(), keys)
        .issuer("Acme")
        .clock(clock.clone())
        .build()
        .unwrap();
    let ann = ann();

    let status = v.status(&ann, None).await.unwrap();
    let names: Vec<_> =
        status.authenticators().iter().map(|authenticator| authenticator.name.as_str()).collect();
    assert_eq!(names, ["Phone", "Tablet"]);
    assert_eq!(status.authenticators()[0].added_at, START);
    assert_eq!(status.authenticators()[0].last_used_at, at);

    let phone = Phone::scan(fields["uri"]);
    let SignIn::Challenge(challenge) = v.begin(&ann, FirstFactor::Password, None).await.unwrap() else {
        panic!("enrolled")
    };
    match v.verify(&ann, challenge.token(), &phone.code_at(at), None).await {
        Err(Error::Rejected(refused)) => assert_eq!(refused.reason(), Reason::Replayed),
        other => panic!("a spent code stays spent: {other:?}"),
    }
    let signed_in = v.verify(&ann, challenge.token(), &phone.code_at(at.plus(30)), None).await.unwrap();
    assert!(signed_in.assurance().is_second_factor());

    v.deliver_pending(&user()).await.unwrap();
    assert_eq!(outbox.notices().len(), 2, "Enabled, and AuthenticatorAdded, kept since then");
    let rewritten = store.load(&user()).await.unwrap().unwrap();
    assert_eq!(rewritten.summary().pending_notices, 0);
}

#[tokio::test]
async fn records_of_every_release_open() {
    if let Ok(name) = env::var("GOLDEN") {
        write(&name).await;
    }
    let mut files = 0;
    for file in fs::read_dir(dir()).unwrap() {
        let path = file.unwrap().path();
        println!("{}", path.display());
        read(&fs::read_to_string(&path).unwrap()).await;
        files += 1;
    }
    assert!(files >= 1, "there is one file for each stored form so far");
}
