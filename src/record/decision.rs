//! What a ceremony decides: to keep the record as it is, or to write a new one together with the outcome.

use super::Record;
use crate::{event::EventKind, primitives::time::UnixTime};

/// An outcome, and the change that must be committed before anybody learns it. No change: nothing is written.
pub(crate) struct Decision<T> {
    pub(crate) change: Option<Change>,
    /// What the audit log should know although nothing is written.
    pub(crate) noted: Option<EventKind>,
    pub(crate) outcome: T,
}

/// A record to write, and what will have happened once it is written.
pub(crate) struct Change {
    pub(crate) record: Record,
    pub(crate) at: UnixTime,
    pub(crate) events: Vec<EventKind>,
}

impl<T> Decision<T> {
    /// The record stays as it is, and nothing is written.
    pub(crate) const fn keep(outcome: T) -> Self {
        Self { change: None, noted: None, outcome }
    }

    /// The same, with something for the audit log.
    pub(super) fn noting(self, event: EventKind) -> Self {
        Self { noted: Some(event), ..self }
    }

    /// The same change with another outcome.
    pub(crate) fn map<U>(self, outcome: impl FnOnce(T) -> U) -> Decision<U> {
        Decision { change: self.change, noted: self.noted, outcome: outcome(self.outcome) }
    }

    /// `record` is written; `events` have then happened, and those that the user should hear of go into its outbox.
    pub(super) fn write(
        mut record: Record,
        at: UnixTime,
        events: impl IntoIterator<Item = EventKind>,
        outcome: T,
    ) -> Self {
        record.generation = record.generation.saturating_add(1);
        record.forget_expired(at);
        let events: Vec<_> = events.into_iter().collect();
        for (place, kind) in (0..).zip(&events).filter(|(_, kind)| kind.is_notice()) {
            record.remember(place, at, kind);
        }
        Self { change: Some(Change { record, at, events }), noted: None, outcome }
    }
}

impl Change {
    /// Whether the user should hear of it.
    pub(crate) fn has_notices(&self) -> bool {
        self.events.iter().any(EventKind::is_notice)
    }
}
