//! One table, one pool, as many connections as clients: through the library, through the store alone, and by the plainest statements that
//! could do the same. They take turns.

use std::{process, time::Duration};

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};
use second_factor_sqlx::{PostgresStore, Table};
use second_factor_testbed::{
    load::{Copies, Figures, Users, print, print_head, print_ratio},
    postgres_url,
};
use sqlx::{
    AssertSqlSafe, Row,
    postgres::{PgPool, PgPoolOptions},
};

/// A round of one client waits for the disk as often.
const USERS: usize = 1_000;

pub async fn measure(clients: &[usize], at_least: Duration) {
    let Some(url) = postgres_url() else { return };
    println!("\nPostgreSQL");
    print_head();
    for &clients in clients {
        let pool = pool(&url, clients).await;
        let schema = format!("load_{}_{clients}", process::id());
        run(&pool, &format!("CREATE SCHEMA {schema}")).await;
        compare(&pool, &schema, clients, at_least).await;
        run(&pool, &format!("DROP SCHEMA {schema} CASCADE")).await;
    }
}

async fn compare(pool: &PgPool, schema: &str, clients: usize, at_least: Duration) {
    let table = Table::default().in_schema(schema).unwrap();
    let store = PostgresStore::new(pool.clone()).in_table(table.clone());
    store.migrate().await.unwrap();
    let users = Users::enroll_some(store.clone(), USERS).await;
    let copies = Copies::new(store.clone(), &store, &users, "copies").await;
    let plain = Copies::new(Plain::new(pool.clone(), &table), &store, &users, "plain").await;
    run(pool, &format!("VACUUM (ANALYZE) {table}")).await;

    let (mut verifications, mut alone, mut least) =
        (Figures::default(), Figures::default(), Figures::default());
    while verifications.elapsed() < at_least {
        verifications += users.round(clients).await;
        alone += copies.round(clients).await;
        least += plain.round(clients).await;
    }
    print(clients, "verifications", &verifications);
    print(clients, &format!("load and swap of the store, {} bytes", copies.sealed_bytes()), &alone);
    print(clients, "the plainest two statements", &least);
    print_ratio(clients, "load and swap : plainest statements", &alone, &least);
    print_ratio(clients, "verifications : load and swap", &verifications, &alone);
    print_ratio(clients, "verifications : plainest statements", &verifications, &least);
}

async fn pool(url: &str, connections: usize) -> PgPool {
    let connections = u32::try_from(connections).unwrap();
    let options = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .test_before_acquire(false);
    options.acquire_timeout(Duration::from_secs(60)).connect(url).await.unwrap()
}

async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// Asks neither whether the server follows another one, nor whether it keeps what it acknowledges.
struct Plain {
    pool: PgPool,
    load: String,
    create: String,
    swap: String,
    remove: String,
}

impl Plain {
    fn new(pool: PgPool, table: &Table) -> Self {
        Self {
            pool,
            load: format!("SELECT revision, record FROM {table} WHERE tenant = $1 AND user_id = $2"),
            create: format!(
                "INSERT INTO {table} (tenant, user_id, revision, record, generation, backup_codes_left, trusted_devices, \
                 pending_notices) VALUES ($1, $2, $3, $4, 0, 0, 0, 0)"
            ),
            swap: format!(
                "UPDATE {table} SET revision = $3, record = $4, generation = generation + 1 \
                 WHERE tenant = $1 AND user_id = $2 AND revision = $5"
            ),
            remove: format!("DELETE FROM {table} WHERE tenant = $1 AND user_id = $2 AND revision = $3"),
        }
    }
}

impl UserStore for Plain {
    type Error = sqlx::Error;

    async fn load(&self, user: &UserKey) -> sqlx::Result<Option<StoredRecord>> {
        let found = sqlx::query(AssertSqlSafe(self.load.as_str()))
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .fetch_optional(&self.pool)
            .await?;
        found
            .map(|row| {
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
        let sql = if expected.is_some() { &self.swap } else { &self.create };
        let mut query = sqlx::query(AssertSqlSafe(sql.as_str()))
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(next.revision().as_bytes().as_slice())
            .bind(next.sealed());
        if let Some(expected) = &expected {
            query = query.bind(expected.as_bytes().as_slice());
        }
        Ok(Swap::from_rows(query.execute(&self.pool).await?.rows_affected()))
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> sqlx::Result<Swap> {
        let query = sqlx::query(AssertSqlSafe(self.remove.as_str()))
            .bind(user.tenant().as_str().as_bytes())
            .bind(user.user().as_bytes())
            .bind(expected.as_bytes().as_slice());
        Ok(Swap::from_rows(query.execute(&self.pool).await?.rows_affected()))
    }
}
