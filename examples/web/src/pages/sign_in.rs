//! Signing in: the password. What comes after it is in [`code`](super::code) and [`enroll`](super::enroll).

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{FirstFactor, SignIn};
use serde::Deserialize;

use crate::{
    audit::ServiceEvent,
    browser::Browser,
    db::User,
    form::{Form, Query},
    glue::{App, Me},
    pages::render,
    problem::Problem,
    view::View,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct PasswordPage {
    view: View,
    registered: bool,
    email: String,
    refused: bool,
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
    view: View,
    me: Option<Extension<Me>>,
    Query(from): Query<Arrival>,
) -> Result<Response, Problem> {
    match me {
        Some(_) => Ok(Redirect::to("/").into_response()),
        None => {
            let page = PasswordPage {
                view,
                registered: from.registered.is_some(),
                email: String::new(),
                refused: false,
            };
            render(StatusCode::OK, &page)
        }
    }
}

pub(crate) async fn password(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let user = app.db.user_by_email(form.email.trim()).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = app.passwords.verify(form.password, hash).await?;
    if let Some(user) = user.as_ref().filter(|_| !right) {
        app.audit.service(&user.key(), None, ServiceEvent::PasswordRefused);
    }
    let Some(user) = user.filter(|_| right) else {
        tracing::info!(target: "audit", "a wrong password, or nobody's address");
        let page = PasswordPage { view, registered: false, email: form.email, refused: true };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };

    let to = proceed(&app, &browser, &user, FirstFactor::Password).await?;
    Ok(Redirect::to(to).into_response())
}

/// After the first factor: where it goes on.
pub(super) async fn proceed(
    app: &App,
    browser: &Browser,
    user: &User,
    first: FirstFactor,
) -> Result<&'static str, Problem> {
    let account = user.account();
    let device = browser.device(&account);
    Ok(match app.second_factor.begin(&account, first, device.as_deref()).await? {
        SignIn::Open(signed_in) => {
            app.open_session(browser, user, signed_in).await?;
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
    })
}
