//! A new password: with the present one and, where there is a second factor, a code.
//!
//! It is a new stamp for the library, so trusted browsers and whatever is under way end with the old one by themselves. Sessions and API
//! tokens are the service's own to end.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::Action;
use serde::Deserialize;

use crate::{
    audit::ServiceEvent,
    browser::Browser,
    db::User,
    form::Form,
    glue::{App, Me},
    messages::{Letter, contact},
    pages::{
        CodeNotice, render, render_code_form,
        step_up::{self, Shown, Typed},
    },
    passwords::SHORTEST,
    problem::Problem,
    view::View,
    words::{Language, Words},
};

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    view: View,
    email: &'a str,
    token: Option<&'a str>,
    /// The key of what is wrong with a password.
    problem: Option<&'static str>,
    notice: Option<CodeNotice>,
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    current: String,
    password: String,
    #[serde(flatten)]
    typed: Typed,
}

fn action() -> Action {
    Action::Host("change the password".to_owned())
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
) -> Result<Response, Problem> {
    show(&app, view, &me, &browser, None, None).await
}

async fn show(
    app: &App,
    view: View,
    me: &Me,
    browser: &Browser,
    problem: Option<&'static str>,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    if me.user.password_hash.is_none() {
        return Err(Problem::NotFound);
    }
    let challenge = step_up::ask(app, &me.user, browser, &action()).await?;
    let token = challenge.as_ref().map(|challenge| challenge.token().as_str());
    let notice = step_up::notice(&view, notice, challenge.as_ref());
    let page = PasswordPage { view, email: &me.user.email, token, problem, notice };
    match page.problem {
        Some(_) => render(StatusCode::UNPROCESSABLE_ENTITY, &page),
        None => render_code_form(&page, page.notice.as_ref()),
    }
}

pub(crate) async fn change(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    if form.password.chars().count() < SHORTEST {
        return show(&app, view, &me, &browser, Some("people-short-password"), None).await;
    }
    if !app.passwords.verify(form.current, me.user.password_hash.clone()).await? {
        app.audit.service(&me.user.key(), None, ServiceEvent::PasswordRefused);
        return show(&app, view, &me, &browser, Some("people-wrong-password"), None).await;
    }
    match step_up::shown(&app, &view, &me.user, &action(), form.typed).await? {
        Shown::Yes => {}
        Shown::Before => return Ok(Redirect::to("/settings").into_response()),
        Shown::No(notice) => return show(&app, view, &me, &browser, None, Some(notice)).await,
    }
    let hash = app.passwords.hash(form.password).await?;
    let versions = app.db.change_password(&me.user, &hash).await?.ok_or(Problem::StepIsOver)?;
    app.renew_session(&browser, versions).await?;
    app.audit.service(&me.user.key(), None, ServiceEvent::PasswordChanged);
    if let Err(error) = app.messages.write(&me.user.email, &mail(&me.user)).await {
        tracing::warn!(reason = %error, "nobody could be told of a new password");
    }
    Ok(Redirect::to("/settings").into_response())
}

/// What its owner hears of it, who may be somebody else than who changed it.
fn mail(user: &User) -> Letter {
    let words = Words::of(Language::from_tag(&user.language).unwrap_or_default());
    Letter {
        language: words.language().tag(),
        subject: words.say("people-mail-password-subject"),
        paragraphs: vec![words.say("people-mail-password")],
        footer: vec![words.with("contact", contact(words, user)).say("mail-not-you")],
        ..Letter::default()
    }
}
