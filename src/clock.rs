//! What time it is, as the host says.

use std::time::SystemTime;

use crate::primitives::time::UnixTime;

/// The server's clock. Every expiry, window and wait is measured by it.
///
/// Keep it synchronized (NTP). A clock that jumps back makes no code valid again: the last accepted step is remembered.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use second_factor::{Clock, UnixTime};
///
/// /// A clock that a test sets; `testing::ManualClock` is one.
/// struct Settable(Arc<AtomicU64>);
///
/// impl Clock for Settable {
///     fn now(&self) -> UnixTime {
///         UnixTime::from_seconds(self.0.load(Ordering::SeqCst))
///     }
/// }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> UnixTime;
}

/// The operating system's clock: what a [`Verifier`](crate::Verifier) uses unless told otherwise.
///
/// ```
/// use second_factor::{Clock, Rejection, SystemClock};
///
/// /// The `Retry-After` header of the code page.
/// fn retry_after(refused: &Rejection) -> u64 {
///     refused.retry_after(SystemClock.now())
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this file is the clock's door")]
    fn now(&self) -> UnixTime {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        UnixTime::from_seconds(since_epoch.map_or(0, |passed| passed.as_secs()))
    }
}
