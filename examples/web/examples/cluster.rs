//! One code, several processes of the service, one PostgreSQL: how many of them let the user in?
//!
//! ```text
//! cargo run -p second-factor-web --example cluster        # four processes
//! cargo run -p second-factor-web --example cluster -- 8
//! ```
//!
//! `DATABASE_URL` names the server, `postgres://postgres@127.0.0.1:5432/test` unless set. The records are in a table of their own, which is
//! dropped at the end. It fails unless each code let the user in exactly once.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../tests/support"]
mod support {
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod ann;
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod phone;
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod records;
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod service;
    #[allow(dead_code, reason = "a part of it is used")]
    pub mod visitor;
}
use std::{env, fs, path::Path, process::ExitCode, sync::Arc, thread};

use sqlx::{Connection, PgConnection};
use support::{
    ann::set_up,
    phone::Phone,
    records::Table,
    service::{self, Service, fresh_folder},
    visitor::{Answer, Visitor},
};
use tokio::sync::Barrier;

/// How many processes, unless it is said.
const PROCESSES: usize = 4;
const MOST: usize = 64;

/// Each round is another user, with a code of their own; so nobody's guesses are held back.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> ExitCode {
    let url =
        env::var("DATABASE_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".to_owned());
    let processes = env::args().nth(1).map_or(Ok(PROCESSES), |many| many.parse());
    let Some(processes) = processes.ok().filter(|many| (1..=MOST).contains(many)) else {
        eprintln!("usage: cluster [how many processes, 1 to {MOST}]");
        return ExitCode::FAILURE;
    };
    let server = match PgConnection::connect(&url).await {
        Ok(connection) => connection.close().await,
        Err(error) => Err(error),
    };
    if let Err(error) = server {
        eprintln!("There is no PostgreSQL to share: {error}. Name another one with DATABASE_URL.");
        return ExitCode::FAILURE;
    }
    if !service::build("cluster") {
        eprintln!("The service could not be built.");
        return ExitCode::FAILURE;
    }
    let accepted = run(&url, processes).await;
    if accepted.iter().all(|times| *times == 1) {
        println!(
            "\nEach of {ROUNDS} codes was sent to {processes} processes at once, and let the user in once."
        );
        return ExitCode::SUCCESS;
    }
    println!("\nWRONG: the codes let the user in {accepted:?} times.");
    ExitCode::FAILURE
}

/// Starts the processes, plays the rounds, and ends them again. How many times each code let somebody in.
pub async fn run(url: &str, processes: usize) -> Vec<usize> {
    let table = Table::of(url, "cluster").await;
    let data = fresh_folder(&table.name);
    let services = start(&data, url, &table.name, processes);
    for (n, service) in (1..).zip(&services) {
        println!("process {n}: {}", service.address);
    }
    let mut accepted = Vec::new();
    for round in 1..=ROUNDS {
        accepted.push(play(&services, round).await);
    }
    drop(services);
    table.drop().await;
    fs::remove_dir_all(&data).unwrap();
    accepted
}

/// All at once, also the very first time: they agree on one key file and one table.
fn start(data: &Path, url: &str, table: &str, processes: usize) -> Vec<Service> {
    let one = || Service::start_in(data, &[("DATABASE_URL", url), ("RECORDS_NAME", table)]);
    thread::scope(|scope| {
        let starting: Vec<_> = (0..processes).map(|_| scope.spawn(one)).collect();
        starting.into_iter().map(|process| process.join().unwrap()).collect()
    })
}

/// A user registers and sets up the app at one process. Then their next code goes to all processes at once: in a sign-in of its own at each of
/// them, or, in every other round, in one sign-in whose cookie all of them are shown.
async fn play(services: &[Service], round: usize) -> usize {
    let email = format!("user-{round}@example.com");
    let account = [("email", email.as_str()), ("password", "correct horse battery")];
    let mut phone = enroll(&services[round % services.len()], &account).await;
    let one_sign_in = round.is_multiple_of(2);

    let mut browsers = Vec::new();
    for service in services {
        let mut browser = Visitor::of(&service.address);
        match browsers.first() {
            Some(Visitor { cookies, .. }) if one_sign_in => browser.cookies.clone_from(cookies),
            _ => assert_eq!(browser.post("/sign-in", &account).await.leads_to(), "/sign-in/code"),
        }
        browsers.push(browser);
    }

    let code = phone.next_code().await;
    let kind = if one_sign_in { "in one sign-in" } else { "in a sign-in of its own at each" };
    println!("\nround {round}: the code {code}, to all at once, {kind}");
    let mut accepted = 0;
    for (n, (browser, answer)) in (1..).zip(all_at_once(browsers, &code).await) {
        // What counts is a session that the other processes know too.
        let inside = browser.cookies.contains_key("session");
        if inside {
            for service in services {
                let mut there = browser.clone();
                there.address.clone_from(&service.address);
                let page = there.get("/").await;
                assert!(page.body.contains(&email), "a session that {} does not know", service.address);
            }
            accepted += 1;
        }
        println!("  process {n}: {} {}", answer.status, said(&answer, inside));
    }
    accepted
}

async fn enroll(service: &Service, account: &[(&str, &str)]) -> Phone {
    let mut browser = Visitor::of(&service.address);
    assert_eq!(browser.post("/register", account).await.leads_to(), "/sign-in?registered=1");
    assert_eq!(browser.post("/sign-in", account).await.leads_to(), "/");
    set_up(&mut browser, "/settings/two-factor/enroll", "Phone").await.0
}

async fn all_at_once(browsers: Vec<Visitor>, code: &str) -> Vec<(Visitor, Answer)> {
    let ready = Arc::new(Barrier::new(browsers.len()));
    let sending = browsers.into_iter().map(|mut browser| {
        let (code, ready) = (code.to_owned(), ready.clone());
        tokio::spawn(async move {
            ready.wait().await;
            let answer = browser.post("/sign-in/code", &[("code", &code)]).await;
            (browser, answer)
        })
    });
    let sending: Vec<_> = sending.collect();
    let mut answers = Vec::new();
    for sent in sending {
        answers.push(sent.await.unwrap());
    }
    answers
}

fn said(answer: &Answer, inside: bool) -> String {
    match answer.status {
        303 if inside => "LET IN".to_owned(),
        303 => "nothing: this sign-in was completed elsewhere".to_owned(),
        422 | 429 => answer.between("<strong>", "</strong>").to_owned(),
        _ => answer.between("<h1>", "</h1>").to_owned(),
    }
}
