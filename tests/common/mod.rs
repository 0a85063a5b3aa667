//! A small world to test in from the outside: a verifier, a store that can be made to fail, a clock, phones.
#![allow(dead_code, reason = "each test crate uses a part of it")]

pub(crate) mod ceremonies;
pub(crate) mod store;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use second_factor::{
    Account, Action, Actor, Assurance, Authority, Because, Clock, Enrolled, Enrollment, Error, Event,
    FirstFactor, KeyRing, NewAuthenticator, Outbox, Policy, Proof, Reason, Requirement, Result, SignIn,
    SignedIn, StoredRecord, Token, Unavailable, UnixTime, UserKey, Verifier,
    testing::{ManualClock, Phone},
};

use self::store::Watched;

/// The length of a time step in seconds.
pub(crate) const STEP: u64 = 30;
/// The length of a day in seconds.
pub(crate) const DAY: u64 = 86_400;
/// When every world begins: the first second of a step.
pub(crate) const START: UnixTime = UnixTime::from_seconds(1_760_000_010);

/// Somebody who does something to others.
pub(crate) fn operator(name: &str) -> Actor {
    Actor::Operator(name.into())
}

/// A service with a second factor: one store, one clock, as many verifiers as one likes.
pub(crate) struct World {
    pub(crate) verifier: Verifier,
    pub(crate) store: Watched,
    pub(crate) clock: ManualClock,
    pub(crate) outbox: Outbox,
    pub(crate) audit: Arc<Mutex<Vec<Event>>>,
    pub(crate) keys: String,
    pub(crate) policy: Policy,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Policy::new(Requirement::Optional))
    }

    pub(crate) fn with(policy: Policy) -> Self {
        let (store, clock, outbox) = (Watched::new(), ManualClock::new(START), Outbox::new());
        let audit = Arc::<Mutex<Vec<Event>>>::default();
        let keys = KeyRing::generate().unwrap().to_text().to_string();
        let verifier = build(&store, &clock, &outbox, &audit, &keys);
        Self { verifier, store, clock, outbox, audit, keys, policy }
    }

    /// Another process on the same store, under these keys.
    pub(crate) fn process_with(&self, keys: &str) -> Verifier {
        build(&self.store, &self.clock, &self.outbox, &self.audit, keys)
    }

    /// Another process on the same store, under the same keys.
    pub(crate) fn process(&self) -> Verifier {
        self.process_with(&self.keys)
    }

    /// The same world after a restart with other keys.
    pub(crate) fn restarted_with(&self, keys: &str) -> Self {
        Self {
            verifier: self.process_with(keys),
            store: self.store.clone(),
            clock: self.clock.clone(),
            outbox: self.outbox.clone(),
            audit: self.audit.clone(),
            keys: keys.into(),
            policy: self.policy.clone(),
        }
    }

    /// The text of these keys with a new primary in front.
    pub(crate) fn rotated_keys(&self) -> String {
        KeyRing::from_text(&self.keys).unwrap().rotate().unwrap().to_text().to_string()
    }

    pub(crate) fn account(&self, user: &str) -> Account {
        Account::new(key(user), "stamp-1", &self.policy)
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The time to the next step, so that phones show a code that was never typed.
    pub(crate) fn next_step(&self) {
        self.pass(STEP - self.now().seconds() % STEP);
    }

    pub(crate) fn row(&self, user: &str) -> StoredRecord {
        self.store.row(&key(user)).expect("a row")
    }

    pub(crate) async fn enroll(&self, account: &Account, by: Authority<'_>) -> Result<Enrollment> {
        self.verifier.enroll(account, by, &NewAuthenticator::new("ann@example.com")).await
    }

    /// Sets up a second factor and waits for the next step. The phone then shows an unused code.
    pub(crate) async fn enrolled(&self, user: &str) -> Phone {
        let account = self.account(user);
        loop {
            let enrollment = self.enroll(&account, Authority::OpenSession).await.unwrap();
            if self.shows_no_code_twice(&Phone::scan(enrollment.uri())) {
                return self.confirmed(&account, &enrollment).await;
            }
        }
    }

    /// Whether this holds for the next half hour, so that no test fails once in a while. Those that are about it look for it.
    fn shows_no_code_twice(&self, phone: &Phone) -> bool {
        let mut codes: Vec<String> = (0..60).map(|steps| self.code(phone, steps)).collect();
        codes.sort();
        codes.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Confirms a set-up with its phone and waits for the next step.
    pub(crate) async fn confirmed(&self, account: &Account, enrollment: &Enrollment) -> Phone {
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(self.now());
        let Enrolled { .. } = self.verifier.confirm(account, enrollment.token(), &code).await.unwrap();
        self.next_step();
        phone
    }

    /// Adds a further authenticator through a step-up, and waits for the next step.
    pub(crate) async fn add(&self, account: &Account, phone: &Phone) -> Phone {
        let proof = self.step_up(account, &phone.code_at(self.now())).await.unwrap();
        let enrollment = self.enroll(account, Authority::StepUp(&proof)).await.unwrap();
        self.confirmed(account, &enrollment).await
    }

    /// A fresh challenge of a sign-in with the right password.
    pub(crate) async fn challenge(&self, account: &Account) -> Token {
        match self.verifier.begin(account, FirstFactor::Password, None).await.unwrap() {
            SignIn::Challenge(challenge) => challenge.token().clone(),
            other @ (SignIn::Open(_) | SignIn::Enroll(_)) => panic!("no code was asked for: {other:?}"),
        }
    }

    pub(crate) async fn step_up_token(&self, account: &Account) -> Token {
        self.verifier.begin_step_up(account, &Action::AddAuthenticator, None).await.unwrap().token().clone()
    }

    /// Password and code.
    pub(crate) async fn sign_in(&self, account: &Account, code: &str) -> Result<SignedIn> {
        let token = self.challenge(account).await;
        self.verifier.verify(account, &token, code, None).await
    }

    pub(crate) async fn step_up(&self, account: &Account, code: &str) -> Result<Proof> {
        let token = self.step_up_token(account).await;
        self.verifier.step_up(account, &token, code).await
    }

    /// A code that no phone shows within three steps of now.
    pub(crate) fn wrong(&self, phones: &[&Phone]) -> String {
        let around = self.around(phones);
        (0..).map(|number| format!("{number:06}")).find(|code| !around.contains(code)).unwrap()
    }

    fn around(&self, phones: &[&Phone]) -> Vec<String> {
        let first = self.now().seconds().saturating_sub(3 * STEP);
        let moments = (0..7).map(|steps| UnixTime::from_seconds(first + steps * STEP));
        moments.flat_map(|moment| phones.iter().map(move |phone| phone.code_at(moment))).collect()
    }

    /// Wrong codes at a sign-in, each of which must be looked at.
    pub(crate) async fn guess(&self, account: &Account, phone: &Phone, times: usize) {
        for _ in 0..times {
            let refused = self.sign_in(account, &self.wrong(&[phone])).await;
            assert_eq!(reason(refused), Reason::Wrong);
        }
    }

    /// The codes of `phone` so many steps from now.
    pub(crate) fn code(&self, phone: &Phone, steps: i64) -> String {
        let moment = self.now().seconds().saturating_add_signed(steps * STEP as i64);
        phone.code_at(UnixTime::from_seconds(moment))
    }

    /// What every call answers for this account, by the call's name. Tokens that are needed come from `tokens`.
    pub(crate) async fn every_call(&self, account: &Account, tokens: &Tokens) -> Vec<(&'static str, Answer)> {
        let verifier = &self.verifier;
        let session = Assurance::FirstFactorOnly(Because::NotEnrolled);
        let new = NewAuthenticator::new("ann@example.com");
        let code = "123456";
        vec![
            ("begin", answer(verifier.begin(account, FirstFactor::Password, None).await)),
            ("begin (exempt)", answer(verifier.begin(account, FirstFactor::ApiToken, None).await)),
            ("challenge", answer(verifier.challenge(account, &tokens.challenge).await)),
            ("verify", answer(verifier.verify(account, &tokens.challenge, code, None).await)),
            ("enroll", answer(verifier.enroll(account, Authority::OpenSession, &new).await)),
            (
                "enroll (proof)",
                answer(verifier.enroll(account, Authority::StepUp(&tokens.proof), &new).await),
            ),
            ("enrollment", answer(verifier.enrollment(account, &tokens.enrollment).await)),
            ("confirm", answer(verifier.confirm(account, &tokens.enrollment, code).await)),
            ("assess", answer(verifier.assess(account, session).await)),
            ("status", answer(verifier.status(account, None).await)),
            ("begin_step_up", answer(verifier.begin_step_up(account, &Action::AddAuthenticator, None).await)),
            ("step_up", answer(verifier.step_up(account, &tokens.step_up, code).await)),
        ]
    }

    /// One of each kind of token for an enrolled user with two proofs passed, the first used for a pending set-up.
    pub(crate) async fn tokens(&self, account: &Account, phone: &Phone) -> Tokens {
        let first = self.step_up(account, &phone.code_at(self.now())).await.unwrap();
        self.next_step();
        let enrollment = self.enroll(account, Authority::StepUp(&first)).await.unwrap().token().clone();
        let proof = self.step_up(account, &phone.code_at(self.now())).await.unwrap();
        self.next_step();
        Tokens {
            challenge: self.challenge(account).await,
            step_up: self.step_up_token(account).await,
            enrollment,
            proof,
        }
    }
}

/// One of each kind.
pub(crate) struct Tokens {
    pub(crate) challenge: Token,
    pub(crate) step_up: Token,
    pub(crate) enrollment: Token,
    pub(crate) proof: Proof,
}

/// What a call answered, without its value.
pub(crate) type Answer = Result<(), Error>;

pub(crate) fn answer<T>(result: Result<T>) -> Answer {
    result.map(drop)
}

fn build(
    store: &Watched,
    clock: &ManualClock,
    outbox: &Outbox,
    audit: &Arc<Mutex<Vec<Event>>>,
    keys: &str,
) -> Verifier {
    let audit = audit.clone();
    Verifier::builder(store.clone(), outbox.clone(), KeyRing::from_text(keys).unwrap())
        .issuer("Acme")
        .clock(clock.clone())
        .audit(move |event| audit.lock().unwrap().push(event.clone()))
        .build()
        .unwrap()
}

/// A user of the tenant `acme`.
pub(crate) fn key(user: &str) -> UserKey {
    UserKey::new("acme", user)
}

/// Why it was refused. Panics if it was not, or if it is not the person's move.
#[track_caller]
pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T>) -> Reason {
    match result {
        Err(Error::Rejected(rejection)) => rejection.reason(),
        other => panic!("not a rejection: {other:?}"),
    }
}

/// When to come back. Panics if it was not refused.
#[track_caller]
pub(crate) fn retry_at<T: std::fmt::Debug>(result: Result<T>) -> Option<UnixTime> {
    match result {
        Err(Error::Rejected(rejection)) => rejection.retry_at(),
        other => panic!("not a rejection: {other:?}"),
    }
}

/// What keeps the library from answering. Panics if nothing does.
#[track_caller]
pub(crate) fn unavailable<T: std::fmt::Debug>(result: Result<T>) -> Unavailable {
    match result {
        Err(Error::Unavailable(unavailable)) => unavailable,
        other => panic!("not unavailable: {other:?}"),
    }
}
