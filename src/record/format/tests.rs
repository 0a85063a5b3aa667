use super::*;
use crate::{
    action::Action,
    event::EventKind,
    primitives::{algorithm::Algorithm, code::Digits, secret::Secret, totp::Totp},
    record::{
        Epoch, enroll,
        tests::{fullest, given::*},
    },
};

/// The fields alone, without version, end and padding.
fn fields(record: &Record) -> Vec<u8> {
    unpad(&record.encode().unwrap()).unwrap()[1..].to_vec()
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
    let again = Record::decode(&record.encode().unwrap()).unwrap();
    assert_eq!(*again.encode().unwrap(), *record.encode().unwrap());
    assert!(Record::decode(&plaintext(VERSION, &fields(&record))).is_some(), "what the next tests change");
}

#[test]
fn p33_a_weak_legacy_secret_reads_back_and_no_shorter_one_does() {
    use serde::de::value::{BorrowedBytesDeserializer, Error};

    let mut record = enrolled();
    record.authenticators[0].secret = Secret::from_weak_legacy_bytes(&[7; 10]).unwrap();
    let again = Record::decode(&record.encode().unwrap()).unwrap();
    assert_eq!(again.authenticators[0].secret.expose(), [7; 10]);

    let read = |bytes| secret::deserialize(BorrowedBytesDeserializer::<Error>::new(bytes)).map(drop);
    assert!(read(&[7; 10]).is_ok() && read(&[7; 128]).is_ok());
    assert!(read(&[7; 9]).is_err() && read(&[7; 129]).is_err());
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
    // A map of twenty entries is 0xb4; with one more it is 0xb5.
    assert_eq!(fields[0], 0xb4);
    let with_entry = |entry: &[u8]| {
        let mut grown = vec![0xb5];
        grown.extend_from_slice(&fields[1..]);
        grown.extend_from_slice(entry);
        Record::decode(&plaintext(VERSION, &grown)).is_some()
    };
    assert!(!with_entry(b"\x63new\x01"), "an unknown field");
    assert!(!with_entry(b"\x6ageneration\x05"), "a field twice");
}

#[test]
fn repeated_authenticators_are_errors() {
    let mut record = enrolled();
    add(&mut record);
    record.authenticators[1].id = record.authenticators[0].id;
    assert!(Record::decode(&record.encode().unwrap()).is_none(), "the same id twice");
    record.authenticators[1].id = id(2);
    assert!(Record::decode(&record.encode().unwrap()).is_some());
    record.next_id = id(2);
    assert!(Record::decode(&record.encode().unwrap()).is_none(), "an id that will be given again");
}

#[test]
fn more_than_a_record_holds_is_an_error() {
    let mut record = enrolled();
    for _ in 0..MAX_AUTHENTICATORS {
        add(&mut record);
    }
    assert!(Record::decode(&record.encode().unwrap()).is_none());
}

#[test]
fn what_no_ceremony_writes_is_an_error() {
    let opens = |change: &dyn Fn(&mut Record)| {
        let mut record = fullest();
        change(&mut record);
        Record::decode(&record.encode().unwrap()).is_some()
    };
    assert!(opens(&|_| ()));
    assert!(!opens(&|record| record.completed[1].id = record.completed[0].id), "a challenge twice");
    assert!(!opens(&|record| record.proofs[1].id = record.proofs[0].id), "a proof twice");
    assert!(!opens(&|record| record.authenticators[2].name.push('x')), "a name of 65 characters");
    let pending = |name, label| Some(enroll::tests::pending_named(NOW, name, label));
    assert!(opens(&|record| record.pending = pending(MAX_NAME, OtpauthUri::MAX_ACCOUNT_BYTES)));
    assert!(!opens(&|record| record.pending = pending(MAX_NAME + 1, 1)), "a pending name of 65");
    assert!(
        !opens(&|record| record.pending = pending(1, OtpauthUri::MAX_ACCOUNT_BYTES + 1)),
        "a label of 321"
    );
    assert!(!opens(&|record| record.complete_one_too_many()), "one challenge too many");
}

impl Record {
    fn complete_one_too_many(&mut self) {
        let more = Record::decode(&fullest().encode().unwrap()).unwrap().completed;
        self.completed.extend(more.into_iter().take(1).map(|mut completed| {
            completed.id = 1;
            completed
        }));
    }
}

/// The words that records are stored in. Whoever renames one of these types makes every record unreadable that holds it.
#[test]
fn stored_words_stay_as_they_are() {
    fn stored(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }
    assert_eq!(stored(EventKind::Enabled), r#""enabled""#);
    let added = EventKind::AuthenticatorAdded { name: "x".into() };
    assert_eq!(stored(added), r#"{"authenticator_added":{"name":"x"}}"#);
    assert_eq!(stored(Action::AddAuthenticator), r#""add_authenticator""#);
    for (algorithm, name) in
        [(Algorithm::Sha1, "Sha1"), (Algorithm::Sha256, "Sha256"), (Algorithm::Sha512, "Sha512")]
    {
        let totp = Totp::new().with_algorithm(algorithm).with_digits(Digits::Eight);
        let expected = format!(r#"{{"algorithm":"{name}","digits":8,"step":30,"t0":0}}"#);
        assert_eq!(stored(totp), expected);
    }
}

#[test]
fn padding_is_strict_and_hides_what_is_inside() {
    let mut record = enrolled();
    let short = record.encode().unwrap().len();
    record.epoch = Epoch::drawn(0);
    record.enrolled_at = None;
    assert_eq!(record.encode().unwrap().len(), short);
    assert_eq!(short % BLOCK, 0);

    let text = record.encode().unwrap();
    let longer = [&text[..], &[0; BLOCK]].concat();
    assert!(Record::decode(&longer).is_none(), "a block of zeros more");
    assert!(Record::decode(&[]).is_none());
    assert!(Record::decode(&[0; BLOCK]).is_none());
    let mut other_end = text.to_vec();
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
