//! Creating the table, and asking whether a server may be trusted with it.

use sqlx::Row;

use super::{NEEDED, PostgresStore, not_durable};
use crate::error::Error;

impl PostgresStore {
    /// Creates the table and its indexes if they are missing, and checks that the database keeps what it acknowledges. To be called once at
    /// start-up; several processes may do so at once. Where everything is there, it creates nothing and needs no right to.
    ///
    /// The schema that the table is in has to exist. A host that creates tables with a tool of its own takes the statements from
    /// [`schema`](Self::schema) and calls this for the checks.
    ///
    /// # Errors
    ///
    /// [`Error::NotDurable`] if the settings would lose what is acknowledged, or the table is not logged; [`Error::Standby`] on a
    /// server that follows another one; [`Error::RowSecurity`] if rows are hidden from this role; [`Error::Database`] if the
    /// table cannot be created.
    pub async fn migrate(&self) -> Result<(), Error> {
        if !self.standing().await?.complete {
            self.session.run(&self.statements.schema).await?;
        }
        let kept = self.standing().await?.kept;
        if kept.as_deref() != Some("p") {
            return Err(Error::NotDurable {
                found: format!("relpersistence = {}", kept.as_deref().unwrap_or("none")),
                needed: "a table that is logged (ALTER TABLE … SET LOGGED)",
            });
        }
        // Says whether rows are hidden.
        self.summaries_of(&[]).await?;
        Ok(())
    }

    /// The statements that create the table and its indexes, for the host's own migrations.
    #[must_use]
    pub fn schema(&self) -> String {
        super::statements::schema(&self.table)
    }

    async fn standing(&self) -> Result<Standing, Error> {
        let rows = self.session.read(&self.statements.standing, &[]).await?;
        let row = rows.first().ok_or(Error::Misunderstood)?;
        if row.try_get("standby")? {
            return Err(Error::Standby);
        }
        if !row.try_get::<bool, _>("durable")? {
            return Err(not_durable(row, NEEDED)?);
        }
        Ok(Standing { kept: row.try_get("kept")?, complete: row.try_get("complete")? })
    }
}

struct Standing {
    /// PostgreSQL's letter for how a table is kept: `p`ermanently, `u`nlogged, `t`emporarily.
    kept: Option<String>,
    complete: bool,
}
