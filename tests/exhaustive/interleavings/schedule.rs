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

    /// Runs both to their ends. Each step is one operation of the store and everything up to the next one.
    pub(super) fn run<T>(&mut self, mut first: Running<'_, T>, mut second: Running<'_, T>) -> (T, T) {
        // Up to the first operation of each: nothing is shared before it.
        let (mut one, mut two) = (step(&mut first), step(&mut second));
        while one.is_none() || two.is_none() {
            let turn = match (&one, &two) {
                (None, None) => self.turn(),
                (None, Some(_)) => Turn::First,
                _ => Turn::Second,
            };
            match turn {
                Turn::First => one = step(&mut first),
                Turn::Second => two = step(&mut second),
            }
        }
        (one.unwrap(), two.unwrap())
    }
}

/// Lets one make so many steps, then the other so many, after which its process dies; then the first goes on to its end.
pub(super) fn survive<T>(
    (mut survivor, before): (Running<'_, T>, usize),
    (mut dying, steps): (Running<'_, T>, usize),
) -> T {
    let mut end = (0..=before).find_map(|_| step(&mut survivor));
    let _unknown = (0..=steps).find_map(|_| step(&mut dying));
    drop(dying);
    loop {
        match end {
            Some(value) => return value,
            None => end = step(&mut survivor),
        }
    }
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

/// All the ways to merge `m` steps with `n`: as many as there are subsets of `m` among `m + n`.
#[test]
fn the_search_makes_each_schedule_once() {
    use std::collections::BTreeSet;

    use super::stage::Pause;

    for (m, n, ways) in [(1, 1, 2), (2, 3, 10), (4, 4, 70), (0, 3, 1)] {
        let mut schedule = Schedule::default();
        let mut seen = BTreeSet::new();
        loop {
            let trace = std::cell::RefCell::new(String::new());
            let walk = |name: char, steps: usize| -> Running<'_, ()> {
                let trace = &trace;
                Box::pin(async move {
                    for _ in 0..steps {
                        Pause::default().await;
                        trace.borrow_mut().push(name);
                    }
                })
            };
            schedule.run(walk('a', m), walk('b', n));
            assert!(seen.insert(trace.into_inner()), "made twice");
            if !schedule.advance() {
                break;
            }
        }
        assert_eq!(seen.len(), ways, "{m} and {n} steps");
    }
}
