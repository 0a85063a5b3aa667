//! How guessing is held back: a lane that backs off, and a bucket that remembers.
//!
//! ```text
//!                       failure (1st to 5th)
//!                         ┌───────┐
//!                         ▼       │
//!   success ──────────► FREE ─────┘
//!      ▲                  │ failure (6th)
//!      │                  ▼
//!      │   ┌──────────► HELD  until now + 30 s · 2^(failures − 6), an hour at most
//!      │   │ failure      │ attempts before then: refused, compared with nothing, counted nowhere
//!      │   │              │ now ≥ until
//!      │   │              ▼
//!      └───┴──────────  TRIAL
//!
//!   and at any time:    FULL   while debt + weight of the next guess > capacity
//!                              attempts: refused likewise; left only as the bucket leaks
//! ```
//!
//! The **lane** is for the honest: a handful of typing errors cost nothing, a success clears it. Alone it would let an attacker who has
//! the password guess for a year. So the **bucket** counts what no success clears: each evaluated guess adds its weight, and one leaks a
//! day. In any d days the guesses of a lane weigh at most its capacity plus d.
//!
//! A guess weighs as much as it could hit: the codes that are acceptable at once, divided by 3, the codes of the usual window. Five
//! authenticators make a guess five times as good, and five times as dear.

#![deny(clippy::arithmetic_side_effects)]

use crate::primitives::{
    stored::stored,
    time::{DAY, UnixTime},
};

/// Failures that cost no wait.
const FREE_FAILURES: u32 = 5;
/// The wait after the first failure that costs one, in seconds. Each further one doubles it.
const FIRST_WAIT: u64 = 30;
/// The longest wait between two attempts that the lane asks for, in seconds.
const LONGEST_WAIT: u64 = 3600;
/// Codes acceptable at once that make a guess of weight 1.
const CODES_PER_GUESS: u64 = 3;

/// What a guess costs, or a bucket holds. The unit is so small that the leak of one second is a whole number of them:
/// 86,400 for one acceptable code, three times that for a guess of weight 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Debt(u64);
stored!(Debt(u64));

impl Debt {
    const NONE: Self = Self(0);
    /// One guess of weight 1 a day.
    const LEAK_PER_SECOND: u64 = CODES_PER_GUESS;

    /// That of a guess which any of so many codes would satisfy.
    pub(super) const fn of_codes(acceptable: u64) -> Self {
        Self(acceptable.saturating_mul(DAY))
    }

    /// That of so many guesses of weight 1.
    const fn of_guesses(guesses: u64) -> Self {
        Self::of_codes(guesses.saturating_mul(CODES_PER_GUESS))
    }

    const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    const fn leaked_in(seconds: u64) -> Self {
        Self(seconds.saturating_mul(Self::LEAK_PER_SECOND))
    }

    /// The seconds until so much has leaked, rounded up.
    const fn seconds_to_leak(self) -> u64 {
        self.0.div_ceil(Self::LEAK_PER_SECOND)
    }
}

/// How much debt the unknown lane holds: 100 guesses. It is shared by every client that brings no browser known to this user.
pub(super) const UNKNOWN_LANE: Debt = Debt::of_guesses(100);

/// How much debt the lane of a known browser holds: 20 guesses. Each has its own, so that whatever others do, who sits before a known
/// browser waits for nobody else.
pub(super) const KNOWN_LANE: Debt = Debt::of_guesses(20);

/// A guess took the debt over one of the marks that are worth a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Half of the capacity.
    Half,
    /// No further guess of this weight has room.
    Full,
}

impl Mark {
    pub(super) const fn is_full(self) -> bool {
        matches!(self, Self::Full)
    }
}

/// The lane and the bucket of one class of clients. The bucket's capacity is not part of the state: the class decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Throttle {
    /// Since the last success in this lane.
    failures: u32,
    held_until: UnixTime,
    debt: Debt,
    /// When `debt` was what it says.
    debt_at: UnixTime,
}
stored!(Throttle { 0: failures, 1: held_until, 2: debt, 3: debt_at });

impl Throttle {
    /// No failures yet, and nothing owed.
    pub(super) const fn new() -> Self {
        Self { failures: 0, held_until: UnixTime::EPOCH, debt: Debt::NONE, debt_at: UnixTime::EPOCH }
    }

    /// Until when a guess of this weight is held back, if it is: by the lane or by the bucket, whichever takes longer.
    /// With `None` it may be looked at. Asking changes nothing.
    pub(super) fn held_until(&self, capacity: Debt, weight: Debt, now: UnixTime) -> Option<UnixTime> {
        let excess = self.debt_now(now).plus(weight).minus(capacity);
        let room_at = match excess {
            Debt::NONE => now,
            // The debt is as of `debt_at`, which a clock that was set back may not have reached again.
            excess => self.debt_at.max(now).plus(excess.seconds_to_leak()),
        };
        let until = self.held_until.max(room_at);
        (now < until).then_some(until)
    }

    /// How many wrong guesses of this weight would be looked at, one right after the other, before one is held back.
    pub(super) fn tries_left(&self, capacity: Debt, weight: Debt, now: UnixTime) -> u32 {
        let mut ahead = self.clone();
        // The failure after the free ones costs a wait, so there are no more; at the end of time there is none to wait for.
        let looked_at = |_: &u32| {
            let is_held = ahead.held_until(capacity, weight, now).is_some();
            ahead.failed(capacity, weight, now);
            !is_held
        };
        let tries = (0..=FREE_FAILURES).take_while(looked_at).count();
        u32::try_from(tries).unwrap_or(u32::MAX)
    }

    /// Counts a guess that was looked at and was wrong. Says which mark it took the debt over, if any.
    pub(super) fn failed(&mut self, capacity: Debt, weight: Debt, now: UnixTime) -> Option<Mark> {
        let before = self.debt_now(now);
        self.debt = before.plus(weight);
        self.debt_at = self.debt_at.max(now);
        self.failures = self.failures.saturating_add(1);
        if let Some(doublings) = self.failures.checked_sub(FREE_FAILURES.saturating_add(1)) {
            let wait =
                1_u64.checked_shl(doublings).map_or(LONGEST_WAIT, |times| FIRST_WAIT.saturating_mul(times));
            self.held_until = now.plus(wait.min(LONGEST_WAIT));
        }
        let half = Debt(capacity.0 / 2);
        if self.debt.plus(weight) > capacity {
            Some(Mark::Full)
        } else {
            (before < half && half <= self.debt).then_some(Mark::Half)
        }
    }

    /// Clears the lane after a success. The bucket stays as it is.
    pub(super) const fn passed(&mut self) {
        self.failures = 0;
        self.held_until = UnixTime::EPOCH;
    }

    /// The debt, less what has leaked since. A clock that was set back leaks nothing.
    fn debt_now(&self, now: UnixTime) -> Debt {
        self.debt.minus(Debt::leaked_in(now.since(self.debt_at)))
    }
}

#[cfg(test)]
mod tests;
