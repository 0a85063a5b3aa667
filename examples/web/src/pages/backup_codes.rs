//! The page with the backup codes, shown in answer to the form that made them and never again; the file to download; and the proof that
//! they were saved.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{BackupCodes, Error};
use serde::Deserialize;

use crate::{
    form::Form,
    glue::{App, Arrived, Me},
    pages::{CodeForm, CodeNotice, render, render_code_form},
    problem::Problem,
    view::View,
};

#[derive(Template)]
#[template(path = "backup_codes.html")]
struct CodesPage<'a> {
    view: View,
    codes: Vec<&'a str>,
    which: Which,
}

/// Why the codes are on the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// They come at the end of the first set-up.
    First,
    /// They were made anew: older ones are dead.
    New,
    /// Somebody wanted to see those that are unused.
    Unused,
}

/// The page. Nothing is redirected to it: it has no address, so it cannot be opened again.
pub(crate) fn show(view: View, codes: &BackupCodes, which: Which) -> Result<Response, Problem> {
    let codes = codes.iter().collect();
    render(StatusCode::OK, &CodesPage { view: View { signed_in: true, ..view }, codes, which })
}

/// The codes, brought back by the page that shows them: they stand in no address, and the server has not kept them.
#[derive(Deserialize)]
pub(crate) struct CodesForm {
    codes: String,
}

pub(crate) async fn download(
    view: View,
    Arrived(user): Arrived,
    Form(form): Form<CodesForm>,
) -> Result<Response, Problem> {
    let is_code =
        |text: &str| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let codes: Vec<&str> = form.codes.split_whitespace().collect();
    if codes.len() > 20 || !codes.iter().all(|code| is_code(code)) {
        return Err(Problem::StepIsOver);
    }
    const FILE: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"lighthouse-backup-codes.txt\""),
    ];
    let head = view.with("email", user.email).say("settings-codes-file");
    Ok((FILE, format!("{head}\n\n{}\n", codes.join("\n"))).into_response())
}

#[derive(Template)]
#[template(path = "saved.html")]
struct SavedPage {
    view: View,
    letters: bool,
    notice: Option<CodeNotice>,
}

pub(crate) async fn saved_page(view: View, _: Me) -> Result<Response, Problem> {
    show_saved(view, None)
}

/// One of the codes shows that they were saved. It is used up by that.
pub(crate) async fn saved(
    State(app): State<App>,
    view: View,
    me: Me,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    match app.second_factor.prove_saved(&me.user.account(), &form.code).await {
        Ok(_left) => Ok(Redirect::to("/settings").into_response()),
        Err(Error::Rejected(rejection)) => {
            let notice = CodeNotice::refused(view.words, &rejection);
            show_saved(view, Some(notice))
        }
        Err(error) => Err(error.into()),
    }
}

fn show_saved(view: View, notice: Option<CodeNotice>) -> Result<Response, Problem> {
    let page = SavedPage { view, letters: true, notice };
    render_code_form(&page, page.notice.as_ref())
}
