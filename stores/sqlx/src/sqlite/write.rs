//! What is written, and the statements that do it.

use std::{collections::HashSet, sync::LazyLock};

use second_factor::{Revision, StoredRecord, UserKey};
use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};

use super::{line::Waiting, settings::DURABLE};
use crate::columns;

/// The most writes that share a transaction, or a statement.
pub(super) const MOST_AT_ONCE: usize = 128;

/// The statements, of which each looks at the settings of the connection that it runs in: see [`DURABLE`](super::settings::DURABLE).
static CREATE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO second_factor (tenant, user_id, revision, record, generation, enrolled_at, last_verified_at, \
             backup_codes_left, trusted_devices, locked_until, pending_notices) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE {DURABLE} \
         ON CONFLICT (tenant, user_id) DO NOTHING"
    )
});

static SWAP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE second_factor SET revision = ?3, record = ?4, generation = ?5, enrolled_at = ?6, last_verified_at = ?7, \
             backup_codes_left = ?8, trusted_devices = ?9, locked_until = ?10, pending_notices = ?11 \
         WHERE tenant = ?1 AND user_id = ?2 AND revision = ?12 AND {DURABLE}"
    )
});

static REMOVE: LazyLock<String> = LazyLock::new(|| {
    format!("DELETE FROM second_factor WHERE tenant = ?1 AND user_id = ?2 AND revision = ?3 AND {DURABLE}")
});

/// Statements for so many swaps; a smaller group leaves the rest of its values out, which are `NULL` then and are nobody's.
pub(super) static SWAPS: LazyLock<[(usize, String); 3]> =
    LazyLock::new(|| [8, 32, MOST_AT_ONCE].map(|swaps| (swaps, self::swaps(swaps))));

/// All of them or none: it changes rows only if as many can be changed as it is told first.
fn swaps(most: usize) -> String {
    const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let rows = vec![ROW; most].join(", ");
    format!(
        "WITH asked (swaps) AS (VALUES (?)), \
         next (tenant, user_id, revision, record, generation, enrolled_at, last_verified_at, backup_codes_left, \
             trusted_devices, locked_until, pending_notices, expected) AS (VALUES {rows}), \
         possible (swaps) AS (SELECT count(*) FROM next CROSS JOIN second_factor AS found \
             ON found.tenant = next.tenant AND found.user_id = next.user_id AND found.revision = next.expected) \
         UPDATE second_factor AS found SET revision = next.revision, record = next.record, \
             generation = next.generation, enrolled_at = next.enrolled_at, last_verified_at = next.last_verified_at, \
             backup_codes_left = next.backup_codes_left, trusted_devices = next.trusted_devices, \
             locked_until = next.locked_until, pending_notices = next.pending_notices \
         FROM next \
         WHERE found.tenant = next.tenant AND found.user_id = next.user_id AND found.revision = next.expected \
             AND (SELECT swaps FROM possible) = (SELECT swaps FROM asked) AND {DURABLE}"
    )
}

pub(super) type Statement = Query<'static, Sqlite, SqliteArguments>;

/// What changes one row if a comparison holds.
pub(super) enum Write {
    Create { user: UserKey, next: StoredRecord },
    Swap { user: UserKey, expected: Revision, next: StoredRecord },
    Remove { user: UserKey, expected: Revision },
}

impl Write {
    /// The statement that makes it.
    pub(super) fn statement(&self) -> Statement {
        match self {
            Self::Create { user, next } => bind_record(bind_user(sqlx::query(CREATE.as_str()), user), next),
            Self::Swap { user, expected, next } => {
                bind_swap(sqlx::query(SWAP.as_str()), user, *expected, next)
            }
            Self::Remove { user, expected } => {
                bind_user(sqlx::query(REMOVE.as_str()), user).bind(expected.as_bytes().as_slice())
            }
        }
    }
}

/// How many of the first of `writes` are swaps of different users; one, if even the first is not.
pub(super) fn run(writes: &[Waiting<Write>]) -> usize {
    let mut users = HashSet::with_capacity(writes.len());
    let works = writes.iter().map(|waiting| &waiting.work);
    works.take_while(|work| matches!(work, Write::Swap { user, .. } if users.insert(user))).count().max(1)
}

/// One statement for all of `writes`, which changes as many rows as they are, or none. There is one for several swaps of different users.
pub(super) fn together(writes: &[Waiting<Write>]) -> Option<Statement> {
    let count = writes.len();
    if count < 2 || run(writes) < count {
        return None;
    }
    let (_, sql) = SWAPS.iter().find(|(most, _)| count <= *most)?;
    let statement = sqlx::query(sql.as_str()).bind(i64::try_from(count).ok()?);
    let bind = |statement, waiting: &Waiting<Write>| match &waiting.work {
        Write::Swap { user, expected, next } => Some(bind_swap(statement, user, *expected, next)),
        _ => None,
    };
    writes.iter().try_fold(statement, bind)
}

fn bind_swap(statement: Statement, user: &UserKey, expected: Revision, next: &StoredRecord) -> Statement {
    bind_record(bind_user(statement, user), next).bind(expected.as_bytes().as_slice())
}

fn bind_user(statement: Statement, user: &UserKey) -> Statement {
    statement.bind(user.tenant().as_str().as_bytes()).bind(user.user().as_bytes())
}

fn bind_record(statement: Statement, next: &StoredRecord) -> Statement {
    let statement = statement.bind(next.revision().as_bytes().as_slice()).bind(next.sealed());
    columns::numbers(next).into_iter().fold(statement, |statement, number| statement.bind(number))
}
