//! The audit log of the company, for its administrators: searched, page by page, and as a file.

use askama::Template;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use second_factor::BoxError;
use serde::{Deserialize, Serialize};

use crate::{
    audit::{COLUMNS, Entry, Filter, KINDS, Page, to_csv},
    form::Query,
    glue::{Administrator, App},
    pages::render,
    problem::Problem,
    view::View,
    when::midnight,
    words::Words,
};

/// So many entries stand on a page.
const ON_A_PAGE: usize = 50;

/// So many are read at a time for a file.
const AT_A_TIME: usize = 1000;

/// The form above the log. What is empty is not searched for.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Search {
    member: String,
    kind: String,
    /// The first day, and the last.
    from: String,
    until: String,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<i64>,
}

impl Search {
    /// `None` if a day is none.
    fn filter(&self) -> Option<Filter> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let day = |text: &String| match given(text) {
            None => Some(None),
            Some(day) => midnight(&day).map(Some),
        };
        Some(Filter {
            member: given(&self.member),
            kind: given(&self.kind),
            from: day(&self.from)?,
            // To the end of the last day.
            until: day(&self.until)?.map(|begins| begins.plus(24 * 60 * 60)),
            before: self.before,
        })
    }

    /// The rest of the address of this search.
    fn query(&self, before: Option<i64>) -> Result<String, Problem> {
        let search = Self { before, ..self.clone() };
        serde_urlencoded::to_string(search).map_err(|e| Problem::Broken(e.into()))
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    view: View,
    tab: &'static str,
    company: String,
    search: Search,
    bad_day: bool,
    entries: Vec<Entry>,
    /// The addresses of the next page, and of the file.
    older: Option<String>,
    file: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let file = search.query(None)?;
    let Some(filter) = search.filter() else {
        let page = AuditPage {
            view,
            tab: "audit",
            company: me.user.company,
            search,
            bad_day: true,
            entries: Vec::new(),
            older: None,
            file,
        };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    app.audit.settle().await;
    let Page { entries, before } = Page::read(app.db.pool(), &me.user.company_id, &filter, ON_A_PAGE).await?;
    let older = before.map(|before| search.query(Some(before))).transpose()?;
    render(
        StatusCode::OK,
        &AuditPage {
            view,
            tab: "audit",
            company: me.user.company,
            search,
            bad_day: false,
            entries,
            older,
            file,
        },
    )
}

/// All that was searched for, however much it is: it is sent while it is read.
pub(crate) async fn file(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    const FILE: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    let filter = search.filter().ok_or(Problem::NotFound)?;
    app.audit.settle().await;
    let words = view.words;
    let pieces = stream::try_unfold((Some(filter), true), move |(rest, first)| {
        let (pool, company) = (app.db.pool().clone(), me.user.company_id.clone());
        async move {
            let Some(filter) = rest else { return Ok::<_, BoxError>(None) };
            let page = Page::read(&pool, &company, &filter, AT_A_TIME).await?;
            let rest = page.before.map(|before| Filter { before: Some(before), ..filter });
            Ok(Some((piece(words, &page.entries, first)?, (rest, false))))
        }
    });
    Ok((FILE, Body::from_stream(pieces)).into_response())
}

/// Before the first one stands the mark by which spreadsheets know UTF-8.
fn piece(words: Words, entries: &[Entry], first: bool) -> Result<Bytes, BoxError> {
    let mut piece = if first { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    piece.extend(to_csv(words, entries, first)?);
    Ok(piece.into())
}
