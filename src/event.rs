//! What happened, as facts: for the audit log and for notices.

use serde::{Deserialize, Serialize};

use crate::{factor::Factor, primitives::time::UnixTime, user::UserKey};

/// Something that happened to a user's second factor, after it was committed. Never holds a code, secret, token or address.
///
/// Names in it are what people typed: data to be escaped like any other.
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
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The second factor was turned on: the first authenticator was confirmed. A notice.
    Enabled,
    /// A further authenticator was confirmed. A notice.
    AuthenticatorAdded {
        /// The name its owner gave it.
        name: String,
    },
    /// A set-up was begun; nothing is in force yet.
    EnrollmentStarted,
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
    /// A wrong code was counted.
    CodeRefused {
        /// Until when no further code is looked at, if the wait begins now.
        held_until: Option<UnixTime>,
    },
    /// A code that had been accepted before, or an older one, was tried: somebody may have watched it being typed.
    ReplayRefused {
        /// Until when no further code is looked at, if the wait begins now.
        held_until: Option<UnixTime>,
    },
}

impl EventKind {
    /// Whether the user should hear of it through [`Notifier::notify`](crate::Notifier::notify).
    #[must_use]
    pub const fn is_notice(&self) -> bool {
        matches!(self, Self::Enabled | Self::AuthenticatorAdded { .. })
    }
}
