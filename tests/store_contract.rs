//! The contract of `UserStore` as a test: it lets good stores pass, and catches each of a row of broken ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use second_factor::{
    BoxError, MemoryStore, Revision, StoredRecord, Swap, UserKey, UserStore, testing::store_contract,
};

/// What is wrong with a [`Faulty`] store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    WaitsBetweenReadAndWrite,
    PausesBetweenReadAndWrite,
    LocksOnlyItsOwnHandle,
    RemovesWithoutLooking,
    IgnoresExpected,
    CreateOverwrites,
    ConflictWrites,
    ReadsFromACache,
    SaysDoneAndForgets,
    FoldsCase,
    TrimsIds,
    CutsIds,
    JoinsTenantAndUser,
    IgnoresTheTenant,
    CutsBytes,
    KeepsBytesAsText,
    ComparesHalfTheRevision,
    RemovesTheWholeTenant,
    KeepsALockWhenDropped,
    ForgetsTheRevision,
    FoldsMarks,
    EndsAtAZero,
    MatchesPatterns,
    ReadsOneWriteLate,
    ReadsLateNowAndThen,
    ReadsTheWritesOfOthersLate,
}

type Records = Arc<Mutex<Place>>;

/// What all handles share.
#[derive(Default)]
struct Place {
    rows: HashMap<UserKey, StoredRecord>,
    /// The rows before the last write, which one handle made, and whether anybody has read since.
    before: HashMap<UserKey, StoredRecord>,
    writer: usize,
    is_read: bool,
    reads: usize,
    handles: usize,
}

/// A store in memory with one fault. Each handle has its own lock and cache, as each process would.
struct Faulty {
    fault: Fault,
    number: usize,
    place: Records,
    own_lock: tokio::sync::Mutex<()>,
    stuck: Mutex<bool>,
    cache: Mutex<HashMap<UserKey, StoredRecord>>,
}

impl Faulty {
    fn open(fault: Fault, place: Records) -> Self {
        place.lock().unwrap().handles += 1;
        let number = place.lock().unwrap().handles;
        Self {
            fault,
            number,
            place,
            own_lock: tokio::sync::Mutex::default(),
            stuck: Mutex::default(),
            cache: Mutex::default(),
        }
    }

    fn key(&self, user: &UserKey) -> UserKey {
        let (tenant, name) = (user.tenant().as_str(), user.user());
        let each = |change: fn(&str) -> String| UserKey::new(change(tenant), change(name));
        match self.fault {
            Fault::FoldsCase => each(str::to_lowercase),
            Fault::TrimsIds => each(|id| id.trim_end().to_owned()),
            Fault::CutsIds => each(|id| id.chars().take(255).collect()),
            Fault::JoinsTenantAndUser => UserKey::new("", format!("{tenant}:{name}")),
            Fault::IgnoresTheTenant => UserKey::new("", name),
            Fault::FoldsMarks => each(|id| id.replace("a\u{308}", "\u{e4}")),
            Fault::EndsAtAZero => each(|id| id.split('\0').next().unwrap().to_owned()),
            _ => user.clone(),
        }
    }

    fn stored(&self, record: &StoredRecord) -> StoredRecord {
        let bytes = record.sealed();
        let kept = match self.fault {
            Fault::CutsBytes => bytes.iter().copied().take(8 * 1024).collect(),
            Fault::KeepsBytesAsText => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
            _ => bytes.to_vec(),
        };
        StoredRecord::new(record.revision(), kept)
    }

    fn found(&self, user: &UserKey) -> Option<StoredRecord> {
        self.place.lock().unwrap().rows.get(&self.key(user)).cloned()
    }

    /// What a load finds.
    fn read(&self, user: &UserKey) -> Option<StoredRecord> {
        let found = self.found(user);
        let mut place = self.place.lock().unwrap();
        place.reads += 1;
        let first = !std::mem::replace(&mut place.is_read, true);
        let late = match self.fault {
            Fault::ReadsOneWriteLate => first,
            Fault::ReadsLateNowAndThen => place.reads.is_multiple_of(40),
            Fault::ReadsTheWritesOfOthersLate => first && place.writer != self.number,
            _ => false,
        };
        match self.fault {
            _ if late => place.before.get(user).cloned(),
            Fault::ForgetsTheRevision => {
                found.map(|found| StoredRecord::new(Revision::from_bytes([7; 16]), found.sealed().to_vec()))
            }
            Fault::MatchesPatterns => found.or_else(|| {
                let start = user.user().strip_suffix('%')?;
                let like = |key: &&UserKey| key.tenant() == user.tenant() && key.user().starts_with(start);
                place.rows.keys().find(like).and_then(|key| place.rows.get(key)).cloned()
            }),
            _ => found,
        }
    }

    /// The rows, to be written.
    fn rows<'p>(&self, place: &'p mut Place) -> &'p mut HashMap<UserKey, StoredRecord> {
        place.before.clone_from(&place.rows);
        (place.writer, place.is_read) = (self.number, false);
        &mut place.rows
    }

    fn holds(&self, found: Option<&StoredRecord>, expected: Option<Revision>) -> bool {
        let found = found.map(StoredRecord::revision);
        match self.fault {
            Fault::IgnoresExpected => found.is_some() == expected.is_some(),
            Fault::CreateOverwrites => expected.is_none() || found == expected,
            Fault::ComparesHalfTheRevision => {
                let half =
                    |revision: Revision| revision.as_bytes().iter().copied().take(8).collect::<Vec<_>>();
                found.map(half) == expected.map(half)
            }
            _ => found == expected,
        }
    }

    fn swap_at_once(&self, user: &UserKey, expected: Option<Revision>, next: &StoredRecord) -> Swap {
        let mut place = self.place.lock().unwrap();
        if !self.holds(place.rows.get(&self.key(user)), expected) {
            if self.fault == Fault::ConflictWrites {
                place.rows.insert(self.key(user), self.stored(next));
            }
            return Swap::Conflict;
        }
        if self.fault != Fault::SaysDoneAndForgets {
            self.rows(&mut place).insert(self.key(user), self.stored(next));
        }
        Swap::Done
    }
}

impl UserStore for Faulty {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        if self.fault == Fault::ReadsFromACache
            && let Some(cached) = self.cache.lock().unwrap().get(user)
        {
            return Ok(Some(cached.clone()));
        }
        let found = self.read(user);
        if let Some(found) = &found {
            self.cache.lock().unwrap().insert(user.clone(), found.clone());
        }
        Ok(found)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        match self.fault {
            Fault::WaitsBetweenReadAndWrite
            | Fault::PausesBetweenReadAndWrite
            | Fault::LocksOnlyItsOwnHandle => {
                let _guard = match self.fault {
                    Fault::LocksOnlyItsOwnHandle => Some(self.own_lock.lock().await),
                    _ => None,
                };
                if !self.holds(self.found(user).as_ref(), expected) {
                    return Ok(Swap::Conflict);
                }
                match self.fault {
                    Fault::PausesBetweenReadAndWrite => std::thread::sleep(Duration::from_micros(10)),
                    _ => tokio::task::yield_now().await,
                }
                self.place.lock().unwrap().rows.insert(self.key(user), self.stored(next));
                Ok(Swap::Done)
            }
            Fault::KeepsALockWhenDropped => {
                if *self.stuck.lock().unwrap() {
                    return Err("locked by a call that is gone".into());
                }
                *self.stuck.lock().unwrap() = true;
                tokio::task::yield_now().await;
                *self.stuck.lock().unwrap() = false;
                Ok(self.swap_at_once(user, expected, next))
            }
            _ => {
                let swap = self.swap_at_once(user, expected, next);
                self.cache.lock().unwrap().remove(user);
                Ok(swap)
            }
        }
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        let _guard = match self.fault {
            Fault::LocksOnlyItsOwnHandle => Some(self.own_lock.lock().await),
            _ => None,
        };
        self.cache.lock().unwrap().remove(user);
        let mut place = self.place.lock().unwrap();
        if self.fault != Fault::RemovesWithoutLooking
            && !self.holds(place.rows.get(&self.key(user)), Some(expected))
        {
            return Ok(Swap::Conflict);
        }
        if self.fault == Fault::RemovesTheWholeTenant {
            place.rows.retain(|key, _| key.tenant() != user.tenant());
            return Ok(Swap::Done);
        }
        Ok(Swap::from_rows(self.rows(&mut place).remove(&self.key(user)).map_or(0, |_| 1)))
    }
}

/// Runs the contract on a store with this fault. `None` if it passed, otherwise what it said.
async fn verdict(fault: Fault) -> Option<String> {
    let run = tokio::spawn(async move {
        let place = Records::default();
        store_contract(|| async { Faulty::open(fault, place.clone()) }).await;
    });
    let panic = run.await.err()?.into_panic();
    Some(*panic.downcast::<String>().unwrap())
}

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    store_contract(|| async { MemoryStore::new() }).await;
    let place = MemoryStore::new();
    store_contract(|| async { place.clone() }).await;
}

#[tokio::test]
async fn a_store_without_a_fault_passes() {
    assert_eq!(verdict(Fault::Nothing).await, None);
}

#[tokio::test]
async fn each_fault_is_caught_and_its_clause_named() {
    for (fault, clause, detail) in [
        (Fault::WaitsBetweenReadAndWrite, "clause 1 (compare and swap)", "of 8 callers"),
        (Fault::PausesBetweenReadAndWrite, "clause 1 (compare and swap)", "of 8 callers"),
        (Fault::LocksOnlyItsOwnHandle, "clause 1 (compare and swap)", "through two handles"),
        (Fault::RemovesWithoutLooking, "clause 1 (compare and swap)", "removing under a stale revision"),
        (Fault::IgnoresExpected, "clause 1 (compare and swap)", "expecting the revision of `next`"),
        (Fault::CreateOverwrites, "clause 1 (compare and swap)", "creating a record that is present"),
        (Fault::ConflictWrites, "clause 1 (compare and swap)", "whose only swap was a conflict"),
        (Fault::ComparesHalfTheRevision, "clause 1 (compare and swap)", "similar revision"),
        (Fault::ReadsFromACache, "clause 4 (current)", "after another handle swapped it"),
        (Fault::SaysDoneAndForgets, "clause 4 (current)", "after creating it"),
        (Fault::FoldsCase, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::TrimsIds, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::CutsIds, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::JoinsTenantAndUser, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::IgnoresTheTenant, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::CutsBytes, "clause 5 (opaque and exact)", "8192 bytes that come back are not the 16384"),
        (Fault::KeepsBytesAsText, "clause 5 (opaque and exact)", "bytes that come back"),
        (Fault::RemovesTheWholeTenant, "clause 5 (opaque and exact)", "after the removal of"),
        (Fault::ForgetsTheRevision, "clause 5 (opaque and exact)", "the revision that comes back"),
        (Fault::FoldsMarks, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::EndsAtAZero, "clause 5 (opaque and exact)", "taken for another user"),
        (Fault::MatchesPatterns, "clause 6 (absent means never written)", "there must be none"),
        (Fault::ReadsOneWriteLate, "clause 4 (current)", "right after creating it"),
        (Fault::ReadsLateNowAndThen, "clause 4 (current)", "right after"),
        (Fault::ReadsTheWritesOfOthersLate, "clause 4 (current)", "through another handle"),
        (Fault::KeepsALockWhenDropped, "returned an error", "locked by a call that is gone"),
    ] {
        let said = verdict(fault).await.unwrap_or_else(|| panic!("{fault:?} was not caught"));
        assert!(said.contains(clause) && said.contains(detail), "{fault:?}: {said}");
    }
}
