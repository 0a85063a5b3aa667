//! The parts of a call, one at a time, for whoever measures them.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    account::Account,
    device::DeviceId,
    primitives::{
        code::Code,
        seal::KeyRing,
        time::{DAY, UnixTime},
        totp::TotpKey,
    },
    record::{Attempt, Challenge, NewBrowser, Record, Typed},
    store::{Revision, StoredRecord},
};

/// What a [`Verifier`](crate::Verifier) does to a record between its load and its swap, in three stages: open, decide, seal.
///
/// It is for benches. What was decided goes into the next record and nowhere else, so nobody learns from it whether a code was right.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::*;
/// use second_factor::{Authority, UserStore, testing::{Phone, Stages}};
///
/// # let ann = Account::new(UserKey::new("acme", "ann"), [1], &Policy::new(Requirement::Optional));
/// # let (store, keys, now) = (MemoryStore::new(), KeyRing::generate()?, SystemClock.now());
/// # let ring = KeyRing::from_text(&keys.to_text())?;
/// # let verifier = Verifier::builder(store.clone(), Outbox::new(), ring).issuer("Acme").build()?;
/// let enrollment = verifier.enroll(&ann, Authority::OpenSession, &NewAuthenticator::new("ann@example.com")).await?;
/// let phone = Phone::scan(enrollment.uri());
/// let _ = verifier.confirm(&ann, enrollment.token(), &phone.code_at(now)).await?;
///
/// let stored = store.load(ann.user()).await?.ok_or("she has a record")?;
/// let stages = Stages::new(keys, ann, stored);
/// let code = phone.code_at(now.plus(30));
/// let next = stages.seal(&stages.decide(stages.open(), &code, now.plus(30)));
/// assert_ne!(next.revision(), stages.stored().revision());
/// # Ok(()) }
/// ```
pub struct Stages {
    keys: KeyRing,
    account: Account,
    stored: StoredRecord,
}

/// A record that is open.
///
/// ```
/// use second_factor::{StoredRecord, testing::{Opened, Stages}};
///
/// /// All that a reseal does to a record.
/// fn reseal(stages: &Stages) -> StoredRecord {
///     let record: Opened = stages.open();
///     stages.seal(&record)
/// }
/// ```
pub struct Opened(Record);

impl Stages {
    /// Of the record of this account as it was last stored, sealed under a key of this ring.
    #[must_use]
    pub const fn new(keys: KeyRing, account: Account, stored: StoredRecord) -> Self {
        Self { keys, account, stored }
    }

    /// The record as it was stored.
    #[must_use]
    pub const fn stored(&self) -> &StoredRecord {
        &self.stored
    }

    /// Decrypts and decodes it.
    ///
    /// # Panics
    ///
    /// If it does not open.
    #[must_use]
    pub fn open(&self) -> Opened {
        let (revision, sealed) = (self.stored.revision(), self.stored.sealed());
        Opened(must(Record::open(&self.keys, self.account.user(), revision.as_bytes(), sealed)))
    }

    /// Decides on a code that was typed at a sign-in, in a browser that is not known. The record that is to be written; as it was, where
    /// nothing is.
    ///
    /// # Panics
    ///
    /// If what was typed cannot be a code.
    #[must_use]
    pub fn decide(&self, record: Opened, typed: &str, now: UnixTime) -> Opened {
        let challenge = Challenge {
            id: 1,
            epoch: record.0.epoch(),
            expires_at: now.plus(DAY),
            browser: None,
            first: None,
            action: None,
        };
        let typed = must(Typed::read(typed).ok_or("it cannot be a code"));
        let attempt = Attempt { challenge: &challenge, typed: &typed, account: &self.account };
        let browser = NewBrowser::new(DeviceId::new(1), Zeroizing::new([1; 32]), None);
        let decision = record.0.verify(&attempt, &browser, now);
        decision.change.map_or_else(|| self.open(), |change| Opened(change.record))
    }

    /// Encodes and encrypts it, under a revision that is always the same.
    ///
    /// # Panics
    ///
    /// If it is too large, or the operating system's generator fails.
    #[must_use]
    pub fn seal(&self, record: &Opened) -> StoredRecord {
        let revision = Revision::from_bytes([1; 16]);
        let sealed = must(record.0.seal(&self.keys, self.account.user(), revision.as_bytes()));
        StoredRecord::new(revision, sealed)
    }
}

/// On which of the 20 steps to either side of the present one an authenticator shows this code: what a set-up searches for its hint about the
/// phone's clock.
///
/// **Never a reason to accept a code.** It is here to be measured.
#[must_use]
pub fn clock_hint(key: &TotpKey, code: &Code, now: UnixTime) -> Option<i8> {
    key.clock_hint(code, now)
}

#[allow(clippy::panic, reason = "a tool for benches")]
fn must<T, E: fmt::Debug>(outcome: Result<T, E>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stages").field("user", self.account.user()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(..)")
    }
}
