//! One SQLite file, eight processes of the operating system: nothing that is good once is accepted twice, and no guess goes uncounted,
//! also if some of the processes are killed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{fs::File, path::PathBuf, process, sync::Mutex};

use second_factor::{
    BoxError, Revision, StoredRecord, Swap, UserKey, UserStore,
    testing::{ProcessRace, ReadsComparesWrites, race_process},
};
use second_factor_sqlx::SqliteStore;
use tempfile::TempDir;

/// Where the file is, and how the processes are to break a clause on it.
const FILE: &str = "SECOND_FACTOR_RACE_FILE";
const BROKEN: &str = "SECOND_FACTOR_RACE_BROKEN";

/// Not a test: the way into this program for the processes that the races start. Without them it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn process() {
    let open = || async { SqliteStore::open(std::env::var(FILE).unwrap()).await.unwrap() };
    match std::env::var(BROKEN).as_deref() {
        Err(_) => race_process(open).await,
        Ok("clause 1") => race_process(|| async { ReadsComparesWrites(open().await) }).await,
        Ok("clause 2") => race_process(|| async { WritesLater(open().await, Mutex::default()) }).await,
        Ok(lock) => race_process(|| async { LeavesALock(open().await, PathBuf::from(lock)) }).await,
    }
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("records.db")
    }

    async fn store(&self) -> SqliteStore {
        let store = SqliteStore::open(self.file()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    fn race(&self) -> ProcessRace {
        ProcessRace::new("process").env(FILE, self.file())
    }
}

/// What a race said that had to fail.
async fn said(race: impl Future<Output = ()> + Send + 'static) -> String {
    *tokio::spawn(race).await.unwrap_err().into_panic().downcast::<String>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_what_is_good_once_is_accepted_once_by_eight_processes() {
    let place = Place::new();
    place.race().single_use(place.store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p20_no_guess_of_eight_processes_goes_uncounted() {
    let place = Place::new();
    place.race().guesses(place.store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_killed_processes_let_nobody_in_twice_and_lock_nobody_out() {
    let place = Place::new();
    place.race().killed(place.store().await).await;
}

/// The controls: the same races do find a store that breaks clause 1 on the same file.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_accepts_a_code_more_than_once() {
    let place = Place::new();
    let (race, store) = (place.race().env(BROKEN, "clause 1"), place.store().await);
    let said = said(async move { race.single_use(store).await }).await;
    assert!(said.contains("clause 1 (compare and swap): one code of an app, round 0"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_reads_compares_and_writes_looks_at_more_guesses_than_it_counts() {
    let place = Place::new();
    let (race, store) = (place.race().env(BROKEN, "clause 1"), place.store().await);
    let said = said(async move { race.guesses(store).await }).await;
    assert!(said.contains("clause 1 (compare and swap): a burst of 200 wrong codes"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_writes_later_is_found_by_killing_a_process() {
    let place = Place::new();
    let (race, store) = (place.race().env(BROKEN, "clause 2"), place.store().await);
    let said = said(async move { race.killed(store).await }).await;
    let found = "clause 2 (durable): one code of an app, spent by a process that was killed after the swap";
    assert!(said.contains(found), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_outlives_its_process_is_found_by_killing_a_process() {
    let place = Place::new();
    let (race, store) = (place.race().env(BROKEN, place.0.path().join("lock")), place.store().await);
    let said = said(async move { race.killed(store).await }).await;
    assert!(said.contains("killed between load and swap, the next one heard: error"), "{said}");
}

/// Acknowledges a write when it is in the memory of this process, and makes it before the next one.
struct WritesLater(SqliteStore, Mutex<Option<(UserKey, Option<Revision>, StoredRecord)>>);

impl UserStore for WritesLater {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        let waiting = self.1.lock().unwrap().clone();
        match waiting.filter(|(whose, ..)| whose == user) {
            Some((.., next)) => Ok(Some(next)),
            None => Ok(self.0.load(user).await?),
        }
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        let waiting = self.1.lock().unwrap().take();
        if let Some((user, expected, next)) = waiting {
            let _made = self.0.compare_and_swap(&user, expected, &next).await?;
        }
        if self.0.load(user).await?.map(|found| found.revision()) != expected {
            return Ok(Swap::Conflict);
        }
        *self.1.lock().unwrap() = Some((user.clone(), expected, next.clone()));
        Ok(Swap::Done)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        Ok(self.0.remove(user, expected).await?)
    }
}

/// Takes a lock to load, and gives it back after the swap; of other processes it asks that they wait.
struct LeavesALock(SqliteStore, PathBuf);

impl UserStore for LeavesALock {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        let mine = self.1.with_extension(process::id().to_string());
        if self.1.exists() && !mine.exists() {
            return Err("locked by another process".into());
        }
        for lock in [&mine, &self.1] {
            File::create(lock)?;
        }
        Ok(self.0.load(user).await?)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        let swap = self.0.compare_and_swap(user, expected, next).await?;
        std::fs::remove_file(&self.1)?;
        Ok(swap)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        Ok(self.0.remove(user, expected).await?)
    }
}
