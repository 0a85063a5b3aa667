//! What programs ask for, with a token of somebody's in place of a session; and the page where people make such tokens.
//!
//! A token is a first factor that is exempt ([`FirstFactor::ApiToken`]): a program has no phone. So making one takes the second factor.

use askama::Template;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Action, Clock, FirstFactor, SignIn, SystemClock};
use serde::Deserialize;
use serde_json::json;

use crate::{
    browser::Browser,
    db::ApiToken,
    form::Form,
    glue::{App, Me},
    handout,
    pages::{
        CodeNotice, account, render_code_form,
        step_up::{self, Shown, Typed},
    },
    problem::Problem,
    view::View,
    when,
};

/// Who the token is of. Without one that is known, nothing is said.
pub(crate) async fn me(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let user = match token {
        Some(token) => app.db.user_by_api_token(&handout::digest(token)).await?,
        None => None,
    };
    let Some(user) = user else { return Ok(unknown()) };
    match app.second_factor.begin(&user.account(), FirstFactor::ApiToken, None).await? {
        SignIn::Open(signed_in) => Ok(Json(json!({
            "email": user.email,
            "company": user.company,
            "administrator": user.is_administrator,
            "assurance": signed_in.assurance(),
        }))
        .into_response()),
        SignIn::Challenge(_) | SignIn::Enroll(_) => Ok(unknown()),
    }
}

fn unknown() -> Response {
    let problem = Json(json!({ "error": "a known token is needed" }));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response()
}

// The page.

pub(crate) const PAGE: &str = "/api-tokens";

#[derive(Template)]
#[template(path = "api_tokens.html")]
struct TokensPage<'a> {
    view: View,
    tokens: Vec<ApiToken>,
    /// One that was just made. It is shown now and never again.
    made: Option<&'a str>,
    token: Option<&'a str>,
    notice: Option<CodeNotice>,
}

#[derive(Deserialize)]
pub(crate) struct NewToken {
    name: String,
    #[serde(flatten)]
    typed: Typed,
}

fn action() -> Action {
    Action::Host("make an API token".to_owned())
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
    made: Option<&str>,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    let challenge = step_up::ask(app, &me.user, browser, &action()).await?;
    let token = challenge.as_ref().map(|challenge| challenge.token().as_str());
    let notice = step_up::notice(&view, notice, challenge.as_ref());
    let tokens = app.db.api_tokens(me.user.id).await?;
    let page = TokensPage { view, tokens, made, token, notice };
    render_code_form(&page, page.notice.as_ref())
}

pub(crate) async fn make(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
    Form(form): Form<NewToken>,
) -> Result<Response, Problem> {
    if form.name.is_empty() || form.name.chars().count() > account::LONGEST_NAME {
        return Err(Problem::BadForm);
    }
    match step_up::shown(&app, &view, &me.user, &action(), form.typed).await? {
        Shown::Yes => {}
        Shown::Before => return Ok(Redirect::to(PAGE).into_response()),
        Shown::No(notice) => return show(&app, view, &me, &browser, None, Some(notice)).await,
    }
    let token = handout::draw::<32>()?;
    app.db.add_api_token(me.user.id, &handout::digest(&token), &form.name, SystemClock.now()).await?;
    tracing::info!(target: "audit", user = me.user.id, "made an API token");
    show(&app, view, &me, &browser, Some(&token), None).await
}

#[derive(Deserialize)]
pub(crate) struct Which {
    id: i64,
}

pub(crate) async fn revoke(
    State(app): State<App>,
    me: Me,
    Form(form): Form<Which>,
) -> Result<Redirect, Problem> {
    app.db.revoke_api_token(me.user.id, form.id).await?;
    tracing::info!(target: "audit", user = me.user.id, "revoked an API token");
    Ok(Redirect::to(PAGE))
}
