//! Connections: each is ours for one question, and then stays at hand for the next one, for a moment.
//!
//! When a connection goes back to its pool, sqlx asks the server whether it still lives, and nobody else has it until that is answered. No
//! caller waits for it, but both sides work for it, twice in a verification: without, a load and a swap take three quarters of the time. So
//! what was just used is kept here, and given to whoever asks next.
//!
//! The pool is the host's as well. After some questions and a moment, and when none came for a moment, a connection goes back to it, where
//! those who wait are served in the order in which they came.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    pool::PoolConnection,
    postgres::{PgPool, Postgres},
};
use tokio::time::{Instant, sleep};

/// How long a connection stays at hand: while nobody asks anything, and in all.
const MOMENT: Duration = Duration::from_millis(10);
/// So many questions may follow one another even where they take longer, before a connection goes back to the pool.
const MOST_IN_A_ROW: u32 = 16;

/// A connection that is ours for one question.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) connection: PoolConnection<Postgres>,
    /// Whether nothing is under way on it any more.
    pub(super) is_over: bool,
    /// When it came from the pool, and how much was asked since.
    since: Instant,
    questions: u32,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Back in the pool it would have to hear the answer first, and might wait for it as long as we did not want to.
        if !self.is_over {
            self.connection.close_on_drop();
        }
    }
}

/// The connections that have just answered. Whatever lies here, a [`Sweep`] is under way that takes it back to the pool.
#[derive(Debug, Clone, Default)]
pub(super) struct AtHand(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// The one that was used last comes last, and is the next to be used.
    leases: Vec<(Lease, Instant)>,
    is_swept: bool,
}

impl AtHand {
    /// The connection that was used last, or one from the pool.
    pub(super) async fn lease(&self, pool: &PgPool) -> sqlx::Result<Lease> {
        let at_hand = self.lock().leases.pop();
        if let Some((mut lease, _)) = at_hand
            && !pool.is_closed()
        {
            lease.is_over = false;
            return Ok(lease);
        }
        let connection = pool.acquire().await?;
        Ok(Lease { connection, is_over: false, since: Instant::now(), questions: 0 })
    }

    /// Keeps a connection that has answered.
    pub(super) fn keep(&self, mut lease: Lease) {
        lease.is_over = true;
        lease.questions = lease.questions.saturating_add(1);
        let now = Instant::now();
        if lease.questions >= MOST_IN_A_ROW && now.duration_since(lease.since) >= MOMENT {
            return;
        }
        let mut kept = self.lock();
        kept.leases.push((lease, now));
        let begins = !mem::replace(&mut kept.is_swept, true);
        // Where the runtime is at its end, the task ends here and now, and needs the lock for it.
        drop(kept);
        if begins {
            tokio::spawn(Sweep { at_hand: self.clone(), over: false }.run());
        }
    }

    /// It is whole after any panic, so a poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes back to the pool what nobody has asked for. A connection can only go there from within a runtime, so this is a task, and takes
/// everything with it if its runtime ends.
struct Sweep {
    at_hand: AtHand,
    over: bool,
}

impl Sweep {
    async fn run(mut self) {
        while !self.over {
            sleep(MOMENT).await;
            let _back_to_the_pool = self.unused();
        }
    }

    /// What has lain there for a moment. If nothing is left, the sweep is over, and the next to be kept begins another.
    fn unused(&mut self) -> Vec<(Lease, Instant)> {
        let mut kept = self.at_hand.lock();
        let unused = kept.leases.extract_if(.., |(_, since)| since.elapsed() >= MOMENT).collect();
        self.over = kept.leases.is_empty();
        kept.is_swept = !self.over;
        unused
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut kept = self.at_hand.lock();
        kept.is_swept = false;
        let rest = mem::take(&mut kept.leases);
        drop(kept);
        drop(rest);
    }
}
