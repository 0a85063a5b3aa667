//! One of those who try a code at once: a process or a thread that does what it is told, line by line.
//!
//! ```text
//! ← sign-in|spend SECONDS TENANT USER TOKEN|- -|before|after TYPED,TYPED,…
//! → ready
//! ← go
//! → before | after                  only where it was told to halt at the swap, and swaps
//! ← go                              likewise
//! → OUTCOME␉OUTCOME␉…               one for each that was typed, in their order
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use super::line::Line;
use crate::{
    account::Account,
    action::Action,
    error::{Error, Result},
    factor::{Channel, Factor, FirstFactor},
    memory::Outbox,
    policy::{Policy, Requirement},
    primitives::{seal::KeyRing, time::UnixTime},
    store::{BoxError, Revision, StoredRecord, Swap, UserStore},
    testing::{ManualClock, contract::text_of},
    user::UserKey,
    verifier::{Proof, SignIn, Token, Verifier},
};

/// What a contestant says when it may be sent off.
pub(super) const READY: &str = "ready";
/// What it says of a code that was accepted.
pub(super) const ACCEPTED: &str = "accepted";
/// What it says in front of an error that is no refusal.
pub(super) const ERROR: &str = "error: ";
/// Between the outcomes of what was typed.
pub(super) const NEXT: char = '\t';

/// What a contestant is to do.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) deed: Deed,
    pub(super) at: UnixTime,
    pub(super) user: UserKey,
    /// The challenge to answer, or the proof to spend. Without it, it signs in with a challenge of its own.
    pub(super) token: Option<String>,
    pub(super) typed: Vec<String>,
}

/// With what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    SignIn,
    Spend,
}

/// Where a contestant stops at its first swap, until it is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    Nowhere,
    BeforeTheSwap,
    AfterTheSwap,
}

impl Deed {
    const ALL: [Self; 2] = [Self::SignIn, Self::Spend];

    const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Spend => "spend",
        }
    }
}

impl Halt {
    const ALL: [Self; 3] = [Self::Nowhere, Self::BeforeTheSwap, Self::AfterTheSwap];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Nowhere => "-",
            Self::BeforeTheSwap => "before",
            Self::AfterTheSwap => "after",
        }
    }
}

impl Task {
    pub(super) fn to_line(&self, halt: Halt) -> String {
        let (deed, at) = (self.deed.word(), self.at.seconds());
        let (tenant, user) = (self.user.tenant(), self.user.user());
        let (token, typed) = (self.token.as_deref().unwrap_or("-"), self.typed.join(","));
        format!("{deed} {at} {tenant} {user} {token} {} {typed}", halt.word())
    }

    fn read(line: &str) -> Option<(Self, Halt)> {
        let words: Vec<&str> = line.split(' ').collect();
        let &[deed, at, tenant, user, token, halt, typed] = words.as_slice() else { return None };
        let task = Self {
            deed: Deed::ALL.into_iter().find(|known| known.word() == deed)?,
            at: UnixTime::from_seconds(at.parse().ok()?),
            user: UserKey::new(tenant, user),
            token: (token != "-").then(|| token.to_owned()),
            typed: typed.split(',').map(str::to_owned).collect(),
        };
        Some((task, Halt::ALL.into_iter().find(|known| known.word() == halt)?))
    }
}

/// What a host knows of everybody here: who has no authenticator is mailed a code.
pub(super) fn account(user: &UserKey) -> Account {
    let policy = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
    Account::new(user.clone(), b"stamp", &policy).reachable_by(Channel::Email)
}

/// What proofs are for.
pub(super) fn action() -> Action {
    Action::Host("race".to_owned())
}

/// Does what the line says, until it says no more.
#[allow(clippy::panic, reason = "a test kit fails by panicking")]
pub(super) async fn contest<S: UserStore>(store: S, keys: KeyRing, line: Arc<dyn Line>) {
    let (clock, halt) = (ManualClock::new(UnixTime::EPOCH), Arc::new(Mutex::new(Halt::Nowhere)));
    let store = Halting { store, halt: halt.clone(), line: line.clone() };
    let built = Verifier::builder(store, Outbox::new(), keys).issuer("Race").clock(clock.clone()).build();
    let verifier = built.unwrap_or_else(|error| panic!("{error}"));
    while let Some(text) = line.hear() {
        let (task, halts) = Task::read(&text).unwrap_or_else(|| panic!("a contestant was told: {text}"));
        clock.set(task.at);
        let token = match &task.token {
            Some(token) => Ok(token.clone()),
            None => begin(&verifier, &account(&task.user)).await,
        };
        *halt.lock().unwrap_or_else(PoisonError::into_inner) = halts;
        line.pause(READY);
        let mut outcomes = Vec::new();
        for typed in &task.typed {
            let tried = match &token {
                Ok(token) => attempt(&verifier, &task, token, typed).await,
                Err(said) => said.clone(),
            };
            outcomes.push(tried.replace(['\n', '\r', NEXT], " "));
        }
        line.say(&outcomes.join(&NEXT.to_string()));
    }
}

/// A challenge of one's own, or what was said instead.
async fn begin(verifier: &Verifier, account: &Account) -> Result<String, String> {
    match verifier.begin(account, FirstFactor::Password, None).await {
        Ok(SignIn::Challenge(challenge)) => Ok(challenge.token().as_str().to_owned()),
        Ok(SignIn::Open(_) | SignIn::Enroll(_)) => {
            Err("not asked for a code, for no factor was found".to_owned())
        }
        Err(error) => Err(outcome::<()>(Err(error))),
    }
}

async fn attempt(verifier: &Verifier, task: &Task, token: &str, typed: &str) -> String {
    let account = account(&task.user);
    match task.deed {
        Deed::SignIn => outcome(verifier.verify(&account, &Token::from(token.to_owned()), typed, None).await),
        Deed::Spend => outcome(verifier.spend(&account, &Proof::from(token.to_owned()), &action()).await),
    }
}

/// What came of a call, in a word.
fn outcome<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => ACCEPTED.to_owned(),
        Err(Error::Rejected(rejection)) => format!("{:?}", rejection.reason()),
        Err(Error::NotAllowed(rule)) => format!("{rule:?}"),
        Err(Error::Unavailable(error)) => format!("{ERROR}{}", text_of(&BoxError::from(error))),
    }
}

/// The store under test, which stops at a swap when it is told to, as if the process were slow.
struct Halting<S> {
    store: S,
    halt: Arc<Mutex<Halt>>,
    line: Arc<dyn Line>,
}

impl<S> Halting<S> {
    /// Waits to be sent on, if this is where to stop.
    fn stop(&self, here: Halt) {
        let mut halt = self.halt.lock().unwrap_or_else(PoisonError::into_inner);
        if *halt == here {
            *halt = Halt::Nowhere;
            self.line.pause(here.word());
        }
    }
}

impl<S: UserStore> UserStore for Halting<S> {
    type Error = S::Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, S::Error> {
        self.store.load(user).await
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, S::Error> {
        self.stop(Halt::BeforeTheSwap);
        let swap = self.store.compare_and_swap(user, expected, next).await?;
        self.stop(Halt::AfterTheSwap);
        Ok(swap)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, S::Error> {
        self.store.remove(user, expected).await
    }
}
