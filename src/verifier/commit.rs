//! Load, decide, swap, tell: the only place that waits for the host.

use super::Verifier;
use crate::{
    error::{Error, Result, Unavailable},
    event::{Actor, Event, EventKind},
    factor::Channel,
    notify::{Notice, OneTimeCode},
    primitives::{
        random,
        seal::{self, KeyId, OpenError},
        time::UnixTime,
    },
    record::{Change, Decision, Record, SealError},
    refusal::NotAllowed,
    store::{BoxError, Revision, StoredRecord, Swap},
    user::UserKey,
};

/// So often a ceremony starts again because others changed the record in between. Each round that conflicts is one in which somebody
/// else's was committed, so this many have to come before us.
const MAX_ROUNDS: u32 = 64;

/// What has to hold of a record before it is deleted.
pub(super) type Condition = fn(&Record) -> Result<(), NotAllowed>;

/// Whose record a ceremony is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) user: &'a UserKey,
    /// The host says that the user is enrolled: then no verified factor is an error, whatever became of the record.
    pub(super) known_enrolled: bool,
}

impl Verifier {
    /// Runs a ceremony to its commit. What it yields is known outside only after it was written, and if it could not be written, the
    /// error is the same whatever it would have been.
    ///
    /// `decide` is called once a round with the record as it then is and the time; it must be pure.
    pub(super) async fn commit<T>(
        &self,
        subject: Subject<'_>,
        decide: impl FnMut(Option<Record>, UnixTime) -> Decision<T>,
    ) -> Result<T> {
        let (outcome, change) = self.decide_and_swap(subject, decide).await?;
        if let Some(change) = change {
            self.tell(subject.user, &change).await;
        }
        Ok(outcome)
    }

    /// Hands the notices that are still waiting to the notifier, and takes those out that it accepts.
    ///
    /// # Errors
    ///
    /// The first error of the notifier, or of the store while taking them out. What was not taken out comes again.
    pub(super) async fn deliver(&self, user: &UserKey, record: &Record) -> Result<(), BoxError> {
        let mut accepted = Vec::new();
        let mut result = Ok(());
        for waiting in record.pending_notices() {
            let notice = Notice::new(waiting.id, Event::new(user.clone(), waiting.at, waiting.kind.clone()));
            match self.inner.notifier.notify(&notice).await {
                Ok(()) => accepted.push(waiting.id),
                Err(error) => result = result.and(Err(error)),
            }
        }
        if !accepted.is_empty() {
            let subject = Subject { user, known_enrolled: false };
            self.decide_and_swap(subject, |record, now| match record {
                Some(record) => record.acknowledge(&accepted, now),
                None => Decision::keep(()),
            })
            .await?;
        }
        result
    }

    /// Hands a one-time code to the notifier, after it was committed. What fails here gives nothing back.
    pub(super) async fn hand_over(&self, user: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<()> {
        let sent = self.inner.notifier.send_code(user, channel, code).await;
        sent.map_err(|source| Unavailable::NotSent { channel, source }.into())
    }

    /// Reads a record outside of any ceremony, with the id of the key that it is sealed under.
    pub(crate) async fn look_at(&self, user: &UserKey) -> Result<Option<(Record, Option<KeyId>)>> {
        let Some(stored) = self.inner.store.load(user).await.map_err(Unavailable::Store)? else {
            return Ok(None);
        };
        Ok(Some((self.open(user, &stored)?, seal::key_id_of(stored.sealed()))))
    }

    /// Deletes a record, under the same comparison as every write. Yields whether there was one.
    ///
    /// With `only_if` it is opened and asked first; without, it need not even open.
    pub(super) async fn remove(
        &self,
        user: &UserKey,
        only_if: Option<Condition>,
        by: &Actor,
    ) -> Result<bool> {
        for _ in 0..MAX_ROUNDS {
            let Some(stored) = self.inner.store.load(user).await.map_err(Unavailable::Store)? else {
                return Ok(false);
            };
            if let Some(may_go) = only_if {
                may_go(&self.open(user, &stored)?)?;
            }
            match self.inner.store.remove(user, stored.revision()).await.map_err(Unavailable::Store)? {
                Swap::Done => {
                    let erased = EventKind::Erased { by: by.clone() };
                    (self.inner.audit)(&Event::new(user.clone(), self.now(), erased));
                    return Ok(true);
                }
                Swap::Conflict => {}
            }
        }
        Err(Unavailable::Contended.into())
    }

    async fn decide_and_swap<T>(
        &self,
        subject: Subject<'_>,
        mut decide: impl FnMut(Option<Record>, UnixTime) -> Decision<T>,
    ) -> Result<(T, Option<Change>)> {
        for _ in 0..MAX_ROUNDS {
            let stored = self.inner.store.load(subject.user).await.map_err(Unavailable::Store)?;
            let record = stored.as_ref().map(|stored| self.open(subject.user, stored)).transpose()?;
            if subject.known_enrolled && !record.as_ref().is_some_and(Record::is_enrolled) {
                return Err(Unavailable::MissingRecord.into());
            }
            let now = self.now();
            let Decision { change, noted, outcome } = decide(record, now);
            if let Some(kind) = noted {
                (self.inner.audit)(&Event::new(subject.user.clone(), now, kind));
            }
            let Some(change) = change else { return Ok((outcome, None)) };
            let next = self.seal(subject.user, &change)?;
            let expected = stored.map(|stored| stored.revision());
            match self.swap(subject.user, expected, &next).await? {
                Swap::Done => return Ok((outcome, Some(change))),
                Swap::Conflict => {}
            }
        }
        Err(Unavailable::Contended.into())
    }

    /// An error may hide a write that was made. Only if our own revision is found was it made; otherwise nobody learns the outcome.
    async fn swap(&self, user: &UserKey, expected: Option<Revision>, next: &StoredRecord) -> Result<Swap> {
        let error = match self.inner.store.compare_and_swap(user, expected, next).await {
            Ok(swap) => return Ok(swap),
            Err(error) => error,
        };
        match self.inner.store.load(user).await {
            Ok(Some(stored)) if stored.revision() == next.revision() => Ok(Swap::Done),
            _ => Err(Unavailable::Store(error).into()),
        }
    }

    fn open(&self, user: &UserKey, stored: &StoredRecord) -> Result<Record> {
        let opened = Record::open(&self.inner.keys, user, stored.revision().as_bytes(), stored.sealed());
        opened.map_err(|error| match error {
            OpenError::Unreadable => Unavailable::Record.into(),
            OpenError::UnknownKey => Unavailable::UnknownKey.into(),
        })
    }

    fn seal(&self, user: &UserKey, change: &Change) -> Result<StoredRecord> {
        let revision = Revision::from_bytes(random::bytes()?);
        let sealed =
            change.record.seal(&self.inner.keys, user, revision.as_bytes()).map_err(|error| match error {
                SealError::TooLarge => Error::Unavailable(Unavailable::TooLarge),
                SealError::Random(error) => error.into(),
            })?;
        Ok(StoredRecord::with_summary(revision, sealed, change.record.summary(change.at)))
    }

    /// After the commit. Nothing here can change the outcome any more; a notice that did not get through stays in the record.
    async fn tell(&self, user: &UserKey, change: &Change) {
        for kind in &change.events {
            (self.inner.audit)(&Event::new(user.clone(), change.at, kind.clone()));
        }
        if change.has_notices() {
            let _comes_again = self.deliver(user, &change.record).await;
        }
    }
}
