//! What the model learns from what a call handed out.

use std::rc::Rc;

use second_factor::{Action, testing::Phone};

use crate::{
    call::{Call, Deed, Got, Said},
    ledger::hold,
    now::Expect,
    person::Person,
    world::World,
};

impl World {
    /// What the call handed out.
    pub(crate) fn learn(
        &mut self,
        call: &Call,
        before: &Person,
        expect: Expect,
        told: &Said,
        got: Got,
    ) -> Result<(), String> {
        let who = call.who;
        let person = &mut self.users[who].person;
        if let (Some(mut handed), Some(text)) = (expect.hands_out, got.text) {
            handed.text = text;
            self.handed[call.id] = Some(handed);
        }
        if let Some(uri) = got.uri {
            let phone = Rc::new(Phone::scan(&uri));
            self.ledger.phones.push((who, phone.clone(), Vec::new()));
            let pending = person.pending.as_mut().filter(|pending| pending.id == call.id);
            pending.ok_or("a set-up that the model knows nothing of")?.phone = Some(phone);
        }
        if let Some(cookie) = got.cookie {
            let place = self.cookies.len();
            self.cookies.push((who, cookie));
            let asked_in = match &call.deed {
                Deed::Verify(held, ..) => self.handed[held.0].as_ref().and_then(|handed| handed.browser),
                _ => None,
            };
            let id = before.browser(asked_in).map_or(call.id, |browser| browser.id);
            let known = person.browsers.iter_mut().find(|it| it.id == id || it.id == call.id);
            known.ok_or("a browser that the model knows nothing of")?.cookie = Some(place);
        }
        let issued = matches!(call.deed, Deed::Confirm(..) | Deed::Do(Action::RegenerateBackupCodes, _));
        match got.codes {
            Some(codes) if issued => {
                self.ledger.issue(who, &codes);
                let set = person.codes.as_mut().ok_or("backup codes that the model knows nothing of")?;
                set.texts = codes.into_iter().map(Some).collect();
            }
            Some(codes) => {
                let set = person.codes.as_ref().ok_or("backup codes that the model knows nothing of")?;
                let pairs = set.texts.iter().zip(&set.used_at).filter(|(_, used)| used.is_none());
                let unused: Vec<_> = pairs.map(|(text, _)| text.clone()).collect();
                let all_known = unused.iter().all(Option::is_some);
                let shown: Vec<_> = codes.into_iter().map(Some).collect();
                hold!(!all_known || shown == unused, "P4 other codes than the unused ones were shown");
            }
            None if person.codes.is_none() => self.ledger.kill_codes(who),
            // A new set whose answer was lost.
            None if person.codes.as_ref().map(|set| set.issued_by)
                != before.codes.as_ref().map(|set| set.issued_by) =>
            {
                self.ledger.kill_codes(who);
            }
            None => {}
        }
        if let (Deed::Send(held, _), Some(code)) = (&call.deed, got.sent) {
            let sent = person.sent.iter_mut().find(|sent| sent.challenge == held.0);
            let sent = sent.ok_or("a message that the model knows nothing of")?;
            sent.code = Some(code.clone());
            self.ledger.sent.insert(held.0, (code, sent.expires));
        }
        if let (Some((text, _)), Some(ticket)) = (&mut person.ticket, got.ticket) {
            *text = Some(ticket.clone());
            self.tickets.push((who, ticket));
        }
        match &call.deed {
            Deed::Import(_) if *told == Said::Done => {
                let phone = person.apps.last().ok_or("an import of nothing")?.phone.clone();
                self.ledger.phones.push((who, phone, Vec::new()));
            }
            Deed::Erase => {
                self.users[who].lost = true;
                self.ledger.erase(who, &self.handed);
            }
            Deed::Verify(_, typed, _)
            | Deed::StepUp(_, typed)
            | Deed::Confirm(_, typed)
            | Deed::ProveSaved(typed)
                if expect.writes && !matches!(told, Said::Refused(..)) =>
            {
                self.accepted.push(typed.clone());
            }
            _ => {}
        }
        if let Said::Open(assurance) = told {
            self.sessions.push((who, *assurance));
        }
        Ok(())
    }
}
