//! How a person shows who they are: the factors, and how the first one was shown.

use serde::{Deserialize, Serialize};

use crate::primitives::stored::stored;

/// An out-of-band channel to the user (NIST SP 800-63B §3.1.3). The addresses are the host's; the library knows only the channel.
///
/// ```
/// use second_factor::{Account, Challenge, Channel, Result, Token, Verifier};
///
/// /// "The text message does not arrive": the same challenge, over the other channel.
/// async fn mail_instead(verifier: &Verifier, account: &Account, token: &Token) -> Result<Challenge> {
///     verifier.send(account, token, Channel::Email).await
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Channel {
    /// A mail to the address of the account. NIST SP 800-63B does not accept it as a second factor.
    Email,
    /// A text message to the number of the account.
    Sms,
}
stored!(enum Channel { 0: Email = "Email", 1: Sms = "Sms" });

/// A kind of second factor.
///
/// A [`Policy`](crate::Policy) allows and forbids them; a [`Challenge`](crate::Challenge) says which of them may answer it.
///
/// ```
/// use second_factor::{Channel, Factor, Policy, Requirement};
///
/// /// The tick boxes of the administration's policy form.
/// const BOXES: [(&str, Factor); 4] = [
///     ("app", Factor::Totp),
///     ("backup-codes", Factor::BackupCode),
///     ("mail", Factor::OneTimeCode(Channel::Email)),
///     ("text-message", Factor::OneTimeCode(Channel::Sms)),
/// ];
///
/// fn posted(ticked: &[&str]) -> Policy {
///     BOXES.iter().fold(Policy::new(Requirement::RequiredForAll), |policy, (name, factor)| {
///         if ticked.contains(name) { policy.allow(*factor) } else { policy.forbid(*factor) }
///     })
/// }
///
/// let policy = posted(&["app", "mail"]);
/// assert!(policy.allows(Factor::OneTimeCode(Channel::Email)) && !policy.allows(Factor::BackupCode));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Factor {
    /// A code from an authenticator app (RFC 6238).
    Totp,
    /// A backup code, from the list that was handed out at set-up: a look-up secret (NIST SP 800-63B §3.1.2).
    #[doc(alias = "look-up secret")]
    #[doc(alias = "recovery code")]
    BackupCode,
    /// A one-time code that was sent over this channel: out-of-band authentication (NIST SP 800-63B §3.1.3).
    #[doc(alias = "out-of-band")]
    OneTimeCode(Channel),
}

/// How the first factor was shown. Passing it to [`Verifier::begin`](crate::Verifier::begin) is the host's assertion that it was.
///
/// ```
/// use second_factor::{Account, FirstFactor, Result, SignIn, Verifier};
///
/// /// Back from the company's identity provider: it has asked for whatever it asks for.
/// async fn after_sso(verifier: &Verifier, account: &Account, multi_factor: bool) -> Result<SignIn> {
///     verifier.begin(account, FirstFactor::Sso { second_factor_done: multi_factor }, None).await
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FirstFactor {
    /// The password, which the library never sees.
    Password,
    /// A link or code sent over this channel.
    Link(Channel),
    /// A single sign-on of another identity provider, which answers for its own second factor. Exempt.
    Sso {
        /// Whether that provider says that it asked for a second factor. Kept as the host's statement; exempt either way.
        second_factor_done: bool,
    },
    /// A token of a machine. Exempt.
    ApiToken,
}

impl FirstFactor {
    /// The channel that carried it, if one did.
    pub(crate) const fn channel(self) -> Option<Channel> {
        match self {
            Self::Link(channel) => Some(channel),
            Self::Password | Self::Sso { .. } | Self::ApiToken => None,
        }
    }

    /// Whether sign-ins of this kind are never asked for a second factor here. A password never is exempt.
    #[must_use]
    pub const fn is_exempt(self) -> bool {
        matches!(self, Self::Sso { .. } | Self::ApiToken)
    }
}
