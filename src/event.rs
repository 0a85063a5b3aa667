//! What happened, as facts: for the audit log and for notices.

mod actor;
mod stored;

use serde::{Deserialize, Serialize};

pub use self::actor::Actor;
use crate::{
    action::Action,
    factor::{Channel, Factor},
    primitives::time::UnixTime,
    user::UserKey,
};

/// Something that happened to a user's second factor, after it was committed. Never holds a code, secret, token or address.
///
/// Names, labels and reasons in it are what people typed: data to be escaped like any other, of a bounded length.
///
/// ```
/// use second_factor::{Event, EventKind};
///
/// /// A line of the audit log, and whether the user's other sessions must end.
/// fn log(event: &Event) -> (String, bool) {
///     let what = match event.kind() {
///         EventKind::Reset { by, reason } => format!("reset by {by:?}: {reason:?}"),
///         other => format!("{other:?}"),
///     };
///     (format!("{} {} {what}", event.at().seconds(), event.user().user()), event.ends_sessions())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    user: UserKey,
    at: UnixTime,
    kind: EventKind,
}

impl Event {
    pub(crate) const fn new(user: UserKey, at: UnixTime, kind: EventKind) -> Self {
        Self { user, at, kind }
    }

    /// Whose second factor.
    #[must_use]
    pub const fn user(&self) -> &UserKey {
        &self.user
    }

    /// When, by the server's clock.
    #[must_use]
    pub const fn at(&self) -> UnixTime {
        self.at
    }

    /// What.
    #[must_use]
    pub const fn kind(&self) -> &EventKind {
        &self.kind
    }

    /// Who did it: an administrator, support, the operator. `None` if it was the user, or somebody with the user's first factor, or if it
    /// followed from a rule (a throttle, [`AuthenticatorsDisabled`](EventKind::AuthenticatorsDisabled)).
    ///
    /// ```
    /// use second_factor::{Actor, Event};
    ///
    /// /// The column "by" of the audit log.
    /// fn by(event: &Event) -> String {
    ///     match event.by() {
    ///         None => event.user().user().to_owned(),
    ///         Some(Actor::User(other)) => other.user().to_owned(),
    ///         Some(Actor::Operator(name)) => format!("operator: {name}"),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub const fn by(&self) -> Option<&Actor> {
        self.kind.by()
    }

    /// Whether the host should end the user's other sessions now. [`assess`](crate::Verifier::assess) ends those that were opened with a
    /// second factor; only the host can end those that were not.
    #[must_use]
    pub const fn ends_sessions(&self) -> bool {
        matches!(
            self.kind,
            EventKind::Reset { .. }
                | EventKind::SignedOutEverywhere
                | EventKind::AuthenticatorReplaced { .. }
        )
    }
}

/// The kinds of event. Those marked *notice* reach the user through [`Notifier::notify`](crate::Notifier::notify); all of them reach the
/// audit log.
///
/// ```
/// use second_factor::EventKind;
///
/// /// Whether the audit log should wake somebody.
/// fn is_alarming(kind: &EventKind) -> bool {
///     matches!(kind, EventKind::ManyWrongCodes { all: true } | EventKind::NoticesLost)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// *Notice.* The second factor was turned on: the first authenticator was confirmed.
    Enabled,
    /// *Notice.* The user turned the second factor off.
    Disabled,
    /// *Notice.* A further authenticator was confirmed.
    AuthenticatorAdded {
        /// The name its owner gave it.
        name: String,
    },
    /// *Notice.* An authenticator was confirmed in the place of another.
    AuthenticatorReplaced {
        /// The name of the new one.
        name: String,
    },
    /// *Notice.* An authenticator was removed; others are left.
    AuthenticatorRemoved {
        /// The name it had.
        name: String,
    },
    /// *Notice.* An authenticator was taken over from another system.
    AuthenticatorImported {
        /// Its name.
        name: String,
        /// Who took it over.
        by: Actor,
    },
    /// An authenticator got another name.
    AuthenticatorRenamed {
        /// The new one.
        name: String,
    },
    /// *Notice.* The authenticators were disabled after 100 failures in a row, as the policy asks (NIST SP 800-63B §3.2.2).
    AuthenticatorsDisabled,
    /// *Notice.* An administrator removed the second factor.
    Reset {
        /// Who.
        by: Actor,
        /// Why, as they put it.
        reason: String,
    },
    /// *Notice.* The tenant stopped using a second factor, and all settings of it were deleted.
    Purged {
        /// Who confirmed it.
        by: Actor,
    },
    /// *Notice.* The record came from a backup of the database: backup codes and trusted browsers were dropped.
    Restored {
        /// Who restored it.
        by: Actor,
    },
    /// *Notice.* The policy requires a second factor, and the user has none yet.
    RequiredByPolicy {
        /// Who announced it.
        by: Actor,
        /// From when on; at once if `None`.
        from: Option<UnixTime>,
    },
    /// *Notice.* Backup codes were issued; older ones are dead.
    BackupCodesIssued {
        /// How many.
        count: u8,
    },
    /// *Notice.* A backup code was used.
    BackupCodeUsed {
        /// How many are left.
        left: u8,
    },
    /// *Notice.* Few backup codes are left: 3 or none.
    BackupCodesLow {
        /// How many.
        left: u8,
    },
    /// *Notice.* The backup codes were shown again.
    BackupCodesViewed,
    /// The user proved to have saved the backup codes.
    BackupCodesSaved,
    /// *Notice.* A browser was trusted: it is not asked for a code for a while.
    BrowserTrusted {
        /// As the host called it.
        label: String,
        /// Until then; until sign-out if `None`.
        until: Option<UnixTime>,
    },
    /// *Notice.* A browser was forgotten: it is asked again.
    BrowserRevoked {
        /// As it was called.
        label: String,
    },
    /// *Notice.* All browsers were forgotten.
    BrowsersRevoked,
    /// A browser got another label.
    BrowserRenamed {
        /// The new one.
        label: String,
    },
    /// A trusted browser signed in without a code.
    TrustedBrowserUsed {
        /// As it is called.
        label: String,
    },
    /// A browser that was trusted until sign-out signed out.
    TrustEnded {
        /// As it is called.
        label: String,
    },
    /// *Notice.* The user signed out everywhere.
    SignedOutEverywhere,
    /// A set-up was begun; nothing is in force yet.
    EnrollmentStarted,
    /// The first factor was right, and a code was asked for. Nothing was written. Where no [`SignedIn`](Self::SignedIn) follows,
    /// somebody may have the password and nothing else.
    Challenged,
    /// A one-time code was made and handed to the notifier.
    CodeSent {
        /// For which channel.
        channel: Channel,
    },
    /// A sign-in passed the second factor.
    SignedIn {
        /// With what.
        factor: Factor,
    },
    /// A settings page asked for the second factor again, and it was passed.
    SteppedUp {
        /// With what.
        factor: Factor,
    },
    /// A passed step-up was used for a page of the host's own.
    ProofSpent {
        /// Which.
        action: Action,
    },
    /// A wrong code was counted.
    CodeRefused {
        /// Until when no further code is looked at, if the wait begins now.
        held_until: Option<UnixTime>,
    },
    /// *Notice, once a day at most.* A code that had been accepted before, or an older one, was tried: somebody may have watched it
    /// being typed.
    ReplayRefused {
        /// Until when no further code is looked at, if the wait begins now.
        held_until: Option<UnixTime>,
    },
    /// *Notice.* Half of the guesses that are ever allowed to unknown browsers are used up, or all of them: somebody has the password.
    ManyWrongCodes {
        /// Whether it is all of them: unknown browsers now wait for days, while known browsers and backup codes still work.
        all: bool,
    },
    /// *Notice.* More happened than notices could be kept while the notifier did not accept any: see the audit log.
    NoticesLost,
    /// The record was deleted, for good.
    Erased {
        /// Who deleted it.
        by: Actor,
    },
}
impl EventKind {
    /// Whether the user should hear of it through [`Notifier::notify`](crate::Notifier::notify).
    #[must_use]
    pub const fn is_notice(&self) -> bool {
        match self {
            Self::Enabled
            | Self::Disabled
            | Self::AuthenticatorAdded { .. }
            | Self::AuthenticatorReplaced { .. }
            | Self::AuthenticatorRemoved { .. }
            | Self::AuthenticatorImported { .. }
            | Self::AuthenticatorsDisabled
            | Self::Reset { .. }
            | Self::Purged { .. }
            | Self::Restored { .. }
            | Self::RequiredByPolicy { .. }
            | Self::BackupCodesIssued { .. }
            | Self::BackupCodeUsed { .. }
            | Self::BackupCodesLow { .. }
            | Self::BackupCodesViewed
            | Self::BrowserTrusted { .. }
            | Self::BrowserRevoked { .. }
            | Self::BrowsersRevoked
            | Self::SignedOutEverywhere
            | Self::NoticesLost => true,
            Self::AuthenticatorRenamed { .. }
            | Self::BackupCodesSaved
            | Self::BrowserRenamed { .. }
            | Self::TrustedBrowserUsed { .. }
            | Self::TrustEnded { .. }
            | Self::EnrollmentStarted
            | Self::Challenged
            | Self::CodeSent { .. }
            | Self::SignedIn { .. }
            | Self::SteppedUp { .. }
            | Self::ProofSpent { .. }
            | Self::CodeRefused { .. }
            | Self::Erased { .. } => false,
            Self::ReplayRefused { .. } | Self::ManyWrongCodes { .. } => true,
        }
    }

    /// Whether anybody at all can cause it, who has the password: such notices coalesce, and never push out others.
    pub(crate) const fn is_attempt(&self) -> bool {
        matches!(self, Self::ReplayRefused { .. } | Self::ManyWrongCodes { .. })
    }

    /// How many bytes of text in it somebody typed.
    pub(crate) fn text_bytes(&self) -> usize {
        let typed = match self {
            Self::AuthenticatorAdded { name }
            | Self::AuthenticatorReplaced { name }
            | Self::AuthenticatorRemoved { name }
            | Self::AuthenticatorImported { name, .. } => name.len(),
            Self::BrowserTrusted { label, .. } | Self::BrowserRevoked { label } => label.len(),
            Self::Reset { reason, .. } => reason.len(),
            _ => 0,
        };
        typed.saturating_add(self.by().map_or(0, Actor::text_bytes))
    }

    /// Who did it, where it was done to the user.
    const fn by(&self) -> Option<&Actor> {
        match self {
            Self::AuthenticatorImported { by, .. }
            | Self::Reset { by, .. }
            | Self::Purged { by }
            | Self::Restored { by }
            | Self::RequiredByPolicy { by, .. }
            | Self::Erased { by } => Some(by),
            _ => None,
        }
    }
}
