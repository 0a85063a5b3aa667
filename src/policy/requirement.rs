//! Who must have a second factor.

use serde::{Deserialize, Serialize};

/// Who must have a second factor.
///
/// ```
/// use second_factor::{Others, Requirement};
///
/// /// The choice on a tenant's settings page.
/// fn chosen(value: &str) -> Option<Requirement> {
///     Some(match value {
///         "off" => Requirement::Off,
///         "all" => Requirement::RequiredForAll,
///         "administrators" => Requirement::RequiredForAdministrators { others: Others::Optional },
///         _ => return None,
///     })
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// Nobody, and nobody new can set one up. Who has one is still asked.
    #[default]
    Off,
    /// Whoever wants to.
    Optional,
    /// Everybody.
    RequiredForAll,
    /// Administrators, as the host defines them.
    RequiredForAdministrators {
        /// What holds for the other users.
        others: Others,
    },
}

/// What holds for users who are not administrators while administrators must have a second factor.
///
/// ```
/// use second_factor::{Others, Requirement};
///
/// /// The policy form, once "administrators must" was chosen: its tick box "and everybody else may".
/// fn administrators_must(everybody_else_may: bool) -> Requirement {
///     let others = if everybody_else_may { Others::Optional } else { Others::Off };
///     Requirement::RequiredForAdministrators { others }
/// }
///
/// let chosen = administrators_must(true);
/// let kept = serde_json::json!({ "required_for_administrators": { "others": "optional" } }); // in the tenant's settings
/// assert_eq!(serde_json::from_value::<Requirement>(kept)?, chosen);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// They cannot set one up.
    Off,
    /// They may.
    Optional,
}

/// What a policy comes down to for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obligation {
    Off,
    Optional,
    Required,
}

impl Requirement {
    pub(super) const fn obligation(self, administrator: bool) -> Obligation {
        match self {
            Self::Off => Obligation::Off,
            Self::Optional => Obligation::Optional,
            Self::RequiredForAll => Obligation::Required,
            Self::RequiredForAdministrators { .. } if administrator => Obligation::Required,
            Self::RequiredForAdministrators { others: Others::Off } => Obligation::Off,
            Self::RequiredForAdministrators { others: Others::Optional } => Obligation::Optional,
        }
    }
}
