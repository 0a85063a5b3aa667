//! Any two ceremonies on one record, a tenant's walks among them, in every order in which their steps can fall: each end is the end of one
//! of the two orders in which they could have come one after the other.

mod call;
mod ceremony;
mod row;
mod schedule;
mod seen;
mod stage;

use std::{collections::BTreeMap, sync::Mutex, thread};

use self::{
    ceremony::{Ceremony, Hand},
    schedule::{Ends, Schedule, alone, survive},
    seen::Seen,
    stage::{Before, Stage},
};

/// What two ceremonies have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hands {
    /// Each has its own code, challenge, proof, browser.
    Apart,
    /// The same, as far as both can use it.
    Shared,
    /// The same phone, with codes of two steps in a row.
    InARow,
}

/// How many schedules ran, and how many pairs.
#[derive(Default)]
struct Tally {
    pairs: usize,
    schedules: usize,
    conflicting: usize,
    violations: Vec<String>,
}

/// Runs all pairs.
fn all_pairs(before: Before, hands: Hands) -> Tally {
    let ceremonies = before.ceremonies();
    let pairs: Vec<_> =
        ceremonies.iter().flat_map(|one| ceremonies.iter().map(move |two| (*one, *two))).collect();
    let applies = |&&(one, two): &&(Ceremony, Ceremony)| match hands {
        Hands::Apart => true,
        Hands::Shared => {
            one == two
                || one.types().is_some() && one.types() == two.types()
                || one.is_sign_in() && two.is_sign_in()
        }
        Hands::InARow => one.types() == Some("totp") && two.types() == Some("totp"),
    };
    let pairs: Vec<_> = pairs.iter().filter(applies).copied().collect();
    let tally = Mutex::new(Tally::default());
    let workers = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        for worker in 0..workers {
            let (tally, pairs) = (&tally, &pairs);
            scope.spawn(move || {
                for &(one, two) in pairs.iter().skip(worker).step_by(workers) {
                    let (schedules, ends, violation) = pair(before, hands, one, two);
                    let mut tally = tally.lock().unwrap();
                    tally.pairs += 1;
                    tally.schedules += schedules;
                    tally.conflicting += usize::from(ends > 1);
                    tally.violations.extend(violation);
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

/// Runs every schedule of one pair that anything could tell from the others. Yields how many there are, how many different ends they have, and the first that must not be.
fn pair(before: Before, hands: Hands, one: Ceremony, two: Ceremony) -> (usize, usize, Option<String>) {
    let stage = Stage::set(before);
    let (first, second) = prepare(&stage, hands, one, two);
    let row = stage.row.get();
    stage.mailer.notices.lock().unwrap().clear();
    let again = || {
        stage.row.put(row.clone());
        stage.events.lock().unwrap().clear();
        stage.mailer.notices.lock().unwrap().clear();
    };
    let seen = |answers: (String, String)| Seen::of(&stage, answers, [(one, &first), (two, &second)]);

    again();
    let one_first = alone(one.run(&stage, &first));
    let forwards = seen((one_first, alone(two.run(&stage, &second))));
    again();
    let two_first = alone(two.run(&stage, &second));
    let backwards = seen((alone(one.run(&stage, &first)), two_first));

    let mut schedule = Schedule::default();
    let mut ends = BTreeMap::<Seen, usize>::new();
    loop {
        again();
        let answers =
            schedule.run(one.run(&stage, &first), two.run(&stage, &second), || stage.row.next_reads());
        *ends.entry(seen(answers)).or_default() += 1;
        if !schedule.advance() {
            break;
        }
    }
    let allowed =
        |end: &Seen| *end == forwards || *end == backwards || end.is_refused_in_doubt(&forwards, &backwards);
    let violation = ends.keys().find(|end| !allowed(end) || end.accepts_twice()).map(|end| {
        let name = format!("{before:?}, {hands:?}: {one:?} with {two:?}");
        format!("{name}\nended as {end:#?}\nforwards {forwards:#?}\nbackwards {backwards:#?}")
    });
    (ends.values().sum(), ends.len(), violation)
}

fn prepare(stage: &Stage, hands: Hands, one: Ceremony, two: Ceremony) -> (Hand, Hand) {
    let mut first = one.prepare(stage, 0);
    let mut second = match hands {
        Hands::Shared if one == two => first.clone(),
        _ => two.prepare(stage, 1),
    };
    one.type_in(&mut first, stage, 0);
    if hands == Hands::Shared && one == two {
        second = first.clone();
    } else {
        two.type_in(&mut second, stage, 1);
    }
    if hands == Hands::Shared && one.types() == two.types() && one.types().is_some() {
        second.typed.clone_from(&first.typed);
    }
    if hands == Hands::Shared && one.is_sign_in() && two.is_sign_in() {
        second.token.clone_from(&first.token);
    }
    if hands == Hands::InARow {
        second.typed = stage.code(&stage.phones[0], 1);
    }
    (first, second)
}

/// Each of a pair dies after each number of steps, at each step of the other. Yields how often, and the notice that the user never got.
fn lost_notice(one: Ceremony, two: Ceremony) -> (usize, Option<String>) {
    let stage = Stage::set(Before::Enrolled);
    let (first, second) = prepare(&stage, Hands::Apart, one, two);
    let row = stage.row.get();
    stage.mailer.slow.store(true, std::sync::atomic::Ordering::SeqCst);
    let (mut before, mut steps, mut deaths) = (0, 0, 0);
    loop {
        stage.row.put(row.clone());
        stage.events.lock().unwrap().clear();
        stage.mailer.notices.lock().unwrap().clear();
        let ends = survive((one.run(&stage, &first), before), (two.run(&stage, &second), steps));
        alone(stage.verifier.deliver_pending(stage.account.user())).unwrap();
        let told = stage.mailer.notices.lock().unwrap();
        let happened = stage.events.lock().unwrap();
        let untold = happened.iter().map(second_factor::Event::kind).filter(|kind| kind.is_notice());
        let untold = untold.filter(|kind| !told.iter().any(|notice| notice.event().kind() == *kind));
        if let Some(kind) = untold.into_iter().next() {
            return (deaths, Some(format!("{one:?} at {before}, {two:?} dead after {steps}: {kind:?}")));
        }
        match ends {
            Ends { died: true, .. } => (steps, deaths) = (steps + 1, deaths + 1),
            Ends { was_over: false, .. } => (before, steps) = (before + 1, 0),
            Ends { .. } => return (deaths, None),
        }
    }
}

#[test]
fn p30_no_notice_is_lost_where_one_of_two_dies_at_any_step() {
    let mut ceremonies = Before::Enrolled.ceremonies();
    // Whoever erases a record without waiting drops its notices.
    ceremonies.retain(|ceremony| *ceremony != Ceremony::Erase);
    let pairs = ceremonies.iter().flat_map(|one| ceremonies.iter().map(move |two| (*one, *two)));
    let ends: Vec<_> = pairs.map(|(one, two)| lost_notice(one, two)).collect();
    println!("{} pairs, {} deaths", ends.len(), ends.iter().map(|(deaths, _)| deaths).sum::<usize>());
    let lost: Vec<_> = ends.into_iter().filter_map(|(_, lost)| lost).collect();
    assert!(lost.is_empty(), "{} lost, the first: {}", lost.len(), lost[0]);
}

fn report(what: &str, tally: &Tally) {
    let Tally { pairs, schedules, conflicting, violations } = tally;
    println!("{what}: {pairs} pairs, {schedules} schedules; {conflicting} pairs end differently by schedule");
    assert!(*pairs > 0 && *schedules > *pairs);
    assert!(violations.is_empty(), "{} violations, the first: {}", violations.len(), violations[0]);
}

#[test]
fn p1_p3_p5_any_two_ceremonies_of_an_enrolled_user_end_as_one_after_the_other() {
    report("enrolled", &all_pairs(Before::Enrolled, Hands::Apart));
}

#[test]
fn p1_p3_p5_nothing_that_both_bring_is_accepted_twice() {
    for before in [Before::Enrolled, Before::Absent, Before::Mailed, Before::Ticketed] {
        report(&format!("the same, {before:?}"), &all_pairs(before, Hands::Shared));
    }
}

#[test]
fn p2_codes_of_two_steps_in_a_row_are_accepted_in_their_order_only() {
    report("in a row", &all_pairs(Before::Enrolled, Hands::InARow));
}

#[test]
fn p13_p26_p42_any_two_ceremonies_of_a_user_without_an_authenticator_end_as_one_after_the_other() {
    for before in [Before::Absent, Before::Mailed, Before::Ticketed] {
        report(&format!("{before:?}"), &all_pairs(before, Hands::Apart));
    }
}
