//! A code in a form of the service's own: whoever has a second factor shows it once more, for this and nothing else.

use second_factor::{Action, Challenge, Error, Token};
use serde::Deserialize;

use crate::{browser::Browser, db::User, glue::App, pages::CodeNotice, problem::Problem, view::View};

/// What the form brings (`step_up.html`). Nothing, from somebody without a second factor.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    pub(crate) token: String,
    #[serde(default)]
    pub(crate) code: String,
}

/// What became of it.
pub(crate) enum Shown {
    /// It was right, or there is none to ask for. What it was for may be done, once.
    Yes,
    /// A double click: the first one has done it.
    Before,
    No(CodeNotice),
}

/// The challenge to put into the form, for whoever has a second factor.
pub(crate) async fn ask(
    app: &App,
    user: &User,
    browser: &Browser,
    action: &Action,
) -> Result<Option<Challenge>, Problem> {
    if !user.has_second_factor {
        return Ok(None);
    }
    let account = user.account();
    let device = browser.device(&account);
    Ok(Some(app.second_factor.begin_step_up(&account, action, device.as_deref()).await?))
}

/// What stands above the form.
pub(crate) fn notice(
    view: &View,
    refused: Option<CodeNotice>,
    challenge: Option<&Challenge>,
) -> Option<CodeNotice> {
    CodeNotice::above(view.words, refused, challenge?)
}

pub(crate) async fn shown(
    app: &App,
    view: &View,
    user: &User,
    action: &Action,
    typed: Typed,
) -> Result<Shown, Problem> {
    if !user.has_second_factor {
        return Ok(Shown::Yes);
    }
    let account = user.account();
    match app.second_factor.step_up(&account, &Token::from(typed.token), &typed.code).await {
        Ok(proof) => {
            app.second_factor.spend(&account, &proof, action).await?;
            Ok(Shown::Yes)
        }
        Err(Error::Rejected(again)) if again.already_completed() => Ok(Shown::Before),
        Err(Error::Rejected(rejection)) => Ok(Shown::No(CodeNotice::refused(view.words, &rejection))),
        Err(error) => Err(error.into()),
    }
}
