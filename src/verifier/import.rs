//! Moving in from another system.

use std::fmt;

use zeroize::Zeroizing;

use super::{Verifier, operator::by_operator};
use crate::{
    error::Result,
    event::Actor,
    primitives::{otpauth::OtpauthUri, random, secret::Secret, totp::Totp},
    record::{self, Epoch, Newcomer},
    refusal::NotAllowed,
    user::UserKey,
};

/// An authenticator that another system has verified, to be taken over.
///
/// ```
/// use second_factor::{Actor, Import, NotAllowed, Result, UserKey, Verifier};
///
/// /// A row of the old system's table.
/// async fn take_over(verifier: &Verifier, user: &UserKey, uri: &str) -> Result<()> {
///     let import = match Import::from_uri(uri) {
///         Err(NotAllowed::InvalidImport) => Import::from_weak_legacy_uri(uri)?, // 80 bits: ask to enroll again soon
///         other => other?,
///     };
///     verifier.import(user, import, &Actor::Operator("migration of May".into())).await
/// }
/// ```
pub struct Import {
    name: String,
    secret: Secret,
    totp: Totp,
}

impl Import {
    /// From a set-up URI, with its secret of at least 128 bits and its parameters.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::InvalidImport`] if it is no such URI.
    pub fn from_uri(uri: &str) -> Result<Self, NotAllowed> {
        OtpauthUri::parse(uri).map(Self::of).map_err(|_| NotAllowed::InvalidImport)
    }

    /// From a set-up URI whose secret is **weaker than any that should be used**: 80 to 120 bits, as old apps made them. Find such users
    /// with [`Cohort::SecretShorterThan`](crate::Cohort::SecretShorterThan) and ask them to set up again.
    ///
    /// # Errors
    ///
    /// As for [`from_uri`](Self::from_uri), and for secrets that are not weak.
    pub fn from_weak_legacy_uri(uri: &str) -> Result<Self, NotAllowed> {
        OtpauthUri::parse_weak_legacy(uri).map(Self::of).map_err(|_| NotAllowed::InvalidImport)
    }

    /// From a secret with its parameters.
    #[must_use]
    pub fn from_secret(secret: Secret, totp: Totp) -> Self {
        Self { name: DEFAULT_NAME.into(), secret, totp }
    }

    /// Named, to tell several apart: 1 to 64 characters. It is "Authenticator" otherwise.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    fn of(uri: OtpauthUri) -> Self {
        let totp = uri.totp();
        Self::from_secret(uri.into_secret(), totp)
    }
}

/// What an authenticator is called that nobody named.
pub(super) const DEFAULT_NAME: &str = "Authenticator";

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Takes over an authenticator from another system, where the user has proved it. The first one turns the second factor on. Codes that
    /// the other system may have accepted are not accepted here: for up to 90 seconds, none is. Taking the same one over again changes
    /// nothing. `by` is who does it, for the audit log and the user: a migration, say.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::Limit`] with 5 authenticators, [`NotAllowed::InvalidName`] for that of the authenticator or [of `by`](Actor);
    /// [`Unavailable`](crate::Unavailable).
    pub async fn import(&self, user: &UserKey, import: Import, by: &Actor) -> Result<()> {
        by.check()?;
        let Import { name, secret, totp } = import;
        let name = record::checked_name(&name)?.to_owned();
        let (root, new_epoch) = (Zeroizing::new(random::bytes()?), Epoch::drawn(random::id()?));
        let newcomer = Newcomer { name, secret, totp, by, root, new_epoch };
        let decide = |record, now| record::import(record, &newcomer, now);
        Ok(self.commit(by_operator(user), decide).await??)
    }
}
