//! For the tests of hosts and of stores: a clock that stands still, a simulated phone, and the contracts of
//! [`UserStore`](crate::UserStore) and [`UserDirectory`](crate::UserDirectory) as tests. For benches: the [stages](Stages) of a call.
//!
//! Behind the feature `testing`. Turn it on in `[dev-dependencies]` only: nothing here belongs into a service.
//!
//! # A store of your own, proven
//!
//! The guide has a [whole store](crate::guide::own_store) with the file of its tests, and says what the kit cannot see.
//!
//! Everything is a function to be awaited that returns if all is well and panics if not, with the number of the clause in the message. No
//! test framework is asked for, nor a runtime: take those that your driver needs. In this order, for what comes later takes the earlier for
//! granted:
//!
//! | | run | clauses | where it can be run |
//! |---|---|---|---|
//! | 1 | [`store_contract`] | 1, 4, 5, 6 | everywhere; let it open the same place at each call |
//! | 2 | [`directory_contract`] | all of [`UserDirectory`](crate::UserDirectory) | if the store is its own directory |
//! | 3 | [`own_transaction`] | 3 | where callers have transactions; the hook opens one and rolls back |
//! | 4 | [`ProcessRace`] | 1 between processes; 2 when they are killed | where several processes can open the place |
//! |   | [`ThreadRace`] | 1 between threads | otherwise |
//! | 5 | [`durable`] | 2, and 6 while it is down | where a test may kill what keeps the records |
//!
//! A compact whole, for a store on a server. `Records` is yours:
//!
//! ```no_run
//! # mod records {
//! #     use second_factor::{*, testing::*};
//! #     pub struct Records(MemoryStore);
//! #     pub struct Transaction;
//! #     impl Transaction { pub async fn rollback(self) {} }
//! #     impl Records {
//! #         pub async fn open(_url: &str) -> Self { Records(MemoryStore::new()) }
//! #         pub async fn begin(&self) -> Transaction { Transaction }
//! #     }
//! #     impl Clone for Records { fn clone(&self) -> Self { Records(self.0.clone()) } }
//! #     impl UserStore for Records {
//! #         type Error = BoxError;
//! #         async fn load(&self, user: &UserKey) -> std::result::Result<Option<StoredRecord>, BoxError> { Ok(self.0.load(user).await?) }
//! #         async fn compare_and_swap(&self, user: &UserKey, expected: Option<Revision>, next: &StoredRecord)
//! #             -> std::result::Result<Swap, BoxError> { Ok(self.0.compare_and_swap(user, expected, next).await?) }
//! #         async fn remove(&self, user: &UserKey, expected: Revision) -> std::result::Result<Swap, BoxError> {
//! #             Ok(self.0.remove(user, expected).await?)
//! #         }
//! #     }
//! #     impl UserDirectory for Records {
//! #         type Error = BoxError;
//! #         async fn summaries(&self, users: &[UserKey]) -> std::result::Result<Vec<Option<Summary>>, BoxError> {
//! #             Ok(self.0.summaries(users).await?)
//! #         }
//! #         async fn list(&self, tenant: &TenantId, after: Option<&UserKey>, limit: u32)
//! #             -> std::result::Result<Vec<(UserKey, Summary)>, BoxError> { Ok(self.0.list(tenant, after, limit).await?) }
//! #     }
//! #     pub struct Server;
//! #     impl Server {
//! #         pub fn start() -> Self { Server }
//! #         pub fn url(&self) -> String { String::new() }
//! #         pub async fn kill_and_start_again(&self) {}
//! #     }
//! # }
//! # use records::{Records, Server};
//! use second_factor::testing::{ProcessRace, directory_contract, durable, own_transaction, race_process, store_contract};
//!
//! // In tests/records.rs. Not a test, but the way into this program for the processes of the race.
//! #[tokio::test(flavor = "multi_thread")]
//! async fn process() {
//!     race_process(|| async { Records::open(&std::env::var("RECORDS").unwrap()).await }).await;
//! }
//!
//! #[tokio::test(flavor = "multi_thread")]
//! async fn keeps_its_promises() {
//!     let server = Server::start();
//!     let url = server.url();
//!     let open = || Records::open(&url);
//!
//!     store_contract(open).await;
//!     directory_contract(open).await;
//!
//!     let store = open().await;
//!     own_transaction(store.clone(), |call| async {
//!         let transaction = store.begin().await;
//!         call.await;
//!         transaction.rollback().await;
//!     })
//!     .await;
//!
//!     let race = ProcessRace::new("process").env("RECORDS", &url);
//!     race.single_use(open().await).await;
//!     race.guesses(open().await).await;
//!     race.killed(open().await).await;
//!
//!     durable(open, || server.kill_and_start_again()).await;
//! }
//! ```
//!
//! Then break the store: run the race once on [`ReadsComparesWrites`] over it, which it has to find. What no test sees, a power failure and a
//! replica that lags tomorrow, is for you to answer: each function says what it cannot see.

mod broken;
mod contract;
mod drive;
mod phone;
mod processes;
mod stages;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use broken::ReadsComparesWrites;
pub use contract::{HostCall, directory_contract, durable, own_transaction, store_contract};
pub use phone::Phone;
pub use processes::{ProcessRace, ThreadRace, race_process};
pub use stages::{Opened, Stages, clock_hint};

use crate::{clock::Clock, primitives::time::UnixTime};

/// A clock that stands still until it is told otherwise. A clone is another handle on the same clock.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::*;
/// # let ann = Account::new(UserKey::new("acme", "ann"), [1], &Policy::new(Requirement::Optional));
/// # let new = NewAuthenticator::new("ann@example.com");
/// # let builder = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?).issuer("Acme");
/// use std::time::Duration;
/// use second_factor::{Authority, UnixTime, testing::ManualClock};
///
/// // A test of the set-up page: Ann leaves it open, and comes back too late.
/// let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
/// let verifier = builder.clock(clock.clone()).build()?;
/// let enrollment = verifier.enroll(&ann, Authority::OpenSession, &new).await?;
/// clock.advance(Duration::from_secs(15 * 60));
/// assert!(verifier.enrollment(&ann, enrollment.token()).await.is_err());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    seconds: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: UnixTime) -> Self {
        Self { seconds: Arc::new(AtomicU64::new(now.seconds())) }
    }

    /// Lets time pass, in whole seconds: what `by` has beyond them is dropped.
    pub fn advance(&self, by: Duration) {
        // The closure never gives `None`, so the update always happens.
        let _ = self.seconds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| {
            Some(UnixTime::from_seconds(now).plus(by.as_secs()).seconds())
        });
    }

    /// Sets the clock, into the past as well: clocks do jump back.
    pub fn set(&self, now: UnixTime) {
        self.seconds.store(now.seconds(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.seconds.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_told() {
        let clock = ManualClock::new(UnixTime::from_seconds(100));
        let other = clock.clone();
        other.advance(Duration::from_millis(2_900));
        assert_eq!(clock.now().seconds(), 102);
        other.set(UnixTime::from_seconds(5));
        assert_eq!(clock.now().seconds(), 5);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now().seconds(), u64::MAX, "time ends, it does not wrap");
    }
}
