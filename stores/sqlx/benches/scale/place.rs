//! A schema of the bench's own, and one connection to it.

use std::{process, thread, time::Duration};

use second_factor_sqlx::{PostgresStore, Table};
use second_factor_testbed::postgres_url;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    postgres::{PgPool, PgPoolOptions},
};

/// It is gone when this is dropped.
pub struct Place {
    url: String,
    pub schema: String,
    pool: PgPool,
}

impl Place {
    /// `None` where there is no server, after saying so.
    pub async fn new() -> Option<Self> {
        let url = postgres_url()?;
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let pool = pool.connect(&url).await.unwrap();
        let place = Self { url, schema: format!("scale_{}", process::id()), pool };
        place.run(&format!("CREATE SCHEMA {}", place.schema)).await;
        Some(place)
    }

    /// All stores share the connection, so that none has a better one.
    pub async fn store(&self, table: &Table) -> PostgresStore {
        let store = PostgresStore::new(self.pool.clone()).in_table(table.clone());
        let store = store.answer_within(Duration::from_secs(60));
        store.migrate().await.unwrap();
        store
    }

    pub fn table(&self, size: u64) -> Table {
        Table::new(&format!("users_{size}")).unwrap().in_schema(&self.schema).unwrap()
    }

    pub async fn version(&self) -> String {
        let settings = "concat_ws(', ', 'shared_buffers ' || current_setting('shared_buffers'), \
             'max_wal_size ' || current_setting('max_wal_size'), 'fsync ' || current_setting('fsync'), \
             'synchronous_commit ' || current_setting('synchronous_commit'), \
             'full_page_writes ' || current_setting('full_page_writes'))";
        let sql = format!("SELECT split_part(version(), ' on ', 1) || ': ' || {settings}");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.pool).await.unwrap()
    }

    /// What the filling left to be written to the disk is written before anything is measured, where this role may say so.
    pub async fn checkpoint(&self) {
        let _may_not = sqlx::raw_sql("CHECKPOINT").execute(&self.pool).await;
    }

    pub async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.pool).await.unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (url, sql) = (self.url.clone(), format!("DROP SCHEMA {} CASCADE", self.schema));
        // On a thread of its own, for a runtime is at work on this one.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            });
        });
        let _said_on_its_thread = dropping.join();
    }
}
