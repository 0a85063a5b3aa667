//! What is the same for all users while a call is made, and what the model expects of it.

use second_factor::{
    Action, Channel, Factor, NotAllowed, OneTimeCodes, Others, Policy, Reason, Requirement, UnixTime,
    testing::Phone,
};

use crate::{
    call::{Call, Held, Said},
    person::{Handed, Kind},
};

/// What is the same for all users while a call is made.
pub(crate) struct Now<'a> {
    pub(crate) now: u64,
    pub(crate) call: &'a Call,
    pub(crate) handed: &'a [Option<Handed>],
    /// How many keys there have been, and the oldest that the ring still has.
    pub(crate) keys: (u32, u32),
}

/// What the model expects of a call.
#[derive(Default)]
pub(crate) struct Expect {
    /// Any of these: where several rules refuse, which of them speaks is left open.
    pub(crate) said: Vec<Said>,
    pub(crate) writes: bool,
    pub(crate) hands_out: Option<Handed>,
    pub(crate) begins_epoch: bool,
}

pub(crate) fn kept(said: Said) -> Expect {
    Expect { said: vec![said], ..Expect::default() }
}

pub(crate) fn written(said: Said) -> Expect {
    Expect { said: vec![said], writes: true, ..Expect::default() }
}

pub(crate) fn refused(reasons: &[Reason]) -> Expect {
    Expect { said: reasons.iter().map(|reason| Said::Refused(*reason, None)).collect(), ..Expect::default() }
}

pub(crate) fn forbidden(rules: &[NotAllowed]) -> Expect {
    Expect { said: rules.iter().map(|rule| Said::Forbidden(*rule)).collect(), ..Expect::default() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obligation {
    Off,
    Optional,
    Required,
}

impl<'a> Now<'a> {
    pub(crate) fn policy(&self) -> &'a Policy {
        self.call.account.policy()
    }

    pub(crate) fn obligation(&self) -> Obligation {
        match self.policy().requirement() {
            Requirement::Off => Obligation::Off,
            Requirement::Optional => Obligation::Optional,
            Requirement::RequiredForAll => Obligation::Required,
            Requirement::RequiredForAdministrators { .. } if self.call.account.is_administrator() => {
                Obligation::Required
            }
            Requirement::RequiredForAdministrators { others: Others::Off } => Obligation::Off,
            Requirement::RequiredForAdministrators { others: Others::Optional } => Obligation::Optional,
        }
    }

    /// The channels that may carry a second factor now.
    pub(crate) fn channels(
        &self,
        enrolled: bool,
        first: Option<Channel>,
        action: Option<&Action>,
    ) -> Vec<Channel> {
        let policy = self.policy();
        let for_whom = match policy.one_time_codes_for() {
            OneTimeCodes::WithoutAuthenticator => !enrolled,
            OneTimeCodes::BesideAuthenticator => enrolled,
            OneTimeCodes::Always => true,
        };
        let for_what = match action {
            None => true,
            Some(Action::Host(_)) => !enrolled,
            Some(_) => false,
        };
        let barred = first.filter(|_| policy.wants_distinct_channels());
        let open =
            |channel: &Channel| policy.allows(Factor::OneTimeCode(*channel)) && barred != Some(*channel);
        let all = self.call.account.channels().iter().copied();
        all.filter(open).filter(|_| for_whom && for_what).collect()
    }

    /// Everything that is wrong with a token by itself.
    pub(crate) fn faults_of(&self, held: &Held, fits: impl Fn(&Kind) -> bool) -> Vec<Reason> {
        let handed = self.handed(held);
        if handed.keys < self.keys.1 {
            return vec![Reason::InvalidToken];
        }
        let faults = [
            (handed.who != self.call.who, Reason::WrongUser),
            (handed.stamp != self.call.stamp, Reason::StampChanged),
            (self.now >= handed.expires, Reason::Expired),
            (!fits(&handed.kind), Reason::WrongPurpose),
        ];
        faults.into_iter().filter(|(is, _)| *is).map(|(_, reason)| reason).collect()
    }

    pub(crate) fn handed(&self, held: &Held) -> &'a Handed {
        self.handed[held.0].as_ref().unwrap()
    }

    /// A token or proof that this call hands out.
    pub(crate) fn hand_out(&self, kind: Kind, epoch: usize, expires: u64, browser: Option<usize>) -> Handed {
        let (who, stamp, keys) = (self.call.who, self.call.stamp, self.keys.0);
        Handed { text: String::new(), who, stamp, keys, epoch, expires, browser, first: None, kind }
    }

    /// The steps at which this phone shows this code within the policy's window: the first and the last.
    pub(crate) fn shown(&self, phone: &Phone, typed: &str) -> Option<(u64, u64)> {
        let (window, step) = (self.policy().accepted_window(), self.now / 30);
        let steps = step - u64::from(window.behind())..=step + u64::from(window.ahead());
        let shown: Vec<u64> =
            steps.filter(|step| phone.code_at(UnixTime::from_seconds(step * 30)) == typed).collect();
        Some((*shown.first()?, *shown.last()?))
    }
}
