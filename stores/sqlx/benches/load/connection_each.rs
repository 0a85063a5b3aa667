//! What the store is compared with: the same statements, each call on a connection of its own, which commits by itself.

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use sqlx::{
    Row, Sqlite,
    query::Query,
    sqlite::{SqliteArguments, SqlitePool},
};

const LOAD: &str = "SELECT revision, record FROM second_factor WHERE tenant = ?1 AND user_id = ?2";

const CREATE: &str = "INSERT INTO second_factor (tenant, user_id, revision, record, generation, backup_codes_left, trusted_devices, \
     pending_notices) VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0) ON CONFLICT DO NOTHING";

const SWAP: &str = "UPDATE second_factor SET revision = ?3, record = ?4, generation = generation + 1 \
     WHERE tenant = ?1 AND user_id = ?2 AND revision = ?5";

const REMOVE: &str = "DELETE FROM second_factor WHERE tenant = ?1 AND user_id = ?2 AND revision = ?3";

/// As many connections as there are clients.
pub struct ConnectionEach(pub SqlitePool);

impl ConnectionEach {
    /// The one statement of a swap.
    pub fn statement(
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Query<'static, Sqlite, SqliteArguments> {
        let query = sqlx::query(if expected.is_some() { SWAP } else { CREATE })
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(next.revision().as_bytes().as_slice())
            .bind(next.sealed());
        match expected {
            Some(expected) => query.bind(expected.as_bytes().as_slice()),
            None => query,
        }
    }
}

impl UserStore for ConnectionEach {
    type Error = sqlx::Error;

    async fn load(&self, user: &UserKey) -> sqlx::Result<Option<StoredRecord>> {
        let row = sqlx::query(LOAD)
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .fetch_optional(&self.0)
            .await?;
        row.map(|row| {
            let revision: &[u8] = row.try_get(0)?;
            Ok(StoredRecord::new(Revision::from_bytes(revision.try_into().unwrap()), row.try_get(1)?))
        })
        .transpose()
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> sqlx::Result<Swap> {
        let done = Self::statement(user, expected, next).execute(&self.0).await?;
        Ok(Swap::from_rows(done.rows_affected()))
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> sqlx::Result<Swap> {
        let query = sqlx::query(REMOVE)
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(expected.as_bytes().as_slice());
        Ok(Swap::from_rows(query.execute(&self.0).await?.rows_affected()))
    }
}
