//! Compares what the settings page shows with what the model remembers.

use second_factor::Status;

use crate::{
    call::{Call, Deed},
    lane::Lane,
    ledger::hold,
    now::Now,
    person::Person,
    run::finish,
    world::World,
};

/// What a status shows, apart from how long attempts have to wait.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    apps: Vec<(String, u64, u64, bool)>,
    /// When each was last used, and until when it is trusted.
    devices: Vec<(u64, Option<u64>)>,
    codes: (u8, Option<u64>, Option<u64>, Vec<u64>),
    may: (bool, bool, bool),
}

impl World {
    /// What the status of the user of this call shows now.
    pub(crate) fn status(&mut self, call: &Call) -> Result<Option<Shown>, String> {
        let status = self.read(call.who)?;
        Ok(Some(shown(&status)))
    }

    /// P4, P10, P31: the status is what the model remembers.
    pub(crate) fn compare(&mut self, who: usize) -> Result<(), String> {
        let status = self.read(who)?;
        let call = self.call(who, Deed::Status(None));
        let c = Now { now: self.now(), call: &call, handed: &self.handed, keys: self.keys };
        let person = &self.users[who].person;
        let expected = remembered(person, &c);
        let shown = shown(&status);
        hold!(shown == expected, "the status of {who} is {shown:?}, not {expected:?}");
        let codes = person.acceptable(c.policy());
        let held = Lane::held(&person.lane, 100, codes, c.now).filter(|_| person.exists);
        let locked = status.locked_until().map(|at| at.seconds());
        hold!(locked == held, "{who} is locked until {locked:?}, not {held:?}");
        Ok(())
    }

    fn read(&self, who: usize) -> Result<Status, String> {
        match finish(self.servers[1].status(&self.account(who), None)) {
            Some(Ok(status)) => Ok(status),
            other => Err(format!("the status of {who}: {other:?}")),
        }
    }

    /// P30: after everything was delivered, each change was told.
    pub(crate) fn everything_was_told(&mut self) -> Result<(), String> {
        self.mail.set_down(false);
        for user in &self.users {
            let delivered = finish(self.servers[0].deliver_pending(&user.key));
            hold!(matches!(delivered, Some(Ok(()))), "not delivered: {delivered:?}");
            let mut heard = self.mail.heard(&user.key);
            if user.lost || heard.iter().any(|kind| kind == "NoticesLost") {
                continue;
            }
            heard.retain(|kind| !["ReplayRefused", "ManyWrongCodes"].contains(&kind.as_str()));
            let mut told = user.person.told.clone();
            told.sort_unstable();
            hold!(heard == told, "P30 {:?} heard {heard:?}, not {told:?}", user.key);
        }
        Ok(())
    }
}

fn shown(status: &Status) -> Shown {
    let apps = status.authenticators().iter();
    let devices = status.devices().iter();
    let at = |at: second_factor::UnixTime| at.seconds();
    Shown {
        apps: apps
            .map(|app| (app.id.to_string(), at(app.added_at), at(app.last_used_at), app.disabled))
            .collect(),
        devices: devices.map(|it| (at(it.last_used_at), it.until.map(at))).collect(),
        codes: (
            status.backup_codes_left(),
            status.backup_codes_issued_at().map(at),
            status.backup_codes_saved_at().map(at),
            status.backup_codes_used_at().iter().copied().map(at).collect(),
        ),
        may: (status.may_disable(), status.may_view_backup_codes(), status.needs_ticket()),
    }
}

fn remembered(person: &Person, c: &Now<'_>) -> Shown {
    let set = person.codes.as_ref();
    let mut used: Vec<u64> = set.iter().flat_map(|set| set.used_at.iter().flatten().copied()).collect();
    used.sort_unstable();
    let disable = second_factor::Action::Disable;
    let view = second_factor::Action::ViewBackupCodes;
    Shown {
        apps: person
            .apps
            .iter()
            .map(|it| (it.id.to_string(), it.added_at, it.used_at, it.disabled))
            .collect(),
        devices: person.trusted(c).iter().map(|(it, until)| (it.used_at, *until)).collect(),
        codes: (
            set.map_or(0, |set| set.left()),
            set.map(|set| set.issued_at),
            set.and_then(|set| set.saved_at),
            used,
        ),
        may: (
            person.is_enrolled() && person.rules_against(c, &disable).is_empty(),
            person.exists && person.rules_against(c, &view).is_empty(),
            person.ticket.is_some() && !c.policy().waives_tickets(),
        ),
    }
}
