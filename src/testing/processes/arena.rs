//! Who is raced for: people with codes of four kinds, and rounds far enough apart that no throttle mixes them up.

use super::contestant::{Deed, Task, account, action};
use crate::{
    account::Account,
    factor::{Channel, FirstFactor},
    memory::Outbox,
    primitives::{random, seal::KeyRing, time::UnixTime},
    store::UserStore,
    testing::{ManualClock, Phone, contract::text_of},
    user::UserKey,
    verifier::{Authority, Challenge, NewAuthenticator, SignIn, Verifier},
};

/// What can be spent once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    App,
    Backup,
    Mailed,
    Proof,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::App, Self::Backup, Self::Mailed, Self::Proof];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::App => "one code of an app",
            Self::Backup => "one backup code",
            Self::Mailed => "one mailed code",
            Self::Proof => "one proof of a step-up",
        }
    }

    /// What those hear who come too late: in answer to one challenge that all of them share, or each to one of their own. The list is as long
    /// as they are many.
    pub(super) fn refusals(self, shares: bool, late: usize) -> Vec<&'static str> {
        let replays = match self {
            Self::Proof => return vec!["NeedsProof"; late],
            _ if shares => return vec!["AlreadyCompleted"; late],
            // Looked at whatever came before.
            Self::Backup => late,
            // Each replay counts as a wrong code, after so many of which none is looked at.
            Self::App | Self::Mailed => late.min(EVALUATED_AT_ONCE),
        };
        let mut refusals = vec!["Replayed"; replays];
        refusals.resize(late, "Throttled");
        refusals
    }
}

/// So many wrong codes are looked at, at one moment: five are free, and the sixth begins a wait.
pub(super) const EVALUATED_AT_ONCE: usize = 6;

const START: u64 = 1_760_000_000;
/// Seconds between two rounds: a step, and the days in which the throttle forgets the replays of a round.
const BETWEEN_ROUNDS: u64 = 8 * 24 * 60 * 60 + 30;

/// The moment of a round.
pub(super) fn time(round: u64) -> UnixTime {
    UnixTime::from_seconds(START).plus(round.saturating_add(1).saturating_mul(BETWEEN_ROUNDS))
}

/// When somebody sets up who is needed at `now`: so that no code of then is one of now.
fn long_before(now: UnixTime) -> UnixTime {
    UnixTime::from_seconds(now.seconds().saturating_sub(BETWEEN_ROUNDS / 2))
}

/// The place under test, as the one who prepares the rounds sees it.
pub(super) struct Arena {
    clock: ManualClock,
    verifier: Verifier,
    outbox: Outbox,
}

/// Somebody with an authenticator and what is left of their backup codes.
pub(super) struct Person {
    pub(super) account: Account,
    phone: Phone,
    backup_codes: Vec<String>,
}

impl Arena {
    pub(super) fn new(store: impl UserStore, keys: KeyRing) -> Self {
        let (clock, outbox) = (ManualClock::new(UnixTime::from_seconds(START)), Outbox::new());
        let verifier = Verifier::builder(store, outbox.clone(), keys).issuer("Race").clock(clock.clone());
        Self { clock, outbox, verifier: must(verifier.build()) }
    }

    /// Somebody who has set up at this moment.
    pub(super) async fn person(&self, now: UnixTime) -> Person {
        self.clock.set(now);
        let account = account(&new_user());
        let new = NewAuthenticator::new("race");
        let enrollment = must(self.verifier.enroll(&account, Authority::OpenSession, &new).await);
        let phone = Phone::scan(enrollment.uri());
        let first = phone.code_at(now);
        let enrolled = must(self.verifier.confirm(&account, enrollment.token(), &first).await);
        let codes = enrolled.backup_codes.iter().flat_map(|codes| codes.iter().map(str::to_owned));
        Person { phone, backup_codes: codes.collect(), account }
    }

    /// One thing to be spent in this round, by whoever comes first. `person` is kept from round to round of the kind.
    pub(super) async fn task(
        &self,
        kind: Kind,
        round: u64,
        shares: bool,
        person: &mut Option<Person>,
    ) -> Task {
        let now = time(round);
        if kind == Kind::Mailed {
            return self.mailed(now).await;
        }
        let mut someone = match person.take() {
            Some(someone) if kind != Kind::Backup || !someone.backup_codes.is_empty() => someone,
            _ => self.person(long_before(now)).await,
        };
        self.clock.set(now);
        let account = &someone.account;
        let user = account.user().clone();
        let mut task = Task { deed: Deed::SignIn, at: now, user, token: None, typed: Vec::new() };
        let code = match kind {
            Kind::Backup => someone.backup_codes.pop().unwrap_or_default(),
            _ => someone.phone.code_at(now),
        };
        if kind == Kind::Proof {
            let challenge = must(self.verifier.begin_step_up(account, &action(), None).await);
            let proof = must(self.verifier.step_up(account, challenge.token(), &code).await);
            task.deed = Deed::Spend;
            task.token = Some(proof.as_str().to_owned());
            task.typed.push("-".to_owned());
        } else {
            if shares {
                task.token = Some(self.challenge(account).await.token().as_str().to_owned());
            }
            task.typed.push(code);
        }
        *person = Some(someone);
        task
    }

    async fn mailed(&self, now: UnixTime) -> Task {
        self.clock.set(now);
        let account = account(&new_user());
        let challenge = self.challenge(&account).await;
        must(self.verifier.send(&account, challenge.token(), Channel::Email).await);
        let code = self.outbox.last_code(account.user(), Channel::Email).unwrap_or_default();
        let token = Some(challenge.token().as_str().to_owned());
        Task { deed: Deed::SignIn, at: now, user: account.user().clone(), token, typed: vec![code] }
    }

    #[allow(clippy::panic, reason = "a test kit fails by panicking")]
    async fn challenge(&self, account: &Account) -> Challenge {
        match must(self.verifier.begin(account, FirstFactor::Password, None).await) {
            SignIn::Challenge(challenge) => challenge,
            other => panic!("who has a second factor is asked for it: {other:?}"),
        }
    }
}

impl Person {
    /// The code that is right at this moment, and `count` that are not, nor at any moment near.
    pub(super) fn codes(&self, now: UnixTime, count: usize) -> (String, Vec<String>) {
        let near: Vec<String> = (0..7)
            .map(|step: u64| {
                let start = UnixTime::from_seconds(now.seconds().saturating_sub(90));
                self.phone.code_at(start.plus(step.saturating_mul(30)))
            })
            .collect();
        let wrong = (0_u32..).map(|number| format!("{number:06}")).filter(|code| !near.contains(code));
        (self.phone.code_at(now), wrong.take(count).collect())
    }
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn must<T, E: std::error::Error + Send + Sync + 'static>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("a race could not be prepared: {}", text_of(&error.into())))
}

/// Somebody nobody has written before.
fn new_user() -> UserKey {
    let id = |name: &str| format!("race-{name}-{:032x}", must(random::id()));
    UserKey::new(id("tenant"), id("user"))
}
