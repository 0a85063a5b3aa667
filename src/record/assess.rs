//! Where somebody stands who has shown the first factor, and where an open session stands.

use super::{Challenge, Decision, Device, Epoch, Page, Record, challenge};
use crate::{
    account::Account,
    assurance::{Assurance, Because},
    device::Presented,
    event::EventKind,
    factor::{Channel, Factor, FirstFactor},
    policy::{Obligation, Trust},
    primitives::time::UnixTime,
};

/// What comes after the first factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: the session opens.
    Open(Because),
    /// Nothing, since this browser is trusted.
    Trusted { verified_at: UnixTime, backup_codes_left: u8 },
    /// A code.
    Challenge,
    /// Setting up a second factor.
    Enroll,
    /// Nothing can: a second factor is required, and the policy allows none that this user has or could set up.
    Nothing,
}

/// Whether a trusted browser may pass. It may not once the writing of it has failed: then it is asked, and still known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trusting {
    Yes,
    No,
}

/// Who has just shown the first factor: how, and in which browser.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) first: FirstFactor,
    /// The device cookie that came along.
    pub(crate) presented: Option<&'a Presented>,
    pub(crate) trusting: Trusting,
}

impl<'a> Arrival<'a> {
    pub(crate) const fn new(first: FirstFactor, presented: Option<&'a Presented>) -> Self {
        Self { first, presented, trusting: Trusting::Yes }
    }
}

/// What [`sign_in`] found, before a token is made of it.
pub(crate) struct SignInStep {
    pub(crate) next: Next,
    /// The challenge, or the required set-up, that a token would stand for.
    pub(crate) asked: Challenge,
    pub(crate) page: Page,
    pub(crate) needs_ticket: bool,
}

/// How long a challenge waits for its answer, and a required enrollment for its beginning, in seconds.
const LIFETIME: u64 = 10 * 60;

/// What an open session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Granted { enroll_by: Option<UnixTime> },
    Enroll,
    SignInAgain,
}

/// What comes after the first factor of a sign-in. **Enrolled means asked**, whatever the policy says; only a trusted browser is not
/// asked again, and that it was used is written.
pub(crate) fn sign_in(
    record: Option<Record>,
    account: &Account,
    arrival: Arrival<'_>,
    id: u128,
    now: UnixTime,
) -> Decision<SignInStep> {
    let Arrival { first, presented, trusting } = arrival;
    let known = record.as_ref();
    let next = if first.is_exempt() {
        Next::Open(Because::Exempt)
    } else {
        after_first_factor(known, account, first.channel(), now)
    };
    let device = known.and_then(|record| record.recognize(presented, account, now));
    let is_trusted = device.is_some_and(|device| device.trusted_until(account.policy(), now).is_some());
    let asked = Challenge {
        id,
        epoch: known.map_or(Epoch::BEFORE_ENROLLMENT, Record::epoch),
        expires_at: now.plus(LIFETIME),
        browser: device.map(Device::id),
        first: first.channel(),
        action: None,
    };
    let page = challenge::page(known, &asked, account, now);
    let needs_ticket = known.is_some_and(Record::needs_ticket) && !account.policy().waives_tickets();
    let step = SignInStep { next, asked, page, needs_ticket };
    match record {
        Some(record) if next == Next::Challenge && is_trusted && trusting == Trusting::Yes => {
            record.pass_trusted(step, now)
        }
        _ if next == Next::Challenge => Decision::keep(step).noting(EventKind::Challenged),
        _ => Decision::keep(step),
    }
}

/// The same question for a session that is open already, at each of its requests: a changed policy, or a second factor that was set up
/// or taken away since, shows at the next one.
pub(crate) fn gate(record: Option<&Record>, account: &Account, session: Assurance, now: UnixTime) -> Gate {
    if session == Assurance::FirstFactorOnly(Because::Exempt) {
        return Gate::Granted { enroll_by: None };
    }
    if record.is_some_and(|record| record.has_ended(session)) {
        return Gate::SignInAgain;
    }
    match after_first_factor(record, account, None, now) {
        Next::Challenge if record.is_some_and(|record| record.was_shown_to(session, account)) => {
            Gate::Granted { enroll_by: None }
        }
        Next::Challenge | Next::Trusted { .. } => Gate::SignInAgain,
        Next::Enroll | Next::Nothing => Gate::Enroll,
        Next::Open(Because::Grace { until }) => Gate::Granted { enroll_by: Some(until) },
        Next::Open(_) => Gate::Granted { enroll_by: None },
    }
}

impl Record {
    /// Whether a session that a second factor opened, or the trust in one, was ended since, whatever the policy now asks for.
    fn has_ended(&self, session: Assurance) -> bool {
        shown_at(session).is_some_and(|at| at < self.sessions_since)
    }

    /// Whether a session was opened with a second factor of this enrollment, or in a browser that was trusted with one. One that an
    /// earlier enrollment opened, before a reset, say, has shown nothing of this one.
    fn was_shown_to(&self, session: Assurance, account: &Account) -> bool {
        let is_trusted = matches!(session, Assurance::TrustedDevice { .. });
        shown_at(session).is_some_and(|at| self.enrolled_at.unwrap_or_default() <= at)
            && !(is_trusted && account.policy().trust() == Trust::Off)
    }

    fn pass_trusted(mut self, step: SignInStep, now: UnixTime) -> Decision<SignInStep> {
        let Some((verified_at, event)) = self.use_trusted(step.asked.browser, now) else {
            return Decision::keep(step);
        };
        let next = Next::Trusted { verified_at, backup_codes_left: self.backup_codes_left() };
        Decision::write(self, now, [event], SignInStep { next, ..step })
    }
}

/// When a second factor was verified for a session, or for the trust in the browser that it was opened in.
const fn shown_at(session: Assurance) -> Option<UnixTime> {
    match session {
        Assurance::SecondFactor { at, .. } => Some(at),
        Assurance::TrustedDevice { verified_at } => Some(verified_at),
        Assurance::FirstFactorOnly(_) => None,
    }
}

fn after_first_factor(
    record: Option<&Record>,
    account: &Account,
    first: Option<Channel>,
    now: UnixTime,
) -> Next {
    if record.is_some_and(Record::is_enrolled) {
        return Next::Challenge;
    }
    match (account.obligation(), account.policy().grace()) {
        (Obligation::Off, _) => Next::Open(Because::PolicyOff),
        (Obligation::Optional, _) => Next::Open(Because::NotEnrolled),
        (Obligation::Required, Some(until)) if now < until => Next::Open(Because::Grace { until }),
        (Obligation::Required, _) if !account.channels_offered(false, first).is_empty() => Next::Challenge,
        (Obligation::Required, _) if account.policy().allows(Factor::Totp) => Next::Enroll,
        (Obligation::Required, _) => Next::Nothing,
    }
}

#[cfg(test)]
mod tests;
