//! Where somebody stands who has shown the first factor, and where an open session stands.

use super::Record;
use crate::{
    account::Account,
    assurance::{Assurance, Because},
    factor::FirstFactor,
    policy::Obligation,
    primitives::time::UnixTime,
};

/// What comes after the first factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: the session opens.
    Open(Because),
    /// A code.
    Challenge,
    /// Setting up a second factor.
    Enroll,
}

/// What an open session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Granted { enroll_by: Option<UnixTime> },
    Enroll,
    SignInAgain,
}

/// What comes after the first factor of a sign-in. **Enrolled means asked**, whatever the policy says.
pub(crate) fn next(record: Option<&Record>, account: &Account, first: FirstFactor, now: UnixTime) -> Next {
    if first.is_exempt() { Next::Open(Because::Exempt) } else { after_first_factor(record, account, now) }
}

/// The same question for a session that is open already, at each of its requests: a changed policy, or a second factor that was set up
/// or taken away since, shows at the next one.
pub(crate) fn gate(record: Option<&Record>, account: &Account, session: Assurance, now: UnixTime) -> Gate {
    if session == Assurance::FirstFactorOnly(Because::Exempt) {
        return Gate::Granted { enroll_by: None };
    }
    match after_first_factor(record, account, now) {
        Next::Challenge if record.is_some_and(|record| record.was_shown_to(session)) => {
            Gate::Granted { enroll_by: None }
        }
        Next::Challenge => Gate::SignInAgain,
        Next::Enroll => Gate::Enroll,
        Next::Open(Because::Grace { until }) => Gate::Granted { enroll_by: Some(until) },
        Next::Open(_) => Gate::Granted { enroll_by: None },
    }
}

impl Record {
    /// Whether a session was opened with a second factor of this enrollment. One that an earlier enrollment opened, before a reset, say,
    /// has shown nothing of this one.
    fn was_shown_to(&self, session: Assurance) -> bool {
        let enrolled_by = |at| self.enrolled_at.is_some_and(|enrolled_at| enrolled_at <= at);
        matches!(session, Assurance::SecondFactor { at, .. } if enrolled_by(at))
    }
}

fn after_first_factor(record: Option<&Record>, account: &Account, now: UnixTime) -> Next {
    if record.is_some_and(Record::is_enrolled) {
        return Next::Challenge;
    }
    match (account.obligation(), account.policy().grace()) {
        (Obligation::Off, _) => Next::Open(Because::PolicyOff),
        (Obligation::Optional, _) => Next::Open(Because::NotEnrolled),
        (Obligation::Required, Some(until)) if now < until => Next::Open(Because::Grace { until }),
        (Obligation::Required, _) => Next::Enroll,
    }
}

#[cfg(test)]
mod tests;
