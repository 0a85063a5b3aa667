//! The contract of [`UserDirectory`] as a test, over a store that is its own directory.

mod busy;
mod changes;
mod written;

use std::{fmt, future::Future};

use self::written::Written;
use super::{ids, same_place, subject::Subject};
use crate::{
    directory::UserDirectory,
    primitives::time::UnixTime,
    store::UserStore,
    summary::Summary,
    user::{TenantId, UserKey},
};

/// Runs the clauses of [`UserDirectory`] against the store that `make` opens, which is its own directory. Returns if they hold.
///
/// What is listed is first written through the store, so let [`store_contract`](super::store_contract) pass before. `make` is called
/// twice, and is best to open the same place again; then a directory that keeps a cache is noticed. The test writes under tenants
/// that it draws at random, so it disturbs nobody, but it leaves rows behind. No runtime is needed; threads are started only for a store
/// that never waits, so that its pages are read while rows come and go.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use second_factor::{MemoryStore, testing::directory_contract};
///
/// let place = MemoryStore::new();
/// directory_contract(|| async { place.clone() }).await;
/// # }
/// ```
///
/// # What it cannot see
///
/// Whether a failure reads as "no record" or as an empty page (clause 2), or whether reads go to a replica that is up to date now and
/// lags tomorrow (clause 3). Read those clauses and answer for them.
///
/// # Panics
///
/// If a clause does not hold. The message names it. A call that returns an error fails the test too; an id that is longer than 255
/// bytes or contains a NUL may be refused by the store, and is then not looked for.
pub async fn directory_contract<D, F>(make: impl Fn() -> F)
where
    D: UserStore + UserDirectory,
    F: Future<Output = D>,
{
    let subject = Subject::new(make().await);
    answers(&subject).await;
    values(&subject).await;
    pages(&subject).await;
    changes::between_pages(&subject).await;
    changes::by_the_walk_itself(&subject).await;
    changes::before_the_walk(&subject).await;
    busy::while_others_write(&subject, &subject).await;
    hostile_ids(&subject).await;
    tenants(&subject).await;

    let other = Subject::new(make().await);
    if same_place(&subject, &other).await {
        current_across_handles(&subject, &other).await;
        busy::while_others_write(&subject, &other).await;
    }
}

/// The clauses as the docs of [`UserDirectory`] number them.
#[derive(Clone, Copy)]
enum Clause {
    AsAsked,
    NoRow,
    AsLastWritten,
    Exactly,
    Order,
    AfterAKey,
    EmptyOnlyAtTheEnd,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AsAsked => "clause 1 (as asked)",
            Self::NoRow => "clause 2 (`None` only where there is no row)",
            Self::AsLastWritten => "clause 3 (as last written)",
            Self::Exactly => "clause 4 (exactly this tenant and these ids)",
            Self::Order => "clause 5 (in the order of the bytes)",
            Self::AfterAKey => "clause 6 (after a key, not after a count)",
            Self::EmptyOnlyAtTheEnd => "clause 7 (an empty page only at the end)",
        })
    }
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn fail(clause: Clause, what: impl fmt::Display) -> ! {
    panic!("UserDirectory, {clause}: {what}")
}

/// More than the most that one request to any of the usual databases may ask for.
const MANY: usize = 300;

async fn answers<D: UserStore + UserDirectory>(store: &Subject<D>) {
    let mut rows = Written::new(store);
    let (tenant, other) = (store.new_name(), store.new_name());
    let [a, b, c] = ["a", "b", "c"].map(|user| UserKey::new(&tenant, user));
    let elsewhere = UserKey::new(&other, "a");
    let unknown = [UserKey::new(&tenant, "aa"), UserKey::new(&other, "b"), store.new_user()];
    let [x, y, z] = &unknown;
    rows.expect_summaries(&[&a], "a user never written").await;
    for user in [&b, &elsewhere, &c, &a] {
        rows.put(user).await;
    }
    rows.expect_summaries(&[], "nobody").await;
    rows.expect_summaries(&[&a, &b, &c], "users in the order of their ids").await;
    rows.expect_summaries(&[&c, &a, &b], "users in another order").await;
    rows.expect_summaries(&[&a, &a, &b, &a], "a user more than once").await;
    rows.expect_summaries(&[x, &a, y, z, &b, x], "users with a record among users without one").await;
    rows.expect_summaries(&[x, y], "users without a record").await;
    rows.expect_summaries(&[&elsewhere, &a], "the same id in two tenants").await;
    rows.expect_summaries(&[&a, &elsewhere, y], "the same ids in two tenants, the other way round").await;
    let many: Vec<&UserKey> = [&b, x, &a, &elsewhere, &c].into_iter().cycle().take(MANY).collect();
    rows.expect_summaries(&many, "many users").await;
    rows.remove(&a).await;
    rows.expect_summaries(&[&a, &b, &elsewhere], "users of whom one was removed").await;
}

/// Every field comes back, when a record is created and when it is swapped.
async fn values<D: UserStore + UserDirectory>(store: &Subject<D>) {
    let (mut by_creating, mut by_swapping) = (Written::new(store), Written::new(store));
    let swapped = store.new_user();
    let all = |time: Option<u64>, small: u8, generation: u64| {
        let time = time.map(UnixTime::from_seconds);
        Summary {
            enrolled_at: time,
            last_verified_at: time,
            backup_codes_left: small,
            trusted_devices: small,
            locked_until: time,
            pending_notices: small,
            generation,
        }
    };
    let largest = i64::MAX.unsigned_abs();
    for (summary, what) in [
        (Written::<D>::new_summary(1), "different values in all fields"),
        (all(None, 0, 0), "nothing in all fields"),
        (all(Some(0), 1, 1), "a time of 0, which is not never"),
        (all(None, u8::MAX, 1 << 53 | 1), "never, and large numbers"),
        (all(Some(largest), u8::MAX, largest), "the largest signed numbers"),
        (all(Some(largest - 1), u8::MAX - 1, largest - 1), "large numbers less one"),
        (all(Some(u64::MAX), 0, u64::MAX), "numbers beyond the largest signed one"),
        (Written::<D>::new_summary(2), "different values in all fields again"),
    ] {
        let created = store.new_user();
        for (rows, user) in [(&mut by_creating, &created), (&mut by_swapping, &swapped)] {
            rows.put_with(user, summary).await;
            rows.expect_summaries(&[user], what).await;
            rows.expect_walk(user.tenant(), 1, what).await;
        }
    }
}

/// The sizes of pages that walks are made with, the whole first.
fn limits(users: usize) -> [u32; 5] {
    let users = u32::try_from(users).unwrap_or(u32::MAX);
    [u32::MAX, users, users.saturating_sub(1).max(1), 2, 1]
}

async fn pages<D: UserStore + UserDirectory>(store: &Subject<D>) {
    let mut rows = Written::new(store);
    let tenant = TenantId::new(store.new_name());
    rows.expect_walk(&tenant, 1, "a tenant without records").await;
    // Neither in the order of their ids nor in its reverse, and with different lengths: "10" comes before "9".
    let ids = ["m", "c", "9", "x", "10", "a", "z", "ab", "1", "b"];
    for (number, id) in (1..).zip(ids) {
        rows.put(&UserKey::new(tenant.as_str(), id)).await;
        for limit in limits(number) {
            rows.expect_walk(&tenant, limit, &format!("{number} users by {limit}")).await;
        }
    }
}

async fn hostile_ids<D: UserStore + UserDirectory>(store: &Subject<D>) {
    let mut rows = Written::new(store);
    let tenant = TenantId::new(store.new_name());
    let long = ids::long();
    let mut stored = Vec::new();
    for id in ids::HOSTILE.iter().copied().chain(long.iter().map(String::as_str)) {
        let user = UserKey::new(tenant.as_str(), id);
        if rows.try_put(&user).await {
            stored.push(user);
        }
    }
    for limit in limits(stored.len()) {
        rows.expect_walk(&tenant, limit, &format!("unusual ids by {limit}")).await;
    }
    let asked: Vec<&UserKey> = stored.iter().collect();
    rows.expect_summaries(&asked, "users with unusual ids").await;
    // One after the other goes; what is taken for the same goes with it.
    for user in &stored {
        rows.remove(user).await;
        rows.expect_page(&tenant, None, 3, "after a user with an unusual id was removed").await;
        rows.expect_page(&tenant, Some(user), 3, "from a removed user with an unusual id").await;
    }
}

async fn tenants<D: UserStore + UserDirectory>(store: &Subject<D>) {
    let mut rows = Written::new(store);
    let name = store.new_name();
    let shorter: String = name.chars().take(name.chars().count().saturating_sub(1)).collect();
    let mut tenants =
        vec![name.to_uppercase(), shorter.clone(), format!("{shorter}_"), format!("{shorter}%")];
    for before in [" ", "%", "\u{feff}"] {
        tenants.push(format!("{before}{name}"));
    }
    for after in
        ["", "%", "_", "*", ".", " ", "\t", "\n", "\0", "a", "aa", ":", "/", "'", "\u{200b}", "\u{10ffff}"]
    {
        tenants.push(format!("{name}{after}"));
    }
    let mine = store.new_name();
    let ids = ["", "%", "1", "a", "a:1", mine.as_str()];
    let mut stored = Vec::new();
    for user in tenants.iter().flat_map(|tenant| ids.map(|id| UserKey::new(tenant, id))) {
        if rows.try_put(&user).await {
            stored.push(user);
        }
    }
    for (user, neighbor) in stored.iter().zip(stored.iter().rev()) {
        rows.expect_page(user.tenant(), Some(user), u32::MAX, "among similar tenants").await;
        let foreign = UserKey::new(neighbor.tenant().as_str(), user.user());
        rows.expect_page(user.tenant(), Some(&foreign), 2, "from a user of another tenant").await;
    }
    for tenant in stored.iter().map(UserKey::tenant) {
        for limit in [u32::MAX, 1] {
            rows.expect_walk(tenant, limit, "among similar tenants").await;
        }
    }
    for nobodys in [format!("{name}b"), format!("{name}a%"), format!("{shorter}?")] {
        rows.expect_walk(&TenantId::new(nobodys), 2, "a tenant without records among similar ones").await;
    }
    rows.expect_summaries(&stored.iter().collect::<Vec<_>>(), "users of similar tenants").await;
    // Names that others may use as well: whatever they list, it is not ours.
    for general in ["", "%", "*", "_"].map(TenantId::new) {
        let page = rows.list(&general, None, 1000).await;
        if page.iter().any(|(user, _)| *user.tenant() != general || user.user() == mine) {
            fail(Clause::Exactly, format_args!("tenant \"{general}\": shows users of other tenants"));
        }
    }
}

/// How often another handle is asked right after a write.
const TIMES: usize = 30;

/// What one handle acknowledged, another shows: nothing is kept in the memory of one of them.
async fn current_across_handles<D: UserStore + UserDirectory>(one: &Subject<D>, other: &Subject<D>) {
    let mut rows = Written::between(one, other);
    let tenant = TenantId::new(one.new_name());
    let [a, b] = ["a", "b"].map(|user| UserKey::new(tenant.as_str(), user));
    rows.expect_walk(&tenant, 2, "before another handle creates a record").await;
    for (user, what) in [
        (&b, "after another handle created a record"),
        (&a, "after another handle created a second record"),
        (&b, "after another handle swapped a record"),
    ] {
        rows.put(user).await;
        rows.expect_walk(&tenant, 2, what).await;
        rows.expect_summaries(&[&a, &b], what).await;
    }
    rows.remove(&a).await;
    rows.expect_walk(&tenant, 2, "after another handle removed a record").await;
    rows.expect_summaries(&[&a, &b], "after another handle removed a record").await;
    // A replica that lags once in a while is met by one of many.
    for _ in 0..TIMES {
        rows.put(&a).await;
        rows.expect_summaries(&[&a, &b], "right after another handle wrote a record").await;
        rows.put(&b).await;
        rows.expect_page(&tenant, None, 2, "right after another handle wrote a record").await;
        rows.remove(&a).await;
        rows.expect_page(&tenant, None, 2, "right after another handle removed a record").await;
    }
}
