//! The policy as a form: what can be chosen, and what it comes to.

use second_factor::{Channel, Factor, OneTimeCodes, Others, Policy, Requirement, Trust, TrustDays, UnixTime};
use serde::{Deserialize, Serialize};

use crate::{problem::Problem, when};

/// What can be chosen. The tick boxes are there if they are ticked.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct PolicyForm {
    pub(super) requirement: Choice,
    /// The last day of the grace; empty: none.
    #[serde(default)]
    pub(super) grace: String,
    /// `off`, a number of days, or `until-sign-out`.
    pub(super) trust: String,
    pub(super) app: Option<String>,
    pub(super) backup: Option<String>,
    pub(super) view: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) text: Option<String>,
    pub(super) whom: Whom,
    /// The tick box before everything is deleted.
    pub(super) understood: Option<String>,
    /// Of the preview, when it is confirmed.
    #[serde(default)]
    pub(super) confirmation: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Choice {
    Off,
    Optional,
    Everybody,
    Administrators,
    AdministratorsOnly,
}

impl Choice {
    pub(super) const ALL: [Self; 5] =
        [Self::Off, Self::Optional, Self::Everybody, Self::Administrators, Self::AdministratorsOnly];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Everybody => "everybody",
            Self::Administrators => "administrators",
            Self::AdministratorsOnly => "administrators_only",
        }
    }

    /// The key of what the page calls it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Off => "admin-choice-off",
            Self::Optional => "admin-choice-optional",
            Self::Everybody => "admin-choice-everybody",
            Self::Administrators => "admin-choice-administrators",
            Self::AdministratorsOnly => "admin-choice-administrators-only",
        }
    }

    /// The key of what it means.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Off => "admin-choice-off-text",
            Self::Optional => "admin-choice-optional-text",
            Self::Everybody => "admin-choice-everybody-text",
            Self::Administrators => "admin-choice-administrators-text",
            Self::AdministratorsOnly => "admin-choice-administrators-only-text",
        }
    }

    const fn requirement(self) -> Requirement {
        match self {
            Self::Off => Requirement::Off,
            Self::Optional => Requirement::Optional,
            Self::Everybody => Requirement::RequiredForAll,
            Self::Administrators => Requirement::RequiredForAdministrators { others: Others::Optional },
            Self::AdministratorsOnly => Requirement::RequiredForAdministrators { others: Others::Off },
        }
    }

    const fn of(requirement: Requirement) -> Self {
        match requirement {
            Requirement::Off => Self::Off,
            Requirement::Optional => Self::Optional,
            Requirement::RequiredForAll => Self::Everybody,
            Requirement::RequiredForAdministrators { others: Others::Optional } => Self::Administrators,
            Requirement::RequiredForAdministrators { others: Others::Off } => Self::AdministratorsOnly,
        }
    }
}

/// Who is sent codes.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Whom {
    Beside,
    Without,
    Always,
}

impl Whom {
    pub(super) const ALL: [Self; 3] = [Self::Beside, Self::Without, Self::Always];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Beside => "beside",
            Self::Without => "without",
            Self::Always => "always",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Beside => "admin-codes-beside",
            Self::Without => "admin-codes-without",
            Self::Always => "admin-codes-always",
        }
    }

    const fn one_time_codes(self) -> OneTimeCodes {
        match self {
            Self::Beside => OneTimeCodes::BesideAuthenticator,
            Self::Without => OneTimeCodes::WithoutAuthenticator,
            Self::Always => OneTimeCodes::Always,
        }
    }

    fn of(codes: OneTimeCodes) -> Self {
        Self::ALL.into_iter().find(|it| it.one_time_codes() == codes).unwrap_or(Self::Beside)
    }
}

const MAIL: Factor = Factor::OneTimeCode(Channel::Email);
const TEXT: Factor = Factor::OneTimeCode(Channel::Sms);
const UNTIL_SIGN_OUT: &str = "until-sign-out";
const NO_TRUST: &str = "off";

impl PolicyForm {
    pub(super) fn of(policy: &Policy) -> Self {
        let ticked = |yes: bool| yes.then(|| "yes".to_owned());
        Self {
            requirement: Choice::of(policy.requirement()),
            // Grace ends when the day after does.
            grace: policy
                .grace()
                .map(|end| when::day(UnixTime::from_seconds(end.seconds().saturating_sub(1))))
                .unwrap_or_default(),
            trust: match policy.trust() {
                Trust::Off => NO_TRUST.to_owned(),
                Trust::Days(days) => days.days().to_string(),
                Trust::UntilSignOut => UNTIL_SIGN_OUT.to_owned(),
            },
            app: ticked(policy.allows(Factor::Totp)),
            backup: ticked(policy.allows(Factor::BackupCode)),
            view: ticked(policy.shows_backup_codes()),
            mail: ticked(policy.allows(MAIL)),
            text: ticked(policy.allows(TEXT)),
            whom: Whom::of(policy.one_time_codes_for()),
            understood: None,
            confirmation: String::new(),
        }
    }

    /// The present policy, changed as the form says. What it does not show stays as it is.
    pub(super) fn applied_to(&self, present: &Policy) -> Result<Policy, Problem> {
        let policy = present
            .clone()
            .require(self.requirement.requirement())
            .trusted_devices(self.trust()?)
            .viewable_backup_codes(self.view.is_some())
            .one_time_codes(self.whom.one_time_codes());
        let factors = [
            (Factor::Totp, &self.app),
            (Factor::BackupCode, &self.backup),
            (MAIL, &self.mail),
            (TEXT, &self.text),
        ];
        let policy = factors.into_iter().fold(policy, |policy, (factor, ticked)| match ticked {
            Some(_) => policy.allow(factor),
            None => policy.forbid(factor),
        });
        Ok(match self.deadline()? {
            Some(end) => policy.grace_until(end),
            None => policy.without_grace(),
        })
    }

    fn trust(&self) -> Result<Trust, Problem> {
        match self.trust.as_str() {
            NO_TRUST => Ok(Trust::Off),
            UNTIL_SIGN_OUT => Ok(Trust::UntilSignOut),
            days => {
                let days = days.parse().ok().and_then(TrustDays::new);
                Ok(Trust::Days(days.ok_or(Problem::BadForm)?))
            }
        }
    }

    /// The end of the last day.
    fn deadline(&self) -> Result<Option<UnixTime>, Problem> {
        match self.grace.trim() {
            "" => Ok(None),
            day => Ok(Some(when::midnight(day).ok_or(Problem::BadForm)?.plus(24 * 60 * 60))),
        }
    }

    /// The days to choose from; the present number is among them.
    pub(super) fn days(&self) -> Vec<u8> {
        let mut days = vec![7, 14, 30, 90];
        days.extend(self.trust.parse::<u8>());
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Whether this is what the form says of trust.
    pub(super) fn trusts(&self, days: &u8) -> bool {
        self.trust == days.to_string()
    }

    /// Everything that was chosen, to be sent once more by the page that asks for a confirmation.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let ticks = [
            ("app", &self.app),
            ("backup", &self.backup),
            ("view", &self.view),
            ("mail", &self.mail),
            ("text", &self.text),
        ];
        let chosen = [
            ("requirement", self.requirement.name()),
            ("grace", self.grace.as_str()),
            ("trust", self.trust.as_str()),
            ("whom", self.whom.name()),
        ];
        let ticked = ticks.into_iter().filter_map(|(name, tick)| Some((name, tick.as_deref()?)));
        chosen.into_iter().chain(ticked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_comes_back_out_of_its_form() {
        for requirement in Choice::ALL.map(Choice::requirement) {
            for trust in [Trust::Off, Trust::UntilSignOut, Trust::Days(TrustDays::new(21).unwrap())] {
                let policy = Policy::new(requirement)
                    .trusted_devices(trust)
                    .grace_until(when::midnight("2031-02-28").unwrap())
                    .forbid(Factor::Totp)
                    .allow(TEXT)
                    .one_time_codes(OneTimeCodes::Always)
                    .viewable_backup_codes(true);
                let form = PolicyForm::of(&policy);
                assert_eq!(form.grace, "2031-02-27");
                let there_and_back = form.applied_to(&Policy::new(Requirement::Off));
                assert_eq!(there_and_back.unwrap_or_default(), policy);
            }
        }
    }

    #[test]
    fn nonsense_is_no_policy() {
        let good = PolicyForm::of(&Policy::new(Requirement::Optional));
        for trust in ["", "0", "91", "-1", "for ever"] {
            let bad = PolicyForm { trust: trust.into(), ..good.clone() };
            assert!(bad.applied_to(&Policy::default()).is_err(), "{trust}");
        }
        let bad = PolicyForm { grace: "tomorrow".into(), ..good };
        assert!(bad.applied_to(&Policy::default()).is_err());
    }
}
