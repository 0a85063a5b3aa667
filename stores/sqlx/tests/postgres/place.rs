//! A schema of the test's own, on the server that is there.

use std::{
    process, thread,
    time::{Duration, SystemTime},
};

use second_factor_sqlx::{PostgresStore, Table};
use second_factor_testbed::postgres_url;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};

/// A schema in which nobody else is. It is gone when this is dropped.
pub struct Place {
    pub url: String,
    pub schema: String,
}

impl Place {
    /// `None` where there is no server, after saying so.
    pub async fn new() -> Option<Self> {
        let place = Self::at(postgres_url()?);
        place.run(&format!("CREATE SCHEMA {}", place.schema)).await;
        Some(place)
    }

    fn at(url: String) -> Self {
        let nanoseconds = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        Self { url, schema: format!("sf_{}_{:x}", process::id(), nanoseconds & 0xffff_ffff_ffff) }
    }

    pub fn table(&self) -> Table {
        Table::default().in_schema(&self.schema).unwrap()
    }

    pub fn options(&self) -> PgConnectOptions {
        self.url.parse().unwrap()
    }

    /// A store as another server would open it, with a pool of its own. Its table is there.
    pub async fn store(&self) -> PostgresStore {
        let store = self.store_with(self.options()).await;
        store.migrate().await.unwrap();
        store
    }

    /// The same on connections of another kind, without looking at the table.
    pub async fn store_with(&self, options: PgConnectOptions) -> PostgresStore {
        PostgresStore::new(pool(options).await).in_table(self.table())
    }

    /// A role of its own, with such rights on all tables that are there. It goes with the schema.
    pub async fn role(&self, rights: &str) -> String {
        let Self { schema, .. } = self;
        let role = format!("{schema}_role");
        let grant = format!(
            "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {role}"
        );
        self.run(&format!("CREATE ROLE {role} LOGIN; {grant}")).await;
        role
    }

    /// Runs statements as an administrator.
    pub async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (url, sql) =
            (self.url.clone(), format!("DROP SCHEMA {0} CASCADE; DROP ROLE IF EXISTS {0}_role", self.schema));
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

/// A pool as `PostgresStore::connect` makes it, but small.
pub async fn pool(options: PgConnectOptions) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(5).acquire_timeout(Duration::from_secs(5));
    pool.test_before_acquire(false).connect_with(options).await.unwrap()
}
