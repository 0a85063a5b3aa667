//! One member in the administrator's hands: how things stand, and the reset of whoever lost phone and codes.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Action, Actor, Clock, NotAllowed, Reset, Summary, SystemClock, Ticket};
use serde::Deserialize;

use crate::{
    browser::Browser,
    db::User,
    form::{Form, Query},
    glue::{Administrator, App, Me},
    pages::{
        CodeNotice, render, render_code_form,
        step_up::{self, Shown},
    },
    problem::Problem,
    view::View,
    when,
};

#[derive(Template)]
#[template(path = "member.html")]
struct MemberPage<'a> {
    view: View,
    member: &'a User,
    summary: Summary,
    is_me: bool,
    /// Of the challenge to the administrator, who has a second factor too.
    token: Option<&'a str>,
    reason: &'a str,
    /// Whether the tick box is ticked.
    ticket: bool,
    /// Until when wrong codes keep the member waiting.
    held_back: Option<String>,
    letters: bool,
    notice: Option<CodeNotice>,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    id: i64,
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    browser: Browser,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let member = app.db.member(&me.user.company_id, which.id).await?.ok_or(Problem::NotFound)?;
    show(&app, view, &me, &browser, &member, Typed { reason: "", ticket: true, notice: None }).await
}

/// What the form has in it.
struct Typed<'a> {
    reason: &'a str,
    ticket: bool,
    notice: Option<CodeNotice>,
}

async fn show(
    app: &App,
    view: View,
    me: &Me,
    browser: &Browser,
    member: &User,
    typed: Typed<'_>,
) -> Result<Response, Problem> {
    let summaries = app.administration.summaries(&[member.key()]).await?;
    let challenge = step_up::ask(app, &me.user, browser, &resetting(member)).await?;
    let notice = step_up::notice(&view, typed.notice, challenge.as_ref());
    let (words, now) = (view.words, SystemClock.now());
    let summary = summaries.into_iter().flatten().next().unwrap_or_default();
    let page = MemberPage {
        view,
        member,
        held_back: summary
            .locked_until
            .filter(|until| now < *until)
            .map(|until| when::wait(words, now, until)),
        summary,
        is_me: member.id == me.user.id,
        token: challenge.as_ref().map(|challenge| challenge.token().as_str()),
        reason: typed.reason,
        ticket: typed.ticket,
        letters: true,
        notice,
    };
    render_code_form(&page, page.notice.as_ref())
}

/// What an administrator's own second factor is asked for.
fn resetting(member: &User) -> Action {
    Action::Host(format!("reset user {}", member.id))
}

#[derive(Deserialize)]
pub(crate) struct ResetForm {
    id: i64,
    reason: String,
    /// The tick box: there if it was ticked.
    ticket: Option<String>,
    #[serde(default)]
    token: String,
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    view: View,
    email: String,
    ticket: Option<Ticket>,
}

/// A stolen session of an administrator resets nobody: where there is a second factor, it is asked for.
pub(crate) async fn reset(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    browser: Browser,
    Form(form): Form<ResetForm>,
) -> Result<Response, Problem> {
    let member = app.db.member(&me.user.company_id, form.id).await?.ok_or(Problem::NotFound)?;
    if form.reason.trim().is_empty() {
        // Before a code is spent on it.
        return Err(Problem::NotAllowed(NotAllowed::InvalidReason));
    }
    // Not flattened into the form: `id` is a number, which serde would not read from a text then.
    let typed = step_up::Typed { token: form.token, code: form.code };
    match step_up::shown(&app, &view, &me.user, &resetting(&member), typed).await? {
        Shown::Yes => {}
        Shown::Before => {
            return Ok(Redirect::to(&format!("/admin/member?id={}", member.id)).into_response());
        }
        Shown::No(notice) => {
            let typed = Typed { reason: &form.reason, ticket: form.ticket.is_some(), notice: Some(notice) };
            return show(&app, view, &me, &browser, &member, typed).await;
        }
    }
    let mut reset = Reset::by(Actor::User(me.user.key()), &form.reason);
    if form.ticket.is_some() {
        reset = reset.with_ticket(Duration::from_secs(60 * 60));
    }
    let ticket = app.second_factor.reset(&member.key(), reset).await?;
    render(StatusCode::OK, &ResetPage { view, email: member.email, ticket })
}
