//! The second factor once more, in front of a change that is dangerous in the wrong hands: one page for all of them.
//!
//! The sealed token says what was asked for, so a code typed for one thing does no other, whatever the address says. The proof is spent
//! in the request that earned it; it never leaves the server.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Account, Action, AuthenticatorId, Authority, Error, NewAuthenticator, Proof, Token};
use serde::Deserialize;

use crate::{
    browser::Browser,
    form::{Form, Query},
    glue::{App, Me},
    pages::{
        CodeNotice,
        backup_codes::{self, Which},
        enroll, render_code_form,
    },
    problem::Problem,
    view::View,
};

#[derive(Template)]
#[template(path = "prove.html")]
struct ProvePage<'a> {
    view: View,
    asked: &'a Asked,
    token: &'a str,
    name: &'a str,
    notice: Option<CodeNotice>,
}

/// What somebody wants to do.
#[derive(Deserialize)]
pub(crate) struct Asked {
    r#do: Deed,
    /// To which authenticator.
    id: Option<AuthenticatorId>,
    /// There if the keyboard of a phone should have letters.
    letters: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    Add,
    Replace,
    Remove,
    Disable,
    NewCodes,
    ViewCodes,
}

impl Asked {
    fn action(&self) -> Result<Action, Problem> {
        let id = self.id.ok_or(Problem::NotFound);
        Ok(match self.r#do {
            Deed::Add => Action::AddAuthenticator,
            Deed::Replace => Action::Replace(id?),
            Deed::Remove => Action::Remove(id?),
            Deed::Disable => Action::Disable,
            Deed::NewCodes => Action::RegenerateBackupCodes,
            Deed::ViewCodes => Action::ViewBackupCodes,
        })
    }

    fn address(&self) -> String {
        let name = match self.r#do {
            Deed::Add => "add",
            Deed::Replace => "replace",
            Deed::Remove => "remove",
            Deed::Disable => "disable",
            Deed::NewCodes => "new-codes",
            Deed::ViewCodes => "view-codes",
        };
        let id = self.id.map(|id| format!("&id={id}")).unwrap_or_default();
        format!("/settings/prove?do={name}{id}")
    }

    /// The key of its name.
    const fn title(&self) -> &'static str {
        match self.r#do {
            Deed::Add => "settings-add-title",
            Deed::Replace => "settings-replace-title",
            Deed::Remove => "settings-remove-title",
            Deed::Disable => "settings-disable-title",
            Deed::NewCodes => "settings-new-codes-title",
            Deed::ViewCodes => "settings-view-codes-title",
        }
    }

    /// The key of what comes of it.
    const fn consequence(&self) -> &'static str {
        match self.r#do {
            Deed::Add => "settings-add-text",
            Deed::Replace => "settings-replace-text",
            Deed::Remove => "settings-remove-text",
            Deed::Disable => "settings-disable-text",
            Deed::NewCodes => "settings-new-codes-text",
            Deed::ViewCodes => "settings-view-codes-text",
        }
    }

    /// Whether something is gone afterwards.
    const fn is_grave(&self) -> bool {
        matches!(self.r#do, Deed::Remove | Deed::Disable)
    }

    /// Whether it ends in a new authenticator, which wants a name.
    const fn sets_up(&self) -> bool {
        matches!(self.r#do, Deed::Add | Deed::Replace)
    }

    /// Where it leads; after a double click too, which the first one has done.
    const fn leads_to(&self) -> &'static str {
        if self.sets_up() { enroll::CONFIRM } else { "/settings" }
    }
}

#[derive(Deserialize)]
pub(crate) struct ProveForm {
    token: String,
    code: String,
    #[serde(default)]
    name: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let name = view.say("settings-new-name-example");
    ask(&app, view, &me.user.account(), &browser, &asked, &name, None).await
}

pub(crate) async fn prove(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
    Query(asked): Query<Asked>,
    Form(form): Form<ProveForm>,
) -> Result<Response, Problem> {
    let account = me.user.account();
    let new = NewAuthenticator::new(&me.user.email).named(&form.name);
    if asked.sets_up() {
        // Before the code is spent on a name that would be refused.
        new.check().map_err(Problem::NotAllowed)?;
    }
    match app.second_factor.step_up(&account, &Token::from(form.token), &form.code).await {
        Ok(proof) => act(&app, view, &account, &browser, &asked, &proof, &new).await,
        Err(Error::Rejected(again)) if again.already_completed() => {
            Ok(Redirect::to(asked.leads_to()).into_response())
        }
        Err(Error::Rejected(rejection)) => {
            let notice = CodeNotice::refused(view.words, &rejection);
            ask(&app, view, &account, &browser, &asked, &form.name, Some(notice)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Does it, once. The library refuses a proof that was earned for something else.
async fn act(
    app: &App,
    view: View,
    account: &Account,
    browser: &Browser,
    asked: &Asked,
    proof: &Proof,
    new: &NewAuthenticator,
) -> Result<Response, Problem> {
    let verifier = &app.second_factor;
    match asked.action()? {
        Action::Disable => verifier.disable(account, proof).await?,
        Action::Remove(id) => verifier.remove_authenticator(account, id, proof).await?,
        Action::RegenerateBackupCodes => {
            return backup_codes::show(
                view,
                &verifier.regenerate_backup_codes(account, proof).await?,
                Which::New,
            );
        }
        Action::ViewBackupCodes => {
            return backup_codes::show(
                view,
                &verifier.view_backup_codes(account, proof).await?,
                Which::Unused,
            );
        }
        _ => {
            let enrollment = verifier.enroll(account, Authority::StepUp(proof), new).await?;
            browser.keep_token(enrollment.token());
        }
    }
    Ok(Redirect::to(asked.leads_to()).into_response())
}

async fn ask(
    app: &App,
    view: View,
    account: &Account,
    browser: &Browser,
    asked: &Asked,
    name: &str,
    notice: Option<CodeNotice>,
) -> Result<Response, Problem> {
    let device = browser.device(account);
    let challenge = app.second_factor.begin_step_up(account, &asked.action()?, device.as_deref()).await?;
    let notice = CodeNotice::above(view.words, notice, &challenge);
    let token = challenge.token().as_str();
    let page = ProvePage { view, asked, token, name, notice };
    render_code_form(&page, page.notice.as_ref())
}
