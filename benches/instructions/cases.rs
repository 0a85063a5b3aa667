//! The cases: each is set up, and then called a few times inside of [`measured`].

use std::{future::Future, hint::black_box};

use second_factor::{
    Account, AuthenticatorId, Authority, Clock, DeviceCookie, FirstFactor, KeyRing, MemoryStore,
    NewAuthenticator, Outbox, Policy, Requirement, SignIn, Token, Trust, UnixTime, UserKey, Verifier,
    primitives::{
        algorithm::Algorithm,
        code::Code,
        secret::Secret,
        time::Window,
        totp::{Totp, TotpKey},
    },
    testing::{ManualClock, Phone},
};

/// How often each case is called.
pub(crate) const CALLS: u64 = 16;

/// The name of a case, and what runs it.
pub(crate) const CASES: [(&str, fn()); 17] = [
    ("totp/sha1/now", || totp(Algorithm::Sha1, Some(0))),
    ("totp/sha1/behind", || totp(Algorithm::Sha1, Some(-1))),
    ("totp/sha1/ahead", || totp(Algorithm::Sha1, Some(1))),
    ("totp/sha1/wrong", || totp(Algorithm::Sha1, None)),
    ("totp/sha256/now", || totp(Algorithm::Sha256, Some(0))),
    ("totp/sha256/wrong", || totp(Algorithm::Sha256, None)),
    ("totp/sha512/now", || totp(Algorithm::Sha512, Some(0))),
    ("totp/sha512/wrong", || totp(Algorithm::Sha512, None)),
    ("totp/prepare", prepare),
    ("totp/read", read),
    ("sign_in/begin", || in_a_runtime(begin())),
    ("sign_in/verify", || in_a_runtime(verify())),
    ("sign_in/refuse", || in_a_runtime(refuse())),
    ("sign_in/backup_code", || in_a_runtime(backup_code())),
    ("sign_in/trusted_browser", || in_a_runtime(trusted_browser())),
    ("settings/rename", || in_a_runtime(rename())),
    ("settings/status", || in_a_runtime(status())),
];

/// Runs the case of this name.
pub(crate) fn run(name: &str) {
    let (_, case) = CASES.iter().find(|(known, _)| *known == name).unwrap();
    case();
}

/// The only place in which instructions are counted.
#[inline(never)]
fn measured<T>(call: impl FnOnce() -> T) -> T {
    call()
}

fn in_a_runtime(case: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(case);
}

/// What awaits nobody, as over a store in memory, is done at the first poll.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match measured(|| future.as_mut().poll(&mut context)) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

fn key(algorithm: Algorithm) -> TotpKey {
    let bytes: Vec<u8> = (1..).take(algorithm.secret_bytes()).collect();
    Totp::new().with_algorithm(algorithm).key(&Secret::from_bytes(&bytes).unwrap())
}

/// A prepared key against the code of a step beside the present one, or a wrong code.
fn totp(algorithm: Algorithm, offset: Option<i8>) {
    let key = key(algorithm);
    let present = key.totp().step_at(NOW).unwrap();
    for call in 0..CALLS {
        let code = match offset {
            Some(offset) => key.code_in(present.offset_by(offset).unwrap()),
            None => Code::read(&format!("{call:06}")).unwrap(),
        };
        let found = measured(|| key.verify(black_box(&code), black_box(NOW), Window::DEFAULT));
        assert_eq!(found.map(|found| found.offset()), offset);
    }
}

/// A key from a stored secret, and its end.
fn prepare() {
    let secret = Secret::from_bytes(&[7; 20]).unwrap();
    for _ in 0..CALLS {
        measured(|| drop(black_box(Totp::new().key(black_box(&secret)))));
    }
}

/// What a person typed.
fn read() {
    for _ in 0..CALLS {
        measured(|| Code::read(black_box("123 456"))).unwrap();
    }
}

/// Ann, with an authenticator, ten backup codes, the browser of the set-up and a trusted one.
struct Ann {
    verifier: Verifier,
    clock: ManualClock,
    account: Account,
    phone: Phone,
    backup_codes: Vec<String>,
    known: String,
    trusted: String,
}

impl Ann {
    async fn enrolled() -> Self {
        let clock = ManualClock::new(NOW);
        // Keys that are the same each time, and so take the same instructions to find.
        let keys = KeyRing::from_text("sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let verifier = Verifier::builder(MemoryStore::new(), Outbox::new(), keys).issuer("Acme");
        let verifier = verifier.clock(clock.clone()).build().unwrap();
        let policy = Policy::new(Requirement::Optional).trusted_devices(Trust::UntilSignOut);
        let account = Account::new(UserKey::new("acme", "42"), b"stamp", &policy);
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let confirmed = verifier.confirm(&account, enrollment.token(), &phone.code_at(NOW)).await.unwrap();
        let backup_codes =
            confirmed.backup_codes.iter().flat_map(|codes| codes.iter()).map(str::to_owned).collect();
        let known = value(confirmed.signed_in.cookie());
        let mut ann = Self { verifier, clock, account, phone, backup_codes, known, trusted: String::new() };
        let token = ann.challenge().await;
        let code = ann.code();
        let signed_in = ann.verifier.verify(&ann.account, &token, &code, Some("Laptop")).await.unwrap();
        ann.trusted = value(signed_in.cookie());
        ann
    }

    /// A challenge on another day, in the browser of the set-up.
    async fn challenge(&self) -> Token {
        self.clock.set(self.clock.now().plus(24 * 60 * 60));
        let next =
            self.verifier.begin(&self.account, FirstFactor::Password, Some(&self.known)).await.unwrap();
        let SignIn::Challenge(challenge) = next else { panic!("this browser is asked") };
        challenge.token().clone()
    }

    fn code(&self) -> String {
        self.phone.code_at(self.clock.now())
    }

    async fn authenticator(&self) -> AuthenticatorId {
        self.verifier.status(&self.account, None).await.unwrap().authenticators()[0].id
    }
}

fn value(cookie: Option<&DeviceCookie>) -> String {
    let (_, value) = cookie.unwrap().header().split_once('=').unwrap();
    value.split(';').next().unwrap().to_owned()
}

async fn begin() {
    let ann = Ann::enrolled().await;
    for _ in 0..CALLS {
        let next =
            at_once(ann.verifier.begin(&ann.account, FirstFactor::Password, Some(&ann.known))).unwrap();
        assert!(matches!(next, SignIn::Challenge(_)));
    }
}

async fn verify() {
    let ann = Ann::enrolled().await;
    for _ in 0..CALLS {
        let token = ann.challenge().await;
        let code = ann.code();
        let signed_in = at_once(ann.verifier.verify(&ann.account, &token, &code, None)).unwrap();
        assert!(signed_in.assurance().is_second_factor());
    }
}

async fn refuse() {
    let ann = Ann::enrolled().await;
    for _ in 0..CALLS {
        let token = ann.challenge().await;
        let wrong = (0..).map(|code| format!("{code:06}")).find(|code| *code != ann.code()).unwrap();
        assert!(at_once(ann.verifier.verify(&ann.account, &token, &wrong, None)).is_err());
        // What was wrong is forgiven, so that no call has to wait.
        drop(ann.verifier.verify(&ann.account, &token, &ann.code(), None).await.unwrap());
    }
}

async fn backup_code() {
    let ann = Ann::enrolled().await;
    for call in 0..CALLS {
        let token = ann.challenge().await;
        // There are ten; the others are spent, which takes as much.
        let code = &ann.backup_codes[call as usize % ann.backup_codes.len()];
        let outcome = at_once(ann.verifier.verify(&ann.account, &token, code, None));
        assert_eq!(outcome.is_ok(), call < 10);
    }
}

async fn trusted_browser() {
    let ann = Ann::enrolled().await;
    for _ in 0..CALLS {
        let next =
            at_once(ann.verifier.begin(&ann.account, FirstFactor::Password, Some(&ann.trusted))).unwrap();
        assert!(matches!(next, SignIn::Open(_)));
    }
}

/// Open, decode, decide, encode, seal: the record path, with the least of a decision.
async fn rename() {
    let ann = Ann::enrolled().await;
    let id = ann.authenticator().await;
    for _ in 0..CALLS {
        at_once(ann.verifier.rename_authenticator(&ann.account, id, "Phone")).unwrap();
    }
}

async fn status() {
    let ann = Ann::enrolled().await;
    for _ in 0..CALLS {
        assert!(at_once(ann.verifier.status(&ann.account, Some(&ann.known))).unwrap().is_on());
    }
}
