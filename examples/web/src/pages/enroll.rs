//! Setting up an authenticator: inside a required sign-in, or from the settings. The same two steps, by another right.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{
    Account, Authority, Enrolled, Enrollment, Error, NewAuthenticator, primitives::qr::QrCode,
};

use crate::{
    browser::Browser,
    glue::{App, Me},
    pages::{CodeForm, CodeNotice, NameForm, render, render_code_form},
    problem::Problem,
    when,
};

#[derive(Template)]
#[template(path = "enroll.html")]
struct EnrollPage;

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    place: &'a Place,
    qr: &'a str,
    uri: &'a str,
    key: &'a str,
    expires: String,
    notice: Option<CodeNotice>,
}

/// Where the page with the QR code stands, and where one goes who gives up.
struct Place {
    page: &'static str,
    cancel: &'static str,
}
const IN_SIGN_IN: Place = Place { page: "/sign-in/enroll/confirm", cancel: "/sign-in" };
const IN_SETTINGS: Place = Place { page: "/settings/two-factor/confirm", cancel: "/settings" };

// Inside the sign-in: no session yet, the token tells who it is.

pub(crate) async fn in_sign_in_page(State(app): State<App>, browser: Browser) -> Result<Response, Problem> {
    app.in_sign_in(&browser.token()?).await?;
    render(StatusCode::OK, &EnrollPage)
}

pub(crate) async fn in_sign_in(
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<NameForm>,
) -> Result<Redirect, Problem> {
    let token = browser.token()?;
    let (user, account) = app.in_sign_in(&token).await?;
    let new = NewAuthenticator::new(&user.email).named(&form.name);
    let enrollment = app.second_factor.enroll(&account, Authority::SignIn(&token), &new).await?;
    browser.keep_token(enrollment.token());
    Ok(Redirect::to(IN_SIGN_IN.page))
}

pub(crate) async fn confirm_in_sign_in_page(
    State(app): State<App>,
    browser: Browser,
) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    confirm_page(&app.second_factor.enrollment(&account, &token).await?, &IN_SIGN_IN, None)
}

pub(crate) async fn confirm_in_sign_in(
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let (_, account) = app.in_sign_in(&browser.token()?).await?;
    confirm(&app, &browser, &account, &form.code, &IN_SIGN_IN).await
}

// From the settings: somebody is signed in, and the token tells only which set-up it is.

pub(crate) async fn in_settings(
    State(app): State<App>,
    me: Me,
    browser: Browser,
    Form(form): Form<NameForm>,
) -> Result<Redirect, Problem> {
    let new = NewAuthenticator::new(&me.user.email).named(&form.name);
    let enrollment = app.second_factor.enroll(&app.account(&me.user), Authority::OpenSession, &new).await?;
    browser.keep_token(enrollment.token());
    Ok(Redirect::to(IN_SETTINGS.page))
}

pub(crate) async fn confirm_in_settings_page(
    State(app): State<App>,
    me: Me,
    browser: Browser,
) -> Result<Response, Problem> {
    let enrollment = app.second_factor.enrollment(&app.account(&me.user), &browser.token()?).await?;
    confirm_page(&enrollment, &IN_SETTINGS, None)
}

pub(crate) async fn confirm_in_settings(
    State(app): State<App>,
    me: Me,
    browser: Browser,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    confirm(&app, &browser, &app.account(&me.user), &form.code, &IN_SETTINGS).await
}

/// Opens the session anew: from the settings too, since the gate would send one that knows no second factor to sign in again.
async fn confirm(
    app: &App,
    browser: &Browser,
    account: &Account,
    typed: &str,
    place: &Place,
) -> Result<Response, Problem> {
    let token = browser.token()?;
    match app.second_factor.confirm(account, &token, typed).await {
        Ok(Enrolled { signed_in, .. }) => {
            app.open_session(browser, signed_in).await?;
            Ok(Redirect::to("/settings").into_response())
        }
        // A double click: the first one has done it.
        Err(Error::Rejected(again)) if again.already_completed() => {
            Ok(Redirect::to("/settings").into_response())
        }
        Err(Error::Rejected(rejection)) => {
            // Only a set-up that can still be confirmed is shown again.
            let enrollment = app.second_factor.enrollment(account, &token).await?;
            confirm_page(&enrollment, place, Some(CodeNotice::refused(&rejection)))
        }
        Err(error) => Err(error.into()),
    }
}

fn confirm_page(
    enrollment: &Enrollment,
    place: &Place,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    let qr = QrCode::new(enrollment.uri()).map_err(|e| Problem::Broken(e.into()))?.to_svg();
    let page = ConfirmPage {
        place,
        qr: &qr,
        uri: enrollment.uri(),
        key: enrollment.key_to_type(),
        expires: when::date(enrollment.expires_at()),
        notice,
    };
    render_code_form(&page, page.notice.as_ref())
}
