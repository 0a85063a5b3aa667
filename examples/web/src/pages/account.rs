//! Registering a company, and signing out.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use lettre::Address;
use serde::Deserialize;

use crate::{
    audit::ServiceEvent,
    browser::Browser,
    db::NewUser,
    form::Form,
    glue::{App, Arrived, Me},
    handout,
    pages::{render, terms},
    passwords::SHORTEST,
    problem::Problem,
    view::View,
};

#[derive(Template)]
#[template(path = "register.html")]
struct Register {
    view: View,
    email: String,
    company: String,
    /// The key of what is wrong.
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
pub(crate) struct RegisterForm {
    email: String,
    password: String,
    #[serde(default)]
    company: String,
}

pub(crate) async fn register_page(view: View, me: Option<Extension<Me>>) -> Result<Response, Problem> {
    match me {
        Some(_) => Ok(Redirect::to("/").into_response()),
        None => render(
            StatusCode::OK,
            &Register { view, email: String::new(), company: String::new(), problem: None },
        ),
    }
}

/// Adds the company and its first administrator, who then signs in; the others are invited. (That an address is taken shows here; a
/// service with mail would tell its owner instead.)
pub(crate) async fn register(
    State(app): State<App>,
    view: View,
    Form(form): Form<RegisterForm>,
) -> Result<Response, Problem> {
    let email = form.email.trim();
    let problem = if !is_address(email) {
        "people-no-address"
    } else if form.company.chars().count() > LONGEST_NAME {
        "people-long-name"
    } else if form.password.chars().count() < SHORTEST {
        "people-short-password"
    } else if add_company(&app, &view, email, &form.company, form.password).await? {
        return Ok(Redirect::to("/sign-in?registered=1").into_response());
    } else {
        "people-taken"
    };
    let page = Register { view, email: form.email, company: form.company, problem: Some(problem) };
    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// How long the name of a company may be, in characters.
pub(crate) const LONGEST_NAME: usize = 64;

/// A company without a name is called after the address of its first user. `false` if that is taken.
async fn add_company(
    app: &App,
    view: &View,
    email: &str,
    name: &str,
    password: String,
) -> Result<bool, Problem> {
    let after_address = email.split_once('@').map_or(email, |(_, domain)| domain);
    let name = if name.trim().is_empty() { after_address } else { name.trim() };
    let hash = app.passwords.hash(password).await?;
    let first = NewUser {
        email,
        language: view.words.language().tag(),
        is_administrator: true,
        password_hash: Some(&hash),
        terms_accepted: terms::VERSION,
    };
    Ok(app.db.add_company(&handout::draw::<8>()?, name, &app.new_company, &first).await?)
}

/// The session ends first: whatever fails after that, nobody stays signed in.
pub(crate) async fn sign_out(
    State(app): State<App>,
    signed_in: Option<Extension<Arrived>>,
    browser: Browser,
) -> Result<Redirect, Problem> {
    browser.session.flush().await?;
    browser.forget_token();
    if let Some(Extension(Arrived(user))) = signed_in {
        let account = user.account();
        app.audit.service(account.user(), None, ServiceEvent::SignedOut);
        app.second_factor.sign_out(&account, browser.device(&account).as_deref()).await?;
    }
    Ok(Redirect::to("/"))
}

/// Whether mail can be sent to it: to another the notices would wait for ever. A colon is refused because it parts issuer and account in
/// set-up URIs.
pub(crate) fn is_address(text: &str) -> bool {
    text.len() <= 254 && !text.contains(':') && text.parse::<Address>().is_ok()
}
