//! The companies, each a tenant with a policy of its own.

use second_factor::{Policy, Requirement, TenantId};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::Db;

impl Db {
    /// Every company, as the library calls it.
    pub(crate) async fn tenants(&self) -> sqlx::Result<Vec<TenantId>> {
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM companies ORDER BY id").fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(TenantId::new).collect())
    }

    pub(crate) async fn save_policy(&self, company: &str, policy: &Policy) -> sqlx::Result<()> {
        sqlx::query("UPDATE companies SET policy = ? WHERE id = ?")
            .bind(json(policy)?)
            .bind(company)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What its mails say to whoever finds that something was not them.
    pub(crate) async fn save_contact(&self, company: &str, contact: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE companies SET contact = ? WHERE id = ?")
            .bind(contact)
            .bind(company)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Sets it for every company there is. The rest of their policies stays.
    pub(crate) async fn require_of_all(&self, requirement: Requirement) -> sqlx::Result<()> {
        for row in sqlx::query("SELECT id, policy FROM companies").fetch_all(&self.pool).await? {
            self.save_policy(row.try_get("id")?, &policy(&row)?.require(requirement)).await?;
        }
        Ok(())
    }
}

pub(super) async fn add_company(
    connection: &mut SqliteConnection,
    id: &str,
    name: &str,
    policy: &Policy,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO companies (id, name, policy) VALUES (?, ?, ?)")
        .bind(id)
        .bind(name)
        .bind(json(policy)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// One that cannot be read is an error, and never "off".
pub(super) fn policy(row: &SqliteRow) -> sqlx::Result<Policy> {
    serde_json::from_str(row.try_get("policy")?).map_err(|e| sqlx::Error::Decode(e.into()))
}

fn json(policy: &Policy) -> sqlx::Result<String> {
    serde_json::to_string(policy).map_err(|e| sqlx::Error::Encode(e.into()))
}
