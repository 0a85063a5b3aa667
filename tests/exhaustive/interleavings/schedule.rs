//! Two futures, and every order in which their steps can run.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

/// A ceremony under way.
pub(super) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Whose step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    Second,
}

/// The turns of one schedule, wherever both have a step to make. [`advance`](Self::advance) goes to the next one, depth first.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    turns: Vec<Turn>,
    made: usize,
}

impl Schedule {
    fn turn(&mut self) -> Turn {
        if self.made == self.turns.len() {
            self.turns.push(Turn::First);
        }
        self.made += 1;
        self.turns[self.made - 1]
    }

    /// The next schedule that was not run yet. Whether there is one.
    pub(super) fn advance(&mut self) -> bool {
        assert_eq!(self.made, self.turns.len(), "the same turns lead to the same places");
        while self.turns.last() == Some(&Turn::Second) {
            self.turns.pop();
        }
        self.made = 0;
        match self.turns.last_mut() {
            Some(last) => *last = Turn::Second,
            None => return false,
        }
        true
    }

    /// Runs both to their ends. Each step is one operation of the store and everything up to the next one; `reads` tells of the
    /// operation that was reached last whether it changes nothing. Of two such next to each other, the first's comes first: nothing can
    /// tell in which order they were made.
    pub(super) fn run<T>(
        &mut self,
        mut first: Running<'_, T>,
        mut second: Running<'_, T>,
        reads: impl Fn() -> bool,
    ) -> (T, T) {
        let make = |running: &mut Running<'_, T>| (step(running), reads());
        // Up to the first operation of each: nothing is shared before it.
        let (mut one, mut two) = (make(&mut first), make(&mut second));
        let mut second_has_read = false;
        while one.0.is_none() || two.0.is_none() {
            let turn = match (&one, &two) {
                ((None, true), (None, _)) if second_has_read => Turn::Second,
                ((None, _), (None, _)) => self.turn(),
                ((None, _), (Some(_), _)) => Turn::First,
                _ => Turn::Second,
            };
            second_has_read = turn == Turn::Second && two.1;
            match turn {
                Turn::First => one = make(&mut first),
                Turn::Second => two = make(&mut second),
            }
        }
        (one.0.unwrap(), two.0.unwrap())
    }
}

/// How it ended where one of two dies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The survivor had come to its end before the other began.
    pub(super) was_over: bool,
    /// The other had not come to its own.
    pub(super) died: bool,
}

/// Lets one make so many steps, then the other so many, after which its process dies; then the first goes on to its end.
pub(super) fn survive<T>(
    (mut survivor, before): (Running<'_, T>, usize),
    (mut dying, steps): (Running<'_, T>, usize),
) -> Ends {
    let mut end = (0..=before).find_map(|_| step(&mut survivor));
    let was_over = end.is_some();
    let died = (0..=steps).find_map(|_| step(&mut dying)).is_none();
    drop(dying);
    while end.is_none() {
        end = step(&mut survivor);
    }
    Ends { was_over, died }
}

fn step<T>(running: &mut Running<'_, T>) -> Option<T> {
    match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Runs one alone, to its end.
pub(super) fn alone<T>(running: impl Future<Output = T>) -> T {
    let mut running = pin!(running);
    for _ in 0..10_000 {
        if let Poll::Ready(value) = running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("it never ends");
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeSet};

    use super::{super::row::Pause, *};

    /// All schedules of two that read (`r`) and write (`w`), as their names in the order of their steps: `a` and `b`, writes as capitals.
    fn traces(one: &str, two: &str, tells_reads: bool) -> BTreeSet<String> {
        let (mut schedule, mut traces) = (Schedule::default(), BTreeSet::new());
        loop {
            let (trace, next) = (RefCell::new(String::new()), RefCell::new('w'));
            let walk = |name: char, steps: &str| -> Running<'_, ()> {
                let (trace, next, steps) = (&trace, &next, steps.to_owned());
                Box::pin(async move {
                    for operation in steps.chars() {
                        *next.borrow_mut() = operation;
                        Pause::default().await;
                        let name = if operation == 'w' { name.to_ascii_uppercase() } else { name };
                        trace.borrow_mut().push(name);
                    }
                })
            };
            schedule.run(walk('a', one), walk('b', two), || tells_reads && *next.borrow() == 'r');
            assert!(traces.insert(trace.into_inner()), "made twice");
            if !schedule.advance() {
                return traces;
            }
        }
    }

    /// All the ways to merge `m` steps with `n`: as many as there are subsets of `m` among `m + n`.
    #[test]
    fn the_search_makes_each_schedule_once() {
        for (m, n, ways) in [(1, 1, 2), (2, 3, 10), (4, 4, 70), (0, 3, 1)] {
            let found = traces(&"w".repeat(m), &"w".repeat(n), true);
            assert_eq!(found.len(), ways, "{m} and {n} steps");
        }
    }

    /// What had been written before each step, by whom.
    fn seen(trace: &str) -> (Vec<String>, Vec<String>) {
        let (mut written, mut by_one, mut by_two) = (String::new(), Vec::new(), Vec::new());
        for step in trace.chars() {
            let by = if step.eq_ignore_ascii_case(&'a') { &mut by_one } else { &mut by_two };
            by.push(written.clone());
            written.extend(Some(step).filter(char::is_ascii_uppercase));
        }
        (by_one, by_two)
    }

    #[test]
    fn what_the_search_leaves_out_differs_in_the_order_of_reads_only() {
        for (one, two, all, made) in
            [("rw", "rw", 6, 4), ("rwrw", "rwrw", 70, 34), ("rrwrw", "rrw", 56, 15), ("rw", "w", 3, 3)]
        {
            let (every, found) = (traces(one, two, false), traces(one, two, true));
            let ends = |traces: &BTreeSet<String>| traces.iter().map(|it| seen(it)).collect::<BTreeSet<_>>();
            assert_eq!(ends(&every), ends(&found), "{one} and {two}");
            assert_eq!((every.len(), found.len()), (all, made), "{one} and {two}");
        }
    }
}
