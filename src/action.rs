//! What a step-up is for.

use serde::{Deserialize, Serialize};

/// What a [`Proof`](crate::Proof) is for: the one thing it may do, once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// To set up a further authenticator.
    AddAuthenticator,
}
