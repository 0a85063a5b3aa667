//! What a call takes from the heap, and how large it is while it waits for the store: bounds that a change must not pass unnoticed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use allocation_counter::{AllocationInfo, measure};
use second_factor::{
    Account, AuthenticatorId, Authority, Clock, DeviceCookie, FirstFactor, KeyRing, MemoryStore,
    NewAuthenticator, Outbox, Policy, Requirement, SignIn, Token, UnixTime, UserKey, Verifier,
    primitives::{code::Code, secret::Secret, time::Window, totp::Totp},
    testing::{ManualClock, Phone},
};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// A plain record: one authenticator, ten backup codes, one browser.
struct Ann {
    verifier: Verifier,
    clock: ManualClock,
    account: Account,
    phone: Phone,
    browser: String,
    phone_id: AuthenticatorId,
}

impl Ann {
    async fn enrolled() -> Self {
        let clock = ManualClock::new(NOW);
        let builder = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate().unwrap());
        let verifier = builder.issuer("Acme").clock(clock.clone()).build().unwrap();
        let account = Account::new(UserKey::new("acme", "42"), b"stamp", &Policy::new(Requirement::Optional));
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let enrolled = verifier.confirm(&account, enrollment.token(), &phone.code_at(NOW)).await.unwrap();
        let browser = value(enrolled.signed_in.cookie());
        let status = verifier.status(&account, None).await.unwrap();
        let phone_id = status.authenticators().first().unwrap().id;
        clock.set(NOW.plus(30));
        Self { verifier, clock, account, phone, browser, phone_id }
    }

    fn begin(&self) -> impl Future<Output = second_factor::Result<SignIn>> {
        self.verifier.begin(&self.account, FirstFactor::Password, Some(&self.browser))
    }

    async fn challenge(&self) -> Token {
        let SignIn::Challenge(challenge) = self.begin().await.unwrap() else { panic!("Ann is asked") };
        challenge.token().clone()
    }
}

fn value(cookie: Option<&DeviceCookie>) -> String {
    let (_, value) = cookie.unwrap().header().split_once('=').unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// What a call allocates that waits for nobody, as over a store in memory, and what it yields.
fn allocations<T>(call: impl Future<Output = T>) -> (u64, T) {
    let (taken, yielded) = taken(call);
    (taken.count_total, yielded)
}

fn taken<T>(call: impl Future<Output = T>) -> (AllocationInfo, T) {
    let mut call = pin!(call);
    let mut yielded = None;
    let taken = measure(|| {
        if let Poll::Ready(value) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            yielded = Some(value);
        }
    });
    (taken, yielded.unwrap())
}

#[test]
fn checking_a_code_allocates_nothing() {
    let key = Totp::new().key(&Secret::from_bytes(&[7; 20]).unwrap());
    let right = key.code_at(NOW).unwrap().reveal().to_string();
    for typed in [right.as_str(), "000000"] {
        let taken = measure(|| {
            let typed = Code::read(typed).unwrap();
            assert_eq!(key.verify(&typed, NOW, Window::DEFAULT).is_some(), typed.reveal() == right);
        });
        // The text that `reveal` makes for this test is one.
        assert_eq!(taken.count_total, 1);
    }
    let preparing = measure(|| drop(Totp::new().key(&Secret::from_bytes(&[7; 20]).unwrap())));
    assert_eq!(preparing.count_total, 2, "the secret, and the key in a place that does not move");
}

/// The store's own copies of the record are among them.
#[tokio::test]
async fn a_call_allocates_no_more_than_it_did() {
    let ann = Ann::enrolled().await;
    let (begin, next) = allocations(ann.begin());
    assert!(matches!(next, Ok(SignIn::Challenge(_))));
    let token = ann.challenge().await;
    let (refuse, refused) = allocations(ann.verifier.verify(&ann.account, &token, "000000", None));
    assert!(refused.is_err());
    let code = ann.phone.code_at(ann.clock.now());
    let (verify, signed_in) = allocations(ann.verifier.verify(&ann.account, &token, &code, None));
    assert!(signed_in.is_ok());
    let (rename, renamed) =
        allocations(ann.verifier.rename_authenticator(&ann.account, ann.phone_id, "Phone"));
    assert!(renamed.is_ok());
    let taken = [begin, refuse, verify, rename];
    let bounds = [21, 28, 36, 24];
    assert!(taken.iter().zip(bounds).all(|(taken, bound)| *taken <= bound), "{taken:?}, not {bounds:?}");
}

/// While it waits for the store, a call is a value of this size, beside the record that it has read.
#[tokio::test]
async fn a_call_in_flight_is_small() {
    let ann = Ann::enrolled().await;
    let token = ann.challenge().await;
    let begin = size_of_val(&ann.begin());
    let verify = size_of_val(&ann.verifier.verify(&ann.account, &token, "000000", None));
    assert!(begin <= 5 * 1024 && verify <= 5 * 1024, "{begin} and {verify} bytes");
}

/// The most that a call has from the heap at one time, the store's own copies of the record included.
#[tokio::test]
async fn a_call_in_flight_holds_little_of_the_heap() {
    let ann = Ann::enrolled().await;
    let (begin, next) = taken(ann.begin());
    assert!(next.is_ok());
    let token = ann.challenge().await;
    let code = ann.phone.code_at(ann.clock.now());
    let (verify, signed_in) = taken(ann.verifier.verify(&ann.account, &token, &code, None));
    assert!(signed_in.is_ok());
    let most = [begin.bytes_max, verify.bytes_max];
    assert!(most[0] <= 2 * 1024 && most[1] <= 6 * 1024, "{most:?} bytes");
}

/// A verifier is made once; clones share it.
#[test]
fn a_verifier_is_small() {
    let mut verifier = None;
    let built = measure(|| {
        let builder = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate().unwrap());
        verifier = builder.issuer("Acme").build().ok();
    });
    assert!(built.bytes_current <= 512, "{} bytes", built.bytes_current);
    let cloned = measure(|| drop(verifier.clone()));
    assert_eq!(cloned.count_total, 0, "a clone is another handle");
}
