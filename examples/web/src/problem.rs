//! What a handler can run into, and the page that a person sees then.

use askama::Template;
use axum::{
    extract::rejection::{FormRejection, QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{BoxError, Error, NotAllowed};

use crate::{messages::SUPPORT, pages, view::View};

#[derive(Debug)]
pub(crate) enum Problem {
    /// Nobody is signed in.
    SignInFirst,
    /// A token or form has had its time, or belongs to somebody else.
    StepIsOver,
    /// A form that does not come from one of our pages.
    ForeignForm,
    /// A form that lacks something, or is far too long.
    BadForm,
    NotFound,
    NotAllowed(NotAllowed),
    /// The store of records cannot answer. Never a reason to let anybody in.
    Unavailable(BoxError),
    Broken(BoxError),
}

/// By whose move it is. A code that was refused is answered where it was typed; here it means a token that is no longer good.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => {
                tracing::info!(reason = ?rejection.reason(), "refused");
                Self::StepIsOver
            }
            Error::NotAllowed(rule) => Self::NotAllowed(rule),
            Error::Unavailable(error) => Self::Unavailable(error.into()),
        }
    }
}

impl From<FormRejection> for Problem {
    fn from(rejection: FormRejection) -> Self {
        tracing::info!(%rejection, "a form cannot be read");
        Self::BadForm
    }
}

/// An address that no page of ours leads to.
impl From<QueryRejection> for Problem {
    fn from(_: QueryRejection) -> Self {
        Self::NotFound
    }
}

macro_rules! broken {
    ($($error:ty),*) => { $(impl From<$error> for Problem {
        fn from(error: $error) -> Self {
            Self::Broken(error.into())
        }
    })* };
}
broken!(sqlx::Error, tower_sessions::session::Error, askama::Error, argon2::password_hash::Error, BoxError);

/// What the person sees of it. It travels with the response as far as the frame of the site, which knows their language.
#[derive(Clone, Copy)]
pub(crate) struct Explanation {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
}

impl Explanation {
    pub(crate) fn page(self, view: View) -> Response {
        let page =
            Page { title: view.say(self.title), text: view.with("support", SUPPORT).say(self.text), view };
        pages::render(self.status, &page).unwrap_or_else(|_| self.status.into_response())
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    view: View,
    title: String,
    text: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::SignInFirst => return Redirect::to("/sign-in").into_response(),
            Self::StepIsOver => (StatusCode::UNPROCESSABLE_ENTITY, "common-over-title", "common-over-text"),
            Self::ForeignForm => {
                tracing::warn!("a form from elsewhere was refused");
                (StatusCode::FORBIDDEN, "common-foreign-title", "common-foreign-text")
            }
            Self::BadForm => (StatusCode::BAD_REQUEST, "common-bad-form-title", "common-bad-form-text"),
            Self::NotFound => (StatusCode::NOT_FOUND, "common-not-found-title", "common-not-found-text"),
            Self::NotAllowed(rule) => (StatusCode::FORBIDDEN, "common-not-allowed-title", why_not(rule)),
            Self::Unavailable(error) => {
                log(&error);
                (StatusCode::SERVICE_UNAVAILABLE, "common-unavailable-title", "common-unavailable-text")
            }
            Self::Broken(error) => {
                log(&error);
                (StatusCode::INTERNAL_SERVER_ERROR, "common-broken-title", "common-broken-text")
            }
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Explanation { status, title, text });
        response
    }
}

const fn why_not(rule: NotAllowed) -> &'static str {
    match rule {
        NotAllowed::Required => "common-required",
        NotAllowed::NeedsProof => "common-needs-proof",
        NotAllowed::NeedsTicket => "common-needs-ticket",
        NotAllowed::NotEnrolled => "common-not-enrolled",
        NotAllowed::FactorOff => "common-factor-off",
        NotAllowed::NoFactor => "common-no-factor",
        NotAllowed::Limit => "common-limit",
        NotAllowed::LastAuthenticator => "common-last-authenticator",
        NotAllowed::ViewingOff => "common-viewing-off",
        NotAllowed::OwnReset => "common-own-reset",
        NotAllowed::InvalidReason => "common-invalid-reason",
        NotAllowed::InvalidName => "common-invalid-name",
        NotAllowed::StalePreview => "common-stale-preview",
        _ => "common-not-allowed-text",
    }
}

pub(crate) fn log(error: &BoxError) {
    tracing::error!(error = with_causes(error), "a request failed");
}

/// The error with all its causes.
pub(crate) fn with_causes(error: &BoxError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
