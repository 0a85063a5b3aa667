//! The notices that the settings page shows.

use second_factor::{Clock, SystemClock, UnixTime};
use sqlx::{Row, sqlite::SqliteRow};

use super::Db;

/// Who may mail a notice.
pub(crate) enum Claim {
    /// We, now.
    Ours,
    /// Nobody: it was mailed.
    Sent,
    /// Somebody else is at it.
    Others,
}

/// A message that a user was sent.
pub(crate) struct Message {
    pub(crate) at: UnixTime,
    pub(crate) text: String,
}

impl Db {
    /// Keeps a notice for the settings page, and asks for the right to mail it: one of those who deliver it at once has it, for a minute.
    pub(crate) async fn claim_notice(
        &self,
        id: &str,
        user: i64,
        at: UnixTime,
        text: &str,
    ) -> sqlx::Result<Claim> {
        let now = SystemClock.now();
        let claimed = sqlx::query(
            "INSERT INTO notices (id, user_id, at, text, claimed_until) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (id) DO UPDATE SET claimed_until = ?5 WHERE mailed = 0 AND claimed_until <= ?6",
        )
        .bind(id)
        .bind(user)
        .bind(at.seconds().cast_signed())
        .bind(text)
        .bind(now.plus(60).seconds().cast_signed())
        .bind(now.seconds().cast_signed())
        .execute(&self.pool)
        .await?;
        if claimed.rows_affected() == 1 {
            return Ok(Claim::Ours);
        }
        let mailed = sqlx::query_scalar("SELECT mailed FROM notices WHERE id = ?").bind(id);
        Ok(if mailed.fetch_one(&self.pool).await? { Claim::Sent } else { Claim::Others })
    }

    /// It was mailed, and is not mailed again.
    pub(crate) async fn notice_sent(&self, id: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE notices SET mailed = 1 WHERE id = ?").bind(id).execute(&self.pool).await?;
        Ok(())
    }

    /// It could not be mailed: whoever delivers it next may try.
    pub(crate) async fn give_back_notice(&self, id: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE notices SET claimed_until = 0 WHERE id = ?").bind(id).execute(&self.pool).await?;
        Ok(())
    }

    /// The last messages to this user, newest first.
    pub(crate) async fn messages(&self, user: i64) -> sqlx::Result<Vec<Message>> {
        let rows = sqlx::query(
            "SELECT at, text FROM notices WHERE user_id = ? ORDER BY at DESC, rowid DESC LIMIT 10",
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
