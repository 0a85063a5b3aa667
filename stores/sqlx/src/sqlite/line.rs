//! Those who come while others are being served get in line, and are served together next: by one task, on one connection.
//!
//! # Why a task, and why only while there is work
//!
//! An answer must not depend on the caller who happened to come first, for its future may be dropped at any await. If callers worked for each
//! other and handed the lead on, a dropped leader would leave the others with a commit of which nobody knows whether it happened. So the
//! first to come *spawns* the work (a [`Turn`]) and waits like everybody else: no caller can cancel it. It lives until the line is
//! empty. An idle store holds no task, no connection and no thread, a call that comes alone waits for no timer, and the next turn
//! runs on the runtime of whoever comes next.
//!
//! What can end a turn early is the end of its runtime, or a panic in the driver. Then whatever it had begun is answered with
//! [`Error::Abandoned`], for it may have been done; whatever was still in line goes back to its callers, who get in line again.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::{Sqlite, SqlitePool, pool::PoolConnection, sqlite::SqliteConnection};
use tokio::sync::oneshot;

use crate::error::Error;

/// So many rounds follow one another before the connection goes back to the pool, where others may wait for it.
const MOST_IN_A_ROW: usize = 16;

/// What is asked of the database.
pub(super) trait Work: Sized + Send + 'static {
    type Answer: Send + 'static;

    /// Takes some of those in line, does what they ask and tells them. An error means that the connection is not to be used again.
    fn round(
        line: &Line<Self>,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

pub(super) struct Line<W: Work> {
    pool: SqlitePool,
    queue: Mutex<Queue<W>>,
}

struct Queue<W: Work> {
    waiting: Vec<Waiting<W>>,
    /// Whether a turn is under way, which will look at the queue again before it ends.
    working: bool,
}

/// Somebody in line.
pub(super) struct Waiting<W: Work> {
    pub(super) work: W,
    answer: oneshot::Sender<Answer<W>>,
}

enum Answer<W: Work> {
    Known(Result<W::Answer, Error>),
    /// It was not begun.
    Returned(W),
}

impl<W: Work> Waiting<W> {
    pub(super) fn tell(self, answer: Result<W::Answer, Error>) {
        let _caller_is_gone = self.answer.send(Answer::Known(answer));
    }
}

impl<W: Work> Line<W> {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool, queue: Mutex::new(Queue { waiting: Vec::new(), working: false }) }
    }

    pub(super) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Gets in line and waits for the answer. If the future is dropped, the work may be done, or not.
    pub(super) async fn ask(self: &Arc<Self>, mut work: W) -> Result<W::Answer, Error> {
        loop {
            let (sender, answer) = oneshot::channel();
            let turn = self.queue_up(Waiting { work, answer: sender });
            let is_ours = turn.is_some();
            if let Some(turn) = turn {
                tokio::spawn(turn.run());
            }
            match answer.await {
                Ok(Answer::Known(result)) => return result,
                Ok(Answer::Returned(returned)) if !is_ours => work = returned,
                // It was begun; or our own runtime, too, is at its end.
                Ok(Answer::Returned(_)) | Err(_) => return Err(Error::Abandoned),
            }
        }
    }

    /// Yields the turn to run, if none is under way.
    fn queue_up(self: &Arc<Self>, waiting: Waiting<W>) -> Option<Turn<W>> {
        let mut queue = self.lock();
        queue.waiting.push(waiting);
        if queue.working {
            return None;
        }
        queue.working = true;
        Some(Turn { line: Arc::clone(self), over: false })
    }

    /// How many are in line.
    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// The first in line, in the order in which they came. Whose callers have gone are left out.
    pub(super) fn next(&self, most: usize) -> Vec<Waiting<W>> {
        let mut queue = self.lock();
        let most = most.min(queue.waiting.len());
        queue.waiting.drain(..most).filter(|waiting| !waiting.answer.is_closed()).collect()
    }

    /// For whom nothing was done yet, to the head of the line.
    pub(super) fn put_back(&self, waiting: Vec<Waiting<W>>) {
        self.lock().waiting.splice(..0, waiting);
    }

    /// Tells everybody who is waiting by now that nothing was begun.
    pub(super) fn refuse(&self, error: &Error) {
        refuse_all(self.next(usize::MAX), error);
    }

    /// The queue is whole after any panic, so a poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Queue<W>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn refuse_all<W: Work>(all: Vec<Waiting<W>>, error: &Error) {
    for waiting in all {
        waiting.tell(Err(error.clone()));
    }
}

impl<W: Work> fmt::Debug for Line<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// The right to work, from the first to come until nobody is waiting. There is one at a time.
struct Turn<W: Work> {
    line: Arc<Line<W>>,
    over: bool,
}

impl<W: Work> Turn<W> {
    async fn run(mut self) {
        while self.goes_on() {
            match self.line.pool.acquire().await {
                Ok(connection) => self.work_in_a_row(connection).await,
                Err(error) => self.line.refuse(&error.into()),
            }
        }
    }

    /// Whether anybody is waiting. If not, the turn is over, and the next to come has one of its own.
    fn goes_on(&mut self) -> bool {
        let mut queue = self.line.lock();
        queue.waiting.retain(|waiting| !waiting.answer.is_closed());
        self.over = queue.waiting.is_empty();
        queue.working = !self.over;
        !self.over
    }

    async fn work_in_a_row(&self, mut connection: PoolConnection<Sqlite>) {
        for _ in 0..MOST_IN_A_ROW {
            if self.line.len() == 0 {
                return;
            }
            if W::round(&self.line, &mut connection).await.is_err() {
                let _nobody_waits_for_it = connection.close().await;
                return;
            }
        }
    }
}

impl<W: Work> Drop for Turn<W> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut queue = self.line.lock();
        queue.working = false;
        for Waiting { work, answer } in queue.waiting.drain(..) {
            let _caller_is_gone = answer.send(Answer::Returned(work));
        }
    }
}
