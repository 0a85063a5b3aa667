//! Persons, and everything that was handed out to them.

use std::time::Duration;

use second_factor::{
    Account, Action, Actor, Authority, Channel, DeviceId, Factor, FirstFactor, NewAuthenticator,
    OneTimeCodes, Others, Policy, Proof, Requirement, Reset, SignIn, Token, Trust, TrustDays, UnixTime,
    UserKey, testing::Phone,
};

use super::directory::administration;
use crate::common::{DAY, STEP, World};

/// What a text was handed out as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    SignIn,
    Enroll,
    /// Likewise, where nobody was reset: no ticket is asked for.
    FirstEnroll,
    Enrollment,
    StepUp(Action),
    Proof(Action),
    Cookie,
    Totp,
    /// Of an authenticator that is being set up.
    PendingTotp,
    BackupCode,
    /// The newest of its challenge.
    SentCode,
    /// The one before.
    OlderSentCode,
    Ticket,
    /// The confirmation of a preview of this requirement.
    PolicyChange(Requirement),
}

/// Something that was handed out.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// The first second at which it is refused, if time alone ends it.
    pub(super) expires_at: Option<UnixTime>,
}

/// A user with all that was handed out.
pub(super) struct Person {
    pub(super) account: Account,
    /// That of the account.
    stamp: &'static str,
    pub(super) phones: Vec<Phone>,
    pub(super) pending: Option<Phone>,
    pub(super) items: Vec<Item>,
    /// The challenge that a code was sent for.
    pub(super) sent_for: Option<Token>,
}

/// Every requirement that can be previewed.
pub(super) const CHANGES: [Requirement; 5] = [
    Requirement::Off,
    Requirement::Optional,
    Requirement::RequiredForAll,
    Requirement::RequiredForAdministrators { others: Others::Off },
    Requirement::RequiredForAdministrators { others: Others::Optional },
];

/// The label and the page of the host.
pub(super) fn host_page() -> Action {
    Action::Host("delete the workspace".into())
}

/// Every action there is a proof for: of the first authenticator where one is meant, of the second where one is removed.
pub(super) fn actions(person: &Person, world: &World) -> Vec<Action> {
    let status = super::matrix::now(world.verifier.status(&person.account, None)).unwrap();
    let ids: Vec<_> = status.authenticators().iter().map(|it| it.id).collect();
    vec![
        Action::AddAuthenticator,
        Action::Replace(ids[0]),
        Action::Remove(ids[1]),
        Action::Disable,
        Action::RegenerateBackupCodes,
        Action::ViewBackupCodes,
        host_page(),
    ]
}

fn policy(enrolled: bool) -> Policy {
    if enrolled {
        Policy::new(Requirement::Optional)
            .allow(Factor::OneTimeCode(Channel::Email))
            .allow(Factor::OneTimeCode(Channel::Sms))
            .one_time_codes(OneTimeCodes::Always)
            .trusted_devices(Trust::Days(TrustDays::DEFAULT))
            .viewable_backup_codes(true)
    } else {
        Policy::new(Requirement::RequiredForAll)
    }
}

impl Person {
    pub(super) fn key(&self) -> &UserKey {
        self.account.user()
    }

    pub(super) fn item(&self, kind: &Kind) -> Option<&Item> {
        self.items.iter().find(|item| item.kind == *kind)
    }

    pub(super) fn text(&self, kind: &Kind) -> String {
        self.item(kind).map(|item| item.text.clone()).unwrap_or_default()
    }

    /// Whom nothing was handed out to.
    fn known(key: &UserKey, stamp: &'static str, policy: &Policy) -> Self {
        let account =
            Account::new(key.clone(), stamp, policy).reachable_by(Channel::Email).reachable_by(Channel::Sms);
        Self { account, stamp, phones: Vec::new(), pending: None, items: Vec::new(), sent_for: None }
    }

    /// The same hands after a change of the first factor.
    pub(super) fn with_stamp(&self, stamp: &'static str) -> Self {
        let (items, sent_for) = (self.items.clone(), self.sent_for.clone());
        Self { items, sent_for, ..Self::known(self.key(), stamp, self.account.policy()) }
    }

    /// As an administrator whose tenant no longer uses a second factor.
    pub(super) fn switching_off(&self) -> Account {
        Account::new(self.key().clone(), self.stamp, &Policy::new(Requirement::Off))
    }

    /// Who stands before the set-up that the policy requires.
    pub(super) async fn new(world: &World, key: &UserKey) -> Self {
        let mut person = Self::known(key, "stamp-1", &policy(false));
        let SignIn::Enroll(enroll) =
            world.verifier.begin(&person.account, FirstFactor::Password, None).await.unwrap()
        else {
            panic!("a set-up is required")
        };
        let kind = if enroll.needs_ticket() { Kind::Enroll } else { Kind::FirstEnroll };
        person.keep(kind, enroll.token().as_str(), Some(world.now().plus(600)));
        person
    }

    /// The same after a reset, with a ticket.
    pub(super) async fn reset(world: &World, key: &UserKey) -> Self {
        let reset =
            Reset::by(Actor::Operator("support".into()), "lost phone").with_ticket(Duration::from_secs(600));
        let ticket = world.verifier.reset(key, reset).await.unwrap().unwrap();
        let mut person = Self::new(world, key).await;
        person.keep(Kind::Ticket, ticket.reveal(), Some(ticket.expires_at()));
        person
    }

    /// Who has two authenticators, backup codes, a trusted browser, and one of everything else.
    pub(super) async fn enrolled(world: &World, key: &UserKey) -> Self {
        let mut person = Self::known(key, "stamp-1", &policy(true));
        let enrollment = person.enroll(world, Authority::OpenSession).await;
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(world.now());
        let enrolled = world.verifier.confirm(&person.account, enrollment.token(), &code).await.unwrap();
        let codes = enrolled.backup_codes.unwrap();
        person.keep(Kind::BackupCode, codes.iter().next().unwrap(), None);
        person.phones.push(phone);
        world.next_step();
        let proof = person.proof(world, &Action::AddAuthenticator, 0).await;
        let enrollment = person.enroll(world, Authority::StepUp(&proof)).await;
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(world.now());
        drop(world.verifier.confirm(&person.account, enrollment.token(), &code).await.unwrap());
        person.phones.push(phone);
        world.next_step();
        person.trust(world).await;
        person.set_up_another(world).await;
        world.next_step();
        for (at, action) in actions(&person, world).iter().enumerate() {
            let proof = person.proof(world, action, at % 2).await;
            let over = world.now().plus(300);
            person.keep(Kind::Proof(action.clone()), proof.as_str(), Some(over));
            if at % 2 == 1 {
                world.next_step();
            }
        }
        world.next_step();
        person
    }

    /// What goes by the moment: drawn last, when everybody is there, so that nothing is over yet.
    pub(super) async fn draw_the_rest(&mut self, world: &World) {
        let token = self.challenge(world).await;
        self.keep(Kind::SignIn, token.as_str(), Some(world.now().plus(600)));
        for action in actions(self, world) {
            let asked = world.verifier.begin_step_up(&self.account, &action, None).await.unwrap();
            let over = world.now().plus(300);
            self.keep(Kind::StepUp(action), asked.token().as_str(), Some(over));
        }
        let window_end = UnixTime::from_seconds(world.now().seconds() / STEP * STEP + 2 * STEP);
        self.keep(Kind::Totp, &self.phones[0].code_at(world.now()), Some(window_end));
        let pending = self.pending.as_ref().unwrap().code_at(world.now());
        self.keep(Kind::PendingTotp, &pending, Some(window_end));
        let code = world.outbox.last_code(self.key(), Channel::Email).unwrap();
        self.keep(Kind::OlderSentCode, &code, None);
        let token = self.sent_for.clone().unwrap();
        drop(world.verifier.send(&self.account, &token, Channel::Email).await.unwrap());
        let code = world.outbox.last_code(self.key(), Channel::Email).unwrap();
        self.keep(Kind::SentCode, &code, Some(world.now().plus(300)));
    }

    /// What an administrator sees of a change of policy, and confirms.
    pub(super) async fn preview(&mut self, world: &World, requirement: Requirement) {
        let counting = administration(world).preview(&self.account, &Policy::new(requirement));
        let confirmation = counting.finish().await.unwrap().confirmation;
        self.keep(Kind::PolicyChange(requirement), confirmation.as_str(), Some(world.now().plus(DAY)));
    }

    async fn trust(&mut self, world: &World) {
        let (token, code) = (self.challenge(world).await, self.phones[0].code_at(world.now()));
        let signed_in = world.verifier.verify(&self.account, &token, &code, Some("Firefox")).await.unwrap();
        let header = signed_in.cookie().unwrap().header();
        let value = header.split_once('=').unwrap().1.split(';').next().unwrap();
        let over = world.now().plus(u64::from(TrustDays::DEFAULT.days()) * DAY);
        self.keep(Kind::Cookie, value, Some(over));
    }

    async fn set_up_another(&mut self, world: &World) {
        let proof = self.proof(world, &Action::AddAuthenticator, 1).await;
        let enrollment = self.enroll(world, Authority::StepUp(&proof)).await;
        self.keep(Kind::Enrollment, enrollment.token().as_str(), Some(world.now().plus(900)));
        self.pending = Some(Phone::scan(enrollment.uri()));
        let token = self.challenge(world).await;
        drop(world.verifier.send(&self.account, &token, Channel::Email).await.unwrap());
        self.sent_for = Some(token);
    }

    pub(super) async fn challenge(&self, world: &World) -> Token {
        world.challenge(&self.account).await
    }

    async fn proof(&self, world: &World, action: &Action, phone: usize) -> Proof {
        let asked = world.verifier.begin_step_up(&self.account, action, None).await.unwrap();
        let code = self.phones[phone].code_at(world.now());
        world.verifier.step_up(&self.account, asked.token(), &code).await.unwrap()
    }

    async fn enroll(&self, world: &World, by: Authority<'_>) -> second_factor::Enrollment {
        world.verifier.enroll(&self.account, by, &NewAuthenticator::new("ann@example.com")).await.unwrap()
    }

    fn keep(&mut self, kind: Kind, text: &str, expires_at: Option<UnixTime>) {
        self.items.push(Item { kind, text: text.to_owned(), expires_at });
    }

    /// The trusted browser, to be revoked.
    pub(super) async fn browser(&self, world: &World) -> DeviceId {
        world.verifier.status(&self.account, None).await.unwrap().devices()[0].id
    }
}
