//! The two halves of a sign-in, in all tables in turn.

use std::time::{Duration, Instant};

use second_factor::{Clock, testing::ManualClock};

use crate::fill::Filled;

/// Each brings other people, where there are so many.
const ROUNDS: usize = 10;
const IN_A_ROUND: usize = 500;
/// Between two rounds: whatever a sign-in leaves in the record for some minutes is gone.
const APART: Duration = Duration::from_secs(86_400);

pub async fn measure(clock: &ManualClock, tables: &[Filled]) {
    let mut taken: Vec<Taken> = tables.iter().map(|_| Taken::default()).collect();
    for round in 0..ROUNDS {
        clock.advance(APART);
        for turn in 0..IN_A_ROUND {
            for place in 0..tables.len() {
                // Nobody is always the first.
                let place = (place + turn) % tables.len();
                let people = tables[place].people.all();
                let person = &people[(round * IN_A_ROUND + turn) % people.len()];
                let (verifier, started) = (&tables[place].verifier, Instant::now());
                let asked = person.begin(verifier, clock.now()).await;
                let begun = started.elapsed();
                if person.verify(verifier, &asked).await {
                    let whole = started.elapsed();
                    taken[place].push(begun, whole);
                }
            }
        }
    }
    println!(
        "\nSign-ins, one client, the tables in turn: milliseconds (median; p99), and the median beside that of the first"
    );
    println!("{:>9} {:>9} {:>24} {:>24} {:>24}", "users", "sign-ins", "begin", "verify", "both");
    for (filled, own) in tables.iter().zip(&taken) {
        let column = |of: fn(&Taken) -> &Vec<Duration>| {
            let (one, first) = (median(of(own)), median(of(&taken[0])));
            let p99 = quantile(of(own), 0.99);
            format!("{:.3}; {:.3} (x {:.2})", ms(one), ms(p99), ms(one) / ms(first))
        };
        println!(
            "{:>9} {:>9} {:>24} {:>24} {:>24}",
            filled.population.size(),
            own.both.len(),
            column(|taken| &taken.begin),
            column(|taken| &taken.verify),
            column(|taken| &taken.both)
        );
    }
}

#[derive(Default)]
struct Taken {
    begin: Vec<Duration>,
    verify: Vec<Duration>,
    both: Vec<Duration>,
}

impl Taken {
    fn push(&mut self, begin: Duration, both: Duration) {
        self.begin.push(begin);
        self.verify.push(both.saturating_sub(begin));
        self.both.push(both);
    }
}

pub fn median(taken: &[Duration]) -> Duration {
    quantile(taken, 0.5)
}

pub fn quantile(taken: &[Duration], share: f64) -> Duration {
    let mut sorted = taken.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}

pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
