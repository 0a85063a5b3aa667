//! What is said to the database, in full. Each statement stands alone, and each answers with a row of its own making, which begins with the
//! statement's name.
//!
//! That row is the reason for their shape: where connections are shared through a pooler, an answer may be to somebody else's statement. An
//! empty one must not read as "no record", nor "one row changed" as "written". So every read answers with at least one row, and a write
//! answers with the revision that it wrote.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::table::Table;

/// The statements for one table.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) create: Statement,
    pub(super) swap: Statement,
    pub(super) after_swap: Statement,
    pub(super) remove: Statement,
    pub(super) summaries: Statement,
    pub(super) everybody: Pages,
    pub(super) enrolled: Pages,
    pub(super) not_enrolled: Pages,
    pub(super) locked: Pages,
    pub(super) standing: Statement,
    pub(super) schema: SqlStr,
}

/// A statement whose answer says which statement it answers.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: SqlStr,
    /// What stands in the first column of the answer.
    pub(super) label: String,
    /// Whether an answer without a row is none.
    pub(super) answers_always: bool,
}

/// The first page of a list, and those after a user.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) first: Statement,
    pub(super) next: Statement,
}

/// `$1`, `$2`: tenant and user.
const LOAD: &str = "SELECT revision, record FROM {table} WHERE tenant = $1::bytea AND user_id = $2::bytea";

/// `$1`–`$4`: tenant, user, the new revision and record. `$5`–`$11`: the columns of the summary.
const CREATE: &str = "\
INSERT INTO {table} (tenant, user_id, revision, record, generation, enrolled_at, last_verified_at, \
    backup_codes_left, trusted_devices, locked_until, pending_notices) \
SELECT $1::bytea, $2::bytea, $3::bytea, $4::bytea, $5::bigint, $6::bigint, $7::bigint, \
    $8::smallint, $9::smallint, $10::bigint, $11::smallint \
FROM settings WHERE durable \
ON CONFLICT (tenant, user_id) DO NOTHING RETURNING revision";

/// As [`CREATE`], and `$12` is the revision that is expected. This is what most writes are, and all there is to it: a plain update, which answers
/// with nothing but what it wrote. Where it answers with nothing at all, [`AFTER_SWAP`] says why.
const SWAP: &str = "\
UPDATE {table} SET revision = $3::bytea, record = $4::bytea, generation = $5::bigint, enrolled_at = $6::bigint, \
    last_verified_at = $7::bigint, backup_codes_left = $8::smallint, trusted_devices = $9::smallint, \
    locked_until = $10::bigint, pending_notices = $11::smallint \
WHERE tenant = $1::bytea AND user_id = $2::bytea AND revision = $12::bytea AND {durable} \
RETURNING {label}, revision";

/// `$1`, `$2`: tenant and user. The revision that stands there, and whether this session may write at all.
const AFTER_SWAP: &str = "\
SELECT {label}, durable, fsync, synchronous_commit, pg_catalog.pg_is_in_recovery() AS standby, \
    pg_catalog.row_security_active('{table}'::pg_catalog.regclass) AS hidden, \
    (SELECT revision FROM {table} WHERE tenant = $1::bytea AND user_id = $2::bytea) AS revision FROM settings";

/// `$1`–`$3`: tenant, user, the revision that is expected.
const REMOVE: &str = "\
DELETE FROM {table} WHERE tenant = $1::bytea AND user_id = $2::bytea AND revision = $3::bytea \
    AND (SELECT durable FROM settings) \
RETURNING revision";

/// `$1`, `$2`: tenants and users, as many of the one as of the other.
const SUMMARIES: &str = "\
SELECT {summary}, place FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS asked (tenant, user_id, place) \
LEFT JOIN {table} USING (tenant, user_id)";

/// `$1`, `$2`: tenant and limit. `$3`: the user after whom the page begins.
const EVERYBODY: &str = "tenant = $1::bytea";
const ENROLLED: &str = "tenant = $1::bytea AND enrolled_at IS NOT NULL";
const NOT_ENROLLED: &str = "tenant = $1::bytea AND enrolled_at IS NULL";
const AFTER_USER: &str = "user_id > $3::bytea";

/// `$3`: the time now. `$4`, `$5`: until when the one is locked after whom the page begins, and who that is.
const LOCKED: &str = "tenant = $1::bytea AND locked_until > $3::bigint";
const AFTER_LOCKED: &str = "(locked_until, user_id) > ($4::bigint, $5::bytea)";

/// What a table and its server are like, without touching either.
const STANDING: &str = "\
SELECT {label}, (SELECT relpersistence::text FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('{table}')) AS kept, \
    pg_catalog.to_regclass('{table}') IS NOT NULL \
    AND pg_catalog.to_regclass('\"{schema}\".\"{name}_enrolled\"') IS NOT NULL \
    AND pg_catalog.to_regclass('\"{schema}\".\"{name}_not_enrolled\"') IS NOT NULL \
    AND pg_catalog.to_regclass('\"{schema}\".\"{name}_locked\"') IS NOT NULL AS complete, \
    fsync, synchronous_commit, durable, pg_catalog.pg_is_in_recovery() AS standby FROM settings";

const SCHEMA: &str = include_str!("schema.sql");

/// `CREATE … IF NOT EXISTS` fails where others create at the same moment; so they wait for each other. As one message this is one transaction,
/// at whose end the lock goes. The number says nothing: it is the first eight letters of the table's usual name.
const LOCK: &str = "SELECT pg_catalog.pg_advisory_xact_lock(8315161617254080358);";

/// What a write must know of the session that it happens in: would what it acknowledges survive? A database that has no such setting is
/// taken to be durable.
const DURABLE: &str = "\
coalesce(pg_catalog.current_setting('fsync', true) = 'on', true) \
    AND coalesce(pg_catalog.current_setting('synchronous_commit', true) IN ('on', 'remote_apply'), true)";
const SETTINGS: &str = "\
settings AS (SELECT pg_catalog.current_setting('fsync', true) AS fsync, \
    pg_catalog.current_setting('synchronous_commit', true) AS synchronous_commit, {durable} AS durable)";

impl Statements {
    pub(super) fn new(table: &Table) -> Self {
        let fill = |sql: &str| {
            let sql = sql.replace("{summary}", &summary()).replace("{durable}", DURABLE);
            AssertSqlSafe(table.fill(&sql)).into_sql_str()
        };
        let statement = |name: &str, sql: &str| {
            let label = table.fill(&format!("{{table}} {name}"));
            let sql = sql.replace("{label}", &format!("'{label}'::text AS statement"));
            Statement { sql: fill(&sql), label, answers_always: true }
        };
        let pages = |name: &str, condition: &str, order: &str, after: &str| {
            let page = |name: &str, condition: &str| {
                let page = format!(
                    "SELECT {{summary}}, user_id FROM {{table}} WHERE {condition} ORDER BY {order} LIMIT $2::bigint"
                );
                statement(name, &format!("{} ORDER BY {order}", read(&page)))
            };
            let next = page(&format!("{name} next"), &format!("{condition} AND {after}"));
            Pages { first: page(name, condition), next }
        };
        Self {
            load: statement("load", &read(LOAD)),
            create: statement("create", &write(CREATE)),
            swap: Statement { answers_always: false, ..statement("swap", SWAP) },
            after_swap: statement("after swap", &format!("WITH {SETTINGS} {AFTER_SWAP}")),
            remove: statement("remove", &write(REMOVE)),
            summaries: statement("summaries", &format!("{} ORDER BY place", read(SUMMARIES))),
            everybody: pages("everybody", EVERYBODY, "user_id", AFTER_USER),
            enrolled: pages("enrolled", ENROLLED, "user_id", AFTER_USER),
            not_enrolled: pages("not enrolled", NOT_ENROLLED, "user_id", AFTER_USER),
            locked: pages("locked", LOCKED, "locked_until, user_id", AFTER_LOCKED),
            standing: statement("standing", &format!("WITH {SETTINGS} {STANDING}")),
            schema: fill(&format!("{LOCK}\n{SCHEMA}")),
        }
    }
}

/// What the host's own migrations may create.
pub(super) fn schema(table: &Table) -> String {
    table.fill(SCHEMA)
}

fn summary() -> String {
    crate::columns::NUMBERS.join(", ")
}

/// A row that is always there, with what is found beside it; and whether this server and this role may be asked at all.
fn read(query: &str) -> String {
    format!(
        "SELECT {{label}}, pg_catalog.pg_is_in_recovery() AS standby, \
         pg_catalog.row_security_active('{{table}}'::pg_catalog.regclass) AS hidden, found.* \
         FROM (VALUES (1)) AS always LEFT JOIN LATERAL ({query}) AS found ON true"
    )
}

/// One row: the settings of the session, and the revision of the row that was written or removed.
fn write(change: &str) -> String {
    format!(
        "WITH {SETTINGS}, changed AS ({change}) \
         SELECT {{label}}, durable, fsync, synchronous_commit, (SELECT revision FROM changed) AS revision FROM settings"
    )
}
