//! The properties themselves, checked on what was said alone: a memory without limits, and no rule of any ceremony.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use second_factor::{Assurance, Channel, Factor, Reason, UnixTime, testing::Phone};

use crate::{
    call::{By, Call, Cookie, Deed, Held, Said},
    lane::DAY,
    person::{Handed, Person},
    sign_in::{Class, class},
};

/// Fails the run with a text that names the property.
macro_rules! hold {
    ($fact:expr, $($text:tt)+) => {
        if !$fact {
            return Err(format!($($text)+));
        }
    };
}
pub(crate) use hold;

/// A user, and the browser whose lane it is, if it is not that of all others.
type LaneOf = (usize, Option<usize>);

#[derive(Default)]
pub(crate) struct Ledger {
    /// Every secret that was ever shown to a user, and the steps accepted of it, in order.
    pub(crate) phones: Vec<(usize, Rc<Phone>, Vec<u64>)>,
    /// Every backup code that was ever shown: whose, and whether it is dead.
    pub(crate) codes: HashMap<String, (usize, bool)>,
    /// The newest code that was sent for a challenge, and when it expires.
    pub(crate) sent: HashMap<usize, (String, u64)>,
    passed: HashSet<usize>,
    spent: HashSet<usize>,
    /// The calls in the order in which they took effect, and for each user the first of the present epoch.
    order: HashMap<usize, usize>,
    line: HashMap<usize, usize>,
    /// The guesses that were looked at in a lane: when, by a clock that never goes back, and for how many codes.
    guesses: HashMap<LaneOf, Vec<(u64, u64)>>,
    sends: HashMap<LaneOf, Vec<(u64, Channel)>>,
    tries: HashMap<usize, u32>,
}

/// What happened, and when: by the server's clock, and by one that never goes back.
pub(crate) struct Fact<'a> {
    pub(crate) call: &'a Call,
    pub(crate) said: &'a Said,
    pub(crate) committed: bool,
    /// Before it happened.
    pub(crate) person: &'a Person,
    pub(crate) handed: &'a [Option<Handed>],
    pub(crate) now: u64,
    pub(crate) elapsed: u64,
    /// The latest that the server's clock ever said.
    pub(crate) latest: u64,
    pub(crate) begins_epoch: bool,
}

impl Ledger {
    pub(crate) fn check(&mut self, fact: &Fact<'_>) -> Result<(), String> {
        let (call, who) = (fact.call, fact.call.who);
        self.order.insert(call.id, self.order.len());
        let good = matches!(fact.said, Said::Done | Said::Open(_) | Said::Left(_));
        if let (true, Some(held)) = (good, token(&call.deed)) {
            self.binding(fact, held)?;
        }
        match (&call.deed, fact.said) {
            (Deed::Begin(first, cookie), Said::Open(assurance)) if fact.person.is_enrolled() => {
                let trusted = matches!(assurance, Assurance::TrustedDevice { .. });
                hold!(trusted || first.is_exempt(), "P10 enrolled, and not asked: {assurance:?}");
                if trusted {
                    self.trusted(fact, cookie)?;
                }
            }
            (Deed::Verify(held, typed, _) | Deed::StepUp(held, typed), said) if good => {
                let factor = self.spend(fact, held, typed)?;
                if let Said::Open(assurance) = said {
                    let at = UnixTime::from_seconds(fact.now);
                    hold!(*assurance == Assurance::SecondFactor { factor, at }, "P18 {assurance:?}");
                }
                self.pass(fact, held)?;
            }
            (Deed::Confirm(held, typed), _) if good => {
                let factor = self.spend(fact, held, typed)?;
                hold!(factor == Factor::Totp, "P13 confirmed by {factor:?}");
                self.pass(fact, held)?;
            }
            (Deed::ProveSaved(typed), _) if good => self.spend_backup_code(who, typed)?,
            (Deed::Do(_, proof) | Deed::Enroll { by: By::StepUp(proof) }, _) if good => {
                hold!(self.spent.insert(proof.0), "P5 a proof was spent twice");
            }
            (Deed::Verify(held, typed, _) | Deed::StepUp(held, typed) | Deed::Confirm(held, typed), said) => {
                let looked_at = matches!(said, Said::Refused(Reason::Wrong | Reason::Replayed, _));
                if looked_at && fact.committed && class(typed) == Class::Digits {
                    self.guess(fact, held)?;
                }
                hold!(
                    !looked_at || fact.committed || !fact.person.exists || class(typed) != Class::Digits,
                    "P20 looked at, and not counted"
                );
            }
            (Deed::Send(held, channel), _) if fact.committed => self.send(fact, held, *channel)?,
            _ => {}
        }
        if fact.begins_epoch && fact.committed {
            self.line.insert(who, self.order[&call.id]);
        }
        Ok(())
    }

    /// P5: once, as long as it is remembered: until it is over.
    fn pass(&mut self, fact: &Fact<'_>, held: &Held) -> Result<(), String> {
        let over = fact.latest >= fact.handed[held.0].as_ref().unwrap().expires;
        hold!(self.passed.insert(held.0) || over, "P5 a challenge or set-up was passed twice");
        Ok(())
    }

    /// P7, P9, P15, P17: nothing of somebody else's, of another epoch or stamp, or over.
    fn binding(&self, fact: &Fact<'_>, held: &Held) -> Result<(), String> {
        let handed = fact.handed[held.0].as_ref().unwrap();
        hold!(handed.who == fact.call.who, "P9 a token of somebody else's");
        hold!(handed.stamp == fact.call.stamp, "P17 a token of another stamp");
        hold!(fact.now < handed.expires, "P15 a token that is over");
        hold!(self.is_of_this_epoch(fact, held.0), "P17 a token of an older epoch");
        Ok(())
    }

    /// P15, P16, P17: a browser is trusted for its user, stamp and epoch alone, and 90 days at most unless until sign-out.
    fn trusted(&self, fact: &Fact<'_>, cookie: &Cookie) -> Result<(), String> {
        let Some((id, _)) = cookie else { return Err("P16 trusted without a cookie".into()) };
        let browser = fact.person.browsers.iter().find(|browser| browser.cookie == Some(*id));
        let Some(browser) = browser else {
            return Err("P16 not the cookie of a browser of this user".into());
        };
        hold!(browser.stamp == fact.call.stamp, "P17 trust outlived the stamp");
        hold!(fact.now < browser.known_until && browser.trust.is_some(), "P15 trust that is over");
        hold!(self.is_of_this_epoch(fact, browser.id), "P17 trust of an older epoch");
        Ok(())
    }

    fn is_of_this_epoch(&self, fact: &Fact<'_>, id: usize) -> bool {
        self.line.get(&fact.call.who).is_none_or(|line| self.order[&id] >= *line)
    }

    /// P1, P2, P3, P6: a code that is right, newest, and was never accepted.
    fn spend(&mut self, fact: &Fact<'_>, held: &Held, typed: &str) -> Result<Factor, String> {
        if class(typed) == Class::LookupSecret {
            return self.spend_backup_code(fact.call.who, typed).map(|()| Factor::BackupCode);
        }
        let window = fact.call.account.policy().accepted_window();
        let step = fact.now / 30;
        let mut by_app = false;
        for (who, phone, accepted) in &mut self.phones {
            let steps = step - u64::from(window.behind())..=step + u64::from(window.ahead());
            let shown = steps.filter(|step| phone.code_at(UnixTime::from_seconds(step * 30)) == typed);
            let Some(shown) = shown.max().filter(|_| *who == fact.call.who) else { continue };
            let last = accepted.last().copied().unwrap_or(0);
            let is_theirs = fact.person.apps.iter().any(|app| Rc::ptr_eq(&app.phone, phone));
            let pending = fact.person.pending.as_ref().and_then(|pending| pending.phone.as_ref());
            let is_pending = matches!(fact.call.deed, Deed::Confirm(..))
                && pending.is_some_and(|pending| Rc::ptr_eq(pending, phone));
            if is_theirs || is_pending {
                hold!(!accepted.contains(&shown), "P1 step {shown} was accepted twice");
                hold!(shown > last, "P2 step {shown} after {last}");
                accepted.push(shown);
                by_app = true;
            }
        }
        if by_app {
            return Ok(Factor::Totp);
        }
        match self.sent.remove(&held.0) {
            Some((code, expires)) if code == typed => {
                hold!(fact.now < expires, "P6 a sent code that is over");
                let tries = self.tries.get(&held.0).copied().unwrap_or(0);
                hold!(tries < 5, "P22 right at try {}", tries + 1);
                let sent = fact.person.sent.iter().find(|sent| sent.challenge == held.0);
                sent.map(|sent| Factor::OneTimeCode(sent.channel)).ok_or("P6 a code of an older epoch".into())
            }
            _ => Err(format!("P9 {typed} was accepted, and is no code of this user's")),
        }
    }

    fn spend_backup_code(&mut self, who: usize, typed: &str) -> Result<(), String> {
        let Some((owner, dead)) = self.codes.get_mut(typed) else { return Err("P3 no backup code".into()) };
        hold!(*owner == who, "P9 a backup code of somebody else's");
        hold!(!*dead, "P3 a backup code that was used or replaced");
        *dead = true;
        Ok(())
    }

    /// A new set: every older code of this user is dead.
    pub(crate) fn issue(&mut self, who: usize, codes: &[String]) {
        self.kill_codes(who);
        self.codes.extend(codes.iter().map(|code| (code.clone(), (who, false))));
    }

    pub(crate) fn kill_codes(&mut self, who: usize) {
        self.codes.values_mut().filter(|(owner, _)| *owner == who).for_each(|(_, dead)| *dead = true);
    }

    /// A person's counters go with the person.
    pub(crate) fn erase(&mut self, who: usize, handed: &[Option<Handed>]) {
        self.kill_codes(who);
        self.line.remove(&who);
        self.passed.retain(|id| handed[*id].as_ref().is_none_or(|handed| handed.who != who));
        self.guesses.retain(|(of, _), _| *of != who);
        self.sends.retain(|(of, _), _| *of != who);
    }

    /// P19: in any d days the guesses of a lane weigh at most what it holds plus d.
    fn guess(&mut self, fact: &Fact<'_>, held: &Held) -> Result<(), String> {
        let browser = fact.handed[held.0].as_ref().unwrap().browser;
        let lane = browser.filter(|_| fact.person.browser(browser).is_some());
        let apps = fact.person.apps.iter().filter(|app| !app.disabled).count() as u64;
        let steps = u64::from(fact.call.account.policy().accepted_window().steps());
        let sent = fact.person.sent.iter().find(|sent| sent.challenge == held.0);
        let by_mail = sent.is_some_and(|sent| fact.now < sent.expires && sent.tries > 0);
        let codes = match fact.call.deed {
            Deed::Confirm(..) => steps,
            _ => apps * steps + u64::from(by_mail),
        };
        if sent.is_some() {
            *self.tries.entry(held.0).or_default() += 1;
        }
        let guesses = self.guesses.entry((fact.call.who, lane)).or_default();
        guesses.push((fact.elapsed, codes));
        let capacity = if lane.is_some() { 20 } else { 100 };
        let mut weight = 0;
        for (at, codes) in guesses.iter().rev() {
            weight += codes * DAY;
            let most = capacity * 3 * DAY + 3 * (fact.elapsed - at);
            hold!(weight <= most, "P19 {weight} of {most} in lane {lane:?}");
        }
        Ok(())
    }

    /// P22: 60 s apart over a channel, 5 an hour, 10 a day.
    fn send(&mut self, fact: &Fact<'_>, held: &Held, channel: Channel) -> Result<(), String> {
        let browser = fact.handed[held.0].as_ref().unwrap().browser;
        let lane = browser.filter(|_| fact.person.browser(browser).is_some());
        let sends = self.sends.entry((fact.call.who, lane)).or_default();
        let within = |seconds: u64| sends.iter().filter(move |(at, _)| fact.elapsed < at + seconds);
        hold!(within(60).all(|(_, over)| *over != channel), "P22 two messages within a minute");
        hold!(within(3600).count() < 5, "P22 a sixth message within an hour");
        hold!(within(DAY).count() < 10, "P22 an eleventh message within a day");
        sends.push((fact.elapsed, channel));
        self.sent.remove(&held.0);
        Ok(())
    }
}

/// The token or proof that a call brings.
fn token(deed: &Deed) -> Option<&Held> {
    match deed {
        Deed::Look(held)
        | Deed::Send(held, _)
        | Deed::Verify(held, ..)
        | Deed::ShowSetUp(held)
        | Deed::Confirm(held, _)
        | Deed::StepUp(held, _)
        | Deed::Do(_, held)
        | Deed::Enroll { by: By::SignIn(held) | By::Ticket(Some(held), _) | By::StepUp(held) } => Some(held),
        _ => None,
    }
}
