//! How many one-time codes are sent for a lane: 60 seconds apart over one channel, 5 an hour, 10 a day.
//!
//! The bounds hold for each lane by itself, so that whoever has the password cannot use up those of a known browser.

use crate::{
    factor::Channel,
    primitives::{
        stored::stored,
        time::{DAY, UnixTime},
    },
};

/// When messages were sent for a lane, channel by channel, the oldest first.
#[derive(Default)]
pub(super) struct Sends {
    email: Vec<UnixTime>,
    sms: Vec<UnixTime>,
}
stored!(Sends { 0: email, 1: sms });

/// The seconds between two messages over one channel.
const APART: u64 = 60;
/// The messages of a lane in an hour, and in a day, over all channels.
const BOUNDS: [(usize, u64); 2] = [(5, 3600), (MAX_SENDS, DAY)];
const MAX_SENDS: usize = 10;

impl Sends {
    /// Until when the next message over this channel has to wait, if it has to.
    pub(super) fn held_until(&self, channel: Channel, now: UnixTime) -> Option<UnixTime> {
        let apart = self.over(channel).last().map(|last| last.plus(APART));
        let all = self.all();
        let bounded = BOUNDS.iter().filter_map(|&(most, within)| {
            let place = all.len().checked_sub(most)?;
            all.get(place).map(|first| first.plus(within))
        });
        bounded.chain(apart).max().filter(|until| now < *until)
    }

    pub(super) fn count(&mut self, channel: Channel, now: UnixTime) {
        match channel {
            Channel::Email => self.email.push(now),
            Channel::Sms => self.sms.push(now),
        }
    }

    /// Drops the messages that no bound asks for any more.
    pub(super) fn forget_old(&mut self, now: UnixTime) {
        let recent = |at: &UnixTime| now < at.plus(DAY);
        self.email.retain(recent);
        self.sms.retain(recent);
    }

    pub(super) const fn is_sound(&self) -> bool {
        self.email.len().saturating_add(self.sms.len()) <= MAX_SENDS
    }

    /// All of them, the oldest first.
    pub(super) fn all(&self) -> Vec<UnixTime> {
        let mut all = [&self.email[..], &self.sms].concat();
        all.sort_unstable();
        all
    }

    fn over(&self, channel: Channel) -> &[UnixTime] {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        }
    }
}

#[cfg(test)]
mod tests;
