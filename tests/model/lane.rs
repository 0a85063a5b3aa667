//! A lane of the throttle, as DESIGN's table has it: 5 free failures, then 30 s doubling to an hour; a bucket that leaks a guess a day;
//! and the messages that were sent for it.

use second_factor::Channel;

pub(crate) const DAY: u64 = 86_400;

/// Guesses are counted in thirds of a guess, and time in days, so `DAY` of these is one acceptable code.
#[derive(Clone, Default)]
pub(crate) struct Lane {
    failures: u32,
    held_until: u64,
    debt: u64,
    debt_at: u64,
    sends: Vec<(Channel, u64)>,
}

impl Lane {
    /// Until when a guess at so many acceptable codes is held back.
    pub(crate) fn held(&self, capacity: u64, codes: u64, now: u64) -> Option<u64> {
        let after = self.debt_now(now) + codes * DAY;
        let excess = after.saturating_sub(capacity * 3 * DAY);
        let room_at = if excess == 0 { now } else { now.max(self.debt_at) + excess.div_ceil(3) };
        Some(room_at.max(self.held_until)).filter(|until| now < *until)
    }

    pub(crate) fn failed(&mut self, codes: u64, now: u64) {
        self.debt = self.debt_now(now) + codes * DAY;
        self.debt_at = self.debt_at.max(now);
        self.failures += 1;
        if self.failures > 5 {
            self.held_until = now + (30 * 2_u64.pow((self.failures - 6).min(7))).min(3600);
        }
    }

    pub(crate) fn passed(&mut self) {
        self.failures = 0;
        self.held_until = 0;
    }

    fn debt_now(&self, now: u64) -> u64 {
        self.debt.saturating_sub(3 * now.saturating_sub(self.debt_at))
    }

    /// Until when the next message has to wait: 60 s apart over a channel, 5 an hour, 10 a day.
    pub(crate) fn send_held(&self, channel: Channel, now: u64) -> Option<u64> {
        let mut all: Vec<u64> = self.sends.iter().map(|(_, at)| *at).collect();
        all.sort_unstable();
        all.reverse();
        let last = self.sends.iter().rev().find(|(over, _)| *over == channel);
        let apart = last.map(|(_, at)| at + 60);
        let hour = all.get(4).map(|at| at + 3600);
        let day = all.get(9).map(|at| at + DAY);
        apart.max(hour).max(day).filter(|until| now < *until)
    }

    pub(crate) fn sent(&mut self, channel: Channel, now: u64) {
        self.sends.push((channel, now));
    }

    pub(crate) fn forget_old(&mut self, now: u64) {
        self.sends.retain(|(_, at)| now < at + DAY);
    }
}
