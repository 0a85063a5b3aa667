//! The host's database: companies, people, invitations, and the messages that users were sent. Of anybody's second factor it knows one
//! flag.

mod api_tokens;
mod companies;
mod deletions;
mod demo;
mod invitations;
mod members;
mod messages;
mod single_sign_on;
mod users;

use std::path::{Path, PathBuf};

use second_factor::BoxError;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub(crate) use self::{
    api_tokens::ApiToken,
    deletions::Deletion,
    demo::DemoAccount,
    invitations::Invitation,
    members::{Members, Which},
    messages::{Claim, Message},
    users::{NewUser, User, Versions},
};
use crate::private;

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the database {0} cannot be read or made")]
    File(PathBuf, #[source] BoxError),
    #[error(
        "the database {0} was made by an older version of this example; name another folder with DATA_DIR"
    )]
    Older(PathBuf),
}

#[derive(Clone)]
pub(crate) struct Db {
    pool: SqlitePool,
}

impl Db {
    /// Opens the file, which is made if it is missing, and creates the tables. Nobody else may read it.
    pub(crate) async fn open(file: &Path) -> Result<Self, OpenError> {
        let unusable = |error: BoxError| OpenError::File(file.into(), error);
        private::make_file(file).map_err(|e| unusable(e.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode anything less may lose the last commits with the power: a spent code would be good again.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePool::connect_with(options).await.map_err(|e| unusable(e.into()))?;
        if is_older(&pool).await.map_err(|e| unusable(e.into()))? {
            return Err(OpenError::Older(file.into()));
        }
        let tables = sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await;
        tables.map_err(|e| unusable(e.into()))?;
        Ok(Self { pool })
    }

    pub(crate) const fn pool(&self) -> &SqlitePool {
        &self.pool
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
}

/// Whether it has users that belong to no company.
async fn is_older(pool: &SqlitePool) -> sqlx::Result<bool> {
    let users = "SELECT count(*) FROM pragma_table_info('users')";
    let companies = "SELECT count(*) FROM pragma_table_info('users') WHERE name = 'company_id'";
    let columns: i64 = sqlx::query_scalar(users).fetch_one(pool).await?;
    let new: i64 = sqlx::query_scalar(companies).fetch_one(pool).await?;
    Ok(columns > 0 && new == 0)
}
