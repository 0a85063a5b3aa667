//! The front page.

use askama::Template;
use axum::{Extension, http::StatusCode, response::Response};

use crate::{glue::Me, pages::render, problem::Problem, when};

#[derive(Template, Default)]
#[template(path = "home.html")]
struct Home {
    signed_in: bool,
    email: String,
    company: String,
    enroll_by: Option<String>,
    is_administrator: bool,
}

pub(crate) async fn page(me: Option<Extension<Me>>) -> Result<Response, Problem> {
    let page = match me {
        None => Home::default(),
        Some(Extension(me)) => Home {
            signed_in: true,
            is_administrator: me.user.is_administrator,
            email: me.user.email,
            company: me.user.company,
            enroll_by: me.enroll_by.map(when::date),
        },
    };
    render(StatusCode::OK, &page)
}
