//! For hosts without async: the same verifier, waited for.
//!
//! Wrap a store and a notifier that block in [`Blocking`], build the [`Verifier`](crate::Verifier) over them as usual, and call it
//! through [`Verifier::run`]. There is one core; this is one method on top of it, and no runtime.
//!
//! ```
//! use second_factor::{Account, FirstFactor, KeyRing, MemoryStore, Outbox, Policy, Requirement, SignIn, UserKey, blocking};
//!
//! let inner = second_factor::Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?).issuer("Acme").build()?;
//! let verifier = blocking::Verifier::new(inner);
//!
//! let account = Account::new(UserKey::new("acme", "42"), b"1", &Policy::new(Requirement::Optional));
//! let next = verifier.run(|v| v.begin(&account, FirstFactor::Password, None))?;
//! assert!(matches!(next, SignIn::Open(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use crate::{
    factor::Channel,
    notify::{Notice, OneTimeCode},
    store::{BoxError, Revision, StoredRecord, Swap},
    summary::Summary,
    user::{TenantId, UserKey},
};

/// A store that blocks. The contract is that of [`second_factor::UserStore`](crate::UserStore), clause by clause.
///
/// It goes into [`Blocking`]. `examples/cli.rs` has one that keeps a record in a file; here is one over a database driver that blocks.
///
/// ```
/// use second_factor::{Revision, StoredRecord, Swap, UserKey, blocking};
/// # struct Rows;
/// # impl Rows {
/// #     fn one(&self, _: &str, _: &UserKey) -> std::io::Result<Option<([u8; 16], Vec<u8>)>> { Ok(None) }
/// #     fn changed(&self, _: &str, _: (&UserKey, Option<Revision>, Option<&StoredRecord>)) -> std::io::Result<u64> { Ok(1) }
/// # }
///
/// struct Database(Rows);
///
/// impl blocking::UserStore for Database {
///     type Error = std::io::Error;
///
///     fn load(&self, user: &UserKey) -> std::io::Result<Option<StoredRecord>> {
///         let row = self.0.one("SELECT revision, sealed FROM second_factor WHERE tenant = $1 AND user = $2", user)?;
///         Ok(row.map(|(revision, sealed)| StoredRecord::new(Revision::from_bytes(revision), sealed)))
///     }
///
///     fn compare_and_swap(&self, user: &UserKey, expected: Option<Revision>, next: &StoredRecord) -> std::io::Result<Swap> {
///         let sql = match expected {
///             None => "INSERT INTO second_factor VALUES (..) ON CONFLICT DO NOTHING",
///             Some(_) => "UPDATE second_factor SET .. WHERE tenant = $1 AND user = $2 AND revision = $3",
///         };
///         Ok(Swap::from_rows(self.0.changed(sql, (user, expected, Some(next)))?))
///     }
///
///     fn remove(&self, user: &UserKey, expected: Revision) -> std::io::Result<Swap> {
///         let sql = "DELETE FROM second_factor WHERE tenant = $1 AND user = $2 AND revision = $3";
///         Ok(Swap::from_rows(self.0.changed(sql, (user, Some(expected), None))?))
///     }
/// }
/// ```
pub trait UserStore: Send + Sync + 'static {
    /// What can go wrong in this store.
    type Error: Into<BoxError>;

    /// The record as last written, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// Whenever it cannot tell which.
    fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Self::Error>;

    /// Writes `next` only if the stored revision still equals `expected`; with `None`, only if there is no record yet.
    ///
    /// # Errors
    ///
    /// Whenever it is not certain that it was, or was not, written.
    fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Self::Error>;

    /// Deletes the row if the stored revision still equals `expected`.
    ///
    /// # Errors
    ///
    /// Whenever it is not certain that it was, or was not, deleted.
    fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Self::Error>;
}

/// A directory that blocks. The contract is that of [`second_factor::UserDirectory`](crate::UserDirectory), clause by clause.
///
/// Implement it beside the [`UserStore`], over the same rows, and wrap it in [`Blocking`].
///
/// ```
/// use second_factor::{Administration, Summary, TenantId, UserKey, Verifier, blocking::{self, Blocking}};
/// # struct Rows;
/// # impl Rows {
/// #     fn one(&self, _: &str, _: &UserKey) -> std::io::Result<Option<Summary>> { Ok(None) }
/// #     fn page(&self, _: &str, _: (&TenantId, Option<&str>, u32)) -> std::io::Result<Vec<(UserKey, Summary)>> { Ok(Vec::new()) }
/// # }
///
/// struct Database(Rows);
///
/// impl blocking::UserDirectory for Database {
///     type Error = std::io::Error;
///
///     fn summaries(&self, users: &[UserKey]) -> std::io::Result<Vec<Option<Summary>>> {
///         let sql = "SELECT .. FROM second_factor WHERE tenant = $1 AND user = $2";
///         users.iter().map(|user| self.0.one(sql, user)).collect()
///     }
///
///     /// The column `user` sorts by its bytes.
///     fn list(&self, tenant: &TenantId, after: Option<&UserKey>, limit: u32) -> std::io::Result<Vec<(UserKey, Summary)>> {
///         let sql = "SELECT user, .. FROM second_factor WHERE tenant = $1 AND ($2 IS NULL OR user > $2) ORDER BY user LIMIT $3";
///         self.0.page(sql, (tenant, after.map(UserKey::user), limit))
///     }
/// }
///
/// /// At start, beside the verifier over the same rows.
/// fn administration(verifier: &Verifier, directory: Database) -> Administration {
///     Administration::new(verifier, Blocking(directory))
/// }
/// ```
pub trait UserDirectory: Send + Sync + 'static {
    /// What can go wrong in this directory.
    type Error: Into<BoxError>;

    /// The summary of each of these users' records, in the order asked; `None` where there is no record.
    ///
    /// # Errors
    ///
    /// Whenever it cannot tell for one of them.
    fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Self::Error>;

    /// The next users of `tenant` who have a record: from the first one, or those strictly after `after`, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// Whenever it cannot read the whole page.
    fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Self::Error>;
}

/// A notifier that blocks. See [`second_factor::Notifier`](crate::Notifier).
///
/// ```
/// use second_factor::{Channel, Notice, OneTimeCode, UserKey, blocking};
///
/// /// Notices go to the terminal, codes nowhere.
/// struct Terminal;
///
/// impl blocking::Notifier for Terminal {
///     type Error = std::io::Error;
///
///     fn send_code(&self, _: &UserKey, _: Channel, _: &OneTimeCode) -> std::io::Result<()> {
///         Err(std::io::ErrorKind::Unsupported.into())
///     }
///
///     fn notify(&self, notice: &Notice) -> std::io::Result<()> {
///         println!("{:?}", notice.event().kind());
///         Ok(())
///     }
/// }
/// ```
pub trait Notifier: Send + Sync + 'static {
    /// What can go wrong while sending.
    type Error: Into<BoxError>;

    /// Sends a one-time code to the user, who is waiting for it.
    ///
    /// # Errors
    ///
    /// Unless it is on its way.
    fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<(), Self::Error>;

    /// Tells the user what happened.
    ///
    /// # Errors
    ///
    /// Unless the message will arrive even if the process ends now.
    fn notify(&self, notice: &Notice) -> Result<(), Self::Error>;
}

/// A store, directory or notifier that blocks, as one that is awaited: for [`Verifier::builder`](crate::Verifier::builder).
///
/// ```
/// use second_factor::{Builder, KeyRing, Verifier, blocking::{self, Blocking}};
///
/// /// At start.
/// fn build(store: impl blocking::UserStore, notifier: impl blocking::Notifier, keys: KeyRing) -> Builder {
///     Verifier::builder(Blocking(store), Blocking(notifier), keys).issuer("Acme")
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Blocking<T>(pub T);

impl<S: UserStore> crate::UserStore for Blocking<S> {
    type Error = S::Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, S::Error> {
        self.0.load(user)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, S::Error> {
        self.0.compare_and_swap(user, expected, next)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, S::Error> {
        self.0.remove(user, expected)
    }
}

impl<D: UserDirectory> crate::UserDirectory for Blocking<D> {
    type Error = D::Error;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, D::Error> {
        self.0.summaries(users)
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, D::Error> {
        self.0.list(tenant, after, limit)
    }
}

impl<N: Notifier> crate::Notifier for Blocking<N> {
    type Error = N::Error;

    async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<(), N::Error> {
        self.0.send_code(to, channel, code)
    }

    async fn notify(&self, notice: &Notice) -> Result<(), N::Error> {
        self.0.notify(notice)
    }
}

/// The [`Verifier`](crate::Verifier) for threads that may block.
///
/// ```
/// use second_factor::{Account, Result, SignedIn, Token, blocking};
///
/// /// The code page, in a thread of its own.
/// fn second_step(verifier: &blocking::Verifier, account: &Account, token: &Token, typed: &str) -> Result<SignedIn> {
///     verifier.run(|v| v.verify(account, token, typed, None))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    inner: crate::Verifier,
}

impl Verifier {
    /// Over a verifier whose store and notifier block, or work without an async runtime.
    #[must_use]
    pub const fn new(inner: crate::Verifier) -> Self {
        Self { inner }
    }

    /// Makes one call and waits for it, parking this thread whenever there is something to wait for.
    ///
    /// A store that needs a runtime of its own (most async database drivers do) does not work here.
    pub fn run<'a, F: Future>(&'a self, call: impl FnOnce(&'a crate::Verifier) -> F) -> F::Output {
        wait_for(call(&self.inner))
    }
}

/// Polls a future to its end on this thread.
pub(crate) fn wait_for<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
