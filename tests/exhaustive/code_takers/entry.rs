//! The calls that take a code.

use std::time::Duration;

use second_factor::{
    Account, Actor, Authority, NewAuthenticator, Policy, Reason, Requirement, Reset, Result, StoredRecord,
    Token, testing::Phone,
};

use crate::common::{World, key, operator};

/// Every public function that takes a code, by its name; one takes it inside of a structure.
pub(super) const ENTRIES: [&str; 5] = ["verify", "step_up", "confirm", "prove_saved", "enroll::Ticket"];

/// Those that take the digits of a phone.
pub(super) const DIGITS: [Entry; 3] = [Entry::Verify, Entry::StepUp, Entry::Confirm];
/// Those that take a backup code.
pub(super) const BACKUP_CODES: [Entry; 3] = [Entry::Verify, Entry::StepUp, Entry::ProveSaved];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Verify,
    StepUp,
    Confirm,
    ProveSaved,
    Ticket,
}

/// One user before all doors at once.
pub(super) struct Doors {
    pub(super) world: World,
    pub(super) account: Account,
    pub(super) phone: Phone,
    /// Scanned for the set-up that is under way, and taken over from elsewhere as well: its codes are good at every door.
    pub(super) both: Phone,
    pub(super) backup_codes: Vec<String>,
    pub(super) ticket: String,
    challenge: Token,
    asked: Token,
    enrollment: Token,
    row: Option<StoredRecord>,
    at: second_factor::UnixTime,
}

impl Doors {
    /// Before all of them that an enrolled user has.
    pub(super) async fn enrolled() -> Self {
        loop {
            let doors = Self::try_enrolled().await;
            let (world, phones) = (&doors.world, [&doors.phone, &doors.both]);
            let mut codes: Vec<_> =
                phones.iter().flat_map(|phone| (-4..60).map(|steps| world.code(phone, steps))).collect();
            codes.sort();
            if codes.windows(2).all(|pair| pair[0] != pair[1]) {
                return doors;
            }
        }
    }

    async fn try_enrolled() -> Self {
        let world = World::new();
        let account = world.account("42");
        let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(world.now());
        let enrolled = world.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
        let backup_codes = enrolled.backup_codes.unwrap().iter().map(str::to_owned).collect();
        world.next_step();
        let proof = world.step_up(&account, &phone.code_at(world.now())).await.unwrap();
        let pending = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
        let import = second_factor::Import::from_uri(pending.uri()).unwrap();
        world.verifier.import(account.user(), import, &operator("migration")).await.unwrap();
        // What was taken over is accepted once no earlier code can be.
        world.pass(120);
        let challenge = world.challenge(&account).await;
        let asked = world.step_up_token(&account).await;
        let (row, at) = (world.store.row(account.user()), world.now());
        Self {
            both: Phone::scan(pending.uri()),
            enrollment: pending.token().clone(),
            ticket: String::new(),
            world,
            account,
            phone,
            backup_codes,
            challenge,
            asked,
            row,
            at,
        }
    }

    /// After a reset: the only door is that of the ticket.
    pub(super) async fn reset() -> Self {
        let mut doors = Self::try_enrolled().await;
        let reset = Reset::by(Actor::Operator("support".into()), "lost phone")
            .with_ticket(Duration::from_secs(86_400));
        let ticket = doors.world.verifier.reset(doors.account.user(), reset).await.unwrap().unwrap();
        ticket.reveal().clone_into(&mut doors.ticket);
        doors.account = Account::new(key("42"), "stamp-1", &Policy::new(Requirement::RequiredForAll));
        doors.row = doors.world.store.row(doors.account.user());
        doors
    }

    /// Everything as it was.
    pub(super) fn again(&self) {
        self.world.store.force(self.account.user(), self.row.clone());
        self.world.clock.set(self.at);
    }

    pub(super) fn row(&self) -> Option<StoredRecord> {
        self.world.store.row(self.account.user())
    }

    /// With the tokens that are there.
    pub(super) async fn try_at(&self, entry: Entry, typed: &str) -> Result<()> {
        let (verifier, account) = (&self.world.verifier, &self.account);
        match entry {
            Entry::Verify => verifier.verify(account, &self.challenge, typed, None).await.map(drop),
            Entry::StepUp => verifier.step_up(account, &self.asked, typed).await.map(drop),
            Entry::Confirm => verifier.confirm(account, &self.enrollment, typed).await.map(drop),
            Entry::ProveSaved => verifier.prove_saved(account, typed).await.map(drop),
            Entry::Ticket => {
                let by = Authority::Ticket { sign_in: None, typed };
                verifier.enroll(account, by, &NewAuthenticator::new("ann@example.com")).await.map(drop)
            }
        }
    }

    /// With a token of its own: as often as anybody likes.
    pub(super) async fn guess_anew(&self, entry: Entry, typed: &str) -> Result<()> {
        let (world, verifier, account) = (&self.world, &self.world.verifier, &self.account);
        match entry {
            Entry::Verify => {
                let token = world.challenge(account).await;
                verifier.verify(account, &token, typed, None).await.map(drop)
            }
            Entry::StepUp => {
                let token = world.step_up_token(account).await;
                verifier.step_up(account, &token, typed).await.map(drop)
            }
            Entry::Confirm => {
                world.next_step();
                let proof = world.step_up(account, &self.phone.code_at(world.now())).await?;
                let pending = world.enroll(account, Authority::StepUp(&proof)).await?;
                verifier.confirm(account, pending.token(), typed).await.map(drop)
            }
            Entry::ProveSaved | Entry::Ticket => self.try_at(entry, typed).await,
        }
    }
}

/// Why a low-entropy guess was refused, and until when the next is.
pub(super) fn refusal(result: &Result<()>) -> Option<(Reason, Option<second_factor::UnixTime>)> {
    match result {
        Err(second_factor::Error::Rejected(rejection)) => Some((rejection.reason(), rejection.retry_at())),
        _ => None,
    }
}
