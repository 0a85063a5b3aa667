//! How far the deletion of a company's second factors is.

use sqlx::{Row, sqlite::SqliteRow};

use super::Db;

/// Kept after each page, so that a restart goes on where it was.
#[derive(Clone)]
pub(crate) struct Deletion {
    pub(crate) company_id: String,
    /// The administrator who confirmed it.
    pub(crate) by: i64,
    /// The preview's, which the library asks for.
    pub(crate) confirmation: String,
    /// As JSON; none before the first page.
    pub(crate) cursor: Option<String>,
    /// The records there were at the start.
    pub(crate) total: u64,
    pub(crate) done: u64,
    /// Of those, the ones that could not be deleted.
    pub(crate) failed: u64,
    pub(crate) finished: bool,
}

impl Db {
    pub(crate) async fn save_deletion(&self, it: &Deletion) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO deletions \
             (company_id, by_user, confirmation, cursor, total, done, failed, finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&it.company_id)
        .bind(it.by)
        .bind(&it.confirmation)
        .bind(&it.cursor)
        .bind(it.total.cast_signed())
        .bind(it.done.cast_signed())
        .bind(it.failed.cast_signed())
        .bind(it.finished)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The last one of a company.
    pub(crate) async fn deletion(&self, company: &str) -> sqlx::Result<Option<Deletion>> {
        let found = sqlx::query("SELECT * FROM deletions WHERE company_id = ?").bind(company);
        found.fetch_optional(&self.pool).await?.map(deletion).transpose()
    }

    /// Those that did not come to their end.
    pub(crate) async fn open_deletions(&self) -> sqlx::Result<Vec<Deletion>> {
        let open = sqlx::query("SELECT * FROM deletions WHERE finished = 0").fetch_all(&self.pool).await?;
        open.into_iter().map(deletion).collect()
    }
}

fn deletion(row: SqliteRow) -> sqlx::Result<Deletion> {
    let number = |name: &str| row.try_get(name).map(i64::cast_unsigned);
    Ok(Deletion {
        company_id: row.try_get("company_id")?,
        by: row.try_get("by_user")?,
        confirmation: row.try_get("confirmation")?,
        cursor: row.try_get("cursor")?,
        total: number("total")?,
        done: number("done")?,
        failed: number("failed")?,
        finished: row.try_get("finished")?,
    })
}
