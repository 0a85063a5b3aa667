//! The administrator's list of members. What is done to one of them is in [`member`](super::member).

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use second_factor::Summary;
use serde::{Deserialize, Serialize};

use crate::{
    db::{Members, User, Which},
    form::Query,
    glue::{Administrator, App},
    pages::render,
    problem::Problem,
    view::View,
    when,
};

const ON_A_PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    view: View,
    tab: &'static str,
    company: String,
    search: Search,
    members: Vec<(User, Summary)>,
    found: u64,
    earlier: Option<String>,
    later: Option<String>,
}

/// Who is looked for. An address with a mistake in it shows everybody.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Search {
    address: String,
    show: Which,
    /// How many stand before this page.
    after: u32,
}

impl Search {
    /// The address of another page of the same search.
    fn page(&self, after: u32) -> Result<String, Problem> {
        let query = serde_urlencoded::to_string(Self { after, ..self.clone() });
        Ok(format!("/admin?{}", query.map_err(|e| Problem::Broken(e.into()))?))
    }
}

impl Which {
    /// As the form names it.
    const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::On => "on",
            Self::Off => "off",
            Self::Administrators => "administrators",
        }
    }

    /// The key of what the page calls it.
    const fn words(self) -> &'static str {
        match self {
            Self::All => "admin-show-all",
            Self::On => "admin-show-on",
            Self::Off => "admin-show-off",
            Self::Administrators => "admin-show-administrators",
        }
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let company = &me.user.company_id;
    let Members { page, found } =
        app.db.members(company, search.address.trim(), search.show, ON_A_PAGE, search.after).await?;
    let keys: Vec<_> = page.iter().map(User::key).collect();
    let summaries = app.administration.summaries(&keys).await?;
    let members = page.into_iter().zip(summaries.into_iter().map(Option::unwrap_or_default)).collect();

    let next = search.after.saturating_add(ON_A_PAGE);
    let earlier = (search.after > 0).then(|| search.page(search.after.saturating_sub(ON_A_PAGE)));
    let later = (u64::from(next) < found).then(|| search.page(next));
    let (earlier, later) = (earlier.transpose()?, later.transpose()?);
    let company = me.user.company;
    let page = MembersPage { view, tab: "members", company, search, members, found, earlier, later };
    render(StatusCode::OK, &page)
}
