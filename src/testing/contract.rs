//! The contract of [`UserStore`] as a test that anybody who writes a store can run; and, below, that of `UserDirectory`.

mod current;
mod directory;
mod durable;
mod ids;
mod races;
mod subject;
mod transaction;

use std::{fmt, future::Future, time::Duration};

use self::subject::Subject;
pub(super) use self::subject::text_of;
pub use self::{
    directory::directory_contract,
    durable::durable,
    transaction::{HostCall, own_transaction},
};
use super::drive;
use crate::store::{Revision, StoredRecord, Swap, UserStore};

/// Runs the clauses of [`UserStore`] that a test can reach against the store that `make` opens. Returns if they hold.
///
/// `make` is called several times. It may open a new, empty place each time, or the same place again: a file, a database. Do the
/// latter where you can: then what needs two processes to go wrong (a cache, a lock in memory) is looked for as well. The test writes
/// under tenants that it draws at random, so it disturbs nobody, but it leaves rows behind.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use second_factor::{MemoryStore, testing::store_contract};
///
/// let place = MemoryStore::new();
/// store_contract(|| async { place.clone() }).await;
/// # }
/// ```
///
/// # How races are forced
///
/// No runtime is needed and nothing is spawned. Several calls are begun before any of them is finished, and polled in turn in the
/// task of the caller, so they overlap wherever the store waits, and drivers that need their runtime find it. If the store never
/// waits, as one that lives in memory or uses a blocking driver, each of its calls would run alone; then the races are run
/// on threads, which start together and block the caller's. Run it on a runtime of several threads if your store spawns blocking work.
///
/// # What it cannot see
///
/// * Clause 1 between processes: [`ProcessRace`](super::ProcessRace).
/// * Clause 2, whether a write survives: [`durable`](super::durable), with a hook of yours.
/// * Clause 3, whether the store takes part in a transaction of the caller: [`own_transaction`](super::own_transaction), likewise.
/// * Clause 4, for a replica that is up to date now and lags tomorrow. Each write is read at once, some hundred times and through
///   several handles, so that a replica that lags by about the time of a call is found; one in the same data center, idle, may not be.
///
/// # Panics
///
/// If a clause does not hold. The message names it. A call that returns an error, or never returns, fails the test too. There is one
/// exception: an id that is longer than 255 bytes or contains a NUL may be refused with an error; it may not be changed.
pub async fn store_contract<S, F>(make: impl Fn() -> F)
where
    S: UserStore,
    F: Future<Output = S>,
{
    let subject = Subject::new(make().await);
    absence(&subject).await;
    current::right_after_each_write(&[&subject, &subject], "").await;
    swaps(&subject).await;
    removal(&subject).await;
    return_of_a_row(&subject).await;
    revisions(&subject).await;
    blobs(&subject).await;
    abandoned_calls(&subject).await;
    ids::exactness(&subject).await;
    ids::no_joined_keys(&subject).await;
    races::one_handle(&subject).await;

    let other = Subject::new(make().await);
    if same_place(&subject, &other).await {
        let third = Subject::new(make().await);
        current::across_handles(&subject, &other).await;
        current::right_after_each_write(&[&subject, &other, &third], ", through another handle").await;
        races::two_handles(&subject, &other).await;
    }
}

/// The clauses as the docs of [`UserStore`] number them.
#[derive(Clone, Copy)]
pub(super) enum Clause {
    CompareAndSwap,
    Durable,
    OnItsOwn,
    Current,
    OpaqueAndExact,
    Absent,
    Dropped,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CompareAndSwap => "clause 1 (compare and swap)",
            Self::Durable => "clause 2 (durable)",
            Self::OnItsOwn => "clause 3 (on its own)",
            Self::Current => "clause 4 (current)",
            Self::OpaqueAndExact => "clause 5 (opaque and exact)",
            Self::Absent => "clause 6 (absent means never written)",
            Self::Dropped => "futures may be dropped at any point",
        })
    }
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
pub(super) fn fail(clause: Clause, what: impl fmt::Display) -> ! {
    panic!("UserStore, {clause}: {what}")
}

async fn absence<S: UserStore>(store: &Subject<S>) {
    let user = store.new_user();
    store.expect_absent(Clause::Absent, &user, "a user never written").await;
    let next = store.new_record();
    store
        .expect_conflict(&user, Some(store.new_revision()), &next, "a revision expected where no record is")
        .await;
    store.expect_absent(Clause::CompareAndSwap, &user, "a user whose only swap was a conflict").await;
    store.expect_remove_conflict(&user, store.new_revision(), "removing what was never written").await;
}

async fn swaps<S: UserStore>(store: &Subject<S>) {
    let user = store.new_user();
    let (first, second, unwanted) = (store.new_record(), store.new_record(), store.new_record());

    store.expect_done(&user, None, &first, "creating a record that was absent").await;
    store.expect_stored(Clause::Current, &user, &first, "after creating it").await;
    store.expect_conflict(&user, None, &unwanted, "creating a record that is present").await;
    store
        .expect_stored(Clause::CompareAndSwap, &user, &first, "after creating it again was a conflict")
        .await;
    store
        .expect_conflict(&user, Some(unwanted.revision()), &unwanted, "expecting the revision of `next`")
        .await;
    store.expect_stored(Clause::CompareAndSwap, &user, &first, "after a conflict").await;

    store.expect_done(&user, Some(first.revision()), &second, "swapping from the stored revision").await;
    store.expect_stored(Clause::Current, &user, &second, "after a swap").await;
    store.expect_conflict(&user, Some(first.revision()), &unwanted, "swapping from a stale revision").await;
    store.expect_conflict(&user, Some(first.revision()), &first, "swapping back to a former record").await;
    store.expect_stored(Clause::CompareAndSwap, &user, &second, "after a stale swap").await;
}

async fn removal<S: UserStore>(store: &Subject<S>) {
    let (user, neighbor) = (store.new_user(), store.new_user());
    let (first, second, beside) = (store.new_record(), store.new_record(), store.new_record());
    store.expect_done(&user, None, &first, "creating a record").await;
    store.expect_done(&neighbor, None, &beside, "creating the record of another user").await;
    store.expect_done(&user, Some(first.revision()), &second, "swapping").await;

    store.expect_remove_conflict(&user, first.revision(), "removing under a stale revision").await;
    store.expect_remove_conflict(&user, beside.revision(), "removing under another user's revision").await;
    store.expect_stored(Clause::CompareAndSwap, &user, &second, "after a removal that was a conflict").await;
    store.expect_removed(&user, second.revision(), "removing under the stored revision").await;
    store.expect_absent(Clause::Absent, &user, "a removed user").await;
    store.expect_remove_conflict(&user, second.revision(), "removing twice").await;
    store.expect_stored(Clause::OpaqueAndExact, &neighbor, &beside, "after another user was removed").await;
}

/// A row that was deleted and created anew shares nothing with the old one.
async fn return_of_a_row<S: UserStore>(store: &Subject<S>) {
    let user = store.new_user();
    let (old, new, late) = (store.new_record(), store.new_record(), store.new_record());
    store.expect_done(&user, None, &old, "creating a record").await;
    store.expect_removed(&user, old.revision(), "removing it").await;
    store.expect_conflict(&user, Some(old.revision()), &late, "swapping a removed record").await;
    store.expect_absent(Clause::CompareAndSwap, &user, "a removed user, after a late swap").await;
    store.expect_done(&user, None, &new, "creating a removed record anew").await;
    store.expect_conflict(&user, Some(old.revision()), &late, "swapping from before the removal").await;
    store.expect_remove_conflict(&user, old.revision(), "removing from before the removal").await;
    store.expect_stored(Clause::CompareAndSwap, &user, &new, "after late calls").await;
}

/// Revisions are 128 bits and every one of them counts: no case folding, no text, no end at the first zero.
async fn revisions<S: UserStore>(store: &Subject<S>) {
    let near = |base: [u8; 16], at: usize, flip: u8| {
        let mut bytes = base;
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= flip;
        }
        bytes
    };
    let pairs = [
        ([0; 16], near([0; 16], 15, 1)),
        ([0xff; 16], near([0xff; 16], 0, 0x80)),
        (*b"revision-as-text", near(*b"revision-as-text", 0, 0x20)),
        (*b"ends in a space ", near(*b"ends in a space ", 15, 0x20)),
        (*b"zero\0in\0between!", near(*b"zero\0in\0between!", 15, 1)),
    ];
    for (stored, similar) in pairs.map(|(a, b)| (Revision::from_bytes(a), Revision::from_bytes(b))) {
        let user = store.new_user();
        let record = StoredRecord::new(stored, vec![1]);
        store.expect_done(&user, None, &record, "creating a record").await;
        store.expect_stored(Clause::OpaqueAndExact, &user, &record, "with an unusual revision").await;
        store
            .expect_conflict(&user, Some(similar), &store.new_record(), "swapping from a similar revision")
            .await;
        store.expect_remove_conflict(&user, similar, "removing under a similar revision").await;
        store
            .expect_done(&user, Some(stored), &store.new_record(), "swapping from an unusual revision")
            .await;
    }
}

async fn blobs<S: UserStore>(store: &Subject<S>) {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let largest: Vec<u8> = every_byte.iter().copied().cycle().take(StoredRecord::MAX_BYTES).collect();
    let user = store.new_user();
    let mut expected = None;
    for (bytes, what) in [
        (vec![0], "a single zero"),
        (every_byte, "every byte value"),
        (b"  text with spaces, \r\n line ends and zeros\0\0 ".to_vec(), "text with spaces around it"),
        (vec![0xc3, 0x28, 0xff, 0xfe], "invalid UTF-8"),
        (largest, "as many bytes as `StoredRecord::MAX_BYTES`"),
        (vec![b'x'], "one byte after many"),
    ] {
        let next = StoredRecord::new(store.new_revision(), bytes);
        store.expect_done(&user, expected, &next, what).await;
        store.expect_stored(Clause::OpaqueAndExact, &user, &next, what).await;
        expected = Some(next.revision());
    }
}

/// A call that is dropped midway has happened or not, and stands in nobody's way.
async fn abandoned_calls<S: UserStore>(store: &Subject<S>) {
    const MOST_POLLS: usize = 5;
    for polls in 0..=MOST_POLLS {
        let user = store.new_user();
        let (old, new, last) = (store.new_record(), store.new_record(), store.new_record());
        store.expect_done(&user, None, &old, "creating a record").await;
        drive::abandon_after(polls, store.swap_call(user.clone(), Some(old.revision()), new.clone())).await;
        // It may still land between our reading and our writing, once.
        let mut attempts = 0;
        loop {
            let found = store.load(&user).await;
            let Some(found) = found.filter(|found| subject::same(found, &old) || subject::same(found, &new))
            else {
                fail(Clause::Dropped, "after a dropped swap the record is neither the old nor the new one")
            };
            match store.swap(&user, Some(found.revision()), &last).await {
                Swap::Done => break,
                Swap::Conflict if attempts == 1 => {
                    fail(Clause::Dropped, "after a dropped swap nothing can be written")
                }
                Swap::Conflict => attempts += 1,
            }
        }
        store.expect_stored(Clause::Dropped, &user, &last, "after a dropped swap and a whole one").await;
    }
}

/// Whether both handles are on one place. A replica that follows later is no other place: it breaks clause 4.
async fn same_place<S: UserStore>(one: &Subject<S>, other: &Subject<S>) -> bool {
    const LOOKS: u32 = 30;
    const LAG: Duration = Duration::from_millis(20);
    let user = one.new_user();
    one.expect_done(&user, None, &one.new_record(), "creating a record").await;
    for look in 0..LOOKS {
        match other.load(&user).await {
            Some(_) if look == 0 => return true,
            Some(_) => fail(
                Clause::Current,
                "right after creating it, through another handle: there is no record, and later there is",
            ),
            // The first looks follow at once.
            None if look < LOOKS / 2 => {}
            None => drive::pause(LAG).await,
        }
    }
    false
}
