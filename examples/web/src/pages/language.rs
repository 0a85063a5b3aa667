//! The choice of a language, at the foot of each page: for the pages of this browser, and for the mails of whoever is signed in.

use axum::{Extension, extract::State, response::Redirect};
use serde::Deserialize;
use tower_cookies::{Cookie, Cookies, cookie::SameSite};
use tower_sessions::cookie::time::Duration;

use crate::{
    form::Form,
    glue::{App, Arrived},
    problem::Problem,
    view::LANGUAGE,
    words::Language,
};

#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
    /// The page that it was chosen on.
    back: String,
}

pub(crate) async fn choose(
    State(app): State<App>,
    cookies: Cookies,
    arrived: Option<Extension<Arrived>>,
    Form(form): Form<Choice>,
) -> Result<Redirect, Problem> {
    let language = Language::from_tag(&form.language).ok_or(Problem::BadForm)?;
    if let Some(Extension(Arrived(user))) = arrived {
        app.db.write_in(user.id, language.tag()).await?;
    }
    let cookie = Cookie::build((LANGUAGE, language.tag())).path("/").http_only(true);
    cookies.add(cookie.same_site(SameSite::Lax).max_age(Duration::days(365)).build());
    Ok(Redirect::to(if is_here(&form.back) { &form.back } else { "/" }))
}

/// Browsers take `//` and `/\` for the beginning of another site's address.
fn is_here(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.contains(['\\', '\r', '\n', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leads_back_and_nowhere_else() {
        assert!(is_here("/") && is_here("/settings/prove?do=replace&id=1"));
        for elsewhere in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"]
        {
            assert!(!is_here(elsewhere), "{elsewhere:?}");
        }
    }
}
