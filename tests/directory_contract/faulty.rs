//! A directory with one fault, as an implementer of the trait may make it.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{self, AtomicUsize},
    },
};

use second_factor::{
    BoxError, MemoryStore, Revision, StoredRecord, Summary, Swap, TenantId, UnixTime, UserDirectory, UserKey,
    UserStore,
};
use tokio::task::yield_now;

/// What is wrong with a [`Faulty`] directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    ShortPages,
    SummariesSorted,
    SummariesOnlyOfTheKnown,
    SummariesOnlyOnce,
    SummariesOfTheFirstHundred,
    SummariesIgnoreTheTenant,
    SummariesFoldCase,
    SaysNoneForOneWithoutASecondFactor,
    KeepsTheFirstSummary,
    ReadsTimeZeroAsNever,
    CountsGenerationsIn32Bits,
    RoundsGenerations,
    SwapsTwoFields,
    ListsOtherSummaries,
    ShowsTheRemoved,
    CachesTheFirstPage,
    WalksASnapshot,
    CachesSummaries,
    IgnoresTheTenant,
    MatchesTheTenantAsAPattern,
    MatchesTheTenantAsAPrefix,
    FoldsTheCaseOfTheTenant,
    TrimsTheTenant,
    TakesTheTenantOfTheCursor,
    TrimsListedIds,
    Unsorted,
    SortsDownwards,
    SortsWithoutCase,
    SortsInUtf16,
    SortsNumbersAsNumbers,
    SortsByLength,
    StartsAtTheCursor,
    SkipsOneAfterTheCursor,
    LooksForTheCursorRow,
    StartsAnewWithoutTheCursorRow,
    CountsAnOffset,
    PagesInTheOrderOfWriting,
    DropsTheLast,
    DropsTheFirst,
    IgnoresTheLimit,
    OneMoreThanTheLimit,
    ListsOnlyTheEnrolled,
    EndsAfterTwoPages,
    ListsIdsThenRows,
    SummariesOfThoseFound,
    ShowsTheFormerNowAndThen,
}

/// What the handles of one place share.
#[derive(Default)]
pub(crate) struct Place {
    records: MemoryStore,
    /// Every user in the order of the last write, also those who were removed.
    written: Mutex<Vec<UserKey>>,
    first_summaries: Mutex<BTreeMap<UserKey, Summary>>,
    former_summaries: Mutex<BTreeMap<UserKey, Summary>>,
    /// Of `summaries` and `list`.
    calls: AtomicUsize,
}

/// A directory over a store in memory, with one fault. Each handle has its own cache, as each process would.
pub(crate) struct Faulty {
    fault: Fault,
    place: Arc<Place>,
    first_pages: Mutex<HashMap<(TenantId, usize), Rows>>,
    snapshots: Mutex<HashMap<TenantId, Rows>>,
    summaries: Mutex<HashMap<UserKey, Option<Summary>>>,
    pages: Mutex<HashMap<TenantId, usize>>,
}

pub(crate) type Rows = Vec<(UserKey, Summary)>;

impl Faulty {
    pub(crate) fn open(fault: Fault, place: Arc<Place>) -> Self {
        Self {
            fault,
            place,
            first_pages: Mutex::default(),
            snapshots: Mutex::default(),
            summaries: Mutex::default(),
            pages: Mutex::default(),
        }
    }

    /// Every row of a tenant, or of all, in the order of the last write.
    async fn all(&self, tenant: Option<&TenantId>) -> Rows {
        let mut written = self.place.written.lock().unwrap().clone();
        written.retain(|user| tenant.is_none_or(|tenant| self.is_of(user, tenant)));
        let mut rows = Rows::new();
        for user in written {
            if let Some(summary) = self.one(&user).await {
                rows.push((user, summary));
            } else if self.fault == Fault::ShowsTheRemoved {
                rows.push((user, Summary::default()));
            }
        }
        rows
    }

    async fn one(&self, user: &UserKey) -> Option<Summary> {
        let found = self.place.records.load(user).await.unwrap()?;
        let mut summary = *found.summary();
        let never_at_zero = |time: Option<UnixTime>| time.filter(|time| *time != UnixTime::EPOCH);
        match self.fault {
            Fault::KeepsTheFirstSummary => summary = self.place.first_summaries.lock().unwrap()[user],
            Fault::ReadsTimeZeroAsNever => summary.locked_until = never_at_zero(summary.locked_until),
            Fault::CountsGenerationsIn32Bits => summary.generation &= u64::from(u32::MAX),
            Fault::RoundsGenerations => summary.generation = summary.generation as f64 as u64,
            Fault::SwapsTwoFields => {
                std::mem::swap(&mut summary.backup_codes_left, &mut summary.trusted_devices);
            }
            Fault::ShowsTheFormerNowAndThen => {
                let is_late = self.place.calls.load(atomic::Ordering::SeqCst).is_multiple_of(40);
                let former = self.place.former_summaries.lock().unwrap();
                summary = former.get(user).filter(|_| is_late).copied().unwrap_or(summary);
            }
            Fault::SaysNoneForOneWithoutASecondFactor if summary.enrolled_at.is_none() => return None,
            _ => {}
        }
        Some(summary)
    }

    /// Asks who is there, and then for their rows, which it takes to be as many.
    async fn those_found(&self, asked: &[UserKey]) -> Vec<Option<Summary>> {
        let mut found = Vec::new();
        for user in asked {
            found.push(self.one(user).await.is_some());
        }
        yield_now().await;
        let mut rows = Vec::new();
        for (user, _) in asked.iter().zip(&found).filter(|(_, found)| **found) {
            rows.extend(self.one(user).await);
        }
        let mut rows = rows.into_iter();
        found.into_iter().map(|found| if found { rows.next() } else { None }).collect()
    }

    fn is_of(&self, found: &UserKey, tenant: &TenantId) -> bool {
        let (found, tenant) = (found.tenant().as_str(), tenant.as_str());
        match self.fault {
            Fault::IgnoresTheTenant => true,
            Fault::MatchesTheTenantAsAPattern => is_like(found.as_bytes(), tenant.as_bytes()),
            Fault::MatchesTheTenantAsAPrefix => found.starts_with(tenant),
            Fault::FoldsTheCaseOfTheTenant => found.eq_ignore_ascii_case(tenant),
            Fault::TrimsTheTenant => found.trim() == tenant.trim(),
            _ => found == tenant,
        }
    }

    fn compare(&self, one: &UserKey, other: &UserKey) -> Ordering {
        let (one, other) = (one.user(), other.user());
        let lower = |id: &str| (id.to_lowercase(), id.to_owned());
        let number = |id: &str| (id.parse().unwrap_or(u64::MAX), id.to_owned());
        match self.fault {
            Fault::SortsDownwards => other.cmp(one),
            Fault::SortsWithoutCase => lower(one).cmp(&lower(other)),
            Fault::SortsInUtf16 => one.encode_utf16().cmp(other.encode_utf16()),
            Fault::SortsNumbersAsNumbers => number(one).cmp(&number(other)),
            Fault::SortsByLength => (one.len(), one).cmp(&(other.len(), other)),
            _ => one.cmp(other),
        }
    }

    fn start(&self, rows: &Rows, tenant: &TenantId, after: Option<&UserKey>) -> usize {
        let Some(after) = after else { return 0 };
        let next = |after: &UserKey| rows.iter().filter(|row| self.compare(&row.0, after).is_le()).count();
        let at = |after: &UserKey| rows.iter().position(|row| row.0.user() == after.user());
        match self.fault {
            Fault::StartsAtTheCursor => rows.iter().filter(|row| self.compare(&row.0, after).is_lt()).count(),
            Fault::SkipsOneAfterTheCursor => next(after) + 1,
            Fault::LooksForTheCursorRow => at(after).map_or(rows.len(), |at| at + 1),
            Fault::StartsAnewWithoutTheCursorRow => at(after).map_or(0, |at| at + 1),
            Fault::CountsAnOffset => self.pages.lock().unwrap().get(tenant).copied().unwrap_or(0),
            Fault::PagesInTheOrderOfWriting | Fault::Unsorted => {
                at(after).map_or_else(|| next(after), |at| at + 1)
            }
            _ => next(after),
        }
    }
}

/// `LIKE` of SQL.
fn is_like(text: &[u8], pattern: &[u8]) -> bool {
    match (text, pattern) {
        (_, [b'%', rest @ ..]) => (0..=text.len()).any(|skipped| is_like(&text[skipped..], rest)),
        ([_, text @ ..], [b'_', pattern @ ..]) => is_like(text, pattern),
        ([one, text @ ..], [same, pattern @ ..]) => one == same && is_like(text, pattern),
        ([], []) => true,
        _ => false,
    }
}

impl UserStore for Faulty {
    type Error = BoxError;

    async fn load(&self, user: &UserKey) -> Result<Option<StoredRecord>, BoxError> {
        Ok(self.place.records.load(user).await.unwrap())
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> Result<Swap, BoxError> {
        let former = self.place.records.load(user).await.unwrap().map(|record| *record.summary());
        let swap = self.place.records.compare_and_swap(user, expected, next).await.unwrap();
        if swap == Swap::Done {
            let mut written = self.place.written.lock().unwrap();
            written.retain(|other| other != user);
            written.push(user.clone());
            let former = former.map(|former| (user.clone(), former));
            self.place.former_summaries.lock().unwrap().extend(former);
            let mut first = self.place.first_summaries.lock().unwrap();
            first.entry(user.clone()).or_insert(*next.summary());
            self.summaries.lock().unwrap().remove(user);
            self.first_pages.lock().unwrap().retain(|(tenant, _), _| tenant != user.tenant());
        }
        Ok(swap)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> Result<Swap, BoxError> {
        self.summaries.lock().unwrap().remove(user);
        self.first_pages.lock().unwrap().retain(|(tenant, _), _| tenant != user.tenant());
        Ok(self.place.records.remove(user, expected).await.unwrap())
    }
}

impl UserDirectory for Faulty {
    type Error = BoxError;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, BoxError> {
        self.place.calls.fetch_add(1, atomic::Ordering::SeqCst);
        let mut asked = users.to_vec();
        match self.fault {
            Fault::SummariesSorted => asked.sort(),
            Fault::SummariesOnlyOnce => {
                let mut seen = Vec::new();
                asked.retain(|user| {
                    !seen.contains(user) && {
                        seen.push(user.clone());
                        true
                    }
                });
            }
            Fault::SummariesOfTheFirstHundred => asked.truncate(100),
            _ => {}
        }
        if self.fault == Fault::SummariesOfThoseFound {
            return Ok(self.those_found(&asked).await);
        }
        let mut answers = Vec::new();
        for user in &asked {
            let like = |same: fn(&UserKey, &UserKey) -> bool| async move {
                self.all(None).await.into_iter().find(|row| same(&row.0, user)).map(|row| row.1)
            };
            let answer = match self.fault {
                Fault::SummariesIgnoreTheTenant => like(|one, other| one.user() == other.user()).await,
                Fault::SummariesFoldCase => {
                    like(|one, other| {
                        one.tenant() == other.tenant() && one.user().eq_ignore_ascii_case(other.user())
                    })
                    .await
                }
                Fault::CachesSummaries => {
                    let cached = self.summaries.lock().unwrap().get(user).copied();
                    match cached {
                        Some(cached) => cached,
                        None => self.one(user).await,
                    }
                }
                _ => self.one(user).await,
            };
            self.summaries.lock().unwrap().insert(user.clone(), answer);
            if answer.is_some() || self.fault != Fault::SummariesOnlyOfTheKnown {
                answers.push(answer);
            }
        }
        Ok(answers)
    }

    async fn list(&self, tenant: &TenantId, after: Option<&UserKey>, limit: u32) -> Result<Rows, BoxError> {
        self.place.calls.fetch_add(1, atomic::Ordering::SeqCst);
        let limit = usize::try_from(limit).unwrap();
        let asked = match (self.fault, after) {
            (Fault::TakesTheTenantOfTheCursor, Some(after)) => after.tenant(),
            _ => tenant,
        };
        let mut rows = self.all(Some(asked)).await;
        match self.fault {
            Fault::Unsorted | Fault::PagesInTheOrderOfWriting => {}
            _ => rows.sort_by(|one, other| self.compare(&one.0, &other.0)),
        }
        if self.fault == Fault::WalksASnapshot {
            let mut snapshots = self.snapshots.lock().unwrap();
            if after.is_none() {
                snapshots.insert(tenant.clone(), rows);
            }
            rows = snapshots.get(tenant).cloned().unwrap_or_default();
        }
        let start = self.start(&rows, tenant, after);
        let taken = match self.fault {
            Fault::IgnoresTheLimit => usize::MAX,
            Fault::OneMoreThanTheLimit => limit.saturating_add(1),
            Fault::ShortPages => limit.div_ceil(2),
            _ => limit,
        };
        let mut page: Rows = rows.into_iter().skip(start).take(taken).collect();
        match self.fault {
            Fault::DropsTheLast => drop(page.pop()),
            Fault::DropsTheFirst if page.len() > 1 => drop(page.remove(0)),
            Fault::ListsOnlyTheEnrolled => page.retain(|row| row.1.enrolled_at.is_some()),
            Fault::TrimsListedIds => {
                page.iter_mut().for_each(|row| row.0 = UserKey::new(tenant.as_str(), row.0.user().trim()));
            }
            Fault::ListsIdsThenRows => {
                yield_now().await;
                let mut there = Rows::new();
                for (user, _) in page {
                    there.extend(self.one(&user).await.map(|summary| (user, summary)));
                }
                page = there;
            }
            Fault::ListsOtherSummaries => page.iter_mut().for_each(|row| row.1.locked_until = None),
            Fault::EndsAfterTwoPages => {
                let page_number = self.pages.lock().unwrap().get(tenant).copied().unwrap_or(0);
                if after.is_some() && page_number >= 2 {
                    page.clear();
                }
            }
            Fault::CachesTheFirstPage if after.is_none() => {
                let key = (tenant.clone(), limit);
                return Ok(self.first_pages.lock().unwrap().entry(key).or_insert(page).clone());
            }
            _ => {}
        }
        let walked = match self.fault {
            Fault::EndsAfterTwoPages => 1,
            _ => page.len(),
        };
        let mut pages = self.pages.lock().unwrap();
        let before = if after.is_none() { 0 } else { pages.get(tenant).copied().unwrap_or(0) };
        pages.insert(tenant.clone(), before + walked);
        Ok(page)
    }
}
