//! The file, the user, the phone and the processes.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use second_factor::{
    Account, Authority, Error, KeyRing, NewAuthenticator, Outbox, Policy, Requirement, Result, SignedIn,
    UnixTime, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};
use second_factor_sqlx::SqliteStore;
use tempfile::TempDir;

use super::child::{FILE, KIND, Kind, MARK, begin};

/// Seconds between two rounds: a step, and the days in which the throttle forgets the replays of a round.
const BETWEEN_ROUNDS: u64 = 4 * 24 * 60 * 60 + 30;
const START: u64 = 1_760_000_000;

pub fn account() -> Account {
    Account::new(UserKey::new("acme", "42"), b"stamp", &Policy::new(Requirement::Optional))
        .known_enrolled(true)
}

pub fn verifier(store: impl UserStore, clock: &ManualClock) -> Verifier {
    let keys = KeyRing::from_text("sfk1:00c0ffee.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    Verifier::builder(store, Outbox::new(), keys).issuer("Acme").clock(clock.clone()).build().unwrap()
}

/// What came of a `verify`, in a few words.
pub fn outcome(result: Result<SignedIn>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(Error::Rejected(rejection)) => format!("refused {:?}", rejection.reason()),
        Err(error) => format!("error {error}: {:?}", std::error::Error::source(&error)),
    }
}

/// A file in which one user has an authenticator.
pub struct Arena {
    directory: TempDir,
    clock: ManualClock,
    verifier: Verifier,
    phone: Phone,
}

impl Arena {
    pub async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = SqliteStore::open(directory.path().join("records.db")).await.unwrap();
        store.migrate().await.unwrap();
        let clock = ManualClock::new(UnixTime::from_seconds(START));
        let verifier = verifier(store, &clock);
        let new_user = account().known_enrolled(false);
        let enrollment =
            verifier.enroll(&new_user, Authority::OpenSession, &NewAuthenticator::new("ann")).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let first = phone.code_at(UnixTime::from_seconds(START));
        let enrolled = verifier.confirm(&new_user, enrollment.token(), &first).await.unwrap();
        assert!(enrolled.signed_in.assurance().is_second_factor());
        Self { directory, clock, verifier, phone }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("records.db")
    }

    pub fn time(&self, round: u64) -> UnixTime {
        UnixTime::from_seconds(START + (round + 1) * BETWEEN_ROUNDS)
    }

    pub fn code(&self, round: u64) -> String {
        self.phone.code_at(self.time(round))
    }

    /// A challenge of this process, for others to answer.
    pub async fn challenge(&self, round: u64) -> String {
        self.clock.set(self.time(round));
        begin(&self.verifier).await.as_str().to_owned()
    }

    /// Tries the code of a round in this process.
    pub async fn verify(&self, round: u64) -> String {
        self.clock.set(self.time(round));
        let token = begin(&self.verifier).await;
        outcome(self.verifier.verify(&account(), &token, &self.code(round), None).await)
    }

    pub fn process(&self, kind: Kind) -> Process {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "child::process", "--nocapture", "--test-threads=1"])
            .env(FILE, self.file())
            .env(KIND, format!("{kind:?}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Process { child, input, output }
    }
}

/// Another process, killed when it is dropped.
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub fn prepare(&mut self, now: UnixTime, token: Option<&str>, code: &str) {
        self.say(&format!("try {} {} {code}", now.seconds(), token.unwrap_or("-")));
    }

    pub fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Its next answer.
    pub fn hear(&mut self) -> String {
        self.listen().expect("the process has ended")
    }

    /// Ends it as a power failure would (`SIGKILL`). Its last answer, if it had given one that was not heard yet.
    pub fn kill(&mut self) -> Option<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.listen()
    }

    fn listen(&mut self) -> Option<String> {
        self.output.by_ref().lines().map_while(std::result::Result::ok).find_map(|line| {
            // The harness writes the beginning of a line before it runs the test.
            line.split_once(MARK).map(|(_, said)| said.to_owned())
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}
