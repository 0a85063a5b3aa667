//! Forms: read, and only from this site's own pages.
//!
//! Against forged forms (CSRF) there are two walls. [`same_origin`](mod@crate::same_origin) goes by what the browser says of where a request
//! comes from. Behind it stands a token: random, in a cookie that no script and no other site can read, and once more in a hidden field
//! of each form (`csrf.html`). A page of another site can send the cookie, and not the field.
//!
//! [`check`] stands before every handler, so there is nothing to forget in a new one; a form without the field is refused.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tower_cookies::{Cookie, Cookies, cookie::SameSite};
use tower_sessions::session::Id;

use crate::{glue::App, problem::Problem, same_origin, view::View};

/// No form of this site comes near it.
const LONGEST: usize = 64 * 1024;

/// `axum::Form`; what cannot be read is answered in the looks of the site.
#[derive(FromRequest)]
#[from_request(via(axum::Form), rejection(Problem))]
pub(crate) struct Form<T>(pub(crate) T);

/// `axum::extract::Query`, likewise.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);

/// The token that a browser's forms carry: 128 random bits.
#[derive(Clone)]
pub(crate) struct FormToken(String);

impl FormToken {
    /// The browser's, from its cookie; or a new one, which it is given.
    pub(crate) fn of(cookies: &Cookies, secure: bool) -> Self {
        // The prefix keeps sibling subdomains from planting one; browsers demand HTTPS for it.
        let name = if secure { "__Host-csrf" } else { "csrf" };
        if let Some(cookie) = cookies.get(name) {
            return Self(cookie.value().to_owned());
        }
        // Drawn as the ids of sessions are.
        let token = Id::default().to_string();
        let cookie = Cookie::build((name, token.clone()));
        cookies.add(cookie.path("/").http_only(true).same_site(SameSite::Lax).secure(secure).build());
        Self(token)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn is(&self, sent: &str) -> bool {
        // An empty cookie must not make an empty field right.
        !sent.is_empty() && bool::from(self.0.as_bytes().ct_eq(sent.as_bytes()))
    }
}

#[derive(Deserialize)]
struct HiddenField {
    #[serde(default)]
    csrf: String,
}

/// Lets through what reads, and what was sent by a form of one of our own pages.
pub(crate) async fn check(
    State(app): State<App>,
    view: View,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(next.run(request).await);
    }
    if !same_origin::is_ours(request.headers()) {
        return Err(Problem::ForeignForm);
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST).await.map_err(|_| Problem::BadForm)?;
    let copy = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let Form(HiddenField { csrf }) = Form::from_request(copy, &app).await?;
    if !view.token.is(&csrf) {
        return Err(Problem::ForeignForm);
    }
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}
