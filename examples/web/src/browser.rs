//! What a browser carries: a session once somebody is signed in, and before that a sealed token of `second-factor` that says how
//! far they are.
//!
//! The token has a cookie of its own. Until the second factor is passed there is no session, so no page can mistake one for the
//! other. A third cookie, one for each user of the browser, lets `second-factor` know the browser again.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use second_factor::{Account, DeviceCookie, Token};
use tower_cookies::{Cookie, Cookies, cookie::SameSite};
use tower_sessions::Session;

use crate::{glue::App, problem::Problem, user_agent};

const PROGRESS: &str = "progress";
const INVITATION: &str = "invitation";
const SSO_REQUEST: &str = "sso-request";

pub(crate) struct Browser {
    pub(crate) session: Session,
    /// What it says of itself, in a few words.
    pub(crate) label: String,
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
        self.cookies.add(self.cookie(PROGRESS, token.as_str().to_owned()));
    }

    pub(crate) fn forget_token(&self) {
        self.cookies.remove(self.cookie(PROGRESS, String::new()));
    }

    /// The token of the invitation that this browser followed.
    pub(crate) fn invitation(&self) -> Option<String> {
        self.value(INVITATION)
    }

    pub(crate) fn keep_invitation(&self, token: &str) {
        self.cookies.add(self.cookie(INVITATION, token.to_owned()));
    }

    pub(crate) fn forget_invitation(&self) {
        self.cookies.remove(self.cookie(INVITATION, String::new()));
    }

    /// What the identity provider was asked for this browser.
    pub(crate) fn sso_request(&self) -> Option<String> {
        self.value(SSO_REQUEST)
    }

    pub(crate) fn keep_sso_request(&self, request: &str) {
        self.cookies.add(self.cookie(SSO_REQUEST, request.to_owned()));
    }

    pub(crate) fn forget_sso_request(&self) {
        self.cookies.remove(self.cookie(SSO_REQUEST, String::new()));
    }

    fn value(&self, name: &str) -> Option<String> {
        Some(self.cookies.get(name)?.value().to_owned())
    }

    /// The cookie by which this user's second factor knows the browser again.
    pub(crate) fn device(&self, account: &Account) -> Option<String> {
        Some(self.cookies.get(&account.device_cookie_name())?.value().to_owned())
    }

    /// Sets it, or takes it away, as the library wrote it: always `Secure`, which browsers take over plain HTTP from localhost alone.
    pub(crate) fn keep_device(&self, cookie: &DeviceCookie) -> Result<(), Problem> {
        let cookie = Cookie::parse(cookie.header().to_owned()).map_err(|e| Problem::Broken(e.into()))?;
        self.cookies.add(cookie);
        Ok(())
    }

    fn cookie(&self, name: &'static str, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
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
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            label: user_agent::label(agent.unwrap_or_default()),
            session: Session::from_request_parts(parts, app).await.map_err(missing)?,
            cookies: Cookies::from_request_parts(parts, app).await.map_err(missing)?,
            secure: app.secure_cookies,
        })
    }
}
