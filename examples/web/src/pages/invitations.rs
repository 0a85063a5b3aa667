//! Invitations: an administrator sends a link by mail, and whoever has it chooses a password and is a member.
//!
//! The link stands in the mail alone. Its token is kept as a digest, leads in once, and for three days. From the address of the first
//! page it goes into a cookie, so that it stands in no history, log or `Referer`.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Clock, SystemClock};
use serde::Deserialize;

use crate::{
    audit::ServiceEvent,
    browser::Browser,
    db::Invitation,
    form::Form,
    glue::{Administrator, App},
    handout,
    messages::Letter,
    pages::{account::is_address, render},
    passwords::SHORTEST,
    problem::Problem,
    view::View,
    when,
    words::{Language, Words},
};

/// How long an invitation is good, in seconds.
const LIFETIME: u64 = 3 * 24 * 60 * 60;

// The administrator's side.

#[derive(Template)]
#[template(path = "invitations.html")]
struct ListPage {
    view: View,
    company: String,
    invitations: Vec<Invitation>,
    email: String,
    /// The key of what is wrong.
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
pub(crate) struct InviteForm {
    email: String,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    Member,
    Administrator,
}

pub(crate) async fn list(
    State(app): State<App>,
    view: View,
    administrator: Administrator,
) -> Result<Response, Problem> {
    show(&app, view, &administrator, StatusCode::OK, String::new(), None).await
}

async fn show(
    app: &App,
    view: View,
    Administrator(me): &Administrator,
    status: StatusCode,
    email: String,
    problem: Option<&'static str>,
) -> Result<Response, Problem> {
    let invitations = app.db.invitations(&me.user.company_id, SystemClock.now()).await?;
    let company = me.user.company.clone();
    render(status, &ListPage { view, company, invitations, email, problem })
}

/// Sends the link. The answer is the same for an address that has an account, in any company: its owner learns it, by mail.
pub(crate) async fn invite(
    State(app): State<App>,
    view: View,
    administrator: Administrator,
    Form(form): Form<InviteForm>,
) -> Result<Response, Problem> {
    let me = &administrator.0;
    let email = form.email.trim().to_owned();
    if !is_address(&email) {
        let why = Some("people-no-address");
        return show(&app, view, &administrator, StatusCode::UNPROCESSABLE_ENTITY, email, why).await;
    }
    let invitation = Invitation {
        company_id: me.user.company_id.clone(),
        company: me.user.company.clone(),
        email,
        language: me.user.language.clone(),
        is_administrator: form.role == Role::Administrator,
        expires_at: SystemClock.now().plus(LIFETIME),
    };
    let token = handout::draw::<32>()?;
    app.db.invite(&handout::digest(&token), &invitation).await?;
    let has_account = app.db.user_by_email(&invitation.email).await?.is_some();
    app.messages.write(&invitation.email, &mail(&app, &invitation, &token, has_account)).await?;
    app.audit.service(&me.user.key(), None, ServiceEvent::Invited { address: invitation.email });
    Ok(Redirect::to("/admin/invitations").into_response())
}

fn mail(app: &App, invitation: &Invitation, token: &str, has_account: bool) -> Letter {
    let words = Words::of(Language::from_tag(&invitation.language).unwrap_or_default());
    let filled = words.with("company", invitation.company.as_str());
    let letter = Letter {
        language: words.language().tag(),
        subject: filled.say("mail-invitation-subject"),
        footer: vec![words.say("mail-invitation-why")],
        ..Letter::default()
    };
    if has_account {
        return Letter { paragraphs: vec![filled.say("mail-invitation-has-account")], ..letter };
    }
    let text = filled.with("until", when::date(invitation.expires_at)).say("mail-invitation");
    let link = format!("{}/invitation/{token}", app.address);
    Letter { paragraphs: vec![text], link: Some(link), ..letter }
}

#[derive(Deserialize)]
pub(crate) struct WithdrawForm {
    email: String,
}

pub(crate) async fn withdraw(
    State(app): State<App>,
    Administrator(me): Administrator,
    Form(form): Form<WithdrawForm>,
) -> Result<Redirect, Problem> {
    app.db.withdraw_invitation(&me.user.company_id, &form.email).await?;
    Ok(Redirect::to("/admin/invitations"))
}

// The side of whoever is invited.

#[derive(Template)]
#[template(path = "invitation.html")]
struct JoinPage {
    view: View,
    invitation: Invitation,
    too_short: bool,
}

#[derive(Deserialize)]
pub(crate) struct JoinForm {
    password: String,
}

/// Where the link leads. Nothing is looked up yet: programs that look at links in mails use nothing up.
pub(crate) async fn follow(browser: Browser, Path(token): Path<String>) -> Redirect {
    browser.keep_invitation(&token);
    Redirect::to("/invitation")
}

pub(crate) async fn page(State(app): State<App>, view: View, browser: Browser) -> Result<Response, Problem> {
    let (_, invitation) = invitation(&app, &browser).await?;
    render(StatusCode::OK, &JoinPage { view, invitation, too_short: false })
}

/// Makes the account. Signing in to it is the next step, like any other sign-in: with whatever the company requires.
pub(crate) async fn join(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Form(form): Form<JoinForm>,
) -> Result<Response, Problem> {
    let (digest, invitation) = invitation(&app, &browser).await?;
    if form.password.chars().count() < SHORTEST {
        let page = JoinPage { view, invitation, too_short: true };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let hash = app.passwords.hash(form.password).await?;
    browser.forget_invitation();
    if !app.db.join(&digest, &invitation, &hash, SystemClock.now()).await? {
        return Err(Problem::StepIsOver);
    }
    Ok(Redirect::to("/sign-in?registered=1").into_response())
}

/// The invitation of this browser, with the digest of its token.
async fn invitation(app: &App, browser: &Browser) -> Result<(Vec<u8>, Invitation), Problem> {
    let digest = handout::digest(&browser.invitation().ok_or(Problem::StepIsOver)?);
    let found = app.db.invitation(&digest, SystemClock.now()).await?;
    Ok((digest, found.ok_or(Problem::StepIsOver)?))
}
