//! What the tests of the ceremonies begin with.

use super::super::{
    Authenticator, Challenge, Decision, Epoch, NewBrowser, Record, Root, challenge::OpenProof,
};
use crate::{
    account::Account,
    action::{Action, AuthenticatorId},
    device::{DeviceId, Presented},
    event::{Actor, EventKind},
    factor::{Channel, Factor},
    policy::{Policy, Requirement},
    primitives::{
        backup::LookupSecret,
        code::Code,
        seal::KeyRing,
        secret::Secret,
        stored::{Stored, Writer},
        time::{TimeStep, UnixTime},
        totp::Totp,
        wiped::Wiped,
    },
    record::Typed,
    user::UserKey,
};

pub(in crate::record) use crate::primitives::time::DAY;

pub(in crate::record) const NOW: UnixTime = UnixTime::from_seconds(1_000_000_000);
pub(in crate::record) const EPOCH: Epoch = Epoch::drawn(7);
pub(in crate::record) const NEW_EPOCH: Epoch = Epoch::drawn(77);
pub(in crate::record) const EMAIL: Factor = Factor::OneTimeCode(Channel::Email);
pub(in crate::record) const SMS: Factor = Factor::OneTimeCode(Channel::Sms);

/// The id with this number.
pub(in crate::record) fn id(number: u64) -> AuthenticatorId {
    number.to_string().parse().unwrap()
}

/// The secret of authenticator `number`.
pub(in crate::record) fn secret(number: u8) -> Secret {
    Secret::from_bytes(&[number; 20]).unwrap()
}

/// What authenticator `number` shows.
pub(in crate::record) fn code_at(number: u8, now: UnixTime) -> Code {
    Totp::default().key(&secret(number)).code_at(now).unwrap()
}

/// The same, typed.
pub(in crate::record) fn shown(number: u8, now: UnixTime) -> Typed {
    Typed::Digits(code_at(number, now))
}

/// Eight digits, which no authenticator here shows and nobody was sent.
pub(in crate::record) fn wrong() -> Typed {
    Typed::Digits(Code::read("00000000").unwrap())
}

/// A record with one authenticator, last used long ago.
pub(in crate::record) fn enrolled() -> Record {
    let mut record = unenrolled();
    record.epoch = EPOCH;
    record.enrolled_at = Some(NOW);
    add(&mut record);
    record
}

/// A record without a factor.
pub(in crate::record) fn unenrolled() -> Record {
    Record::new(Root::drawn([9; 32]))
}

/// One more authenticator: the n-th has the secret `secret(n)`.
pub(in crate::record) fn add(record: &mut Record) {
    let id = record.next_id;
    record.next_id = id.next();
    record.authenticators.push(Authenticator {
        id,
        name: format!("phone {id}"),
        secret: secret(id.to_string().parse().unwrap()),
        totp: Totp::default(),
        last_step: TimeStep::new(0),
        added_at: NOW,
        last_used_at: NOW,
        disabled: false,
    });
}

/// Proof 5, good for five minutes.
pub(in crate::record) fn proof(action: &Action) -> OpenProof {
    OpenProof { id: 5, action: action.clone(), expires_at: NOW.plus(300) }
}

/// A challenge that was passed, and a proof that is open.
pub(in crate::record) fn remember(record: &mut Record, id: u128, action: Action, expires_at: UnixTime) {
    record.keep_proof(OpenProof { id, action, expires_at });
    record.complete(id, expires_at);
}

pub(in crate::record) fn ring() -> KeyRing {
    KeyRing::from_text("sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
}

pub(in crate::record) fn user() -> UserKey {
    UserKey::new("acme", "42")
}

/// Who does what the operator does.
pub(in crate::record) fn operator() -> Actor {
    Actor::Operator("restore".into())
}

pub(in crate::record) fn optional() -> Policy {
    Policy::new(Requirement::Optional)
}

pub(in crate::record) fn required() -> Policy {
    Policy::new(Requirement::RequiredForAll)
}

/// The user under this policy, with a mail address and a telephone.
pub(in crate::record) fn under(policy: &Policy) -> Account {
    Account::new(user(), b"1", policy).reachable_by(Channel::Email).reachable_by(Channel::Sms)
}

/// The user, who may and need not have a second factor.
pub(in crate::record) fn account() -> Account {
    under(&optional())
}

/// A challenge of a sign-in by password from an unknown browser.
pub(in crate::record) fn challenge(id: u128) -> Challenge {
    Challenge { id, epoch: EPOCH, expires_at: NOW.plus(600), browser: None, first: None, action: None }
}

/// The same for somebody who never had a factor.
pub(in crate::record) fn challenge_before_enrollment(id: u128) -> Challenge {
    Challenge { epoch: Epoch::BEFORE_ENROLLMENT, ..challenge(id) }
}

pub(in crate::record) fn device_id(number: u8) -> DeviceId {
    DeviceId::new(number.into())
}

/// Browser `number`, not to be trusted.
pub(in crate::record) fn browser(number: u8) -> NewBrowser {
    NewBrowser::new(device_id(number), [number; 32].into(), None)
}

/// Browser `number`, to be trusted.
pub(in crate::record) fn trusted_browser(number: u8) -> NewBrowser {
    NewBrowser::new(device_id(number), [number; 32].into(), Some(&format!("browser {number}")))
}

/// The cookie of browser `number`.
pub(in crate::record) fn cookie(number: u8) -> Presented {
    Presented { id: device_id(number), secret: [number; 32].into() }
}

/// A long backup code.
pub(in crate::record) fn long(number: u8) -> LookupSecret {
    let checks = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars();
    checks.into_iter().find_map(|check| LookupSecret::read(&format!("{number:024}{check}"))).unwrap()
}

/// A short one.
pub(in crate::record) fn short(number: u8) -> LookupSecret {
    LookupSecret::read(&format!("{number:016}")).unwrap()
}

/// The long codes 1 to 10.
pub(in crate::record) fn ten() -> Vec<LookupSecret> {
    (1..=10).map(long).collect()
}

/// The record that was written, and what happened.
pub(in crate::record) fn written<T>(decision: Decision<T>) -> (Record, Vec<EventKind>, T) {
    let change = decision.change.expect("written");
    (change.record, change.events, decision.outcome)
}

/// The record that was written with a good outcome.
pub(in crate::record) fn done<T, E: std::fmt::Debug>(decision: Decision<Result<T, E>>) -> Record {
    decision.outcome.map_err(|error| format!("{error:?}")).map(drop).unwrap();
    decision.change.expect("written").record
}

/// The outcome, of which nothing was written.
pub(in crate::record) fn kept<T>(decision: Decision<T>) -> T {
    assert!(decision.change.is_none(), "nothing is written");
    decision.outcome
}

/// The same record once more: records can be copied in tests only, through their stored form.
pub(in crate::record) fn copy(record: &Record) -> Record {
    let sealed = record.seal(&ring(), &user(), &[0; 16]).unwrap();
    Record::open(&ring(), &user(), &[0; 16], &sealed).unwrap()
}

/// Every field as it is stored, to compare records by.
pub(in crate::record) fn stored(record: &Record) -> Vec<u8> {
    let mut fields = Wiped::with_room_for(0);
    record.write(&mut Writer::new(&mut fields)).unwrap();
    fields.to_vec()
}
