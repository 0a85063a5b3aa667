//! The settings of whoever is signed in.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Account, Action, Authority, Clock, Error, NewAuthenticator, SystemClock, Token};
use serde::Deserialize;

use crate::{
    browser::Browser,
    glue::{App, Me},
    pages::{CodeNotice, render, render_code_form},
    problem::Problem,
    when,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    signed_in: bool,
    email: String,
    on: bool,
    must_enroll: bool,
    enroll_by: Option<String>,
    held_back: Option<String>,
    authenticators: Vec<Line>,
    messages: Vec<(String, String)>,
}

struct Line {
    name: String,
    added: String,
    last_used: String,
}

#[derive(Template)]
#[template(path = "add.html")]
struct AddPage<'a> {
    signed_in: bool,
    token: &'a str,
    name: &'a str,
    notice: Option<CodeNotice>,
}

#[derive(Deserialize)]
pub(crate) struct AddForm {
    token: String,
    name: String,
    code: String,
}

/// Where the new authenticator is shown and confirmed.
const CONFIRM: &str = "/settings/two-factor/confirm";

pub(crate) async fn page(State(app): State<App>, me: Me) -> Result<Response, Problem> {
    let status = app.second_factor.status(&app.account(&me.user), None).await?;
    let messages = app.db.messages(me.user.id).await?;
    let now = SystemClock.now();
    let page = SettingsPage {
        signed_in: true,
        on: status.is_on(),
        must_enroll: me.must_enroll,
        enroll_by: me.enroll_by.map(when::date),
        held_back: status.locked_until().filter(|until| *until > now).map(|until| when::wait(now, until)),
        authenticators: status.authenticators().iter().map(line).collect(),
        messages: messages.into_iter().map(|m| (when::date(m.at), m.text)).collect(),
        email: me.user.email,
    };
    render(StatusCode::OK, &page)
}

fn line(authenticator: &second_factor::Authenticator) -> Line {
    Line {
        name: authenticator.name.clone(),
        added: when::date(authenticator.added_at),
        last_used: when::date(authenticator.last_used_at),
    }
}

/// A further authenticator: an open session is not enough, the second factor is asked for again.
pub(crate) async fn add_page(State(app): State<App>, me: Me) -> Result<Response, Problem> {
    ask_again(&app, &app.account(&me.user), "", None).await
}

/// The proof is spent in the request that earned it; it never leaves the server.
pub(crate) async fn add(
    State(app): State<App>,
    me: Me,
    browser: Browser,
    Form(form): Form<AddForm>,
) -> Result<Response, Problem> {
    let account = app.account(&me.user);
    let new = NewAuthenticator::new(&me.user.email).named(&form.name);
    // Before the code is spent on a name that would be refused.
    new.check().map_err(Problem::NotAllowed)?;
    match app.second_factor.step_up(&account, &Token::from(form.token), &form.code).await {
        Ok(proof) => {
            let enrollment = app.second_factor.enroll(&account, Authority::StepUp(&proof), &new).await?;
            browser.keep_token(enrollment.token());
            Ok(Redirect::to(CONFIRM).into_response())
        }
        Err(Error::Rejected(again)) if again.already_completed() => Ok(Redirect::to(CONFIRM).into_response()),
        Err(Error::Rejected(rejection)) => {
            ask_again(&app, &account, &form.name, Some(CodeNotice::refused(&rejection))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_again(
    app: &App,
    account: &Account,
    name: &str,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    let challenge = app.second_factor.begin_step_up(account, &Action::AddAuthenticator, None).await?;
    let notice = notice.or_else(|| CodeNotice::held_back(&challenge));
    let page = AddPage { signed_in: true, token: challenge.token().as_str(), name, notice };
    render_code_form(&page, page.notice.as_ref())
}
