//! How much room a user needs in the table, its indexes and the write-ahead log, and which part of the writes spares the indexes.

use second_factor_testbed::population::Settled;
use sqlx::{AssertSqlSafe, Row};

use crate::fill::Filled;

/// So many users are written again to see what each costs in the log.
const WRITTEN: usize = 1_000;

pub async fn measure(tables: &[Filled]) {
    println!(
        "\nBytes for each user; and of the sign-ins above, the share of HOT updates, which leave all indexes alone"
    );
    println!(
        "{:>9} {:>10} {:>8} {:>8} {:>9} {:>8} {:>12} {:>8} {:>8} {:>6}",
        "users", "in all MB", "record", "table", "with free", "key", "enrolled", "other", "in all", "HOT"
    );
    for filled in tables {
        println!("{}", room(filled).await);
    }
    println!(
        "\nBytes of write-ahead log for a write, of {WRITTEN}: the first one of a page after a checkpoint, and one more"
    );
    println!("{:>9} {:>24} {:>24}", "users", "first (whole pages)", "again (whole pages)");
    for filled in tables {
        let _may_not = sqlx::raw_sql("CHECKPOINT").execute(filled.store.pool()).await;
        let (first, again) = (log(filled, 0).await, log(filled, 1).await);
        println!("{:>9} {first:>24} {again:>24}", filled.population.size());
    }
}

async fn room(filled: &Filled) -> String {
    let size = filled.population.size() as f64;
    let (pool, table) = (filled.store.pool(), filled.table.to_string());
    // What a session counted, it otherwise tells when it rests.
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(pool).await.unwrap();
    let index = |name: &str| table.replace('"', "") + name;
    let sql = format!(
        "SELECT pg_total_relation_size('{table}')::float8, pg_table_size('{table}')::float8, \
         pg_relation_size('{}')::float8, pg_relation_size('{}')::float8, pg_indexes_size('{table}')::float8, \
         (SELECT avg(octet_length(record))::float8 FROM {table}), \
         (SELECT sum(pg_column_size(t.*))::float8 FROM {table} AS t), \
         (SELECT n_tup_hot_upd::float8 / nullif(n_tup_upd, 0) FROM pg_stat_user_tables WHERE relid = '{table}'::regclass)",
        index("_pkey"),
        index("_enrolled"),
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
    let number = |place: usize| row.get::<Option<f64>, _>(place).unwrap_or_default();
    let each = |bytes: f64| format!("{:.0}", bytes / size);
    format!(
        "{:>9} {:>10.1} {:>8.0} {:>8} {:>9} {:>8} {:>12} {:>8} {:>8} {:>5.0}%",
        filled.population.size(),
        number(0) / 1e6,
        number(5),
        each(number(6)),
        each(number(1)),
        each(number(2)),
        each(number(3)),
        each(number(4) - number(2) - number(3)),
        each(number(0)),
        100.0 * number(7)
    )
}

/// Writes records of others, as a sign-in would write: revision, record, generation and time change. Nobody can sign in afterwards.
async fn log(filled: &Filled, turn: usize) -> String {
    let records = filled.people.records().await;
    let every = usize::try_from(filled.population.size()).unwrap() / WRITTEN;
    let (mut tenants, mut users, mut revisions, mut sealed) = (vec![], vec![], vec![], vec![]);
    for (place, Settled { user, .. }) in filled.population.settled(&records).step_by(every.max(1)).enumerate()
    {
        let other = &records[(place * 7 + turn + 1) % records.len()];
        tenants.push(user.tenant().as_str().as_bytes().to_vec());
        users.push(user.user().as_bytes().to_vec());
        revisions.push(other.revision().as_bytes().to_vec());
        sealed.push(other.sealed().to_vec());
    }
    let count = users.len() as f64;
    let sql = format!(
        "EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off) UPDATE {table} AS t SET revision = n.revision, record = n.record, \
         generation = generation + 1, last_verified_at = 1770000000 + {turn} \
         FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[]) AS n (tenant, user_id, revision, record) \
         WHERE t.tenant = n.tenant AND t.user_id = n.user_id",
        table = filled.table
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(tenants).bind(users).bind(revisions).bind(sealed);
    let plan: Vec<String> = query.fetch_all(filled.store.pool()).await.unwrap();
    let line = plan.iter().find(|line| line.contains("WAL:")).map_or("", String::as_str);
    let number = |name: &str| -> f64 {
        let from = line.split_once(name).map_or("0", |(_, rest)| rest);
        from.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
    };
    format!("{:.0} ({:.2})", number("bytes=") / count, number("fpi=") / count)
}
