//! What users and the audit log hear: after the commit, at least once, and never instead of the outcome.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use second_factor::{
    Account, Authority, Channel, Clock, Event, EventKind, KeyRing, MemoryStore, NewAuthenticator, Notice,
    Notifier, OneTimeCode, Policy, Requirement, Revision, StoredRecord, Swap, SystemClock, Unavailable,
    UserKey, UserStore, Verifier, testing::Phone,
};

/// The first set-up comes with backup codes.
const ISSUED: EventKind = EventKind::BackupCodesIssued { count: 10 };

fn ann() -> Account {
    Account::new(UserKey::new("acme", "ann"), b"1", &Policy::new(Requirement::Optional))
}

/// Takes notices only while it is up, and remembers every delivery it was asked for.
#[derive(Clone, Default)]
struct Mailer {
    up: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Notice>>>,
}

impl Notifier for Mailer {
    type Error = io::Error;

    async fn send_code(&self, _: &UserKey, _: Channel, _: &OneTimeCode) -> io::Result<()> {
        if self.up.load(Ordering::SeqCst) { Ok(()) } else { Err(io::Error::other("no mail server")) }
    }

    async fn notify(&self, notice: &Notice) -> io::Result<()> {
        self.asked.lock().unwrap().push(notice.clone());
        if self.up.load(Ordering::SeqCst) { Ok(()) } else { Err(io::Error::other("no mail server")) }
    }
}

/// Fails every write from the given one on.
struct FailsFrom {
    inner: MemoryStore,
    write: u32,
    writes: AtomicU32,
}

impl UserStore for FailsFrom {
    type Error = io::Error;

    async fn load(&self, user: &UserKey) -> io::Result<Option<StoredRecord>> {
        self.inner.load(user).await.map_err(io::Error::other)
    }

    async fn compare_and_swap(
        &self,
        user: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> io::Result<Swap> {
        if self.writes.fetch_add(1, Ordering::SeqCst) + 1 >= self.write {
            return Err(io::Error::other("the disk is full"));
        }
        self.inner.compare_and_swap(user, expected, next).await.map_err(io::Error::other)
    }

    async fn remove(&self, user: &UserKey, expected: Revision) -> io::Result<Swap> {
        self.inner.remove(user, expected).await.map_err(io::Error::other)
    }
}

struct Setting {
    verifier: Verifier,
    store: MemoryStore,
    mailer: Mailer,
    log: Arc<Mutex<Vec<Event>>>,
}

fn setting(write_that_fails: u32) -> Setting {
    let (store, mailer, log) = (MemoryStore::new(), Mailer::default(), Arc::new(Mutex::new(Vec::new())));
    let failing = FailsFrom { inner: store.clone(), write: write_that_fails, writes: AtomicU32::new(0) };
    let entries = log.clone();
    let verifier = Verifier::builder(failing, mailer.clone(), KeyRing::generate().unwrap())
        .issuer("Acme")
        .audit(move |event| entries.lock().unwrap().push(event.clone()))
        .build()
        .unwrap();
    Setting { verifier, store, mailer, log }
}

impl Setting {
    async fn turn_on(&self) -> second_factor::Result<()> {
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = self.verifier.enroll(&ann(), Authority::OpenSession, &new).await?;
        let code = Phone::scan(enrollment.uri()).code_at(SystemClock.now());
        let done = self.verifier.confirm(&ann(), enrollment.token(), &code).await?;
        assert!(done.signed_in.assurance().is_second_factor());
        Ok(())
    }

    fn asked(&self) -> Vec<Notice> {
        self.mailer.asked.lock().unwrap().clone()
    }

    fn logged(&self) -> Vec<EventKind> {
        self.log.lock().unwrap().iter().map(|event| event.kind().clone()).collect()
    }

    async fn waiting(&self) -> u8 {
        self.store.load(ann().user()).await.unwrap().unwrap().summary().pending_notices
    }
}

#[tokio::test]
async fn s9_turning_it_on_is_told_once_the_mail_server_takes_it() {
    let setting = setting(u32::MAX);
    setting.mailer.up.store(true, Ordering::SeqCst);
    setting.turn_on().await.unwrap();
    let asked = setting.asked();
    let told: Vec<_> = asked.iter().map(|notice| notice.event().kind().clone()).collect();
    assert_eq!(told, [EventKind::Enabled, ISSUED]);
    assert!(asked.iter().all(|notice| notice.event().user() == ann().user()));
    assert_eq!(setting.waiting().await, 0);
    assert_eq!(setting.logged(), [EventKind::EnrollmentStarted, EventKind::Enabled, ISSUED]);
}

#[tokio::test]
async fn p30_a_notice_that_was_refused_stays_and_comes_again_under_its_id() {
    let setting = setting(u32::MAX);
    setting.turn_on().await.expect("a notifier's failure never changes an outcome");
    assert_eq!(setting.waiting().await, 2);
    match setting.verifier.deliver_pending(ann().user()).await {
        Err(second_factor::Error::Unavailable(Unavailable::Notifier(_))) => {}
        other => panic!("still down: {other:?}"),
    }
    setting.mailer.up.store(true, Ordering::SeqCst);
    setting.verifier.deliver_pending(ann().user()).await.unwrap();
    setting.verifier.deliver_pending(ann().user()).await.unwrap();
    let ids: Vec<_> = setting.asked().iter().map(Notice::id).collect();
    let [enabled, issued] = [ids[0], ids[1]];
    assert_ne!(enabled, issued);
    let expected = [enabled, issued, enabled, issued, enabled, issued];
    assert_eq!(ids, expected, "twice in vain, once taken, and never after");
    assert_eq!(setting.waiting().await, 0);
}

#[tokio::test]
async fn p30_a_notice_that_could_not_be_taken_out_comes_again() {
    // The third write is the one that would take it out.
    let setting = setting(3);
    setting.mailer.up.store(true, Ordering::SeqCst);
    setting.turn_on().await.expect("the outcome stands");
    assert_eq!((setting.asked().len(), setting.waiting().await), (2, 2), "taken, but not known to be");
}

#[tokio::test]
async fn nothing_is_told_of_what_was_not_committed() {
    // The second write is the confirmation.
    let setting = setting(2);
    setting.mailer.up.store(true, Ordering::SeqCst);
    assert!(matches!(setting.turn_on().await, Err(second_factor::Error::Unavailable(Unavailable::Store(_)))));
    assert!(setting.asked().is_empty());
    assert_eq!(setting.logged(), [EventKind::EnrollmentStarted]);
}

#[tokio::test]
async fn a_user_without_a_record_has_nothing_to_deliver() {
    setting(u32::MAX).verifier.deliver_pending(ann().user()).await.unwrap();
}
