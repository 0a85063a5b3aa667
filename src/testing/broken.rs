//! A store that is broken on purpose.

use std::{thread, time::Duration};

use crate::{
    store::{Revision, StoredRecord, Swap, UserStore},
    user::UserKey,
};

/// A sound store made to break clause 1: it reads, compares, and then writes whatever is there by now. **For controls only**: a test that does
/// not fail on it would not fail on the store that you have in mind either.
///
/// Between reading and writing it sleeps for 2 milliseconds, about as long as a database takes to answer over a network. It blocks.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::{panic, thread};
/// use second_factor::{MemoryStore, blocking, testing::{ReadsComparesWrites, ThreadRace}};
///
/// let place = MemoryStore::new();
/// let race = tokio::spawn(async move { ThreadRace::new().single_use(|| ReadsComparesWrites(place.clone())).await });
/// let said = race.await.unwrap_err().into_panic().downcast::<String>().unwrap();
/// assert!(said.contains("clause 1 (compare and swap)"), "{said}");
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ReadsComparesWrites<S>(pub S);

/// As long as a database takes to answer over a network.
const BETWEEN: Duration = Duration::from_millis(2);

impl<S: UserStore> UserStore for ReadsComparesWrites<S> {
    type Error = S::Error;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, S::Error> {
        self.0.load(user).await
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, S::Error> {
        let mut found = self.0.load(user).await?;
        if found.as_ref().map(StoredRecord::revision) != expected {
            return Ok(Swap::Conflict);
        }
        thread::sleep(BETWEEN);
        loop {
            let there = found.map(|record| record.revision());
            if self.0.compare_and_swap(user, there, next).await? == Swap::Done {
                return Ok(Swap::Done);
            }
            found = self.0.load(user).await?;
        }
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, S::Error> {
        self.0.remove(user, expected).await
    }
}
