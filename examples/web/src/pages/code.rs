//! The second step of a sign-in: one field for any code, and a message for who has none at hand.

mod offer;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{
    Account, Challenge, Clock, Error, NotAllowed, SystemClock, Token, Unavailable, UnixTime,
};
use serde::Deserialize;

use self::offer::{Medium, Offer};
use crate::{
    browser::Browser,
    db::User,
    form::{Form, Query},
    glue::App,
    messages::SUPPORT,
    pages::{CodeNotice, render, render_code_form},
    problem::{Problem, log},
    view::View,
    when,
};

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    view: View,
    offer: Offer,
    /// The key of what the field is called.
    label: &'static str,
    notice: Option<CodeNotice>,
    /// Why no message was sent.
    not_sent: Option<String>,
    /// Whether the keyboard of a phone should have letters. The field takes any code either way.
    letters: bool,
    /// Whether the tick box was ticked before a code was refused.
    ticked: bool,
}

#[derive(Deserialize)]
pub(crate) struct SecondStep {
    code: String,
    /// The tick box: there if it was ticked.
    trust: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Keyboard {
    letters: Option<String>,
}

/// Who is at the second step, and how far they are.
struct Standing {
    token: Token,
    user: User,
    account: Account,
}

impl Standing {
    async fn of(app: &App, browser: &Browser) -> Result<Self, Problem> {
        let token = browser.token()?;
        let (user, account) = app.in_sign_in(&token).await?;
        Ok(Self { token, user, account })
    }

    async fn challenge(&self, app: &App) -> Result<Challenge, Problem> {
        Ok(app.second_factor.challenge(&self.account, &self.token).await?)
    }

    fn page(&self, view: View, challenge: &Challenge, letters: bool) -> CodePage {
        CodePage {
            offer: Offer::of(&view, challenge, &self.user),
            view,
            label: if letters { "sign-in-backup-label" } else { "sign-in-label" },
            notice: None,
            not_sent: None,
            letters,
            ticked: false,
        }
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Query(keyboard): Query<Keyboard>,
) -> Result<Response, Problem> {
    let standing = Standing::of(&app, &browser).await?;
    let challenge = standing.challenge(&app).await?;
    let notice = CodeNotice::above(view.words, None, &challenge);
    let page = CodePage { notice, ..standing.page(view, &challenge, keyboard.letters.is_some()) };
    render_code_form(&page, page.notice.as_ref())
}

pub(crate) async fn verify(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Query(keyboard): Query<Keyboard>,
    Form(form): Form<SecondStep>,
) -> Result<Response, Problem> {
    let standing = Standing::of(&app, &browser).await?;
    let ticked = form.trust.is_some();
    let trust_as = ticked.then_some(browser.label.as_str());
    match app.second_factor.verify(&standing.account, &standing.token, &form.code, trust_as).await {
        Ok(signed_in) => {
            app.open_session(&browser, &standing.user, signed_in).await?;
            Ok(Redirect::to("/").into_response())
        }
        // A double click: the first one has opened the session.
        Err(Error::Rejected(again)) if again.already_completed() => Ok(Redirect::to("/").into_response()),
        Err(Error::Rejected(rejection)) => {
            // Only a sign-in that can still be completed gets the form again.
            let challenge = standing.challenge(&app).await?;
            let refused = Some(CodeNotice::refused(view.words, &rejection));
            let letters = keyboard.letters.is_some();
            // A backup code is always looked at: its tries are not numbered.
            let notice = if letters { refused } else { CodeNotice::above(view.words, refused, &challenge) };
            let page = CodePage { notice, ticked, ..standing.page(view, &challenge, letters) };
            render_code_form(&page, page.notice.as_ref())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct SendForm {
    by: Medium,
}

/// "Send me a mail", or a text message. Whoever asks too early is told when to ask again.
pub(crate) async fn send(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Form(form): Form<SendForm>,
) -> Result<Response, Problem> {
    let standing = Standing::of(&app, &browser).await?;
    let sent = app.second_factor.send(&standing.account, &standing.token, form.by.channel()).await;
    let (status, why) = match sent {
        Ok(_) => return Ok(Redirect::to("/sign-in/code").into_response()),
        Err(Error::NotAllowed(NotAllowed::SendLimit { resend_at })) => too_soon(&view, resend_at),
        Err(Error::NotAllowed(NotAllowed::TriesUsed)) => {
            (StatusCode::TOO_MANY_REQUESTS, view.say("sign-in-tries-used"))
        }
        Err(Error::Unavailable(Unavailable::NotSent { source, .. })) => {
            log(&source);
            (StatusCode::SERVICE_UNAVAILABLE, view.with("support", SUPPORT).say("sign-in-not-sent"))
        }
        Err(error) => return Err(error.into()),
    };
    let challenge = standing.challenge(&app).await?;
    render(status, &CodePage { not_sent: Some(why), ..standing.page(view, &challenge, false) })
}

fn too_soon(view: &View, resend_at: UnixTime) -> (StatusCode, String) {
    let wait = when::wait(view.words, SystemClock.now(), resend_at);
    (StatusCode::TOO_MANY_REQUESTS, view.with("wait", wait).say("sign-in-too-soon"))
}
