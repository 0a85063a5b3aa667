//! The same rows, to show.

use second_factor::{Summary, TenantId, UnixTime, UserDirectory, UserKey};
use sqlx::{Row, sqlite::SqliteRow};

use super::SqliteStore;
use crate::error::Error;

/// A statement that reads what [`summary`] reads, and the user's id after it.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT generation, enrolled_at, last_verified_at, backup_codes_left, trusted_devices, locked_until, \
             pending_notices, user_id FROM second_factor WHERE ",
            $condition
        )
    };
}

const ONE: &str = select!("tenant = ?1 AND user_id = ?2");

const FIRST_PAGE: &str = select!("tenant = ?1 ORDER BY user_id LIMIT ?2");

const NEXT_PAGE: &str = select!("tenant = ?1 AND user_id > ?3 ORDER BY user_id LIMIT ?2");

/// How it keeps to the clauses of [`UserDirectory`]: it reads the rows of the store itself, in one statement a page, which walks the primary
/// key from the cursor on. Ids are `BLOB`s, which SQLite sorts by their bytes. A row that does not read as a summary is an error.
impl UserDirectory for SqliteStore {
    type Error = Error;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Error> {
        let mut connection = self.pool().acquire().await?;
        let mut summaries = Vec::with_capacity(users.len());
        for user in users {
            let row = sqlx::query(ONE)
                .bind(user.tenant().as_str().as_bytes())
                .bind(user.user().as_bytes())
                .fetch_optional(&mut *connection)
                .await?;
            summaries.push(row.map(|row| summary(&row)).transpose()?);
        }
        Ok(summaries)
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Error> {
        let mut query = sqlx::query(if after.is_some() { NEXT_PAGE } else { FIRST_PAGE })
            .bind(tenant.as_str().as_bytes())
            .bind(limit);
        if let Some(after) = after {
            query = query.bind(after.user().as_bytes());
        }
        let rows = query.fetch_all(self.pool()).await?;
        rows.iter().map(|row| Ok((UserKey::new(tenant.as_str(), user_id(row)?), summary(row)?))).collect()
    }
}

fn summary(row: &SqliteRow) -> Result<Summary, Error> {
    let time =
        |column: &str| Ok::<_, Error>(row.try_get::<Option<u64>, _>(column)?.map(UnixTime::from_seconds));
    // The fields may become more, so the type cannot be written out here.
    let mut summary = Summary::default();
    summary.generation = row.try_get("generation")?;
    summary.enrolled_at = time("enrolled_at")?;
    summary.last_verified_at = time("last_verified_at")?;
    summary.backup_codes_left = row.try_get("backup_codes_left")?;
    summary.trusted_devices = row.try_get("trusted_devices")?;
    summary.locked_until = time("locked_until")?;
    summary.pending_notices = row.try_get("pending_notices")?;
    Ok(summary)
}

fn user_id(row: &SqliteRow) -> Result<&str, Error> {
    Ok(std::str::from_utf8(row.try_get("user_id")?)?)
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, SqlitePool};

    use super::{FIRST_PAGE, NEXT_PAGE, ONE};
    use crate::sqlite::SCHEMA;

    /// A page costs what it shows, however many come before it or belong to others: no statement scans or sorts.
    #[tokio::test]
    async fn each_statement_walks_the_primary_key() {
        let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        sqlx::raw_sql(SCHEMA).execute(&mut *connection).await.unwrap();
        for (statement, keys) in [
            (ONE, "(tenant=? AND user_id=?)"),
            (FIRST_PAGE, "(tenant=?)"),
            (NEXT_PAGE, "(tenant=? AND user_id>?)"),
        ] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(&mut *connection).await.unwrap();
            let [(.., step)] = &steps[..] else { panic!("more than one step: {steps:?}") };
            assert!(step.starts_with("SEARCH second_factor USING INDEX") && step.ends_with(keys), "{step}");
        }
    }
}
