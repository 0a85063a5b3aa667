//! How sure a session may be of whom it has.

use serde::{Deserialize, Serialize};

use crate::{factor::Factor, primitives::time::UnixTime};

/// How a session was opened: a fact for the session to keep, not a proof. [`assess`](crate::Verifier::assess) takes it back.
///
/// ```
/// use second_factor::Assurance;
///
/// /// Whether a page that shows salaries opens, or asks for a code first.
/// fn is_enough(session: Assurance) -> bool {
///     session.is_second_factor()
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Assurance {
    /// With a second factor: two factors, as in the authenticator assurance level 2 of NIST SP 800-63B §2.2.
    SecondFactor {
        /// Which one.
        factor: Factor,
        /// When it was verified.
        at: UnixTime,
    },
    /// In a browser that was trusted when a second factor was verified in it, some time ago. A remembered browser is never a second factor.
    TrustedDevice {
        /// When that was.
        verified_at: UnixTime,
    },
    /// With the first factor alone, and why that was enough.
    FirstFactorOnly(Because),
}

impl Assurance {
    /// Whether a second factor was verified for this very session. A trusted browser's was not.
    #[must_use]
    pub const fn is_second_factor(self) -> bool {
        matches!(self, Self::SecondFactor { .. })
    }
}

/// Why the first factor alone was enough.
///
/// ```
/// use second_factor::{Assurance, Because};
///
/// /// What the page after a sign-in suggests.
/// fn suggest(session: Assurance) -> Option<&'static str> {
///     match session {
///         Assurance::FirstFactorOnly(Because::NotEnrolled) => Some("Protect your account with a second step."),
///         Assurance::FirstFactorOnly(Because::Grace { .. }) => Some("Your company requires a second step. Set it up now."),
///         _ => None,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Because {
    /// The policy does not use a second factor for this user, and none is set up.
    PolicyOff,
    /// The policy leaves it to the user, who has not set one up.
    NotEnrolled,
    /// The policy requires one, from this moment on.
    Grace {
        /// The deadline for setting one up.
        until: UnixTime,
    },
    /// The host marked the sign-in as one that is not affected: single sign-on, or a machine's token.
    Exempt,
}
