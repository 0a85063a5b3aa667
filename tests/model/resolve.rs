//! Puts values in the place of the names that a step has for them.

use second_factor::{Action, UnixTime};

use crate::{
    call::{By, Call, Cookie, Deed, Held},
    now::Now,
    person::Kind,
    run::finish,
    steps::{self, Act, Browser, Do, Type, Which},
    world::World,
};

impl World {
    /// A call with everything in it that the step only names. `None` if there is nothing of that name.
    pub(crate) fn resolve(&mut self, who: usize, what: &Do) -> Option<Call> {
        let deed = match what {
            Do::Begin(first, browser) => Deed::Begin(*first, self.cookie(who, *browser)),
            Do::Look(which) => Deed::Look(self.held(who, *which, is_challenge)?),
            Do::Send(which, channel) => Deed::Send(self.held(who, *which, is_challenge)?, *channel),
            Do::Answer(which, typed, trust) => {
                let held = self.held(who, *which, |kind| *kind == Kind::SignIn)?;
                Deed::Verify(held, self.typed(who, *typed)?, *trust)
            }
            Do::Enroll(by) => Deed::Enroll { by: self.by(who, *by)? },
            Do::ShowSetUp(which) => {
                Deed::ShowSetUp(self.held(who, *which, |kind| *kind == Kind::Enrollment)?)
            }
            Do::Confirm(which, typed) => {
                let held = self.held(who, *which, |kind| *kind == Kind::Enrollment)?;
                Deed::Confirm(held, self.typed(who, *typed)?)
            }
            Do::AskStepUp(act, browser) => {
                Deed::AskStepUp(self.action(who, *act)?, self.cookie(who, *browser))
            }
            Do::StepUp(which, typed) => {
                let held = self.held(who, *which, |kind| matches!(kind, Kind::StepUp(_)))?;
                Deed::StepUp(held, self.typed(who, *typed)?)
            }
            Do::Act(which, act) => {
                let held = self.held(who, *which, |kind| matches!(kind, Kind::Proof(_)))?;
                let action = match (act, &self.handed[held.0].as_ref()?.kind) {
                    (None, Kind::Proof(action)) => action.clone(),
                    (act, _) => self.action(who, act.unwrap_or(Act::Disable))?,
                };
                if matches!(action, Action::AddAuthenticator | Action::Replace(_)) {
                    return None;
                }
                Deed::Do(action, held)
            }
            Do::ProveSaved(typed) => Deed::ProveSaved(self.typed(who, *typed)?),
            Do::Revoke(place) => self.browser(who, *place)?,
            Do::RevokeAll => Deed::RevokeAll,
            Do::SignOut(browser) => Deed::SignOut(self.cookie(who, *browser)),
            Do::SignOutEverywhere => Deed::SignOutEverywhere,
            Do::Reset { own, ticket } => Deed::Reset { own: *own, ticket: *ticket },
            Do::Import => Deed::Import(self.secret()),
            Do::Restore => Deed::Restore,
            Do::Erase => Deed::Erase,
            Do::Deliver => Deed::Deliver,
            Do::Reseal => Deed::Reseal,
            Do::Assess(place) => {
                let mine: Vec<_> = self.sessions.iter().filter(|(owner, _)| *owner == who).collect();
                Deed::Assess(mine.get(place % mine.len().max(1))?.1)
            }
        };
        Some(self.call(who, deed))
    }

    pub(crate) fn call(&mut self, who: usize, deed: Deed) -> Call {
        let id = self.handed.len();
        self.handed.push(None);
        let user = &self.users[who];
        // The host remembers who is enrolled, for half of its calls.
        let known = id.is_multiple_of(2) && user.person.is_enrolled();
        Call { id, who, account: self.account(who).known_enrolled(known), stamp: user.stamp, deed }
    }

    /// A call that revokes one of the trusted browsers.
    fn browser(&self, who: usize, place: usize) -> Option<Deed> {
        let account = self.account(who);
        let status = finish(self.servers[0].status(&account, None))?.unwrap();
        let listed = status.devices();
        let device = listed.get(place.checked_rem(listed.len())?)?;
        let call = Call { id: 0, who, account, stamp: self.users[who].stamp, deed: Deed::RevokeAll };
        let c = Now { now: self.now(), call: &call, handed: &self.handed, keys: self.keys };
        let trusted = self.users[who].person.trusted(&c);
        Some(Deed::Revoke(device.id, trusted.get(place % listed.len())?.0.id))
    }

    fn cookie(&self, who: usize, browser: Browser) -> Cookie {
        let place = match browser {
            Browser::None => return None,
            Browser::Last => self.earlier_cookie(who, 0)?,
            Browser::Earlier(many) => self.earlier_cookie(who, many)?,
            Browser::Any(place) => place.checked_rem(self.cookies.len())?,
        };
        Some((place, self.cookies[place].1.clone()))
    }

    fn earlier_cookie(&self, who: usize, many: usize) -> Option<usize> {
        let mine = self.cookies.iter().enumerate().rev().filter(|(_, (owner, _))| *owner == who);
        mine.map(|(place, _)| place).nth(many)
    }

    fn held(&self, who: usize, which: Which, fits: impl Fn(&Kind) -> bool) -> Option<Held> {
        let all = self.handed.iter().enumerate().filter_map(|(id, handed)| Some((id, handed.as_ref()?)));
        let last = |many| {
            let mine = all.clone().filter(|(_, handed)| handed.who == who && fits(&handed.kind));
            let mine: Vec<_> = mine.collect();
            mine.into_iter().rev().nth(many)
        };
        let (id, handed) = match which {
            Which::Last => last(0)?,
            Which::Earlier(many) => last(many)?,
            Which::Any(place) => {
                let all: Vec<_> = all.clone().collect();
                all[place.checked_rem(all.len())?]
            }
        };
        Some(Held(id, handed.text.clone()))
    }

    fn by(&self, who: usize, by: steps::By) -> Option<By> {
        let sign_in = |which| self.held(who, which, |kind| *kind == Kind::Enroll);
        let is_proof =
            |kind: &Kind| matches!(kind, Kind::Proof(Action::AddAuthenticator | Action::Replace(_)));
        Some(match by {
            steps::By::OpenSession => By::OpenSession,
            steps::By::SignIn(which) => By::SignIn(sign_in(which)?),
            steps::By::Ticket(with_token) => {
                let mine = self.tickets.iter().rev().find(|(owner, _)| *owner == who);
                let ticket = mine.or(self.tickets.last()).map(|(_, text)| text.clone())?;
                By::Ticket(if with_token { Some(sign_in(Which::Last)?) } else { None }, ticket)
            }
            steps::By::OldTicket => By::Ticket(None, self.tickets.first()?.1.clone()),
            steps::By::StepUp(which) => By::StepUp(self.held(who, which, is_proof)?),
        })
    }

    fn action(&self, who: usize, act: Act) -> Option<Action> {
        let apps = &self.users[who].person.apps;
        let app = |place: usize| Some(apps.get(place % apps.len().max(1))?.id);
        Some(match act {
            Act::Add => Action::AddAuthenticator,
            Act::Replace(place) => Action::Replace(app(place)?),
            Act::Remove(place) => Action::Remove(app(place)?),
            Act::Disable => Action::Disable,
            Act::Regenerate => Action::RegenerateBackupCodes,
            Act::View => Action::ViewBackupCodes,
            Act::Host => Action::Host("pay".into()),
        })
    }

    fn typed(&self, who: usize, typed: Type) -> Option<String> {
        let person = &self.users[who].person;
        let at = |offset: i64| UnixTime::from_seconds(self.now().saturating_add_signed(30 * offset));
        Some(match typed {
            Type::App(place, offset) => {
                person.apps.get(place % person.apps.len().max(1))?.phone.code_at(at(offset))
            }
            Type::Pending(offset) => person.pending.as_ref()?.phone.as_ref()?.code_at(at(offset)),
            Type::Again(place) => self.accepted[place.checked_rem(self.accepted.len())?].clone(),
            Type::Backup(place) => {
                let set = person.codes.as_ref()?;
                let unused = set.texts.iter().zip(&set.used_at).filter(|(_, used)| used.is_none());
                let known: Vec<_> = unused.filter_map(|(text, _)| text.clone()).collect();
                known.get(place.checked_rem(known.len())?)?.clone()
            }
            Type::AnyBackup(place) => {
                let tickets = self.tickets.iter().map(|(_, text)| text);
                let mut all: Vec<_> = self.ledger.codes.keys().chain(tickets).collect();
                all.sort_by_key(|text| (self.accepted.contains(text), text.len()));
                all[place.checked_rem(all.len())?].clone()
            }
            Type::Sent => person.sent.iter().rev().find_map(|sent| sent.code.clone())?,
            Type::Wrong => self.wrong(),
            Type::Malformed => "12345".into(),
        })
    }

    /// A code that nobody's phone shows about now, and that was sent to nobody.
    fn wrong(&self) -> String {
        let around = |steps: i64| UnixTime::from_seconds(self.now().saturating_add_signed(30 * steps));
        let phones = self.ledger.phones.iter();
        let mut right: Vec<String> =
            phones.flat_map(|(_, phone, _)| (-2..=2).map(|steps| phone.code_at(around(steps)))).collect();
        right.extend(self.ledger.sent.values().map(|(code, _)| code.clone()));
        (0..).map(|number| format!("{number:06}")).find(|code| !right.contains(code)).unwrap()
    }

    fn secret(&mut self) -> String {
        let symbols = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let secret: String = (0..32).map(|_| char::from(symbols[self.random.below(32)])).collect();
        format!("otpauth://totp/Acme:ann?secret={secret}&issuer=Acme")
    }
}

fn is_challenge(kind: &Kind) -> bool {
    matches!(kind, Kind::SignIn | Kind::StepUp(_))
}
