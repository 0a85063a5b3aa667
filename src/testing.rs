//! For the tests of hosts and of stores: a clock that stands still, a simulated phone, and the contracts of
//! [`UserStore`](crate::UserStore) and [`UserDirectory`](crate::UserDirectory) as tests.
//!
//! Behind the feature `testing`. Turn it on in `[dev-dependencies]` only: nothing here belongs into a service.

mod broken;
mod contract;
mod drive;
mod phone;
mod processes;

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
