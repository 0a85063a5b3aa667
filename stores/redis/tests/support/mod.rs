//! Places to keep records, and a person who signs in.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex},
    time::Duration,
};

use second_factor::{
    Account, Authority, Clock, FirstFactor, KeyRing, NewAuthenticator, Outbox, Policy, Requirement, Revision,
    SignIn, SignedIn, StoredRecord, Swap, Token, UnixTime, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};
use second_factor_redis::{Error, RedisStore};
use second_factor_testbed::{records::user, redis_url};

/// Keys of a test's own on the Redis that is there; they are gone when this is dropped.
pub struct Place {
    pub url: String,
    pub prefix: String,
}

impl Place {
    /// `None` where there is no Redis, after saying so.
    pub fn new() -> Option<Self> {
        let random = RandomState::new().build_hasher().finish();
        Some(Self { url: redis_url()?, prefix: format!("test:{random:016x}") })
    }

    /// As another process would open it. That Redis keeps nothing on disk, which is no matter here.
    pub async fn store(&self) -> RedisStore {
        let builder = RedisStore::builder(self.url.as_str()).prefix(self.prefix.as_str());
        builder.accept_loss_on_crash().open().await.unwrap()
    }

    pub fn admin(&self) -> Admin {
        Admin::of(&self.url)
    }

    /// The key of the record, and of the directory, of a user whose ids need no encoding.
    pub fn keys(&self, user: &UserKey) -> [String; 2] {
        let tag = format!("{{{}:{}}}", self.prefix, user.tenant());
        [format!("{tag}:user:{}", user.user()), format!("{tag}:users")]
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut admin = self.admin();
        let mut cursor = 0_u64;
        loop {
            let scan = format!("SCAN {cursor} COUNT 1000 MATCH {{{}:*", self.prefix);
            let (next, keys): (u64, Vec<Vec<u8>>) = admin.ask(&scan);
            if !keys.is_empty() {
                let _removed: u64 = redis::cmd("DEL").arg(keys).query(&mut admin.0).unwrap();
            }
            cursor = next;
            if cursor == 0 {
                return;
            }
        }
    }
}

/// A connection of somebody else's.
pub struct Admin(pub redis::Connection);

impl Admin {
    pub fn of(url: &str) -> Self {
        Self(redis::Client::open(url).unwrap().get_connection().unwrap())
    }

    /// Of words without spaces.
    pub fn ask<T: redis::FromRedisValue>(&mut self, command: &str) -> T {
        self.try_ask(command).unwrap()
    }

    pub fn try_ask<T: redis::FromRedisValue>(&mut self, command: &str) -> redis::RedisResult<T> {
        let mut words = command.split(' ');
        let mut question = redis::cmd(words.next().unwrap());
        question.arg(words.collect::<Vec<_>>());
        question.query(&mut self.0)
    }

    /// How often clients called each command since the last `CONFIG RESETSTAT`, without our own.
    pub fn calls(&mut self, command: &str) -> u64 {
        let stats: String = self.ask("INFO commandstats");
        let found = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        found.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
    }
}

/// Opens a store that gives up soon.
pub async fn impatient(url: &str) -> RedisStore {
    RedisStore::builder(url).timeout(Duration::from_millis(400)).open().await.unwrap()
}

/// Something that happens once, after a ceremony has read and before it writes.
#[derive(Clone, Default)]
pub struct BeforeSwap(Arc<Mutex<Option<Happening>>>);

type Happening = Box<dyn FnOnce() + Send>;

impl BeforeSwap {
    pub fn happens(&self, what: impl FnOnce() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(what));
    }
}

/// The store under test, with that moment.
pub struct Interrupted {
    pub store: RedisStore,
    pub before_swap: BeforeSwap,
}

impl UserStore for Interrupted {
    type Error = Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Error> {
        self.store.load(user).await
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Error> {
        let happening = self.before_swap.0.lock().unwrap().take();
        if let Some(happening) = happening {
            happening();
        }
        self.store.compare_and_swap(user, expected, next).await
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Error> {
        self.store.remove(user, expected).await
    }
}

/// A person with an authenticator, at a service that asks for it.
pub struct Ann {
    pub verifier: Verifier,
    pub clock: ManualClock,
    pub account: Account,
    pub backup_codes: Vec<String>,
    phone: Phone,
}

impl Ann {
    pub async fn enrolled(store: impl UserStore) -> Self {
        let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
        let verifier = Verifier::builder(store, Outbox::new(), KeyRing::generate().unwrap())
            .issuer("Acme")
            .clock(clock.clone())
            .build()
            .unwrap();
        let account = Account::new(user(), b"stamp", &Policy::new(Requirement::Optional));
        let new = NewAuthenticator::new("ann");
        let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(clock.now());
        let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
        let backup_codes = enrolled.backup_codes.unwrap().iter().map(str::to_owned).collect();
        clock.advance(Duration::from_secs(60));
        Self { verifier, clock, account, backup_codes, phone }
    }

    pub async fn begin(&self) -> Token {
        match self.verifier.begin(&self.account, FirstFactor::Password, None).await.unwrap() {
            SignIn::Challenge(challenge) => challenge.token().clone(),
            other => panic!("an enrolled user is asked: {other:?}"),
        }
    }

    pub fn right_code(&self) -> String {
        self.phone.code_at(self.clock.now())
    }

    /// One that is not accepted in this window either.
    pub fn wrong_code(&self) -> String {
        let now = self.clock.now().seconds();
        let near = [now - 30, now, now + 30].map(|at| self.phone.code_at(UnixTime::from_seconds(at)));
        (0..10).map(|digit| format!("{digit:06}")).find(|code| !near.contains(code)).unwrap()
    }

    pub async fn verify(&self, token: &Token, code: &str) -> second_factor::Result<SignedIn> {
        self.verifier.verify(&self.account, token, code, None).await
    }
}
