//! Sessions: the one place that opens them, and the gate that every request of an open one passes.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Access, Assurance, Error, Factor, SignedIn, Unavailable, UnixTime, UserKey};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use tower_sessions::Session;

use super::App;
use crate::{
    audit::ServiceEvent,
    browser::Browser,
    db::{User, Versions},
    pages::terms,
    problem::Problem,
};

impl App {
    /// The only place that opens a session. It takes the user from the proof, and from nowhere else.
    ///
    /// The session gets a new id each time, so one that somebody else planted or copied beforehand is worth nothing afterwards. `shown` is
    /// the user as they were when the first factor was looked at: with a password that was changed since, nothing opens.
    pub(crate) async fn open_session(
        &self,
        browser: &Browser,
        shown: &User,
        signed_in: SignedIn,
    ) -> Result<(), Problem> {
        let user = self.db.user_of(signed_in.user()).await?.ok_or(Problem::StepIsOver)?;
        if (user.id, user.password_version) != (shown.id, shown.password_version) {
            return Err(Problem::StepIsOver);
        }
        if shows_enrollment(signed_in.assurance()) && !user.has_second_factor {
            self.db.remember_second_factor(user.id).await?;
        }
        if let Some(cookie) = signed_in.cookie() {
            browser.keep_device(cookie)?;
        }
        browser.session.cycle_id().await?;
        let opened = Opened {
            user: signed_in.user().clone(),
            assurance: signed_in.assurance(),
            versions: user.versions(),
        };
        browser.session.insert(OPENED, opened).await?;
        browser.forget_token();
        if let Assurance::FirstFactorOnly(because) = signed_in.assurance() {
            self.audit.service(signed_in.user(), None, ServiceEvent::SignedInWithout { because });
        }

        // A good moment for notices that could not be delivered when they arose. They wait on; nobody is kept out by them.
        if let Err(error) = self.second_factor.deliver_pending(signed_in.user()).await {
            tracing::warn!(%error, "notices are still waiting");
        }
        Ok(())
    }

    /// Goes on with this session where the user's others end. It gets a new id, so one that was copied ends with them.
    pub(crate) async fn renew_session(&self, browser: &Browser, versions: Versions) -> Result<(), Problem> {
        let opened = browser.session.get::<Opened>(OPENED).await?.ok_or(Problem::SignInFirst)?;
        browser.session.cycle_id().await?;
        Ok(browser.session.insert(OPENED, Opened { versions, ..opened }).await?)
    }
}

/// Whether somebody signed in with what only a set-up leaves behind. A mailed code would not show it.
const fn shows_enrollment(assurance: Assurance) -> bool {
    matches!(assurance, Assurance::SecondFactor { factor: Factor::Totp | Factor::BackupCode, .. })
}

/// What a session holds: who, how they showed it, under which password and before which sign-out everywhere, so that it ends with
/// either.
#[derive(Serialize, Deserialize)]
struct Opened {
    user: UserKey,
    assurance: Assurance,
    versions: Versions,
}
const OPENED: &str = "opened";

/// Who is signed in and has accepted the terms. Handed out by the [`gate`] alone, so a handler that takes it cannot be reached past the
/// gate.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) user: User,
    /// Set-up is required, and open to this session is nothing else.
    pub(crate) must_enroll: bool,
    /// Set-up is required from then on.
    pub(crate) enroll_by: Option<UnixTime>,
}

/// Who is signed in, whether the terms are accepted or not: for the page with the terms, and for what must not be lost before it.
#[derive(Clone)]
pub(crate) struct Arrived(pub(crate) User);

/// What every session opens, whatever else its user has to do first.
const ALWAYS: [&str; 2] = ["/sign-out", "/language"];

/// Stands before every page: an open session is measured against the policy and the record as they are at this request.
pub(crate) async fn gate(
    State(app): State<App>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(opened) = session.get::<Opened>(OPENED).await? else { return Ok(next.run(request).await) };
    let Some((user, access)) = measure(&app, &opened).await? else { return sign_in_again(&session).await };
    let (must_enroll, enroll_by) = match access {
        Access::Granted { enroll_by } => (false, enroll_by),
        Access::Enroll => (true, None),
        Access::SignInAgain => return sign_in_again(&session).await,
    };

    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(Arrived(user.clone()));
    if user.terms_accepted < terms::VERSION {
        // Nobody is `Me` yet, so that not even a page that is forgotten here would open.
        if !ALWAYS.contains(&path.as_str()) && !terms::may_open_before(&path) {
            return Ok(Redirect::to(terms::PAGE).into_response());
        }
    } else if must_enroll && !path.starts_with("/settings") && !ALWAYS.contains(&path.as_str()) {
        return Ok(Redirect::to("/settings").into_response());
    } else {
        request.extensions_mut().insert(Me { user, must_enroll, enroll_by });
    }
    Ok(next.run(request).await)
}

/// The user of a session, and what the library says of it; `None` if the service ended it.
///
/// Where somebody's second factor was just deleted, the service's own flag follows a moment later, by the notice. In between the two
/// contradict each other, as they do where a record is lost. So it is waited for, and not for long.
async fn measure(app: &App, opened: &Opened) -> Result<Option<(User, Access)>, Problem> {
    let mut rounds = 0;
    loop {
        let Some(user) = app.db.user_of(&opened.user).await? else { return Ok(None) };
        if user.versions() != opened.versions {
            return Ok(None);
        }
        match app.second_factor.assess(&user.account(), opened.assurance).await {
            Err(Error::Unavailable(Unavailable::MissingRecord)) if rounds < 10 => rounds += 1,
            access => return Ok(Some((user, access?))),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn sign_in_again(session: &Session) -> Result<Response, Problem> {
    session.flush().await?;
    Ok(Redirect::to("/sign-in").into_response())
}

impl<S: Sync> FromRequestParts<S> for Arrived {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or(Problem::SignInFirst)
    }
}

impl<S: Sync> FromRequestParts<S> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or(Problem::SignInFirst)
    }
}

/// Whoever may administer the others. To everybody else there is no such page.
pub(crate) struct Administrator(pub(crate) Me);

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let me = Me::from_request_parts(parts, state).await?;
        if me.user.is_administrator { Ok(Self(me)) } else { Err(Problem::NotFound) }
    }
}
