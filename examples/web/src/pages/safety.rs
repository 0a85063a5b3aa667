//! Changes in the settings that need no code: names, and whatever makes an account safer.

use axum::{extract::State, response::Redirect};
use second_factor::{AuthenticatorId, DeviceId};
use serde::Deserialize;

use crate::{
    browser::Browser,
    form::Form,
    glue::{App, Me},
    problem::Problem,
};

#[derive(Deserialize)]
pub(crate) struct RenameForm {
    id: AuthenticatorId,
    name: String,
}

pub(crate) async fn rename(
    State(app): State<App>,
    me: Me,
    Form(form): Form<RenameForm>,
) -> Result<Redirect, Problem> {
    app.second_factor.rename_authenticator(&me.user.account(), form.id, &form.name).await?;
    Ok(Redirect::to("/settings"))
}

#[derive(Deserialize)]
pub(crate) struct LabelForm {
    id: DeviceId,
    label: String,
}

pub(crate) async fn rename_browser(
    State(app): State<App>,
    me: Me,
    Form(form): Form<LabelForm>,
) -> Result<Redirect, Problem> {
    app.second_factor.rename_device(&me.user.account(), form.id, &form.label).await?;
    Ok(Redirect::to("/settings"))
}

#[derive(Deserialize)]
pub(crate) struct DeviceForm {
    id: DeviceId,
}

pub(crate) async fn forget_browser(
    State(app): State<App>,
    me: Me,
    Form(form): Form<DeviceForm>,
) -> Result<Redirect, Problem> {
    app.second_factor.revoke_device(&me.user.account(), form.id).await?;
    Ok(Redirect::to("/settings"))
}

pub(crate) async fn forget_browsers(State(app): State<App>, me: Me) -> Result<Redirect, Problem> {
    app.second_factor.revoke_devices(&me.user.account()).await?;
    Ok(Redirect::to("/settings"))
}

/// The library ends what it knows of; sessions without a second factor are the host's to end.
pub(crate) async fn sign_out_everywhere(
    State(app): State<App>,
    me: Me,
    browser: Browser,
) -> Result<Redirect, Problem> {
    let clearing = app.second_factor.sign_out_everywhere(&me.user.account()).await?;
    app.db.end_sessions(me.user.id).await?;
    browser.keep_device(&clearing)?;
    browser.session.flush().await?;
    Ok(Redirect::to("/sign-in"))
}
