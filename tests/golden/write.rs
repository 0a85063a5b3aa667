//! How the newest file was made: everything that a record can hold, brought about as users would.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use data_encoding::HEXLOWER;
use second_factor::{
    Account, Action, Actor, Authority, Channel, Clock, KeyRing, MemoryStore, NewAuthenticator, Notice,
    Notifier, OneTimeCode, Policy, Proof, Requirement, Reset, Trust, UnixTime, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};

use crate::{account, challenge, dir, policy, user, value, verifier};

const START: UnixTime = UnixTime::from_seconds(1_800_000_000);
const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
/// Of eight digits, so that no six-digit phone shows it.
const WRONG: &str = "00000000";

/// Takes no notice, so that they stay in the record. Keeps the last code.
#[derive(Clone, Default)]
struct Silent(Arc<Mutex<String>>);

impl Notifier for Silent {
    type Error = std::io::Error;

    async fn send_code(&self, _: &UserKey, _: Channel, code: &OneTimeCode) -> std::io::Result<()> {
        code.reveal().clone_into(&mut self.0.lock().unwrap());
        Ok(())
    }

    async fn notify(&self, _: &Notice) -> std::io::Result<()> {
        Err(std::io::Error::other("not now"))
    }
}

struct Scribe {
    verifier: Verifier,
    store: MemoryStore,
    clock: ManualClock,
    notifier: Silent,
    text: String,
}

impl Scribe {
    fn note(&mut self, name: &str, value: &str) {
        writeln!(self.text, "{name} {value}").unwrap();
    }

    /// The row of a user as it is now.
    async fn keep(&mut self, name: &str, prefix: &str) {
        let stored = self.store.load(&user(name)).await.unwrap().unwrap();
        self.note(&format!("{prefix}revision"), &HEXLOWER.encode(stored.revision().as_bytes()));
        self.note(&format!("{prefix}sealed"), &HEXLOWER.encode(stored.sealed()));
    }

    /// Sets up a first authenticator. Its phone, its URI, its backup codes and the browser.
    async fn set_up(&self, account: &Account, name: &str) -> (Phone, String, Vec<String>, String) {
        let new = NewAuthenticator::new("ann@example.com").named(name);
        let enrollment = self.verifier.enroll(account, Authority::OpenSession, &new).await.unwrap();
        let uri = enrollment.uri().to_owned();
        let phone = Phone::scan(&uri);
        let code = phone.code_at(self.clock.now());
        let enrolled = self.verifier.confirm(account, enrollment.token(), &code).await.unwrap();
        let codes = enrolled.backup_codes.unwrap().iter().map(str::to_owned).collect();
        (phone, uri, codes, value(enrolled.signed_in.cookie()))
    }

    /// A fresh code, a step-up.
    async fn proof(&self, account: &Account, phone: &Phone, action: &Action) -> Proof {
        self.clock.advance(MINUTE / 2);
        let challenge = self.verifier.begin_step_up(account, action, None).await.unwrap();
        let code = phone.code_at(self.clock.now());
        self.verifier.step_up(account, challenge.token(), &code).await.unwrap()
    }

    /// A fresh code, and a browser to be trusted.
    async fn trusted(&self, account: &Account, phone: &Phone, label: &str) -> String {
        self.clock.advance(MINUTE / 2);
        let (token, _) = challenge(&self.verifier, account, None).await;
        let code = phone.code_at(self.clock.now());
        let signed_in = self.verifier.verify(account, &token, &code, Some(label)).await.unwrap();
        value(signed_in.cookie())
    }

    async fn wrong(&self, account: &Account, browser: Option<&str>, times: u32) {
        let (token, _) = challenge(&self.verifier, account, browser).await;
        for _ in 0..times {
            assert!(self.verifier.verify(account, &token, WRONG, None).await.is_err());
        }
    }
}

pub(crate) async fn write(name: &str) {
    let keys = KeyRing::generate().unwrap().to_text();
    let (store, clock, notifier) = (MemoryStore::new(), ManualClock::new(START), Silent::default());
    let verifier = verifier(&store, notifier.clone(), &keys, &clock);
    let mut scribe = Scribe { verifier, store, clock, notifier, text: String::new() };
    scribe.note("keys", &keys);
    carol(&mut scribe).await;
    bob(&mut scribe).await;
    ann(&mut scribe).await;
    let mut file =
        fs::File::create_new(dir().join(name).with_extension("txt")).expect("it is never written again");
    file.write_all(scribe.text.as_bytes()).unwrap();
}

/// A hundred failures in a row under the strict profile have disabled her authenticator.
async fn carol(scribe: &mut Scribe) {
    let carol = account("carol", &Policy::nist_strict(Requirement::Optional));
    let (_, _, codes, _) = scribe.set_up(&carol, "Phone").await;
    for _ in 0..100 {
        scribe.clock.advance(HOUR);
        scribe.wrong(&carol, None, 1).await;
    }
    scribe.note("disabled-backup-code", &codes[0]);
    scribe.keep("carol", "disabled-").await;
}

/// He was reset twice, each time with a ticket, of which only the second is good.
async fn bob(scribe: &mut Scribe) {
    let bob = account("bob", &policy());
    let (_, uri, codes, browser) = scribe.set_up(&bob, "Phone").await;
    scribe.note("reset-uri", &uri);
    scribe.note("reset-backup-code", &codes[0]);
    scribe.note("reset-browser", &browser);
    for which in ["reset-old-ticket", "reset-ticket"] {
        let reset = Reset::by(Actor::User(user("admin")), "lost the phone").with_ticket(24 * HOUR);
        let ticket = scribe.verifier.reset(&user("bob"), reset).await.unwrap().unwrap();
        scribe.note(which, ticket.reveal());
    }
    scribe.keep("bob", "reset-").await;
}

/// Everything else, all of it within the five minutes for which a proof and a sent code are good.
async fn ann(scribe: &mut Scribe) {
    let ann = account("42", &policy());
    let never_trusting = account("42", &policy().trusted_devices(Trust::Off));
    let until_sign_out = account("42", &policy().trusted_devices(Trust::UntilSignOut));
    let (phone, uri, codes, known) = scribe.set_up(&ann, "Phone").await;
    scribe.note("uri", &uri);
    scribe.note("added", &scribe.clock.now().seconds().to_string());
    scribe.note("known", &known);

    let proof = scribe.proof(&ann, &phone, &Action::AddAuthenticator).await;
    let new = NewAuthenticator::new("ann@example.com").named("Tablet");
    let enrollment = scribe.verifier.enroll(&ann, Authority::StepUp(&proof), &new).await.unwrap();
    let tablet = Phone::scan(enrollment.uri()).code_at(scribe.clock.now());
    let _more = scribe.verifier.confirm(&ann, enrollment.token(), &tablet).await.unwrap();
    let tablet = scribe.verifier.status(&ann, None).await.unwrap().authenticators()[1].id;

    let laptop = scribe.trusted(&ann, &phone, "Laptop").await;
    let desk = scribe.trusted(&until_sign_out, &phone, "Desk").await;
    scribe.note("laptop", &laptop);
    scribe.note("desk", &desk);

    // Two backup codes are used: one signs in and is tried once more, one shows that they were saved.
    let (token, _) = challenge(&scribe.verifier, &ann, None).await;
    let _session = scribe.verifier.verify(&ann, &token, &codes[0], None).await.unwrap();
    let (token, _) = challenge(&scribe.verifier, &ann, None).await;
    assert!(scribe.verifier.verify(&ann, &token, &codes[0], None).await.is_err());
    assert_eq!(scribe.verifier.prove_saved(&ann, &codes[1]).await.unwrap(), 8);
    scribe.note("backup-codes", &codes.join(" "));

    // One proof open, and one gone into a set-up that is to take the tablet's place.
    let proof = scribe.proof(&ann, &phone, &Action::Host("export".into())).await;
    scribe.note("proof", proof.as_str());
    let proof = scribe.proof(&ann, &phone, &Action::Replace(tablet)).await;
    let new = NewAuthenticator::new("ann@example.com").named("Watch");
    let enrollment = scribe.verifier.enroll(&ann, Authority::StepUp(&proof), &new).await.unwrap();
    scribe.note("pending-uri", enrollment.uri());
    scribe.note("pending", enrollment.token().as_str());

    // Mailed codes: one was used, in the lane of an unknown browser; one waits, in that of a known one, with two of its tries gone.
    let (token, _) = challenge(&scribe.verifier, &ann, None).await;
    scribe.verifier.send(&ann, &token, Channel::Email).await.unwrap();
    let mailed = scribe.notifier.0.lock().unwrap().clone();
    let signed_in = scribe.verifier.verify(&ann, &token, &mailed, None).await.unwrap();
    assert!(signed_in.assurance().is_second_factor());
    scribe.wrong(&never_trusting, Some(&laptop), 2).await;
    let (token, _) = challenge(&scribe.verifier, &never_trusting, Some(&laptop)).await;
    scribe.verifier.send(&never_trusting, &token, Channel::Sms).await.unwrap();
    let texted = scribe.notifier.0.lock().unwrap().clone();
    for _ in 0..2 {
        assert!(scribe.verifier.verify(&ann, &token, WRONG, None).await.is_err());
    }
    scribe.note("sent", token.as_str());
    scribe.note("sent-code", &texted);

    // A wait in the unknown lane, and a replay.
    scribe.clock.advance(MINUTE / 2);
    let (token, _) = challenge(&scribe.verifier, &ann, None).await;
    let last = phone.code_at(scribe.clock.now());
    let _session = scribe.verifier.verify(&ann, &token, &last, None).await.unwrap();
    let (token, _) = challenge(&scribe.verifier, &ann, None).await;
    assert!(scribe.verifier.verify(&ann, &token, &last, None).await.is_err());
    scribe.wrong(&ann, None, 5).await;
    scribe.note("at", &scribe.clock.now().seconds().to_string());
    scribe.keep("42", "").await;
}
