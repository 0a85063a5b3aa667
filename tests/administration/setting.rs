//! A host in memory whose store, directory, mail server and clock do as they are told.

use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use second_factor::{
    Account, Actor, Administration, Authority, Channel, Clock, Event, EventKind, Import, KeyRing, Member,
    MemoryStore, NewAuthenticator, Notice, Notifier, OneTimeCode, Policy, Preview, Progress, Requirement,
    Revision, StoredRecord, Summary, Swap, Sweep, TenantId, UnixTime, UserDirectory, UserKey, UserStore,
    Verifier,
    testing::{ManualClock, Phone},
};

/// Fails for the users named, and makes every caller wait once if told so.
#[derive(Clone, Default)]
pub struct Store {
    pub inner: MemoryStore,
    pub broken: Arc<Mutex<BTreeSet<UserKey>>>,
    pub slow: Arc<AtomicBool>,
    pub writes: Arc<AtomicU32>,
}

impl Store {
    async fn open(&self, user: &UserKey) -> io::Result<()> {
        if self.slow.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        let broken = self.broken.lock().unwrap().contains(user);
        if broken { Err(io::Error::other("a bad sector")) } else { Ok(()) }
    }
}

impl UserStore for Store {
    type Error = io::Error;

    async fn load(&self, user: &UserKey) -> io::Result<Option<StoredRecord>> {
        self.open(user).await?;
        UserStore::load(&self.inner, user).await.map_err(io::Error::other)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> io::Result<Swap> {
        self.open(user).await?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.compare_and_swap(user, expected, next).await.map_err(io::Error::other)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> io::Result<Swap> {
        self.open(user).await?;
        self.inner.remove(user, expected).await.map_err(io::Error::other)
    }
}

/// Takes notices unless it is down, or is not to reach this user.
#[derive(Clone, Default)]
pub struct Mailer {
    pub down: Arc<AtomicBool>,
    pub unreachable: Arc<Mutex<Option<UserKey>>>,
    pub taken: Arc<Mutex<Vec<Notice>>>,
}

impl Mailer {
    pub fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

impl Notifier for Mailer {
    type Error = io::Error;

    async fn send_code(&self, _: &UserKey, _: Channel, _: &OneTimeCode) -> io::Result<()> {
        Ok(())
    }

    async fn notify(&self, notice: &Notice) -> io::Result<()> {
        let unreachable = self.unreachable.lock().unwrap().as_ref() == Some(notice.event().user());
        if unreachable || self.down.load(Ordering::SeqCst) {
            return Err(io::Error::other("no mail server"));
        }
        self.taken.lock().unwrap().push(notice.clone());
        Ok(())
    }
}

/// What a directory does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Fails,
    AnswersOneLess,
    ListsFromTheStart,
    ListsBackwards,
    ListsAnotherTenant,
    /// Nobody is enrolled, and nothing waits, by what it shows.
    ForgedSummaries,
}

/// The records of the store, with a fault.
pub struct Faulty(pub MemoryStore, pub Fault);

impl UserDirectory for Faulty {
    type Error = io::Error;

    async fn summaries(&self, users: &[UserKey]) -> io::Result<Vec<Option<Summary>>> {
        let mut summaries = self.0.summaries(users).await.map_err(io::Error::other)?;
        match self.1 {
            Fault::Fails => return Err(io::Error::other("no connection")),
            Fault::AnswersOneLess => summaries.truncate(users.len() - 1),
            Fault::ForgedSummaries => summaries.iter_mut().for_each(|it| *it = Some(Summary::default())),
            _ => {}
        }
        Ok(summaries)
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> io::Result<Vec<(UserKey, Summary)>> {
        let other = TenantId::new("globex");
        let (tenant, after) = match self.1 {
            Fault::Fails => return Err(io::Error::other("no connection")),
            Fault::ListsFromTheStart => (tenant, None),
            Fault::ListsAnotherTenant => (&other, after),
            _ => (tenant, after),
        };
        let mut page = self.0.list(tenant, after, limit).await.map_err(io::Error::other)?;
        match self.1 {
            Fault::ListsBackwards => page.reverse(),
            Fault::ForgedSummaries => page.iter_mut().for_each(|(_, summary)| *summary = Summary::default()),
            _ => {}
        }
        Ok(page)
    }
}

pub struct Host {
    pub verifier: Verifier,
    pub administration: Administration,
    pub store: Store,
    pub mailer: Mailer,
    pub clock: ManualClock,
    pub log: Arc<Mutex<Vec<Event>>>,
    pub keys: KeyRing,
}

pub const START: u64 = 1_760_000_000;
/// 160 bits.
pub const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// 80 bits.
pub const WEAK: &str = "GEZDGNBVGY3TQOJQ";
pub const OFF: Policy = Policy::new(Requirement::Off);
pub const OPTIONAL: Policy = Policy::new(Requirement::Optional);
pub const REQUIRED: Policy = Policy::new(Requirement::RequiredForAll);

/// Somebody who does something to others.
pub fn operator(name: &str) -> Actor {
    Actor::Operator(name.into())
}

pub fn key(user: &str) -> UserKey {
    UserKey::new("acme", user)
}

pub fn account(user: &str, policy: &Policy) -> Account {
    Account::new(key(user), b"1", policy)
}

pub fn acme() -> TenantId {
    TenantId::new("acme")
}

/// `u000`, `u001` and so on: numbers whose order is that of the bytes.
pub fn numbered(count: usize) -> Vec<UserKey> {
    (0..count).map(|number| key(&format!("u{number:03}"))).collect()
}

pub fn roster(users: &[UserKey]) -> Vec<Member> {
    users.iter().cloned().map(Member::new).collect()
}

pub fn host() -> Host {
    Host::over(
        Store::default(),
        KeyRing::generate().unwrap(),
        ManualClock::new(UnixTime::from_seconds(START)),
    )
}

impl Host {
    pub fn over(store: Store, keys: KeyRing, clock: ManualClock) -> Self {
        let (mailer, log) = (Mailer::default(), Arc::new(Mutex::new(Vec::new())));
        let entries = Arc::clone(&log);
        let own = KeyRing::from_text(&keys.to_text()).unwrap();
        let verifier = Verifier::builder(store.clone(), mailer.clone(), own)
            .issuer("Acme")
            .clock(clock.clone())
            .audit(move |event| entries.lock().unwrap().push(event.clone()))
            .build()
            .unwrap();
        let administration = Administration::new(&verifier, store.inner.clone());
        Self { verifier, administration, store, mailer, clock, log, keys }
    }

    /// The same records under other keys.
    pub fn under(&self, keys: KeyRing) -> Self {
        Self::over(self.store.clone(), keys, self.clock.clone())
    }

    pub fn with_fault(&self, fault: Fault) -> Administration {
        Administration::new(&self.verifier, Faulty(self.store.inner.clone(), fault))
    }

    /// Turns it on for each of them, the quick way.
    pub async fn enroll(&self, users: &[UserKey]) {
        for user in users {
            let import =
                Import::from_uri(&format!("otpauth://totp/Acme:x?secret={SECRET}&issuer=Acme")).unwrap();
            self.verifier.import(user, import, &operator("migration")).await.unwrap();
        }
        self.mailer.take();
    }

    /// Turns it on as a person does, backup codes included; the phone shows the next code 30 seconds later.
    pub async fn set_up(&self, account: &Account) -> (Phone, Vec<String>) {
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = self.verifier.enroll(account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(self.clock.now());
        let done = self.verifier.confirm(account, enrollment.token(), &code).await.unwrap();
        self.mailer.take();
        (phone, done.backup_codes.iter().flat_map(|codes| codes.iter()).map(str::to_owned).collect())
    }

    pub async fn preview(&self, acting: &Account, proposed: &Policy, members: &[Member]) -> Preview {
        let mut counting = self.administration.preview(acting, proposed);
        counting.add(members).await.unwrap();
        counting.finish().await.unwrap()
    }

    /// A confirmed sweep by `user`, after the policy was saved as off.
    pub async fn delete_all(&self, user: &str) -> Sweep {
        let preview = self.preview(&account(user, &OPTIONAL), &OFF, &[]).await;
        self.administration.delete_all(&account(user, &OFF), &preview.confirmation).unwrap()
    }

    pub async fn summary(&self, user: &UserKey) -> Option<Summary> {
        self.administration.summaries(std::slice::from_ref(user)).await.unwrap()[0]
    }

    pub async fn is_enrolled(&self, user: &UserKey) -> bool {
        self.summary(user).await.is_some_and(|summary| summary.enrolled_at.is_some())
    }

    pub fn logged(&self, wanted: impl Fn(&EventKind) -> bool) -> Vec<Event> {
        self.log.lock().unwrap().iter().filter(|event| wanted(event.kind())).cloned().collect()
    }
}

/// What a sweep says of its pages, as (done, changed, failed).
pub async fn to_the_end(sweep: &mut Sweep) -> Vec<(u64, u64, u64)> {
    let mut pages = Vec::new();
    while let Some(Progress { done, changed, failed, .. }) = sweep.next().await.unwrap() {
        pages.push((done, changed, failed));
        assert!(pages.len() < 100, "it does not end");
    }
    pages
}
