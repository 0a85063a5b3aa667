//! The accounts of the demonstration, whose passwords are shown to everybody.

use second_factor::Policy;
use sqlx::{Row, Sqlite, Transaction};

use super::{
    Db,
    companies::add_company,
    users::{NewUser, add},
};

pub(crate) struct DemoAccount {
    pub(crate) company: String,
    pub(crate) email: String,
    /// None: through single sign-on.
    pub(crate) password: Option<String>,
    pub(crate) is_administrator: bool,
}

/// What a database is filled with, all of it or nothing.
pub(crate) struct Seeds(Transaction<'static, Sqlite>);

impl Db {
    /// Begins to fill the database, if it is empty. Whoever else begins waits until it is done.
    pub(crate) async fn begin_seeds(&self) -> sqlx::Result<Option<Seeds>> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let companies: i64 =
            sqlx::query_scalar("SELECT count(*) FROM companies").fetch_one(&mut *transaction).await?;
        Ok((companies == 0).then_some(Seeds(transaction)))
    }

    /// Those whose password is still the one that is shown, or who have none.
    pub(crate) async fn demo_accounts(&self) -> sqlx::Result<Vec<DemoAccount>> {
        let all = sqlx::query(
            "SELECT name, email, demo_password, is_administrator FROM users \
             JOIN companies ON companies.id = company_id WHERE demo_password IS NOT NULL OR sso_subject IS NOT NULL ORDER BY users.id",
        );
        let rows = all.fetch_all(&self.pool).await?;
        let account = |row: sqlx::sqlite::SqliteRow| {
            Ok(DemoAccount {
                company: row.try_get("name")?,
                email: row.try_get("email")?,
                password: row.try_get("demo_password")?,
                is_administrator: row.try_get("is_administrator")?,
            })
        };
        rows.into_iter().map(account).collect()
    }
}

impl Seeds {
    pub(crate) async fn add_company(&mut self, id: &str, name: &str, policy: &Policy) -> sqlx::Result<()> {
        add_company(&mut self.0, id, name, policy).await
    }

    pub(crate) async fn add_user(
        &mut self,
        company: &str,
        user: &NewUser<'_>,
        phone: Option<&str>,
        sso_subject: Option<&str>,
        password: Option<&str>,
    ) -> sqlx::Result<()> {
        add(&mut self.0, company, user).await?;
        sqlx::query("UPDATE users SET phone = ?, sso_subject = ?, demo_password = ? WHERE email = ?")
            .bind(phone)
            .bind(sso_subject)
            .bind(password)
            .bind(user.email)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        self.0.commit().await
    }
}
