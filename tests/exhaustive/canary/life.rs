//! A whole life with a second factor, with every secret of it written down, and everything that came out.

use std::{
    error::Error as _,
    fmt::Debug,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use second_factor::{
    Account, Action, Authority, Channel, Error, Event, FirstFactor, KeyRing, NewAuthenticator, Notice,
    Notifier, OneTimeCode, Proof, Result, SignIn, SignedIn, Token, UserKey, Verifier,
    primitives::otpauth::OtpauthUri,
    testing::{ManualClock, Phone},
};

use super::search::Search;
use crate::common::{START, STEP, store::Watched};

/// Keeps what it is given, and how it looks.
#[derive(Clone, Default)]
pub(super) struct Post {
    pub(super) down: Arc<AtomicBool>,
    pub(super) codes: Arc<Mutex<Vec<String>>>,
    pub(super) looks: Arc<Mutex<Vec<String>>>,
    pub(super) notices: Arc<Mutex<Vec<Notice>>>,
}

impl Post {
    fn takes(&self) -> io::Result<()> {
        if self.down.load(Ordering::SeqCst) { Err(io::Error::other("no post today")) } else { Ok(()) }
    }
}

impl Notifier for Post {
    type Error = io::Error;

    async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> io::Result<()> {
        self.codes.lock().unwrap().push(code.reveal().to_owned());
        self.looks.lock().unwrap().push(format!("{to:?} {channel:?} {code:?} {code:#?}"));
        self.takes()
    }

    async fn notify(&self, notice: &Notice) -> io::Result<()> {
        self.notices.lock().unwrap().push(notice.clone());
        self.takes()
    }
}

/// One user's.
pub(super) struct Life {
    pub(super) search: Search,
    /// What it was, and how it looked.
    pub(super) shown: Vec<(String, String)>,
    pub(super) store: Watched,
    pub(super) clock: ManualClock,
    pub(super) post: Post,
    pub(super) events: Arc<Mutex<Vec<Event>>>,
    pub(super) verifier: Verifier,
    pub(super) keys: String,
    pub(super) account: Account,
}

impl Life {
    pub(super) fn new(account: Account, stamp: &str) -> Self {
        let (store, clock, post) = (Watched::new(), ManualClock::new(START), Post::default());
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let ring = KeyRing::generate().unwrap();
        let keys = ring.to_text().to_string();
        let mut search = Search::default();
        search.secret("a stamp", stamp.as_bytes());
        let mut shown = Vec::new();
        shown.push(("KeyRing".into(), format!("{ring:?} {} {}", ring.check_value(), ring.primary_id())));
        let audit = events.clone();
        let builder = Verifier::builder(store.clone(), post.clone(), ring)
            .issuer("Acme")
            .clock(clock.clone())
            .audit(move |event| audit.lock().unwrap().push(event.clone()));
        shown.push(("Builder".into(), format!("{builder:?}")));
        let verifier = builder.build().unwrap();
        let mut life = Self { search, shown, store, clock, post, events, verifier, keys, account };
        life.knows_keys(&life.keys.clone());
        life
    }

    pub(super) fn knows_keys(&mut self, text: &str) {
        for part in text.split(['.', ':', ',', ' ', ';', '\n']).filter(|part| part.len() == 43) {
            self.search.sealed("a key of the ring", part, 0);
        }
    }

    /// How it looks, in every way in which it could get into a log.
    pub(super) fn saw<T: Debug>(&mut self, what: &str, value: &T) {
        self.shown.push((what.to_owned(), format!("{value:?} {value:#?}")));
    }

    /// The same for an error, with everything that caused it.
    pub(super) fn refused<T: Debug>(&mut self, what: &str, result: Result<T>) {
        let error = result.expect_err(what);
        let mut text = format!("{error} {error:?} {error:#?}");
        if let Error::Rejected(rejection) = &error {
            text.push_str(&format!("{rejection} {rejection:?} {:?}", rejection.reason()));
        }
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
        self.shown.push((what.to_owned(), text));
    }

    pub(super) fn next_step(&self) {
        self.clock.advance(std::time::Duration::from_secs(STEP));
    }

    /// What the phone shows, which is a secret until it is over.
    pub(super) fn code(&mut self, phone: &Phone) -> String {
        let code = phone.code_at(second_factor::Clock::now(&self.clock));
        self.search.digits(&code);
        code
    }

    pub(super) fn knows_token(&mut self, token: &Token) {
        // The first bytes say under which key it is sealed, as those of a record do.
        self.search.sealed("a token", token.as_str(), 6);
        self.saw("Token", token);
    }

    pub(super) fn knows_proof(&mut self, proof: &Proof) {
        self.search.sealed("a proof", proof.as_str(), 6);
        self.saw("Proof", proof);
    }

    pub(super) fn knows_cookie(&mut self, signed_in: &SignedIn) -> String {
        let cookie = signed_in.cookie().unwrap();
        self.saw("DeviceCookie", cookie);
        self.saw("SignedIn", signed_in);
        let value = cookie.header().split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
        // The first sixteen bytes are the id, which lists show.
        self.search.sealed("a device cookie", &value, 16);
        value
    }

    pub(super) fn knows_secret(&mut self, uri: &str) {
        let parsed = OtpauthUri::parse(uri).unwrap();
        self.search.secret("a TOTP secret", parsed.secret().expose());
        self.search.text("a TOTP secret as text", &parsed.secret().to_base32());
        self.saw("OtpauthUri", &parsed);
        self.saw("Secret", parsed.secret());
    }

    pub(super) fn knows_backup_codes(&mut self, codes: &second_factor::BackupCodes) -> Vec<String> {
        self.saw("BackupCodes", codes);
        for code in codes.iter() {
            self.search.text("a backup code", code);
        }
        codes.iter().map(str::to_owned).collect()
    }

    pub(super) async fn challenge(&mut self, device: Option<&str>) -> Token {
        let answer = self.verifier.begin(&self.account, FirstFactor::Password, device).await.unwrap();
        self.saw("SignIn", &answer);
        let token = match &answer {
            SignIn::Challenge(challenge) => challenge.token().clone(),
            SignIn::Enroll(enroll) => enroll.token().clone(),
            SignIn::Open(_) => panic!("nobody was asked"),
        };
        self.knows_token(&token);
        token
    }

    pub(super) async fn proof(&mut self, action: Action, phone: &Phone) -> Proof {
        let asked = self.verifier.begin_step_up(&self.account, &action, None).await.unwrap();
        self.saw("Challenge", &asked);
        self.knows_token(asked.token());
        let code = self.code(phone);
        let proof = self.verifier.step_up(&self.account, asked.token(), &code).await.unwrap();
        self.knows_proof(&proof);
        self.next_step();
        proof
    }

    /// Begins a set-up, and scans it.
    pub(super) async fn enroll(&mut self, by: Authority<'_>) -> (Token, Phone) {
        let new = NewAuthenticator::new("ann@example.com").named("phone");
        self.saw("NewAuthenticator", &new);
        self.saw("Authority", &by);
        let enrollment = self.verifier.enroll(&self.account, by, &new).await.unwrap();
        self.saw("Enrollment", &enrollment);
        self.knows_secret(enrollment.uri());
        self.knows_token(enrollment.token());
        let again = self.verifier.enrollment(&self.account, enrollment.token()).await.unwrap();
        self.saw("Enrollment again", &again);
        let phone = Phone::scan(enrollment.uri());
        self.saw("Phone", &phone);
        (enrollment.token().clone(), phone)
    }

    /// A code that was sent, and how it looked.
    pub(super) async fn sent(&mut self, token: &Token, channel: Channel) -> String {
        let challenge = self.verifier.send(&self.account, token, channel).await.unwrap();
        self.saw("Challenge", &challenge);
        let code = self.post.codes.lock().unwrap().last().unwrap().clone();
        self.search.digits(&code);
        code
    }
}
