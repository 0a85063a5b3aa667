//! Random sequences: scenes of a few steps that make sense together, and single steps that need not.

use second_factor::{Channel, FirstFactor};

use crate::{
    lane::DAY,
    steps::{Act, Browser, By, Do, POLICIES, Random, Step, Type, USERS, What, Which},
    store::Fault,
};

/// A sequence of so many steps.
pub(crate) fn sequence(seed: u64, length: usize) -> Vec<Step> {
    let mut random = Random(seed);
    let mut whats = Vec::new();
    // Most sequences are about one user, whom the others only disturb.
    let hero = random.below(USERS);
    if !random.one_in(4) {
        set_up(hero, By::OpenSession, &mut whats);
    }
    while whats.len() < length {
        let who = if random.one_in(4) { random.below(USERS) } else { hero };
        scene(&mut random, who, &mut whats);
    }
    whats.truncate(length);
    let mut steps = Vec::with_capacity(length);
    for deed in whats {
        let (mut fault, mut rival) = (None, None);
        if random.one_in(10) {
            fault = Some((usize::from(random.one_in(5)), random.pick(&Fault::ALL)));
        } else if random.one_in(6) {
            let who = if let What::Call(who, _) = deed { who } else { hero };
            let other = if random.one_in(3) { deed.clone() } else { What::Call(who, anything(&mut random)) };
            rival = Some((usize::from(random.one_in(5)), other));
        }
        steps.push(Step { deed, fault, rival });
    }
    steps
}

/// A few steps that make sense together, or one that need not.
fn scene(random: &mut Random, who: usize, whats: &mut Vec<What>) {
    let call = |deed| What::Call(who, deed);
    let last = Which::Last;
    let now = Type::App(random.below(2), 0);
    let browser = random.pick(&[Browser::None, Browser::Last, Browser::Last]);
    match random.below(20) {
        0..=2 => {
            let by = random.pick(&[By::OpenSession, By::OpenSession, By::SignIn(last), By::Ticket(true)]);
            set_up(who, by, whats);
            let wrong = random.pick(&[Type::Wrong, Type::Pending(3), Type::Pending(-3), Type::App(0, 0)]);
            whats.push(call(Do::Enroll(By::OpenSession)));
            for failures in 1..=random.pick(&[0, 0, 1, 2, 9, 10]) {
                whats.push(call(Do::Confirm(last, wrong)));
                // From the sixth on each is waited for.
                whats.extend((failures > 5).then(|| What::Wait(30 << (failures - 6))));
            }
            whats.push(call(Do::Confirm(last, Type::Pending(0))));
        }
        3..=7 => {
            whats.push(call(Do::Begin(FirstFactor::Password, browser)));
            let other = typed(random);
            let typed = random.pick(&[now, now, now, Type::Backup(0), other]);
            whats.push(call(Do::Answer(last, typed, !random.one_in(3))));
        }
        8..=9 => {
            let channel = random.pick(&[Channel::Email, Channel::Sms]);
            whats.push(call(Do::Begin(FirstFactor::Password, browser)));
            for _ in 0..random.pick(&[1, 1, 2, 6]) {
                whats.push(call(Do::Send(last, channel)));
                whats.push(What::Wait(random.pick(&[0, 59, 60, 299, 300])));
                for _ in 0..random.pick(&[0, 0, 0, 1, 2, 4, 5]) {
                    whats.push(call(Do::Answer(last, Type::Wrong, false)));
                }
            }
            let typed = random.pick(&[Type::Sent, Type::Sent, Type::Wrong]);
            whats.push(call(Do::Answer(last, typed, true)));
        }
        10..=12 => {
            let act = act(random);
            whats.push(call(Do::AskStepUp(act, browser)));
            let typed = random.pick(&[now, now, Type::Backup(1)]);
            whats.push(call(Do::StepUp(last, typed)));
            if matches!(act, Act::Add | Act::Replace(_)) {
                whats.push(What::Wait(30));
                whats.push(call(Do::Enroll(By::StepUp(last))));
                whats.push(call(Do::Confirm(last, Type::Pending(0))));
            } else {
                whats.push(call(Do::Act(last, None)));
            }
        }
        13 => whats.push(What::Guess(who, random.pick(&[1, 2, 3, 5, 6, 10, 30, 120]), browser)),
        14 => match random.below(6) {
            0 => full_bucket(random, who, whats),
            1 => many_browsers(who, whats),
            2 => {
                whats.push(call(Do::Reset { own: false, ticket: true }));
                whats.push(call(Do::Enroll(random.pick(&[By::OpenSession, By::OldTicket]))));
                set_up(who, By::Ticket(false), whats);
            }
            _ => whats.push(What::Wait(random.pick(&WAITS))),
        },
        15 => whats.push(host(random, who)),
        _ => whats.push(call(anything(random))),
    }
    whats.push(What::Wait(random.pick(&[0, 1, 29, 30, 30, 30, 31, 60])));
}

/// Every guess that there is, and then some around days at which one leaks.
fn full_bucket(random: &mut Random, who: usize, whats: &mut Vec<What>) {
    whats.push(What::Guess(who, 200, Browser::None));
    for _ in 0..4 {
        whats.push(random.pick(&[
            What::SetBack(DAY),
            What::SetBack(3600),
            What::Wait(DAY),
            What::Wait(2 * DAY),
        ]));
        whats.push(What::Guess(who, 2, Browser::None));
    }
}

/// More browsers than a record holds.
fn many_browsers(who: usize, whats: &mut Vec<What>) {
    whats.push(What::NewPolicy(who / 2, 2));
    for _ in 0..11 {
        whats.push(What::Call(who, Do::Begin(FirstFactor::Password, Browser::None)));
        whats.push(What::Call(who, Do::Answer(Which::Last, Type::App(0, 0), true)));
        whats.push(What::Wait(30));
    }
}

fn set_up(who: usize, by: By, whats: &mut Vec<What>) {
    whats.push(What::Call(who, Do::Begin(FirstFactor::Password, Browser::None)));
    whats.push(What::Call(who, Do::Enroll(by)));
    whats.push(What::Call(who, Do::Confirm(Which::Last, Type::Pending(0))));
    whats.push(What::Wait(30));
}

const WAITS: [u64; 14] =
    [1, 30, 60, 299, 300, 301, 600, 900, 3600, DAY, DAY + 1, 14 * DAY, 90 * DAY, 180 * DAY];

/// What happens around the users: clocks, keys, policies, mail.
fn host(random: &mut Random, who: usize) -> What {
    match random.below(12) {
        0..=2 => What::SetBack(random.pick(&[1, 29, 30, 31, 60, 90, 600, 3600, DAY])),
        3..=4 => What::NewPassword(who),
        5..=8 => What::NewPolicy(who / 2, random.below(POLICIES)),
        9 => What::RotateKeys,
        10 => What::RetireKeys,
        _ => What::MailDown(random.one_in(2)),
    }
}

fn act(random: &mut Random) -> Act {
    let place = random.below(2);
    let all = [Act::Add, Act::Add, Act::Replace(place), Act::Remove(place), Act::Disable, Act::Disable];
    let more = [Act::Regenerate, Act::Regenerate, Act::View, Act::Host];
    if random.one_in(2) { random.pick(&all) } else { random.pick(&more) }
}

fn typed(random: &mut Random) -> Type {
    let any = random.below(1000);
    let offset = random.below(7) as i64 - 3;
    random.pick(&[
        Type::App(any, offset),
        Type::App(0, 0),
        Type::App(0, 0),
        Type::App(0, offset),
        Type::App(0, 1),
        Type::Pending(0),
        Type::Pending(offset),
        Type::Again(any),
        Type::Again(any),
        Type::Backup(any),
        Type::AnyBackup(any),
        Type::Sent,
        Type::Wrong,
        Type::Malformed,
    ])
}

fn anything(random: &mut Random) -> Do {
    let any = random.below(1000);
    let earlier = random.below(4);
    let which =
        random.pick(&[Which::Last, Which::Earlier(earlier), Which::Earlier(earlier), Which::Any(any)]);
    let browsers = [Browser::None, Browser::Last, Browser::Earlier(earlier), Browser::Any(any)];
    let browser = random.pick(&browsers);
    let channel = random.pick(&[Channel::Email, Channel::Sms]);
    let first = random.pick(&[
        FirstFactor::Password,
        FirstFactor::Password,
        FirstFactor::Password,
        FirstFactor::Link(Channel::Email),
        FirstFactor::Sso { second_factor_done: false },
        FirstFactor::ApiToken,
    ]);
    match random.below(34) {
        0..=4 => Do::Begin(first, browser),
        5..=9 => Do::Answer(which, typed(random), random.one_in(2)),
        10 => Do::Look(which),
        11..=12 => Do::Send(which, channel),
        13..=14 => Do::Enroll(random.pick(&[
            By::OpenSession,
            By::SignIn(which),
            By::Ticket(false),
            By::Ticket(true),
            By::OldTicket,
            By::StepUp(which),
        ])),
        15 => Do::ShowSetUp(which),
        16..=17 => Do::Confirm(which, typed(random)),
        18 => Do::AskStepUp(act(random), browser),
        19..=20 => Do::StepUp(which, typed(random)),
        21..=22 => Do::Act(which, random.one_in(2).then(|| act(random))),
        23 => Do::ProveSaved(random.pick(&[
            Type::Backup(any),
            Type::AnyBackup(any),
            Type::Again(any),
            Type::Malformed,
        ])),
        24 => Do::Revoke(any),
        25 => random.pick(&[Do::RevokeAll, Do::SignOut(browser), Do::SignOut(browser)]),
        26 => Do::SignOutEverywhere,
        27..=28 => Do::Reset { own: random.one_in(6), ticket: random.one_in(2) },
        29 => Do::Import,
        30 => random.pick(&[Do::Restore, Do::Erase, Do::Deliver, Do::Deliver]),
        31 => Do::Reseal,
        _ => Do::Assess(any),
    }
}
