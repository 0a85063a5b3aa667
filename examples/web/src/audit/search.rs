//! Reading the audit log: a page of it, newest first.

use second_factor::{BoxError, UnixTime, UserKey};
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool, sqlite::SqliteRow};

use super::What;

/// What to look for. Everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// A part of the member's address.
    pub(crate) member: Option<String>,
    /// The name of a kind.
    pub(crate) kind: Option<String>,
    /// From then on.
    pub(crate) from: Option<UnixTime>,
    /// Before then.
    pub(crate) until: Option<UnixTime>,
    /// Older than the entry with this id: where the page before ended.
    pub(crate) before: Option<i64>,
}

/// A line of the log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) at: UnixTime,
    /// Whose second factor or account: the address, or the id where there is no such user any more. `None` for the log's own entries.
    pub(crate) member: Option<String>,
    pub(crate) by: By,
    pub(crate) kind: String,
    /// `None` if a newer version of this service wrote it.
    pub(crate) what: Option<What>,
}

/// Who did it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The member, or somebody who had the member's password; or it followed from a rule.
    Member,
    /// Another user of the company.
    Other(String),
    Operator(String),
}

/// A page of the log.
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    /// Where the next one begins, if there is more.
    pub(crate) before: Option<i64>,
}

const COLUMNS: &str = "SELECT audit.id, audit.at, audit.kind, audit.what, audit.by_operator, \
     coalesce(member.email, audit.user_id) AS member, coalesce(other.email, audit.by_user_id) AS by_user \
     FROM audit \
     LEFT JOIN users AS member ON member.id = CAST(audit.user_id AS INTEGER) \
     LEFT JOIN users AS other ON other.id = CAST(audit.by_user_id AS INTEGER) \
     WHERE audit.tenant = ";

impl Page {
    /// At most so many entries of this tenant.
    pub(crate) async fn read(
        pool: &SqlitePool,
        tenant: &str,
        filter: &Filter,
        most: usize,
    ) -> Result<Self, BoxError> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push_bind(tenant);
        if let Some(member) = &filter.member {
            query
                .push(" AND audit.user_id IN (SELECT CAST(id AS TEXT) FROM users WHERE instr(lower(email), ");
            query.push_bind(member.to_lowercase()).push(") > 0)");
        }
        if let Some(kind) = &filter.kind {
            query.push(" AND audit.kind = ").push_bind(kind);
        }
        if let Some(from) = filter.from {
            query.push(" AND audit.at >= ").push_bind(from.seconds().cast_signed());
        }
        if let Some(until) = filter.until {
            query.push(" AND audit.at < ").push_bind(until.seconds().cast_signed());
        }
        if let Some(before) = filter.before {
            query.push(" AND audit.id < ").push_bind(before);
        }
        // One more than asked for shows whether there is a next page.
        query.push(" ORDER BY audit.id DESC LIMIT ").push_bind(i64::try_from(most.saturating_add(1))?);
        let rows = query.build().fetch_all(pool).await?;
        let more = rows.len() > most;
        let entries: Vec<_> = rows.into_iter().take(most).map(entry).collect::<Result<_, _>>()?;
        let before = entries.last().filter(|_| more).map(|last| last.id);
        Ok(Self { entries, before })
    }
}

/// The last events of one account, for the settings page.
pub(crate) async fn recent(pool: &SqlitePool, user: &UserKey, most: u8) -> Result<Vec<Entry>, BoxError> {
    let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
    query.push_bind(user.tenant().as_str()).push(" AND audit.user_id = ").push_bind(user.user());
    query.push(" ORDER BY audit.id DESC LIMIT ").push_bind(most);
    query.build().fetch_all(pool).await?.into_iter().map(entry).collect()
}

fn entry(row: SqliteRow) -> Result<Entry, BoxError> {
    let at: i64 = row.try_get("at")?;
    let what: String = row.try_get("what")?;
    let by = match (row.try_get("by_user")?, row.try_get("by_operator")?) {
        (Some(other), _) => By::Other(other),
        (None, Some(operator)) => By::Operator(operator),
        (None, None) => By::Member,
    };
    Ok(Entry {
        id: row.try_get("id")?,
        at: UnixTime::from_seconds(at.cast_unsigned()),
        member: row.try_get("member")?,
        by,
        kind: row.try_get("kind")?,
        what: serde_json::from_str(&what).ok(),
    })
}
