//! Authenticators that another system has verified.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Authenticator, Decision, Epoch, MAX_AUTHENTICATORS, Record};
use crate::{
    event::{Actor, EventKind},
    primitives::{
        secret::Secret,
        time::{TimeStep, UnixTime},
        totp::Totp,
    },
    refusal::NotAllowed,
};

/// An authenticator to take over.
pub(crate) struct Newcomer<'a> {
    pub(crate) name: String,
    pub(crate) secret: Secret,
    pub(crate) totp: Totp,
    pub(crate) by: &'a Actor,
    /// For the record, if this is its birth.
    pub(crate) root: Zeroizing<[u8; 32]>,
    /// To be drawn for the first authenticator.
    pub(crate) new_epoch: Epoch,
}

/// Takes over an authenticator. No code that the other system could have accepted until now is accepted here.
pub(crate) fn import(
    record: Option<Record>,
    newcomer: &Newcomer<'_>,
    now: UnixTime,
) -> Decision<Result<(), NotAllowed>> {
    let mut record = Record::or_new(record, &newcomer.root);
    // Taking over the same one again changes nothing, so that a migration can be repeated.
    let is_here = |kept: &Authenticator| bool::from(kept.secret.expose().ct_eq(newcomer.secret.expose()));
    if record.authenticators.iter().any(is_here) {
        return Decision::keep(Ok(()));
    }
    if record.authenticators.len() >= MAX_AUTHENTICATORS {
        return Decision::keep(Err(NotAllowed::Limit));
    }
    if !record.is_enrolled() {
        record.begin_epoch(newcomer.new_epoch);
        record.enrolled_at = Some(record.after_all_sessions(now));
        record.ticket = None;
        record.consecutive_failures = 0;
    }
    let mut authenticator = Authenticator {
        id: record.next_id,
        name: newcomer.name.clone(),
        secret: newcomer.secret.duplicate(),
        totp: newcomer.totp,
        last_step: TimeStep::new(0),
        added_at: now,
        last_used_at: now,
        disabled: false,
    };
    authenticator.burn_window(now);
    record.next_id = record.next_id.next();
    record.authenticators.push(authenticator);
    let event = EventKind::AuthenticatorImported { name: newcomer.name.clone(), by: newcomer.by.clone() };
    Decision::write(record, now, [event], Ok(()))
}

#[cfg(test)]
mod tests;
