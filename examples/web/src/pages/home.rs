//! The front page.

use askama::Template;
use axum::{Extension, http::StatusCode, response::Response};

use crate::{glue::Me, pages::render, problem::Problem, view::View, when};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    view: View,
    email: String,
    company: String,
    enroll_by: Option<String>,
}

pub(crate) async fn page(view: View, me: Option<Extension<Me>>) -> Result<Response, Problem> {
    let page = match me {
        None => Home { view, email: String::new(), company: String::new(), enroll_by: None },
        Some(Extension(me)) => Home {
            view,
            email: me.user.email,
            company: me.user.company,
            enroll_by: me.enroll_by.map(when::date),
        },
    };
    render(StatusCode::OK, &page)
}
