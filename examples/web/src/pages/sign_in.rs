//! Signing in: the password, then the code.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Error, FirstFactor, SignIn};
use serde::Deserialize;

use crate::{
    browser::Browser,
    glue::{App, Me},
    pages::{CodeForm, CodeNotice, render, render_code_form},
    problem::Problem,
};

#[derive(Template, Default)]
#[template(path = "sign_in.html")]
struct PasswordPage {
    signed_in: bool,
    registered: bool,
    email: String,
    refused: bool,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    notice: Option<CodeNotice>,
}

#[derive(Deserialize)]
pub(crate) struct Arrival {
    registered: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    email: String,
    password: String,
}

pub(crate) async fn page(
    me: Option<Extension<Me>>,
    Query(from): Query<Arrival>,
) -> Result<Response, Problem> {
    match me {
        Some(_) => Ok(Redirect::to("/").into_response()),
        None => {
            let page = PasswordPage { registered: from.registered.is_some(), ..PasswordPage::default() };
            render(StatusCode::OK, &page)
        }
    }
}

pub(crate) async fn password(
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let user = app.db.user_by_email(form.email.trim()).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(form.password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        let page = PasswordPage { email: form.email, refused: true, ..PasswordPage::default() };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };

    let to = match app.second_factor.begin(&app.account(&user), FirstFactor::Password, None).await? {
        SignIn::Open(signed_in) => {
            app.open_session(&browser, signed_in).await?;
            "/"
        }
        SignIn::Challenge(challenge) => {
            browser.keep_token(challenge.token());
            "/sign-in/code"
        }
        SignIn::Enroll(enroll) => {
            browser.keep_token(enroll.token());
            "/sign-in/enroll"
        }
    };
    Ok(Redirect::to(to).into_response())
}

pub(crate) async fn code_page(State(app): State<App>, browser: Browser) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    let challenge = app.second_factor.challenge(&account, &token).await?;
    render_code_page(CodeNotice::held_back(&challenge))
}

pub(crate) async fn code(
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    match app.second_factor.verify(&account, &token, &form.code, None).await {
        Ok(signed_in) => {
            app.open_session(&browser, signed_in).await?;
            Ok(Redirect::to("/").into_response())
        }
        // A double click: the first one has opened the session.
        Err(Error::Rejected(again)) if again.already_completed() => Ok(Redirect::to("/").into_response()),
        Err(Error::Rejected(rejection)) => {
            // Only a sign-in that can still be completed gets the form again.
            app.second_factor.challenge(&account, &token).await?;
            render_code_page(Some(CodeNotice::refused(&rejection)))
        }
        Err(error) => Err(error.into()),
    }
}

fn render_code_page(notice: Option<CodeNotice>) -> Result<Response, Problem> {
    let page = CodePage { notice };
    render_code_form(&page, page.notice.as_ref())
}
