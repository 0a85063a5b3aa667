//! Notices in words, to the person they are about.

use second_factor::{Actor, EventKind};

use crate::{when, words::Words};

/// What a notice says, in a sentence or two. Names, labels and reasons in it are what people typed.
pub(super) fn notice(words: Words, kind: &EventKind) -> String {
    let named = |name: &str, key| words.with("name", name.to_owned()).say(key);
    match kind {
        EventKind::Enabled => words.say("mail-enabled"),
        EventKind::Disabled => words.say("mail-disabled"),
        EventKind::AuthenticatorAdded { name } => named(name, "mail-authenticator-added"),
        EventKind::AuthenticatorReplaced { name } => named(name, "mail-authenticator-replaced"),
        EventKind::AuthenticatorRemoved { name } => named(name, "mail-authenticator-removed"),
        EventKind::AuthenticatorImported { name, .. } => named(name, "mail-authenticator-imported"),
        EventKind::AuthenticatorsDisabled => words.say("mail-authenticators-disabled"),
        EventKind::Reset { by, reason } => {
            let words = words.with("reason", reason.as_str());
            match by {
                Actor::User(_) => words.say("mail-reset-by-administrator"),
                Actor::Operator(_) => words.say("mail-reset-by-operator"),
            }
        }
        EventKind::Purged { .. } => words.say("mail-purged"),
        EventKind::Restored { .. } => words.say("mail-restored"),
        EventKind::RequiredByPolicy { from: None, .. } => words.say("mail-required"),
        EventKind::RequiredByPolicy { from: Some(from), .. } => {
            words.with("date", when::date(*from)).say("mail-required-from")
        }
        EventKind::BackupCodesIssued { count } => words.with("count", *count).say("mail-backup-codes-issued"),
        EventKind::BackupCodeUsed { left } => words.with("left", *left).say("mail-backup-code-used"),
        EventKind::BackupCodesLow { left: 0 } => words.say("mail-backup-codes-gone"),
        EventKind::BackupCodesLow { left } => words.with("left", *left).say("mail-backup-codes-low"),
        EventKind::BackupCodesViewed => words.say("mail-backup-codes-viewed"),
        EventKind::BrowserTrusted { label, until: None } => named(label, "mail-browser-trusted"),
        EventKind::BrowserTrusted { label, until: Some(until) } => words
            .with("name", label.as_str())
            .with("date", when::date(*until))
            .say("mail-browser-trusted-until"),
        EventKind::BrowserRevoked { label } => named(label, "mail-browser-revoked"),
        EventKind::BrowsersRevoked => words.say("mail-browsers-revoked"),
        EventKind::SignedOutEverywhere => words.say("mail-signed-out-everywhere"),
        EventKind::ReplayRefused { .. } => words.say("mail-replay-refused"),
        EventKind::ManyWrongCodes { .. } => words.say("mail-many-wrong-codes"),
        EventKind::NoticesLost => words.say("mail-notices-lost"),
        // A kind of a later version: that something changed is better said than nothing.
        _ => words.say("mail-changed"),
    }
}

/// What the mail is called.
pub(super) fn subject(words: Words, kind: &EventKind) -> String {
    match kind {
        EventKind::Enabled => words.say("mail-subject-enabled"),
        EventKind::Disabled => words.say("mail-subject-disabled"),
        EventKind::Reset { .. } => words.say("mail-subject-reset"),
        EventKind::RequiredByPolicy { .. } => words.say("mail-subject-required"),
        EventKind::BackupCodesIssued { .. }
        | EventKind::BackupCodeUsed { .. }
        | EventKind::BackupCodesLow { .. }
        | EventKind::BackupCodesViewed => words.say("mail-subject-backup-codes"),
        EventKind::BrowserTrusted { .. } | EventKind::BrowserRevoked { .. } | EventKind::BrowsersRevoked => {
            words.say("mail-subject-browsers")
        }
        EventKind::ReplayRefused { .. } | EventKind::ManyWrongCodes { .. } | EventKind::NoticesLost => {
            words.say("mail-subject-alarm")
        }
        _ => words.say("mail-subject-changed"),
    }
}
