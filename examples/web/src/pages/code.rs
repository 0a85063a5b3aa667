//! The second step of a sign-in: one field for any code, and a mail for who has none at hand.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{
    Challenge, Channel, Clock, Error, Factor, NotAllowed, SystemClock, Trust, Unavailable, UnixTime,
};
use serde::Deserialize;

use crate::{
    browser::Browser,
    form::{Form, Query},
    glue::App,
    messages::SUPPORT,
    pages::{CodeNotice, render, render_code_form},
    problem::{Problem, log},
    view::View,
    when,
    words::Words,
};

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    view: View,
    offer: Offer,
    notice: Option<CodeNotice>,
    /// Why no mail was sent.
    not_sent: Option<String>,
    /// Whether the keyboard of a phone should have letters. The field takes any code either way.
    letters: bool,
}

/// What somebody may answer with.
struct Offer {
    app: bool,
    backup_code: bool,
    mail: bool,
    /// A mail is on its way: until when its code is good, and the wait before the next.
    sent: Option<(String, Option<String>)>,
    /// How long this browser would be trusted.
    trust: Option<String>,
}

impl Offer {
    fn of(words: Words, challenge: &Challenge) -> Self {
        let now = SystemClock.now();
        let has = |factor| challenge.factors().contains(&factor);
        let wait = |at: UnixTime| (now < at).then(|| when::wait(words, now, at));
        Self {
            app: has(Factor::Totp),
            backup_code: has(Factor::BackupCode),
            mail: has(Factor::OneTimeCode(Channel::Email)),
            sent: challenge.sent().map(|sent| (when::date(sent.expires_at), wait(sent.resend_at))),
            trust: challenge.may_trust().and_then(|trust| match trust {
                Trust::Off => None,
                Trust::Days(days) => Some(format!("for {} days", days.days())),
                Trust::UntilSignOut => Some("until you sign out".to_owned()),
            }),
        }
    }
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

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Query(keyboard): Query<Keyboard>,
) -> Result<Response, Problem> {
    let challenge = standing(&app, &browser).await?;
    let notice = CodeNotice::held_back(view.words, &challenge);
    show(view, &challenge, notice, &keyboard)
}

pub(crate) async fn verify(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Query(keyboard): Query<Keyboard>,
    Form(form): Form<SecondStep>,
) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    let trust_as = form.trust.is_some().then_some(browser.label.as_str());
    match app.second_factor.verify(&account, &token, &form.code, trust_as).await {
        Ok(signed_in) => {
            app.open_session(&browser, signed_in).await?;
            Ok(Redirect::to("/").into_response())
        }
        // A double click: the first one has opened the session.
        Err(Error::Rejected(again)) if again.already_completed() => Ok(Redirect::to("/").into_response()),
        Err(Error::Rejected(rejection)) => {
            // Only a sign-in that can still be completed gets the form again.
            let challenge = app.second_factor.challenge(&account, &token).await?;
            let notice = CodeNotice::refused(view.words, &rejection);
            show(view, &challenge, Some(notice), &keyboard)
        }
        Err(error) => Err(error.into()),
    }
}

/// "Send me a mail instead."
pub(crate) async fn send(State(app): State<App>, view: View, browser: Browser) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    let (status, why) = match app.second_factor.send(&account, &token, Channel::Email).await {
        Ok(_) => return Ok(Redirect::to("/sign-in/code").into_response()),
        Err(Error::NotAllowed(NotAllowed::SendLimit { resend_at })) => {
            let wait = when::wait(view.words, SystemClock.now(), resend_at);
            (StatusCode::TOO_MANY_REQUESTS, format!("The next mail can be sent {wait}."))
        }
        Err(Error::NotAllowed(NotAllowed::TriesUsed)) => {
            let why = "Too many wrong codes were typed. Sign in anew to be sent another.";
            (StatusCode::TOO_MANY_REQUESTS, why.to_owned())
        }
        Err(Error::Unavailable(Unavailable::NotSent { source, .. })) => {
            log(&source);
            let why = format!("The mail could not be sent. Try another way, or write to {SUPPORT}.");
            (StatusCode::SERVICE_UNAVAILABLE, why)
        }
        Err(error) => return Err(error.into()),
    };
    let challenge = app.second_factor.challenge(&account, &token).await?;
    let page = CodePage {
        offer: Offer::of(view.words, &challenge),
        view,
        notice: None,
        not_sent: Some(why),
        letters: false,
    };
    render(status, &page)
}

async fn standing(app: &App, browser: &Browser) -> Result<Challenge, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    Ok(app.second_factor.challenge(&account, &token).await?)
}

fn show(
    view: View,
    challenge: &Challenge,
    notice: Option<CodeNotice>,
    keyboard: &Keyboard,
) -> Result<Response, Problem> {
    let letters = keyboard.letters.is_some();
    let page = CodePage { offer: Offer::of(view.words, challenge), view, notice, not_sent: None, letters };
    render_code_form(&page, page.notice.as_ref())
}
