//! Walks and answers while others write: who is there all along is met once, whatever happens to the rows beside.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use super::{
    Clause, fail,
    written::{Written, other_summary, shows},
};
use crate::{
    directory::UserDirectory,
    store::UserStore,
    summary::Summary,
    testing::{
        contract::{
            ids::shown,
            subject::{Subject, erred},
        },
        drive::{self, Call},
    },
    user::{TenantId, UserKey},
};

/// Walks through one handle while rows come and go through another. In turn in the caller's task; on threads as well if the store never
/// waits, for then nothing overlaps otherwise.
pub(super) async fn while_others_write<D: UserStore + UserDirectory>(
    writer: &Subject<D>,
    reader: &Subject<D>,
) {
    const ROUNDS: usize = 4;
    const ROUNDS_ON_THREADS: usize = 20;
    let mut waited = false;
    for _ in 0..ROUNDS {
        let tenant = Busy::new(writer, reader).await;
        drive::interleaved(tenant.calls()).await;
        waited |= tenant.waited.load(Ordering::SeqCst);
    }
    for _ in 0..if waited { 0 } else { ROUNDS_ON_THREADS } {
        let tenant = Busy::new(writer, reader).await;
        drive::on_threads(tenant.calls());
    }
}

/// The users of a tenant, in the order of their ids: one who stays, two who come and go, and so on.
struct Busy<'s, D> {
    writer: &'s Subject<D>,
    reader: &'s Subject<D>,
    tenant: TenantId,
    staying: BTreeMap<UserKey, Summary>,
    restless: Vec<UserKey>,
    /// What was ever written of those who come and go.
    written: Mutex<BTreeMap<UserKey, Vec<Summary>>>,
    writes: AtomicU64,
    /// The walks that are not through yet.
    walking: AtomicUsize,
    /// Whether any page or answer was ever waited for.
    waited: AtomicBool,
}

const USERS: usize = 18;
/// So often everybody comes and goes at most.
const TURNS: usize = 40;
const LIMITS: [u32; 4] = [1, 2, 3, u32::MAX];

impl<'s, D: UserStore + UserDirectory> Busy<'s, D> {
    async fn new(writer: &'s Subject<D>, reader: &'s Subject<D>) -> Self {
        let tenant = TenantId::new(writer.new_name());
        let mut rows = Written::new(writer);
        let (mut staying, mut restless) = (BTreeMap::new(), Vec::new());
        for (number, place) in (1..).zip(0..USERS) {
            let user = UserKey::new(tenant.as_str(), format!("{place:02}"));
            if place % 3 == 0 {
                let summary = Written::<D>::new_summary(number);
                rows.put_with(&user, summary).await;
                staying.insert(user, summary);
            } else {
                restless.push(user);
            }
        }
        Self {
            writer,
            reader,
            tenant,
            staying,
            restless,
            written: Mutex::default(),
            writes: AtomicU64::new(1000),
            walking: AtomicUsize::new(2),
            waited: AtomicBool::new(false),
        }
    }

    fn calls(&self) -> Vec<Call<'_, ()>> {
        let (some, others) = self.restless.split_at(self.restless.len() / 2);
        vec![
            Box::pin(self.walk()),
            Box::pin(self.come_and_go(some)),
            Box::pin(self.ask()),
            Box::pin(self.come_and_go(others)),
        ]
    }

    async fn come_and_go(&self, users: &[UserKey]) {
        for user in users.iter().cycle().take(users.len().saturating_mul(TURNS)) {
            if self.walking.load(Ordering::SeqCst) == 0 {
                return;
            }
            let (first, second) = (self.next(user), self.next(user));
            let [first, second] = [first, second].map(|summary| self.writer.new_record_with(summary));
            self.writer.expect_done(user, None, &first, "creating a record while others write").await;
            drive::yield_once().await;
            self.writer.expect_done(user, Some(first.revision()), &second, "swapping it").await;
            drive::yield_once().await;
            self.writer.expect_removed(user, second.revision(), "removing it").await;
            drive::yield_once().await;
        }
    }

    /// A summary that no other write has, known before it is written.
    fn next(&self, user: &UserKey) -> Summary {
        let summary = Written::<D>::new_summary(self.writes.fetch_add(1, Ordering::SeqCst));
        self.written().entry(user.clone()).or_default().push(summary);
        summary
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<UserKey, Vec<Summary>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn walk(&self) {
        for limit in LIMITS {
            let what = format!("a walk by {limit} while others write");
            let mut due = self.staying.keys();
            let mut after: Option<UserKey> = None;
            loop {
                let page = self.reader.store().list(&self.tenant, after.as_ref(), limit);
                let page = match drive::noting_waits(page, &self.waited).await {
                    Ok(page) => page,
                    Err(error) => erred("UserDirectory", "list", error),
                };
                if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
                    let users = page.len();
                    fail(Clause::EmptyOnlyAtTheEnd, format_args!("{what}: {users} users on a page"));
                }
                if page.is_empty() {
                    break;
                }
                for (user, found) in page {
                    if *user.tenant() != self.tenant {
                        fail(Clause::Exactly, format_args!("{what}: {} is on a page", shown(&user)));
                    }
                    if after.as_ref().is_some_and(|before| user <= *before) {
                        fail(Clause::Order, format_args!("{what}: {} comes again, or late", shown(&user)));
                    }
                    self.judge(&user, &found, &what);
                    if self.staying.contains_key(&user) && due.next() != Some(&user) {
                        let hidden = format_args!("{what}: somebody before {} is hidden", shown(&user));
                        fail(Clause::AfterAKey, hidden);
                    }
                    after = Some(user);
                }
                drive::yield_once().await;
            }
            if let Some(hidden) = due.next() {
                let hidden = format_args!("{what}: an empty page hides {}", shown(hidden));
                fail(Clause::EmptyOnlyAtTheEnd, hidden);
            }
        }
        self.walking.fetch_sub(1, Ordering::SeqCst);
    }

    async fn ask(&self) {
        let what = "asking while others write";
        let users: Vec<UserKey> = self.restless.iter().chain(self.staying.keys()).cloned().collect();
        for _ in 0..USERS {
            let answers = self.reader.store().summaries(&users);
            let answers = match drive::noting_waits(answers, &self.waited).await {
                Ok(answers) => answers,
                Err(error) => erred("UserDirectory", "summaries", error),
            };
            if answers.len() != users.len() {
                let (answers, asked) = (answers.len(), users.len());
                fail(Clause::AsAsked, format_args!("{what}: {answers} answers for {asked} users"));
            }
            for (user, answer) in users.iter().zip(answers) {
                match answer {
                    Some(found) => self.judge(user, &found, what),
                    None if self.staying.contains_key(user) => {
                        fail(Clause::NoRow, format_args!("{what}: {} has a record", shown(user)))
                    }
                    None => {}
                }
            }
            drive::yield_once().await;
        }
        self.walking.fetch_sub(1, Ordering::SeqCst);
    }

    /// That `found` was written of `user`, once.
    fn judge(&self, user: &UserKey, found: &Summary, what: &str) {
        let of = |user: &UserKey| {
            let staying = self.staying.get(user).copied();
            staying
                .into_iter()
                .chain(self.written().get(user).cloned().unwrap_or_default())
                .collect::<Vec<_>>()
        };
        let own = of(user);
        if own.iter().any(|written| shows(found, written)) {
            return;
        }
        let mut everybody = self.staying.keys().chain(&self.restless);
        if let Some(other) = everybody.find(|other| of(other).iter().any(|written| shows(found, written))) {
            let what = format_args!("{what}: {} is shown with the summary of {}", shown(user), shown(other));
            fail(Clause::AsAsked, what);
        }
        match own.last() {
            Some(written) => other_summary(what, &shown(user), found, written),
            None => fail(Clause::Exactly, format_args!("{what}: {} was never written", shown(user))),
        }
    }
}
