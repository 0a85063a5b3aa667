//! What a browser carries: a session once somebody is signed in, and before that a sealed token of `second-factor` that says how
//! far they are.
//!
//! The token has a cookie of its own. Until the second factor is passed there is no session, so no page can mistake one for the
//! other.

use axum::{extract::FromRequestParts, http::request::Parts};
use second_factor::Token;
use tower_cookies::{Cookie, Cookies, cookie::SameSite};
use tower_sessions::Session;

use crate::{glue::App, problem::Problem};

const PROGRESS: &str = "progress";

pub(crate) struct Browser {
    pub(crate) session: Session,
    cookies: Cookies,
    secure: bool,
}

impl Browser {
    /// The token, if there is one; else the way back to the beginning.
    pub(crate) fn token(&self) -> Result<Token, Problem> {
        let cookie = self.cookies.get(PROGRESS).ok_or(Problem::SignInFirst)?;
        Ok(Token::from(cookie.value().to_owned()))
    }

    /// Keeps the token until the browser is closed; it expires earlier by itself.
    pub(crate) fn keep_token(&self, token: &Token) {
        self.cookies.add(self.progress(token.as_str().to_owned()));
    }

    pub(crate) fn forget_token(&self) {
        self.cookies.remove(self.progress(String::new()));
    }

    fn progress(&self, value: String) -> Cookie<'static> {
        Cookie::build((PROGRESS, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .build()
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let missing = |(_, text): (_, &str)| Problem::Broken(text.into());
        Ok(Self {
            session: Session::from_request_parts(parts, app).await.map_err(missing)?,
            cookies: Cookies::from_request_parts(parts, app).await.map_err(missing)?,
            secure: app.secure_cookies,
        })
    }
}
