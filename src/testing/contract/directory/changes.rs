//! Clause 6: a walk meets everybody who is there all along, whoever comes and goes meanwhile.

use super::written::Written;
use crate::{
    directory::UserDirectory,
    store::UserStore,
    testing::contract::subject::Subject,
    user::{TenantId, UserKey},
};

pub(super) async fn between_pages<D: UserStore + UserDirectory>(store: &Subject<D>) {
    for change in Change::ALL {
        for limit in [1, 2, 3] {
            let (mut rows, tenant) = seven_users(store).await;
            let page = rows.expect_page(&tenant, None, 3, "the first page").await;
            let Some(cursor) = page.last() else { return };
            change.make(&mut rows, cursor).await;
            rows.expect_walk_from(&tenant, Some(cursor.clone()), limit, change.name()).await;
        }
    }
}

/// As a walk does that deletes the records of a tenant, or seals them anew.
pub(super) async fn by_the_walk_itself<D: UserStore + UserDirectory>(store: &Subject<D>) {
    for removes in [true, false] {
        let (mut rows, tenant) = seven_users(store).await;
        let mut after = None;
        loop {
            let page =
                rows.expect_page(&tenant, after.as_ref(), 2, "a walk that changes what it visits").await;
            for user in &page {
                if removes { rows.remove(user).await } else { rows.put(user).await }
            }
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
        }
        rows.expect_walk(&tenant, 2, "after a walk that changes what it visits").await;
    }
}

/// From cursors that name nobody.
pub(super) async fn before_the_walk<D: UserStore + UserDirectory>(store: &Subject<D>) {
    let (rows, tenant) = seven_users(store).await;
    for absent in ["", "a", "bb", "c", "m", "n\u{1}", "z"] {
        let after = UserKey::new(tenant.as_str(), absent);
        rows.expect_page(&tenant, Some(&after), 2, "from a user who never was there").await;
    }
}

async fn seven_users<D: UserStore + UserDirectory>(store: &Subject<D>) -> (Written<'_, D>, TenantId) {
    let mut rows = Written::new(store);
    let tenant = TenantId::new(store.new_name());
    for id in ["n", "b", "h", "d", "l", "f", "j"] {
        rows.put(&UserKey::new(tenant.as_str(), id)).await;
    }
    (rows, tenant)
}

/// What happens between two pages of a walk.
#[derive(Debug, Clone, Copy)]
enum Change {
    AddedBefore,
    AddedAfter,
    RemovedBefore,
    RemovedAtTheCursor,
    RemovedUpToTheCursor,
    RemovedAfter,
    RemovedAll,
    RewrittenAll,
    CreatedAnew,
}

impl Change {
    const ALL: [Self; 9] = [
        Self::AddedBefore,
        Self::AddedAfter,
        Self::RemovedBefore,
        Self::RemovedAtTheCursor,
        Self::RemovedUpToTheCursor,
        Self::RemovedAfter,
        Self::RemovedAll,
        Self::RewrittenAll,
        Self::CreatedAnew,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::AddedBefore => "after users were added before the cursor",
            Self::AddedAfter => "after users were added behind the cursor",
            Self::RemovedBefore => "after a user before the cursor was removed",
            Self::RemovedAtTheCursor => "after the user at the cursor was removed",
            Self::RemovedUpToTheCursor => "after everybody up to the cursor was removed",
            Self::RemovedAfter => "after the next user was removed",
            Self::RemovedAll => "after everybody was removed",
            Self::RewrittenAll => "after every record was written again",
            Self::CreatedAnew => "after the user at the cursor was removed and created anew",
        }
    }

    async fn make<D: UserStore + UserDirectory>(self, rows: &mut Written<'_, D>, cursor: &UserKey) {
        let beside =
            |suffix: &str| UserKey::new(cursor.tenant().as_str(), format!("{}{suffix}", cursor.user()));
        let everybody = rows.users(cursor.tenant());
        match self {
            Self::AddedBefore => {
                for id in ["a", "aa", "b\u{1}"] {
                    rows.put(&UserKey::new(cursor.tenant().as_str(), id)).await;
                }
            }
            Self::AddedAfter => {
                rows.put(&beside("\u{1}")).await;
                rows.put(&beside("\u{1}\u{1}")).await;
            }
            Self::RewrittenAll => {
                for user in everybody.iter().rev() {
                    rows.put(user).await;
                }
            }
            Self::CreatedAnew => {
                rows.remove(cursor).await;
                rows.put(cursor).await;
            }
            Self::RemovedBefore
            | Self::RemovedAtTheCursor
            | Self::RemovedUpToTheCursor
            | Self::RemovedAfter
            | Self::RemovedAll => {
                let next = everybody.iter().find(|user| *user > cursor);
                let goes = |user: &UserKey| match self {
                    Self::RemovedBefore => Some(user) == everybody.first(),
                    Self::RemovedAtTheCursor => user == cursor,
                    Self::RemovedUpToTheCursor => user <= cursor,
                    Self::RemovedAfter => Some(user) == next,
                    _ => true,
                };
                for user in everybody.iter().filter(|user| goes(user)) {
                    rows.remove(user).await;
                }
            }
        }
    }
}
