//! Errors by whose move it is: the person's, the rules', the operator's.

use crate::{
    factor::Channel,
    primitives::RandomError,
    refusal::{NotAllowed, Refusal, Rejection},
    store::BoxError,
};

/// What every call returns.
///
/// Where a host's function speaks of the second factor alone, it returns the same; `?` hands an [`Error`] on to the one place that answers.
///
/// ```
/// use second_factor::{Account, Result, Verifier};
///
/// /// The badge beside "Security" in the menu of the settings: this user is down to the last backup codes.
/// async fn needs_a_look(verifier: &Verifier, account: &Account) -> Result<bool> {
///     let status = verifier.status(account, None).await?;
///     Ok(status.is_on() && status.backup_codes_left() <= 3)
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whose move it is. Exhaustive on purpose: a `_` arm that lets somebody in would be a bypass.
///
/// A refusal is an `Err`, so neither `?` nor `.is_ok()` can sign anybody in.
///
/// ```
/// use second_factor::{Error, UnixTime};
///
/// /// What a page answers: the status and the text. `now` is for a page that says how long to wait.
/// fn answer(error: &Error, now: UnixTime) -> (u16, String) {
///     match error {
///         Error::Rejected(refused) => match refused.retry_after(now) {
///             0 => (422, refused.to_string()),
///             seconds => (429, format!("{refused}; try again in {seconds} seconds, or ask support")),
///         },
///         Error::NotAllowed(rule) => (403, rule.to_string()),
///         Error::Unavailable(_) => (503, "please try again later".into()), // and log it, with its source
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person's move: type another code, or sign in again (HTTP 401 or 422; 429 with a `retry_at`).
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The rules forbid it (HTTP 403 or 409).
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The operator's move (HTTP 503). Says nothing of the code, and never means "no second factor needed".
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What keeps the library from answering. Everything here fails closed.
///
/// ```
/// use second_factor::{Channel, Error, Unavailable};
///
/// /// After "send me a code by text message": whether to offer mail instead, or to wake somebody.
/// fn what_now(error: &Error) -> &'static str {
///     match error {
///         Error::Unavailable(Unavailable::NotSent { channel: Channel::Sms, .. }) => "offer mail",
///         Error::Unavailable(Unavailable::UnknownKey | Unavailable::Record | Unavailable::MissingRecord) => "alert",
///         _ => "log",
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The store failed, or it stays open whether it wrote.
    #[error("the store failed")]
    Store(#[source] BoxError),
    /// The notifier did not take a notice, which stays in the user's record.
    #[error("the notifier failed")]
    Notifier(#[source] BoxError),
    /// The notifier did not send a one-time code. Offer another channel; the attempt counts all the same.
    #[error("the code could not be sent")]
    NotSent {
        /// Over which channel.
        channel: Channel,
        /// What the notifier said.
        source: BoxError,
    },
    /// The user directory failed.
    #[error("the user directory failed")]
    Directory(#[source] BoxError),
    /// Others kept changing this record for too many rounds in a row; nothing was written.
    #[error("the record is contended")]
    Contended,
    /// The stored record does not open as this user's: tampered with, moved, cut off, or of an unknown version.
    #[error("the stored record cannot be read")]
    Record,
    /// The stored record is sealed under a key that the ring does not have.
    #[error("the stored record is sealed under a key that the key ring does not have")]
    UnknownKey,
    /// The host says that the user is enrolled, and there is no record, or one without a verified factor.
    #[error("the record of an enrolled user is missing")]
    MissingRecord,
    /// The account came with an empty stamp, to which nothing can be bound.
    #[error("the account has an empty stamp")]
    EmptyStamp,
    /// The tenant's or the user's id is longer than 1024 bytes.
    #[error("the id of the tenant or the user is longer than 1024 bytes")]
    LongId,
    /// The record would exceed the 16 KiB that a store has to keep.
    #[error("the record is too large to store")]
    TooLarge,
    /// The operating system's generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            Refusal::NotAllowed(not_allowed) => Self::NotAllowed(not_allowed),
        }
    }
}

impl From<RandomError> for Error {
    fn from(error: RandomError) -> Self {
        Self::Unavailable(Unavailable::Random(error))
    }
}
