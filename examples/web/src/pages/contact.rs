//! What the company's mails say to whoever finds that something was not them.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    audit::ServiceEvent,
    form::Form,
    glue::{Administrator, App},
    messages::SUPPORT,
    pages::render,
    problem::Problem,
    view::View,
};

/// In characters.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "contact.html")]
struct ContactPage {
    view: View,
    contact: String,
    problem: bool,
}

#[derive(Deserialize)]
pub(crate) struct ContactForm {
    contact: String,
}

pub(crate) async fn page(view: View, Administrator(me): Administrator) -> Result<Response, Problem> {
    render(StatusCode::OK, &ContactPage { view, contact: me.user.contact, problem: false })
}

/// Saves it. Empty, mails name the support of this service.
pub(crate) async fn save(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    Form(form): Form<ContactForm>,
) -> Result<Response, Problem> {
    let contact = form.contact.trim().to_owned();
    if contact.chars().count() > LONGEST || contact.contains(char::is_control) {
        let page = ContactPage { view, contact, problem: true };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    app.db.save_contact(&me.user.company_id, &contact).await?;
    app.audit.service(&me.user.key(), None, ServiceEvent::ContactSaved);
    Ok(Redirect::to("/admin").into_response())
}
