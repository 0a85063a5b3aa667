//! Setting up an authenticator: inside a required sign-in, or from the settings. The same two steps, by another right.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{
    Account, Authority, Enrolled, Enrollment, Error, NewAuthenticator, Token, primitives::qr::QrCode,
};
use serde::Deserialize;

use crate::{
    browser::Browser,
    db::User,
    form::Form,
    glue::{App, Me},
    pages::{
        CodeForm, CodeNotice,
        backup_codes::{self, Which},
        render, render_code_form,
    },
    problem::Problem,
    view::View,
    when,
};

#[derive(Template)]
#[template(path = "enroll.html")]
struct EnrollPage {
    view: View,
    place: &'static Place,
    needs_ticket: bool,
    /// The ticket was not accepted.
    refused: bool,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    view: View,
    place: &'a Place,
    qr: &'a str,
    uri: &'a str,
    key: &'a str,
    expires: String,
    notice: Option<CodeNotice>,
}

/// Where a set-up begins, where the page with the QR code stands, and where one goes who gives up.
struct Place {
    begin: &'static str,
    page: &'static str,
    cancel: &'static str,
}
const IN_SIGN_IN: Place =
    Place { begin: "/sign-in/enroll", page: "/sign-in/enroll/confirm", cancel: "/sign-in" };
const IN_SETTINGS: Place = Place { begin: "/settings/two-factor/enroll", page: CONFIRM, cancel: "/settings" };
pub(crate) const CONFIRM: &str = "/settings/two-factor/confirm";

/// A form that names a new authenticator, after a reset with the ticket that the administrator gave out.
#[derive(Deserialize)]
pub(crate) struct EnrollForm {
    name: String,
    ticket: Option<String>,
}

impl EnrollForm {
    fn authenticator(&self, user: &User) -> NewAuthenticator {
        NewAuthenticator::new(&user.email).named(&self.name)
    }

    fn authority<'a>(&'a self, sign_in: Option<&'a Token>) -> Authority<'a> {
        match (&self.ticket, sign_in) {
            (Some(typed), _) => Authority::Ticket { sign_in, typed },
            (None, Some(token)) => Authority::SignIn(token),
            (None, None) => Authority::OpenSession,
        }
    }
}

// Inside the sign-in: no session yet, the token tells who it is.

pub(crate) async fn in_sign_in_page(
    State(app): State<App>,
    view: View,
    browser: Browser,
) -> Result<Response, Problem> {
    let (_, account) = app.in_sign_in(&browser.token()?).await?;
    let needs_ticket = app.second_factor.status(&account, None).await?.needs_ticket();
    render(StatusCode::OK, &EnrollPage { view, place: &IN_SIGN_IN, needs_ticket, refused: false })
}

pub(crate) async fn in_sign_in(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Form(form): Form<EnrollForm>,
) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (user, account) = app.in_sign_in(&token).await?;
    let by = form.authority(Some(&token));
    begin(&app, view, &browser, &account, by, &form.authenticator(&user), &IN_SIGN_IN).await
}

pub(crate) async fn confirm_in_sign_in_page(
    State(app): State<App>,
    view: View,
    browser: Browser,
) -> Result<Response, Problem> {
    let token = browser.token()?;
    let (_, account) = app.in_sign_in(&token).await?;
    let enrollment = app.second_factor.enrollment(&account, &token).await?;
    confirm_page(view, &enrollment, &IN_SIGN_IN, None)
}

pub(crate) async fn confirm_in_sign_in(
    State(app): State<App>,
    view: View,
    browser: Browser,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let (user, _) = app.in_sign_in(&browser.token()?).await?;
    confirm(&app, view, &browser, &user, &form.code, &IN_SIGN_IN).await
}

// From the settings: somebody is signed in, and the token tells only which set-up it is.

pub(crate) async fn in_settings(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
    Form(form): Form<EnrollForm>,
) -> Result<Response, Problem> {
    let account = me.user.account();
    let new = form.authenticator(&me.user);
    begin(&app, view, &browser, &account, form.authority(None), &new, &IN_SETTINGS).await
}

pub(crate) async fn confirm_in_settings_page(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
) -> Result<Response, Problem> {
    let enrollment = app.second_factor.enrollment(&me.user.account(), &browser.token()?).await?;
    confirm_page(view, &enrollment, &IN_SETTINGS, None)
}

pub(crate) async fn confirm_in_settings(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    confirm(&app, view, &browser, &me.user, &form.code, &IN_SETTINGS).await
}

// Either way.

async fn begin(
    app: &App,
    view: View,
    browser: &Browser,
    account: &Account,
    by: Authority<'_>,
    new: &NewAuthenticator,
    place: &'static Place,
) -> Result<Response, Problem> {
    match app.second_factor.enroll(account, by, new).await {
        Ok(enrollment) => {
            browser.keep_token(enrollment.token());
            Ok(Redirect::to(place.page).into_response())
        }
        Err(Error::Rejected(_)) if matches!(by, Authority::Ticket { .. }) => {
            let page = EnrollPage { view, place, needs_ticket: true, refused: true };
            render(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens the session anew: from the settings too, since the gate would send one that knows no second factor to sign in again.
async fn confirm(
    app: &App,
    view: View,
    browser: &Browser,
    user: &User,
    typed: &str,
    place: &Place,
) -> Result<Response, Problem> {
    let (account, token) = (user.account(), browser.token()?);
    match app.second_factor.confirm(&account, &token, typed).await {
        Ok(Enrolled { signed_in, backup_codes, .. }) => {
            app.open_session(browser, user, signed_in).await?;
            match backup_codes {
                Some(codes) => backup_codes::show(view, &codes, Which::First),
                None => Ok(Redirect::to("/settings").into_response()),
            }
        }
        // A double click: the first one has done it. Whoever missed the backup codes by it makes new ones there.
        Err(Error::Rejected(again)) if again.already_completed() => {
            Ok(Redirect::to("/settings").into_response())
        }
        Err(Error::Rejected(rejection)) => {
            // Only a set-up that can still be confirmed is shown again.
            let enrollment = app.second_factor.enrollment(&account, &token).await?;
            let notice = CodeNotice::refused(view.words, &rejection);
            confirm_page(view, &enrollment, place, Some(notice))
        }
        Err(error) => Err(error.into()),
    }
}

fn confirm_page(
    view: View,
    enrollment: &Enrollment,
    place: &Place,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    let qr = QrCode::new(enrollment.uri()).map_err(|e| Problem::Broken(e.into()))?.to_svg();
    let page = ConfirmPage {
        view,
        place,
        qr: &qr,
        uri: enrollment.uri(),
        key: enrollment.key_to_type(),
        expires: when::date(enrollment.expires_at()),
        notice,
    };
    render_code_form(&page, page.notice.as_ref())
}
