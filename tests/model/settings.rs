//! What the model expects of changes of settings, of an administrator's and the operator's calls, and of open sessions.

use std::rc::Rc;

use second_factor::{Access, Action, Assurance, Because, NotAllowed, Reason, Trust, testing::Phone};

use crate::{
    call::{Call, Cookie, Deed, Held, Said, TICKET},
    now::{Expect, Now, Obligation, forbidden, kept, refused, written},
    person::{Kind, Person},
};

impl Person {
    /// What is expected of a call, and what it makes of the user.
    pub(crate) fn expect(&mut self, c: &Now<'_>, mail_is_down: bool) -> Expect {
        let Call { account, deed, .. } = c.call;
        let by_user = !matches!(
            deed,
            Deed::Reset { .. } | Deed::Import(_) | Deed::Restore | Deed::Erase | Deed::Deliver | Deed::Reseal
        );
        let before = self.clone();
        let expect = match deed {
            Deed::Begin(first, cookie) => self.begin(c, *first, cookie),
            Deed::Look(held) => self.look(c, held),
            Deed::Send(held, channel) => self.send(c, held, *channel, mail_is_down),
            Deed::Verify(held, typed, trust) => self.answer(c, held, typed, Some(*trust)),
            Deed::StepUp(held, typed) => self.answer(c, held, typed, None),
            Deed::Enroll { by } => self.enroll(c, by),
            Deed::ShowSetUp(held) => self.show_set_up(c, held),
            Deed::Confirm(held, typed) => self.confirm(c, held, typed),
            Deed::AskStepUp(action, cookie) => self.ask_step_up(c, action, cookie),
            Deed::Do(action, held) => self.act(c, action, held),
            Deed::ProveSaved(typed) => self.prove_saved(c, typed),
            Deed::Revoke(_, id) => self.revoke(c, *id),
            Deed::RevokeAll => self.revoke_all(c),
            Deed::SignOut(cookie) => self.sign_out(c, cookie),
            Deed::SignOutEverywhere => self.sign_out_everywhere(c),
            Deed::Reset { own: true, .. } => forbidden(&[NotAllowed::OwnReset]),
            Deed::Reset { own: false, ticket } => self.reset(c, *ticket),
            Deed::Import(uri) => self.import(c, uri),
            Deed::Restore => self.restore(c),
            Deed::Erase => self.erase(),
            Deed::Assess(session) => self.assess(c, *session),
            // They change nothing that the model knows of.
            Deed::Status(_) | Deed::Deliver | Deed::Reseal => kept(Said::Done),
        };
        if by_user && account.is_known_enrolled() && !before.is_enrolled() {
            *self = before;
            // A token or code that is no good by itself is refused before the record is read.
            let refused = !expect.writes && expect.said.iter().all(|said| matches!(said, Said::Refused(..)));
            let said = if refused { expect.said } else { Vec::new() };
            return Expect { said: [said, vec![Said::Unavailable]].concat(), ..Expect::default() };
        }
        expect
    }

    fn act(&mut self, c: &Now<'_>, action: &Action, held: &Held) -> Expect {
        let no = c.faults_of(held, |kind| *kind == Kind::Proof(action.clone()));
        if !no.is_empty() {
            return refused(&no);
        }
        if !self.exists {
            return forbidden(&[NotAllowed::NotEnrolled]);
        }
        let now = c.now;
        let is_it = |(id, of, until): &(usize, Action, u64)| *id == held.0 && of == action && now < *until;
        let mut said = forbidden(&self.rules_against(c, action)).said;
        if c.handed(held).epoch != self.epoch {
            said.push(Said::Refused(Reason::EpochChanged, None));
        }
        if !self.proofs.iter().any(is_it) {
            said.push(Said::Forbidden(NotAllowed::NeedsProof));
        }
        if !said.is_empty() {
            return Expect { said, ..Expect::default() };
        }
        self.proofs.retain(|proof| !is_it(proof));
        let begins_epoch = *action == Action::Disable;
        match action {
            Action::Disable => {
                self.remove_factors(c);
                self.told.push("Disabled");
            }
            Action::Remove(id) => {
                self.apps.retain(|app| app.id != *id);
                self.browsers.iter_mut().for_each(|browser| browser.trust = None);
                self.told.push("AuthenticatorRemoved");
            }
            Action::RegenerateBackupCodes => self.issue(c),
            Action::ViewBackupCodes => self.told.push("BackupCodesViewed"),
            _ => {}
        }
        self.forget(now);
        Expect { begins_epoch, ..written(Said::Done) }
    }

    fn remove_factors(&mut self, c: &Now<'_>) {
        self.begin_epoch(c.call.id);
        self.apps.clear();
        self.codes = None;
        self.enrolled_at = None;
        self.ticket = None;
    }

    fn revoke(&mut self, c: &Now<'_>, id: usize) -> Expect {
        if !self.exists {
            return forbidden(&[NotAllowed::NotEnrolled]);
        }
        if self.browser(Some(id)).is_none() {
            return forbidden(&[NotAllowed::NotFound]);
        }
        self.browsers.retain(|browser| browser.id != id);
        self.told.push("BrowserRevoked");
        self.forget(c.now);
        written(Said::Done)
    }

    fn revoke_all(&mut self, c: &Now<'_>) -> Expect {
        if self.browsers.is_empty() {
            return kept(Said::Done);
        }
        self.browsers.clear();
        self.told.push("BrowsersRevoked");
        self.forget(c.now);
        written(Said::Done)
    }

    fn sign_out(&mut self, c: &Now<'_>, cookie: &Cookie) -> Expect {
        let this = self.recognize(cookie.as_ref().map(|(id, _)| *id), c.call.stamp, c.now).map(|it| it.id);
        let Some(browser) = self.browsers.iter_mut().find(|it| Some(it.id) == this) else {
            return kept(Said::Done);
        };
        match browser.trust {
            Some((_, until)) if until.is_none() || c.policy().trust() == Trust::UntilSignOut => {
                browser.trust = None;
                self.forget(c.now);
                written(Said::Done)
            }
            _ => kept(Said::Done),
        }
    }

    fn sign_out_everywhere(&mut self, c: &Now<'_>) -> Expect {
        self.exists = true;
        self.begin_epoch(c.call.id);
        self.since = self.after_sessions(c.now + 1);
        self.told.push("SignedOutEverywhere");
        self.forget(c.now);
        Expect { begins_epoch: true, ..written(Said::Done) }
    }

    fn reset(&mut self, c: &Now<'_>, ticket: bool) -> Expect {
        self.exists = true;
        self.remove_factors(c);
        self.since = self.after_sessions(c.now + 1);
        self.ticket = ticket.then_some((None, c.now + TICKET.as_secs()));
        self.told.push("Reset");
        self.forget(c.now);
        Expect { begins_epoch: true, ..written(Said::Done) }
    }

    fn import(&mut self, c: &Now<'_>, uri: &str) -> Expect {
        if self.apps.len() >= 5 {
            return forbidden(&[NotAllowed::Limit]);
        }
        let begins_epoch = !self.is_enrolled();
        if begins_epoch {
            self.begin_epoch(c.call.id);
            self.enrolled_at = Some(self.after_sessions(c.now));
            self.ticket = None;
        }
        self.exists = true;
        // No code that could be accepted anywhere now is accepted here.
        self.add(Rc::new(Phone::scan(uri)), c.now / 30 + 2, c.now);
        self.told.push("AuthenticatorImported");
        self.forget(c.now);
        Expect { begins_epoch, ..written(Said::Done) }
    }

    fn restore(&mut self, c: &Now<'_>) -> Expect {
        if !self.exists {
            return kept(Said::Done);
        }
        self.begin_epoch(c.call.id);
        self.codes = None;
        self.ticket = self.ticket.take().map(|(text, _)| (text, 0));
        self.apps.iter_mut().for_each(|app| app.last = app.last.max(c.now / 30 + 2));
        if self.is_enrolled() {
            self.told.push("Restored");
        }
        self.forget(c.now);
        Expect { begins_epoch: true, ..written(Said::Done) }
    }

    fn erase(&mut self) -> Expect {
        if !self.exists {
            return kept(Said::Done);
        }
        *self = Self::default();
        written(Said::Done)
    }

    fn assess(&self, c: &Now<'_>, session: Assurance) -> Expect {
        let since = self.enrolled_at.unwrap_or(0).max(self.since);
        let shown_at = match session {
            Assurance::SecondFactor { at, .. } => Some(at.seconds()),
            Assurance::TrustedDevice { verified_at } => Some(verified_at.seconds()),
            _ => None,
        };
        let ended = shown_at.is_some_and(|at| at < self.since);
        // Without a record there is nothing that a session could have shown.
        let shown = self.exists
            && shown_at.is_some_and(|at| since <= at)
            && !(matches!(session, Assurance::TrustedDevice { .. }) && c.policy().trust() == Trust::Off);
        let granted = Access::Granted { enroll_by: None };
        let asked = if shown { granted } else { Access::SignInAgain };
        kept(Said::Access(match (c.obligation(), c.policy().grace()) {
            _ if session == Assurance::FirstFactorOnly(Because::Exempt) => granted,
            _ if ended => Access::SignInAgain,
            _ if self.is_enrolled() => asked,
            (Obligation::Off | Obligation::Optional, _) => granted,
            (Obligation::Required, Some(until)) if c.now < until.seconds() => {
                Access::Granted { enroll_by: Some(until) }
            }
            (Obligation::Required, _) if !c.channels(false, None, None).is_empty() => asked,
            (Obligation::Required, _) => Access::Enroll,
        }))
    }
}
