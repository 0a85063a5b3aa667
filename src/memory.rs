//! A store and a notifier that live in memory, for tests, examples and tools of a single process.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    convert::Infallible,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use zeroize::Zeroizing;

use crate::{
    directory::UserDirectory,
    factor::Channel,
    notify::{Notice, Notifier, OneTimeCode},
    store::{Revision, StoredRecord, Swap, UserStore},
    summary::Summary,
    user::{TenantId, UserKey},
};

/// Keeps records in memory: for tests, examples and tools of a single process. **Loses everything when the process ends**, spent
/// codes and counted guesses included, so it never belongs into a service (clause 2 of [`UserStore`]): [choose another](crate::guide::stores).
///
/// A clone is another handle on the same records.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use second_factor::{Administration, KeyRing, MemoryStore, Outbox, UserKey, Verifier};
///
/// // In a test of a host: the sign-in and the administration over the same records.
/// let store = MemoryStore::new();
/// let verifier = Verifier::builder(store.clone(), Outbox::new(), KeyRing::generate()?).issuer("Acme").build()?;
/// let administration = Administration::new(&verifier, store);
/// assert_eq!(administration.summaries(&[UserKey::new("acme", "ann")]).await?, [None], "nobody has a record yet");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    /// In the order of tenants, and of users within a tenant.
    records: Arc<Mutex<BTreeMap<UserKey, StoredRecord>>>,
}

impl MemoryStore {
    /// A store without records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> Result<MutexGuard<'_, BTreeMap<UserKey, StoredRecord>>, PoisonError<()>> {
        self.records.lock().map_err(|_| PoisonError::new(()))
    }
}

impl UserStore for MemoryStore {
    /// A thread panicked while it held the records.
    type Error = PoisonError<()>;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, Self::Error> {
        Ok(self.lock()?.get(user).cloned())
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, Self::Error> {
        match (self.lock()?.entry(user.clone()), expected) {
            (Entry::Vacant(absent), None) => {
                absent.insert(next.clone());
                Ok(Swap::Done)
            }
            (Entry::Occupied(mut stored), Some(expected)) if stored.get().revision() == expected => {
                stored.insert(next.clone());
                Ok(Swap::Done)
            }
            (Entry::Vacant(_) | Entry::Occupied(_), _) => Ok(Swap::Conflict),
        }
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, Self::Error> {
        match self.lock()?.entry(user.clone()) {
            Entry::Occupied(stored) if stored.get().revision() == expected => {
                stored.remove();
                Ok(Swap::Done)
            }
            Entry::Occupied(_) | Entry::Vacant(_) => Ok(Swap::Conflict),
        }
    }
}

impl UserDirectory for MemoryStore {
    /// A thread panicked while it held the records.
    type Error = PoisonError<()>;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Self::Error> {
        let records = self.lock()?;
        Ok(users.iter().map(|user| records.get(user).map(|record| *record.summary())).collect())
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Self::Error> {
        let key = |user: &str| UserKey::new(tenant.as_str(), user);
        let start =
            after.map_or_else(|| Bound::Included(key("")), |after| Bound::Excluded(key(after.user())));
        Ok(self
            .lock()?
            .range((start, Bound::Unbounded))
            .take_while(|(user, _)| user.tenant() == tenant)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .map(|(user, record)| (user.clone(), *record.summary()))
            .collect())
    }
}

/// A [`Notifier`] that keeps what it is given, the codes included, for tests and examples. It accepts everything and sends nothing.
///
/// A clone is another handle on the same notices.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use second_factor::{
///     Account, Channel, Factor, FirstFactor, KeyRing, MemoryStore, Outbox, Policy, Requirement, SignIn, UserKey, Verifier,
/// };
///
/// let outbox = Outbox::new();
/// let verifier = Verifier::builder(MemoryStore::new(), outbox.clone(), KeyRing::generate()?).issuer("Acme").build()?;
/// let policy = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
/// let ann = Account::new(UserKey::new("acme", "ann"), [1], &policy).reachable_by(Channel::Email);
///
/// let SignIn::Challenge(challenge) = verifier.begin(&ann, FirstFactor::Password, None).await? else { panic!() };
/// verifier.send(&ann, challenge.token(), Channel::Email).await?;
/// let mailed = outbox.last_code(ann.user(), Channel::Email).ok_or("nothing was mailed")?;
/// verifier.verify(&ann, challenge.token(), &mailed, None).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    notices: Arc<Mutex<Vec<Notice>>>,
    codes: Arc<Mutex<Vec<Sent>>>,
}

/// A code as it was handed over: to whom, over which channel, and the digits.
type Sent = (UserKey, Channel, Zeroizing<String>);

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The notices so far, the oldest first.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.lock().clone()
    }

    /// The notices since the last call, the oldest first; the outbox is empty afterwards.
    #[must_use]
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.lock())
    }

    /// The code that was sent last to this user over this channel.
    #[must_use]
    pub fn last_code(&self, user: &UserKey, channel: Channel) -> Option<String> {
        let codes = whole(&self.codes);
        let last = codes.iter().rev().find(|(to, over, _)| to == user && *over == channel);
        last.map(|(_, _, code)| code.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Notice>> {
        whole(&self.notices)
    }
}

/// A list is whole after any panic, so a poisoned lock is taken as it is.
fn whole<T>(list: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notifier for Outbox {
    type Error = Infallible;

    async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<(), Self::Error> {
        whole(&self.codes).push((to.clone(), channel, Zeroizing::new(code.reveal().to_owned())));
        Ok(())
    }

    async fn notify(&self, notice: &Notice) -> Result<(), Self::Error> {
        self.lock().push(notice.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Event, EventKind},
        primitives::time::UnixTime,
    };

    fn user() -> UserKey {
        UserKey::new("acme", "42")
    }

    fn record(revision: u8) -> StoredRecord {
        StoredRecord::new(Revision::from_bytes([revision; 16]), vec![revision])
    }

    #[tokio::test]
    async fn a_clone_sees_what_was_written() {
        let store = MemoryStore::new();
        assert_eq!(store.compare_and_swap(&user(), None, &record(1)).await.unwrap(), Swap::Done);
        assert_eq!(store.clone().load(&user()).await.unwrap().unwrap().sealed(), [1]);
    }

    #[tokio::test]
    async fn p42_a_poisoned_lock_is_an_error_and_not_an_absence() {
        let store = MemoryStore::new();
        let handle = store.clone();
        let panicked = std::thread::spawn(move || {
            let _guard = handle.records.lock().unwrap();
            panic!("while holding the lock");
        });
        assert!(panicked.join().is_err());
        assert!(store.load(&user()).await.is_err());
        assert!(store.compare_and_swap(&user(), None, &record(1)).await.is_err());
        assert!(store.remove(&user(), record(1).revision()).await.is_err());
        assert!(store.summaries(&[user()]).await.is_err());
        assert!(store.list(user().tenant(), None, 1).await.is_err());
    }

    #[tokio::test]
    async fn the_outbox_keeps_the_order_and_take_empties_it() {
        let outbox = Outbox::new();
        for id in [7, 8] {
            let event = Event::new(user(), UnixTime::EPOCH, EventKind::Enabled);
            outbox.clone().notify(&Notice::new(id, event)).await.unwrap();
        }
        assert_eq!(outbox.notices().iter().map(Notice::id).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(outbox.take().len(), 2);
        assert!(outbox.take().is_empty());
    }
}
