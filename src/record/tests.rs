//! The record as a whole: at its fullest, what lists show of it, and its notices.

use super::{backup::BackupCodes, words::MAX_NAME, *};
use crate::{
    action::Action,
    primitives::{algorithm::Algorithm, code::Digits, time::StepSize},
};

pub(super) mod given;
use given::{enrolled, id, remember};

/// The end of time, which takes as many bytes as any.
const END: UnixTime = UnixTime::from_seconds(u64::MAX);

/// A record with everything at its bound.
pub(super) fn fullest() -> Record {
    let longest_name = "\u{10FFFF}".repeat(MAX_NAME);
    // As an import may bring it: all that takes more bytes than the defaults.
    let longest_step = StepSize::from_seconds(StepSize::MAX_SECONDS).unwrap();
    let totp = Totp::default()
        .with_algorithm(Algorithm::Sha512)
        .with_digits(Digits::Eight)
        .with_step(longest_step)
        .with_t0(END);
    let secret = || Secret::from_bytes(&[0xff; Secret::MAX_BYTES]).unwrap();
    let mut record = enrolled();
    record.authenticators = (1..=5)
        .map(|number| Authenticator {
            id: id(u64::MAX - 6 + number),
            name: longest_name.clone(),
            secret: secret(),
            totp,
            last_step: TimeStep::new(u64::MAX),
            added_at: END,
            last_used_at: END,
            disabled: false,
        })
        .collect();
    record.next_id = id(u64::MAX);
    record.generation = u64::MAX;
    record.epoch = Epoch::drawn(u128::MAX);
    record.consecutive_failures = u32::MAX;
    record.enrolled_at = Some(END);
    record.last_verified_at = Some(END);
    record.sessions_since = END;
    record.pending = Some(enroll::tests::pending(END));
    record.backup_codes = Some(BackupCodes::fullest(END));
    record.lookup_failures = Rate::fullest();
    record.devices = (0..10).map(|number| Device::fullest(u128::MAX - number, END)).collect();
    record.sent_codes = (0..12).map(|number| SentCode::fullest(u128::MAX - number, END)).collect();
    for number in 0..40 {
        let name = "x".repeat(Action::MAX_HOST_BYTES);
        remember(&mut record, u128::MAX - number, Action::Host(name), END);
    }
    record.ticket = Some(Ticket::fullest(END));
    record.throttle = Throttle::fullest();
    record.sends = Sends::fullest(END);
    record.outbox = Outbox::fullest(END);
    record
}

#[test]
fn the_summary_says_what_the_record_says() {
    let summary = fullest().summary(UnixTime::from_seconds(1));
    assert_eq!(summary.pending_notices, 19, "sixteen changes, guessing, a replay, and that there was more");
    assert_eq!((summary.backup_codes_left, summary.trusted_devices), (0, 10));
    assert_eq!(summary.generation, u64::MAX);
    assert!(summary.enrolled_at.is_some());
}

#[test]
fn notices_have_ids_of_their_own() {
    let root = Root::drawn([1; 32]);
    let ids = [
        root.notice_id(Epoch(1), 1, UnixTime::EPOCH, 0),
        root.notice_id(Epoch(1), 1, UnixTime::EPOCH, 1),
        root.notice_id(Epoch(1), 1, UnixTime::from_seconds(1), 0),
        root.notice_id(Epoch(1), 2, UnixTime::EPOCH, 0),
        root.notice_id(Epoch(2), 1, UnixTime::EPOCH, 0),
        Root::drawn([2; 32]).notice_id(Epoch(1), 1, UnixTime::EPOCH, 0),
    ];
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id));
        assert_ne!(*id, 0);
    }
}

#[test]
fn an_acknowledged_notice_is_gone_and_the_others_stay() {
    let now = UnixTime::from_seconds(1);
    let record = fullest();
    let ids: Vec<_> = record.pending_notices().iter().map(|notice| notice.id).collect();
    let record = record.acknowledge(&ids[1..3], now).change.unwrap().record;
    let left: Vec<_> = record.pending_notices().iter().map(|notice| notice.id).collect();
    assert_eq!(left, [&ids[..1], &ids[3..]].concat());
    assert!(record.acknowledge(&ids[1..3], now).change.is_none(), "twice changes nothing");
}
