//! A host in miniature: tenants with their policies, members, browsers with cookies and sessions, a mail server and a clock.

mod people;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use second_factor::{
    Access, Account, Action, Actor, Authority, Challenge, Clock, Enrollment, Error, Event, EventKind,
    FirstFactor, KeyRing, MemoryStore, NewAuthenticator, NotAllowed, Policy, Proof, Rejection, Result,
    SignIn, Status, UnixTime, Verifier,
    testing::{ManualClock, Phone},
};

pub(crate) use people::{Browser, Member, Page, Post};

/// The length of a time step in seconds.
pub(crate) const STEP: u64 = 30;
/// The length of a day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// Somebody who does something to others.
pub(crate) fn operator(name: &str) -> Actor {
    Actor::Operator(name.into())
}

/// A service, with the policies of its tenants.
pub(crate) struct Host {
    pub(crate) verifier: Verifier,
    pub(crate) store: MemoryStore,
    pub(crate) clock: ManualClock,
    pub(crate) post: Post,
    pub(crate) keys: String,
    log: Arc<Mutex<Vec<Event>>>,
    policies: BTreeMap<&'static str, Policy>,
}

impl Host {
    /// With one tenant, `acme`, under this policy.
    pub(crate) fn new(policy: Policy) -> Self {
        let (store, post) = (MemoryStore::new(), Post::default());
        let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_010));
        let log = Arc::<Mutex<Vec<Event>>>::default();
        let keys = KeyRing::generate().unwrap().to_text().to_string();
        let verifier = verifier(&store, &post, &clock, &log, &keys);
        Self { verifier, store, clock, post, keys, log, policies: BTreeMap::from([("acme", policy)]) }
    }

    /// Starts the service anew, under other keys.
    pub(crate) fn restart(&mut self, keys: &str) {
        self.verifier = verifier(&self.store, &self.post, &self.clock, &self.log, keys);
    }

    /// Somebody saves another policy for a tenant.
    pub(crate) fn save_policy(&mut self, tenant: &'static str, policy: Policy) {
        self.policies.insert(tenant, policy);
    }

    pub(crate) fn account(&self, member: &Member) -> Account {
        let Member { tenant, password_version, administrator, .. } = member;
        let account = Account::new(member.key(), password_version.to_be_bytes(), &self.policies[tenant]);
        let account = account.administrator(*administrator);
        member.channels.iter().fold(account, |account, channel| account.reachable_by(*channel))
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// What a phone shows once its code has changed: one that was never typed.
    pub(crate) fn fresh(&self, phone: &Phone) -> String {
        self.pass(STEP - self.now().seconds() % STEP);
        phone.code_at(self.now())
    }

    /// The right password, typed into this browser.
    pub(crate) async fn password(&self, member: &Member, browser: &mut Browser) -> Page {
        self.first_factor(member, browser, FirstFactor::Password).await
    }

    pub(crate) async fn first_factor(
        &self,
        member: &Member,
        browser: &mut Browser,
        first: FirstFactor,
    ) -> Page {
        let account = self.account(member);
        browser.leave();
        match self.verifier.begin(&account, first, browser.cookie(&account)).await.unwrap() {
            SignIn::Open(signed_in) => {
                browser.open_session(member, &signed_in);
                Page::Home(signed_in.assurance())
            }
            SignIn::Challenge(challenge) => Page::Code(challenge),
            SignIn::Enroll(enroll) => Page::SetUp(enroll),
        }
    }

    /// A code, typed into the page of this challenge.
    pub(crate) async fn code(
        &self,
        member: &Member,
        browser: &mut Browser,
        challenge: &Challenge,
        typed: &str,
    ) -> Result<()> {
        self.code_and_tick(member, browser, challenge, typed, None).await
    }

    /// The same, with the box "do not ask again" ticked, in a browser of this name.
    pub(crate) async fn code_and_tick(
        &self,
        member: &Member,
        browser: &mut Browser,
        challenge: &Challenge,
        typed: &str,
        trust_as: Option<&str>,
    ) -> Result<()> {
        let account = self.account(member);
        let signed_in = self.verifier.verify(&account, challenge.token(), typed, trust_as).await?;
        browser.open_session(member, &signed_in);
        Ok(())
    }

    /// Password and code, both right.
    pub(crate) async fn sign_in(&self, member: &Member, browser: &mut Browser, phone: &Phone) {
        let code = self.fresh(phone);
        let challenge = self.password(member, browser).await.code();
        self.code(member, browser, &challenge, &code).await.unwrap();
    }

    /// Any page of the open session.
    pub(crate) async fn click(&self, member: &Member, browser: &Browser) -> Access {
        let session = browser.session.expect("a session");
        self.verifier.assess(&self.account(member), session).await.unwrap()
    }

    pub(crate) async fn settings(&self, member: &Member, browser: &Browser) -> Status {
        let account = self.account(member);
        self.verifier.status(&account, browser.cookie(&account)).await.unwrap()
    }

    pub(crate) async fn begin_set_up(&self, member: &Member, by: Authority<'_>) -> Result<Enrollment> {
        self.verifier.enroll(&self.account(member), by, &NewAuthenticator::new("ann@example.com")).await
    }

    /// The page of a set-up, and a phone that has scanned it.
    pub(crate) async fn set_up_page(&self, member: &Member, by: Authority<'_>) -> (Enrollment, Phone) {
        loop {
            let enrollment = self.begin_set_up(member, by).await.unwrap();
            let phone = Phone::scan(enrollment.uri());
            // A step-up is good for one page.
            if matches!(by, Authority::StepUp(_)) || !self.repeats_itself(&phone) {
                return (enrollment, phone);
            }
        }
    }

    /// The code that the new phone shows. The session is open, or renewed. Yields the backup codes that were issued.
    pub(crate) async fn confirm(
        &self,
        member: &Member,
        browser: &mut Browser,
        enrollment: &Enrollment,
        typed: &str,
    ) -> Result<Vec<String>> {
        let done = self.verifier.confirm(&self.account(member), enrollment.token(), typed).await?;
        browser.open_session(member, &done.signed_in);
        Ok(done.backup_codes.iter().flat_map(|codes| codes.iter().map(str::to_owned)).collect())
    }

    /// The member signs in with the password, opens the settings and turns the second factor on.
    pub(crate) async fn turn_on(&self, member: &Member, browser: &mut Browser) -> (Phone, Vec<String>) {
        if browser.session.is_none() {
            self.password(member, browser).await.home();
        }
        self.set_up(member, browser, Authority::OpenSession).await
    }

    /// The whole set-up, by whichever right.
    pub(crate) async fn set_up(
        &self,
        member: &Member,
        browser: &mut Browser,
        by: Authority<'_>,
    ) -> (Phone, Vec<String>) {
        let (enrollment, phone) = self.set_up_page(member, by).await;
        let code = phone.code_at(self.now());
        (phone, self.confirm(member, browser, &enrollment, &code).await.unwrap())
    }

    /// Whether a phone shows a code twice within the hour: no test should fail once in a while.
    fn repeats_itself(&self, phone: &Phone) -> bool {
        let first = self.now().seconds() - 20 * STEP;
        let codes = (0..120).map(|step| phone.code_at(UnixTime::from_seconds(first + step * STEP)));
        let mut codes: Vec<_> = codes.collect();
        codes.sort();
        codes.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// The second factor once more, in front of this action.
    pub(crate) async fn step_up(
        &self,
        member: &Member,
        browser: &Browser,
        action: &Action,
        typed: &str,
    ) -> Result<Proof> {
        let account = self.account(member);
        let challenge = self.verifier.begin_step_up(&account, action, browser.cookie(&account)).await?;
        self.verifier.step_up(&account, challenge.token(), typed).await
    }

    /// A code that this phone does not show within ten minutes of now, and that is not `other`.
    pub(crate) fn wrong(&self, phone: &Phone, other: &str) -> String {
        let first = self.now().seconds() - 20 * STEP;
        let shown = |step| phone.code_at(UnixTime::from_seconds(first + step * STEP));
        let shown: Vec<_> = (0..41).map(shown).collect();
        let mut all = (0..).map(|number| format!("{number:06}"));
        all.find(|code| code != other && !shown.contains(code)).unwrap()
    }

    /// The audit log of this member.
    pub(crate) fn log(&self, of: &Member) -> Vec<EventKind> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|event| *event.user() == of.key()).map(|event| event.kind().clone()).collect()
    }
}

fn verifier(
    store: &MemoryStore,
    post: &Post,
    clock: &ManualClock,
    log: &Arc<Mutex<Vec<Event>>>,
    keys: &str,
) -> Verifier {
    let log = log.clone();
    Verifier::builder(store.clone(), post.clone(), KeyRing::from_text(keys).unwrap())
        .issuer("Acme")
        .clock(clock.clone())
        .audit(move |event| log.lock().unwrap().push(event.clone()))
        .build()
        .unwrap()
}

/// The person's move. Panics if it is not.
#[track_caller]
pub(crate) fn rejected<T: std::fmt::Debug>(result: Result<T>) -> Rejection {
    match result {
        Err(Error::Rejected(rejection)) => rejection,
        other => panic!("not a rejection: {other:?}"),
    }
}

/// What the rules forbid. Panics if they do not.
#[track_caller]
pub(crate) fn not_allowed<T: std::fmt::Debug>(result: Result<T>) -> NotAllowed {
    match result {
        Err(Error::NotAllowed(no)) => no,
        other => panic!("allowed: {other:?}"),
    }
}
