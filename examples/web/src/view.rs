//! What every page has, whatever it shows: its language, the token of its forms, and who looks at it.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::Response,
};
use fluent_bundle::FluentValue;
use tower_cookies::Cookies;

use crate::{
    form::FormToken,
    glue::{App, Me},
    problem::{Explanation, Problem},
    words::{Filled, Language, Words},
};

/// The cookie with the language that somebody chose.
pub(crate) const LANGUAGE: &str = "language";

/// A field of each page's template.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) words: Words,
    /// Stands in each form, by `csrf.html`.
    pub(crate) token: FormToken,
    /// The address that shows this page again; `None` for the answer to a form, which has none.
    pub(crate) here: Option<Arc<str>>,
    pub(crate) signed_in: bool,
    pub(crate) is_administrator: bool,
}

impl View {
    /// The words under this key.
    pub(crate) fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// Words with something filled in: `view.with("seconds", 30).say("common-in-seconds")`.
    pub(crate) fn with<'a>(&self, name: &'static str, value: impl Into<FluentValue<'a>>) -> Filled<'a> {
        self.words.with(name, value)
    }

    /// Whether this page is one of those under an address.
    pub(crate) fn is_under(&self, address: &str) -> bool {
        self.here.as_deref().is_some_and(|here| here.starts_with(address))
    }
}

/// Makes it, once for each request, and shows what a handler ran into.
pub(crate) async fn provide(
    State(app): State<App>,
    cookies: Cookies,
    mut request: Request,
    next: Next,
) -> Response {
    let here = (request.method() == Method::GET)
        .then(|| request.uri().path_and_query().map_or("/", |it| it.as_str()).into());
    let view = View {
        words: Words::of(language(&cookies, request.headers())),
        token: FormToken::of(&cookies, app.secure_cookies),
        here,
        signed_in: false,
        is_administrator: false,
    };
    request.extensions_mut().insert(view.clone());
    let response = next.run(request).await;
    match response.extensions().get::<Explanation>() {
        Some(explanation) => explanation.page(view),
        None => response,
    }
}

/// What was chosen here, else what the browser likes best.
fn language(cookies: &Cookies, headers: &HeaderMap) -> Language {
    let chosen = cookies.get(LANGUAGE).and_then(|cookie| Language::from_tag(cookie.value()));
    let liked = || Language::preferred(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
    chosen.or_else(liked).unwrap_or_default()
}

impl<S: Sync> FromRequestParts<S> for View {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let view = parts.extensions.get::<Self>().cloned();
        let view = view.ok_or_else(|| Problem::Broken("a page outside of the site's frame".into()))?;
        Ok(match parts.extensions.get::<Me>() {
            Some(me) => Self { signed_in: true, is_administrator: me.user.is_administrator, ..view },
            None => view,
        })
    }
}
