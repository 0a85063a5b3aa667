//! What the statements cost: no list reads rows that it does not show, however many there are.

use second_factor_testbed::postgres_url;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use super::{
    session::{Value, inline},
    statements::{Statement, Statements},
    table::Table,
};

/// A plan as PostgreSQL tells it, with what it did: made for these values, or prepared for any.
async fn plan(
    connection: &mut PgConnection,
    statement: &Statement,
    values: &[Value<'_>],
    generic: bool,
) -> String {
    let places: Vec<_> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let sql = if generic {
        let prepare = format!("DEALLOCATE ALL; PREPARE asked AS {}", statement.sql.as_str());
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
        format!("EXECUTE asked ({})", places.join(", "))
    } else {
        statement.sql.as_str().to_owned()
    };
    let explain = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {}", inline(&sql, values));
    sqlx::raw_sql("SAVEPOINT before").execute(&mut *connection).await.unwrap();
    let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
    sqlx::raw_sql("ROLLBACK TO before").execute(&mut *connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0) + "\n").collect()
}

#[tokio::test]
async fn each_statement_walks_an_index_from_where_it_begins() {
    let Some(url) = postgres_url() else { return };
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // All of it goes with the connection, because nothing is committed.
    let mut transaction = connection.begin().await.unwrap();
    let schema = format!("sf_plans_{}", std::process::id());
    let table = Table::default().in_schema(&schema).unwrap();
    let statements = Statements::new(&table);
    let fill = format!(
        "CREATE SCHEMA {schema}; {} \
         INSERT INTO {table} SELECT convert_to('t' || n % 4, 'UTF8'), convert_to(lpad(n::text, 6, '0'), 'UTF8'), decode(md5(n::text), 'hex'), '\\x01', \
             1, CASE WHEN n % 3 = 0 THEN n END, NULL, 0, 0, CASE WHEN n % 5 = 0 THEN n END, 0 FROM generate_series(1, 20000) AS n; \
         ANALYZE {table}; SET LOCAL plan_cache_mode = force_generic_plan",
        super::statements::schema(&table)
    );
    sqlx::raw_sql(AssertSqlSafe(fill)).execute(&mut *transaction).await.unwrap();

    let (tenant, user) = (Value::Bytes(b"t1"), Value::Bytes(b"015001"));
    let (ten, now, until) =
        (Value::Number(Some(10)), Value::Number(Some(9_000)), Value::Number(Some(15_005)));
    let many: Vec<&[u8]> = vec![b"t1"; 50];
    let ids: Vec<String> = (0..50).map(|n| format!("{:06}", 4 * n + 1)).collect();
    let ids: Vec<&[u8]> = ids.iter().map(String::as_bytes).collect();
    let revision =
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT revision FROM {table} WHERE user_id = '015001'")));
    let revision: Vec<u8> = revision.fetch_one(&mut *transaction).await.unwrap();
    for (statement, values, index, rows) in [
        (&statements.load, vec![tenant, user], "second_factor_pkey", 1),
        (&statements.summaries, vec![Value::Many(&many), Value::Many(&ids)], "second_factor_pkey", 1),
        (&statements.everybody.first, vec![tenant, ten], "second_factor_pkey", 10),
        (&statements.everybody.next, vec![tenant, ten, user], "second_factor_pkey", 10),
        (&statements.enrolled.first, vec![tenant, ten], "second_factor_enrolled", 10),
        (&statements.enrolled.next, vec![tenant, ten, user], "second_factor_enrolled", 10),
        (&statements.not_enrolled.first, vec![tenant, ten], "second_factor_not_enrolled", 10),
        (&statements.not_enrolled.next, vec![tenant, ten, user], "second_factor_not_enrolled", 10),
        (&statements.locked.first, vec![tenant, ten, now], "second_factor_locked", 10),
        (&statements.locked.next, vec![tenant, ten, now, until, user], "second_factor_locked", 10),
        (&statements.remove, vec![tenant, user, Value::Bytes(&revision)], "second_factor_pkey", 1),
    ] {
        for generic in [false, true] {
            let plan = plan(&mut transaction, statement, &values, generic).await;
            let scans: Vec<&str> =
                plan.lines().filter(|line| line.contains("Scan") && line.contains("second_factor")).collect();
            let [scan] = scans[..] else { panic!("not one scan:\n{plan}") };
            assert!(scan.contains(&format!("Index Scan using {index} on")), "generic: {generic}\n{plan}");
            assert!(scan.contains(&format!("actual rows={rows} loops=")), "generic: {generic}\n{plan}");
            assert!(!plan.contains("Rows Removed"), "it reads what it does not show:\n{plan}");
        }
    }
    transaction.rollback().await.unwrap();
}
