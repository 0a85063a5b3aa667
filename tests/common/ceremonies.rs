//! What settled users do: browsers, backup codes, proofs, codes that are sent.

use std::time::Duration;

use second_factor::{
    Account, Action, Actor, Authority, Channel, DeviceCookie, Error, Factor, FirstFactor, NotAllowed,
    OneTimeCodes, Policy, Proof, Requirement, Reset, Result, SignIn, SignedIn, Ticket, Token, Trust,
    TrustDays, testing::Phone,
};

use super::{World, key};

pub(crate) const EMAIL: Factor = Factor::OneTimeCode(Channel::Email);
pub(crate) const SMS: Factor = Factor::OneTimeCode(Channel::Sms);

/// A user who has set up an authenticator, with all that came with it.
pub(crate) struct Settled {
    pub(crate) account: Account,
    pub(crate) phone: Phone,
    /// The backup codes.
    pub(crate) codes: Vec<String>,
    /// The cookie of the browser in which it was.
    pub(crate) browser: String,
}

/// Everything on: mailed and texted codes for everybody, trust for 14 days, backup codes that are shown again.
pub(crate) fn generous() -> Policy {
    Policy::new(Requirement::Optional)
        .allow(EMAIL)
        .allow(SMS)
        .one_time_codes(OneTimeCodes::Always)
        .trusted_devices(Trust::Days(TrustDays::DEFAULT))
        .viewable_backup_codes(true)
}

/// A tenant that lives on sent codes alone.
pub(crate) fn sent_alone() -> Policy {
    Policy::new(Requirement::RequiredForAll).allow(EMAIL).allow(SMS)
}

/// What the browser brings back of a cookie.
pub(crate) fn value(cookie: Option<&DeviceCookie>) -> String {
    let header = cookie.expect("a cookie").header();
    header.split_once('=').unwrap().1.split(';').next().unwrap().to_owned()
}

/// What the rules forbid. Panics if they do not.
#[track_caller]
pub(crate) fn not_allowed<T: std::fmt::Debug>(result: Result<T>) -> NotAllowed {
    match result {
        Err(Error::NotAllowed(rule)) => rule,
        other => panic!("the rules allow it: {other:?}"),
    }
}

impl World {
    /// A user who can be reached over both channels.
    pub(crate) fn reachable(&self, user: &str) -> Account {
        self.account(user).reachable_by(Channel::Email).reachable_by(Channel::Sms)
    }

    /// The same user under another policy.
    pub(crate) fn under(&self, user: &str, policy: &Policy) -> Account {
        Account::new(key(user), "stamp-1", policy).reachable_by(Channel::Email).reachable_by(Channel::Sms)
    }

    /// The same user after the password was changed.
    pub(crate) fn with_new_password(&self, user: &str) -> Account {
        Account::new(key(user), "stamp-2", &self.policy)
            .reachable_by(Channel::Email)
            .reachable_by(Channel::Sms)
    }

    /// Sets up a second factor and waits for the next step.
    pub(crate) async fn settled(&self, user: &str) -> Settled {
        let account = self.reachable(user);
        loop {
            let enrollment = self.enroll(&account, Authority::OpenSession).await.unwrap();
            let phone = Phone::scan(enrollment.uri());
            if !self.shows_no_code_twice(&phone) {
                continue;
            }
            let code = phone.code_at(self.now());
            let enrolled = self.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
            self.next_step();
            let codes = enrolled.backup_codes.iter().flat_map(|codes| codes.iter().map(str::to_owned));
            let (codes, browser) = (codes.collect(), value(enrolled.signed_in.cookie()));
            return Settled { account, phone, codes, browser };
        }
    }

    /// What comes after the password in this browser.
    pub(crate) async fn begin_in(&self, account: &Account, browser: Option<&str>) -> SignIn {
        self.verifier.begin(account, FirstFactor::Password, browser).await.unwrap()
    }

    /// A challenge in this browser.
    pub(crate) async fn challenge_in(&self, account: &Account, browser: Option<&str>) -> Token {
        match self.begin_in(account, browser).await {
            SignIn::Challenge(challenge) => challenge.token().clone(),
            other @ (SignIn::Open(_) | SignIn::Enroll(_)) => panic!("no code was asked for: {other:?}"),
        }
    }

    /// Password and code in this browser.
    pub(crate) async fn sign_in_from(
        &self,
        account: &Account,
        browser: Option<&str>,
        typed: &str,
    ) -> Result<SignedIn> {
        let token = self.challenge_in(account, browser).await;
        self.verifier.verify(account, &token, typed, None).await
    }

    /// Whether this browser is not asked for a code.
    pub(crate) async fn is_trusted(&self, account: &Account, browser: &str) -> bool {
        matches!(self.begin_in(account, Some(browser)).await, SignIn::Open(_))
    }

    /// A sign-in by phone in a new browser, which is to be trusted. Its cookie. Waits for the next step.
    pub(crate) async fn trusting(&self, account: &Account, phone: &Phone, label: &str) -> String {
        let token = self.challenge(account).await;
        let code = phone.code_at(self.now());
        let signed_in = self.verifier.verify(account, &token, &code, Some(label)).await.unwrap();
        self.next_step();
        value(signed_in.cookie())
    }

    /// A passed step-up by phone. Waits for the next step.
    pub(crate) async fn proof(&self, account: &Account, phone: &Phone, action: &Action) -> Proof {
        let challenge = self.verifier.begin_step_up(account, action, None).await.unwrap();
        let code = phone.code_at(self.now());
        let proof = self.verifier.step_up(account, challenge.token(), &code).await.unwrap();
        self.next_step();
        proof
    }

    /// Has a code sent for this challenge. The code.
    pub(crate) async fn sent(&self, account: &Account, token: &Token, channel: Channel) -> String {
        self.verifier.send(account, token, channel).await.unwrap();
        self.outbox.last_code(account.user(), channel).unwrap()
    }

    /// A code of six digits that is neither this one nor one of the phone.
    pub(crate) fn other_than(&self, sent: &str, phones: &[&Phone]) -> String {
        let around = self.around(phones);
        let free = |code: &String| code != sent && !around.contains(code);
        (0..).map(|number| format!("{number:06}")).find(free).unwrap()
    }

    /// An administrator's reset with a ticket.
    pub(crate) async fn reset_with_ticket(&self, user: &str, lifetime: u64) -> Ticket {
        let reset = Reset::by(Actor::Operator("support".into()), "lost the phone")
            .with_ticket(Duration::from_secs(lifetime));
        self.verifier.reset(&key(user), reset).await.unwrap().expect("a ticket")
    }

    /// An administrator's reset without one.
    pub(crate) async fn reset(&self, user: &str) {
        let reset = Reset::by(Actor::Operator("support".into()), "lost the phone");
        assert!(self.verifier.reset(&key(user), reset).await.unwrap().is_none());
    }
}
