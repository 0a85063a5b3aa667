//! The races of the test kit between threads: the store in memory stands them, and each of a row of broken ones does not.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use second_factor::{
    BoxError, MemoryStore, Revision, StoredRecord, Swap, UserKey, UserStore,
    testing::{ReadsComparesWrites, ThreadRace},
};

/// What a race said that had to fail.
async fn said(race: impl Future<Output = ()> + Send + 'static) -> String {
    *tokio::spawn(race).await.unwrap_err().into_panic().downcast::<String>().unwrap()
}

#[tokio::test]
async fn p1_what_is_good_once_is_accepted_once_by_eight_threads() {
    let place = MemoryStore::new();
    ThreadRace::new().single_use(|| place.clone()).await;
}

#[tokio::test]
async fn p20_no_guess_of_eight_threads_goes_uncounted() {
    let place = MemoryStore::new();
    for _ in 0..10 {
        ThreadRace::new().guesses(|| place.clone()).await;
    }
}

#[tokio::test]
async fn a_single_thread_is_told_the_same() {
    let place = MemoryStore::new();
    for threads in [1, 2, 3, 33] {
        let race = ThreadRace::new().threads(threads).rounds(4);
        race.single_use(|| place.clone()).await;
        race.guesses(|| place.clone()).await;
    }
}

#[tokio::test]
async fn a_store_that_reads_compares_and_writes_is_found_by_both_races() {
    let place = MemoryStore::new();
    let open = move || ReadsComparesWrites(place.clone());
    let again = open.clone();
    let said_of_codes = said(async move { ThreadRace::new().single_use(open).await }).await;
    assert!(
        said_of_codes.contains("clause 1 (compare and swap): one code of an app, round 0"),
        "{said_of_codes}"
    );
    let said_of_guesses = said(async move { ThreadRace::new().guesses(again).await }).await;
    assert!(
        said_of_guesses.contains("clause 1 (compare and swap): a burst of 200 wrong codes"),
        "{said_of_guesses}"
    );
}

/// Breaks what the name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Whatever is expected, the write is made.
    IgnoresExpected,
    /// What was first read is read again for ever, as from a replica that does not follow.
    ReadsWhatItReadFirst,
    /// Every write is acknowledged, and one of eleven is not made.
    ForgetsAWriteNowAndThen,
    /// Fails now and then, and says so.
    FailsNowAndThen,
}

#[derive(Clone)]
struct Faulty {
    fault: Fault,
    place: MemoryStore,
    read: Arc<Mutex<HashMap<UserKey, StoredRecord>>>,
    writes: Arc<AtomicU64>,
}

impl UserStore for Faulty {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        let found = self.place.load(user).await?;
        if self.fault != Fault::ReadsWhatItReadFirst {
            return Ok(found);
        }
        let mut read = self.read.lock().unwrap();
        if let (Some(found), false) = (&found, read.contains_key(user)) {
            // The set-up takes two writes, and notices one more.
            if self.writes.load(Ordering::SeqCst) >= 3 {
                read.insert(user.clone(), found.clone());
            }
        }
        Ok(read.get(user).cloned().or(found))
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        let write = self.writes.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::ForgetsAWriteNowAndThen if write % 11 == 10 => Ok(Swap::Done),
            Fault::FailsNowAndThen if write % 11 == 10 => Err("the disk is full".into()),
            Fault::IgnoresExpected => loop {
                let there = self.place.load(user).await?.map(|record| record.revision());
                if self.place.compare_and_swap(user, there, next).await? == Swap::Done {
                    return Ok(Swap::Done);
                }
            },
            _ => Ok(self.place.compare_and_swap(user, expected, next).await?),
        }
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        Ok(self.place.remove(user, expected).await?)
    }
}

#[tokio::test]
async fn each_fault_is_found_by_one_race_and_its_clause_named() {
    for (fault, words) in [
        (Fault::IgnoresExpected, ["clause 1 (compare and swap)", "8 of 8 had it accepted"]),
        (Fault::ReadsWhatItReadFirst, ["clause 4 (current)", "one gave up"]),
        (Fault::ForgetsAWriteNowAndThen, ["clause 1 (compare and swap)", "must be"]),
        (Fault::FailsNowAndThen, ["one was answered with an error", "the disk is full"]),
    ] {
        let store = Faulty { fault, place: MemoryStore::new(), read: Arc::default(), writes: Arc::default() };
        let said = said(async move { ThreadRace::new().single_use(|| store.clone()).await }).await;
        assert!(words.iter().all(|word| said.contains(word)), "{fault:?}: {said}");
    }
}
