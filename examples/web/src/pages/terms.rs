//! The terms of the service: a step of its own between the sign-in and everything else.
//!
//! Whoever signs in has a session, and the [gate](crate::glue::gate) opens nothing to it but this page until the terms are accepted. That
//! is the user's state, read at each request, not the session's: a session that was copied, or opened elsewhere, has no more.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{Redirect, Response},
};

use crate::{
    glue::{App, Arrived},
    pages::render,
    problem::Problem,
    view::View,
};

/// Goes up with each new version, which everybody then has to accept before going on.
pub(crate) const VERSION: i64 = 1;
pub(crate) const PAGE: &str = "/terms";

/// What a session opens whose user has not accepted them. The backup codes were shown a moment ago, and will not be again.
pub(crate) fn may_open_before(path: &str) -> bool {
    [PAGE, "/settings/backup-codes/download"].contains(&path)
}

#[derive(Template)]
#[template(path = "terms.html")]
struct TermsPage {
    view: View,
    /// Whether there is something to accept: somebody is here who has not.
    asks: bool,
}

/// To read, for everybody.
pub(crate) async fn page(view: View, arrived: Option<Extension<Arrived>>) -> Result<Response, Problem> {
    let asks = arrived.is_some_and(|Extension(Arrived(user))| user.terms_accepted < VERSION);
    render(StatusCode::OK, &TermsPage { view, asks })
}

pub(crate) async fn accept(State(app): State<App>, Arrived(user): Arrived) -> Result<Redirect, Problem> {
    app.db.accept_terms(user.id, VERSION).await?;
    tracing::info!(target: "audit", user = user.id, version = VERSION, "accepted the terms");
    Ok(Redirect::to("/"))
}
