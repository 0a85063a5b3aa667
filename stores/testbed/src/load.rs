//! Load on any store: users are set up, clients run at once for some time, every latency is kept.
//!
//! It measures and prints; it never fails on a figure.
#![allow(clippy::print_stdout, reason = "a bench prints a table")]

use std::{
    fs,
    future::Future,
    ops::AddAssign,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::records::ok;
use second_factor::{
    Account, Authority, Clock, DeviceCookie, Error, FirstFactor, KeyRing, NewAuthenticator, Outbox, Policy,
    Requirement, Revision, SignIn, StoredRecord, Swap, Token, UnixTime, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};

/// How many users there are. Each signs in once in a round, so no two clients ever want the same record.
const USERS: usize = 4_000;
const STEP: Duration = Duration::from_secs(30);

/// What was measured.
#[derive(Debug, Default)]
pub struct Figures {
    spent: Spent,
    sorted: Vec<Duration>,
}

impl Figures {
    fn new(spent: Spent, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self { spent, sorted: latencies }
    }

    /// How long it was measured.
    pub fn elapsed(&self) -> Duration {
        self.spent.elapsed
    }

    /// Calls a second, of all clients together.
    pub fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.spent.elapsed.as_secs_f64()
    }

    /// What the processors of this machine did for one call, of the client and of the store together; none where it cannot be told.
    pub fn processor(&self) -> Option<Duration> {
        self.spent.processor?.checked_div(u32::try_from(self.sorted.len()).ok()?)
    }

    /// The latency that this share of the calls, from 0 to 1, did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// What was measured later, too.
impl AddAssign for Figures {
    fn add_assign(&mut self, mut more: Self) {
        self.spent += more.spent;
        self.sorted.append(&mut more.sorted);
        self.sorted.sort_unstable();
    }
}

/// Prints one line of the table.
pub fn print(clients: usize, what: &str, figures: &Figures) {
    let milliseconds = |share| figures.quantile(share).as_secs_f64() * 1e3;
    let processor = figures.processor().map_or("-".to_owned(), |spent| spent.as_micros().to_string());
    println!(
        "{clients:>7}  {what:<40} {:>9.0} {:>9.2} {:>9.2} {processor:>9}",
        figures.per_second(),
        milliseconds(0.50),
        milliseconds(0.99)
    );
}

/// Prints the line above the table.
pub fn print_head() {
    println!(
        "{:>7}  {:<40} {:>9} {:>9} {:>9} {:>9}",
        "clients", "what", "a second", "p50 ms", "p99 ms", "CPU us"
    );
}

/// Prints how two lines compare: throughput by throughput, and p99 by p99.
pub fn print_ratio(clients: usize, what: &str, one: &Figures, other: &Figures) {
    let throughput = one.per_second() / other.per_second();
    let p99 = one.quantile(0.99).as_secs_f64() / other.quantile(0.99).as_secs_f64();
    println!(
        "{clients:>7}  {what:<40} {:>9} {:>9} {:>9}",
        format!("x {throughput:.2}"),
        "",
        format!("x {p99:.3}")
    );
}

/// Users with an authenticator, in a store that is measured through a [`Verifier`].
#[derive(Debug)]
pub struct Users {
    verifier: Verifier,
    clock: ManualClock,
    users: Vec<User>,
}

/// Somebody with a phone and a browser, which keeps its cookie: so the record knows one browser, however often they sign in.
#[derive(Debug)]
struct User {
    account: Account,
    phone: Phone,
    cookie: String,
}

/// A sign-in that is ready for its code.
struct Prepared {
    account: Account,
    token: Token,
    code: String,
}

impl Users {
    /// Enrolls them all.
    pub async fn enroll(store: impl UserStore) -> Self {
        Self::enroll_some(store, USERS).await
    }

    /// Enrolls fewer, where each takes its time.
    pub async fn enroll_some(store: impl UserStore, count: usize) -> Self {
        let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
        let verifier = Verifier::builder(store, Outbox::new(), KeyRing::generate().unwrap())
            .issuer("Acme")
            .clock(clock.clone())
            .build()
            .unwrap();
        let enrolling = each(32, (0..count).collect(), {
            let (verifier, clock) = (verifier.clone(), clock.clone());
            move |number| enroll(verifier.clone(), clock.clone(), number)
        });
        let users = enrolling.await.into_iter().map(|(user, _)| user).collect();
        Self { verifier, clock, users }
    }

    /// Lets `clients` sign in as one user after another, each with a right code: one load and one swap. The challenges are prepared
    /// beforehand and not measured.
    pub async fn verifications(&self, clients: usize, at_least: Duration) -> Figures {
        let mut figures = Figures::default();
        while figures.elapsed() < at_least {
            figures += self.round(clients).await;
        }
        figures
    }

    /// The same, once for each user.
    pub async fn round(&self, clients: usize) -> Figures {
        self.clock.advance(STEP);
        let prepared = self.prepare().await;
        let verifier = self.verifier.clone();
        let meter = Meter::start();
        let done = each(clients, prepared, move |Prepared { account, token, code }| {
            let verifier = verifier.clone();
            async move {
                match verifier.verify(&account, &token, &code, None).await {
                    Ok(signed_in) => assert!(signed_in.assurance().is_second_factor()),
                    // Now and then two neighboring steps have the same code, which then was spent in the round before.
                    Err(Error::Rejected(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
        let done = done.await;
        Figures::new(meter.stop(), done.into_iter().map(|((), latency)| latency).collect())
    }

    async fn prepare(&self) -> Vec<Prepared> {
        let mut prepared = Vec::with_capacity(self.users.len());
        for User { account, phone, cookie } in &self.users {
            let next = self.verifier.begin(account, FirstFactor::Password, Some(cookie)).await.unwrap();
            let SignIn::Challenge(challenge) = next else { panic!("an enrolled user is asked") };
            prepared.push(Prepared {
                account: account.clone(),
                token: challenge.token().clone(),
                code: phone.code_at(self.clock.now()),
            });
        }
        prepared
    }
}

async fn enroll(verifier: Verifier, clock: ManualClock, number: usize) -> User {
    let key = UserKey::new("load", number.to_string());
    let account = Account::new(key, b"stamp", &Policy::new(Requirement::Optional));
    let new = NewAuthenticator::new("load");
    let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
    let phone = Phone::scan(enrollment.uri());
    let code = phone.code_at(clock.now());
    let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(enrolled.signed_in.user(), account.user());
    let header = enrolled.signed_in.cookie().map_or("", DeviceCookie::header);
    let value = header.split_once('=').map_or("", |(_, rest)| rest);
    let cookie = value.split(';').next().unwrap_or_default().to_owned();
    User { account, phone, cookie }
}

/// What a verification does to its store, without the library: of each user a copy, as large as their record, which is loaded and swapped.
#[derive(Debug)]
pub struct Copies<S> {
    store: Arc<S>,
    users: Vec<UserKey>,
    sealed_bytes: usize,
}

impl<S: UserStore> Copies<S> {
    /// Of the records of `users`, which are in `from`, under a tenant of this name.
    pub async fn new(store: S, from: &impl UserStore, users: &Users, tenant: &str) -> Self {
        let (mut copied, mut sealed_bytes) = (Vec::new(), 0);
        for User { account, .. } in &users.users {
            let record = ok(from.load(account.user()).await).unwrap();
            let copy = UserKey::new(tenant, account.user().user());
            assert_eq!(ok(store.compare_and_swap(&copy, None, &record).await), Swap::Done);
            sealed_bytes += record.sealed().len();
            copied.push(copy);
        }
        Self { store: Arc::new(store), sealed_bytes: sealed_bytes / copied.len().max(1), users: copied }
    }

    /// The average length of a record.
    pub fn sealed_bytes(&self) -> usize {
        self.sealed_bytes
    }

    /// A load and a swap for each user.
    pub async fn round(&self, clients: usize) -> Figures {
        let store = Arc::clone(&self.store);
        let meter = Meter::start();
        let done = each(clients, self.users.clone(), move |user| {
            let store = Arc::clone(&store);
            async move {
                let found = ok(store.load(&user).await).unwrap();
                let revision = u128::from_be_bytes(*found.revision().as_bytes()).wrapping_add(1);
                let next =
                    StoredRecord::new(Revision::from_bytes(revision.to_be_bytes()), found.sealed().to_vec());
                let swapped = store.compare_and_swap(&user, Some(found.revision()), &next).await;
                assert_eq!(ok(swapped), Swap::Done);
            }
        });
        let done = done.await;
        Figures::new(meter.stop(), done.into_iter().map(|((), latency)| latency).collect())
    }
}

/// The two statements of a verification without the library: `clients` load and swap records of the same size, each its own.
pub async fn load_and_swap<S: UserStore>(store: Arc<S>, clients: usize, at_least: Duration) -> Figures {
    let swaps = Swaps::new("bare", clients);
    each_until(at_least, clients, move |client, round| {
        let (store, swap) = (Arc::clone(&store), swaps.next(client, round));
        async move {
            let found = ok(store.load(&swap.user).await);
            assert_eq!(found.map(|found| found.revision()), swap.expected);
            assert_eq!(ok(store.compare_and_swap(&swap.user, swap.expected, &swap.next).await), Swap::Done);
        }
    })
    .await
}

/// Swaps that always succeed, of records as large as those of a user with an authenticator.
#[derive(Debug)]
pub struct Swaps {
    tenant: String,
}

/// One of them.
#[derive(Debug)]
pub struct NextSwap {
    /// Whose record.
    pub user: UserKey,
    /// What is there: nothing in the first round.
    pub expected: Option<Revision>,
    /// What comes instead.
    pub next: StoredRecord,
}

impl Swaps {
    const BYTES: usize = 700;

    /// Under a tenant of their own.
    pub fn new(tenant: &str, clients: usize) -> Self {
        Self { tenant: format!("{tenant}-{clients}") }
    }

    /// The swap of a client's round, counted from 0.
    pub fn next(&self, client: usize, round: u64) -> NextSwap {
        let revision = |round: u64| Revision::from_bytes((u128::from(round) + 1).to_be_bytes());
        NextSwap {
            user: UserKey::new(self.tenant.as_str(), client.to_string()),
            expected: round.checked_sub(1).map(revision),
            next: StoredRecord::new(revision(round), vec![7; Self::BYTES]),
        }
    }
}

/// Calls `call` with each item, `clients` at a time, and yields the results with their latencies.
async fn each<T, R, F, C>(clients: usize, items: Vec<T>, call: C) -> Vec<(R, Duration)>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
    C: Fn(T) -> F + Send + Sync + 'static,
{
    let shared = Arc::new((Mutex::new(items.into_iter()), call));
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let (items, call) = &*shared;
                let mut results = Vec::new();
                let next = || items.lock().unwrap().next();
                while let Some(item) = next() {
                    let started = Instant::now();
                    let result = call(item).await;
                    results.push((result, started.elapsed()));
                }
                results
            })
        })
        .collect();
    let mut results = Vec::new();
    for client in running {
        results.extend(client.await.unwrap());
    }
    results
}

/// Lets each of `clients` make one call after another until the time has passed.
pub async fn each_until<F, C>(at_least: Duration, clients: usize, call: C) -> Figures
where
    F: Future<Output = ()> + Send + 'static,
    C: Fn(usize, u64) -> F + Send + Sync + 'static,
{
    let call = Arc::new(call);
    let (meter, started) = (Meter::start(), Instant::now());
    let running: Vec<_> = (0..clients)
        .map(|client| {
            let call = Arc::clone(&call);
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while started.elapsed() < at_least {
                    let call = call(client, latencies.len() as u64);
                    let began = Instant::now();
                    call.await;
                    latencies.push(began.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for client in running {
        latencies.extend(client.await.unwrap());
    }
    Figures::new(meter.stop(), latencies)
}

/// Time on the clock, and on the processors.
#[derive(Debug, Clone, Copy)]
struct Spent {
    elapsed: Duration,
    processor: Option<Duration>,
}

impl Default for Spent {
    fn default() -> Self {
        Self { elapsed: Duration::ZERO, processor: Some(Duration::ZERO) }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, more: Self) {
        self.elapsed += more.elapsed;
        self.processor = self.processor.zip(more.processor).map(|(one, other)| one + other);
    }
}

struct Meter {
    started: Instant,
    processor: Option<Duration>,
}

impl Meter {
    fn start() -> Self {
        Self { started: Instant::now(), processor: processor() }
    }

    fn stop(&self) -> Spent {
        let processor = processor().zip(self.processor).map(|(now, before)| now.saturating_sub(before));
        Spent { elapsed: self.started.elapsed(), processor }
    }
}

/// What the processors have spent on this process, where Linux says so: in hundredths of a second, behind the name in parentheses.
fn processor() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields = stat.rsplit_once(')')?.1.split_whitespace();
    let ticks: Vec<u64> = fields.skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    Some(Duration::from_millis(10 * ticks.iter().sum::<u64>()))
}
