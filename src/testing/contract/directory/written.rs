//! What was written to the store under test, and so what its directory has to show.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Clause, fail};
use crate::{
    directory::UserDirectory,
    primitives::time::UnixTime,
    store::{StoredRecord, Swap, UserStore},
    summary::Summary,
    testing::contract::{
        ids::{may_be_refused, shown},
        subject::{Subject, erred},
    },
    user::{TenantId, UserKey},
};

/// Records written through one handle, and looked at through the same or another one.
pub(super) struct Written<'s, D> {
    writer: &'s Subject<D>,
    reader: &'s Subject<D>,
    rows: BTreeMap<UserKey, StoredRecord>,
    removed: BTreeSet<UserKey>,
    writes: u64,
}

impl<'s, D: UserStore + UserDirectory> Written<'s, D> {
    pub(super) const fn new(store: &'s Subject<D>) -> Self {
        Self::between(store, store)
    }

    pub(super) const fn between(writer: &'s Subject<D>, reader: &'s Subject<D>) -> Self {
        Self { writer, reader, rows: BTreeMap::new(), removed: BTreeSet::new(), writes: 0 }
    }

    /// Different values in all fields, and others for each number.
    pub(super) fn new_summary(number: u64) -> Summary {
        let time = |after: u64| Some(UnixTime::from_seconds(1_760_000_000).plus(number).plus(after));
        let [small, ..] = number.to_le_bytes();
        Summary {
            enrolled_at: time(100_000),
            last_verified_at: time(200_000),
            backup_codes_left: small.wrapping_add(10),
            trusted_devices: small.wrapping_add(20),
            locked_until: time(300_000),
            pending_notices: small.wrapping_add(30),
            generation: number.wrapping_add(40_000),
        }
    }

    /// Creates or swaps the record of `user`, with a summary that no other write has.
    pub(super) async fn put(&mut self, user: &UserKey) {
        self.writes = self.writes.wrapping_add(1);
        self.put_with(user, Self::new_summary(self.writes)).await;
    }

    pub(super) async fn put_with(&mut self, user: &UserKey, summary: Summary) {
        let next = self.writer.new_record_with(summary);
        let expected = self.rows.get(user).map(StoredRecord::revision);
        self.writer.expect_done(user, expected, &next, &shown(user)).await;
        self.rows.insert(user.clone(), next);
    }

    /// Creates the record of `user`, unless the store refuses an id that it may refuse.
    pub(super) async fn try_put(&mut self, user: &UserKey) -> bool {
        self.writes = self.writes.wrapping_add(1);
        let next = self.writer.new_record_with(Self::new_summary(self.writes));
        match self.writer.try_swap(user, None, &next).await {
            Ok(Swap::Done) => self.rows.insert(user.clone(), next).is_none(),
            Err(_) if may_be_refused(user) => false,
            Ok(Swap::Conflict) | Err(_) => {
                fail(Clause::Exactly, format_args!("{}: could not be stored", shown(user)))
            }
        }
    }

    pub(super) async fn remove(&mut self, user: &UserKey) {
        if let Some(record) = self.rows.remove(user) {
            self.writer.expect_removed(user, record.revision(), &shown(user)).await;
            self.removed.insert(user.clone());
        }
    }

    /// Who has a record in this tenant.
    pub(super) fn users(&self, tenant: &TenantId) -> Vec<UserKey> {
        self.rows.keys().filter(|user| user.tenant() == tenant).cloned().collect()
    }

    pub(super) async fn expect_summaries(&self, users: &[&UserKey], what: &str) {
        let users: Vec<UserKey> = users.iter().copied().cloned().collect();
        let found = match self.reader.store().summaries(&users).await {
            Ok(found) => found,
            Err(error) => erred("UserDirectory", "summaries", error),
        };
        if found.len() != users.len() {
            let (answers, asked) = (found.len(), users.len());
            fail(Clause::AsAsked, format_args!("{what}: {answers} answers for {asked} users"));
        }
        for (user, found) in users.iter().zip(found) {
            let who = shown(user);
            match (self.rows.get(user), found) {
                (None, None) => {}
                (Some(row), Some(found)) if shows(&found, row.summary()) => {}
                (Some(row), Some(found)) => {
                    let Some(other) = self.whose(&found) else {
                        other_summary(what, &who, &found, row.summary())
                    };
                    let clause = if users.contains(other) { Clause::AsAsked } else { Clause::Exactly };
                    fail(clause, format_args!("{what}: {who} is shown with the summary of {}", shown(other)));
                }
                (Some(_), None) => fail(Clause::NoRow, format_args!("{what}: {who} has a record")),
                (None, Some(_)) if self.removed.contains(user) => {
                    fail(Clause::AsLastWritten, format_args!("{what}: {who} was removed"))
                }
                (None, Some(_)) => fail(Clause::AsAsked, format_args!("{what}: {who} has no record")),
            }
        }
    }

    pub(super) async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Vec<(UserKey, Summary)> {
        match self.reader.store().list(tenant, after, limit).await {
            Ok(page) => page,
            Err(error) => erred("UserDirectory", "list", error),
        }
    }

    /// Page after page from the start to the empty one.
    pub(super) async fn expect_walk(&self, tenant: &TenantId, limit: u32, what: &str) {
        self.expect_walk_from(tenant, None, limit, what).await;
    }

    /// Page after page from `after` to the empty one. It ends: each page is where it has to be, so each goes further.
    pub(super) async fn expect_walk_from(
        &self,
        tenant: &TenantId,
        mut after: Option<UserKey>,
        limit: u32,
        what: &str,
    ) {
        while let Some(last) = self.expect_page(tenant, after.as_ref(), limit, what).await.pop() {
            after = Some(last);
        }
    }

    /// One page, which holds the first of those who have to come, and is empty if nobody has. Returns who is on it.
    pub(super) async fn expect_page(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
        what: &str,
    ) -> Vec<UserKey> {
        let page = self.list(tenant, after, limit).await;
        if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            let users = page.len();
            fail(
                Clause::EmptyOnlyAtTheEnd,
                format_args!("{what}: {users} users on a page of at most {limit}"),
            );
        }
        let mut before: Option<&UserKey> = None;
        for (user, _) in &page {
            self.expect_place(tenant, after, before, user, what);
            before = Some(user);
        }
        let is_next = |user: &UserKey| after.is_none_or(|after| user.user() > after.user());
        let due = self.rows.iter().filter(|(user, _)| user.tenant() == tenant && is_next(user));
        if page.is_empty()
            && let Some((user, _)) = due.clone().next()
        {
            fail(Clause::EmptyOnlyAtTheEnd, format_args!("{what}: an empty page hides {}", shown(user)));
        }
        for ((user, found), (due, row)) in page.iter().zip(due) {
            if user != due {
                let hidden = format_args!("{what}: {} is hidden, {} comes instead", shown(due), shown(user));
                fail(Clause::AfterAKey, hidden);
            }
            if !shows(found, row.summary()) {
                other_summary(what, &shown(user), found, row.summary());
            }
        }
        page.into_iter().map(|(user, _)| user).collect()
    }

    /// That `user` may be on a page after `after`, and next to the one before.
    fn expect_place(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        before: Option<&UserKey>,
        user: &UserKey,
        what: &str,
    ) {
        let who = shown(user);
        if user.tenant() != tenant {
            fail(Clause::Exactly, format_args!("{what}: {who} is on a page of the tenant \"{tenant}\""));
        }
        if !self.rows.contains_key(user) {
            if self.removed.contains(user) {
                fail(Clause::AsLastWritten, format_args!("{what}: {who} was removed"));
            }
            fail(Clause::Exactly, format_args!("{what}: {who} was never written"));
        }
        if after.is_some_and(|after| user.user() <= after.user()) {
            fail(Clause::AfterAKey, format_args!("{what}: {who} is not after the cursor"));
        }
        if let Some(before) = before.filter(|before| user <= before) {
            fail(Clause::Order, format_args!("{what}: {who} comes after {}", shown(before)));
        }
    }

    fn whose(&self, found: &Summary) -> Option<&UserKey> {
        self.rows.iter().find(|(_, row)| shows(found, row.summary())).map(|(user, _)| user)
    }
}

pub(super) fn other_summary(what: &str, who: &str, found: &Summary, written: &Summary) -> ! {
    let summaries: fmt::Arguments<'_> = format_args!("{what}: {who} is shown as {found:?}, was {written:?}");
    fail(Clause::AsLastWritten, summaries)
}

/// Whether `found` is what was written, or that with the largest signed number for those beyond it.
pub(super) fn shows(found: &Summary, written: &Summary) -> bool {
    let signed = |number: u64| number.min(i64::MAX.unsigned_abs());
    let time = |time: Option<UnixTime>| time.map(|time| UnixTime::from_seconds(signed(time.seconds())));
    let signed = Summary {
        enrolled_at: time(written.enrolled_at),
        last_verified_at: time(written.last_verified_at),
        locked_until: time(written.locked_until),
        generation: signed(written.generation),
        ..*written
    };
    found == written || *found == signed
}
