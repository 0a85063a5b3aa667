//! Steps. They name what they use by place, not by value, so that a sequence still means something when steps are taken out.

use second_factor::{Channel, FirstFactor};

use crate::store::Fault;

/// A step of a sequence, what goes wrong in it, and who comes in between.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) deed: What,
    /// At which of its writes.
    pub(crate) fault: Option<(usize, Fault)>,
    /// Before which of its writes, after it has read.
    pub(crate) rival: Option<(usize, What)>,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Wait(u64),
    SetBack(u64),
    NewPassword(usize),
    NewPolicy(usize, usize),
    RotateKeys,
    RetireKeys,
    MailDown(bool),
    /// So many wrong codes one after the other, each on a challenge of its own, waiting where it must.
    Guess(usize, u32, Browser),
    Call(usize, Do),
}

/// What a user, or somebody in a user's name, does.
#[derive(Debug, Clone)]
pub(crate) enum Do {
    Begin(FirstFactor, Browser),
    Look(Which),
    Send(Which, Channel),
    Answer(Which, Type, bool),
    Enroll(By),
    ShowSetUp(Which),
    Confirm(Which, Type),
    AskStepUp(Act, Browser),
    StepUp(Which, Type),
    Act(Which, Option<Act>),
    ProveSaved(Type),
    Revoke(usize),
    RevokeAll,
    SignOut(Browser),
    SignOutEverywhere,
    Reset { own: bool, ticket: bool },
    Import,
    Restore,
    Erase,
    Deliver,
    Reseal,
    Assess(usize),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Browser {
    None,
    /// The cookie that was set last for this user.
    Last,
    /// So many before it.
    Earlier(usize),
    /// Any cookie that was ever set, for whomever.
    Any(usize),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    /// The last of this user that fits the call.
    Last,
    /// So many before it.
    Earlier(usize),
    /// Any token or proof that was ever handed out, to whomever, for whatever.
    Any(usize),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    OpenSession,
    SignIn(Which),
    /// The last ticket of this user, with the token of a sign-in or in an open session.
    Ticket(bool),
    /// The first that anybody got.
    OldTicket,
    StepUp(Which),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Add,
    Replace(usize),
    Remove(usize),
    Disable,
    Regenerate,
    View,
    Host,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    /// What the n-th app of the user shows, so many steps from now.
    App(usize, i64),
    /// What the app that is being set up shows.
    Pending(i64),
    /// Anything that was ever accepted, of whomever.
    Again(usize),
    /// An unused backup code of this user.
    Backup(usize),
    /// Any backup code or ticket that was ever handed out.
    AnyBackup(usize),
    /// The code that was sent last to this user.
    Sent,
    Wrong,
    Malformed,
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// How many users there are, and how many policies to choose from.
pub(crate) const USERS: usize = 4;
pub(crate) const POLICIES: usize = 13;
