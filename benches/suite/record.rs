//! What a verification does to a record between load and swap: open (decrypt, decode), decide (a right code of its first authenticator), seal
//! (encode, encrypt).

use std::{io, rc::Rc};

use second_factor::{
    Account, Actor, Authority, Channel, Clock, FirstFactor, Import, MemoryStore, NewAuthenticator, Notice,
    Notifier, OneTimeCode, Policy, Requirement, SignIn, Trust, UnixTime, UserKey, UserStore, Verifier,
    primitives::{algorithm::Algorithm, secret::Secret, totp::Totp},
    testing::{ManualClock, Phone, Stages},
};
use second_factor_benches::{Ann, NOW, at_once, medians};

use crate::{
    case::{Case, ignore},
    table::{Row, rows},
};

const DAY: u64 = 24 * 60 * 60;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in [Subject::plain(), Subject::full()] {
        let (name, it) = (subject.name, Rc::new(subject));
        let [open, opening, decide, seal, whole] = [(); 5].map(|()| it.clone());
        let record = it.stages.open();
        cases.push(Case::new(format!("{name}/open"), move || open.stages.open()));
        cases.push(Case::using(
            format!("{name}/decide"),
            move || opening.stages.open(),
            move |record| decide.stages.decide(record, &decide.code, decide.now),
        ));
        cases.push(Case::new(format!("{name}/seal"), move || seal.stages.seal(&record)));
        cases.push(Case::new(format!("{name}/all three"), move || whole.all_three()));
    }
    cases
}

pub fn table() {
    for it in [Subject::plain(), Subject::full()] {
        let record = it.stages.open();
        let [open, with_decision, seal, whole] = medians(
            201,
            50,
            [
                &|| ignore(it.stages.open()),
                &|| ignore(it.stages.decide(it.stages.open(), &it.code, it.now)),
                &|| ignore(it.stages.seal(&record)),
                &|| ignore(it.all_three()),
            ],
        );
        let row = |what, ns| Row { what, ns, ratios: vec![Some(ns / whole)] };
        rows(
            &format!("A {} record, {} bytes", it.name, it.stages.stored().sealed().len()),
            &["all three"],
            &[
                row("open", open),
                row("decide", with_decision - open),
                row("seal", seal),
                row("all three", whole),
            ],
        );
    }
}

/// A record, and a code that it would accept.
struct Subject {
    name: &'static str,
    stages: Stages,
    code: String,
    now: UnixTime,
}

impl Subject {
    /// One authenticator, ten backup codes, two browsers.
    fn plain() -> Self {
        let ann = Ann::enrolled();
        let now = ann.clock.now().plus(DAY);
        Self::new("plain", &ann.store, ann.account, &ann.phone, now)
    }

    /// Five authenticators, ten backup codes, ten browsers, and as many notices as may wait.
    fn full() -> Self {
        let (clock, store) = (ManualClock::new(NOW), MemoryStore::new());
        let verifier = Verifier::builder(store.clone(), NobodyListens, Ann::keys()).issuer("Acme");
        let verifier = verifier.clock(clock.clone()).build().unwrap();
        let policy = Policy::new(Requirement::Optional).trusted_devices(Trust::UntilSignOut);
        let account = Account::new(UserKey::new("acme", "43"), b"stamp", &policy);
        let new = NewAuthenticator::new("bea@example.com").named("Telephone");
        let enrollment = at_once(verifier.enroll(&account, Authority::OpenSession, &new)).unwrap();
        let phone = Phone::scan(enrollment.uri());
        drop(at_once(verifier.confirm(&account, enrollment.token(), &phone.code_at(NOW))).unwrap());
        let by = Actor::Operator("migration".into());
        for name in ["Tablet", "Hardware token", "Old telephone", "Password manager"] {
            let secret = Secret::generate(Algorithm::Sha1).unwrap();
            let import = Import::from_secret(secret, Totp::new()).named(name);
            at_once(verifier.import(account.user(), import, &by)).unwrap();
        }
        // Of eleven browsers that of the set-up is forgotten.
        for browser in 1..=10 {
            clock.set(clock.now().plus(DAY));
            let next = at_once(verifier.begin(&account, FirstFactor::Password, None)).unwrap();
            let SignIn::Challenge(challenge) = next else { panic!("an unknown browser is asked") };
            let (code, label) = (phone.code_at(clock.now()), format!("Browser {browser} on Linux"));
            drop(at_once(verifier.verify(&account, challenge.token(), &code, Some(&label))).unwrap());
        }
        let status = at_once(verifier.status(&account, None)).unwrap();
        assert_eq!((status.authenticators().len(), status.known_browsers().len()), (5, 10));
        Self::new("full", &store, account, &phone, clock.now().plus(DAY))
    }

    fn new(name: &'static str, store: &MemoryStore, account: Account, phone: &Phone, now: UnixTime) -> Self {
        let stored = at_once(store.load(account.user())).unwrap().unwrap();
        if name == "full" {
            assert_eq!(stored.summary().pending_notices, 16);
        }
        Self { name, stages: Stages::new(Ann::keys(), account, stored), code: phone.code_at(now), now }
    }

    fn all_three(&self) -> second_factor::StoredRecord {
        self.stages.seal(&self.stages.decide(self.stages.open(), &self.code, self.now))
    }
}

/// Accepts no notice, so that all of them wait in the record.
struct NobodyListens;

impl Notifier for NobodyListens {
    type Error = io::Error;

    async fn send_code(&self, _to: &UserKey, _channel: Channel, _code: &OneTimeCode) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }

    async fn notify(&self, _notice: &Notice) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }
}
