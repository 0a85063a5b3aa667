//! Somebody who signs in, and what goes wrong in the middle of it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use second_factor::{
    Account, Authority, Clock, Error, FirstFactor, KeyRing, NewAuthenticator, Outbox, Policy, Reason,
    Requirement, Result, Revision, SignIn, SignedIn, StoredRecord, Swap, Token, Unavailable, UnixTime,
    UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};
use second_factor_sqlx::PostgresStore;
use sqlx::postgres::PgPool;

/// Long enough that no earlier failure holds an attempt back.
const DAYS: Duration = Duration::from_secs(4 * 86_400);

/// A user with an authenticator, at a service whose store may be interrupted.
pub struct Person {
    pub store: Interrupted,
    clock: ManualClock,
    verifier: Verifier,
    account: Account,
    phone: Phone,
}

impl Person {
    pub async fn new(store: PostgresStore, id: &str) -> Self {
        let store = Interrupted { inner: store, before_the_swap: Arc::default() };
        let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_010));
        let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate().unwrap())
            .issuer("Acme")
            .clock(clock.clone())
            .build()
            .unwrap();
        let policy = Policy::new(Requirement::Optional);
        let account = Account::new(UserKey::new("acme", id), b"stamp", &policy);
        let new = NewAuthenticator::new("phone");
        let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(clock.now());
        let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
        assert!(enrolled.signed_in.assurance().is_second_factor());
        let account = account.known_enrolled(true);
        Self { store, clock, verifier, account, phone }
    }

    /// Some days later: a challenge, the right code for it, and a wrong one.
    pub async fn attempt(&self) -> Attempt {
        self.clock.advance(DAYS);
        let right = self.phone.code_at(self.clock.now());
        let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 500_000) % 1_000_000);
        Attempt { token: self.challenge().await, right, wrong }
    }

    pub async fn challenge(&self) -> Token {
        match self.verifier.begin(&self.account, FirstFactor::Password, None).await.unwrap() {
            SignIn::Challenge(challenge) => challenge.token().clone(),
            other => panic!("an enrolled user is asked: {other:?}"),
        }
    }

    pub async fn verify(&self, token: &Token, code: &str) -> Result<SignedIn> {
        self.verifier.verify(&self.account, token, code, None).await
    }

    /// After everything: how the right code fares now, on a challenge of its own.
    pub async fn try_again(&self, code: &str) -> Fate {
        match self.verify(&self.challenge().await, code).await {
            Ok(_) => Fate::Accepted,
            Err(Error::Rejected(rejection)) if rejection.reason() == Reason::Replayed => Fate::Spent,
            other => panic!("{other:?}"),
        }
    }

    /// How often the record was written.
    pub async fn writes(&self) -> u64 {
        let user = [self.account.user().clone()];
        second_factor::UserDirectory::summaries(&self.store.inner, &user).await.unwrap()[0]
            .unwrap()
            .generation
    }
}

/// A challenge and two answers to it.
pub struct Attempt {
    pub token: Token,
    pub right: String,
    pub wrong: String,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Accepted,
    Spent,
}

/// Whether an error is that of a store, in the words that the host gets.
pub fn unavailable(result: &Result<SignedIn>) -> Option<String> {
    match result {
        Err(error @ Error::Unavailable(Unavailable::Store(_))) => Some(error.to_string()),
        _ => None,
    }
}

/// Until no connection is in use. After each use sqlx asks whether it lives, and what is to happen to a request of ours must not happen to
/// that one.
pub async fn rest(pool: &PgPool) {
    while pool.num_idle() < pool.size() as usize {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

type Interruption = Box<dyn FnOnce() + Send>;

/// The store, and what happens once between a load and the swap after it.
#[derive(Clone)]
pub struct Interrupted {
    pub inner: PostgresStore,
    before_the_swap: Arc<Mutex<Option<Interruption>>>,
}

impl Interrupted {
    pub fn before_the_swap(&self, happens: impl FnOnce() + Send + 'static) {
        *self.before_the_swap.lock().unwrap() = Some(Box::new(happens));
    }
}

impl UserStore for Interrupted {
    type Error = second_factor_sqlx::Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Self::Error> {
        self.inner.load(user).await
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Self::Error> {
        let happens = self.before_the_swap.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(happens) = happens {
            rest(self.inner.pool()).await;
            happens();
        }
        self.inner.compare_and_swap(user, expected, next).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Self::Error> {
        self.inner.remove(user, expected).await
    }
}
