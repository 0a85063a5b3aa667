//! Loads that arrive together are one statement.
//!
//! Every statement is a message to the thread of its connection and another one back, which cost more than the search itself. Loads that come
//! while one is being answered go into the next statement together. It begins after each of them was called, so each sees every commit
//! before its call.

use std::{fmt::Write as _, sync::LazyLock};

use second_factor::{Revision, StoredRecord, UserKey};
use sqlx::{
    Row, Sqlite,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnection, SqliteRow},
};

use super::line::{Line, Waiting, Work, refuse_all};
use crate::error::Error;

/// The most loads that share a statement. SQLite joins up to 64 tables.
const MOST_AT_ONCE: usize = 32;

/// Statements for so many loads; a smaller group leaves the rest of its values out, which are `NULL` then and are nobody's.
pub(super) static LOADS: LazyLock<[(usize, String); 3]> =
    LazyLock::new(|| [1, 8, MOST_AT_ONCE].map(|users| (users, loads(users))));

/// One row, with two columns for each user.
fn loads(users: usize) -> String {
    let (mut columns, mut tables) = (String::new(), String::new());
    for n in 0..users {
        let comma = if n == 0 { "" } else { ", " };
        let _always = write!(columns, "{comma}r{n}.revision, r{n}.record");
        let _always =
            write!(tables, " LEFT JOIN second_factor AS r{n} ON r{n}.tenant = ? AND r{n}.user_id = ?");
    }
    format!("SELECT {columns} FROM (SELECT 1){tables}")
}

/// Whose record is asked for.
pub(super) struct Load(pub(super) UserKey);

impl Work for Load {
    type Answer = Option<StoredRecord>;

    async fn round(line: &Line<Self>, connection: &mut SqliteConnection) -> Result<(), Error> {
        let asking = line.next(MOST_AT_ONCE);
        let Some(query) = query(&asking) else { return Ok(()) };
        match query.fetch_one(connection).await {
            Ok(row) => {
                for (n, asking) in asking.into_iter().enumerate() {
                    asking.tell(record(&row, 2 * n));
                }
                Ok(())
            }
            Err(failed) => {
                let answered = matches!(failed, sqlx::Error::Database(_));
                let error = Error::from(failed);
                refuse_all(asking, &error);
                if answered { Ok(()) } else { Err(error) }
            }
        }
    }
}

fn query(asking: &[Waiting<Load>]) -> Option<Query<'static, Sqlite, SqliteArguments>> {
    let (_, sql) = LOADS.iter().find(|(users, _)| asking.len() <= *users)?;
    let mut query = sqlx::query(sql.as_str());
    for Waiting { work: Load(user), .. } in asking {
        query = query.bind(user.tenant().as_str().as_bytes()).bind(user.user().as_bytes());
    }
    Some(query)
}

/// What stands in two columns; the schema lets no row be without a revision.
fn record(row: &SqliteRow, column: usize) -> Result<Option<StoredRecord>, Error> {
    let Some(revision) = row.try_get::<Option<&[u8]>, _>(column)? else { return Ok(None) };
    let revision = revision.try_into().map_err(|_| Error::Revision(revision.len()))?;
    Ok(Some(StoredRecord::new(Revision::from_bytes(revision), row.try_get(column + 1)?)))
}
