//! Somebody who signs in often.

use second_factor::{
    Account, AuthenticatorId, Authority, Clock, DeviceCookie, FirstFactor, KeyRing, MemoryStore,
    NewAuthenticator, Outbox, Policy, Requirement, SignIn, Token, Trust, UnixTime, UserKey, Verifier,
    testing::{ManualClock, Phone},
};

use crate::at_once;

/// When it all happens.
pub const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// Ann, with an authenticator, ten backup codes, the browser of the set-up and a trusted one.
#[derive(Debug)]
pub struct Ann {
    /// Over [`store`](Self::store).
    pub verifier: Verifier,
    /// Where her record is.
    pub store: MemoryStore,
    /// The verifier's.
    pub clock: ManualClock,
    /// What is known of her.
    pub account: Account,
    /// Her authenticator.
    pub phone: Phone,
    /// As they were shown.
    pub backup_codes: Vec<String>,
    /// The cookie of a browser that is known and not trusted.
    pub known: String,
    /// The cookie of one that is.
    pub trusted: String,
}

impl Ann {
    /// Keys that are the same each time, and so take the same instructions to find.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn keys() -> KeyRing {
        KeyRing::from_text("sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
    }

    /// As she is after her set-up and a sign-in.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn enrolled() -> Self {
        let (clock, store) = (ManualClock::new(NOW), MemoryStore::new());
        let verifier = Verifier::builder(store.clone(), Outbox::new(), Self::keys()).issuer("Acme");
        let verifier = verifier.clock(clock.clone()).build().unwrap();
        let policy = Policy::new(Requirement::Optional).trusted_devices(Trust::UntilSignOut);
        let account = Account::new(UserKey::new("acme", "42"), b"stamp", &policy);
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = at_once(verifier.enroll(&account, Authority::OpenSession, &new)).unwrap();
        let phone = Phone::scan(enrollment.uri());
        let confirmed = at_once(verifier.confirm(&account, enrollment.token(), &phone.code_at(NOW))).unwrap();
        let backup_codes =
            confirmed.backup_codes.iter().flat_map(|codes| codes.iter()).map(str::to_owned).collect();
        let known = value(confirmed.signed_in.cookie());
        let mut ann =
            Self { verifier, store, clock, account, phone, backup_codes, known, trusted: String::new() };
        let (token, code) = (ann.challenge(), ann.code());
        let signed_in = at_once(ann.verifier.verify(&ann.account, &token, &code, Some("Laptop"))).unwrap();
        ann.trusted = value(signed_in.cookie());
        ann
    }

    /// A challenge on another day, in the browser of the set-up.
    ///
    /// # Panics
    ///
    /// If she is not asked.
    pub fn challenge(&self) -> Token {
        self.clock.set(self.clock.now().plus(24 * 60 * 60));
        let next =
            at_once(self.verifier.begin(&self.account, FirstFactor::Password, Some(&self.known))).unwrap();
        let SignIn::Challenge(challenge) = next else { panic!("this browser is asked") };
        challenge.token().clone()
    }

    /// What her phone shows now.
    pub fn code(&self) -> String {
        self.phone.code_at(self.clock.now())
    }

    /// A code that it does not show now.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn wrong_code(&self) -> String {
        (0..).map(|code| format!("{code:06}")).find(|code| *code != self.code()).unwrap()
    }

    /// Which her first authenticator is.
    ///
    /// # Panics
    ///
    /// If she has none.
    pub fn authenticator(&self) -> AuthenticatorId {
        at_once(self.verifier.status(&self.account, None)).unwrap().authenticators()[0].id
    }
}

/// What a browser sends back of a cookie.
///
/// # Panics
///
/// Without a cookie.
pub fn value(cookie: Option<&DeviceCookie>) -> String {
    let (_, value) = cookie.unwrap().header().split_once('=').unwrap();
    value.split(';').next().unwrap().to_owned()
}
