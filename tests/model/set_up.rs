//! What the model expects of setting up an authenticator, and of backup codes.

use std::rc::Rc;

use second_factor::{
    Action, Assurance, AuthenticatorId, Factor, NotAllowed, Reason, UnixTime, testing::Phone,
};

use crate::{
    call::{By, Held, Said},
    now::{Expect, Now, Obligation, forbidden, refused, written},
    person::{App, Codes, Kind, Pending, Person},
    sign_in::{Class, class},
};

impl Person {
    pub(crate) fn enroll(&mut self, c: &Now<'_>, by: &By) -> Expect {
        let (now, policy) = (c.now, c.policy());
        let fits = |kind: &Kind| match by {
            By::StepUp(_) => {
                matches!(kind, Kind::Proof(Action::AddAuthenticator | Action::Replace(_)))
            }
            _ => *kind == Kind::Enroll,
        };
        let (held, ticket) = match by {
            By::OpenSession => (None, None),
            By::SignIn(held) | By::StepUp(held) => (Some(held), None),
            By::Ticket(held, typed) => (held.as_ref(), Some(typed.as_str())),
        };
        let mut no = held.map(|held| c.faults_of(held, fits)).unwrap_or_default();
        no.extend(ticket.filter(|typed| class(typed) != Class::LookupSecret).map(|_| Reason::Malformed));
        if !no.is_empty() {
            return refused(&no);
        }
        let handed = held.map(|held| c.handed(held));
        let action = match handed.map(|handed| &handed.kind) {
            Some(Kind::Proof(action)) => action.clone(),
            _ => Action::AddAuthenticator,
        };
        let is_proved = |id: &usize| self.proofs.iter().any(|(proof, _, until)| proof == id && now < *until);
        let needs_proof = match by {
            By::StepUp(held) => !is_proved(&held.0),
            _ => self.is_enrolled(),
        };
        let mut said = forbidden(&self.rules_against(c, &action)).said;
        said.extend(needs_proof.then_some(Said::Forbidden(NotAllowed::NeedsProof)));
        if handed.is_some_and(|handed| handed.epoch != self.epoch) {
            said.push(Said::Refused(Reason::EpochChanged, None));
        }
        if !said.is_empty() {
            return Expect { said, ..Expect::default() };
        }
        if let Some((right, until)) = &self.ticket
            && !self.is_enrolled()
            && !policy.waives_tickets()
        {
            match ticket {
                None => return forbidden(&[NotAllowed::NeedsTicket]),
                Some(typed) if right.as_deref() == Some(typed) && now < *until => {}
                Some(_) => return self.miss(Reason::Wrong, now),
            }
        }
        if let By::StepUp(held) = by {
            self.proofs.retain(|(id, _, _)| *id != held.0);
        }
        let replaces = if let Action::Replace(id) = action { Some(id) } else { None };
        self.pending = Some(Pending { id: c.call.id, phone: None, expires: now + 900, wrong: 0, replaces });
        self.exists = true;
        self.forget(now);
        let browser = handed.and_then(|handed| handed.browser);
        let handed = c.hand_out(Kind::Enrollment, self.epoch, now + 900, browser);
        Expect { hands_out: Some(handed), ..written(Said::Done) }
    }

    /// Whether the set-up of this token still stands.
    fn stands(&self, c: &Now<'_>, held: &Held) -> Result<&Pending, Vec<Reason>> {
        let no = c.faults_of(held, |kind| *kind == Kind::Enrollment);
        if !no.is_empty() {
            return Err(no);
        }
        let epoch = c.handed(held).epoch;
        let same =
            |pending: &&Pending| pending.id == held.0 && self.epoch == epoch && c.now < pending.expires;
        let was_completed = self.completed.iter().any(|(id, _)| *id == held.0);
        let reason = if was_completed { Reason::AlreadyCompleted } else { Reason::Expired };
        self.pending.as_ref().filter(same).ok_or(vec![reason])
    }

    pub(crate) fn show_set_up(&mut self, c: &Now<'_>, held: &Held) -> Expect {
        match self.stands(c, held) {
            Ok(_) => crate::now::kept(Said::Done),
            Err(no) => refused(&no),
        }
    }

    pub(crate) fn confirm(&mut self, c: &Now<'_>, held: &Held, typed: &str) -> Expect {
        if class(typed) != Class::Digits {
            let mut no = c.faults_of(held, |kind| *kind == Kind::Enrollment);
            no.push(Reason::Malformed);
            return refused(&no);
        }
        let pending = match self.stands(c, held) {
            Ok(pending) => pending.clone(),
            Err(no) => return refused(&no),
        };
        let (now, policy, browser) = (c.now, c.policy(), c.handed(held).browser);
        let replaces = pending.replaces.filter(|id| self.has(*id));
        let rules = self.rules_against(c, &replaces.map_or(Action::AddAuthenticator, Action::Replace));
        if !rules.is_empty() {
            return forbidden(&rules);
        }
        let codes = u64::from(policy.accepted_window().steps());
        let (lane, capacity) = self.lane(browser);
        if let Some(until) = lane.held(capacity, codes, now) {
            return crate::now::kept(Said::Refused(Reason::Throttled, Some(until)));
        }
        let phone = pending.phone.clone().unwrap();
        let shown = c.shown(&phone, typed);
        let used_at: Vec<u64> = self.apps.iter().map(|app| app.used_at).collect();
        let reason = match (shown, shown.map(|_| self.burn(c, typed))) {
            (Some((_, last)), Some(Ok(_))) => {
                self.apps.iter_mut().zip(used_at).for_each(|(app, at)| app.used_at = at);
                return self.activate(c, (held, browser), pending, last);
            }
            (Some(_), _) => Reason::Replayed,
            (None, _) => Reason::Wrong,
        };
        let retry_at = self.count(codes, browser, now);
        let pending = self.pending.as_mut().unwrap();
        pending.wrong += 1;
        if pending.wrong == 10 {
            self.pending = None;
        }
        self.forget(now);
        written(Said::Refused(reason, retry_at))
    }

    fn activate(
        &mut self,
        c: &Now<'_>,
        (held, browser): (&Held, Option<usize>),
        pending: Pending,
        last: u64,
    ) -> Expect {
        let (now, policy) = (c.now, c.policy());
        let is_first = !self.is_enrolled();
        let replaces = pending.replaces.filter(|id| self.has(*id));
        let begins_epoch = is_first || replaces.is_some();
        self.lane(browser).0.passed();
        self.told.push(match replaces {
            _ if is_first => "Enabled",
            Some(_) => "AuthenticatorReplaced",
            None => "AuthenticatorAdded",
        });
        if is_first {
            self.enrolled_at = Some(now);
            self.ticket = None;
        }
        self.in_a_row = 0;
        if begins_epoch {
            self.begin_epoch(c.call.id);
            self.since = now;
        }
        self.pending = None;
        self.apps.retain(|app| Some(app.id) != replaces);
        self.completed.push((held.0, pending.expires));
        self.add(pending.phone.unwrap(), last, now);
        if begins_epoch {
            self.remember(c, None, Factor::Totp, false);
        }
        if is_first && policy.allows(Factor::BackupCode) {
            self.issue(c);
        }
        self.forget(now);
        let at = UnixTime::from_seconds(now);
        let said = Said::Open(Assurance::SecondFactor { factor: Factor::Totp, at });
        Expect { begins_epoch, ..written(said) }
    }

    pub(crate) fn add(&mut self, phone: Rc<Phone>, last: u64, now: u64) {
        self.apps_ever += 1;
        let id: AuthenticatorId = self.apps_ever.to_string().parse().unwrap();
        self.apps.push(App { id, phone, last, added_at: now, used_at: now, disabled: false });
    }

    pub(crate) fn issue(&mut self, c: &Now<'_>) {
        self.told.push("BackupCodesIssued");
        self.codes = Some(Codes {
            texts: vec![None; 10],
            used_at: vec![None; 10],
            issued_by: c.call.id,
            issued_at: c.now,
            saved_at: None,
            viewable: c.policy().shows_backup_codes(),
        });
    }

    pub(crate) fn spend_backup_code(&mut self, c: &Now<'_>, typed: &str) -> Result<(), Reason> {
        let set = self.codes.as_mut().filter(|_| c.policy().allows(Factor::BackupCode));
        let set = set.ok_or(Reason::Wrong)?;
        let place = set.texts.iter().position(|text| text.as_deref() == Some(typed)).ok_or(Reason::Wrong)?;
        if set.used_at[place].is_some() {
            return Err(Reason::Replayed);
        }
        set.used_at[place] = Some(c.now);
        Ok(())
    }

    pub(crate) fn prove_saved(&mut self, c: &Now<'_>, typed: &str) -> Expect {
        if class(typed) != Class::LookupSecret {
            return refused(&[Reason::Malformed]);
        }
        if !self.exists {
            return forbidden(&[NotAllowed::NotEnrolled]);
        }
        if let Err(reason) = self.spend_backup_code(c, typed) {
            return self.miss(reason, c.now);
        }
        self.tell_codes_used(Factor::BackupCode);
        let set = self.codes.as_mut().unwrap();
        set.saved_at = set.saved_at.or(Some(c.now));
        let left = set.left();
        self.forget(c.now);
        written(Said::Left(left))
    }

    /// A wrong look-up secret: counted for at most 60 a minute, and no wait comes of it.
    pub(crate) fn miss(&mut self, reason: Reason, now: u64) -> Expect {
        let (minute, count) = self.lookups;
        let count = if minute == now / 60 { count + 1 } else { 1 };
        if count > 60 {
            return refused(&[reason]);
        }
        self.lookups = (now / 60, count);
        self.forget(now);
        written(Said::Refused(reason, None))
    }

    pub(crate) fn tell_codes_used(&mut self, factor: Factor) {
        if factor == Factor::BackupCode {
            self.told.push("BackupCodeUsed");
            if [0, 3].contains(&self.codes.as_ref().unwrap().left()) {
                self.told.push("BackupCodesLow");
            }
        }
    }

    /// Why policy and record leave no room for an action, whoever asks.
    pub(crate) fn rules_against(&self, c: &Now<'_>, action: &Action) -> Vec<NotAllowed> {
        let policy = c.policy();
        let viewable = policy.shows_backup_codes() && self.codes.as_ref().is_some_and(|set| set.viewable);
        let rules = match action {
            Action::AddAuthenticator => vec![
                (c.obligation() == Obligation::Off || !policy.allows(Factor::Totp), NotAllowed::FactorOff),
                (self.apps.len() >= 5, NotAllowed::Limit),
            ],
            Action::Replace(id) => vec![(!self.has(*id), NotAllowed::NotFound)],
            Action::Remove(id) => vec![
                (!self.has(*id), NotAllowed::NotFound),
                (self.apps.len() == 1, NotAllowed::LastAuthenticator),
            ],
            Action::Disable => vec![(c.obligation() == Obligation::Required, NotAllowed::Required)],
            Action::RegenerateBackupCodes => {
                vec![(!policy.allows(Factor::BackupCode), NotAllowed::FactorOff)]
            }
            Action::ViewBackupCodes => vec![(!viewable, NotAllowed::ViewingOff)],
            _ => vec![],
        };
        rules.into_iter().filter(|(is, _)| *is).map(|(_, rule)| rule).collect()
    }
}
