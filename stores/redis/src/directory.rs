//! The same hashes, to show.

use redis::Value;
use second_factor::{Summary, TenantId, UserDirectory, UserKey};

use crate::{
    error::Error,
    script::Request,
    store::RedisStore,
    summary::{FIELDS, summary},
};

/// So many records are asked for in one round trip, and are on a page at most.
const AT_ONCE: u32 = 1000;

/// How it keeps to the clauses of [`UserDirectory`]: it reads the hashes of the store itself, on the primary. The sorted set of a tenant is changed
/// by the script that changes the record, in the same step; all its scores are 0, so Redis sorts it by the bytes of the ids. A page is
/// two round trips: whom the set lists from the cursor on, and their hashes. Who is removed in between is left out; a page that
/// becomes empty by that is followed to the next. Pages have 1000 users at most.
impl UserDirectory for RedisStore {
    type Error = Error;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Error> {
        let mut summaries = Vec::with_capacity(users.len());
        for users in users.chunks(AT_ONCE as usize) {
            let request = users.iter().fold(Request::new(), |request, user| {
                request.read(&self.prefix.of(user), user.user(), &FIELDS)
            });
            let replies = self.link.read(&request).await?;
            if replies.len() != users.len() {
                return Err(Error::Reply);
            }
            for reply in replies {
                summaries.push(summary(reply)?);
            }
        }
        Ok(summaries)
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Error> {
        let mut after = after.map(|after| after.user().to_owned());
        loop {
            let users = self.ids(tenant, after.as_deref(), limit.min(AT_ONCE)).await?;
            let Some(last) = users.last() else { return Ok(Vec::new()) };
            after = Some(last.user().to_owned());
            let summaries = self.summaries(&users).await?;
            let page: Vec<_> = users
                .into_iter()
                .zip(summaries)
                .filter_map(|(user, summary)| Some((user, summary?)))
                .collect();
            if !page.is_empty() {
                return Ok(page);
            }
        }
    }
}

impl RedisStore {
    async fn ids(&self, tenant: &TenantId, after: Option<&str>, limit: u32) -> Result<Vec<UserKey>, Error> {
        let request = Request::page(&self.prefix.directory(tenant), after, limit);
        let replies = self.link.read(&request).await?;
        let Ok([Value::Array(ids)]) = <[Value; 1]>::try_from(replies) else { return Err(Error::Reply) };
        ids.into_iter()
            .map(|id| match id {
                Value::BulkString(id) => Ok(UserKey::new(tenant.as_str(), String::from_utf8(id)?)),
                _ => Err(Error::Reply),
            })
            .collect()
    }
}
