//! The contract of `UserDirectory` as a test: it lets good directories pass, and catches each of a row of broken ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod faulty;

use std::sync::Arc;

use second_factor::{
    BoxError, MemoryStore, Revision, StoredRecord, Summary, Swap, TenantId, UserDirectory, UserKey,
    UserStore,
    blocking::{self, Blocking},
    testing::directory_contract,
};

use self::faulty::{Fault, Faulty, Place, Rows};

/// Runs the contract on a directory with this fault. `None` if it passed, otherwise what it said.
async fn verdict(fault: Fault) -> Option<String> {
    let run = tokio::spawn(async move {
        let place = Arc::new(Place::default());
        directory_contract(|| async { Faulty::open(fault, place.clone()) }).await;
    });
    let panic = run.await.err()?.into_panic();
    Some(*panic.downcast::<String>().unwrap())
}

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    directory_contract(|| async { MemoryStore::new() }).await;
    let place = MemoryStore::new();
    directory_contract(|| async { place.clone() }).await;
}

#[tokio::test]
async fn a_directory_without_a_fault_passes() {
    assert_eq!(verdict(Fault::Nothing).await, None);
}

#[tokio::test]
async fn a_page_may_be_shorter_than_its_limit() {
    assert_eq!(verdict(Fault::ShortPages).await, None);
}

/// The memory store as one that blocks.
struct Sync(MemoryStore);

impl blocking::UserStore for Sync {
    type Error = BoxError;

    fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        Ok(now(self.0.load(user)).unwrap())
    }

    fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        Ok(now(self.0.compare_and_swap(user, expected, next)).unwrap())
    }

    fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        Ok(now(self.0.remove(user, expected)).unwrap())
    }
}

impl blocking::UserDirectory for Sync {
    type Error = BoxError;

    fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, BoxError> {
        Ok(now(self.0.summaries(users)).unwrap())
    }

    fn list(&self, tenant: &TenantId, after: Option<&UserKey>, limit: u32) -> Result<Rows, BoxError> {
        Ok(now(self.0.list(tenant, after, limit)).unwrap())
    }
}

/// The memory store never waits, so its futures are ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the memory store waited"),
    }
}

#[tokio::test]
async fn a_directory_that_blocks_keeps_the_contract() {
    let place = MemoryStore::new();
    directory_contract(|| async { Blocking(Sync(place.clone())) }).await;
}

#[tokio::test]
async fn each_fault_is_caught_and_its_clause_named() {
    for (fault, clause, detail) in [
        (Fault::SummariesSorted, "clause 1 (as asked)", "with the summary of"),
        (Fault::SummariesOnlyOfTheKnown, "clause 1 (as asked)", "0 answers for 1 users"),
        (Fault::SummariesOnlyOnce, "clause 1 (as asked)", "2 answers for 4 users"),
        (Fault::SummariesOfTheFirstHundred, "clause 1 (as asked)", "100 answers for 300 users"),
        (Fault::SummariesIgnoreTheTenant, "clause 4", "with the summary of"),
        (Fault::SummariesFoldCase, "clause 1 (as asked)", "unusual ids"),
        (Fault::SaysNoneForOneWithoutASecondFactor, "clause 2", "nothing in all fields"),
        (Fault::KeepsTheFirstSummary, "clause 3 (as last written)", "nothing in all fields"),
        (Fault::ReadsTimeZeroAsNever, "clause 3 (as last written)", "a time of 0"),
        (Fault::CountsGenerationsIn32Bits, "clause 3 (as last written)", "large numbers"),
        (Fault::RoundsGenerations, "clause 3 (as last written)", "large numbers"),
        (Fault::SwapsTwoFields, "clause 3 (as last written)", "is shown as"),
        (Fault::ListsOtherSummaries, "clause 3 (as last written)", "is shown as"),
        (Fault::ShowsTheRemoved, "clause 3 (as last written)", "was removed"),
        (Fault::CachesTheFirstPage, "clause 7", "after another handle created a record"),
        (Fault::CachesSummaries, "clause 2", "after another handle created a second record"),
        (Fault::IgnoresTheTenant, "clause 4", "is on a page of the tenant"),
        (Fault::MatchesTheTenantAsAPattern, "clause 4", "is on a page of the tenant"),
        (Fault::MatchesTheTenantAsAPrefix, "clause 4", "is on a page of the tenant"),
        (Fault::FoldsTheCaseOfTheTenant, "clause 4", "is on a page of the tenant"),
        (Fault::TrimsTheTenant, "clause 4", "is on a page of the tenant"),
        (Fault::TakesTheTenantOfTheCursor, "clause 4", "from a user of another tenant"),
        (Fault::TrimsListedIds, "clause", "unusual ids"),
        (Fault::Unsorted, "clause 5", "comes after"),
        (Fault::PagesInTheOrderOfWriting, "clause 5", "comes after"),
        (Fault::SortsDownwards, "clause 5", "comes after"),
        (Fault::SortsWithoutCase, "clause 5", "comes after"),
        (Fault::SortsInUtf16, "clause 5", "comes after"),
        (Fault::SortsNumbersAsNumbers, "clause 5", "comes after"),
        (Fault::SortsByLength, "clause 5", "comes after"),
        (Fault::StartsAtTheCursor, "clause 6", "is not after the cursor"),
        (Fault::SkipsOneAfterTheCursor, "clause 7", "2 users by 1: an empty page hides"),
        (Fault::LooksForTheCursorRow, "clause 7", "after the user at the cursor was removed"),
        (Fault::StartsAnewWithoutTheCursorRow, "clause 6", "after the user at the cursor was removed"),
        (Fault::CountsAnOffset, "clause 6", "after users were added before the cursor"),
        (Fault::WalksASnapshot, "clause 6", "after users were added behind the cursor"),
        (Fault::DropsTheLast, "clause 7", "an empty page hides"),
        (Fault::DropsTheFirst, "clause 6", "is hidden"),
        (Fault::IgnoresTheLimit, "clause 7", "on a page of at most"),
        (Fault::OneMoreThanTheLimit, "clause 7", "on a page of at most"),
        (Fault::ListsOnlyTheEnrolled, "clause 7", "nothing in all fields"),
        (Fault::EndsAfterTwoPages, "clause 7", "an empty page hides"),
        (Fault::ListsIdsThenRows, "clause 7", "while others write: an empty page hides"),
        (Fault::SummariesOfThoseFound, "clause 1", "asking while others write"),
        (Fault::ShowsTheFormerNowAndThen, "clause 3", "is shown as"),
    ] {
        let said = verdict(fault).await.unwrap_or_else(|| panic!("{fault:?} was not caught"));
        assert!(said.contains(clause) && said.contains(detail), "{fault:?}: {said}");
    }
}
