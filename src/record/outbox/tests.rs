use super::*;
use crate::{event::Actor, record::tests::given::*};

fn notice(id: u128, kind: EventKind) -> PendingNotice {
    PendingNotice { id, at: NOW, kind }
}

impl Outbox {
    /// As full as can be: sixteen changes with all the text there is room for, a reset with the longest reason among them, the marks of
    /// guessing, a replay, and word that there was more.
    pub(in crate::record) fn fullest(end: UnixTime) -> Self {
        let mut outbox = Self::default();
        let mut push = |kind| {
            let id = u128::MAX - u128::from(outbox.len());
            outbox.push(PendingNotice { id, at: end, kind });
        };
        push(EventKind::Reset { by: Actor::Operator("x".into()), reason: "\u{10FFFF}".repeat(200) });
        // The kind with the most bytes beside its text, and then of that what has room.
        let trusted = |bytes: usize| EventKind::BrowserTrusted { label: "x".repeat(bytes), until: Some(end) };
        let left = MAX_TEXT - 801;
        for place in 0..15 {
            push(trusted(left / 15 + usize::from(place < left % 15)));
        }
        push(EventKind::Enabled);
        push(EventKind::ManyWrongCodes { all: false });
        push(EventKind::ReplayRefused { held_until: Some(end) });
        outbox
    }

    pub(in crate::record) const fn waiting_mut(&mut self) -> &mut Vec<PendingNotice> {
        &mut self.waiting
    }

    pub(in crate::record) fn text_bytes(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.kind.text_bytes()).sum()
    }
}
