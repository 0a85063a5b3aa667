//! What goes wrong in a store.

use std::time::Duration;

/// Why a store could not answer. None of these ever reads as "no record" or as a conflict (clause 6 of
/// [`UserStore`](second_factor::UserStore)).
///
/// ```
/// use second_factor_redis::Error;
///
/// /// What to do when the store cannot be opened at start-up.
/// fn advice(error: &Error) -> &'static str {
///     match error {
///         Error::NotDurable { .. } | Error::Evicts { .. } => "set the server as it says",
///         Error::Replica => "connect to the primary",
///         _ => "look whether Redis runs, and read on in the error's source",
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Redis failed, cannot be reached, has become a replica, is full, or holds a value of another type under a key of ours. After a write it
    /// stays open whether it was made.
    #[error("redis failed")]
    Redis(#[source] redis::RedisError),
    /// No answer came in time. After a write it stays open whether it was made, or still will be.
    #[error("redis did not answer within {0:?}")]
    TimedOut(Duration),
    /// The server is set so that a write it acknowledges may be lost in a crash (clause 2). Nothing was written.
    #[error("an acknowledged write could be lost in a crash: {found}; use {needed}")]
    NotDurable {
        /// The settings of the server.
        found: String,
        /// Settings that do.
        needed: &'static str,
    },
    /// The server throws keys away when its memory is full, and with a record goes the second factor of its user. Nothing was written.
    #[error("records could be evicted: maxmemory-policy is {found}; use noeviction")]
    Evicts {
        /// Its `maxmemory-policy`.
        found: String,
    },
    /// The server is a replica, which may be behind (clause 4): connect to the primary.
    #[error("the server is a replica; connect to the primary")]
    Replica,
    /// The server is a node of a Redis Cluster, which this store does not speak to.
    #[error("the server is a node of a cluster, which is not supported")]
    Cluster,
    /// The prefix is empty, longer than 64 bytes, or has other characters than ASCII letters, digits and `-`, `_`, `.`, `:`.
    #[error("{0:?} cannot be the prefix of a key")]
    Prefix(String),
    /// A stored record lacks a field, or has one that cannot be read: somebody else wrote to it.
    #[error("a stored record is damaged: {0}")]
    Damaged(String),
    /// The directory lists a user whose record is gone: it was evicted, has expired, or somebody else deleted it. Restore it, or, if the user
    /// is to be without a second factor, take the id out of the tenant's sorted set (`ZREM`).
    #[error("the record of a listed user is gone")]
    Lost,
    /// A listed user id is not UTF-8: somebody else wrote to the directory.
    #[error("a listed user id is not UTF-8")]
    UserId(#[from] std::string::FromUtf8Error),
    /// The server answered something that a script of ours does not.
    #[error("redis gave an unexpected reply")]
    Reply,
}

impl From<redis::RedisError> for Error {
    fn from(error: redis::RedisError) -> Self {
        // The codes that the scripts give to what they find.
        match error.code() {
            Some("DAMAGED") => Self::Damaged(error.detail().unwrap_or_default().to_owned()),
            Some("LOST") => Self::Lost,
            _ => Self::Redis(error),
        }
    }
}
