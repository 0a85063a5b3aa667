//! The races themselves, whoever runs in them.

use std::{thread, time::Duration};

use super::{
    arena::{Arena, EVALUATED_AT_ONCE, Kind, time},
    contestant::{ACCEPTED, Deed, ERROR, Halt, NEXT, READY, Task},
    line::{Contestant, GO},
};
use crate::{
    error::Unavailable,
    primitives::time::UnixTime,
    testing::contract::{Clause, fail},
};

/// Who races: how many, and how one of them is started.
pub(super) struct Field<'f> {
    pub(super) contestants: usize,
    pub(super) rounds: u64,
    /// What they are called.
    pub(super) name: &'static str,
    pub(super) start: &'f (dyn Fn() -> Contestant + Sync),
}

impl Field<'_> {
    fn all(&self) -> Vec<Contestant> {
        (0..self.contestants).map(|_| (self.start)()).collect()
    }
}

/// Each thing that can be spent once, round after round: exactly one is let in.
pub(super) async fn single_use(arena: &Arena, field: &Field<'_>) {
    let mut contestants = field.all();
    for kind in Kind::ALL {
        let mut person = None;
        for round in 0..field.rounds {
            // In turn: one challenge for all, as a double click has it, and one for each; overlapping from the start of the calls, and
            // with every record read before the first is written.
            let shares = round % 2 == 0;
            let halt = if round % 4 < 2 { Halt::BeforeTheSwap } else { Halt::Nowhere };
            let task = arena.task(kind, round, shares, &mut person).await;
            let heard = at_once(&mut contestants, &task, halt);
            let challenge = if task.token.is_some() { "shared" } else { "one for each" };
            let place = format!("round {round} (challenge: {challenge}; halt: {})", halt.word());
            judge(kind, &heard, task.token.is_some(), &format!("{}, {place}, {}", kind.name(), field.name));
        }
    }
}

/// Lets all of them try the same. What each heard.
fn at_once(contestants: &mut [Contestant], task: &Task, halt: Halt) -> Vec<String> {
    for contestant in contestants.iter_mut() {
        contestant.say(&task.to_line(halt));
    }
    for contestant in contestants.iter_mut() {
        expect(contestant, READY);
    }
    go(contestants);
    if halt == Halt::Nowhere {
        return contestants.iter_mut().map(Contestant::hear).collect();
    }
    // Nobody has written yet, so all of them have something to write; who has not, gives an answer instead.
    let first: Vec<String> = contestants.iter_mut().map(Contestant::hear).collect();
    go(contestants);
    let second = |(contestant, said): (&mut Contestant, String)| {
        if said == halt.word() { contestant.hear() } else { said }
    };
    contestants.iter_mut().zip(first).map(second).collect()
}

fn go(contestants: &mut [Contestant]) {
    for contestant in contestants {
        contestant.say(GO);
    }
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn expect(contestant: &mut Contestant, text: &str) {
    let heard = contestant.hear();
    if heard != text {
        panic!("a contestant had to say {text:?} and said {heard:?}");
    }
}

fn judge(kind: Kind, heard: &[String], shares: bool, what: &str) {
    no_errors(heard, what);
    let accepted = heard.iter().filter(|said| *said == ACCEPTED).count();
    let all = heard.len();
    if accepted != 1 {
        fail(
            Clause::CompareAndSwap,
            format_args!("{what}: {accepted} of {all} had it accepted, must be exactly one: {heard:?}"),
        );
    }
    let mut refused: Vec<&str> = heard.iter().map(String::as_str).filter(|said| *said != ACCEPTED).collect();
    refused.sort_unstable();
    let due = kind.refusals(shares, refused.len());
    if refused != due {
        fail(
            Clause::CompareAndSwap,
            format_args!("{what}: those who came too late heard {refused:?}, must be {due:?}"),
        );
    }
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn no_errors(heard: &[String], what: &str) {
    let Some(error) = heard.iter().find_map(|said| said.strip_prefix(ERROR)) else { return };
    if error == Unavailable::Contended.to_string() {
        fail(
            Clause::Current,
            format_args!(
                "{what}: one gave up, for what it read was again and again not what swaps are compared with"
            ),
        );
    }
    panic!("UserStore: {what}: one was answered with an error: {error}")
}

/// How many wrong codes are tried in all.
const GUESSES: usize = 200;

/// A burst of wrong codes at one moment: as many are looked at as one process would look at, and each is counted once.
pub(super) async fn guesses(arena: &Arena, field: &Field<'_>) {
    let now = time(0);
    let person = arena.person(UnixTime::from_seconds(now.seconds().saturating_sub(3600))).await;
    let (right, wrong) = person.codes(now, GUESSES);
    let user = person.account.user().clone();
    let task = |at, typed| Task { deed: Deed::SignIn, at, user: user.clone(), token: None, typed };

    let mut contestants = field.all();
    let share = GUESSES.div_ceil(field.contestants.max(1));
    for (contestant, typed) in contestants.iter_mut().zip(wrong.chunks(share)) {
        contestant.say(&task(now, typed.to_vec()).to_line(Halt::Nowhere));
    }
    contestants.truncate(wrong.chunks(share).len());
    for contestant in &mut contestants {
        expect(contestant, READY);
    }
    go(&mut contestants);
    let answers: Vec<String> = contestants.iter_mut().map(Contestant::hear).collect();
    let heard: Vec<String> = answers.iter().flat_map(|said| said.split(NEXT)).map(str::to_owned).collect();

    let what = format!("a burst of {GUESSES} wrong codes, {}", field.name);
    no_errors(&heard, &what);
    let count = |word: &str| heard.iter().filter(|said| *said == word).count();
    let (evaluated, held_back) = (count("Wrong"), count("Throttled"));
    if evaluated != EVALUATED_AT_ONCE || evaluated.saturating_add(held_back) != GUESSES {
        fail(
            Clause::CompareAndSwap,
            format_args!(
                "{what}: {evaluated} were looked at and {held_back} held back, must be {EVALUATED_AT_ONCE} and {}",
                GUESSES.saturating_sub(EVALUATED_AT_ONCE)
            ),
        );
    }

    // What was counted shows in how long the lane waits: 30 seconds after the sixth failure, and twice as long after each further one.
    let [wrong, ..] = wrong.as_slice() else { return };
    let late = |seconds: u64| now.plus(seconds);
    let steps = [
        (now, &right, "Throttled", "the right code, at the moment of the burst"),
        (late(29), wrong, "Throttled", "a wrong code after 29 seconds"),
        (late(30), wrong, "Wrong", "a wrong code after 30 seconds"),
        (late(89), wrong, "Throttled", "a wrong code 59 seconds later"),
        (late(90), wrong, "Wrong", "a wrong code 60 seconds later"),
    ];
    for (at, typed, due, step) in steps {
        let said = alone(contestants.iter_mut(), &task(at, vec![typed.clone()]));
        no_errors(std::slice::from_ref(&said), &what);
        if said != due {
            fail(
                Clause::CompareAndSwap,
                format_args!(
                    "{what}: some were not counted, or twice: {step} was answered with {said}, must be {due}"
                ),
            );
        }
    }
}

/// Lets the first of them try.
fn alone<'c>(mut contestants: impl Iterator<Item = &'c mut Contestant>, task: &Task) -> String {
    contestants
        .next()
        .map_or_else(String::new, |one| at_once(std::slice::from_mut(one), task, Halt::Nowhere).concat())
}

/// How often a process is killed at any moment, and how much later each time.
const KILLED: u64 = 24;
const LATER: Duration = Duration::from_micros(250);

/// Processes that are killed: before the swap they have spent nothing, after it they have, and at no moment do they leave anything in
/// between.
pub(super) async fn killed(arena: &Arena, field: &Field<'_>) {
    let mut survivor = (field.start)();
    for kind in Kind::ALL {
        let mut person = None;
        let name = kind.name();

        let task = arena.task(kind, 0, false, &mut person).await;
        halted_and_killed((field.start)(), &task, Halt::BeforeTheSwap);
        let said = try_task(&mut survivor, &task);
        if said != ACCEPTED {
            fail(
                Clause::Dropped,
                format_args!(
                    "{name}: after a process was killed between load and swap, the next one heard: {said}"
                ),
            );
        }
        spent(&mut survivor, kind, &task, Clause::CompareAndSwap, "tried again after it was accepted");

        let task = arena.task(kind, 1, false, &mut person).await;
        halted_and_killed((field.start)(), &task, Halt::AfterTheSwap);
        spent(
            &mut survivor,
            kind,
            &task,
            Clause::Durable,
            "spent by a process that was killed after the swap",
        );
    }
    for round in 0..KILLED {
        let Some(kind) = Kind::ALL.into_iter().cycle().nth(usize::try_from(round).unwrap_or_default()) else {
            return;
        };
        let task = arena.task(kind, round, false, &mut None).await;
        let mut process = (field.start)();
        process.say(&task.to_line(Halt::Nowhere));
        expect(&mut process, READY);
        process.say(GO);
        thread::sleep(LATER.saturating_mul(u32::try_from(round / 4).unwrap_or(u32::MAX)));
        let was_accepted = process.kill().is_some_and(|said| said == ACCEPTED);
        if was_accepted {
            spent(&mut survivor, kind, &task, Clause::Durable, "accepted by a process that was then killed");
            continue;
        }
        let said = try_task(&mut survivor, &task);
        if said != ACCEPTED {
            spent(&mut survivor, kind, &task, Clause::Dropped, "tried by a process that was killed");
        }
        spent(&mut survivor, kind, &task, Clause::CompareAndSwap, "tried again after a process was killed");
    }
}

fn try_task(contestant: &mut Contestant, task: &Task) -> String {
    at_once(std::slice::from_mut(contestant), task, Halt::Nowhere).concat()
}

fn halted_and_killed(mut process: Contestant, task: &Task, halt: Halt) {
    process.say(&task.to_line(halt));
    expect(&mut process, READY);
    process.say(GO);
    expect(&mut process, halt.word());
    let _nothing_more = process.kill();
}

/// That what was spent is refused, as it is to who comes too late.
fn spent(contestant: &mut Contestant, kind: Kind, task: &Task, clause: Clause, what: &str) {
    let said = try_task(contestant, task);
    let name = kind.name();
    no_errors(std::slice::from_ref(&said), &format!("{name}, {what}"));
    let due = kind.refusals(task.token.is_some(), 1).concat();
    if said != due {
        fail(clause, format_args!("{name}, {what}: the answer was {said}, must be {due}"));
    }
}
