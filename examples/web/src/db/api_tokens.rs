//! Tokens of programs, as digests.

use second_factor::UnixTime;
use sqlx::{AssertSqlSafe, Row};

use super::{
    Db,
    users::{USERS, User, user},
};

pub(crate) struct ApiToken {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) made_at: UnixTime,
}

impl Db {
    pub(crate) async fn add_api_token(
        &self,
        owner: i64,
        digest: &[u8],
        name: &str,
        now: UnixTime,
    ) -> sqlx::Result<()> {
        sqlx::query("INSERT INTO api_tokens (user_id, digest, name, made_at) VALUES (?, ?, ?, ?)")
            .bind(owner)
            .bind(digest)
            .bind(name)
            .bind(now.seconds().cast_signed())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn api_tokens(&self, owner: i64) -> sqlx::Result<Vec<ApiToken>> {
        let all = "SELECT id, name, made_at FROM api_tokens WHERE user_id = ? ORDER BY id";
        let rows = sqlx::query(all).bind(owner).fetch_all(&self.pool).await?;
        let token = |row: sqlx::sqlite::SqliteRow| {
            let made_at: i64 = row.try_get("made_at")?;
            let made_at = UnixTime::from_seconds(made_at.cast_unsigned());
            Ok(ApiToken { id: row.try_get("id")?, name: row.try_get("name")?, made_at })
        };
        rows.into_iter().map(token).collect()
    }

    pub(crate) async fn revoke_api_token(&self, owner: i64, id: i64) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM api_tokens WHERE user_id = ? AND id = ?")
            .bind(owner)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn user_by_api_token(&self, digest: &[u8]) -> sqlx::Result<Option<User>> {
        let one = format!("{USERS} JOIN api_tokens ON api_tokens.user_id = users.id WHERE digest = ?");
        let found = sqlx::query(AssertSqlSafe(one)).bind(digest).fetch_optional(&self.pool).await?;
        found.map(user).transpose()
    }
}
