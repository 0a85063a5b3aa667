//! Single sign-on: who is whom, the key of the provider, and which of its assertions were taken.

use second_factor::UnixTime;
use sqlx::AssertSqlSafe;

use super::{
    Db,
    users::{USERS, User, user},
};

impl Db {
    /// The user whom the provider calls that.
    pub(crate) async fn user_by_subject(&self, subject: &str) -> sqlx::Result<Option<User>> {
        let one = format!("{USERS} WHERE sso_subject = ?");
        let found = sqlx::query(AssertSqlSafe(one)).bind(subject).fetch_optional(&self.pool).await?;
        found.map(user).transpose()
    }

    /// Everybody whom the provider knows: what it calls them, and their address.
    pub(crate) async fn subjects(&self) -> sqlx::Result<Vec<(String, String)>> {
        let all = "SELECT sso_subject, email FROM users WHERE sso_subject IS NOT NULL ORDER BY id";
        sqlx::query_as(all).fetch_all(&self.pool).await
    }

    /// The key that the provider signs with. The one that was kept first stays.
    pub(crate) async fn assertion_key(&self, drawn: &str) -> sqlx::Result<String> {
        let keep = "INSERT INTO identity_provider (id, signing_key) VALUES (1, ?) ON CONFLICT DO NOTHING";
        sqlx::query(keep).bind(drawn).execute(&self.pool).await?;
        sqlx::query_scalar("SELECT signing_key FROM identity_provider").fetch_one(&self.pool).await
    }

    /// Takes an assertion, once; `false` if it was taken before. Those that are over are forgotten.
    pub(crate) async fn take_assertion(
        &self,
        id: &str,
        expires_at: u64,
        now: UnixTime,
    ) -> sqlx::Result<bool> {
        sqlx::query("DELETE FROM taken_assertions WHERE expires_at <= ?")
            .bind(now.seconds().cast_signed())
            .execute(&self.pool)
            .await?;
        let take = "INSERT INTO taken_assertions (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING";
        let taken = sqlx::query(take).bind(id).bind(expires_at.cast_signed()).execute(&self.pool).await?;
        Ok(taken.rows_affected() == 1)
    }
}
