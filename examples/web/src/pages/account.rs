//! Registering, and signing out.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    browser::Browser,
    form::Form,
    glue::{App, Me},
    pages::render,
    passwords::SHORTEST,
    problem::Problem,
    view::View,
};

#[derive(Template)]
#[template(path = "register.html")]
struct Register {
    view: View,
    email: String,
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
pub(crate) struct RegisterForm {
    email: String,
    password: String,
}

pub(crate) async fn register_page(view: View, me: Option<Extension<Me>>) -> Result<Response, Problem> {
    match me {
        Some(_) => Ok(Redirect::to("/").into_response()),
        None => render(StatusCode::OK, &Register { view, email: String::new(), problem: None }),
    }
}

/// Adds the user, who then signs in. (That an address is taken shows here; a service with mail would tell its owner instead.)
pub(crate) async fn register(
    State(app): State<App>,
    view: View,
    Form(form): Form<RegisterForm>,
) -> Result<Response, Problem> {
    let email = form.email.trim();
    let problem = if !is_address(email) {
        "That is not an e-mail address."
    } else if form.password.chars().count() < SHORTEST {
        "The password is too short."
    } else if app.db.add_user(email, &app.passwords.hash(form.password).await?).await? {
        return Ok(Redirect::to("/sign-in?registered=1").into_response());
    } else {
        "That address has an account already."
    };
    let page = Register { view, email: form.email, problem: Some(problem) };
    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The session ends first: whatever fails after that, nobody stays signed in.
pub(crate) async fn sign_out(
    State(app): State<App>,
    me: Option<Extension<Me>>,
    browser: Browser,
) -> Result<Redirect, Problem> {
    browser.session.flush().await?;
    browser.forget_token();
    if let Some(Extension(me)) = me {
        let account = me.user.account();
        app.second_factor.sign_out(&account, browser.device(&account).as_deref()).await?;
    }
    Ok(Redirect::to("/"))
}

/// Enough for a demonstration. A colon is refused because it parts issuer and account in set-up URIs.
fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == ':';
    text.len() <= 254
        && !text.contains(odd)
        && text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
}
