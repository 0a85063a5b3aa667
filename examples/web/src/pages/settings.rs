//! The settings of whoever is signed in.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use second_factor::{Clock, KnownBrowser, Status, SystemClock, TrustedDevice};

use crate::{
    audit::{self, Entry},
    browser::Browser,
    db::Message,
    glue::{App, Me},
    messages::SUPPORT,
    pages::render,
    problem::Problem,
    view::View,
    when,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    view: View,
    me: &'a Me,
    status: &'a Status,
    held_back: Option<String>,
    messages: &'a [Message],
    events: &'a [Entry],
}

impl SettingsPage<'_> {
    fn enroll_by(&self) -> Option<String> {
        self.me.enroll_by.map(when::date)
    }

    fn may_remove(&self) -> bool {
        self.status.authenticators().len() > 1
    }

    /// When backup codes of the present set were used.
    fn used(&self) -> Vec<String> {
        self.status.backup_codes_used_at().iter().copied().map(when::date).collect()
    }

    fn browser_line(&self, browser: &TrustedDevice) -> String {
        let line = self.view.with("used", when::date(browser.last_used_at));
        match browser.until {
            Some(until) => line.with("until", when::date(until)).say("settings-browser-until"),
            None => line.say("settings-browser-until-sign-out"),
        }
    }

    fn issued(&self) -> Option<String> {
        self.status.backup_codes_issued_at().map(when::date)
    }
}

/// The browsers that are known and not trusted.
fn only_known(status: &Status) -> Vec<&KnownBrowser> {
    let is_trusted = |it: &&KnownBrowser| status.devices().iter().any(|trusted| trusted.id == it.id);
    status.known_browsers().iter().filter(|it| !is_trusted(it)).collect()
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    me: Me,
    browser: Browser,
) -> Result<Response, Problem> {
    let account = me.user.account();
    let status = app.second_factor.status(&account, browser.device(&account).as_deref()).await?;
    let messages = app.db.messages(me.user.id).await?;
    app.audit.settle().await;
    let events = audit::recent(app.db.pool(), &me.user.key(), 10).await?;
    let now = SystemClock.now();
    let held_back = status.locked_until().filter(|until| *until > now);
    let held_back = held_back.map(|until| when::wait(view.words, now, until));
    let page =
        SettingsPage { view, me: &me, status: &status, held_back, messages: &messages, events: &events };
    render(StatusCode::OK, &page)
}
