//! The one writer of a store and its clones: what arrives together is committed together.
//!
//! A commit has to wait for the disk, and SQLite lets one writer at a time into a file. Writes that each commit for themselves stand in
//! line for that wait, and poll for their turn. Here they queue up while a transaction is being committed, and all that have come by then
//! go into the next one: each has its own answer, and all share one wait.
//!
//! # Why a task, and why only while there is work
//!
//! A write must not depend on the caller who happened to come first, for its future may be dropped at any await. If callers wrote for each
//! other and handed the lead on, a dropped leader would leave the others with a commit of which nobody knows whether it happened. So the
//! first to come *spawns* the writer (a [`Turn`]) and waits like everybody else: no caller can cancel it. It lives until the queue is
//! empty. An idle store holds no task, no connection and no thread, a swap that comes alone waits for no timer, and the next turn
//! runs on the runtime of whoever comes next.
//!
//! What can end a turn early is the end of its runtime, or a panic in the driver. Then whatever it had begun is answered with
//! [`Error::Abandoned`], for it may have been committed; whatever was still in line goes back to its callers, who get in line again.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use second_factor::Swap;
use sqlx::{
    Connection, Sqlite, SqlitePool, Transaction,
    pool::PoolConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnection},
};
use tokio::sync::oneshot;

use super::check_durable;
use crate::error::Error;

/// The most writes that share a transaction.
const MOST_AT_ONCE: usize = 128;

/// So many transactions follow one another before the connection goes back to the pool, where others may wait for it.
const MOST_IN_A_ROW: usize = 16;

/// Takes the write lock at once. The savepoint is a mark to find out whether the transaction is still there.
const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT second_factor";

/// Fails if the transaction is gone.
const STILL_THERE: &str = "RELEASE second_factor; SAVEPOINT second_factor";

/// A statement that changes one row if a comparison holds.
pub(super) type Write = Query<'static, Sqlite, SqliteArguments>;

pub(super) struct Writer {
    pool: SqlitePool,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether a turn is under way, which will look at the queue again before it ends.
    writing: bool,
}

struct Waiting {
    write: Write,
    answer: oneshot::Sender<Answer>,
}

enum Answer {
    Known(Result<Swap, Error>),
    /// It was not begun.
    Returned(Write),
}

impl Writer {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool, queue: Mutex::default() }
    }

    pub(super) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Queues a write up and waits until it is committed, together with its neighbors. If the future is dropped, it may be, or not.
    pub(super) async fn write(self: &Arc<Self>, mut write: Write) -> Result<Swap, Error> {
        loop {
            let (sender, answer) = oneshot::channel();
            let turn = self.queue_up(Waiting { write, answer: sender });
            let is_ours = turn.is_some();
            if let Some(turn) = turn {
                tokio::spawn(turn.run());
            }
            match answer.await {
                Ok(Answer::Known(result)) => return result,
                Ok(Answer::Returned(returned)) if !is_ours => write = returned,
                // It was begun; or our own runtime, too, is at its end.
                Ok(Answer::Returned(_)) | Err(_) => return Err(Error::Abandoned),
            }
        }
    }

    /// Yields the turn to run, if none is under way.
    fn queue_up(self: &Arc<Self>, waiting: Waiting) -> Option<Turn> {
        let mut queue = self.lock();
        queue.waiting.push(waiting);
        if queue.writing {
            return None;
        }
        queue.writing = true;
        Some(Turn { writer: Arc::clone(self), over: false })
    }

    /// The next writes, in the order in which they came. Whose callers have gone are left out.
    fn next(&self, most: usize) -> Vec<Waiting> {
        let mut queue = self.lock();
        let most = most.min(queue.waiting.len());
        queue.waiting.drain(..most).filter(|waiting| !waiting.answer.is_closed()).collect()
    }

    /// Tells everybody who is waiting by now that nothing was begun.
    fn refuse(&self, error: &Error) {
        for waiting in self.next(usize::MAX) {
            let _caller_is_gone = waiting.answer.send(Answer::Known(Err(error.clone())));
        }
    }

    /// The queue is whole after any panic, so a poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// The right to write, from the first to come until nobody is waiting. There is one at a time.
struct Turn {
    writer: Arc<Writer>,
    over: bool,
}

impl Turn {
    async fn run(mut self) {
        while self.goes_on() {
            match durable_connection(self.writer.pool()).await {
                Ok(connection) => self.write_in_a_row(connection).await,
                Err(error) => self.writer.refuse(&error),
            }
        }
    }

    /// Whether anybody is waiting. If not, the turn is over, and the next to come has one of its own.
    fn goes_on(&mut self) -> bool {
        let mut queue = self.writer.lock();
        queue.waiting.retain(|waiting| !waiting.answer.is_closed());
        self.over = queue.waiting.is_empty();
        queue.writing = !self.over;
        !self.over
    }

    async fn write_in_a_row(&mut self, mut connection: PoolConnection<Sqlite>) {
        for _ in 0..MOST_IN_A_ROW {
            let waiting = self.writer.lock().waiting.len();
            match waiting {
                0 => return,
                1 => self.write_alone(&mut connection).await,
                _ => {
                    if self.write_together(&mut connection).await.is_err() {
                        // SQLite may have ended the transaction by itself, which the driver would not know.
                        let _nobody_waits_for_it = connection.close().await;
                        return;
                    }
                }
            }
        }
    }

    /// The first in line. Its statement commits by itself, which saves two of three messages to the thread of the connection.
    async fn write_alone(&self, connection: &mut SqliteConnection) {
        for Waiting { write, answer } in self.writer.next(1) {
            let result = write.execute(&mut *connection).await;
            let result = result.map(|done| Swap::from_rows(done.rows_affected())).map_err(Error::from);
            let _caller_is_gone = answer.send(Answer::Known(result));
        }
    }

    /// One transaction, with everybody who has come by the time it has the lock. Nobody is answered before it is committed.
    async fn write_together(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let transaction = match connection.begin_with(BEGIN).await {
            Ok(transaction) => transaction,
            Err(error) => {
                let error = error.into();
                self.writer.refuse(&error);
                return Err(error);
            }
        };
        let (writes, answers): (Vec<_>, Vec<_>) =
            self.writer.next(MOST_AT_ONCE).into_iter().map(|waiting| (waiting.write, waiting.answer)).unzip();
        let (results, outcome) = match commit(transaction, writes).await {
            Ok(results) => (results, Ok(())),
            Err(error) => (vec![Err(error.clone()); answers.len()], Err(error)),
        };
        for (answer, result) in answers.into_iter().zip(results) {
            let _caller_is_gone = answer.send(Answer::Known(result));
        }
        outcome
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut queue = self.writer.lock();
        queue.writing = false;
        for Waiting { write, answer } in queue.waiting.drain(..) {
            let _caller_is_gone = answer.send(Answer::Returned(write));
        }
    }
}

/// What came of each write. An error means that none of them can be relied on: it may be that all were committed, or none.
///
/// A statement that fails is undone by itself and leaves the others as they are, unless SQLite gave up the whole transaction (a full disk).
async fn commit(
    mut transaction: Transaction<'_, Sqlite>,
    writes: Vec<Write>,
) -> Result<Vec<Result<Swap, Error>>, Error> {
    let mut results = Vec::with_capacity(writes.len());
    for write in writes {
        let result = write.execute(&mut *transaction).await.map_err(Error::from);
        if let Err(error) = &result {
            let still_there = sqlx::raw_sql(STILL_THERE).execute(&mut *transaction).await;
            still_there.map_err(|_| error.clone())?;
        }
        results.push(result.map(|done| Swap::from_rows(done.rows_affected())));
    }
    transaction.commit().await?;
    Ok(results)
}

async fn durable_connection(pool: &SqlitePool) -> Result<PoolConnection<Sqlite>, Error> {
    let mut connection = pool.acquire().await?;
    check_durable(&mut connection).await?;
    Ok(connection)
}
