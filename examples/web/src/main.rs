//! A small service that embeds `second-factor`: companies, their people, sessions, and a second factor for the sign-in.
//!
//! [`glue`] is the file to copy, and [`records`] shows the three databases; the rest is what a service has anyway.

mod assets;
mod audit;
mod browser;
mod config;
mod db;
mod form;
mod glue;
mod handout;
mod keys;
mod mask;
mod messages;
mod pages;
mod passwords;
mod private;
mod problem;
mod records;
mod same_origin;
mod sessions;
mod start;
mod user_agent;
mod view;
mod web;
mod when;
mod words;

use std::{io, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match start::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            problem::log(&error);
            ExitCode::FAILURE
        }
    }
}
