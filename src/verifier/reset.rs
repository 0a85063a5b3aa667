//! A reset by an administrator.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::{Verifier, operator::by_operator};
use crate::{
    error::Result,
    event::Actor,
    primitives::{
        backup::{LookupSecret, Shape},
        random,
        time::{DAY, UnixTime},
    },
    record::{self, Epoch, NewTicket, Resetting},
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
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::{*, testing::*};
/// # let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
/// # let builder = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?);
/// # let verifier = builder.issuer("Acme").clock(clock).build()?;
/// use std::time::Duration;
/// use second_factor::{Actor, Reset, Ticket, UnixTime, UserKey};
///
/// /// The slip that support prints, and hands to the member in person.
/// fn slip(ticket: &Ticket, now: UnixTime) -> String {
///     let minutes = ticket.expires_at().since(now) / 60;
///     format!("Sign in within {minutes} minutes, and type this when you are asked for it:\n{}", ticket.reveal())
/// }
///
/// let by = Actor::User(UserKey::new("acme", "support-7"));
/// let reset = Reset::by(by, "lost the phone, identified by video call").with_ticket(Duration::from_secs(30 * 60));
/// let ticket = verifier.reset(&UserKey::new("acme", "ann"), reset).await?;
/// let slip = ticket.map(|ticket| slip(&ticket, UnixTime::from_seconds(1_760_000_000)));
/// assert!(slip.is_some_and(|slip| slip.starts_with("Sign in within 30 minutes")));
/// # Ok(()) }
/// ```
///
/// [`Authority`](crate::Authority) shows where it is typed.
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

impl Verifier {
    /// Removes whatever there is of a user's second factor: support's answer to a lost phone. Nothing that was handed out before is
    /// accepted afterwards, and the user hears who did it and why. It gives the administrator nothing that signs in. How much was guessed
    /// stays counted.
    ///
    /// The host decides who may call this, and clears [`Account::known_enrolled`](crate::Account::known_enrolled) if it keeps that.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::OwnReset`], [`NotAllowed::InvalidReason`], [`NotAllowed::InvalidLifetime`], [`NotAllowed::InvalidName`] for an operator
    /// without a name or with one that is too long, and for a user with ids that are; [`Unavailable`](crate::Unavailable).
    pub async fn reset(&self, user: &UserKey, reset: Reset) -> Result<Option<Ticket>> {
        let Reset { by, reason, ticket: lifetime } = &reset;
        by.check()?;
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
}

fn new_ticket(lifetime: Duration) -> Result<NewTicket> {
    const ALLOWED: std::ops::RangeInclusive<u64> = 10 * 60..=DAY;
    let lifetime = lifetime.as_secs();
    if !ALLOWED.contains(&lifetime) {
        return Err(NotAllowed::InvalidLifetime.into());
    }
    Ok(NewTicket { secret: LookupSecret::generate(Shape::Ticket)?, lifetime })
}
