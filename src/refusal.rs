//! Why something was refused: the person's code, or by the rules.

use crate::primitives::time::UnixTime;

/// A code or token that was not accepted. Whatever the reason, it shows one and the same sentence, because a reason helps whoever
/// is guessing. What it cost is written before it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code was not accepted")]
pub struct Rejection {
    reason: Reason,
    retry_at: Option<UnixTime>,
}

impl Rejection {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self { reason, retry_at: None }
    }

    pub(crate) const fn until(reason: Reason, retry_at: Option<UnixTime>) -> Self {
        Self { reason, retry_at }
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

    /// The reason, **for logs, never for the page**.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

/// Why a code or token was not accepted. For logs.
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
    /// This challenge was completed before, or this set-up confirmed.
    AlreadyCompleted,
}

/// What the rules forbid. Nothing secret in saying which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowed {
    /// A second factor is set up: to change it takes a fresh [`Proof`](crate::Proof) for this action.
    #[error("this needs a fresh proof of the second factor")]
    NeedsProof,
    /// There is no second factor to ask for.
    #[error("no second factor is set up")]
    NotEnrolled,
    /// The policy does not use a second factor for this user.
    #[error("the policy does not offer this factor")]
    FactorOff,
    /// The user has as many authenticators as a record holds.
    #[error("no more of these can be added")]
    Limit,
    /// The account label cannot stand in a set-up URI: it is empty, too long, or has a colon or a control character.
    #[error("the account label cannot be used in a set-up URI")]
    InvalidLabel,
    /// The name of the authenticator is empty, longer than 64 characters, or has a control character.
    #[error("the name has 1 to 64 characters, none of them a control character")]
    InvalidName,
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
