//! What is asked of many users at once costs what it asks for, however many others there are: nothing scans the table.

use sqlx::{AssertSqlSafe, SqlitePool};

use super::{SCHEMA, reader, write};

#[tokio::test]
async fn each_statement_for_many_finds_each_by_the_primary_key() {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(SCHEMA).execute(&mut *connection).await.unwrap();
    let loads = reader::LOADS.iter().map(|(users, sql)| (*users, sql));
    // Twice: first it counts, then it changes.
    let swaps = write::SWAPS.iter().map(|(_, sql)| (2, sql));
    for (searches, statement) in loads.chain(swaps) {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&mut *connection).await.unwrap();
        let steps: Vec<_> = steps.into_iter().map(|(.., step)| step).collect();
        let by_key = steps.iter().filter(|step| {
            step.contains("USING INDEX sqlite_autoindex_second_factor_1 (tenant=? AND user_id=?)")
        });
        assert_eq!(by_key.count(), searches, "{steps:?}");
        let scanned = ["SCAN second_factor", "SCAN found", "SCAN r"];
        assert!(!steps.iter().any(|step| scanned.iter().any(|scan| step.starts_with(scan))), "{steps:?}");
    }
}
