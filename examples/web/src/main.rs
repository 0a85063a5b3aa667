//! A small service that embeds `second-factor`: accounts, sessions, and a second factor for the sign-in.
//!
//! [`glue`] is the file to copy, and [`records`] shows the three databases; the rest is what a service has anyway.

mod assets;
mod browser;
mod config;
mod db;
mod form;
mod glue;
mod keys;
mod mask;
mod messages;
mod pages;
mod passwords;
mod problem;
mod records;
mod same_origin;
mod sessions;
mod user_agent;
mod view;
mod web;
mod when;
mod words;

use std::{fs, io, process::ExitCode};

use second_factor::{BoxError, TenantId};
use tokio::net::TcpListener;

use crate::records::Records;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            problem::log(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), BoxError> {
    let config = config::Config::from_env()?;
    fs::create_dir_all(&config.data)?;

    let db = db::Db::open(&config.data.join("web.sqlite")).await?;
    let records = Records::open(&config.records, db.pool()).await?;
    let sealed = records.hold_any(&TenantId::new(glue::TENANT)).await?;
    let keys = keys::open(&config.data.join("second-factor.keys"), sealed, db.key_check().await?.as_deref())?;
    db.save_key_check(&keys.check_value()).await?;
    let messages = messages::Messages::open(&db, &config.data.join("outbox"))?;
    db.save_policy(&config.policy(db.policy().await?)).await?;
    let second_factor = glue::verifier(&records, messages, keys)?;
    let app = glue::App {
        administration: records.administration(&second_factor),
        second_factor,
        passwords: passwords::Passwords::new()?,
        secure_cookies: config.secure_cookies,
        db,
    };

    app.deliver_waiting().await?;
    web::serve(TcpListener::bind(config.bind).await?, app).await?;
    Ok(())
}
