//! The shell around the record: it reads, decides and writes, and hands out what comes of it.

mod browsers;
mod challenge;
mod changes;
mod commit;
mod enrollment;
mod erased;
mod import;
mod operator;
mod policy_change;
mod reset;
mod settings;
mod sign_in;
mod step_up;
mod token;

use std::{fmt, sync::Arc};

use self::erased::{ErasedNotifier, ErasedStore};
pub use self::{
    browsers::{KnownBrowser, TrustedDevice},
    challenge::{Challenge, Sent},
    changes::BackupCodes,
    enrollment::{Authority, Enrolled, Enrollment, NewAuthenticator},
    import::Import,
    operator::Undelivered,
    reset::{Reset, Ticket},
    settings::{Access, Authenticator, Status},
    sign_in::{Enroll, SignIn, SignedIn},
    token::{Proof, Token},
};
use crate::{
    account::Account,
    clock::{Clock, SystemClock},
    error::{Error, Result, Unavailable},
    event::Event,
    notify::Notifier,
    primitives::{otpauth::checked_issuer, seal::KeyRing, time::UnixTime},
    store::UserStore,
};

/// Verifies second factors: the one thing that a host talks to. Make one at start and clone it into every handler.
///
/// It keeps nothing in memory, so any number of servers can share one store. It has no type parameters and needs no particular async
/// runtime; a host without one uses [`blocking`](crate::blocking). Dropping a future at any point is safe: what was committed stands, and
/// what was not never happened.
///
/// ```
/// use second_factor::{KeyRing, MemoryStore, Outbox, Verifier};
///
/// let keys = KeyRing::from_text("sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")?;
/// let verifier = Verifier::builder(MemoryStore::new(), Outbox::new(), keys)
///     .issuer("Acme")
///     .audit(|event| println!("{event:?}"))
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    store: Box<dyn ErasedStore>,
    notifier: Box<dyn ErasedNotifier>,
    keys: KeyRing,
    issuer: String,
    clock: Box<dyn Clock>,
    audit: Box<dyn Fn(&Event) + Send + Sync>,
}

impl Verifier {
    /// A verifier over the host's store and notifier, sealing under `keys`.
    pub fn builder(store: impl UserStore, notifier: impl Notifier, keys: KeyRing) -> Builder {
        Builder {
            inner: Inner {
                store: Box::new(store),
                notifier: Box::new(notifier),
                keys,
                issuer: String::new(),
                clock: Box::new(SystemClock),
                audit: Box::new(|_| ()),
            },
        }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.inner.clock.now()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("issuer", &self.inner.issuer).finish_non_exhaustive()
    }
}

/// Puts a [`Verifier`] together.
///
/// ```
/// use second_factor::{KeyRing, MemoryStore, Outbox, SystemClock, Verifier};
///
/// let verifier = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?)
///     .issuer("Acme")
///     .clock(SystemClock)
///     .audit(|event| println!("{event:?}"))
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    inner: Inner,
}

impl Builder {
    /// The service's name, as people know it: authenticator apps show it above the code. Needed. No colon and no control character.
    pub fn issuer(mut self, name: impl Into<String>) -> Self {
        self.inner.issuer = name.into();
        self
    }

    /// Another clock than the operating system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.inner.clock = Box::new(clock);
        self
    }

    /// Called with every [`Event`] after it was committed, for the audit log. It runs inside the request: keep it short, and hand over
    /// what takes long. A process that ends between the commit and this call loses the entry, not the notice.
    pub fn audit(mut self, log: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.inner.audit = Box::new(log);
        self
    }

    /// The verifier.
    ///
    /// # Errors
    ///
    /// [`InvalidIssuer`] if there is no issuer, or one that cannot stand in a set-up URI.
    pub fn build(self) -> Result<Verifier, InvalidIssuer> {
        checked_issuer(&self.inner.issuer).map_err(|_| InvalidIssuer(()))?;
        Ok(Verifier { inner: Arc::new(self.inner) })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("issuer", &self.inner.issuer).finish_non_exhaustive()
    }
}

/// A verifier needs an issuer that can stand in a set-up URI.
///
/// ```
/// use second_factor::{InvalidIssuer, KeyRing, MemoryStore, Outbox, Verifier};
///
/// /// At start. The name is that of the configuration; a service whose name no app could show does not start.
/// fn start(name: &str, keys: KeyRing) -> Result<Verifier, InvalidIssuer> {
///     Verifier::builder(MemoryStore::new(), Outbox::new(), keys).issuer(name).build()
/// }
///
/// assert!(start("Acme", KeyRing::generate()?).is_ok());
/// assert!(start("", KeyRing::generate()?).is_err());
/// assert!(start("Acme: staging", KeyRing::generate()?).is_err());
/// # Ok::<(), second_factor::primitives::RandomError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an issuer is needed: not empty, not too long, without a colon or a control character")]
pub struct InvalidIssuer(());

/// The longest id of a tenant or a user, in bytes: longer ones would not fit into a cookie with the token that names them.
const MAX_ID: usize = 1024;

/// Refuses an account to which nothing can be bound, or whose tokens could not be carried.
fn check(account: &Account) -> Result<()> {
    let user = account.user();
    if account.stamp().is_empty() {
        Err(Error::Unavailable(Unavailable::EmptyStamp))
    } else if user.tenant().as_str().len() > MAX_ID || user.user().len() > MAX_ID {
        Err(Error::Unavailable(Unavailable::LongId))
    } else {
        Ok(())
    }
}
