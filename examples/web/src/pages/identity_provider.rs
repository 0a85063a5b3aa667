//! A page that plays the identity provider of a company. A real one is somewhere else, and asks for more than a click.
//!
//! It knows the people of the demonstration who have no password, and nobody else: it is no way into any other account.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use second_factor::{Clock, SystemClock};
use serde::Deserialize;

use crate::{
    assertion::Assertion,
    form::{Form, Query},
    glue::App,
    handout,
    pages::render,
    problem::Problem,
    view::View,
};

pub(crate) const PAGE: &str = "/identity-provider";

#[derive(Template)]
#[template(path = "identity_provider.html")]
struct ProviderPage {
    view: View,
    request: String,
    /// What each person is called here, and their address.
    people: Vec<(String, String)>,
    /// Who was chosen: the signed answer, to be taken to the service.
    assertion: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    request: String,
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    request: String,
    person: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let people = people(&app).await?;
    render(StatusCode::OK, &ProviderPage { view, request: asked.request, people, assertion: None })
}

pub(crate) async fn choose(
    State(app): State<App>,
    view: View,
    Form(form): Form<Chosen>,
) -> Result<Response, Problem> {
    let people = people(&app).await?;
    if !people.iter().any(|(subject, _)| *subject == form.person) {
        return Err(Problem::NotFound);
    }
    let assertion = Assertion::new(&form.person, &form.request, SystemClock.now())?;
    let assertion = Some(assertion.sign(&key(&app).await?)?);
    render(StatusCode::OK, &ProviderPage { view, request: form.request, people, assertion })
}

async fn people(app: &App) -> Result<Vec<(String, String)>, Problem> {
    if app.demo { Ok(app.db.subjects().await?) } else { Err(Problem::NotFound) }
}

/// What the provider signs with, and the service knows it by.
pub(super) async fn key(app: &App) -> Result<Vec<u8>, Problem> {
    Ok(app.db.assertion_key(&handout::draw::<32>()?).await?.into_bytes())
}
