//! What goes wrong in a store.

use std::sync::Arc;

/// Why a store could not answer. None of these ever reads as "no record" or as a conflict (clause 6 of
/// [`UserStore`](second_factor::UserStore)).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database failed, cannot be reached, is locked by others, or lacks the table: has `migrate` been called?
    ///
    /// Writes that share a transaction share its error, too.
    #[error("the database failed")]
    Database(#[source] Arc<sqlx::Error>),
    /// The connection is set so that a write it acknowledges may be lost in a power failure (clause 2). Nothing was written.
    #[error("an acknowledged write could be lost in a power failure: {found}; use {needed}")]
    NotDurable {
        /// The settings of the connection.
        found: String,
        /// Settings that do.
        needed: &'static str,
    },
    /// The runtime that made the write has ended in the middle of it. It may have been written, or not.
    #[error("the runtime ended before it was known whether the write was made")]
    Abandoned,
    /// A stored revision is not 16 bytes long: somebody else wrote to the table.
    #[error("a stored revision has {0} bytes instead of 16")]
    Revision(usize),
    /// A stored user id is not UTF-8: somebody else wrote to the table.
    #[error("a stored user id is not UTF-8")]
    UserId(#[from] std::str::Utf8Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
