//! P19, by an attacker who has the password, every session he likes, and a year.
//!
//! He tries whenever [`Challenge::retry_at`](second_factor::Challenge::retry_at) says that he may, each time on a new challenge: then the
//! user never gets in. Or he keeps books, and leaves the user just enough room to sign in and so to clear the wait for him. A guess
//! weighs the codes that it could hit, divided by three. In units of a 259,200th the bound is whole numbers: a guess weighs 86,400 for
//! each code, and a second leaks 3.

use second_factor::{
    Account, FirstFactor, Policy, Reason, Requirement, SignIn, UnixTime, primitives::time::Window,
};

use crate::common::{DAY, World, reason};

const UNITS_PER_CODE: u64 = DAY;
const UNITS_PER_SECOND: u64 = 3;
const UNITS_PER_WEIGHT: u64 = 3 * UNITS_PER_CODE;
const YEAR: u64 = 365 * DAY;
/// The user signs in four and a half times a day.
const BETWEEN_SIGN_INS: u64 = 19_200;

struct Year {
    /// When each evaluated guess was made.
    guesses: Vec<UnixTime>,
    /// What each weighs, in units.
    weight: u64,
    tries_of_the_user: usize,
    sign_ins_of_the_user: usize,
}

/// How the attacker plays, and whether the user is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Play {
    /// As early as he may, while the user is away for a year.
    Alone,
    /// As early as he may, whatever the user does.
    Greedy,
    /// Only as long as it neither makes the user wait nor fills the bucket to the brim.
    Patient,
}

/// The attacker's books: what he knows of the throttle by having read its source.
struct Books {
    since_sign_in: u32,
    debt: u64,
    debt_at: UnixTime,
}

impl Books {
    fn debt(&self, now: UnixTime) -> u64 {
        self.debt.saturating_sub(UNITS_PER_SECOND * now.since(self.debt_at))
    }

    /// When he can guess and still leave room for the user's attempt.
    fn next(&self, weight: u64) -> UnixTime {
        if self.since_sign_in == 5 {
            return NEVER;
        }
        let excess = (self.debt + 2 * weight).saturating_sub(100 * UNITS_PER_WEIGHT);
        self.debt_at.plus(excess.div_ceil(UNITS_PER_SECOND))
    }

    fn guessed(&mut self, weight: u64, now: UnixTime) {
        *self = Self { since_sign_in: self.since_sign_in + 1, debt: self.debt(now) + weight, debt_at: now };
    }
}

const NEVER: UnixTime = UnixTime::from_seconds(u64::MAX);

/// A year of an account with so many authenticators, under this window.
async fn year(window: Window, authenticators: usize, play: Play) -> Year {
    let world = World::with(Policy::new(Requirement::Optional).window(window));
    let account = world.account("ann");
    let mut phones = vec![world.enrolled("ann").await];
    for _ in 1..authenticators {
        phones.push(world.add(&account, &phones[0]).await);
    }
    let phones: Vec<_> = phones.iter().collect();
    let weight = u64::from(window.steps()) * authenticators as u64 * UNITS_PER_CODE;
    let mut year = Year { guesses: Vec::new(), weight, tries_of_the_user: 0, sign_ins_of_the_user: 0 };
    let end = world.now().plus(YEAR);
    let mut user_next = if play == Play::Alone { NEVER } else { world.now().plus(BETWEEN_SIGN_INS) };
    let mut books = Books { since_sign_in: 0, debt: 0, debt_at: world.now() };
    loop {
        let attacker_next = match play {
            Play::Patient => books.next(weight).max(world.now()),
            Play::Alone | Play::Greedy => retry_at(&world, &account).await.unwrap_or(world.now()),
        };
        world.clock.set(attacker_next.min(user_next));
        if world.now() > end {
            return year;
        }
        if attacker_next <= user_next {
            let guess = world.sign_in(&account, &world.wrong(&phones)).await;
            assert_eq!(reason(guess), Reason::Wrong, "it is looked at exactly when it was said to be");
            books.guessed(weight, world.now());
            year.guesses.push(world.now());
        } else {
            year.tries_of_the_user += 1;
            if world.sign_in(&account, &phones[0].code_at(world.now())).await.is_ok() {
                year.sign_ins_of_the_user += 1;
                books.since_sign_in = 0;
            }
            user_next = user_next.plus(BETWEEN_SIGN_INS);
        }
    }
}

/// What the code page says.
async fn retry_at(world: &World, account: &Account) -> Option<UnixTime> {
    match world.verifier.begin(account, FirstFactor::Password, None).await.unwrap() {
        SignIn::Challenge(challenge) => challenge.retry_at(),
        other => panic!("no code was asked for: {other:?}"),
    }
}

impl Year {
    /// In every interval of d days the guesses weigh at most 100 + d.
    fn assert_bounded(&self) {
        for (first, from) in self.guesses.iter().enumerate() {
            for (last, to) in self.guesses.iter().enumerate().skip(first) {
                let weighed = (last - first + 1) as u64 * self.weight;
                let allowed = 100 * UNITS_PER_WEIGHT + UNITS_PER_SECOND * to.since(*from);
                assert!(weighed <= allowed, "guesses {first} to {last}: {weighed} > {allowed}");
            }
        }
    }

    /// The bound is not only kept but reached: the attacker is not held back by anything that this test does not know of.
    fn assert_tight(&self, play: Play) {
        let total = self.guesses.len() as u64 * self.weight;
        let allowed = 100 * UNITS_PER_WEIGHT + UNITS_PER_SECOND * YEAR;
        let left_to_the_user = if play == Play::Patient { self.weight } else { 0 };
        // Less than one guess, what leaks in the longest wait of the lane, and what the authenticators took to be set up.
        let slack = self.weight + UNITS_PER_SECOND * 3_700 + left_to_the_user;
        assert!(total + slack > allowed, "{total} of {allowed}");
    }
}

async fn p19_a_year(window: Window, authenticators: usize) {
    for play in [Play::Alone, Play::Greedy, Play::Patient] {
        let year = year(window, authenticators, play).await;
        year.assert_bounded();
        year.assert_tight(play);
        assert!(play != Play::Patient || year.sign_ins_of_the_user == year.tries_of_the_user);
        let codes = year.weight / UNITS_PER_CODE;
        let weighed = year.guesses.len() as f64 * codes as f64 / 3.0;
        println!(
            "{} steps, {authenticators} authenticators, {play:?}: {} guesses of {codes} codes, {weighed:.1} of 465 in weight, \
             chance {:.3} %; the user got in {} of {} times",
            window.steps(),
            year.guesses.len(),
            weighed * 3.0 / 1e6 * 100.0,
            year.sign_ins_of_the_user,
            year.tries_of_the_user,
        );
    }
}

#[tokio::test]
async fn p19_a_year_with_the_present_step_alone() {
    p19_a_year(Window::NONE, 1).await;
}

#[tokio::test]
async fn p19_a_year_with_the_usual_window() {
    p19_a_year(Window::DEFAULT, 1).await;
}

#[tokio::test]
async fn p19_a_year_with_the_widest_window() {
    p19_a_year(Window::new(2, 2).unwrap(), 1).await;
}

#[tokio::test]
async fn p19_a_year_with_a_lopsided_window() {
    p19_a_year(Window::new(1, 0).unwrap(), 1).await;
}

#[tokio::test]
async fn p19_a_year_with_five_authenticators_and_the_present_step_alone() {
    p19_a_year(Window::NONE, 5).await;
}

#[tokio::test]
async fn p19_a_year_with_five_authenticators() {
    p19_a_year(Window::DEFAULT, 5).await;
}

#[tokio::test]
async fn p19_a_year_with_five_authenticators_and_the_widest_window() {
    p19_a_year(Window::new(2, 2).unwrap(), 5).await;
}
