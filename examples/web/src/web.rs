//! Which address leads where, and what every answer carries.

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite, cookie::time::Duration};

use crate::{
    assets, form,
    glue::{self, App},
    log,
    pages::{
        account, api, audit, backup_codes, code, contact, enroll, health, home, identity_provider,
        invitations, language, member, members, outbox, password, policy, prove, safety, settings, sign_in,
        sso, terms,
    },
    problem::Problem,
    sessions::SqliteSessions,
    view,
};

/// The whole site. From the inside out: the gate stands before every page; before the gate, what makes a request one of this site's.
pub(crate) fn router(app: App) -> Router {
    let sessions = SessionManagerLayer::new(SqliteSessions(app.db.pool().clone()))
        .with_name("session")
        .with_same_site(SameSite::Lax)
        .with_secure(app.secure_cookies)
        // Counted from the sign-in: a session is written then, and not again.
        .with_expiry(Expiry::OnInactivity(Duration::hours(12)));

    let site = Router::new()
        .route("/", get(home::page))
        .route("/register", get(account::register_page).post(account::register))
        .route("/sign-in", get(sign_in::page).post(sign_in::password))
        .route("/sign-in/code", get(code::page).post(code::verify))
        .route("/sign-in/code/send", post(code::send))
        .route("/sign-in/enroll", get(enroll::in_sign_in_page).post(enroll::in_sign_in))
        .route(
            "/sign-in/enroll/confirm",
            get(enroll::confirm_in_sign_in_page).post(enroll::confirm_in_sign_in),
        )
        .route("/sso", get(sso::begin).post(sso::answer))
        .route(identity_provider::PAGE, get(identity_provider::page).post(identity_provider::choose))
        .route(terms::PAGE, get(terms::page).post(terms::accept))
        .route("/sign-out", post(account::sign_out))
        .route("/language", post(language::choose))
        .route("/settings", get(settings::page))
        .route("/settings/password", get(password::page).post(password::change))
        .route(api::PAGE, get(api::page).post(api::make))
        .route("/api-tokens/revoke", post(api::revoke))
        .route("/settings/two-factor/enroll", post(enroll::in_settings))
        .route(enroll::CONFIRM, get(enroll::confirm_in_settings_page).post(enroll::confirm_in_settings))
        .route("/settings/two-factor/rename", post(safety::rename))
        .route("/settings/prove", get(prove::page).post(prove::prove))
        .route("/settings/backup-codes/download", post(backup_codes::download))
        .route("/settings/backup-codes/saved", get(backup_codes::saved_page).post(backup_codes::saved))
        .route("/settings/browsers/rename", post(safety::rename_browser))
        .route("/settings/browsers/forget", post(safety::forget_browser))
        .route("/settings/browsers/forget-all", post(safety::forget_browsers))
        .route("/settings/sign-out-everywhere", post(safety::sign_out_everywhere))
        .route("/invitation", get(invitations::page).post(invitations::join))
        .route("/invitation/{token}", get(invitations::follow))
        .route("/admin/audit", get(audit::page))
        .route("/admin/contact", get(contact::page).post(contact::save))
        .route("/admin/audit.csv", get(audit::file))
        .route("/admin", get(members::list))
        .route("/admin/invitations", get(invitations::list).post(invitations::invite))
        .route("/admin/invitations/withdraw", post(invitations::withdraw))
        .route("/admin/member", get(member::page))
        .route("/admin/member/reset", post(member::reset))
        .route("/admin/policy", get(policy::page).post(policy::preview))
        .route(policy::DELETION, get(policy::deletion).post(policy::delete_again))
        .route("/admin/policy/save", post(policy::save))
        .merge(outbox::routes(&app.messages))
        .fallback(async || Problem::NotFound)
        .layer(from_fn_with_state(app.clone(), glue::gate))
        .layer(from_fn_with_state(app.clone(), form::check))
        .layer(from_fn_with_state(app.clone(), view::provide))
        .layer(sessions)
        .merge(assets::routes())
        .route("/api/me", get(api::me))
        .route("/health", get(health::health))
        .layer(from_fn(headers));
    log::requests(site).with_state(app)
}

/// No page is kept in a cache: any of them may show a secret, or somebody's name. The only script is the site's own, none may be framed.
async fn headers(request: Request, next: Next) -> Response {
    const ALWAYS: [(HeaderName, &str); 3] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`, which would make browsers post our own forms with `Origin: null`.
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
