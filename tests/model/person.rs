//! What the model remembers of a user, and the words its predictions are made of.

use std::rc::Rc;

use second_factor::{Action, AuthenticatorId, Channel, Policy, Trust, testing::Phone};

use crate::{
    lane::{DAY, Lane},
    now::Now,
};

#[derive(Clone, Default)]
pub(crate) struct Person {
    pub(crate) exists: bool,
    pub(crate) enrolled_at: Option<u64>,
    /// Sessions that were opened before then are over.
    pub(crate) since: u64,
    /// The latest moment that a session says it was opened at with a second factor.
    pub(crate) verified: Option<u64>,
    /// The call that began it; 0 before any did.
    pub(crate) epoch: usize,
    pub(crate) apps: Vec<App>,
    pub(crate) apps_ever: u64,
    pub(crate) in_a_row: u32,
    pub(crate) pending: Option<Pending>,
    pub(crate) codes: Option<Codes>,
    /// In which minute so many look-up secrets were wrong.
    pub(crate) lookups: (u64, u32),
    pub(crate) browsers: Vec<Browser>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) proofs: Vec<(usize, Action, u64)>,
    /// Challenges that were passed and set-ups that were confirmed, and when they would have been over.
    pub(crate) completed: Vec<(usize, u64)>,
    pub(crate) ticket: Option<(Option<String>, u64)>,
    pub(crate) lane: Lane,
    /// The notices of changes that the user should hear of, by their kinds.
    pub(crate) told: Vec<&'static str>,
}

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: AuthenticatorId,
    pub(crate) phone: Rc<Phone>,
    pub(crate) last: u64,
    pub(crate) added_at: u64,
    pub(crate) used_at: u64,
    pub(crate) disabled: bool,
}

#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) id: usize,
    /// `None` if the answer of the call that began it was lost.
    pub(crate) phone: Option<Rc<Phone>>,
    pub(crate) expires: u64,
    pub(crate) wrong: u32,
    pub(crate) replaces: Option<AuthenticatorId>,
}

#[derive(Clone, Default)]
pub(crate) struct Codes {
    /// `None` if the answer of the call that issued them was lost.
    pub(crate) texts: Vec<Option<String>>,
    pub(crate) used_at: Vec<Option<u64>>,
    pub(crate) issued_by: usize,
    pub(crate) issued_at: u64,
    pub(crate) saved_at: Option<u64>,
    pub(crate) viewable: bool,
}

impl Codes {
    pub(crate) fn left(&self) -> u8 {
        self.used_at.iter().filter(|used| used.is_none()).count() as u8
    }
}

#[derive(Clone)]
pub(crate) struct Browser {
    /// The call that made it known.
    pub(crate) id: usize,
    /// Which cookie it has, of all that were ever set. `None` if the answer that set it was lost.
    pub(crate) cookie: Option<usize>,
    pub(crate) stamp: u32,
    pub(crate) known_until: u64,
    pub(crate) used_at: u64,
    /// Since when and until when it is trusted; `None`: until sign-out.
    pub(crate) trust: Option<(u64, Option<u64>)>,
    pub(crate) lane: Lane,
}

#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) challenge: usize,
    pub(crate) channel: Channel,
    pub(crate) code: Option<String>,
    pub(crate) expires: u64,
    pub(crate) until: u64,
    pub(crate) tries: u32,
}

/// A token or proof that was handed out.
#[derive(Clone)]
pub(crate) struct Handed {
    pub(crate) text: String,
    pub(crate) who: usize,
    pub(crate) stamp: u32,
    /// How many keys there had been when it was sealed.
    pub(crate) keys: u32,
    pub(crate) epoch: usize,
    pub(crate) expires: u64,
    pub(crate) browser: Option<usize>,
    pub(crate) first: Option<Channel>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    SignIn,
    Enroll,
    Enrollment,
    StepUp(Action),
    Proof(Action),
}

impl Person {
    pub(crate) fn is_enrolled(&self) -> bool {
        !self.apps.is_empty()
    }

    pub(crate) fn has(&self, id: AuthenticatorId) -> bool {
        self.apps.iter().any(|app| app.id == id)
    }

    /// Everything that was handed out before is dead.
    pub(crate) fn begin_epoch(&mut self, epoch: usize) {
        self.epoch = epoch;
        self.pending = None;
        self.browsers.clear();
        self.sent.clear();
        self.proofs.clear();
    }

    /// After every session so far, whatever the clocks say that they were opened by.
    pub(crate) fn after_sessions(&self, from: u64) -> u64 {
        from.max(self.verified.map_or(0, |last| last + 1)).max(self.since)
    }

    /// What a session that opens now says of itself: nothing that is over already.
    pub(crate) fn verified_at(&self, now: u64) -> u64 {
        now.max(self.since).max(self.enrolled_at.unwrap_or(0))
    }

    /// What is over at a write is forgotten for good, whatever the clock says later.
    pub(crate) fn forget(&mut self, now: u64) {
        self.completed.retain(|(_, until)| now < *until);
        self.proofs.retain(|(_, _, until)| now < *until);
        self.pending.take_if(|pending| now >= pending.expires);
        self.sent.retain(|sent| now < sent.until);
        self.browsers.retain(|browser| now < browser.known_until);
        self.lane.forget_old(now);
        self.browsers.iter_mut().for_each(|browser| browser.lane.forget_old(now));
    }

    pub(crate) fn browser(&self, id: Option<usize>) -> Option<&Browser> {
        self.browsers.iter().find(|browser| Some(browser.id) == id)
    }

    /// The lane of this browser, or that of all others, and how many guesses it holds.
    pub(crate) fn lane(&mut self, browser: Option<usize>) -> (&mut Lane, u64) {
        match self.browsers.iter_mut().find(|known| Some(known.id) == browser) {
            Some(known) => (&mut known.lane, 20),
            None => (&mut self.lane, 100),
        }
    }

    /// How many codes are acceptable at once. A first set-up that is under way counts like an app.
    pub(crate) fn acceptable(&self, policy: &Policy) -> u64 {
        let steps = u64::from(policy.accepted_window().steps());
        let apps = self.apps.iter().filter(|app| !app.disabled).count() as u64;
        let first = if self.is_enrolled() || self.pending.is_none() { 1 } else { steps };
        (apps * steps + u64::from(!self.sent.is_empty())).max(first)
    }

    /// The browsers that are trusted now, and until when.
    pub(crate) fn trusted(&self, c: &Now<'_>) -> Vec<(&Browser, Option<u64>)> {
        let current = |it: &&Browser| it.stamp == c.call.stamp && c.now < it.known_until;
        let trusted = |it| Some((it, Browser::trusted_until(it, c.policy(), c.now)?));
        self.browsers.iter().filter(current).filter_map(trusted).collect()
    }

    /// The browser of a cookie, if it is the last one that was set there, under this stamp, and still known.
    pub(crate) fn recognize(&self, cookie: Option<usize>, stamp: u32, now: u64) -> Option<&Browser> {
        let cookie = cookie?;
        let is_it = |browser: &&Browser| browser.cookie == Some(cookie) && browser.stamp == stamp;
        self.browsers.iter().find(is_it).filter(|browser| now < browser.known_until)
    }
}

impl Browser {
    /// Until when it is trusted, `Some(None)` being until sign-out.
    pub(crate) fn trusted_until(&self, policy: &Policy, now: u64) -> Option<Option<u64>> {
        let (verified_at, granted) = self.trust?;
        let until = match policy.trust() {
            Trust::Off => return None,
            Trust::Days(days) => {
                let by_policy = verified_at + u64::from(days.days()) * DAY;
                Some(by_policy.min(granted.unwrap_or(self.known_until)))
            }
            Trust::UntilSignOut => granted,
        };
        until.is_none_or(|until| now < until).then_some(until)
    }
}
