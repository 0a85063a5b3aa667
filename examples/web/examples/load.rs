//! How many people can sign in a second? Full sign-ins over HTTP: the password, the page for the code, the code, and a page that
//! only a session opens; beside it, how many passwords the machine can check at all.
//!
//! ```text
//! cargo run --release -p second-factor-web --example load        # 64 connections for 30 seconds
//! cargo run --release -p second-factor-web --example load -- 16 60
//! ```
//!
//! The service is a process of its own on SQLite, and runs on the same machine as this program. An authenticator's code is accepted once,
//! so each sign-in is that of another user. It fails unless every one of them succeeds.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../tests/support"]
mod support {
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod service;
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod visitor;
}
use std::{
    env, fs,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use second_factor::{
    Actor, Clock, Import, KeyRing, Outbox, Policy, Requirement, SystemClock, UnixTime, UserKey, Verifier,
    primitives::{secret::Secret, totp::Totp},
};
use second_factor_sqlx::SqliteStore;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};
use support::{
    service::{self, Service, fresh_folder},
    visitor::{Answer, Visitor},
};

const PASSWORD: &str = "correct horse battery";
const COMPANY: &str = "load";

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse().ok().filter(|n| *n > 0));
    let (connections, seconds) = (arguments.next().unwrap_or(Some(64)), arguments.next().unwrap_or(Some(30)));
    let (Some(connections), Some(seconds)) = (connections, seconds) else {
        eprintln!("usage: load [how many connections [how many seconds]]");
        return ExitCode::FAILURE;
    };
    if !service::build("load") {
        eprintln!("The service could not be built.");
        return ExitCode::FAILURE;
    }
    if cfg!(debug_assertions) {
        println!("This is not the release build: its figures say little.");
    }
    if run(connections, seconds).await == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The passwords alone and the sign-ins take turns, so that what else the machine does slows both alike.
const TURNS: usize = 3;

/// How many sign-ins failed.
pub async fn run(connections: usize, seconds: usize) -> usize {
    let cores = thread::available_parallelism().unwrap().get();
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let data = fresh_folder(&format!("load-{}", std::process::id()));
    let service = Service::start_in(&data, &[]);
    // The service checks no more passwords than that, so this many sign-ins take about the time that was asked for.
    let mut passwords = Passwords::default();
    passwords.check(&hash, cores);
    let many = (passwords.a_second() * seconds as f64).ceil() as usize + TURNS * connections;
    let mut people = seed(&data, &hash, many).await;
    println!("{} people, each with an authenticator; {connections} connections", people.len());

    passwords = Passwords::default();
    let (turn, mut done) = (people.len().div_ceil(TURNS), Done::default());
    while !people.is_empty() {
        passwords.check(&hash, cores);
        let next = people.drain(..turn.min(people.len())).collect();
        done.add(sign_all_in(&service.address, next, connections).await);
    }
    passwords.check(&hash, cores);
    println!("passwords alone   {:.1} a second, on {cores} cores at once", passwords.a_second());
    done.print(passwords.a_second());
    drop(service);
    fs::remove_dir_all(&data).unwrap();
    done.errors.len()
}

/// What nothing that checks these passwords can exceed: the same hash, with the same parameters, on as many threads as the service uses.
#[derive(Default)]
struct Passwords {
    checked: usize,
    took: Duration,
}

impl Passwords {
    /// For four seconds.
    fn check(&mut self, hash: &str, threads: usize) {
        let (checked, begun) = (AtomicUsize::new(0), Instant::now());
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let expected = PasswordHash::new(hash).unwrap();
                    while begun.elapsed() < Duration::from_secs(4) {
                        Argon2::default().verify_password(PASSWORD.as_bytes(), &expected).unwrap();
                        checked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        self.checked += checked.into_inner();
        self.took += begun.elapsed();
    }

    fn a_second(&self) -> f64 {
        self.checked as f64 / self.took.as_secs_f64()
    }
}

/// Somebody with a phone.
struct Person {
    email: String,
    secret: [u8; 20],
}

impl Person {
    /// The code that the phone shows now.
    fn code(&self) -> String {
        let totp = Totp::new();
        let step = totp.step_at(SystemClock.now()).unwrap();
        totp.key(&Secret::from_bytes(&self.secret).unwrap()).code_in(step).reveal()
    }
}

/// A clock that is behind: an authenticator that is taken over is not asked for a while, as its last code may have been used before.
struct FiveMinutesAgo;

impl Clock for FiveMinutesAgo {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(SystemClock.now().seconds() - 300)
    }
}

/// Puts a company of so many people beside the running service, in its own database and under its own keys.
async fn seed(data: &Path, hash: &str, many: usize) -> Vec<Person> {
    let file = SqliteConnectOptions::new().filename(data.join("web.sqlite"));
    // The service itself waits for the disk with each commit; what is made up here need not survive the machine.
    let file = file.busy_timeout(Duration::from_secs(30)).synchronous(SqliteSynchronous::Off);
    let pool = SqlitePool::connect_with(file).await.unwrap();
    let keys =
        KeyRing::from_text(fs::read_to_string(data.join("second-factor.keys")).unwrap().trim()).unwrap();
    let verifier = Verifier::builder(SqliteStore::new(pool.clone()), Outbox::new(), keys)
        .issuer("Lighthouse")
        .clock(FiveMinutesAgo)
        .build()
        .unwrap();

    let policy = serde_json::to_string(&Policy::new(Requirement::Optional)).unwrap();
    let company = sqlx::query("INSERT INTO companies (id, name, policy) VALUES (?, 'Load', ?)");
    company.bind(COMPANY).bind(policy).execute(&pool).await.unwrap();
    let mut people = Vec::new();
    for n in 0..many {
        let person = Person { email: format!("person-{n}@example.com"), secret: secret_of(n) };
        let user: i64 = sqlx::query_scalar(
            "INSERT INTO users (company_id, email, language, is_administrator, password_hash, terms_accepted, has_second_factor) \
             VALUES (?, ?, 'en', 0, ?, 1000, 1) RETURNING id",
        )
        .bind(COMPANY)
        .bind(&person.email)
        .bind(hash)
        .fetch_one(&pool)
        .await
        .unwrap();
        let import = Import::from_secret(Secret::from_bytes(&person.secret).unwrap(), Totp::new());
        let key = UserKey::new(COMPANY, user.to_string());
        verifier.import(&key, import, &Actor::Operator("load".into())).await.unwrap();
        people.push(person);
    }
    pool.close().await;
    people
}

/// One for each, and no secret: nobody signs in with these but this program.
fn secret_of(n: usize) -> [u8; 20] {
    let mut secret = [7; 20];
    secret[..8].copy_from_slice(&(n as u64 ^ 0x9e37_79b9_7f4a_7c15).to_le_bytes());
    secret
}

/// What came of it.
#[derive(Default)]
struct Done {
    /// From the first page to the one behind the sign-in.
    whole: Vec<Duration>,
    /// From the code to the answer to it.
    code: Vec<Duration>,
    errors: Vec<String>,
    took: Duration,
}

async fn sign_all_in(address: &str, people: Vec<Person>, connections: usize) -> Done {
    let (people, next) = (Arc::new(people), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..connections {
        let (people, next) = (Arc::clone(&people), Arc::clone(&next));
        let mut browser = Visitor::of(address);
        workers.push(tokio::spawn(async move {
            let mut done = Done::default();
            while let Some(person) = people.get(next.fetch_add(1, Ordering::Relaxed)) {
                // Another person at the same keyboard.
                browser.cookies.clear();
                let begun = Instant::now();
                match sign_in(&mut browser, person).await {
                    Ok(code) => {
                        done.whole.push(begun.elapsed());
                        done.code.push(code);
                    }
                    Err(error) => done.errors.push(format!("{}: {error}", person.email)),
                }
            }
            done
        }));
    }
    let mut all = Done::default();
    for worker in workers {
        all.add(worker.await.unwrap());
    }
    Done { took: begun.elapsed(), ..all }
}

/// As a browser does it. How long the answer to the code took.
async fn sign_in(browser: &mut Visitor, person: &Person) -> Result<Duration, String> {
    expect(browser.get("/sign-in").await, 200, "")?;
    let password = [("email", person.email.as_str()), ("password", PASSWORD)];
    expect(browser.post("/sign-in", &password).await, 303, "/sign-in/code")?;
    expect(browser.get("/sign-in/code").await, 200, "")?;
    let begun = Instant::now();
    expect(browser.post("/sign-in/code", &[("code", &person.code())]).await, 303, "/")?;
    let took = begun.elapsed();
    let page = browser.get("/").await;
    if page.body.contains(&person.email) { Ok(took) } else { Err(format!("no session: {}", page.status)) }
}

fn expect(answer: Answer, status: u16, leads_to: &str) -> Result<(), String> {
    if answer.status == status && answer.header("location") == leads_to {
        return Ok(());
    }
    Err(format!("{} to {:?}: {}", answer.status, answer.header("location"), answer.body))
}

impl Done {
    fn add(&mut self, more: Self) {
        self.whole.extend(more.whole);
        self.code.extend(more.code);
        self.errors.extend(more.errors);
        self.took += more.took;
    }

    fn print(&self, limit: f64) {
        let rate = self.whole.len() as f64 / self.took.as_secs_f64();
        println!(
            "sign-ins          {rate:.1} a second: {} in {:.1} s, {:.0} % of what the passwords alone allow",
            self.whole.len(),
            self.took.as_secs_f64(),
            100.0 * rate / limit
        );
        println!("a whole sign-in   {}", percentiles(&self.whole));
        println!("the code's answer {}", percentiles(&self.code));
        println!("errors            {}", self.errors.len());
        for error in self.errors.iter().take(5) {
            println!("  {error}");
        }
    }
}

fn percentiles(times: &[Duration]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at =
        |share: usize| sorted.get(sorted.len() * share / 100).map_or(0.0, |it| it.as_secs_f64() * 1000.0);
    format!("p50 {:.0} ms, p99 {:.0} ms", at(50), at(99))
}
