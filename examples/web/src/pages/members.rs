//! The administrator's list of members, and the reset of one who lost phone and codes.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Action, Actor, Error, Reset, Summary, Ticket, Token};
use serde::Deserialize;
use std::time::Duration;

use crate::{
    browser::Browser,
    db::User,
    form::{Form, Query},
    glue::{Administrator, App, Me},
    pages::{CodeNotice, policy::PolicyForm, render, render_code_form},
    problem::Problem,
    view::View,
    when,
};

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    view: View,
    members: Vec<(User, Summary)>,
    policy: PolicyForm,
}

pub(crate) async fn list(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
) -> Result<Response, Problem> {
    let users = app.db.users(&me.user.company_id).await?;
    let keys: Vec<_> = users.iter().map(User::key).collect();
    let summaries = app.administration.summaries(&keys).await?;
    let members = users.into_iter().zip(summaries.into_iter().map(Option::unwrap_or_default)).collect();
    render(StatusCode::OK, &MembersPage { view, members, policy: PolicyForm::of(&me.user.policy) })
}

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
    show(&app, view, &me, &browser, &member, "", None).await
}

async fn show(
    app: &App,
    view: View,
    me: &Me,
    browser: &Browser,
    member: &User,
    reason: &str,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    let summaries = app.administration.summaries(&[member.key()]).await?;
    let account = me.user.account();
    let device = browser.device(&account);
    let challenge = if me.user.has_second_factor {
        Some(app.second_factor.begin_step_up(&account, &resetting(member), device.as_deref()).await?)
    } else {
        None
    };
    let words = view.words;
    let page = MemberPage {
        view,
        member,
        summary: summaries.into_iter().flatten().next().unwrap_or_default(),
        is_me: member.id == me.user.id,
        token: challenge.as_ref().map(|challenge| challenge.token().as_str()),
        reason,
        letters: true,
        notice: notice.or_else(|| challenge.as_ref().and_then(|it| CodeNotice::held_back(words, it))),
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
    let account = me.user.account();
    if me.user.has_second_factor {
        match app.second_factor.step_up(&account, &Token::from(form.token), &form.code).await {
            Ok(proof) => app.second_factor.spend(&account, &proof, &resetting(&member)).await?,
            Err(Error::Rejected(again)) if again.already_completed() => {
                return Ok(Redirect::to(&format!("/admin/member?id={}", member.id)).into_response());
            }
            Err(Error::Rejected(rejection)) => {
                let notice = CodeNotice::refused(view.words, &rejection);
                return show(&app, view, &me, &browser, &member, &form.reason, Some(notice)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut reset = Reset::by(Actor::User(me.user.key()), &form.reason);
    if form.ticket.is_some() {
        reset = reset.with_ticket(Duration::from_secs(60 * 60));
    }
    let ticket = app.second_factor.reset(&member.key(), reset).await?;
    render(StatusCode::OK, &ResetPage { view, email: member.email, ticket })
}
