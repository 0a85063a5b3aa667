//! Sessions of tower-sessions in the host's database.

use async_trait::async_trait;
use sqlx::{Row, SqlitePool};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};

#[derive(Debug, Clone)]
pub(crate) struct SqliteSessions(pub(crate) SqlitePool);

#[async_trait]
impl SessionStore for SqliteSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= ?")
            .bind(OffsetDateTime::now_utc().unix_timestamp())
            .execute(&self.0)
            .await
            .map_err(backend)?;
        let sql = "INSERT INTO sessions (data, expires_at, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        while self.write(sql, record).await? == 0 {
            record.id = Id::default();
        }
        Ok(())
    }

    /// Changes a session that is there. One that was ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        self.write("UPDATE sessions SET data = ?, expires_at = ? WHERE id = ?", record).await?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = sqlx::query("SELECT data, expires_at FROM sessions WHERE id = ? AND expires_at > ?")
            .bind(id.to_string())
            .bind(OffsetDateTime::now_utc().unix_timestamp())
            .fetch_optional(&self.0)
            .await
            .map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let data: String = row.try_get("data").map_err(backend)?;
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_str(&data).map_err(decode)?,
            expiry_date: OffsetDateTime::from_unix_timestamp(row.try_get("expires_at").map_err(backend)?)
                .map_err(decode)?,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let delete = sqlx::query("DELETE FROM sessions WHERE id = ?").bind(id.to_string());
        delete.execute(&self.0).await.map_err(backend)?;
        Ok(())
    }
}

impl SqliteSessions {
    async fn write(&self, sql: &'static str, record: &Record) -> Result<u64> {
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let done = sqlx::query(sql)
            .bind(data)
            .bind(record.expiry_date.unix_timestamp())
            .bind(record.id.to_string())
            .execute(&self.0)
            .await
            .map_err(backend)?;
        Ok(done.rows_affected())
    }
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

fn decode(error: impl ToString) -> Error {
    Error::Decode(error.to_string())
}
