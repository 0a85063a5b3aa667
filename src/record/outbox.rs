//! Notices that the host's notifier has not accepted yet.

use serde::{Deserialize, Serialize};

use super::{Decision, Record, Root};
use crate::{
    event::EventKind,
    primitives::{digest, time::UnixTime},
};

/// What the user should hear of, from the commit that caused it until the notifier accepted it.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outbox {
    waiting: Vec<PendingNotice>,
}

/// A notice in the record.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingNotice {
    pub(crate) id: u128,
    pub(crate) at: UnixTime,
    pub(crate) kind: EventKind,
}

/// The most notices that wait: more than there can be, since there is one for each authenticator that a user has.
pub(super) const MAX_WAITING: usize = 16;

impl Outbox {
    pub(super) fn push(&mut self, notice: PendingNotice) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(notice);
        }
    }

    pub(super) fn len(&self) -> u8 {
        u8::try_from(self.waiting.len()).unwrap_or(u8::MAX)
    }
}

impl Record {
    pub(crate) fn pending_notices(&self) -> &[PendingNotice] {
        &self.outbox.waiting
    }

    /// Keeps an event until the notifier has accepted it.
    pub(super) fn remember(&mut self, at: UnixTime, kind: &EventKind) {
        let id = self.root.notice_id(self.generation, self.outbox.len());
        self.outbox.push(PendingNotice { id, at, kind: kind.clone() });
    }

    /// Takes out the notices that the notifier has accepted. They may be gone already.
    pub(crate) fn acknowledge(mut self, accepted: &[u128], now: UnixTime) -> Decision<()> {
        let before = self.outbox.waiting.len();
        self.outbox.waiting.retain(|notice| !accepted.contains(&notice.id));
        if self.outbox.waiting.len() == before {
            return Decision::keep(());
        }
        Decision::write(self, now, [], ())
    }
}

impl Root {
    /// An identifier that no other notice has: it comes from this record alone, and from this write of it.
    pub(super) fn notice_id(&self, generation: u64, position: u8) -> u128 {
        digest::keyed(&self.0, b"second-factor notice", &[&generation.to_be_bytes(), &[position]])
    }
}
