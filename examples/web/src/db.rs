//! The host's database: users, the tenant with its policy, and the messages that users were sent. Of anybody's second factor it knows one
//! flag.

use std::path::Path;

use second_factor::{Policy, UnixTime};
use sqlx::{
    AssertSqlSafe, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};

/// A user as the host knows them.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) password_hash: String,
    pub(crate) password_version: i64,
    pub(crate) session_version: i64,
    pub(crate) has_second_factor: bool,
    /// Whoever registered first.
    pub(crate) is_administrator: bool,
    /// The tenant's, as it is now: read together with the user, so that no page goes by an old one.
    pub(crate) policy: Policy,
}

/// Every user with what belongs to them.
const USERS: &str =
    "SELECT users.*, users.id = (SELECT min(id) FROM users) AS is_administrator, policy FROM users, tenant";

/// A message that a user was sent.
pub(crate) struct Message {
    pub(crate) at: UnixTime,
    pub(crate) text: String,
}

#[derive(Clone)]
pub(crate) struct Db {
    pool: SqlitePool,
}

impl Db {
    /// Opens the file, which is made if it is missing, and creates the tables.
    pub(crate) async fn open(file: &Path) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode anything less may lose the last commits with the power: a spent code would be good again.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePool::connect_with(options).await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        Ok(Self { pool })
    }

    pub(crate) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Adds a user; `false` if the address is taken.
    pub(crate) async fn add_user(&self, email: &str, password_hash: &str) -> sqlx::Result<bool> {
        let added =
            sqlx::query("INSERT INTO users (email, password_hash) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .bind(email)
                .bind(password_hash)
                .execute(&self.pool)
                .await?;
        Ok(added.rows_affected() == 1)
    }

    pub(crate) async fn user(&self, id: i64) -> sqlx::Result<Option<User>> {
        let one = format!("{USERS} WHERE users.id = ?");
        let found = sqlx::query(AssertSqlSafe(one)).bind(id).fetch_optional(&self.pool).await?;
        found.map(user).transpose()
    }

    pub(crate) async fn user_by_email(&self, email: &str) -> sqlx::Result<Option<User>> {
        let one = format!("{USERS} WHERE email = ?");
        let found = sqlx::query(AssertSqlSafe(one)).bind(email).fetch_optional(&self.pool).await?;
        found.map(user).transpose()
    }

    /// Everybody, by address.
    pub(crate) async fn users(&self) -> sqlx::Result<Vec<User>> {
        let all = sqlx::query(AssertSqlSafe(format!("{USERS} ORDER BY email"))).fetch_all(&self.pool).await?;
        all.into_iter().map(user).collect()
    }

    /// The tenant's policy; `None` before the first start.
    pub(crate) async fn policy(&self) -> sqlx::Result<Option<Policy>> {
        let found = sqlx::query("SELECT policy FROM tenant").fetch_optional(&self.pool).await?;
        found.map(|row| policy(&row)).transpose()
    }

    pub(crate) async fn save_policy(&self, policy: &Policy) -> sqlx::Result<()> {
        let text = serde_json::to_string(policy).map_err(|e| sqlx::Error::Encode(e.into()))?;
        sqlx::query(
            "INSERT INTO tenant VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET policy = excluded.policy",
        )
        .bind(text)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The check value of the key ring that the records are sealed with; `None` on the very first start.
    pub(crate) async fn key_check(&self) -> sqlx::Result<Option<String>> {
        sqlx::query_scalar("SELECT check_value FROM key_ring").fetch_optional(&self.pool).await
    }

    pub(crate) async fn save_key_check(&self, value: &str) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO key_ring VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET check_value = excluded.check_value",
        )
        .bind(value)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Remembers that this user has a second factor, apart from the store of records.
    pub(crate) async fn remember_second_factor(&self, id: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET has_second_factor = 1 WHERE id = ?")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets it again: it was turned off, or reset.
    pub(crate) async fn forget_second_factor(&self, id: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET has_second_factor = 0 WHERE id = ?")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends all sessions that a user has open.
    pub(crate) async fn end_sessions(&self, id: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET session_version = session_version + 1 WHERE id = ?")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

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

/// One that cannot be read is an error, and never "off".
fn policy(row: &SqliteRow) -> sqlx::Result<Policy> {
    serde_json::from_str(row.try_get("policy")?).map_err(|e| sqlx::Error::Decode(e.into()))
}

fn user(row: SqliteRow) -> sqlx::Result<User> {
    Ok(User {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        password_hash: row.try_get("password_hash")?,
        password_version: row.try_get("password_version")?,
        session_version: row.try_get("session_version")?,
        has_second_factor: row.try_get("has_second_factor")?,
        is_administrator: row.try_get("is_administrator")?,
        policy: policy(&row)?,
    })
}

fn message(row: SqliteRow) -> sqlx::Result<Message> {
    let at: i64 = row.try_get("at")?;
    Ok(Message { at: UnixTime::from_seconds(at.cast_unsigned()), text: row.try_get("text")? })
}
