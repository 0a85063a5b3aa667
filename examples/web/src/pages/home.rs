//! The front page.

use askama::Template;
use axum::{Extension, http::StatusCode, response::Response};

use crate::{glue::Me, pages::render, problem::Problem, view::View, when};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    view: View,
    email: String,
    enroll_by: Option<String>,
    is_administrator: bool,
}

pub(crate) async fn page(view: View, me: Option<Extension<Me>>) -> Result<Response, Problem> {
    let page = match me {
        None => Home { view, email: String::new(), enroll_by: None, is_administrator: false },
        Some(Extension(me)) => Home {
            view,
            is_administrator: me.user.is_administrator,
            email: me.user.email,
            enroll_by: me.enroll_by.map(when::date),
        },
    };
    render(StatusCode::OK, &page)
}
