//! Who did what the user did not.

use serde::{Deserialize, Serialize};

use crate::{refusal::NotAllowed, user::UserKey};

/// Who did it, where it was done to the user: for resets, imports, restores, erasures and tenant-wide changes. It may be the user, where
/// the host lets users do such things to themselves.
///
/// ```
/// use second_factor::{Actor, Reset, UserKey};
///
/// let by_support = Reset::by(Actor::User(UserKey::new("acme", "support-7")), "lost the phone, identified by video call");
/// let by_program = Reset::by(Actor::Operator("migration of May".into()), "secrets of the old system were too short");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A user of the host: an administrator of the tenant, support. The ids of tenant and user have 224 bytes at most together, since the
    /// notice that names them waits in the record.
    User(UserKey),
    /// The operator of the service, or a program: a name of the host's choice, of 1 to 128 bytes.
    Operator(String),
}

impl Actor {
    /// The longest name of an operator, in bytes.
    pub const MAX_OPERATOR_BYTES: usize = 128;

    /// The longest ids of a user who does something to others, of tenant and user together, in bytes.
    pub const MAX_USER_BYTES: usize = 224;

    /// Whether it says who it was, in no more words than a record has room for.
    pub(crate) fn check(&self) -> Result<(), NotAllowed> {
        match self {
            Self::Operator(name) if !(1..=Self::MAX_OPERATOR_BYTES).contains(&name.len()) => {
                Err(NotAllowed::InvalidName)
            }
            Self::User(_) if self.text_bytes() > Self::MAX_USER_BYTES => Err(NotAllowed::InvalidName),
            _ => Ok(()),
        }
    }

    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::User(user) => user.tenant().as_str().len().saturating_add(user.user().len()),
            Self::Operator(name) => name.len(),
        }
    }
}
