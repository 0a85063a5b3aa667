//! Races of whole processes, and of threads, for codes that are good once.

mod arena;
mod contestant;
mod line;
mod rounds;

use std::{
    env,
    ffi::{OsStr, OsString},
    future::Future,
    process::Command,
    sync::Arc,
};

use self::{
    arena::Arena,
    line::{Contestant, StandardStreams},
    rounds::Field,
};
use crate::{blocking::wait_for, primitives::seal::KeyRing, store::UserStore};

/// The way into a test program for the processes that a [`ProcessRace`] starts: to be called by a test of its own. It opens the place and
/// does what the race tells it, until the race is over. In a process that no race has started it returns at once.
///
/// [`ProcessRace`] shows how the two stand together.
///
/// # Panics
///
/// If it does not understand the race.
#[allow(clippy::panic, reason = "a test kit fails by panicking")]
pub async fn race_process<S, F>(open: impl FnOnce() -> F)
where
    S: UserStore,
    F: Future<Output = S>,
{
    let Ok(keys) = env::var(KEYS) else { return };
    let keys = KeyRing::from_text(&keys).unwrap_or_else(|error| panic!("{KEYS}: {error}"));
    contestant::contest(open().await, keys, Arc::new(StandardStreams)).await;
}

/// Tells a process that it is one of a race, and which keys the records are sealed under.
const KEYS: &str = "SECOND_FACTOR_RACE_KEYS";

/// Races between processes of the operating system for one place: clause 1 of [`UserStore`] where it counts.
///
/// The processes are this very test program, started again to run one test alone, the entrance, which calls [`race_process`]. What the
/// entrance has to know to find the place, a path or an URL, it gets in environment variables.
///
/// ```no_run
/// mod race {
///     use second_factor::testing::{ProcessRace, race_process};
/// #   async fn open_at(_place: &str) -> second_factor::MemoryStore { second_factor::MemoryStore::new() }
///
///     #[tokio::test(flavor = "multi_thread")]
///     async fn process() {
///         race_process(|| async { open_at(&std::env::var("RACE_PLACE").unwrap()).await }).await;
///     }
///
///     #[tokio::test(flavor = "multi_thread")]
///     async fn no_code_is_accepted_twice_by_eight_processes() {
///         let place = "/tmp/records.db";
///         let race = ProcessRace::new("race::process").env("RACE_PLACE", place);
///         race.single_use(open_at(place).await).await;
///         race.guesses(open_at(place).await).await;
///         race.killed(open_at(place).await).await;
///     }
/// }
/// ```
///
/// Each method takes a store of its own on the same place, to prepare the rounds with. Users are drawn at random, so nobody is disturbed;
/// their rows are left behind.
///
/// Pipes to processes block. Run both tests on a runtime of several threads if your store needs a runtime. There is no other demand
/// on the test framework: `new` fits Rust's own harness and whatever starts it; for another one see [`of`](Self::of).
#[derive(Debug, Clone)]
pub struct ProcessRace {
    program: Option<OsString>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    processes: usize,
    rounds: u64,
}

impl ProcessRace {
    /// A race of 8 processes of this test program, 100 rounds each time. `entrance` is the path of the test that calls [`race_process`],
    /// as the test program lists it: its modules and its name, without the program's own.
    #[must_use]
    pub fn new(entrance: &str) -> Self {
        let arguments = ["--exact", entrance, "--nocapture", "--test-threads=1"];
        Self {
            program: None,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
            processes: 8,
            rounds: 100,
        }
    }

    /// The same with processes of another program, which does nothing but call [`race_process`], or is led to it by these arguments.
    #[must_use]
    pub fn of<A: Into<OsString>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            program: Some(program.as_ref().to_owned()),
            arguments: arguments.into_iter().map(Into::into).collect(),
            ..Self::new("")
        }
    }

    /// Sets an environment variable of the processes: where the entrance finds the place.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Sets how many processes race, 8 unless set. Less than two are no race.
    #[must_use]
    pub const fn processes(mut self, count: usize) -> Self {
        self.processes = count;
        self
    }

    /// Sets how many rounds [`single_use`](Self::single_use) has for each kind of code, 100 unless set.
    #[must_use]
    pub const fn rounds(mut self, count: u64) -> Self {
        self.rounds = count;
        self
    }

    /// All processes try the same at once, round after round: one code of an app, then one backup code, one mailed code, one proof of
    /// a step-up. Exactly one of them has it accepted, and each of the others is refused, for the reason that belongs there.
    ///
    /// In every other round they share one challenge, as a double click does. In two of four rounds they overlap by luck; in the other two
    /// each has read the record before any of them may swap, so that they overlap for certain.
    ///
    /// # Panics
    ///
    /// If not. The message names the clause, the kind of code and the round. So does an error, `Contended` among them: so few
    /// processes never push one of them aside for as many rounds as the library tries.
    pub async fn single_use<S: UserStore>(&self, store: S) {
        let keys = draw_keys();
        rounds::single_use(&arena(store, &keys), &self.field(&|| self.start(&keys))).await;
    }

    /// 200 wrong codes at one moment, the processes' shares of them one after the other without a pause: exactly 6 are looked at (5 are free,
    /// the sixth begins the wait), and all of these are counted, each once. The right code is then refused as well.
    ///
    /// # Panics
    ///
    /// If not, or if any call returns an error.
    pub async fn guesses<S: UserStore>(&self, store: S) {
        let keys = draw_keys();
        rounds::guesses(&arena(store, &keys), &self.field(&|| self.start(&keys))).await;
    }

    /// Processes are killed in the middle of a sign-in: between load and swap, after which the code is still good and nobody is
    /// locked out; after the swap, after which it is spent; and at moments that differ from time to time, after which it was accepted
    /// once at most.
    ///
    /// # Panics
    ///
    /// If not.
    pub async fn killed<S: UserStore>(&self, store: S) {
        let keys = draw_keys();
        rounds::killed(&arena(store, &keys), &self.field(&|| self.start(&keys))).await;
    }

    fn field<'f>(&self, start: &'f (dyn Fn() -> Contestant + Sync)) -> Field<'f> {
        Field { contestants: self.processes, rounds: self.rounds, name: "between processes", start }
    }

    #[allow(clippy::panic, reason = "a test kit fails by panicking")]
    fn start(&self, keys: &str) -> Contestant {
        let this =
            || env::current_exe().unwrap_or_else(|error| panic!("where is this program? {error}")).into();
        let program = self.program.clone().unwrap_or_else(this);
        let mut command = Command::new(program);
        command.args(&self.arguments).env(KEYS, keys);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Contestant::process(command)
    }
}

/// The same races between threads of this process, for stores that live in one: in memory, or in a file that one process opens.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use second_factor::{MemoryStore, testing::ThreadRace};
///
/// let place = MemoryStore::new();
/// let race = ThreadRace::new().rounds(8);
/// race.single_use(|| place.clone()).await;
/// race.guesses(|| place.clone()).await;
/// # }
/// ```
///
/// The threads have no runtime: for a store that needs one, use [`ProcessRace`].
#[derive(Debug, Clone)]
pub struct ThreadRace {
    threads: usize,
    rounds: u64,
}

impl ThreadRace {
    /// A race of 8 threads, 100 rounds each time.
    #[must_use]
    pub const fn new() -> Self {
        Self { threads: 8, rounds: 100 }
    }

    /// Sets how many threads race, 8 unless set.
    #[must_use]
    pub const fn threads(mut self, count: usize) -> Self {
        self.threads = count;
        self
    }

    /// Sets how many rounds [`single_use`](Self::single_use) has for each kind of code, 100 unless set.
    #[must_use]
    pub const fn rounds(mut self, count: u64) -> Self {
        self.rounds = count;
        self
    }

    /// As [`ProcessRace::single_use`]. `open` gives another handle on the same place at each call.
    ///
    /// # Panics
    ///
    /// As there.
    pub async fn single_use<S: UserStore>(&self, open: impl Fn() -> S + Sync) {
        let keys = draw_keys();
        rounds::single_use(&arena(open(), &keys), &self.field(&|| start_thread(open(), &keys))).await;
    }

    /// As [`ProcessRace::guesses`]. `open` gives another handle on the same place at each call.
    ///
    /// # Panics
    ///
    /// As there.
    pub async fn guesses<S: UserStore>(&self, open: impl Fn() -> S + Sync) {
        let keys = draw_keys();
        rounds::guesses(&arena(open(), &keys), &self.field(&|| start_thread(open(), &keys))).await;
    }

    fn field<'f>(&self, start: &'f (dyn Fn() -> Contestant + Sync)) -> Field<'f> {
        Field { contestants: self.threads, rounds: self.rounds, name: "between threads", start }
    }
}

impl Default for ThreadRace {
    fn default() -> Self {
        Self::new()
    }
}

fn start_thread<S: UserStore>(store: S, keys: &str) -> Contestant {
    let keys = ring(keys);
    Contestant::thread(move |line| wait_for(contestant::contest(store, keys, line)))
}

fn arena<S: UserStore>(store: S, keys: &str) -> Arena {
    Arena::new(store, ring(keys))
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn draw_keys() -> String {
    KeyRing::generate().unwrap_or_else(|error| panic!("{error}")).to_text().to_string()
}

#[allow(clippy::panic, reason = "a test kit fails by panicking")]
fn ring(text: &str) -> KeyRing {
    KeyRing::from_text(text).unwrap_or_else(|error| panic!("{error}"))
}
