//! What a tenant asks of its users.

use serde::{Deserialize, Serialize};

use crate::primitives::time::{UnixTime, Window};

/// A tenant's rules: a plain value that the host keeps with the tenant's settings and hands over with every [`Account`](crate::Account).
/// It is read anew at each call, so a change holds from the next request on.
///
/// **Enrolled means asked**: no policy, `Off` included, lets a user who has set up a second factor in by the first alone.
///
/// Read back from a configuration, a policy must name its requirement, and an unknown field is an error: a typing error must not
/// switch anything off.
///
/// ```
/// use second_factor::{Policy, Requirement};
///
/// const POLICY: Policy = Policy::new(Requirement::RequiredForAll);
/// assert_eq!(POLICY.requirement(), Requirement::RequiredForAll);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    requirement: Requirement,
    #[serde(default)]
    grace_until: Option<UnixTime>,
    #[serde(default)]
    window: Window,
}

/// Who must have a second factor.
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

impl Policy {
    /// A policy with this requirement, no grace, and the default window of one step to either side.
    #[must_use]
    pub const fn new(requirement: Requirement) -> Self {
        Self { requirement, grace_until: None, window: Window::DEFAULT }
    }

    /// Sets who must have a second factor.
    #[must_use]
    pub const fn require(mut self, requirement: Requirement) -> Self {
        self.requirement = requirement;
        self
    }

    /// Lets those who must, but have not yet set up, sign in without until this moment.
    #[must_use]
    pub const fn grace_until(mut self, deadline: UnixTime) -> Self {
        self.grace_until = Some(deadline);
        self
    }

    /// Sets the steps around the present one whose codes are accepted (RFC 6238 §5.2).
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// Who must have a second factor.
    #[must_use]
    pub const fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// The end of the grace, if there is one.
    #[must_use]
    pub const fn grace(&self) -> Option<UnixTime> {
        self.grace_until
    }

    /// The steps around the present one whose codes are accepted.
    #[must_use]
    pub const fn accepted_window(&self) -> Window {
        self.window
    }

    pub(crate) const fn obligation(&self, administrator: bool) -> Obligation {
        match self.requirement {
            Requirement::Off => Obligation::Off,
            Requirement::Optional => Obligation::Optional,
            Requirement::RequiredForAll => Obligation::Required,
            Requirement::RequiredForAdministrators { .. } if administrator => Obligation::Required,
            Requirement::RequiredForAdministrators { others: Others::Off } => Obligation::Off,
            Requirement::RequiredForAdministrators { others: Others::Optional } => Obligation::Optional,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_back_as_it_was() {
        let others = Requirement::RequiredForAdministrators { others: Others::Optional };
        for requirement in [Requirement::Off, Requirement::Optional, Requirement::RequiredForAll, others] {
            let policy = Policy::new(requirement).grace_until(UnixTime::from_seconds(7)).window(Window::NONE);
            let text = serde_json::to_string(&policy).unwrap();
            assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy, "{text}");
        }
    }

    #[test]
    fn a_policy_names_its_requirement_and_nothing_unknown() {
        let read = |text| serde_json::from_str::<Policy>(text);
        assert_eq!(
            read(r#"{"requirement": "required_for_all"}"#).unwrap(),
            Policy::new(Requirement::RequiredForAll)
        );
        for bad in [
            "{}",
            r#"{"grace_until": 7}"#,
            r#"{"requirement": "required"}"#,
            r#"{"requirement": "optional", "windwo": [0, 0]}"#,
            r#"{"requirement": "optional", "requirement": "off"}"#,
            r#"{"requirement": {"required_for_administrators": {}}}"#,
            r#"{"requirement": "optional", "window": [3, 0]}"#,
            r#"{"requirement": "optional", "window": [0, 3]}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(r#"{"requirement": "optional", "window": [2, 2]}"#).is_ok(), "the widest");
    }
}
