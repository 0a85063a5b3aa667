use super::{outbox::PendingNotice, verify::tests::enrolled, *};
use crate::{action::Action, event::EventKind, primitives::algorithm::Algorithm};

/// A record with everything at its bound.
pub(super) fn fullest() -> Record {
    let longest_name = "\u{10FFFF}".repeat(MAX_NAME);
    let totp = Totp::default().with_algorithm(Algorithm::Sha512);
    let secret = || Secret::from_bytes(&[0xff; Secret::MAX_BYTES]).unwrap();
    let mut record = enrolled();
    let end = UnixTime::from_seconds(u64::MAX);
    record.authenticators = (1..=5)
        .map(|id| Authenticator {
            id: u64::MAX - 6 + id,
            name: longest_name.clone(),
            secret: secret(),
            totp,
            last_step: TimeStep::new(u64::MAX),
            added_at: end,
            last_used_at: end,
        })
        .collect();
    record.next_id = u64::MAX;
    record.generation = u64::MAX;
    record.epoch = Epoch::drawn(u128::MAX);
    record.enrolled_at = Some(end);
    record.last_verified_at = Some(end);
    record.pending = Some(enroll::tests::pending(end));
    for id in 0..40 {
        verify::tests::remember(&mut record, u128::MAX - id, Action::AddAuthenticator, end);
    }
    for id in 0..20 {
        let kind = EventKind::AuthenticatorAdded { name: longest_name.clone() };
        record.outbox.push(PendingNotice { id: u128::MAX - id, at: end, kind });
    }
    record
}

#[test]
fn the_summary_says_what_the_record_says() {
    let summary = fullest().summary(UnixTime::from_seconds(1));
    assert_eq!(summary.pending_notices, 16);
    assert_eq!(summary.generation, u64::MAX);
    assert!(summary.enrolled_at.is_some());
}

#[test]
fn notices_have_ids_of_their_own() {
    let root = Root::drawn([1; 32]);
    let ids = [
        root.notice_id(1, 0),
        root.notice_id(1, 1),
        root.notice_id(2, 0),
        Root::drawn([2; 32]).notice_id(1, 0),
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
