//! The one writer of a store and its clones: what arrives together is committed together.
//!
//! A commit has to wait for the disk, and SQLite lets one writer at a time into a file. Writes that each commit for themselves stand in
//! line for that wait, and poll for their turn. Here they queue up while a transaction is being committed, and all that have come by then
//! go into the next one: each has its own answer, and all share one wait.
//!
//! Every statement is a message to the thread of its connection and another one back, which cost more than the change of a row. So swaps
//! of different users, which is what most writes are, are made by one statement that commits by itself. It makes all of them or none: where one
//! of them finds another revision, or fails, they are made one by one in a transaction.

use second_factor::Swap;
use sqlx::{Connection, Sqlite, Transaction, sqlite::SqliteConnection};

use super::{
    check_durable,
    line::{Line, Waiting, Work, refuse_all},
    write::{self, MOST_AT_ONCE, Statement, Write},
};
use crate::error::Error;

/// Takes the write lock at once. The savepoint is a mark to find out whether the transaction is still there.
const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT second_factor";

/// Fails if the transaction is gone.
const STILL_THERE: &str = "RELEASE second_factor; SAVEPOINT second_factor";

impl Work for Write {
    type Answer = Swap;

    async fn round(line: &Line<Self>, connection: &mut SqliteConnection) -> Result<(), Error> {
        if line.len() == 1 {
            write_alone(line, connection).await;
            return Ok(());
        }
        if write_at_once(line, connection).await {
            return Ok(());
        }
        write_together(line, connection).await
    }
}

/// The first in line. Its statement commits by itself.
async fn write_alone(line: &Line<Write>, connection: &mut SqliteConnection) {
    for writing in line.next(1) {
        let result = make(&writing.work, connection).await;
        writing.tell(result);
    }
}

async fn make(write: &Write, connection: &mut SqliteConnection) -> Result<Swap, Error> {
    let changed = write.statement().execute(&mut *connection).await?.rows_affected();
    if changed == 0 {
        // Is it the revision or the settings?
        check_durable(connection).await?;
    }
    Ok(Swap::from_rows(changed))
}

/// One statement for all in line, if there is one for what they ask and it makes them all. If not, nothing was done.
async fn write_at_once(line: &Line<Write>, connection: &mut SqliteConnection) -> bool {
    let swaps = line.next(MOST_AT_ONCE);
    let Some(statement) = write::together(&swaps) else {
        line.put_back(swaps);
        return false;
    };
    let error = match statement.execute(connection).await.map(|done| done.rows_affected()) {
        Ok(changed) if changed == swaps.len() as u64 => {
            for swap in swaps {
                swap.tell(Ok(Swap::Done));
            }
            return true;
        }
        Err(error) if is_locked(&error) => {
            let error = error.into();
            line.refuse(&error);
            error
        }
        Ok(0) | Err(sqlx::Error::Database(_)) => {
            line.put_back(swaps);
            return false;
        }
        Ok(_) => Error::Misunderstood,
        Err(error) => error.into(),
    };
    refuse_all(swaps, &error);
    true
}

/// One transaction, with everybody who has come by the time it has the lock. Nobody is answered before it is committed.
async fn write_together(line: &Line<Write>, connection: &mut SqliteConnection) -> Result<(), Error> {
    let transaction = match connection.begin_with(BEGIN).await {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = error.into();
            line.refuse(&error);
            return Err(error);
        }
    };
    let writes = line.next(MOST_AT_ONCE);
    match commit(transaction, &writes).await {
        Ok(results) => {
            for (writing, result) in writes.into_iter().zip(results) {
                writing.tell(result);
            }
            Ok(())
        }
        // SQLite may have ended the transaction by itself, which the driver would not know.
        Err(error) => {
            refuse_all(writes, &error);
            Err(error)
        }
    }
}

/// What came of each write. An error means that none of them can be relied on: it may be that all were committed, or none.
///
/// A statement that fails is undone by itself and leaves the others as they are, unless SQLite gave up the whole transaction (a full disk).
async fn commit(
    mut transaction: Transaction<'_, Sqlite>,
    writes: &[Waiting<Write>],
) -> Result<Vec<Result<Swap, Error>>, Error> {
    check_durable(&mut transaction).await?;
    let mut results = Vec::with_capacity(writes.len());
    let mut rest = writes;
    while !rest.is_empty() {
        let (run, then) = rest.split_at(write::run(rest));
        rest = then;
        // What could be one statement as a whole has just been tried as such.
        let statement = if run.len() < writes.len() { write::together(run) } else { None };
        if let Some(statement) = statement {
            match execute(statement, &mut transaction).await? {
                Ok(changed) if changed == run.len() as u64 => {
                    results.extend(run.iter().map(|_| Ok(Swap::Done)));
                    continue;
                }
                Ok(0) | Err(_) => {}
                Ok(_) => return Err(Error::Misunderstood),
            }
        }
        for writing in run {
            results.push(execute(writing.work.statement(), &mut transaction).await?.map(Swap::from_rows));
        }
    }
    transaction.commit().await?;
    Ok(results)
}

/// How many rows were changed. The inner error is that of the statement, the outer one that of the transaction.
async fn execute(
    statement: Statement,
    transaction: &mut Transaction<'_, Sqlite>,
) -> Result<Result<u64, Error>, Error> {
    let result = statement.execute(&mut **transaction).await.map_err(Error::from);
    if let Err(error) = &result {
        let still_there = sqlx::raw_sql(STILL_THERE).execute(&mut **transaction).await;
        still_there.map_err(|_| error.clone())?;
    }
    Ok(result.map(|done| done.rows_affected()))
}

/// Whether the busy timeout has passed (`SQLITE_BUSY`, which is the lowest byte of its extended codes).
fn is_locked(error: &sqlx::Error) -> bool {
    const BUSY: u32 = 5;
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == BUSY)
}
