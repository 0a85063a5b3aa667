//! Everything between this service and `second-factor`, in one place: what to copy.
//!
//! Four things are the host's to say: who somebody is now ([`User::account`]), who is in the middle of a sign-in
//! ([`App::in_sign_in`]), what opens a session ([`App::open_session`]) and what guards an open one ([`gate`]). The fifth, how messages
//! reach people, is in [`messages`](crate::messages).

use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{
    Access, Account, Administration, Assurance, Channel, Event, Factor, KeyRing, SignedIn, TenantId, Token,
    UnixTime, UserKey, Verifier,
};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::{
    browser::Browser,
    db::{Db, User},
    messages::Messages,
    passwords::Passwords,
    problem::Problem,
    records::Records,
};

/// This service has one tenant. With several, it is a column of the users.
pub(crate) const TENANT: &str = "demo";

/// What every handler has at hand.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) passwords: Passwords,
    pub(crate) second_factor: Verifier,
    pub(crate) administration: Administration,
    pub(crate) secure_cookies: bool,
}

/// The verifier over these records. A pool may be shared, as long as no transaction of the service is open while
/// the verifier is called: it writes on its own.
pub(crate) fn verifier(
    records: &Records,
    messages: Messages,
    keys: KeyRing,
) -> Result<Verifier, second_factor::InvalidIssuer> {
    let audit = |event: &Event| {
        tracing::info!(target: "audit", user = event.user().user(), at = event.at().seconds(), kind = ?event.kind());
    };
    records.verifier(messages, keys).issuer("Lighthouse").audit(audit).build()
}

impl User {
    /// How the library knows a user: by what is never given to a second person.
    pub(crate) fn key(&self) -> UserKey {
        UserKey::new(TENANT, self.id.to_string())
    }

    /// What this service knows of a user now. Read the user anew for each call.
    pub(crate) fn account(&self) -> Account {
        Account::new(self.key(), self.password_version.to_be_bytes(), &self.policy)
            .administrator(self.is_administrator)
            .known_enrolled(self.has_second_factor)
            // Everybody registered with an address. A real service says so only of one that was confirmed.
            .reachable_by(Channel::Email)
    }
}

impl App {
    /// Who is in the middle of a sign-in. The token says whom to look up, and proves nothing: the call that takes both does that.
    pub(crate) async fn in_sign_in(&self, token: &Token) -> Result<(User, Account), Problem> {
        let user = self.user(&self.second_factor.claimed_user(token)?).await?.ok_or(Problem::StepIsOver)?;
        let account = user.account();
        Ok((user, account))
    }

    /// The only place that opens a session. It takes the user from the proof, and from nowhere else.
    ///
    /// The session gets a new id each time, so one that somebody else planted or copied beforehand is worth nothing afterwards.
    pub(crate) async fn open_session(&self, browser: &Browser, signed_in: SignedIn) -> Result<(), Problem> {
        let user = self.user(signed_in.user()).await?.ok_or(Problem::StepIsOver)?;
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
            password_version: user.password_version,
            session_version: user.session_version,
        };
        browser.session.insert(OPENED, opened).await?;
        browser.forget_token();

        // A good moment for notices that could not be delivered when they arose. They wait on; nobody is kept out by them.
        if let Err(error) = self.second_factor.deliver_pending(signed_in.user()).await {
            tracing::warn!(%error, "notices are still waiting");
        }
        Ok(())
    }

    /// Hands over what did not reach anybody so far. This service does it once, at its start; a real one every few minutes.
    pub(crate) async fn deliver_waiting(&self) -> second_factor::Result<()> {
        let mut sweep = self.administration.deliver_pending(&TenantId::new(TENANT));
        while let Some(progress) = sweep.next().await? {
            tracing::info!(progress.changed, progress.failed, "delivered notices that were waiting");
        }
        Ok(())
    }

    async fn user(&self, key: &UserKey) -> Result<Option<User>, Problem> {
        match key.user().parse() {
            Ok(id) if key.tenant().as_str() == TENANT => Ok(self.db.user(id).await?),
            _ => Ok(None),
        }
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
    password_version: i64,
    session_version: i64,
}
const OPENED: &str = "opened";

/// Who is signed in. Handed out by the [`gate`] alone, so a handler that takes it cannot be reached past the gate.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) user: User,
    /// Set-up is required, and open to this session is nothing else.
    pub(crate) must_enroll: bool,
    /// Set-up is required from then on.
    pub(crate) enroll_by: Option<UnixTime>,
}

/// Stands before every page: an open session is measured against the policy and the record as they are at this request.
pub(crate) async fn gate(
    State(app): State<App>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(opened) = session.get::<Opened>(OPENED).await? else { return Ok(next.run(request).await) };
    let Some(user) = app.user(&opened.user).await? else { return sign_in_again(&session).await };
    if (user.password_version, user.session_version) != (opened.password_version, opened.session_version) {
        return sign_in_again(&session).await;
    }

    let path = request.uri().path();
    let me = match app.second_factor.assess(&user.account(), opened.assurance).await? {
        Access::Granted { enroll_by } => Me { user, must_enroll: false, enroll_by },
        Access::Enroll if path.starts_with("/settings") || path == "/sign-out" => {
            Me { user, must_enroll: true, enroll_by: None }
        }
        Access::Enroll => return Ok(Redirect::to("/settings").into_response()),
        Access::SignInAgain => return sign_in_again(&session).await,
    };
    request.extensions_mut().insert(me);
    Ok(next.run(request).await)
}

async fn sign_in_again(session: &Session) -> Result<Response, Problem> {
    session.flush().await?;
    Ok(Redirect::to("/sign-in").into_response())
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
