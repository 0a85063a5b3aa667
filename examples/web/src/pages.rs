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

/// What a page with a code field says: that a code was refused (one sentence whatever the reason), when to try again, how many tries are
/// left until then, and, at a set-up alone, that the phone's clock seems to be wrong.
pub(crate) struct CodeNotice {
    refused: bool,
    wait: Option<String>,
    seconds: u64,
    clock: Option<String>,
    tries: Option<String>,
}

impl CodeNotice {
    pub(crate) fn refused(words: Words, rejection: &Rejection) -> Self {
        tracing::info!(reason = ?rejection.reason(), "a code was refused");
        let clock = rejection.clock_hint().map(|fast| when::clock(words, fast));
        Self { clock, ..Self::new(words, true, rejection.retry_at()) }
    }

    /// Above the form of a challenge: of the code that was refused just now, with the tries that are left; or, where the page is opened while
    /// attempts are held back, of that.
    pub(crate) fn above(words: Words, refused: Option<Self>, challenge: &Challenge) -> Option<Self> {
        match refused {
            Some(refused) => Some(Self { tries: tries(words, challenge), ..refused }),
            None => challenge.retry_at().map(|at| Self::new(words, false, Some(at))),
        }
    }

    fn new(words: Words, refused: bool, retry_at: Option<UnixTime>) -> Self {
        let now = SystemClock.now();
        let seconds = retry_at.map_or(0, |at| at.since(now));
        let wait = retry_at.map(|at| when::wait(words, now, at));
        Self { refused, wait, seconds, clock: None, tries: None }
    }
}

/// How many tries are left: of the code that was sent, where those are fewer. While attempts are held back, the wait is all there is to say.
fn tries(words: Words, challenge: &Challenge) -> Option<String> {
    let left = challenge.tries_left().filter(|left| *left > 0)?;
    let sent = challenge.sent().map(|sent| u32::from(sent.tries_left)).filter(|sent| *sent < left);
    Some(match sent {
        Some(sent) => words.with("tries", sent).say("common-code-sent-tries"),
        None => words.with("tries", left).say("common-code-tries"),
    })
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
