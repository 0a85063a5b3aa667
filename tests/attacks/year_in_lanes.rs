//! P19 and P24 with lanes: an attacker who has the password and a year, in the lane of unknown browsers and in those of two browsers
//! whose cookies he has stolen. He guesses in each whenever its code page says that he may. In any d days the guesses in the unknown lane
//! weigh at most 100 + d and those of each known one 20 + d, and the user gets in at every single try: from a browser of her own, or with
//! a backup code.
//!
//! With one authenticator and the usual window a guess weighs 1. In units of an 86,400th the bound is whole numbers: a second leaks 1.

use second_factor::{Account, FirstFactor, Reason, SignIn, UnixTime, testing::Phone};

use crate::common::{
    DAY, World,
    ceremonies::{Settled, value},
    reason,
};

const YEAR: u64 = 365 * DAY;
/// The user signs in four and a half times a day.
const BETWEEN_SIGN_INS: u64 = 19_200;
/// How long a browser is known, in seconds.
const KNOWN_FOR: u64 = 180 * DAY;

/// What the attacker does in one lane.
struct Lane {
    /// `None`: that of the unknown browsers.
    cookie: Option<String>,
    capacity: u64,
    /// When each evaluated guess was made.
    guesses: Vec<UnixTime>,
}

impl Lane {
    const fn new(cookie: Option<String>, capacity: u64) -> Self {
        Self { cookie, capacity, guesses: Vec::new() }
    }

    /// When the code page says that the next guess is looked at.
    async fn next(&self, world: &World, account: &Account) -> UnixTime {
        let begun = world.verifier.begin(account, FirstFactor::Password, self.cookie.as_deref()).await;
        match begun.unwrap() {
            SignIn::Challenge(challenge) => challenge.retry_at().unwrap_or(world.now()),
            other => panic!("no code was asked for: {other:?}"),
        }
    }

    async fn guess(&mut self, world: &World, account: &Account, phone: &Phone) {
        let guess = world.sign_in_from(account, self.cookie.as_deref(), &world.wrong(&[phone])).await;
        assert_eq!(reason(guess), Reason::Wrong, "it is looked at exactly when it was said to be");
        self.guesses.push(world.now());
    }

    /// In every interval of d days at most the capacity and d, and over the whole of it no less than that, but for the last waits.
    fn assert_bounded_and_tight(&self, lived: u64) {
        for (first, from) in self.guesses.iter().enumerate() {
            for (last, to) in self.guesses.iter().enumerate().skip(first) {
                let (weighed, allowed) =
                    ((last - first + 1) as u64 * DAY, self.capacity * DAY + to.since(*from));
                assert!(weighed <= allowed, "guesses {first} to {last}: {weighed} > {allowed}");
            }
        }
        let (total, allowed) = (self.guesses.len() as u64 * DAY, self.capacity * DAY + lived);
        assert!(
            total + DAY + 3_700 > allowed,
            "the bound of {} is reached: {total} of {allowed}",
            self.capacity
        );
    }
}

/// Guesses in the lane that is free first, up to this moment.
async fn guess_until(world: &World, account: &Account, phone: &Phone, lanes: &mut [Lane], end: UnixTime) {
    loop {
        let mut first = (end, None);
        for (place, lane) in lanes.iter().enumerate() {
            let next = lane.next(world, account).await;
            if next < first.0 {
                first = (next, Some(place));
            }
        }
        world.clock.set(first.0.max(world.now()));
        match first.1 {
            Some(place) => lanes[place].guess(world, account, phone).await,
            None => return,
        }
    }
}

#[tokio::test]
async fn p19_p24_a_year_in_three_lanes_while_the_user_of_a_known_browser_never_waits() {
    let world = World::new();
    let Settled { account, phone, mut browser, .. } = world.settled("ann").await;
    let mut lanes = vec![Lane::new(None, 100)];
    for _ in 0..2 {
        let signed_in = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap();
        lanes.push(Lane::new(Some(value(signed_in.cookie())), 20));
        world.next_step();
    }
    let (start, mut sign_ins) = (world.now(), 0_u64);
    let stolen_until = UnixTime::from_seconds(start.seconds() + KNOWN_FOR - DAY);
    while world.now() < start.plus(YEAR) {
        let next = world.now().plus(BETWEEN_SIGN_INS);
        guess_until(&world, &account, &phone, &mut lanes, next).await;
        if lanes.len() > 1 && world.now() >= stolen_until {
            // They are about to be forgotten; from then on a guess with them would count with the unknown ones.
            for lane in lanes.drain(1..) {
                lane.assert_bounded_and_tight(world.now().since(start));
                println!(
                    "a stolen browser: {} guesses in {} days",
                    lane.guesses.len(),
                    (KNOWN_FOR - DAY) / DAY
                );
            }
        }
        // She mistypes now and then, and gets in.
        if sign_ins.is_multiple_of(9) {
            let typo = world.sign_in_from(&account, Some(&browser), &world.wrong(&[&phone])).await;
            assert_eq!(reason(typo), Reason::Wrong);
        }
        let code = phone.code_at(world.now());
        let signed_in = world.sign_in_from(&account, Some(&browser), &code).await.expect("she never waits");
        browser = value(signed_in.cookie());
        sign_ins += 1;
    }
    lanes[0].assert_bounded_and_tight(YEAR);
    println!(
        "unknown browsers: {} guesses in a year; the user got in {sign_ins} times",
        lanes[0].guesses.len()
    );
}

#[tokio::test]
async fn p19_p24_a_year_while_the_user_has_nothing_but_backup_codes() {
    let world = World::new();
    let Settled { account, phone, codes, .. } = world.settled("ann").await;
    let (start, mut lanes) = (world.now(), [Lane::new(None, 100)]);
    for code in &codes {
        let next = world.now().plus(YEAR / 10);
        guess_until(&world, &account, &phone, &mut lanes, next).await;
        let _session = world.sign_in(&account, code).await.expect("she never waits");
    }
    let lived = world.now().since(start);
    lanes[0].assert_bounded_and_tight(lived);
}

/// What he cannot do: make a lane of his own, or have a known one forgotten by asking.
#[tokio::test]
async fn p24_no_number_of_challenges_or_guesses_makes_a_known_browser_unknown() {
    let world = World::new();
    let Settled { account, phone, browser, .. } = world.settled("ann").await;
    for number in 0..1_000_u64 {
        let cookie = format!("{number:064}");
        let _token = world.challenge_in(&account, Some(&cookie)).await;
        if number < 6 {
            let refused = world.sign_in_from(&account, Some(&cookie), &world.wrong(&[&phone])).await;
            assert_eq!(reason(refused), Reason::Wrong);
        }
    }
    let held = world.sign_in(&account, &phone.code_at(world.now())).await;
    assert_eq!(reason(held), Reason::Throttled);
    let _session =
        world.sign_in_from(&account, Some(&browser), &phone.code_at(world.now())).await.expect("still known");
}
