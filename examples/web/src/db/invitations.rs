//! Invitations into a company.

use second_factor::UnixTime;
use sqlx::{AssertSqlSafe, Row, sqlite::SqliteRow};

use super::{
    Db,
    users::{NewUser, add},
};

/// An invitation that was not taken up so far.
pub(crate) struct Invitation {
    pub(crate) company_id: String,
    /// The company's name.
    pub(crate) company: String,
    pub(crate) email: String,
    pub(crate) language: String,
    pub(crate) is_administrator: bool,
    pub(crate) expires_at: UnixTime,
}

const INVITATIONS: &str = "SELECT invitations.*, companies.name AS company FROM invitations \
                           JOIN companies ON companies.id = company_id";

impl Db {
    /// Keeps an invitation. An older one to the same address is over.
    pub(crate) async fn invite(&self, token_digest: &[u8], invitation: &Invitation) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO invitations \
             (token_digest, company_id, email, language, is_administrator, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(token_digest)
        .bind(&invitation.company_id)
        .bind(&invitation.email)
        .bind(&invitation.language)
        .bind(invitation.is_administrator)
        .bind(invitation.expires_at.seconds().cast_signed())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The invitation with this token, if it is still good.
    pub(crate) async fn invitation(
        &self,
        token_digest: &[u8],
        now: UnixTime,
    ) -> sqlx::Result<Option<Invitation>> {
        let one = format!("{INVITATIONS} WHERE token_digest = ? AND expires_at > ?");
        let found = sqlx::query(AssertSqlSafe(one))
            .bind(token_digest)
            .bind(now.seconds().cast_signed())
            .fetch_optional(&self.pool)
            .await?;
        found.map(invitation).transpose()
    }

    /// Those of a company that wait to be taken up, by address.
    pub(crate) async fn invitations(&self, company: &str, now: UnixTime) -> sqlx::Result<Vec<Invitation>> {
        let all = format!("{INVITATIONS} WHERE company_id = ? AND expires_at > ? ORDER BY email");
        let all = sqlx::query(AssertSqlSafe(all))
            .bind(company)
            .bind(now.seconds().cast_signed())
            .fetch_all(&self.pool)
            .await?;
        all.into_iter().map(invitation).collect()
    }

    /// Takes an invitation back. The link is dead from now on.
    pub(crate) async fn withdraw_invitation(&self, company: &str, email: &str) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM invitations WHERE company_id = ? AND email = ?")
            .bind(company)
            .bind(email)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes an invitation up: the user is there and the link is dead in one commit, however often it is tried at once. `false` if it was
    /// taken up or back meanwhile, or the address has an account.
    pub(crate) async fn join(
        &self,
        token_digest: &[u8],
        invitation: &Invitation,
        password_hash: &str,
        now: UnixTime,
    ) -> sqlx::Result<bool> {
        let user = NewUser {
            email: &invitation.email,
            language: &invitation.language,
            is_administrator: invitation.is_administrator,
            password_hash: Some(password_hash),
            terms_accepted: 0,
        };
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let spent = sqlx::query("DELETE FROM invitations WHERE token_digest = ? AND expires_at > ?")
            .bind(token_digest)
            .bind(now.seconds().cast_signed())
            .execute(&mut *transaction)
            .await?;
        let joined =
            spent.rows_affected() == 1 && add(&mut transaction, &invitation.company_id, &user).await?;
        transaction.commit().await?;
        Ok(joined)
    }
}

fn invitation(row: SqliteRow) -> sqlx::Result<Invitation> {
    let expires_at: i64 = row.try_get("expires_at")?;
    Ok(Invitation {
        company_id: row.try_get("company_id")?,
        company: row.try_get("company")?,
        email: row.try_get("email")?,
        language: row.try_get("language")?,
        is_administrator: row.try_get("is_administrator")?,
        expires_at: UnixTime::from_seconds(expires_at.cast_unsigned()),
    })
}
