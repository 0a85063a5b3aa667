//! A small service that embeds `second-factor`: companies, their people, sessions, and a second factor for the sign-in.
//!
//! [`glue`] is the file to copy, and [`records`] shows the three databases; the rest is what a service has anyway.

mod assertion;
mod assets;
mod audit;
mod browser;
mod config;
mod db;
mod deletion;
mod demo;
mod form;
mod glue;
mod handout;
mod keys;
mod log;
mod mask;
mod messages;
mod pages;
mod passwords;
mod private;
mod problem;
mod records;
mod same_origin;
mod serve;
mod sessions;
mod start;
mod user_agent;
mod view;
mod web;
mod when;
mod words;

use std::process::ExitCode;

#[tokio::main]
#[allow(clippy::print_stderr, reason = "there is no log yet to say it in")]
async fn main() -> ExitCode {
    if let Err(error) = log::start() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    match start::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("did not start, or had to stop: {}", problem::with_causes(&error));
            ExitCode::FAILURE
        }
    }
}
