use super::*;
use crate::{
    action::Action,
    event::EventKind,
    factor::Channel,
    primitives::{secret::Secret, stored::Writer, time::UnixTime, wiped::Wiped},
    record::{
        Epoch, enroll,
        tests::{fullest, given::*},
    },
};

mod words;

/// What is sealed.
fn encoded(record: &Record) -> Vec<u8> {
    record.encode().unwrap().body().to_vec()
}

/// The fields alone, without version, end and padding.
fn fields(record: &Record) -> Vec<u8> {
    unpad(&encoded(record)).unwrap()[1..].to_vec()
}

/// A plaintext around these fields.
fn plaintext(version: u8, fields: &[u8]) -> Vec<u8> {
    let mut text = vec![version];
    text.extend_from_slice(fields);
    text.push(END);
    text.resize(text.len().next_multiple_of(BLOCK), 0);
    text
}

#[test]
fn a_record_reads_back_as_it_was() {
    let record = enrolled();
    let again = Record::decode(&encoded(&record)).unwrap();
    assert_eq!(encoded(&again), encoded(&record));
    assert!(Record::decode(&plaintext(VERSION, &fields(&record))).is_some(), "what the next tests change");
}

#[test]
fn p33_a_weak_legacy_secret_reads_back_and_no_shorter_one_does() {
    let mut record = enrolled();
    record.authenticators[0].secret = Secret::from_weak_legacy_bytes(&[7; 10]).unwrap();
    let again = Record::decode(&encoded(&record)).unwrap();
    assert_eq!(again.authenticators[0].secret.expose(), [7; 10]);

    let reads = |bytes: &[u8]| {
        let mut text = Wiped::with_room_for(0);
        Writer::new(&mut text).bytes(bytes).unwrap();
        Reader::new(&text, Keys::Numbers).only::<Secret>().is_some()
    };
    assert!(reads(&[7; 10]) && reads(&[7; 128]));
    assert!(!reads(&[7; 9]) && !reads(&[7; 129]));
}

#[test]
fn p10_an_unknown_version_is_an_error() {
    for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
        assert!(Record::decode(&plaintext(version, &fields(&enrolled()))).is_none(), "version {version}");
    }
}

#[test]
fn trailing_and_missing_bytes_are_errors() {
    let fields = fields(&enrolled());
    for length in 0..fields.len() {
        assert!(Record::decode(&plaintext(VERSION, &fields[..length])).is_none(), "cut at {length}");
    }
    for extra in [&[0_u8][..], &[0x80], &[0xf6], &fields] {
        assert!(Record::decode(&plaintext(VERSION, &[&fields[..], extra].concat())).is_none(), "{extra:?}");
    }
}

#[test]
fn unknown_and_repeated_fields_are_errors() {
    let fields = fields(&enrolled());
    // The head of a map of so many entries; with one more it is the next byte.
    assert!((0xa1..0xb7).contains(&fields[0]), "{:x}", fields[0]);
    let with_entry = |entry: &[u8]| {
        let mut grown = vec![fields[0] + 1];
        grown.extend_from_slice(&fields[1..]);
        grown.extend_from_slice(entry);
        Record::decode(&plaintext(VERSION, &grown)).is_some()
    };
    assert!(with_entry(b"\x05\x01"), "one that this record did without");
    assert!(!with_entry(b"\x14\x01"), "an unknown field");
    assert!(!with_entry(b"\x04\x05"), "a field twice");
    assert!(!with_entry(b"\x6ageneration\x05"), "a field with a name");
}

#[test]
fn repeated_authenticators_are_errors() {
    let mut record = enrolled();
    add(&mut record);
    record.authenticators[1].id = record.authenticators[0].id;
    assert!(Record::decode(&encoded(&record)).is_none(), "the same id twice");
    record.authenticators[1].id = id(2);
    assert!(Record::decode(&encoded(&record)).is_some());
    record.next_id = id(2);
    assert!(Record::decode(&encoded(&record)).is_none(), "an id that will be given again");
}

#[test]
fn more_than_a_record_holds_is_an_error() {
    let mut record = enrolled();
    for _ in 0..MAX_AUTHENTICATORS {
        add(&mut record);
    }
    assert!(Record::decode(&encoded(&record)).is_none());
}

#[test]
fn what_no_ceremony_writes_is_an_error() {
    let opens = |change: &dyn Fn(&mut Record)| {
        let mut record = fullest();
        change(&mut record);
        Record::decode(&encoded(&record)).is_some()
    };
    assert!(opens(&|_| ()), "everything at its bound");
    assert!(!opens(&|record| record.completed[1].id = record.completed[0].id), "a challenge twice");
    assert!(!opens(&|record| record.proofs[1].id = record.proofs[0].id), "a proof twice");
    assert!(!opens(&|record| record.devices[1] = Device::fullest(u128::MAX, NOW)), "a browser twice");
    assert!(!opens(&|record| record.sent_codes[1] = SentCode::fullest(u128::MAX, NOW)), "a sent code twice");
    assert!(
        !opens(&|record| record.outbox.waiting_mut()[1].id = record.pending_notices()[0].id),
        "a notice twice"
    );
    assert!(!opens(&|record| record.authenticators[2].name.push('x')), "a name of 65 characters");
    let pending = |name, label| Some(enroll::tests::pending_named(NOW, name, label));
    assert!(opens(&|record| record.pending = pending(MAX_NAME, OtpauthUri::MAX_ACCOUNT_BYTES)));
    assert!(!opens(&|record| record.pending = pending(MAX_NAME + 1, 1)), "a pending name of 65");
    assert!(
        !opens(&|record| record.pending = pending(1, OtpauthUri::MAX_ACCOUNT_BYTES + 1)),
        "a label of 321"
    );
    assert!(!opens(&|record| record.complete_one_too_many()), "one challenge too many");
    assert!(!opens(&|record| record.devices[0].label_mut().push('x')), "a browser's label of 41 characters");
    assert!(
        !opens(&|record| record.proofs[0].action = Action::Host("x".repeat(65))),
        "an action of 65 bytes"
    );
    assert!(
        !opens(&|record| record.proofs[0].action = Action::Host(String::new())),
        "an action without a name"
    );
}

/// One more of everything that is counted. The fullest record has them all at their bounds.
#[test]
fn one_more_than_every_bound_is_an_error() {
    let sound = |change: &dyn Fn(&mut Record)| {
        let mut record = fullest();
        change(&mut record);
        record.is_sound()
    };
    let counts = fullest();
    assert_eq!((counts.authenticators.len(), counts.devices.len(), counts.sent_codes.len()), (5, 10, 12));
    assert_eq!((counts.proofs.len(), counts.completed.len(), counts.pending_notices().len()), (8, 24, 19));
    assert!(sound(&|_| ()));
    assert!(!sound(&|record| {
        record.authenticators.insert(0, copy(&enrolled()).authenticators.remove(0));
    }));
    assert!(!sound(&|record| record.devices.push(Device::fullest(1, NOW))));
    assert!(!sound(&|record| record.sent_codes.push(SentCode::fullest(1, NOW))));
    assert!(!sound(&|record| {
        let action = Action::Disable;
        record.proofs.push(challenge::OpenProof { id: 1, action, expires_at: NOW });
    }));
    assert!(!sound(&Record::complete_one_too_many));
    assert!(!sound(&|record| {
        let (id, kind) = (1, EventKind::Enabled);
        record.outbox.waiting_mut().push(outbox::PendingNotice { id, at: NOW, kind });
    }));
    let codes =
        |change: &dyn Fn(&mut BackupCodes)| sound(&|record| change(record.backup_codes.as_mut().unwrap()));
    assert!(!codes(&BackupCodes::overfill), "eleven backup codes");
    assert!(!codes(&|codes| codes.texts().push(long(1).to_text())), "more texts than codes");
    assert!(codes(&|codes| *codes.texts()[0] = "x".repeat(32)));
    assert!(!codes(&|codes| *codes.texts()[0] = "x".repeat(33)), "a text that is no code");
    assert!(!sound(&|record| record.sends.count(Channel::Sms, NOW)), "eleven messages");
    assert!(!sound(&|record| record.devices[0].sends_mut().count(Channel::Email, NOW)));
}

impl Record {
    fn complete_one_too_many(&mut self) {
        let more = fullest().completed;
        self.completed.extend(more.into_iter().take(1).map(|mut completed| {
            completed.id = 1;
            completed
        }));
    }
}

/// A record that was written before there were backup codes, browsers and sent codes opens, and has none of them.
#[test]
fn a_record_of_the_first_release_opens() {
    let text = include_str!("../../../tests/golden/v1.txt");
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap()
    };
    let bytes = |name| data_encoding::HEXLOWER.decode(field(name).as_bytes()).unwrap();
    let keys = KeyRing::from_text(field("keys")).unwrap();
    let revision = bytes("revision").try_into().unwrap();
    let record = Record::open(&keys, &user(), &revision, &bytes("sealed")).unwrap();
    assert_eq!(record.authenticators.len(), 2);
    assert!(record.authenticators.iter().all(|authenticator| !authenticator.disabled));
    assert_eq!(record.pending_notices().len(), 2);
    assert_eq!((record.consecutive_failures, record.sessions_since), (0, UnixTime::EPOCH));
    assert!(record.backup_codes.is_none() && record.devices.is_empty() && record.sent_codes.is_empty());
    assert!(record.ticket.is_none() && record.sends.all().is_empty());
    copy(&record);
}

#[test]
fn padding_is_strict_and_hides_what_is_inside() {
    let mut record = enrolled();
    let short = encoded(&record).len();
    record.epoch = Epoch::drawn(0);
    record.enrolled_at = None;
    assert_eq!(encoded(&record).len(), short);
    assert_eq!(short % BLOCK, 0);

    let text = encoded(&record);
    let longer = [&text[..], &[0; BLOCK]].concat();
    assert!(Record::decode(&longer).is_none(), "a block of zeros more");
    assert!(Record::decode(&[]).is_none());
    assert!(Record::decode(&[0; BLOCK]).is_none());
    let mut other_end = text;
    let end = other_end.iter().rposition(|byte| *byte != 0).unwrap();
    other_end[end] = 0x40;
    assert!(Record::decode(&other_end).is_none());
}

#[test]
fn p34_a_record_opens_only_for_its_user_and_revision() {
    let (ring, user, revision) = (ring(), user(), [3; 16]);
    let sealed = enrolled().seal(&ring, &user, &revision).unwrap();
    assert!(Record::open(&ring, &user, &revision, &sealed).is_ok());
    for other in [UserKey::new("acme", "43"), UserKey::new("acm", "e42"), UserKey::new("", "acme42")] {
        assert!(Record::open(&ring, &other, &revision, &sealed).is_err());
    }
    assert!(Record::open(&ring, &user, &[4; 16], &sealed).is_err());
    let ring = KeyRing::generate().unwrap();
    assert!(matches!(Record::open(&ring, &user, &revision, &sealed), Err(OpenError::UnknownKey)));
}

#[test]
fn oversize_is_an_error_in_either_direction() {
    let (ring, user, revision) = (ring(), user(), [3; 16]);
    assert!(Record::open(&ring, &user, &revision, &[0; MAX_BYTES + 1]).is_err());
    let mut record = enrolled();
    record.authenticators[0].name = "x".repeat(MAX_BYTES);
    assert_eq!(record.seal(&ring, &user, &revision).unwrap_err(), SealError::TooLarge);
}

/// Everything at its bound: what users and hosts can put into a record never makes it too large to store.
#[test]
fn the_fullest_record_fits() {
    let record = fullest();
    assert!(record.is_sound());
    let sealed = record.seal(&ring(), &user(), &[3; 16]).unwrap();
    assert!(sealed.len() <= MAX_BYTES, "{} bytes", sealed.len());

    assert!(Record::open(&ring(), &user(), &[3; 16], &sealed).is_ok());
}
