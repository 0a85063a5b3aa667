//! The words that records are stored in. They stay as they are, for ever.

use std::collections::BTreeSet;

use super::*;
use crate::{
    event::Actor,
    primitives::{algorithm::Algorithm, code::Digits, totp::Totp},
};

/// The words that records are stored in. Whoever renames one of these types makes every record unreadable that holds it.
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

/// The names of all fields, as the fullest record stores them.
#[test]
fn stored_fields_stay_as_they_are() {
    let stored = stored(&fullest());
    let mut names = BTreeSet::new();
    collect_names(&mut &stored[..], &mut names);
    let expected = [
        "account_label",
        "added_at",
        "algorithm",
        "all",
        "at",
        "authenticators",
        "backup_codes",
        "by",
        "challenge",
        "channel",
        "completed",
        "consecutive_failures",
        "count",
        "debt",
        "debt_at",
        "devices",
        "digest",
        "digits",
        "disabled",
        "email",
        "enrolled_at",
        "epoch",
        "expires_at",
        "failures",
        "generation",
        "held_until",
        "host",
        "id",
        "issued_at",
        "kind",
        "known_until",
        "label",
        "last_step",
        "last_used_at",
        "last_verified_at",
        "lookup_failures",
        "many_wrong_codes",
        "minute",
        "name",
        "next_id",
        "outbox",
        "pending",
        "proofs",
        "action",
        "reason",
        "replaces",
        "replay_refused",
        "replay_told_at",
        "reset",
        "root",
        "saved_at",
        "scheme",
        "secret",
        "sends",
        "sent_codes",
        "sessions_since",
        "slots",
        "sms",
        "stamp",
        "step",
        "t0",
        "tenant",
        "texts",
        "throttle",
        "ticket",
        "totp",
        "tries_left",
        "trust",
        "until",
        "used_at",
        "user",
        "verified_at",
        "waiting",
        "wrong_codes",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        expected
    });
    assert!(contains(&stored, b"\x66scheme\x6bhmac_sha256"));
}

/// Walks over one CBOR item (RFC 8949 §3) and notes the keys of all maps in it.
fn collect_names(text: &mut &[u8], names: &mut BTreeSet<String>) {
    let head = text.split_off_first().unwrap();
    let argument = match head & 0x1f {
        small @ 0..=23 => usize::from(small),
        more => {
            let bytes = text.split_off(..1 << (more - 24)).unwrap();
            bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
        }
    };
    match head >> 5 {
        0 | 1 | 7 => {}
        2 | 3 => drop(text.split_off(..argument).unwrap()),
        4 => (0..argument).for_each(|_| collect_names(text, names)),
        5 => {
            for _ in 0..argument {
                let length = usize::from(text[0] - 0x60);
                names.insert(String::from_utf8(text[1..=length].to_vec()).unwrap());
                collect_names(text, names);
                collect_names(text, names);
            }
        }
        _ => collect_names(text, names),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
