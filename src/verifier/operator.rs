//! One user, in the hands of an administrator or of the operator. None of these calls takes an [`Account`](crate::Account): the host
//! decides who may make them.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::{
    Verifier,
    commit::{Condition, Subject},
};
use crate::{
    error::{Result, Unavailable},
    event::Actor,
    primitives::{
        backup::{LookupSecret, Shape},
        otpauth::OtpauthUri,
        random,
        secret::Secret,
        time::UnixTime,
        totp::Totp,
    },
    record::{self, Decision, Epoch, NewTicket, Newcomer, Record, Resetting},
    refusal::NotAllowed,
    user::UserKey,
};

/// An administrator's reset: who does it, and why.
///
/// ```
/// use std::time::Duration;
/// use second_factor::{Actor, Reset, Result, UserKey, Verifier};
///
/// /// Support resets a member who lost phone and codes; the ticket goes to the member in person.
/// async fn reset(verifier: &Verifier, member: &UserKey, admin: UserKey) -> Result<Option<String>> {
///     let reset = Reset::by(Actor::User(admin), "lost the phone, identified by video call")
///         .with_ticket(Duration::from_secs(60 * 60));
///     Ok(verifier.reset(member, reset).await?.map(|ticket| ticket.reveal().to_owned()))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Reset {
    by: Actor,
    reason: String,
    ticket: Option<Duration>,
}

impl Reset {
    /// By whom, and for what reason: 1 to 200 characters that the user and the audit log will see.
    #[must_use]
    pub fn by(actor: Actor, reason: &str) -> Self {
        Self { by: actor, reason: reason.to_owned(), ticket: None }
    }

    /// With a ticket, which the next set-up takes beside the first factor: so that whoever has the password first cannot take the account.
    /// Good for 10 minutes to 24 hours, once. When it is over, the user is reset again.
    #[must_use]
    pub const fn with_ticket(mut self, lifetime: Duration) -> Self {
        self.ticket = Some(lifetime);
        self
    }
}

/// What the user needs to set up again after a reset. Give it to the user over a way that does not hang on the password. Wiped when
/// dropped.
///
/// [`Reset`] shows where it comes from, [`Authority`](crate::Authority) where it is typed.
pub struct Ticket {
    text: Zeroizing<String>,
    expires_at: UnixTime,
}

impl Ticket {
    /// The ticket, in groups of five.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// When it is no longer accepted.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// An authenticator that another system has verified, to be taken over.
///
/// ```
/// use second_factor::{Import, NotAllowed, Result, UserKey, Verifier};
///
/// /// A row of the old system's table.
/// async fn take_over(verifier: &Verifier, user: &UserKey, uri: &str) -> Result<()> {
///     let import = match Import::from_uri(uri) {
///         Err(NotAllowed::InvalidImport) => Import::from_weak_legacy_uri(uri)?, // 80 bits: ask to enroll again soon
///         other => other?,
///     };
///     verifier.import(user, import).await
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

/// What becomes of notices that the notifier has not accepted, when a record is erased.
///
/// ```
/// use second_factor::{Error, NotAllowed, Result, Undelivered, UserKey, Verifier};
///
/// /// A person leaves the service. What the mailer has refused for long is given up.
/// async fn erase(verifier: &Verifier, user: &UserKey) -> Result<()> {
///     match verifier.erase(user, Undelivered::Keep).await {
///         Err(Error::NotAllowed(NotAllowed::NoticesPending)) => verifier.erase(user, Undelivered::Drop).await,
///         other => other,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// They are tried once more; if some are still left, nothing is erased.
    Keep,
    /// They are lost. With this even a record that no longer opens can be erased.
    Drop,
}

impl Verifier {
    /// Removes whatever there is of a user's second factor: support's answer to a lost phone. Nothing that was handed out before is
    /// accepted afterwards, and the user hears who did it and why. It gives the administrator nothing that signs in. How much was guessed
    /// stays counted.
    ///
    /// The host decides who may call this, and clears [`Account::known_enrolled`](crate::Account::known_enrolled) if it keeps that.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::OwnReset`], [`NotAllowed::InvalidReason`], [`NotAllowed::InvalidLifetime`]; [`Unavailable`].
    pub async fn reset(&self, user: &UserKey, reset: Reset) -> Result<Option<Ticket>> {
        let Reset { by, reason, ticket: lifetime } = &reset;
        let resetting = Resetting {
            user,
            by,
            reason: record::checked_reason(reason)?,
            ticket: lifetime.map(new_ticket).transpose()?,
            root: Zeroizing::new(random::bytes()?),
            new_epoch: Epoch::drawn(random::id()?),
        };
        let expires_at =
            self.commit(by_operator(user), |record, now| record::reset(record, &resetting, now)).await??;
        let text = resetting.ticket.as_ref().map(|ticket| ticket.secret.to_text());
        Ok(text.zip(expires_at).map(|(text, expires_at)| Ticket { text, expires_at }))
    }

    /// Takes over an authenticator from another system, where the user has proved it. The first one turns the second factor on. Codes that
    /// the other system may have accepted are not accepted here: for up to 90 seconds, none is. Taking the same one over again changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::Limit`] with 5 authenticators, [`NotAllowed::InvalidName`]; [`Unavailable`].
    pub async fn import(&self, user: &UserKey, import: Import) -> Result<()> {
        let Import { name, secret, totp } = import;
        let name = record::checked_name(&name)?.to_owned();
        let (root, new_epoch) = (Zeroizing::new(random::bytes()?), Epoch::drawn(random::id()?));
        let newcomer = Newcomer { name, secret, totp, root, new_epoch };
        let decide = |record, now| record::import(record, &newcomer, now);
        Ok(self.commit(by_operator(user), decide).await??)
    }

    /// Seals a record anew, if it is not under the primary key. Yields whether it was written. Once every record was, older keys can be
    /// [retired](crate::KeyRing::retire). [`Administration::reseal`](crate::Administration::reseal) does it for a tenant.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn reseal(&self, user: &UserKey) -> Result<bool> {
        let primary = self.inner.keys.primary_id();
        match self.look_at(user).await? {
            Some((_, key)) if key != Some(primary) => self.rewrite(user, Record::reseal).await,
            _ => Ok(false),
        }
    }

    /// To be called for each user after the database was restored from a backup, before anybody signs in: what was spent in between is
    /// unspent again in such a database. Backup codes and browsers are dropped, no code of the present time is accepted, and nothing that
    /// was handed out is. The user is told. A high-water mark of [`Summary::generation`](crate::Summary::generation) tells which records
    /// are older than they were.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn after_restore(&self, user: &UserKey) -> Result<()> {
        self.restore(user).await.map(drop)
    }

    /// Deletes a user's record for good: the person is leaving the service. Counters go with it, so this is not for a user who stays.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::NoticesPending`] with [`Undelivered::Keep`]; [`Unavailable`].
    pub async fn erase(&self, user: &UserKey, undelivered: Undelivered) -> Result<()> {
        let only_if: Option<Condition> = match undelivered {
            Undelivered::Drop => None,
            Undelivered::Keep => {
                let _asked_again_below = self.deliver_pending(user).await;
                Some(Record::has_told_everything)
            }
        };
        self.remove(user, only_if).await.map(drop)
    }

    /// Hands the notices of this user that the notifier has not accepted so far to it again.
    ///
    /// # Errors
    ///
    /// [`Unavailable::Notifier`] if it refused one again; the others were handed over all the same.
    pub async fn deliver_pending(&self, user: &UserKey) -> Result<()> {
        self.redeliver(user).await.map(drop)
    }

    /// The same. Yields whether any notice was waiting.
    pub(crate) async fn redeliver(&self, user: &UserKey) -> Result<bool> {
        let Some((record, _)) = self.look_at(user).await? else { return Ok(false) };
        self.deliver(user, &record).await.map_err(Unavailable::Notifier)?;
        Ok(!record.pending_notices().is_empty())
    }

    /// What [`after_restore`](Self::after_restore) does. Yields whether there was a record.
    pub(crate) async fn restore(&self, user: &UserKey) -> Result<bool> {
        let new_epoch = Epoch::drawn(random::id()?);
        self.rewrite(user, |record, now| record.after_restore(new_epoch, now)).await
    }

    /// Deletes the settings of a user whose tenant stopped using a second factor. Yields whether there were any.
    pub(crate) async fn purge(&self, user: &UserKey, by: &Actor) -> Result<bool> {
        let new_epoch = Epoch::drawn(random::id()?);
        self.rewrite(user, |record, now| record.purge(by, new_epoch, now)).await
    }

    /// A ceremony on a record that may not be there. Yields whether something was written.
    async fn rewrite(
        &self,
        user: &UserKey,
        decide: impl Fn(Record, UnixTime) -> Decision<()>,
    ) -> Result<bool> {
        let decide = |record: Option<Record>, now| match record {
            Some(record) => {
                let decision = decide(record, now);
                let writes = decision.change.is_some();
                decision.map(|()| writes)
            }
            None => Decision::keep(false),
        };
        self.commit(by_operator(user), decide).await
    }
}

/// The record of a user whom the host has not described.
const fn by_operator(user: &UserKey) -> Subject<'_> {
    Subject { user, known_enrolled: false }
}

fn new_ticket(lifetime: Duration) -> Result<NewTicket> {
    const ALLOWED: std::ops::RangeInclusive<u64> = 10 * 60..=24 * 60 * 60;
    let lifetime = lifetime.as_secs();
    if !ALLOWED.contains(&lifetime) {
        return Err(NotAllowed::InvalidLifetime.into());
    }
    Ok(NewTicket { secret: LookupSecret::generate(Shape::Ticket)?, lifetime })
}
