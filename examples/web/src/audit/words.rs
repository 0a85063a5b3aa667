//! The audit log in words. Names, labels and reasons are what people typed: the page and the file escape them.

use second_factor::{Action, Because, Channel, EventKind, Factor, UnixTime};

use super::{
    ServiceEvent, What,
    search::{By, Entry},
};
use crate::{when, words::Words};

/// What can be searched for: the name of each kind, and the key of its words.
pub(crate) const KINDS: [(&str, &str); 42] = [
    ("signed_in", "audit-signed-in"),
    ("trusted_browser_used", "audit-trusted-browser-used"),
    ("signed_in_without", "audit-signed-in-without"),
    ("signed_out", "audit-signed-out"),
    ("signed_out_everywhere", "audit-signed-out-everywhere"),
    ("password_refused", "audit-password-refused"),
    ("password_changed", "audit-password-changed"),
    ("challenged", "audit-challenged"),
    ("code_sent", "audit-code-sent"),
    ("code_refused", "audit-code-refused"),
    ("replay_refused", "audit-replay-refused"),
    ("many_wrong_codes", "audit-many-wrong-codes"),
    ("enrollment_started", "audit-enrollment-started"),
    ("enabled", "audit-enabled"),
    ("disabled", "audit-disabled"),
    ("authenticator_added", "audit-authenticator-added"),
    ("authenticator_replaced", "audit-authenticator-replaced"),
    ("authenticator_removed", "audit-authenticator-removed"),
    ("authenticator_imported", "audit-authenticator-imported"),
    ("authenticator_renamed", "audit-authenticator-renamed"),
    ("authenticators_disabled", "audit-authenticators-disabled"),
    ("backup_codes_issued", "audit-backup-codes-issued"),
    ("backup_code_used", "audit-backup-code-used"),
    ("backup_codes_low", "audit-backup-codes-low"),
    ("backup_codes_viewed", "audit-backup-codes-viewed"),
    ("backup_codes_saved", "audit-backup-codes-saved"),
    ("browser_trusted", "audit-browser-trusted"),
    ("browser_revoked", "audit-browser-revoked"),
    ("browsers_revoked", "audit-browsers-revoked"),
    ("browser_renamed", "audit-browser-renamed"),
    ("trust_ended", "audit-trust-ended"),
    ("stepped_up", "audit-stepped-up"),
    ("proof_spent", "audit-proof-spent"),
    ("reset", "audit-reset"),
    ("required_by_policy", "audit-required-by-policy"),
    ("policy_saved", "audit-policy-saved"),
    ("contact_saved", "audit-contact-saved"),
    ("purged", "audit-purged"),
    ("restored", "audit-restored"),
    ("erased", "audit-erased"),
    ("invited", "audit-invited"),
    ("notices_lost", "audit-notices-lost"),
];

impl Entry {
    /// When, by the clock of UTC.
    pub(crate) fn moment(&self) -> String {
        when::date(self.at)
    }

    /// Who did it.
    pub(crate) fn by_in_words(&self, words: Words) -> String {
        match &self.by {
            By::Member => words.say("audit-by-member"),
            By::Other(address) => address.clone(),
            By::Operator(name) => words.with("name", name.as_str()).say("audit-by-operator"),
        }
    }

    /// What happened, in a few words.
    pub(crate) fn title(&self, words: Words) -> String {
        match KINDS.iter().find(|(kind, _)| *kind == self.kind) {
            Some((_, key)) => words.say(key),
            None if self.kind == "entries_lost" => words.say("audit-entries-lost"),
            None => self.kind.clone(),
        }
    }

    /// What else there is to say of it.
    pub(crate) fn details(&self, words: Words) -> String {
        match &self.what {
            Some(What::SecondFactor(kind)) => details(words, kind),
            Some(What::Service(event)) => service(words, event),
            None => String::new(),
        }
    }
}

fn service(words: Words, event: &ServiceEvent) -> String {
    match event {
        ServiceEvent::SignedInWithout { because } => match because {
            Because::PolicyOff => words.say("audit-because-off"),
            Because::NotEnrolled => words.say("audit-because-not-enrolled"),
            Because::Grace { until } => words.with("date", when::date(*until)).say("audit-because-grace"),
            Because::Exempt => words.say("audit-because-exempt"),
            other => format!("{other:?}"),
        },
        ServiceEvent::PolicySaved { requirement } => requirement.clone(),
        ServiceEvent::EntriesLost { count } => count.to_string(),
        ServiceEvent::PasswordRefused
        | ServiceEvent::PasswordChanged
        | ServiceEvent::SignedOut
        | ServiceEvent::ContactSaved => String::new(),
        ServiceEvent::Invited { address } => address.clone(),
    }
}

fn details(words: Words, kind: &EventKind) -> String {
    match kind {
        EventKind::AuthenticatorAdded { name }
        | EventKind::AuthenticatorReplaced { name }
        | EventKind::AuthenticatorRemoved { name }
        | EventKind::AuthenticatorImported { name, .. }
        | EventKind::AuthenticatorRenamed { name } => name.clone(),
        EventKind::BrowserRevoked { label }
        | EventKind::BrowserRenamed { label }
        | EventKind::TrustedBrowserUsed { label }
        | EventKind::TrustEnded { label }
        | EventKind::BrowserTrusted { label, until: None } => label.clone(),
        EventKind::BrowserTrusted { label, until: Some(until) } => {
            words.with("label", label.as_str()).with("date", when::date(*until)).say("audit-label-until")
        }
        EventKind::Reset { reason, .. } => words.with("reason", reason.as_str()).say("audit-reason"),
        EventKind::RequiredByPolicy { from: Some(from), .. } => {
            words.with("date", when::date(*from)).say("audit-from")
        }
        EventKind::BackupCodesIssued { count } => count.to_string(),
        EventKind::BackupCodeUsed { left } | EventKind::BackupCodesLow { left } => {
            words.with("left", *left).say("audit-left")
        }
        EventKind::CodeSent { channel } => self::channel(words, *channel),
        EventKind::SignedIn { factor } | EventKind::SteppedUp { factor } => self::factor(words, *factor),
        EventKind::ProofSpent { action } => self::action(action),
        EventKind::CodeRefused { held_until } | EventKind::ReplayRefused { held_until } => {
            held_until.map_or_else(String::new, |until| held(words, until))
        }
        EventKind::ManyWrongCodes { all: true } => words.say("audit-all-guesses"),
        _ => String::new(),
    }
}

fn held(words: Words, until: UnixTime) -> String {
    words.with("date", when::date(until)).say("audit-held-until")
}

fn channel(words: Words, channel: Channel) -> String {
    match channel {
        Channel::Email => words.say("audit-by-mail"),
        Channel::Sms => words.say("audit-by-text-message"),
        other => format!("{other:?}"),
    }
}

fn factor(words: Words, factor: Factor) -> String {
    match factor {
        Factor::Totp => words.say("audit-with-app"),
        Factor::BackupCode => words.say("audit-with-backup-code"),
        Factor::OneTimeCode(channel) => self::channel(words, channel),
        other => format!("{other:?}"),
    }
}

/// The service's own pages name what they ask a proof for.
fn action(action: &Action) -> String {
    match action {
        Action::Host(name) => name.clone(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the library, from its source: those of a later version must not be without words.
    #[test]
    fn every_kind_of_event_has_words() {
        let source = include_str!("../../../../src/event.rs");
        let (_, body) = source.split_once("pub enum EventKind {").unwrap();
        let (body, _) = body.split_once("\n}\n").unwrap();
        let variants = body.lines().filter_map(|line| {
            let name = line.strip_prefix("    ")?;
            name.starts_with(|c: char| c.is_ascii_uppercase()).then(|| name.trim_end_matches([',', '{', ' ']))
        });
        let mut count = 0;
        for variant in variants {
            let mut kind = String::new();
            for c in variant.chars() {
                if c.is_ascii_uppercase() && !kind.is_empty() {
                    kind.push('_');
                }
                kind.push(c.to_ascii_lowercase());
            }
            assert!(KINDS.iter().any(|(name, _)| *name == kind), "{kind}");
            count += 1;
        }
        assert!(count > 30, "{count} kinds found");
    }

    #[test]
    fn each_kind_is_stored_under_the_name_by_which_it_is_found() {
        let all = [
            What::SecondFactor(EventKind::Enabled),
            What::SecondFactor(EventKind::BackupCodeUsed { left: 3 }),
            What::Service(ServiceEvent::PasswordRefused),
            What::Service(ServiceEvent::PolicySaved { requirement: "off".into() }),
        ];
        let names = ["enabled", "backup_code_used", "password_refused", "policy_saved"];
        for (what, name) in all.iter().zip(names) {
            let (kind, text) = what.stored().unwrap();
            assert_eq!(kind, name);
            assert_eq!(&serde_json::from_str::<What>(&text).unwrap(), what);
        }
    }
}
