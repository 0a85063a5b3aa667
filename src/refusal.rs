//! Why something was refused: the person's code, or by the rules.

use crate::primitives::time::UnixTime;

/// A code or token that was not accepted. Whatever the reason, it shows one and the same sentence, because a reason helps whoever
/// is guessing. What it cost is written before it is told.
///
/// ```
/// use second_factor::{Rejection, UnixTime};
///
/// /// What the code page says.
/// fn say(refused: &Rejection, now: UnixTime) -> String {
///     if refused.already_completed() {
///         return "You are signed in already.".into();
///     }
///     if let Some(seconds) = refused.clock_hint() {
///         return format!("Your phone's clock seems to be off by {} minutes.", seconds.abs().div_euclid(60).max(1));
///     }
///     match refused.retry_after(now) {
///         0 => format!("{refused}. Try the next one."),
///         seconds => format!("{refused}. Wait for {seconds} seconds, or use a backup code."),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code was not accepted")]
pub struct Rejection {
    reason: Reason,
    retry_at: Option<UnixTime>,
    clock_hint: Option<i64>,
}

impl Rejection {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self::until(reason, None)
    }

    pub(crate) const fn until(reason: Reason, retry_at: Option<UnixTime>) -> Self {
        Self { reason, retry_at, clock_hint: None }
    }

    pub(crate) const fn hinting(mut self, clock_hint: Option<i64>) -> Self {
        self.clock_hint = clock_hint;
        self
    }

    /// When the next attempt will be looked at; `None` if right away. Fit to be shown (HTTP 429 with `Retry-After`).
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }

    /// The seconds from `now` until the next attempt will be looked at; 0 if right away.
    #[must_use]
    pub fn retry_after(&self, now: UnixTime) -> u64 {
        self.retry_at.map_or(0, |at| at.since(now))
    }

    /// Whether this very challenge was already completed, or this set-up confirmed: a double click. The page can lead to the session
    /// that was opened.
    #[must_use]
    pub const fn already_completed(&self) -> bool {
        matches!(self.reason, Reason::AlreadyCompleted)
    }

    /// By how many seconds the phone's clock seems to be fast (slow: negative), if the code that was typed to confirm a set-up is one that
    /// the phone would have shown within 10 minutes of now. Only a set-up has this hint: its secret is on the page anyway.
    #[must_use]
    pub const fn clock_hint(&self) -> Option<i64> {
        self.clock_hint
    }

    /// The reason, **for logs, never for the page**.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

/// Why a code or token was not accepted. For logs.
///
/// ```
/// use second_factor::{Reason, Rejection};
///
/// /// A line of the log, and whether it looks like an attack.
/// fn log(refused: &Rejection) -> (String, bool) {
///     let reason = refused.reason();
///     (format!("second factor refused: {reason:?}"), matches!(reason, Reason::Replayed | Reason::WrongUser))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// What was typed cannot be a code; nothing was compared and nothing counted.
    Malformed,
    /// A wrong code.
    Wrong,
    /// A code that was accepted before, or an older one (RFC 6238 §5.2).
    Replayed,
    /// The token, or what it stands for, is over.
    Expired,
    /// Too many wrong codes: nothing was compared and nothing counted.
    Throttled,
    /// Not a token of this library, or sealed under a key that the ring no longer has.
    InvalidToken,
    /// A token of another user or tenant.
    WrongUser,
    /// A token made for something else.
    WrongPurpose,
    /// The first factor has changed since the token was made.
    StampChanged,
    /// The second factor was reset or set up anew since the token was made.
    EpochChanged,
    /// The policy no longer offers any factor that could answer this challenge.
    NotOffered,
    /// This challenge was completed before, or this set-up confirmed.
    AlreadyCompleted,
}

/// What the rules forbid. Nothing secret in saying which.
///
/// ```
/// use second_factor::NotAllowed;
///
/// /// What the settings page says.
/// fn say(no: NotAllowed) -> String {
///     match no {
///         NotAllowed::Required => "Your company requires the second step. You can replace your app, not turn it off.".into(),
///         NotAllowed::SendLimit { resend_at } => format!("The next message can be sent at {}.", resend_at.seconds()),
///         other => other.to_string(),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowed {
    /// The policy requires a second factor of this user, who may replace it but not turn it off.
    #[error("the policy requires a second factor")]
    Required,
    /// A second factor is set up: to change it takes a fresh [`Proof`](crate::Proof) for this action.
    #[error("this needs a fresh proof of the second factor")]
    NeedsProof,
    /// An administrator has reset this user with a ticket: to set up again takes that ticket.
    #[error("this needs the ticket that the administrator gave out")]
    NeedsTicket,
    /// There is no second factor to ask for.
    #[error("no second factor is set up")]
    NotEnrolled,
    /// The policy does not use this factor, or none at all, for this user.
    #[error("the policy does not offer this factor")]
    FactorOff,
    /// The policy requires a second factor, and allows none that this user has or could set up.
    #[error("no factor that the policy allows can be used with this account")]
    NoFactor,
    /// The user has as many of these as a record holds.
    #[error("no more of these can be added")]
    Limit,
    /// The user's only authenticator is not removed: the second factor is turned off instead.
    #[error("the last authenticator cannot be removed")]
    LastAuthenticator,
    /// The user has no authenticator or browser of this id.
    #[error("there is none such")]
    NotFound,
    /// Backup codes are not shown again: the policy did not allow it when they were issued, or does not now.
    #[error("backup codes are not shown again")]
    ViewingOff,
    /// So many messages were sent that the next has to wait.
    #[error("the next message has to wait")]
    SendLimit {
        /// Until then.
        resend_at: UnixTime,
    },
    /// Too many wrong codes were typed for this challenge: no further one is sent for it.
    #[error("no further code is sent for this challenge")]
    TriesUsed,
    /// Nobody resets their own second factor this way.
    #[error("nobody resets their own second factor")]
    OwnReset,
    /// A reset needs a reason of 1 to 200 characters.
    #[error("a reason of 1 to 200 characters is needed")]
    InvalidReason,
    /// A ticket lives for 10 minutes to 24 hours.
    #[error("a ticket lives for 10 minutes to 24 hours")]
    InvalidLifetime,
    /// The account label cannot stand in a set-up URI: it is empty, too long, or has a colon or a control character.
    #[error("the account label cannot be used in a set-up URI")]
    InvalidLabel,
    /// The name is empty, too long, or has a control character.
    #[error("the name is empty, too long, or has a control character")]
    InvalidName,
    /// The secret or URI to import cannot be used.
    #[error("this cannot be imported")]
    InvalidImport,
    /// The preview that this confirms is too old, was made by somebody else, or is of another change.
    #[error("the preview is out of date")]
    StalePreview,
    /// Settings are deleted for all only once the tenant's policy is off: save that first.
    #[error("the policy is not off")]
    PolicyNotOff,
    /// These users are not of one tenant.
    #[error("a user is of another tenant")]
    OtherTenant,
    /// Notices to this user have not been delivered, and would be lost.
    #[error("notices to this user have not been delivered")]
    NoticesPending,
}

/// Either kind, as the ceremonies return it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Rejected(Rejection),
    NotAllowed(NotAllowed),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Rejected(Rejection::new(reason))
    }
}

impl From<NotAllowed> for Refusal {
    fn from(not_allowed: NotAllowed) -> Self {
        Self::NotAllowed(not_allowed)
    }
}
