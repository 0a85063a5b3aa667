//! What the model expects of sign-ins: begin, send, answer; and of step-ups, which take the same gate.

use second_factor::{
    Action, Assurance, Because, Channel, Factor, FirstFactor, NotAllowed, Reason, Trust, UnixTime,
};

use crate::{
    call::{Cookie, Held, Said},
    lane::DAY,
    now::{Expect, Now, Obligation, forbidden, kept, refused, written},
    person::{Browser, Handed, Kind, Person, Sent},
};

/// What was typed, in the kinds that people can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Digits,
    LookupSecret,
    Nothing,
}

pub(crate) fn class(typed: &str) -> Class {
    if typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        Class::Digits
    } else if typed.contains('-') {
        Class::LookupSecret
    } else {
        Class::Nothing
    }
}

impl Person {
    pub(crate) fn begin(&mut self, c: &Now<'_>, first: FirstFactor, cookie: &Cookie) -> Expect {
        let (policy, now) = (c.policy(), c.now);
        let open = |why| kept(Said::Open(Assurance::FirstFactorOnly(why)));
        if first.is_exempt() {
            return open(Because::Exempt);
        }
        let first = if let FirstFactor::Link(channel) = first { Some(channel) } else { None };
        if !self.is_enrolled() {
            match (c.obligation(), policy.grace()) {
                (Obligation::Off, _) => return open(Because::PolicyOff),
                (Obligation::Optional, _) => return open(Because::NotEnrolled),
                (Obligation::Required, Some(until)) if now < until.seconds() => {
                    return open(Because::Grace { until });
                }
                (Obligation::Required, _) => {}
            }
        }
        let browser = self.recognize(cookie.as_ref().map(|(id, _)| *id), c.call.stamp, now);
        let (id, trusted) =
            (browser.map(|it| it.id), browser.is_some_and(|it| it.trusted_until(policy, now).is_some()));
        let hand_out = |kind| Handed { first, ..c.hand_out(kind, self.epoch, now + 600, id) };
        if !self.is_enrolled() && c.channels(false, first, None).is_empty() {
            if !policy.allows(Factor::Totp) {
                return forbidden(&[NotAllowed::NoFactor]);
            }
            return Expect { hands_out: Some(hand_out(Kind::Enroll)), ..kept(Said::MustEnroll) };
        }
        if trusted {
            let browser = self.browsers.iter_mut().find(|it| Some(it.id) == id).unwrap();
            browser.used_at = now;
            let verified_at = UnixTime::from_seconds(browser.trust.unwrap().0);
            self.forget(now);
            return written(Said::Open(Assurance::TrustedDevice { verified_at }));
        }
        Expect { hands_out: Some(hand_out(Kind::SignIn)), ..kept(Said::Asked) }
    }

    pub(crate) fn ask_step_up(&mut self, c: &Now<'_>, action: &Action, cookie: &Cookie) -> Expect {
        if !self.is_enrolled() && c.channels(false, None, Some(action)).is_empty() {
            return forbidden(&[NotAllowed::NotEnrolled]);
        }
        let rules = self.rules_against(c, action);
        if self.exists && !rules.is_empty() {
            return forbidden(&rules);
        }
        let browser = self.recognize(cookie.as_ref().map(|(id, _)| *id), c.call.stamp, c.now).map(|it| it.id);
        let handed = c.hand_out(Kind::StepUp(action.clone()), self.epoch, c.now + 300, browser);
        Expect { hands_out: Some(handed), ..kept(Said::Asked) }
    }

    /// Why a challenge, good by itself, no longer stands in this record.
    fn over(&self, c: &Now<'_>, held: &Held) -> Vec<Reason> {
        let handed = c.handed(held);
        let action = if let Kind::StepUp(action) = &handed.kind { Some(action) } else { None };
        let no_factor = !self.is_enrolled() && c.channels(false, handed.first, action).is_empty();
        let faults = [
            (self.completed.iter().any(|(id, _)| *id == held.0), Reason::AlreadyCompleted),
            (self.epoch != handed.epoch, Reason::EpochChanged),
            (no_factor, Reason::NotOffered),
        ];
        faults.into_iter().filter(|(is, _)| *is).map(|(_, reason)| reason).collect()
    }

    pub(crate) fn look(&mut self, c: &Now<'_>, held: &Held) -> Expect {
        let mut no = c.faults_of(held, |kind| matches!(kind, Kind::SignIn | Kind::StepUp(_)));
        if no.is_empty() {
            no = self.over(c, held);
        }
        if no.is_empty() { kept(Said::Done) } else { refused(&no) }
    }

    pub(crate) fn send(&mut self, c: &Now<'_>, held: &Held, channel: Channel, mail_is_down: bool) -> Expect {
        let looked = self.look(c, held);
        if looked.said != [Said::Done] {
            return looked;
        }
        let (handed, now) = (c.handed(held), c.now);
        let action = if let Kind::StepUp(action) = &handed.kind { Some(action) } else { None };
        if !c.channels(self.is_enrolled(), handed.first, action).contains(&channel) {
            return forbidden(&[NotAllowed::FactorOff]);
        }
        let tries = self.sent.iter().find(|sent| sent.challenge == held.0).map_or(5, |sent| sent.tries);
        if tries == 0 {
            return forbidden(&[NotAllowed::TriesUsed]);
        }
        let others = self.sent.iter().filter(|sent| sent.challenge != held.0 && now < sent.until);
        let full = if others.clone().count() >= 12 { others.map(|sent| sent.until).min() } else { None };
        let (lane, _) = self.lane(handed.browser);
        if let Some(until) = lane.send_held(channel, now).max(full) {
            return forbidden(&[NotAllowed::SendLimit { resend_at: UnixTime::from_seconds(until) }]);
        }
        lane.sent(channel, now);
        self.sent.retain(|sent| sent.challenge != held.0);
        let expires = (now + 300).min(handed.expires);
        let until = handed.expires;
        self.sent.push(Sent { challenge: held.0, channel, code: None, expires, until, tries });
        self.exists = true;
        self.forget(now);
        written(if mail_is_down { Said::Unavailable } else { Said::Done })
    }

    /// `verify`, with whether the browser is to be trusted, or `step_up`.
    pub(crate) fn answer(&mut self, c: &Now<'_>, held: &Held, typed: &str, sign_in: Option<bool>) -> Expect {
        let fits = |kind: &Kind| match kind {
            Kind::SignIn => sign_in.is_some(),
            Kind::StepUp(_) => sign_in.is_none(),
            _ => false,
        };
        let mut no = c.faults_of(held, fits);
        no.extend((class(typed) == Class::Nothing).then_some(Reason::Malformed));
        if no.is_empty() {
            no = self.over(c, held);
        }
        if !no.is_empty() {
            return refused(&no);
        }
        if !self.exists {
            return refused(&[Reason::Wrong]);
        }
        let (handed, now) = (c.handed(held), c.now);
        let factor = if class(typed) == Class::Digits {
            let codes = self.acceptable(c.policy());
            let (lane, capacity) = self.lane(handed.browser);
            if let Some(until) = lane.held(capacity, codes, now) {
                return kept(Said::Refused(Reason::Throttled, Some(until)));
            }
            match self.spend_digits(c, held, typed) {
                Ok(factor) => factor,
                Err(reason) => {
                    let retry_at = self.count(codes, handed.browser, now);
                    self.in_a_row += 1;
                    if c.policy().is_nist_strict()
                        && self.in_a_row >= 100
                        && self.apps.iter().any(|app| !app.disabled)
                    {
                        self.apps.iter_mut().for_each(|app| app.disabled = true);
                        self.told.push("AuthenticatorsDisabled");
                    }
                    self.forget(now);
                    return written(Said::Refused(reason, retry_at));
                }
            }
        } else {
            match self.spend_backup_code(c, typed) {
                Ok(()) => Factor::BackupCode,
                Err(reason) => return self.miss(reason, now),
            }
        };
        self.lane(handed.browser).0.passed();
        self.completed.push((held.0, handed.expires));
        let expect = match (&handed.kind, sign_in) {
            (_, Some(trust)) => {
                self.remember(c, handed.browser, factor, trust);
                let at = UnixTime::from_seconds(now);
                written(Said::Open(Assurance::SecondFactor { factor, at }))
            }
            (Kind::StepUp(action), None) => {
                let surplus = (self.proofs.len() + 1).saturating_sub(8);
                self.proofs.drain(..surplus);
                self.proofs.push((c.call.id, action.clone(), now + 300));
                let kind = Kind::Proof(action.clone());
                let proof = c.hand_out(kind, handed.epoch, now + 300, handed.browser);
                Expect { hands_out: Some(proof), ..written(Said::Done) }
            }
            _ => unreachable!("the token fits"),
        };
        self.tell_codes_used(factor);
        self.forget(now);
        expect
    }

    /// One more failure. Yields until when the next attempt is held back.
    pub(crate) fn count(&mut self, codes: u64, browser: Option<usize>, now: u64) -> Option<u64> {
        let (lane, capacity) = self.lane(browser);
        lane.failed(codes, now);
        lane.held(capacity, codes, now)
    }

    fn spend_digits(&mut self, c: &Now<'_>, held: &Held, typed: &str) -> Result<Factor, Reason> {
        let handed = c.handed(held);
        let action = if let Kind::StepUp(action) = &handed.kind { Some(action) } else { None };
        let offered = c.channels(self.is_enrolled(), handed.first, action);
        let now = c.now;
        let by_mail = self.sent.iter_mut().find(|sent| sent.challenge == held.0).and_then(|sent| {
            let alive = now < sent.expires && sent.tries > 0 && offered.contains(&sent.channel);
            sent.tries = sent.tries.saturating_sub(1);
            (alive && sent.code.as_deref() == Some(typed)).then(|| {
                sent.tries = 0;
                sent.channel
            })
        });
        if self.burn(c, typed)? {
            self.in_a_row = 0;
            return Ok(Factor::Totp);
        }
        by_mail.map(Factor::OneTimeCode).ok_or(Reason::Wrong)
    }

    /// Burns a code for every app that shows it, unless one of them has accepted it or a later one.
    pub(crate) fn burn(&mut self, c: &Now<'_>, typed: &str) -> Result<bool, Reason> {
        let shown: Vec<_> =
            self.apps.iter().map(|app| c.shown(&app.phone, typed).filter(|_| !app.disabled)).collect();
        let pairs = || self.apps.iter().zip(&shown);
        if pairs().any(|(app, shown)| shown.is_some_and(|(first, _)| first <= app.last)) {
            return Err(Reason::Replayed);
        }
        let mut used = false;
        for (app, shown) in self.apps.iter_mut().zip(shown) {
            if let Some((_, last)) = shown {
                app.last = last;
                if !used {
                    app.used_at = c.now;
                }
                used = true;
            }
        }
        Ok(used)
    }

    /// The browser is known from now on, and trusted if that was asked for and may be.
    pub(crate) fn remember(&mut self, c: &Now<'_>, known: Option<usize>, factor: Factor, trust: bool) {
        let (stamp, now, policy) = (c.call.stamp, c.now, c.policy());
        self.browsers.retain(|browser| browser.stamp == stamp && now < browser.known_until);
        if policy.trust() == Trust::Off {
            // Ended for good, not suspended.
            self.browsers.iter_mut().for_each(|browser| browser.trust = None);
        }
        let may = match factor {
            Factor::Totp => true,
            Factor::OneTimeCode(_) => !self.is_enrolled(),
            _ => false,
        };
        let until = match policy.trust() {
            Trust::Days(days) => Some(now + u64::from(days.days()) * DAY),
            _ => None,
        };
        let grant = (trust && may && policy.trust() != Trust::Off).then_some((now, until));
        if grant.is_some() {
            self.told.push("BrowserTrusted");
        }
        if self.browser(known).is_none() {
            if self.browsers.len() >= 10 {
                let oldest = self.browsers.iter().map(|it| it.used_at).min();
                let place = self.browsers.iter().position(|it| Some(it.used_at) == oldest).unwrap();
                self.browsers.remove(place);
            }
            self.browsers.push(Browser {
                id: c.call.id,
                cookie: None,
                stamp,
                known_until: 0,
                used_at: 0,
                trust: None,
                lane: Default::default(),
            });
        }
        let known = self.browser(known).map_or(c.call.id, |it| it.id);
        let browser = self.browsers.iter_mut().find(|it| it.id == known).unwrap();
        browser.cookie = None;
        browser.known_until = now + 180 * DAY;
        browser.used_at = now;
        browser.trust = grant.or(browser.trust);
    }
}
