//! The front page.

use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::Response};

use crate::{
    db::DemoAccount,
    glue::{App, Me},
    pages::render,
    problem::Problem,
    view::View,
    when,
};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    view: View,
    email: String,
    company: String,
    enroll_by: Option<String>,
    demo: Vec<DemoAccount>,
    /// What is sent stands on pages of this site, and reaches nobody.
    shows_messages: bool,
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    me: Option<Extension<Me>>,
) -> Result<Response, Problem> {
    let shows_messages = app.messages.shown.is_some();
    let page = match me {
        None => Home {
            view,
            email: String::new(),
            company: String::new(),
            enroll_by: None,
            demo: if app.demo { app.db.demo_accounts().await? } else { Vec::new() },
            shows_messages,
        },
        Some(Extension(me)) => Home {
            view,
            email: me.user.email,
            company: me.user.company,
            enroll_by: me.enroll_by.map(when::date),
            demo: Vec::new(),
            shows_messages,
        },
    };
    render(StatusCode::OK, &page)
}
