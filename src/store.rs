//! Where a host keeps one record per user, and what it promises of that place.

use std::{error::Error as StdError, fmt, future::Future};

use crate::{summary::Summary, user::UserKey};

/// Any error of a host.
///
/// What a [`UserStore`], [`UserDirectory`](crate::UserDirectory) or [`Notifier`](crate::Notifier) says comes back in
/// [`Unavailable`](crate::Unavailable) as one. It is also an error type for those in which several things can go wrong.
///
/// ```
/// use second_factor::{BoxError, Channel, OneTimeCode, UserKey};
/// # use second_factor::{Notice, Notifier};
/// # struct Messages;
/// # impl Messages {
/// #     fn mail(&self, _: &UserKey, _: &str) -> Result<(), std::io::Error> { Ok(()) }
/// #     fn text(&self, _: &UserKey, _: &str) -> Result<(), std::num::ParseIntError> { Ok(()) }
/// # }
///
/// # impl Notifier for Messages {
/// #     type Error = BoxError;
/// # async fn notify(&self, _: &Notice) -> Result<(), BoxError> { Ok(()) }
/// /// Of a notifier with two services behind it, each with errors of its own.
/// async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<(), BoxError> {
///     match channel {
///         Channel::Email => self.mail(to, code.reveal())?,
///         Channel::Sms => self.text(to, code.reveal())?,
///         other => return Err(format!("there is no service for {other:?}").into()),
///     }
///     Ok(())
/// }
/// # }
/// ```
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A place that keeps one [`StoredRecord`] per user. Each clause below says what breaks when it is broken.
///
/// 1. **Compare and swap.** [`compare_and_swap`](Self::compare_and_swap) writes only if the stored revision equals `expected` *at the
///    moment of writing*, as one atomic step for all processes: one SQL statement with the revision in its `WHERE`, one script, one
///    conditional put. *Reading, comparing and then writing lets two requests spend the same code: a replay succeeds.*
/// 2. **Durable.** Once [`Swap::Done`] is returned, the record survives a crash of the process and of the machine.
///    *A lost write makes a spent code valid again and forgets guesses.*
/// 3. **On its own.** The write is not part of a transaction of the caller. *A login that fails and rolls back would take its own
///    failure count with it, and guessing becomes free (Vikunja, CVE-2026-35597).*
/// 4. **Current.** [`load`](Self::load) returns the record as last acknowledged, not that of a replica or a cache.
///    *An older record costs rounds that end in conflicts; for [`begin`](crate::Verifier::begin) and
///    [`assess`](crate::Verifier::assess), which only read, it lets an enrolled user pass as not enrolled.*
/// 5. **Opaque and exact.** The sealed bytes, up to [`StoredRecord::MAX_BYTES`], come back as they were, under exactly this tenant and
///    user: no case folding, trimming or normalizing. *Changed bytes do not open: the user cannot sign in.*
/// 6. **Absent means never written.** `Ok(None)` only when there is no row. An error is an `Err`. *A failure that reads as "no record"
///    switches the second factor off.*
///
/// Futures may be dropped at any point; a write under way may then happen or not. The module `testing` (feature `testing`) checks
/// all of this: `store_contract`, `own_transaction`, `ProcessRace` and `durable`, in this order.
///
/// There are no default bodies: each method is a promise of its own. [Choosing a store](crate::guide::stores) says what the stores that are
/// there promise; [writing your own](crate::guide::own_store) goes through one in under 50 lines, and through its proof.
///
/// ```
/// use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
/// # struct Rows; struct Row { revision: [u8; 16], sealed: Vec<u8> }
/// # impl Rows {
/// #     async fn one(&self, _: &str, _: [&str; 2]) -> std::io::Result<Option<Row>> { Ok(None) }
/// #     async fn changed(&self, _: &str, _: (&UserKey, Option<Revision>, Option<&StoredRecord>)) -> std::io::Result<u64> { Ok(1) }
/// # }
///
/// struct Database(Rows);
///
/// impl UserStore for Database {
///     type Error = std::io::Error;
///
///     async fn load(&self, user: &UserKey) -> std::io::Result<Option<StoredRecord>> {
///         let sql = "SELECT revision, sealed FROM second_factor WHERE tenant = $1 AND user = $2";
///         let row = self.0.one(sql, [user.tenant().as_str(), user.user()]).await?;
///         Ok(row.map(|row| StoredRecord::new(Revision::from_bytes(row.revision), row.sealed)))
///     }
///
///     async fn compare_and_swap(
///         &self,
///         user: &UserKey,
///         expected: Option<Revision>,
///         next: &StoredRecord,
///     ) -> std::io::Result<Swap> {
///         let sql = match expected {
///             None => "INSERT INTO second_factor VALUES (..) ON CONFLICT DO NOTHING",
///             Some(_) => "UPDATE second_factor SET .. WHERE tenant = $1 AND user = $2 AND revision = $3",
///         };
///         Ok(Swap::from_rows(self.0.changed(sql, (user, expected, Some(next))).await?))
///     }
///
///     async fn remove(&self, user: &UserKey, expected: Revision) -> std::io::Result<Swap> {
///         let sql = "DELETE FROM second_factor WHERE tenant = $1 AND user = $2 AND revision = $3";
///         Ok(Swap::from_rows(self.0.changed(sql, (user, Some(expected), None)).await?))
///     }
/// }
/// ```
pub trait UserStore: Send + Sync + 'static {
    /// What can go wrong in this store. It reaches the host again as [`Unavailable::Store`](crate::Unavailable::Store).
    type Error: Into<BoxError>;

    /// The record as last written, or `None` if there is none.
    fn load(&self, user: &UserKey) -> impl Future<Output = Result<Option<StoredRecord>, Self::Error>> + Send;

    /// Writes `next` only if the stored revision still equals `expected`; with `None`, only if there is no record yet.
    ///
    /// An `Err` may leave it open whether the write happened: the library reloads and looks for its own revision.
    fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> impl Future<Output = Result<Swap, Self::Error>> + Send;

    /// Deletes the row (erasure of a person) if the stored revision still equals `expected`.
    fn remove(
        &self,
        user: &UserKey,
        expected: Revision,
    ) -> impl Future<Output = Result<Swap, Self::Error>> + Send;
}

/// Whether a comparison held and the write was made. Conflict is an answer, not an error: the library starts the ceremony again.
///
/// ```
/// use second_factor::Swap;
///
/// /// A store on top of conditional puts over HTTP (`If-Match`). Where it stays open whether it wrote, it says so: an error, no conflict.
/// fn answered(status: u16) -> Result<Swap, String> {
///     match status {
///         200 | 201 => Ok(Swap::Done),
///         412 => Ok(Swap::Conflict),
///         other => Err(format!("the store answered {other}")),
///     }
/// }
///
/// assert_eq!(answered(412), Ok(Swap::Conflict));
/// assert_eq!(Swap::from_rows(0), Swap::Conflict, "of a store over SQL: the row has another revision by now");
/// ```
#[must_use = "a conflict means that nothing was written"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The revision was the expected one; the new record is stored and durable.
    Done,
    /// The stored revision is another (or there is, or is not, a record where none, or one, was expected); nothing was written.
    Conflict,
}

impl Swap {
    /// From the number of rows that a conditional statement changed: 1 is [`Done`](Self::Done), everything else a conflict.
    pub const fn from_rows(changed: u64) -> Self {
        if changed == 1 { Self::Done } else { Self::Conflict }
    }
}

/// 128 bits drawn at random for every write, so that a row deleted and created anew shares nothing with the old one.
///
/// ```
/// use second_factor::Revision;
///
/// /// Of a row: a column of 16 bytes. If it has another length the row is damaged, which is an error and never "no record".
/// fn read(column: &[u8]) -> Result<Revision, String> {
///     let bytes = column.try_into().map_err(|_| "the revision has not 16 bytes")?;
///     Ok(Revision::from_bytes(bytes))
/// }
///
/// assert_eq!(read(&[7; 16])?.as_bytes(), &[7; 16]);
/// assert!(read(&[]).is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision([u8; 16]);

impl Revision {
    /// As stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// To store, as 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A user's record as the store sees it: a revision, sealed bytes, and a summary for lists.
///
/// A store keeps revision and bytes and returns them with [`new`](Self::new); it may keep the summary's fields as plain columns.
///
/// ```
/// use second_factor::StoredRecord;
///
/// /// The columns of a row.
/// fn columns(next: &StoredRecord) -> ([u8; 16], &[u8], Option<u64>, u8) {
///     let summary = next.summary();
///     let enrolled_at = summary.enrolled_at.map(|at| at.seconds());
///     (*next.revision().as_bytes(), next.sealed(), enrolled_at, summary.backup_codes_left)
/// }
/// ```
#[derive(Clone)]
pub struct StoredRecord {
    revision: Revision,
    sealed: Vec<u8>,
    summary: Summary,
}

impl StoredRecord {
    /// The most bytes that [`sealed`](Self::sealed) ever has: 16 KiB.
    pub const MAX_BYTES: usize = crate::record::MAX_BYTES;

    /// What a store read back. The summary is not needed: no decision reads it.
    #[must_use]
    pub fn new(revision: Revision, sealed: Vec<u8>) -> Self {
        Self { revision, sealed, summary: Summary::default() }
    }

    pub(crate) fn with_summary(revision: Revision, sealed: Vec<u8>, summary: Summary) -> Self {
        Self { revision, sealed, summary }
    }

    /// The revision of this write.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The sealed bytes, opaque to the store.
    #[must_use]
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// What lists may show and indexes may sort by.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord")
            .field("revision", &self.revision)
            .field("bytes", &self.sealed.len())
            .field("summary", &self.summary)
            .finish()
    }
}
