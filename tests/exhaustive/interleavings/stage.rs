//! What two ceremonies on one record need.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use second_factor::{
    Account, Action, Administration, Authority, Channel, Clock, DeviceId, Event, Factor, FirstFactor,
    KeyRing, NewAuthenticator, Notice, Notifier, OneTimeCode, OneTimeCodes, Policy, Proof, Requirement,
    Reset, SignIn, Token, Trust, UserKey, Verifier,
    testing::{ManualClock, Phone},
};

use super::{
    row::{Pause, Row, only_user},
    schedule::alone,
};
use crate::common::{START, STEP};

const STAMP: &str = "stamp-1";

/// Takes messages while it is up.
#[derive(Clone, Default)]
pub(super) struct Mailer {
    down: Arc<AtomicBool>,
    /// Each notice takes a step of its own.
    pub(super) slow: Arc<AtomicBool>,
    pub(super) notices: Arc<Mutex<Vec<Notice>>>,
    code: Arc<Mutex<String>>,
}

impl Notifier for Mailer {
    type Error = io::Error;

    async fn send_code(&self, _: &UserKey, _: Channel, code: &OneTimeCode) -> io::Result<()> {
        code.reveal().clone_into(&mut self.code.lock().unwrap());
        Ok(())
    }

    async fn notify(&self, notice: &Notice) -> io::Result<()> {
        if self.slow.load(Ordering::SeqCst) {
            Pause::default().await;
        }
        if self.down.load(Ordering::SeqCst) {
            return Err(io::Error::other("no mail server"));
        }
        self.notices.lock().unwrap().push(notice.clone());
        Ok(())
    }
}

/// Where the user stands before two ceremonies begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Two authenticators, backup codes, two trusted browsers, a notice that waits.
    Enrolled,
    /// No record, and the policy requires an authenticator.
    Absent,
    /// No authenticator, and the policy lets mailed codes do instead.
    Mailed,
    /// Reset, with a ticket.
    Ticketed,
}

/// The world of one pair.
pub(super) struct Stage {
    pub(super) row: Row,
    pub(super) mailer: Mailer,
    pub(super) events: Arc<Mutex<Vec<Event>>>,
    pub(super) clock: ManualClock,
    pub(super) account: Account,
    /// Under rotated keys: each write seals anew.
    pub(super) verifier: Verifier,
    pub(super) phones: Vec<Phone>,
    pub(super) backup_codes: Vec<String>,
    pub(super) cookies: Vec<String>,
    pub(super) devices: Vec<DeviceId>,
    pub(super) ticket: String,
}

impl Stage {
    pub(super) fn set(before: Before) -> Self {
        loop {
            let stage = Self::try_set(before);
            if stage.shows_no_code_twice() {
                return stage;
            }
        }
    }

    fn try_set(before: Before) -> Self {
        let (row, mailer, clock) = (Row::default(), Mailer::default(), ManualClock::new(START));
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let old = KeyRing::generate().unwrap();
        let new = KeyRing::from_text(&old.to_text()).unwrap().rotate().unwrap();
        let build = |keys: KeyRing| {
            let events = events.clone();
            Verifier::builder(row.clone(), mailer.clone(), keys)
                .issuer("Acme")
                .clock(clock.clone())
                .audit(move |event| events.lock().unwrap().push(event.clone()))
                .build()
                .unwrap()
        };
        let verifier = build(old);
        let later = build(new);
        let mut stage = Self {
            row,
            mailer,
            events,
            clock,
            account: Account::new(only_user(), STAMP, &policy(before))
                .reachable_by(Channel::Email)
                .reachable_by(Channel::Sms),
            verifier,
            phones: Vec::new(),
            backup_codes: Vec::new(),
            cookies: Vec::new(),
            devices: Vec::new(),
            ticket: String::new(),
        };
        match before {
            Before::Enrolled => stage.enroll_everything(),
            Before::Absent | Before::Mailed => {}
            Before::Ticketed => {
                let reset = Reset::by(second_factor::Actor::Operator("support".into()), "lost phone")
                    .with_ticket(Duration::from_secs(3600));
                let ticket = alone(stage.verifier.reset(stage.account.user(), reset)).unwrap().unwrap();
                ticket.reveal().clone_into(&mut stage.ticket);
            }
        }
        stage.verifier = later;
        stage
    }

    fn enroll_everything(&mut self) {
        let enrollment = alone(self.enroll(Authority::OpenSession)).unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = self.code(&phone, 0);
        let enrolled = alone(self.verifier.confirm(&self.account, enrollment.token(), &code)).unwrap();
        self.backup_codes = enrolled.backup_codes.unwrap().iter().map(str::to_owned).collect();
        self.phones.push(phone);
        self.next_step();
        let proof = self.proof(&Action::AddAuthenticator);
        let enrollment = alone(self.enroll(Authority::StepUp(&proof))).unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = self.code(&phone, 0);
        drop(alone(self.verifier.confirm(&self.account, enrollment.token(), &code)).unwrap());
        self.phones.push(phone);
        for label in ["browser 1", "browser 2", "browser 3"] {
            self.next_step();
            let (token, code) = (self.challenge(), self.code(&self.phones[0], 0));
            let signed_in = alone(self.verifier.verify(&self.account, &token, &code, Some(label))).unwrap();
            self.cookies.push(cookie_value(signed_in.cookie().unwrap().header()));
        }
        self.next_step();
        let status = alone(self.verifier.status(&self.account, None)).unwrap();
        self.devices = status.devices().iter().map(|device| device.id).collect();
        self.mailer.down.store(true, Ordering::SeqCst);
        alone(self.verifier.revoke_device(&self.account, self.devices[2])).unwrap();
        self.mailer.down.store(false, Ordering::SeqCst);
    }

    /// Whether this holds for as long as a pair takes, so that what is refused as a replay is one.
    fn shows_no_code_twice(&self) -> bool {
        let steps = -2..30;
        let mut codes: Vec<_> =
            self.phones.iter().flat_map(|phone| steps.clone().map(|at| self.code(phone, at))).collect();
        codes.sort();
        codes.windows(2).all(|pair| pair[0] != pair[1])
    }

    pub(super) fn next_step(&self) {
        self.clock.advance(Duration::from_secs(STEP - self.clock.now().seconds() % STEP));
    }

    pub(super) fn code(&self, phone: &Phone, steps: i64) -> String {
        let moment = self.clock.now().seconds().saturating_add_signed(steps * STEP as i64);
        phone.code_at(second_factor::UnixTime::from_seconds(moment))
    }

    pub(super) async fn enroll(&self, by: Authority<'_>) -> second_factor::Result<second_factor::Enrollment> {
        self.verifier.enroll(&self.account, by, &NewAuthenticator::new("ann@example.com").named("new")).await
    }

    /// A fresh challenge of a sign-in.
    pub(super) fn challenge(&self) -> Token {
        match alone(self.verifier.begin(&self.account, FirstFactor::Password, None)).unwrap() {
            SignIn::Challenge(challenge) => challenge.token().clone(),
            SignIn::Enroll(enroll) => enroll.token().clone(),
            SignIn::Open(open) => panic!("nobody was asked: {:?}", open.assurance()),
        }
    }

    /// A fresh challenge in front of an action.
    pub(super) fn step_up(&self, action: &Action) -> Token {
        alone(self.verifier.begin_step_up(&self.account, action, None)).unwrap().token().clone()
    }

    /// A fresh proof, with the first phone's code of this step.
    pub(super) fn proof(&self, action: &Action) -> Proof {
        let (token, code) = (self.step_up(action), self.code(&self.phones[0], 0));
        let proof = alone(self.verifier.step_up(&self.account, &token, &code)).unwrap();
        self.next_step();
        proof
    }

    /// The tenant's administration: the list is over the same row.
    pub(super) fn administration(&self) -> Administration {
        Administration::new(&self.verifier, self.row.clone())
    }

    /// The user as the administrator whose tenant no longer uses a second factor.
    pub(super) fn switching_off(&self) -> Account {
        Account::new(only_user(), STAMP, &Policy::new(Requirement::Off))
    }

    /// A fresh confirmation that everything is to be deleted.
    pub(super) fn confirmation(&self) -> Token {
        let counting = self.administration().preview(&self.account, &Policy::new(Requirement::Off));
        alone(counting.finish()).unwrap().confirmation
    }

    /// A code that was sent for this challenge.
    pub(super) fn sent(&self, token: &Token, channel: Channel) -> String {
        alone(self.verifier.send(&self.account, token, channel)).unwrap();
        self.mailer.code.lock().unwrap().clone()
    }
}

fn policy(before: Before) -> Policy {
    match before {
        Before::Enrolled => Policy::new(Requirement::Optional)
            .allow(Factor::OneTimeCode(Channel::Email))
            .allow(Factor::OneTimeCode(Channel::Sms))
            .one_time_codes(OneTimeCodes::Always)
            .trusted_devices(Trust::UntilSignOut)
            .viewable_backup_codes(true),
        Before::Absent | Before::Ticketed => Policy::new(Requirement::RequiredForAll),
        Before::Mailed => Policy::new(Requirement::RequiredForAll)
            .allow(Factor::OneTimeCode(Channel::Email))
            .allow(Factor::OneTimeCode(Channel::Sms)),
    }
}

/// What a browser sends back of a `Set-Cookie` header.
pub(super) fn cookie_value(header: &str) -> String {
    let (_, rest) = header.split_once('=').unwrap();
    rest.split(';').next().unwrap().to_owned()
}
