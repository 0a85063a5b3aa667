//! The notices that the settings page shows.

use second_factor::UnixTime;
use sqlx::{Row, sqlite::SqliteRow};

use super::Db;

/// A message that a user was sent.
pub(crate) struct Message {
    pub(crate) at: UnixTime,
    pub(crate) text: String,
}

impl Db {
    /// Keeps a message for the settings page; `false` if it is there already.
    pub(crate) async fn send(&self, id: &str, user: i64, at: UnixTime, text: &str) -> sqlx::Result<bool> {
        let insert = "INSERT INTO outbox (id, user_id, at, text) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
        let sent = sqlx::query(insert)
            .bind(id)
            .bind(user)
            .bind(at.seconds().cast_signed())
            .bind(text)
            .execute(&self.pool)
            .await?;
        Ok(sent.rows_affected() == 1)
    }

    /// The last messages to this user, newest first.
    pub(crate) async fn messages(&self, user: i64) -> sqlx::Result<Vec<Message>> {
        let rows = sqlx::query(
            "SELECT at, text FROM outbox WHERE user_id = ? ORDER BY at DESC, rowid DESC LIMIT 10",
        )
        .bind(user)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(message).collect()
    }
}

fn message(row: SqliteRow) -> sqlx::Result<Message> {
    let at: i64 = row.try_get("at")?;
    Ok(Message { at: UnixTime::from_seconds(at.cast_unsigned()), text: row.try_get("text")? })
}
