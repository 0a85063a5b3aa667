//! Runs a sequence in the world and in the model, and compares.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use second_factor::{Assurance, KeyRing, UnixTime};

use crate::{
    call::{Call, Deed, Got, Said},
    ledger::{Fact, hold},
    now::{Expect, Now},
    policies::policy,
    steps::{Browser, Do, Step, Type, USERS, What, Which},
    store::{Fault, Happened, Rival},
    world::{Seen, World},
};

/// What came of a call. `None` if the process ended before anybody learned it.
type Answer = Option<(Said, Got)>;

/// Runs a sequence.
///
/// # Errors
///
/// What went wrong, and at which step.
pub(crate) fn run(seed: u64, steps: &[Step]) -> Result<Seen, String> {
    let mut world = World::new(seed);
    for (at, step) in steps.iter().enumerate() {
        world.step(step).map_err(|wrong| format!("step {at}: {wrong}"))?;
    }
    world.everything_was_told()?;
    Ok(world.seen)
}

/// Polls once. Nothing here ever waits, but for a process that ended.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

impl World {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.deed {
            What::Call(who, what) => {
                let Some(call) = self.resolve(*who, what) else { return Ok(()) };
                let rival = match &step.rival {
                    Some((at, What::Call(who, what))) => self.resolve(*who, what).map(|call| (*at, call)),
                    _ => None,
                };
                self.both(call, step.fault, rival)
            }
            What::Guess(who, times, browser) => self.guess(*who, *times, *browser),
            other => {
                self.host(other);
                Ok(())
            }
        }
    }

    fn host(&mut self, what: &What) {
        match what {
            What::Wait(seconds) => self.wait(*seconds),
            What::SetBack(seconds) => self.clock.set(UnixTime::from_seconds(self.now() - seconds)),
            What::NewPassword(who) => self.users[*who].stamp += 1,
            What::NewPolicy(tenant, place) => self.policies[*tenant] = policy(*place),
            What::RotateKeys => {
                let ring = KeyRing::from_text(&self.ring).unwrap().rotate().unwrap();
                self.keys.0 += 1;
                self.restart(&ring);
            }
            What::RetireKeys => {
                let now = self.now();
                for user in &mut self.users {
                    if finish(self.servers[0].reseal(&user.key)).unwrap().unwrap() {
                        user.person.forget(now);
                    }
                }
                let ring = KeyRing::from_text(&self.ring).unwrap().retire();
                self.keys.1 = self.keys.0;
                self.restart(&ring);
            }
            What::MailDown(down) => self.mail.set_down(*down),
            What::Guess(..) | What::Call(..) => unreachable!("somebody's call"),
        }
    }

    /// Wrong codes, each of which is waited for.
    fn guess(&mut self, who: usize, times: u32, browser: Browser) -> Result<(), String> {
        for _ in 0..times {
            let first = second_factor::FirstFactor::Password;
            let Some(begin) = self.resolve(who, &Do::Begin(first, browser)) else { return Ok(()) };
            self.both(begin, None, None)?;
            let wrong = Do::Answer(Which::Last, Type::Wrong, false);
            let Some(answer) = self.resolve(who, &wrong) else { return Ok(()) };
            self.both(answer, None, None)?;
            let codes = self.users[who].person.acceptable(&self.policies[who / 2]);
            let (now, lane) = (self.now(), self.users[who].person.lane.clone());
            match lane.held(100, codes, now) {
                Some(until) if until < now + 3601 => self.wait(until - now),
                Some(_) => return Ok(()),
                None => {}
            }
        }
        Ok(())
    }

    /// Makes a call, with what goes wrong and who comes in between, and looks at everything it could have touched.
    fn both(
        &mut self,
        call: Call,
        fault: Option<(usize, Fault)>,
        rival: Option<(usize, Call)>,
    ) -> Result<(), String> {
        let before = self.status(&call)?;
        let heard = Arc::<Mutex<Option<Answer>>>::default();
        let armed = rival.as_ref().map(|(at, rival)| (*at, self.rival(rival.clone(), heard.clone())));
        self.store.arm(fault, armed);
        let answer = finish(call.make(&self.servers[0], &self.mail));
        let happened = self.store.disarm(fault.is_some());
        let rivals = heard.lock().unwrap().take();
        let rival = rival.map(|(_, rival)| rival).filter(|_| rivals.is_some());
        let by_rival = |wrong| format!("the rival: {wrong}");
        match &rival {
            Some(rival) if happened.rival_was_first == Some(true) => {
                self.settle(rival, rivals.flatten(), None).map_err(by_rival)?;
                self.settle(&call, answer, Some(&happened))?;
            }
            Some(rival) => {
                self.settle(&call, answer, Some(&happened))?;
                self.settle(rival, rivals.flatten(), None).map_err(by_rival)?;
            }
            None => {
                let refused = matches!(answer, Some((Said::Refused(..), _)));
                self.settle(&call, answer, Some(&happened))?;
                let after = self.status(&call)?;
                // The hundredth failure in a row is the one that NIST's profile answers by more.
                let disabled = self.users[call.who].person.apps.iter().any(|app| app.disabled);
                hold!(
                    !refused || disabled || before == after,
                    "P31 a refusal changed {before:?} to {after:?}"
                );
            }
        }
        for who in 0..USERS {
            if who == call.who || call.id.is_multiple_of(8) {
                self.compare(who)?;
            }
        }
        Ok(())
    }

    fn rival(&self, call: Call, heard: Arc<Mutex<Option<Answer>>>) -> Rival {
        let (server, mail) = (self.servers[1].clone(), self.mail.clone());
        Box::pin(async move {
            let answer = call.make(&server, &mail).await;
            *heard.lock().unwrap() = Some(Some(answer));
        })
    }

    /// Compares what was said with what the model expects, and lets the model learn what was committed. Of a rival it is not known
    /// apart what it wrote; it is what the model expects.
    fn settle(&mut self, call: &Call, answer: Answer, happened: Option<&Happened>) -> Result<(), String> {
        let before = self.users[call.who].person.clone();
        let mut after = before.clone();
        let c = Now { now: self.now(), call, handed: &self.handed, keys: self.keys };
        let expect = after.expect(&c, self.mail.is_down());
        let said = answer.as_ref().map(|(said, _)| said.clone());
        as_expected(call, &expect, said.as_ref(), happened)?;
        self.see(call, said.as_ref(), happened);
        let committed = expect.writes && happened.is_none_or(|happened| happened.committed);
        // What was committed and not told has happened as it was decided.
        let told = match said {
            Some(said) if said != Said::Unavailable => said,
            _ if committed => expect.said[0].clone(),
            _ => Said::Unavailable,
        };
        let fact = Fact {
            call,
            said: &told,
            committed,
            person: &before,
            handed: &self.handed,
            now: self.now(),
            elapsed: self.elapsed,
            latest: self.latest,
            begins_epoch: expect.begins_epoch,
        };
        self.ledger.check(&fact)?;
        if expect.writes && !committed {
            return Ok(());
        }
        if matches!(call.deed, Deed::Deliver | Deed::Reseal) && happened.is_none_or(|it| it.committed) {
            after.forget(self.now());
        }
        self.users[call.who].person = after;
        let got = answer.map(|(_, got)| got).unwrap_or_default();
        self.learn(call, &before, expect, &told, got)
    }

    /// Counts what happened, so that the test can tell whether it has seen everything.
    fn see(&mut self, call: &Call, said: Option<&Said>, happened: Option<&Happened>) {
        let name = |shown: String| shown.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
        let said = match said {
            Some(Said::Refused(reason, _)) => format!("{reason:?}"),
            Some(Said::Forbidden(rule)) => name(format!("{rule:?}")),
            Some(Said::Open(Assurance::SecondFactor { factor, .. })) => format!("{factor:?}"),
            Some(Said::Open(Assurance::FirstFactorOnly(because))) => name(format!("{because:?}")),
            Some(Said::Open(_)) => "Trusted".into(),
            Some(Said::Access(access)) => name(format!("{access:?}")),
            Some(said) => name(format!("{said:?}")),
            None => "Crash".into(),
        };
        let rival = if happened.is_none() { " as rival" } else { "" };
        let deed = match &call.deed {
            Deed::Do(action, _) => name(format!("{action:?}")),
            deed => name(format!("{deed:?}")),
        };
        *self.seen.entry(format!("{deed} {said}{rival}")).or_default() += 1;
    }
}

fn as_expected(
    call: &Call,
    expect: &Expect,
    said: Option<&Said>,
    happened: Option<&Happened>,
) -> Result<(), String> {
    let (deed, who, expected) = (&call.deed, call.who, &expect.said);
    let faulty = happened.is_some_and(|happened| happened.faulty);
    let any_answer = matches!(deed, Deed::Deliver | Deed::Reseal);
    let Some(said) = said else {
        hold!(faulty, "{deed:?} by {who} never ends");
        return Ok(());
    };
    // If a trusted browser's passing cannot be written, a code is asked for.
    let asked = matches!(deed, Deed::Begin(..)) && *said == Said::Asked;
    let excused = faulty && (*said == Said::Unavailable || asked);
    hold!(expected.contains(said) || excused || any_answer, "{deed:?} by {who}: {said:?}, not {expected:?}");
    if let Some(happened) = happened.filter(|_| faulty && expect.writes && !any_answer) {
        hold!(happened.committed || excused, "P20 {deed:?} by {who}: {said:?}, and nothing was written");
    }
    if let Some(happened) = happened.filter(|_| !faulty && !any_answer) {
        hold!(
            happened.committed == expect.writes,
            "{deed:?} by {who}: {said:?}, written: {}",
            happened.committed
        );
    }
    Ok(())
}
