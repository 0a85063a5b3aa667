//! Single sign-on, the service's side: the browser is sent to the identity provider, and comes back with what that says of the person.
//!
//! The provider answers for its own second factor, so the policy of the company does not apply ([`FirstFactor::Sso`]). Who signs in like
//! that has no password here: a password can never be exempt.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Clock, FirstFactor, SystemClock};
use serde::Deserialize;

use crate::{
    assertion::Assertion,
    browser::Browser,
    form::Form,
    glue::App,
    handout,
    pages::{identity_provider, sign_in},
    problem::Problem,
};

/// Sends the browser to the provider. The answer has to name this request, so nobody is signed in by another's.
pub(crate) async fn begin(State(app): State<App>, browser: Browser) -> Result<Redirect, Problem> {
    if !app.demo {
        return Err(Problem::NotFound);
    }
    let request = handout::draw::<16>()?;
    browser.keep_sso_request(&request);
    Ok(Redirect::to(&format!("{}?request={request}", identity_provider::PAGE)))
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    assertion: String,
}

pub(crate) async fn answer(
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<Answer>,
) -> Result<Response, Problem> {
    let request = browser.sso_request().filter(|_| app.demo).ok_or(Problem::StepIsOver)?;
    browser.forget_sso_request();
    let now = SystemClock.now();
    let key = identity_provider::key(&app).await?;
    let assertion = Assertion::read(&form.assertion, &key, &request, now).ok_or(Problem::StepIsOver)?;
    if !app.db.take_assertion(&assertion.id, assertion.expires_at, now).await? {
        tracing::warn!(target: "audit", subject = assertion.subject, "an assertion came a second time");
        return Err(Problem::StepIsOver);
    }
    let user = app.db.user_by_subject(&assertion.subject).await?.ok_or(Problem::StepIsOver)?;
    tracing::info!(target: "audit", user = user.id, "came through single sign-on");
    let first = FirstFactor::Sso { second_factor_done: false };
    let to = sign_in::proceed(&app, &browser, &user, first).await?;
    Ok(Redirect::to(to).into_response())
}
