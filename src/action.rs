//! What a step-up is for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{primitives::stored::stored, refusal::NotAllowed};

/// Which of the user's authenticators. Never used again within one record.
///
/// Its text is a decimal number, to stand in the form that renames or removes it.
///
/// ```
/// use second_factor::{Account, Action, AuthenticatorId, Challenge, Result, Verifier};
///
/// /// "Remove" beside an app in the settings: `id` comes from the form.
/// async fn ask_before_removing(verifier: &Verifier, account: &Account, id: &str) -> Result<Option<Challenge>> {
///     let Ok(id) = id.parse::<AuthenticatorId>() else { return Ok(None) };
///     verifier.begin_step_up(account, &Action::Remove(id), None).await.map(Some)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthenticatorId(u64);
stored!(AuthenticatorId(u64));

impl AuthenticatorId {
    pub(crate) const FIRST: Self = Self(1);

    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AuthenticatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for AuthenticatorId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What a [`Proof`](crate::Proof) is for: the one thing it may do, once.
///
/// ```
/// use second_factor::{Account, Action, Challenge, Result, Verifier};
///
/// /// The page "turn off" asks for a code first.
/// async fn ask_before_turning_off(verifier: &Verifier, account: &Account) -> Result<Challenge> {
///     verifier.begin_step_up(account, &Action::Disable, None).await
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// To set up a further authenticator: [`enroll`](crate::Verifier::enroll).
    AddAuthenticator,
    /// To set up another in the place of this one: [`enroll`](crate::Verifier::enroll).
    Replace(AuthenticatorId),
    /// To remove this one: [`remove_authenticator`](crate::Verifier::remove_authenticator).
    Remove(AuthenticatorId),
    /// To turn the second factor off: [`disable`](crate::Verifier::disable).
    Disable,
    /// To issue new backup codes: [`regenerate_backup_codes`](crate::Verifier::regenerate_backup_codes).
    RegenerateBackupCodes,
    /// To see the backup codes again: [`view_backup_codes`](crate::Verifier::view_backup_codes).
    ViewBackupCodes,
    /// A dangerous page of the host's own, by a name of 1 to 64 bytes: [`spend`](crate::Verifier::spend).
    Host(String),
}
stored!(serde Action);

impl Action {
    /// The longest name of an action of the host, in bytes.
    pub const MAX_HOST_BYTES: usize = 64;

    /// Whether it can stand in a proof.
    pub(crate) fn check(&self) -> Result<(), NotAllowed> {
        match self {
            Self::Host(name) if !(1..=Self::MAX_HOST_BYTES).contains(&name.len()) => {
                Err(NotAllowed::InvalidName)
            }
            _ => Ok(()),
        }
    }
}
