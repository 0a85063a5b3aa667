//! Whether what a connection acknowledges survives a power failure (<https://sqlite.org/pragma.html#pragma_synchronous>).

use std::sync::LazyLock;

use sqlx::{Row, sqlite::SqliteConnection};

use crate::error::Error;

/// A condition of every write: 1 on a connection that keeps what it acknowledges.
///
/// `FULL` is 2, and `EXTRA` 3. Without `EXTRA` the directory is not synced in mode `DELETE`: the deleted journal may come back and undo the
/// commit.
pub(super) const DURABLE: &str = "\
(SELECT CASE WHEN journal_mode IN ('wal', 'truncate', 'persist') THEN synchronous >= 2 \
     WHEN journal_mode = 'delete' THEN synchronous >= 3 ELSE 0 END \
 FROM pragma_journal_mode(), pragma_synchronous())";

static SETTINGS: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT journal_mode, synchronous, {DURABLE} FROM pragma_journal_mode(), pragma_synchronous()")
});

/// Fails unless [`DURABLE`] holds.
pub(super) async fn check_durable(connection: &mut SqliteConnection) -> Result<(), Error> {
    let row = sqlx::query(SETTINGS.as_str()).fetch_one(connection).await?;
    let (journal_mode, synchronous): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
    if row.try_get(2)? {
        return Ok(());
    }
    Err(Error::NotDurable {
        found: format!("journal_mode = {journal_mode}, synchronous = {synchronous}"),
        needed: "journal_mode = WAL with synchronous = FULL",
    })
}
