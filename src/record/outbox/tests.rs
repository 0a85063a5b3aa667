use super::*;
use crate::{
    event::Actor,
    record::{one_time::Outgoing, tests::given::*},
};

const HALF: EventKind = EventKind::ManyWrongCodes { all: false };
const ALL: EventKind = EventKind::ManyWrongCodes { all: true };
const REPLAY: EventKind = EventKind::ReplayRefused { held_until: None };

fn added(bytes: usize) -> EventKind {
    EventKind::AuthenticatorAdded { name: "x".repeat(bytes) }
}

/// An outbox to which these came, one after another.
fn after(kinds: impl IntoIterator<Item = EventKind>) -> Outbox {
    let mut outbox = Outbox::default();
    for (id, kind) in (0..).zip(kinds) {
        outbox.push(PendingNotice { id, at: NOW, kind });
    }
    outbox
}

fn kinds(outbox: &Outbox) -> Vec<EventKind> {
    outbox.waiting.iter().map(|waiting| waiting.kind.clone()).collect()
}

#[test]
fn changes_wait_in_order_and_the_seventeenth_leaves_word_once() {
    let names: Vec<_> = (0..16).map(added).collect();
    assert_eq!(kinds(&after(names.clone())), names, "sixteen have room");
    let mut more = names.clone();
    more.extend([EventKind::Disabled, EventKind::Enabled]);
    let mut expected = names;
    expected.push(EventKind::NoticesLost);
    assert_eq!(kinds(&after(more)), expected, "of two that have none, one word");
}

#[test]
fn the_text_that_waits_is_bounded() {
    let full = [added(MAX_TEXT - 1), added(1)];
    assert_eq!(kinds(&after(full.clone())), full, "equal");
    assert_eq!(kinds(&after([added(MAX_TEXT - 1), added(2)]))[1], EventKind::NoticesLost, "one more");
    let without_text = [added(MAX_TEXT), EventKind::Disabled];
    assert_eq!(kinds(&after(without_text.clone())), without_text, "what brings no text has room");
}

#[test]
fn the_longest_reason_of_a_reset_has_room_in_an_empty_outbox() {
    let by = Actor::User(crate::user::UserKey::new("t".repeat(100), "u".repeat(100)));
    let reset = EventKind::Reset { by, reason: "\u{10FFFF}".repeat(200) };
    assert_eq!(reset.text_bytes(), 1000);
    assert_eq!(kinds(&after([reset.clone()])), [reset]);
}

#[test]
fn p30_attempts_coalesce_and_push_out_nothing() {
    let outbox = after([EventKind::Enabled, HALF, REPLAY, HALF, REPLAY, ALL]);
    assert_eq!(kinds(&outbox), [EventKind::Enabled, REPLAY, ALL], "the later mark says more");
    let mut all: Vec<_> = (0..16).map(added).collect();
    all.extend([HALF, REPLAY]);
    assert_eq!(kinds(&after(all.clone())), all, "beside sixteen changes there is room for one of each");
}

#[test]
fn what_anybody_can_cause_takes_no_room_from_changes() {
    let mut all = vec![ALL, REPLAY];
    all.extend((0..16).map(added));
    assert_eq!(kinds(&after(all.clone())), all);
}

#[test]
fn a_replay_is_told_once_a_day() {
    let mut outbox = after([REPLAY]);
    outbox.waiting.clear();
    let tell = |outbox: &mut Outbox, at| {
        outbox.push(PendingNotice { id: 1, at, kind: REPLAY });
        std::mem::take(&mut outbox.waiting).len()
    };
    assert_eq!(tell(&mut outbox, NOW.plus(DAY - 1)), 0);
    assert_eq!(tell(&mut outbox, NOW.plus(DAY)), 1);
    assert_eq!(tell(&mut outbox, NOW.plus(2 * DAY - 1)), 0, "a day from the last one on");
    assert_eq!(tell(&mut outbox, NOW), 0, "a clock that is set back tells nothing anew");
}

#[test]
fn p30_a_record_is_not_erased_while_something_waits() {
    let (record, ..) = written(enrolled().sign_out_everywhere(NEW_EPOCH, NOW));
    assert_eq!(record.has_told_everything(), Err(NotAllowed::NoticesPending));
    let ids: Vec<_> = record.pending_notices().iter().map(|notice| notice.id).collect();
    let (record, ..) = written(record.acknowledge(&ids, NOW));
    assert_eq!(record.has_told_everything(), Ok(()));
}

/// Where one notice takes the place of another, the next one of the same write must not get its id: a record with an id twice is
/// unreadable.
#[test]
fn p30_two_notices_of_one_write_never_share_an_id() {
    let events = [[REPLAY, ALL], [ALL, EventKind::AuthenticatorsDisabled], [REPLAY, EventKind::Disabled]];
    for [one, other] in events {
        let (record, ..) = written(Decision::write(enrolled(), NOW, [one.clone()], ()));
        let (record, ..) = written(Decision::write(record, NOW.plus(DAY), [one, other], ()));
        let [first, second] = record.pending_notices() else { panic!("two wait") };
        assert_ne!(first.id, second.id, "{:?} and {:?}", first.kind, second.kind);
        copy(&record);
    }
}

#[test]
fn an_outbox_keeps_what_is_no_notice_out() {
    let root = [1; 32].into();
    let account = under(&required().allow(EMAIL));
    let outgoing = Outgoing { code: code_at(1, NOW), root };
    let challenge = challenge_before_enrollment(1);
    let sent = super::super::send(None, &outgoing, &challenge, crate::factor::Channel::Email, &account, NOW);
    assert!(done(sent).pending_notices().is_empty());
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
        // The kind with the most bytes beside its text, and then of that what has room.
        let reset = |reason: String| {
            let by = Actor::User(crate::user::UserKey::new("t", "u"));
            EventKind::Reset { by, reason }
        };
        push(reset("\u{10FFFF}".repeat(200)));
        let left = MAX_TEXT - 802;
        for place in 0..15 {
            push(reset("x".repeat(left / 15 + usize::from(place < left % 15) - 2)));
        }
        push(EventKind::Enabled);
        push(ALL);
        push(EventKind::ReplayRefused { held_until: Some(end) });
        outbox.replay_told_at = Some(end);
        outbox
    }

    pub(in crate::record) const fn waiting_mut(&mut self) -> &mut Vec<PendingNotice> {
        &mut self.waiting
    }
}
