//! What takes a second factor away: an administrator's reset, a tenant that stops using it, a sign-out everywhere; and what follows when a
//! database was restored.
//!
//! The bucket and the outbox outlive all of it: whoever guessed before a reset goes on where they were.

use zeroize::Zeroizing;

use super::{Decision, Digest, Epoch, Record, Root};
use crate::{
    event::{Actor, EventKind},
    primitives::{backup::LookupSecret, stored::stored, time::UnixTime},
    refusal::NotAllowed,
    user::UserKey,
};

/// What the next set-up takes, beside the first factor: whoever has the password first must not take the account.
pub(super) struct Ticket {
    digest: Digest,
    expires_at: UnixTime,
}
stored!(Ticket { 0: digest, 1: expires_at });

/// A ticket that was drawn, and for how many seconds it is good.
pub(crate) struct NewTicket {
    pub(crate) secret: LookupSecret,
    pub(crate) lifetime: u64,
}

/// Who resets whom, and why.
pub(crate) struct Resetting<'a> {
    pub(crate) user: &'a UserKey,
    pub(crate) by: &'a Actor,
    pub(crate) reason: &'a str,
    pub(crate) ticket: Option<NewTicket>,
    /// For the record, if this is its birth.
    pub(crate) root: Zeroizing<[u8; 32]>,
    pub(crate) new_epoch: Epoch,
}

/// Removes whatever there is of a second factor. With a ticket, a user who never had one is bound to it as well. Yields when it expires.
pub(crate) fn reset(
    record: Option<Record>,
    resetting: &Resetting<'_>,
    now: UnixTime,
) -> Decision<Result<Option<UnixTime>, NotAllowed>> {
    let Resetting { user, by, reason, ticket, root, new_epoch } = resetting;
    if matches!(by, Actor::User(actor) if actor == *user) {
        return Decision::keep(Err(NotAllowed::OwnReset));
    }
    let mut record = Record::or_new(record, root);
    record.remove_factors(*new_epoch);
    record.sessions_since = record.after_all_sessions(now.plus(1));
    record.ticket = ticket.as_ref().map(|ticket| Ticket {
        digest: record.root.ticket_digest(&ticket.secret),
        expires_at: now.plus(ticket.lifetime),
    });
    let expires_at = record.ticket.as_ref().map(|ticket| ticket.expires_at);
    let event = EventKind::Reset { by: (*by).clone(), reason: (*reason).to_owned() };
    Decision::write(record, now, [event], Ok(expires_at))
}

/// Signs out everywhere. Who never had a record has one from here on: without it, a sign-in that is under way would go on.
pub(crate) fn sign_out_everywhere(
    record: Option<Record>,
    root: &[u8; 32],
    new_epoch: Epoch,
    now: UnixTime,
) -> Decision<()> {
    Record::or_new(record, root).sign_out_everywhere(new_epoch, now)
}

impl Record {
    /// No factor is left, nor anything that was handed out.
    pub(super) fn remove_factors(&mut self, new_epoch: Epoch) {
        self.begin_epoch(new_epoch);
        self.authenticators.clear();
        self.backup_codes = None;
        self.enrolled_at = None;
        self.ticket = None;
    }

    /// The tenant stopped using a second factor. Where there is nothing to delete, nothing is written.
    pub(crate) fn purge(mut self, by: &Actor, new_epoch: Epoch, now: UnixTime) -> Decision<()> {
        let factors = self.is_enrolled() || self.pending.is_some() || self.backup_codes.is_some();
        let handed_out = self.devices.len() + self.sent_codes.len() + self.proofs.len();
        if !factors && handed_out == 0 && self.ticket.is_none() {
            return Decision::keep(());
        }
        self.remove_factors(new_epoch);
        Decision::write(self, now, [EventKind::Purged { by: by.clone() }], ())
    }

    /// Ends every session that a second factor opened, every browser's trust, and everything that is under way.
    pub(super) fn sign_out_everywhere(mut self, new_epoch: Epoch, now: UnixTime) -> Decision<()> {
        self.begin_epoch(new_epoch);
        self.sessions_since = self.after_all_sessions(now.plus(1));
        Decision::write(self, now, [EventKind::SignedOutEverywhere], ())
    }

    /// After the database was restored from a backup: what was spent since may be there again, so it is dropped, and no code that could
    /// have been accepted since is accepted now.
    pub(crate) fn after_restore(mut self, by: &Actor, new_epoch: Epoch, now: UnixTime) -> Decision<()> {
        self.begin_epoch(new_epoch);
        self.backup_codes = None;
        self.ticket = self.ticket.map(|ticket| Ticket { expires_at: UnixTime::EPOCH, ..ticket });
        for authenticator in &mut self.authenticators {
            authenticator.burn_window(now);
        }
        let told = self.is_enrolled().then(|| EventKind::Restored { by: by.clone() });
        Decision::write(self, now, told, ())
    }

    /// The same record, to be sealed under the key of now.
    pub(crate) fn reseal(self, now: UnixTime) -> Decision<()> {
        Decision::write(self, now, [], ())
    }

    /// Whether the next set-up takes a ticket.
    pub(crate) const fn needs_ticket(&self) -> bool {
        self.ticket.is_some()
    }

    /// Whether this is the ticket, and still good. Confirming the set-up uses it up.
    pub(super) fn holds_ticket(&self, typed: &LookupSecret, now: UnixTime) -> bool {
        let digest = self.root.ticket_digest(typed);
        self.ticket
            .as_ref()
            .is_some_and(|ticket| bool::from(ticket.digest.equals(digest)) && now < ticket.expires_at)
    }
}

impl Root {
    fn ticket_digest(&self, secret: &LookupSecret) -> Digest {
        self.digest(b"second-factor ticket", &[secret.symbols()])
    }
}

#[cfg(test)]
mod tests;
