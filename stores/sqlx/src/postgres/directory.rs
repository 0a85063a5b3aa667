//! The same rows, to show.

use second_factor::{Summary, TenantId, UnixTime, UserDirectory, UserKey};
use sqlx::{Row, postgres::PgRow};

use super::{
    PostgresStore, answers,
    session::Value,
    statements::{Pages, Statement},
};
use crate::{columns, error::Error};

/// So many users are asked for in one statement.
const AT_ONCE: usize = 1000;

/// Which of a tenant's records a list is about: see [`PostgresStore::list_by_standing`].
///
/// ```
/// use second_factor::{Clock, SystemClock};
/// use second_factor_sqlx::Standing;
///
/// /// The filter of the member list.
/// fn standing(filter: &str) -> Option<Standing> {
///     match filter {
///         "on" => Some(Standing::Enrolled),
///         "off" => Some(Standing::NotEnrolled),
///         "locked" => Some(Standing::LockedAt(SystemClock.now())),
///         _ => None,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Those who have a second factor.
    Enrolled,
    /// Those who have a record and no second factor: begun and not confirmed, disabled by themselves, reset.
    NotEnrolled,
    /// Those whose attempts from unknown browsers are held back at this time, as [`Summary::locked_until`] shows it.
    LockedAt(UnixTime),
}

impl PostgresStore {
    /// The next users of `tenant` with this standing: from the first one, or those after the last entry of the page before; at most
    /// `limit`. An empty page is the end.
    ///
    /// They come in the order of the bytes of their ids; those who are locked, in the order in which their locks end. A page costs what it shows,
    /// however many come before it or stand otherwise: each standing has an index of its own. Whoever changes their
    /// standing during a walk may be shown or not, and whose lock is prolonged may be shown twice.
    ///
    /// It shows and decides nothing, as [`UserDirectory`] does.
    ///
    /// # Errors
    ///
    /// As for every question; never an empty page.
    ///
    /// ```no_run
    /// # async fn locked(store: &second_factor_sqlx::PostgresStore, now: second_factor::UnixTime) -> Result<(), second_factor_sqlx::Error> {
    /// use second_factor::TenantId;
    /// use second_factor_sqlx::Standing;
    ///
    /// let tenant = TenantId::new("acme");
    /// let mut last = None;
    /// loop {
    ///     let page = store.list_by_standing(&tenant, Standing::LockedAt(now), last.as_ref(), 50).await?;
    ///     let Some(entry) = page.last() else { break };
    ///     last = Some(entry.clone());
    ///     for (user, summary) in page {
    ///         println!("{} until {:?}", user.user(), summary.locked_until);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn list_by_standing(
        &self,
        tenant: &TenantId,
        standing: Standing,
        last: Option<&(UserKey, Summary)>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Error> {
        let user = last.map(|(user, _)| user);
        let now = match standing {
            Standing::Enrolled => return self.page(&self.statements.enrolled, tenant, user, limit).await,
            Standing::NotEnrolled => {
                return self.page(&self.statements.not_enrolled, tenant, user, limit).await;
            }
            Standing::LockedAt(now) => now,
        };
        let mut values =
            vec![tenant_value(tenant), limit_value(limit), Value::Number(Some(columns::seconds(now)))];
        let pages = &self.statements.locked;
        let Some((user, summary)) = last else { return self.entries(&pages.first, tenant, &values).await };
        let until = summary.locked_until.unwrap_or(now);
        values.extend([Value::Number(Some(columns::seconds(until))), Value::Bytes(user.user().as_bytes())]);
        self.entries(&pages.next, tenant, &values).await
    }

    async fn page(
        &self,
        pages: &Pages,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Error> {
        let values = [tenant_value(tenant), limit_value(limit)];
        let Some(after) = after else { return self.entries(&pages.first, tenant, &values).await };
        let [tenant_id, limit] = values;
        self.entries(&pages.next, tenant, &[tenant_id, limit, Value::Bytes(after.user().as_bytes())]).await
    }

    async fn entries(
        &self,
        statement: &Statement,
        tenant: &TenantId,
        values: &[Value<'_>],
    ) -> Result<Vec<(UserKey, Summary)>, Error> {
        let rows = self.session.read(statement, values).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in answers(&rows)? {
            // The row that is always there, beside which nothing was found.
            let Some(id) = row.try_get::<Option<Vec<u8>>, _>("user_id")? else { continue };
            entries.push((UserKey::new(tenant.as_str(), std::str::from_utf8(&id)?), summary(row)?));
        }
        Ok(entries)
    }

    pub(super) async fn summaries_of(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Error> {
        let tenants: Vec<&[u8]> = users.iter().map(|user| user.tenant().as_str().as_bytes()).collect();
        let ids: Vec<&[u8]> = users.iter().map(|user| user.user().as_bytes()).collect();
        let values = [Value::Many(&tenants), Value::Many(&ids)];
        let rows = self.session.read(&self.statements.summaries, &values).await?;
        let mut summaries = Vec::with_capacity(users.len());
        for row in answers(&rows)? {
            // In the order asked, which the database counts along.
            let Some(_place) = row.try_get::<Option<i64>, _>("place")? else { continue };
            let is_there = row.try_get::<Option<i64>, _>("generation")?.is_some();
            summaries.push(is_there.then(|| summary(row)).transpose()?);
        }
        if summaries.len() == users.len() { Ok(summaries) } else { Err(Error::Misunderstood) }
    }
}

/// How it keeps to the clauses of [`UserDirectory`]: it reads the rows of the store itself, in one statement a page, which walks the primary
/// key from the cursor on. Ids are `BYTEA`s, which PostgreSQL sorts by their bytes under every collation. A row that does not read as a
/// summary is an error, and so is an answer from a server that follows another one.
impl UserDirectory for PostgresStore {
    type Error = Error;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Error> {
        let mut summaries = Vec::with_capacity(users.len());
        for users in users.chunks(AT_ONCE) {
            summaries.append(&mut self.summaries_of(users).await?);
        }
        Ok(summaries)
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Error> {
        self.page(&self.statements.everybody, tenant, after, limit).await
    }
}

fn tenant_value(tenant: &TenantId) -> Value<'_> {
    Value::Bytes(tenant.as_str().as_bytes())
}

fn limit_value(limit: u32) -> Value<'static> {
    Value::Number(Some(limit.into()))
}

fn summary(row: &PgRow) -> Result<Summary, Error> {
    let time = |column: &str| {
        let seconds: Option<i64> = row.try_get(column)?;
        Ok::<_, Error>(
            seconds.map(|seconds| unsigned(column, seconds)).transpose()?.map(UnixTime::from_seconds),
        )
    };
    let small = |column: &str| unsigned::<i16, u8>(column, row.try_get(column)?);
    // The fields may become more, so the type cannot be written out here.
    let mut summary = Summary::default();
    summary.generation = unsigned::<i64, u64>("generation", row.try_get("generation")?)?;
    summary.enrolled_at = time("enrolled_at")?;
    summary.last_verified_at = time("last_verified_at")?;
    summary.backup_codes_left = small("backup_codes_left")?;
    summary.trusted_devices = small("trusted_devices")?;
    summary.locked_until = time("locked_until")?;
    summary.pending_notices = small("pending_notices")?;
    Ok(summary)
}

/// A number of a summary, which is never negative.
fn unsigned<N, U: TryFrom<N, Error = std::num::TryFromIntError>>(
    column: &str,
    number: N,
) -> Result<U, Error> {
    let number = U::try_from(number);
    Ok(number
        .map_err(|error| sqlx::Error::ColumnDecode { index: column.to_owned(), source: error.into() })?)
}
