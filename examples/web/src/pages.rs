//! The pages: a file of short handlers for each part of the site, each with its templates.

pub(crate) mod account;
pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod backup_codes;
pub(crate) mod code;
pub(crate) mod contact;
pub(crate) mod enroll;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod identity_provider;
pub(crate) mod invitations;
pub(crate) mod language;
pub(crate) mod member;
pub(crate) mod members;
pub(crate) mod outbox;
pub(crate) mod password;
pub(crate) mod policy;
pub(crate) mod prove;
pub(crate) mod safety;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod sso;
pub(crate) mod step_up;
pub(crate) mod terms;

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use second_factor::{Challenge, Clock, Rejection, SystemClock, UnixTime};
use serde::Deserialize;

use crate::{problem::Problem, when, words::Words};

/// A form with nothing but a code.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    pub(crate) code: String,
}

/// What a page with a code field says: that a code was refused (one sentence whatever the reason), when to try again, and, at a set-up
/// alone, that the phone's clock seems to be wrong.
pub(crate) struct CodeNotice {
    refused: bool,
    wait: Option<String>,
    seconds: u64,
    clock: Option<String>,
}

impl CodeNotice {
    pub(crate) fn refused(words: Words, rejection: &Rejection) -> Self {
        tracing::info!(reason = ?rejection.reason(), "a code was refused");
        let clock = rejection.clock_hint().map(|fast| when::clock(words, fast));
        Self { clock, ..Self::new(words, true, rejection.retry_at()) }
    }

    /// For the page that is opened while attempts are held back.
    pub(crate) fn held_back(words: Words, challenge: &Challenge) -> Option<Self> {
        challenge.retry_at().map(|at| Self::new(words, false, Some(at)))
    }

    fn new(words: Words, refused: bool, retry_at: Option<UnixTime>) -> Self {
        let now = SystemClock.now();
        let seconds = retry_at.map_or(0, |at| at.since(now));
        Self { refused, wait: retry_at.map(|at| when::wait(words, now, at)), seconds, clock: None }
    }
}

/// The page, as it is sent.
pub(crate) fn render(status: StatusCode, page: &impl Template) -> Result<Response, Problem> {
    Ok((status, Html(page.render()?)).into_response())
}

/// A page with a code field.
pub(crate) fn render_code_form(
    page: &impl Template,
    notice: Option<&CodeNotice>,
) -> Result<Response, Problem> {
    match notice {
        Some(CodeNotice { refused: true, wait: Some(_), seconds, .. }) => {
            let mut response = render(StatusCode::TOO_MANY_REQUESTS, page)?;
            response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
            Ok(response)
        }
        Some(CodeNotice { refused: true, .. }) => render(StatusCode::UNPROCESSABLE_ENTITY, page),
        _ => render(StatusCode::OK, page),
    }
}
