//! The words that records are stored in. They stay as they are, for ever.

use serde::Serialize;
use sha2::Digest as _;

use super::*;
use crate::{
    event::Actor,
    primitives::{algorithm::Algorithm, code::Digits, totp::Totp},
};

/// The words that records are stored in, and notices were at first. Whoever renames one of these types makes every record unreadable that
/// holds it.
#[test]
fn stored_words_stay_as_they_are() {
    fn stored(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }
    let name = || "x".to_owned();
    for (kind, expected) in [
        (EventKind::Enabled, r#""enabled""#),
        (EventKind::Disabled, r#""disabled""#),
        (EventKind::AuthenticatorAdded { name: name() }, r#"{"authenticator_added":{"name":"x"}}"#),
        (EventKind::AuthenticatorReplaced { name: name() }, r#"{"authenticator_replaced":{"name":"x"}}"#),
        (EventKind::AuthenticatorRemoved { name: name() }, r#"{"authenticator_removed":{"name":"x"}}"#),
        (
            EventKind::AuthenticatorImported { name: name(), by: Actor::Operator(name()) },
            r#"{"authenticator_imported":{"name":"x","by":{"operator":"x"}}}"#,
        ),
        (EventKind::AuthenticatorsDisabled, r#""authenticators_disabled""#),
        (
            EventKind::Reset { by: Actor::Operator(name()), reason: name() },
            r#"{"reset":{"by":{"operator":"x"},"reason":"x"}}"#,
        ),
        (
            EventKind::Purged { by: Actor::User(UserKey::new("t", "u")) },
            r#"{"purged":{"by":{"user":{"tenant":"t","user":"u"}}}}"#,
        ),
        (EventKind::Restored { by: Actor::Operator(name()) }, r#"{"restored":{"by":{"operator":"x"}}}"#),
        (
            EventKind::RequiredByPolicy { by: Actor::Operator(name()), from: Some(NOW) },
            r#"{"required_by_policy":{"by":{"operator":"x"},"from":1000000000}}"#,
        ),
        (EventKind::BackupCodesIssued { count: 10 }, r#"{"backup_codes_issued":{"count":10}}"#),
        (EventKind::BackupCodeUsed { left: 9 }, r#"{"backup_code_used":{"left":9}}"#),
        (EventKind::BackupCodesLow { left: 3 }, r#"{"backup_codes_low":{"left":3}}"#),
        (EventKind::BackupCodesViewed, r#""backup_codes_viewed""#),
        (
            EventKind::BrowserTrusted { label: name(), until: None },
            r#"{"browser_trusted":{"label":"x","until":null}}"#,
        ),
        (EventKind::BrowserRevoked { label: name() }, r#"{"browser_revoked":{"label":"x"}}"#),
        (EventKind::BrowsersRevoked, r#""browsers_revoked""#),
        (EventKind::SignedOutEverywhere, r#""signed_out_everywhere""#),
        (
            EventKind::ReplayRefused { held_until: Some(NOW) },
            r#"{"replay_refused":{"held_until":1000000000}}"#,
        ),
        (EventKind::ManyWrongCodes { all: true }, r#"{"many_wrong_codes":{"all":true}}"#),
        (EventKind::NoticesLost, r#""notices_lost""#),
    ] {
        assert!(kind.is_notice(), "only notices are stored");
        assert_eq!(stored(&kind), expected);
        assert_eq!(serde_json::from_str::<EventKind>(expected).unwrap(), kind);
    }
    for (action, expected) in [
        (Action::AddAuthenticator, r#""add_authenticator""#),
        (Action::Replace(id(1)), r#"{"replace":1}"#),
        (Action::Remove(id(1)), r#"{"remove":1}"#),
        (Action::Disable, r#""disable""#),
        (Action::RegenerateBackupCodes, r#""regenerate_backup_codes""#),
        (Action::ViewBackupCodes, r#""view_backup_codes""#),
        (Action::Host("x".into()), r#"{"host":"x"}"#),
    ] {
        assert_eq!(stored(&action), expected);
        assert_eq!(serde_json::from_str::<Action>(expected).unwrap(), action);
    }
    assert_eq!([Channel::Email, Channel::Sms].map(stored), [r#""Email""#, r#""Sms""#]);
    for (algorithm, name) in
        [(Algorithm::Sha1, "Sha1"), (Algorithm::Sha256, "Sha256"), (Algorithm::Sha512, "Sha512")]
    {
        let totp = Totp::new().with_algorithm(algorithm).with_digits(Digits::Eight);
        let expected = format!(r#"{{"algorithm":"{name}","digits":8,"step":30,"t0":0}}"#);
        assert_eq!(stored(totp), expected);
    }
}

/// Every field of the fullest record under its number. If this fails, records that were written before no longer read: give new fields new
/// numbers, and leave the others alone. A new field with a default is left out of this record, and changes nothing here.
#[test]
fn stored_fields_stay_as_they_are() {
    let digest = sha2::Sha256::digest(stored(&fullest()));
    assert_eq!(
        data_encoding::HEXLOWER.encode(&digest),
        "d66928d92a1b100a362af36dedb040ebf06df2358393c7467679c25fee9e6e45"
    );
}
