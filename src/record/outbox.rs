//! Notices that the host's notifier has not accepted yet.

use std::mem::discriminant;

use super::{Decision, Epoch, Record, Root};
use crate::{
    event::EventKind,
    primitives::{
        digest,
        stored::stored,
        time::{DAY, UnixTime},
    },
    refusal::NotAllowed,
};

/// What the user should hear of, from the commit that caused it until the notifier accepted it.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Vec<PendingNotice>,
    /// When the last notice of a replay was kept.
    replay_told_at: Option<UnixTime>,
}
stored!(Outbox { 0: waiting, 1: replay_told_at });

/// A notice in the record.
#[derive(Clone)]
pub(crate) struct PendingNotice {
    pub(crate) id: u128,
    pub(crate) at: UnixTime,
    pub(crate) kind: EventKind,
}
stored!(PendingNotice { 0: id, 1: at, 2: kind });

/// The most notices of changes that wait, and the most text in them that people typed, in bytes. Who has the password can cause none of
/// them; what anybody can cause is kept once each, beside them.
pub(super) const MAX_CHANGES: usize = 16;
const MAX_TEXT: usize = 1024;
/// The most notices that wait in all: a mark of guessing, a replay, and that some were lost.
pub(super) const MAX_WAITING: usize = MAX_CHANGES + 3;
/// How far apart two notices of a replay are, in seconds.
const REPLAYS_APART: u64 = DAY;

impl Outbox {
    /// Keeps a notice. Attempts coalesce and never push out a change; a change that finds no room leaves word that some were lost.
    pub(super) fn push(&mut self, notice: PendingNotice) {
        if let EventKind::RequiredByPolicy { .. } = notice.kind {
            // The former one says what no longer holds, or the same.
            self.forget_same(&notice.kind);
        }
        if notice.kind.is_attempt() {
            self.push_attempt(notice);
        } else if self.has_room_for(&notice.kind) {
            self.waiting.push(notice);
        } else if !self.waiting.iter().any(|waiting| waiting.kind == EventKind::NoticesLost) {
            self.waiting.push(PendingNotice { kind: EventKind::NoticesLost, ..notice });
        }
    }

    fn push_attempt(&mut self, notice: PendingNotice) {
        if let EventKind::ReplayRefused { .. } = notice.kind {
            if self.replay_told_at.is_some_and(|told| notice.at < told.plus(REPLAYS_APART)) {
                return;
            }
            self.replay_told_at = Some(notice.at);
        }
        // "All guesses are used up" says more than "half of them", so the later one stays.
        self.forget_same(&notice.kind);
        self.waiting.push(notice);
    }

    fn forget_same(&mut self, kind: &EventKind) {
        self.waiting.retain(|waiting| discriminant(&waiting.kind) != discriminant(kind));
    }

    fn has_room_for(&self, kind: &EventKind) -> bool {
        let changes = self.waiting.iter().filter(|waiting| !waiting.kind.is_attempt());
        let text: usize = changes.clone().map(|waiting| waiting.kind.text_bytes()).sum();
        changes.count() < MAX_CHANGES && text.saturating_add(kind.text_bytes()) <= MAX_TEXT
    }

    pub(super) fn len(&self) -> u8 {
        u8::try_from(self.waiting.len()).unwrap_or(u8::MAX)
    }
}

impl Record {
    pub(crate) fn pending_notices(&self) -> &[PendingNotice] {
        &self.outbox.waiting
    }

    /// Whether nothing waits to be told. The condition for erasing a record.
    pub(crate) fn has_told_everything(&self) -> Result<(), NotAllowed> {
        if self.outbox.waiting.is_empty() { Ok(()) } else { Err(NotAllowed::NoticesPending) }
    }

    /// Keeps an event, the one at `place` of this write, until the notifier has accepted it.
    pub(super) fn remember(&mut self, place: u8, at: UnixTime, kind: &EventKind) {
        let id = match *kind {
            EventKind::RequiredByPolicy { from, .. } => self.root.requirement_id(from, at),
            _ => self.root.notice_id(self.epoch, self.generation, at, place),
        };
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
    /// An identifier that no other notice has: it comes from this record alone, and from this write of it. A record that was put back
    /// counts its generations anew, so they do not suffice: its epoch or the time is another.
    pub(super) fn notice_id(&self, epoch: Epoch, generation: u64, at: UnixTime, place: u8) -> u128 {
        let (epoch, generation, at) =
            (epoch.0.to_be_bytes(), generation.to_be_bytes(), at.seconds().to_be_bytes());
        digest::keyed(&self.0, b"second-factor notice", &[&epoch, &generation, &at, &[place]])
    }

    /// The same for each announcement of this deadline on one day (of UTC), so that an announcement can be repeated; on another day it is a
    /// reminder.
    fn requirement_id(&self, from: Option<UnixTime>, at: UnixTime) -> u128 {
        let (known, from) = ([u8::from(from.is_some())], from.unwrap_or_default().seconds().to_be_bytes());
        let day = (at.seconds() / DAY).to_be_bytes();
        digest::keyed(&self.0, b"second-factor requirement", &[&known, &from, &day])
    }
}

#[cfg(test)]
mod tests;
