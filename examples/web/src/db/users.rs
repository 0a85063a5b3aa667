//! People: who they are now, and how they come to be.

use second_factor::{Policy, UserKey};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    Db,
    companies::{add_company, policy},
};

/// A user as the host knows them.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) company_id: String,
    /// The company's name.
    pub(crate) company: String,
    /// What the company says to whoever finds that something was not them: whom to call. Empty: it has not said.
    pub(crate) contact: String,
    pub(crate) email: String,
    /// For text messages.
    pub(crate) phone: Option<String>,
    /// `en` or `ja`: in which mails are written.
    pub(crate) language: String,
    pub(crate) is_administrator: bool,
    /// None: signs in through single sign-on alone.
    pub(crate) password_hash: Option<String>,
    pub(crate) password_version: i64,
    pub(crate) session_version: i64,
    /// Which version of the terms; 0: none.
    pub(crate) terms_accepted: i64,
    pub(crate) has_second_factor: bool,
    /// The company's, as it is now: read together with the user, so that no page goes by an old one.
    pub(crate) policy: Policy,
}

/// Somebody who is about to be one.
pub(crate) struct NewUser<'a> {
    pub(crate) email: &'a str,
    pub(crate) language: &'a str,
    pub(crate) is_administrator: bool,
    pub(crate) password_hash: Option<&'a str>,
    pub(crate) terms_accepted: i64,
}

/// What each session of a user is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    password: i64,
    session: i64,
}

impl User {
    pub(crate) const fn versions(&self) -> Versions {
        Versions { password: self.password_version, session: self.session_version }
    }
}

/// Every user with what belongs to them.
pub(super) const USERS: &str = "SELECT users.*, companies.name AS company, contact, policy FROM users \
                     JOIN companies ON companies.id = company_id";

impl Db {
    /// Adds a company with its first user; `false` if the address is taken.
    pub(crate) async fn add_company(
        &self,
        id: &str,
        name: &str,
        policy: &Policy,
        first: &NewUser<'_>,
    ) -> sqlx::Result<bool> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        add_company(&mut transaction, id, name, policy).await?;
        if !add(&mut transaction, id, first).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(crate) async fn user(&self, id: i64) -> sqlx::Result<Option<User>> {
        let one = format!("{USERS} WHERE users.id = ?");
        let found = sqlx::query(AssertSqlSafe(one)).bind(id).fetch_optional(&self.pool).await?;
        found.map(user).transpose()
    }

    /// The user whom the library means. A key of another company is nobody's.
    pub(crate) async fn user_of(&self, key: &UserKey) -> sqlx::Result<Option<User>> {
        let Ok(id) = key.user().parse() else { return Ok(None) };
        self.member(key.tenant().as_str(), id).await
    }

    /// A user of this company, and of no other.
    pub(crate) async fn member(&self, company: &str, id: i64) -> sqlx::Result<Option<User>> {
        Ok(self.user(id).await?.filter(|user| user.company_id == company))
    }

    pub(crate) async fn user_by_email(&self, email: &str) -> sqlx::Result<Option<User>> {
        let one = format!("{USERS} WHERE email = ?");
        let found = sqlx::query(AssertSqlSafe(one)).bind(email).fetch_optional(&self.pool).await?;
        found.map(user).transpose()
    }

    /// Everybody in a company, by address.
    pub(crate) async fn users(&self, company: &str) -> sqlx::Result<Vec<User>> {
        let all = format!("{USERS} WHERE company_id = ? ORDER BY email");
        let all = sqlx::query(AssertSqlSafe(all)).bind(company).fetch_all(&self.pool).await?;
        all.into_iter().map(user).collect()
    }

    /// Remembers that this user has a second factor, apart from the store of records.
    pub(crate) async fn remember_second_factor(&self, id: i64) -> sqlx::Result<()> {
        self.update("UPDATE users SET has_second_factor = 1 WHERE id = ?", id).await
    }

    /// Forgets it again: it was turned off, or reset.
    pub(crate) async fn forget_second_factor(&self, id: i64) -> sqlx::Result<()> {
        self.update("UPDATE users SET has_second_factor = 0 WHERE id = ?", id).await
    }

    /// The language of the mails to this user from now on.
    pub(crate) async fn write_in(&self, id: i64, language: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET language = ? WHERE id = ?")
            .bind(language)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn accept_terms(&self, id: i64, version: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET terms_accepted = ? WHERE id = ?")
            .bind(version)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends all sessions that a user has open.
    pub(crate) async fn end_sessions(&self, id: i64) -> sqlx::Result<()> {
        self.update("UPDATE users SET session_version = session_version + 1 WHERE id = ?", id).await
    }

    /// Sets a new password, unless it was changed since this user was read. All sessions and API tokens end with the old one; what a session
    /// that goes on is bound to from now on.
    pub(crate) async fn change_password(&self, user: &User, hash: &str) -> sqlx::Result<Option<Versions>> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let changed = sqlx::query(
            "UPDATE users SET password_hash = ?, password_version = password_version + 1, \
             session_version = session_version + 1, demo_password = NULL \
             WHERE id = ? AND password_version = ? RETURNING password_version, session_version",
        )
        .bind(hash)
        .bind(user.id)
        .bind(user.password_version)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = changed else { return Ok(None) };
        sqlx::query("DELETE FROM api_tokens WHERE user_id = ?")
            .bind(user.id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(Versions {
            password: row.try_get("password_version")?,
            session: row.try_get("session_version")?,
        }))
    }

    async fn update(&self, sql: &'static str, id: i64) -> sqlx::Result<()> {
        sqlx::query(sql).bind(id).execute(&self.pool).await?;
        Ok(())
    }
}

/// Adds a user to a company; `false` if the address is taken.
pub(super) async fn add(
    connection: &mut SqliteConnection,
    company: &str,
    user: &NewUser<'_>,
) -> sqlx::Result<bool> {
    let insert = "INSERT INTO users (company_id, email, language, is_administrator, password_hash, terms_accepted) \
                  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let added = sqlx::query(insert)
        .bind(company)
        .bind(user.email)
        .bind(user.language)
        .bind(user.is_administrator)
        .bind(user.password_hash)
        .bind(user.terms_accepted)
        .execute(connection)
        .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) fn user(row: SqliteRow) -> sqlx::Result<User> {
    Ok(User {
        id: row.try_get("id")?,
        company_id: row.try_get("company_id")?,
        company: row.try_get("company")?,
        contact: row.try_get("contact")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
        language: row.try_get("language")?,
        is_administrator: row.try_get("is_administrator")?,
        password_hash: row.try_get("password_hash")?,
        password_version: row.try_get("password_version")?,
        session_version: row.try_get("session_version")?,
        terms_accepted: row.try_get("terms_accepted")?,
        has_second_factor: row.try_get("has_second_factor")?,
        policy: policy(&row)?,
    })
}
