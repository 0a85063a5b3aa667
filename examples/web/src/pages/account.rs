//! Registering a company, and signing out.

use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    browser::Browser,
    db::NewUser,
    glue::{App, Arrived, Me},
    handout,
    pages::{render, terms},
    passwords::SHORTEST,
    problem::Problem,
};

#[derive(Template, Default)]
#[template(path = "register.html")]
struct Register {
    signed_in: bool,
    email: String,
    company: String,
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
pub(crate) struct RegisterForm {
    email: String,
    password: String,
    #[serde(default)]
    company: String,
}

pub(crate) async fn register_page(me: Option<Extension<Me>>) -> Result<Response, Problem> {
    match me {
        Some(_) => Ok(Redirect::to("/").into_response()),
        None => render(StatusCode::OK, &Register::default()),
    }
}

/// Adds the company and its first administrator, who then signs in; the others are invited. (That an address is taken shows here; a
/// service with mail would tell its owner instead.)
pub(crate) async fn register(
    State(app): State<App>,
    Form(form): Form<RegisterForm>,
) -> Result<Response, Problem> {
    let email = form.email.trim();
    let problem = if !is_address(email) {
        "That is not an e-mail address."
    } else if form.company.chars().count() > LONGEST_NAME {
        "The company’s name is too long."
    } else if form.password.chars().count() < SHORTEST {
        "The password is too short."
    } else if add_company(&app, email, &form.company, form.password).await? {
        return Ok(Redirect::to("/sign-in?registered=1").into_response());
    } else {
        "That address has an account already."
    };
    let page = Register { signed_in: false, email: form.email, company: form.company, problem: Some(problem) };
    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// How long the name of a company may be, in characters.
pub(crate) const LONGEST_NAME: usize = 64;

/// A company without a name is called after the address of its first user. `false` if that is taken.
async fn add_company(app: &App, email: &str, name: &str, password: String) -> Result<bool, Problem> {
    let after_address = email.split_once('@').map_or(email, |(_, domain)| domain);
    let name = if name.trim().is_empty() { after_address } else { name.trim() };
    let hash = app.passwords.hash(password).await?;
    let first = NewUser {
        email,
        language: "en",
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
        app.second_factor.sign_out(&account, browser.device(&account).as_deref()).await?;
    }
    Ok(Redirect::to("/"))
}

/// Enough for a demonstration. A colon is refused because it parts issuer and account in set-up URIs.
pub(crate) fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == ':';
    text.len() <= 254
        && !text.contains(odd)
        && text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
}
