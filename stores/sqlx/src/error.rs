//! What goes wrong in a store.

use std::sync::Arc;

/// Why a store could not answer. None of these ever reads as "no record" or as a conflict (clause 6 of
/// [`UserStore`](second_factor::UserStore)).
///
/// ```
/// use second_factor_sqlx::Error;
///
/// /// For the operator, at start or in the log: whether it passes by itself or somebody has to change something.
/// fn is_ours_to_mend(error: &Error) -> bool {
///     match error {
///         Error::Database(_) => false, // its source tells
///         Error::NotDurable { found, needed } => {
///             eprintln!("set {needed} (it is {found})");
///             true
///         }
///         _ => true,
///     }
/// }
/// ```
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
    /// The runtime that did the work has ended in the middle of it. A write may have been made, or not.
    #[error("the runtime ended before it was known what came of it")]
    Abandoned,
    /// The database did not answer in this time. What it was asked to write may be written, or not.
    #[error("the database did not answer within {0:?}")]
    TimedOut(std::time::Duration),
    /// The server follows another one: what it shows may be older than what was acknowledged (clause 4).
    #[error(
        "the server follows another one, and may show what is no longer so; ask the one that is written to"
    )]
    Standby,
    /// Row-level security hides rows of the table from the role of this connection: who has a second factor would seem to have none.
    #[error(
        "row-level security hides rows of the table from this role; exempt it, or turn it off for this table"
    )]
    RowSecurity,
    /// The answer is not one to the statement that was sent. Is there a pooler that mixes up prepared statements, or a trigger that lets
    /// changes vanish?
    #[error("the database answered something else; behind a pooler in transaction mode, use simple queries")]
    Misunderstood,
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
