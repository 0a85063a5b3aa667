//! The company's policy, in the administrator's hands: proposed, previewed, saved; and the deletion that follows when it is switched off.

mod form;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Actor, Clock, Member, Policy, Preview, Requirement, SystemClock};

use self::form::{Choice, PolicyForm, Whom};
use crate::{
    audit::ServiceEvent,
    db::{Deletion, User},
    form::Form,
    glue::{Administrator, App, Me},
    pages::render,
    problem::Problem,
    view::View,
};

#[derive(Template)]
#[template(path = "policy_form.html")]
struct PolicyPage {
    view: View,
    tab: &'static str,
    company: String,
    form: PolicyForm,
    /// Tomorrow, the first day that a grace can end on.
    first_day: String,
    /// One that goes on, or left somebody out.
    deletion: Option<Deletion>,
}

pub(crate) async fn page(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
) -> Result<Response, Problem> {
    let deletion = app.db.deletion(&me.user.company_id).await?;
    let page = PolicyPage {
        view,
        tab: "policy",
        form: PolicyForm::of(&me.user.policy),
        company: me.user.company,
        first_day: crate::when::day(SystemClock.now().plus(24 * 60 * 60)),
        deletion: deletion.filter(|it| !it.finished || it.failed > 0),
    };
    render(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "policy.html")]
struct PreviewPage {
    view: View,
    tab: &'static str,
    form: PolicyForm,
    preview: Preview,
    /// Some of those who would have to set up, or would lose what they have.
    affected: Vec<String>,
    /// How many more there are.
    more: u64,
}

/// So many are named.
const NAMED: usize = 10;

/// What it would mean. Nothing changes yet.
pub(crate) async fn preview(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    Form(form): Form<PolicyForm>,
) -> Result<Response, Problem> {
    let proposed = form.applied_to(&me.user.policy)?;
    let users = app.db.users(&me.user.company_id).await?;
    let preview = count(&app, &me, &users, &proposed).await?;
    let affected = affected(&app, &users, &proposed).await?;
    let status = match preview.acting_would_be_locked_out {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    let more = u64::try_from(affected.len().saturating_sub(NAMED)).unwrap_or(u64::MAX);
    let affected = affected.into_iter().take(NAMED).collect();
    render(status, &PreviewPage { view, tab: "policy", form, preview, affected, more })
}

/// Saves it. Switched off, what everybody had set up is deleted; whom that does not reach is still asked for a code.
pub(crate) async fn save(
    State(app): State<App>,
    Administrator(me): Administrator,
    Form(form): Form<PolicyForm>,
) -> Result<Redirect, Problem> {
    let policy = form.applied_to(&me.user.policy)?;
    let users = app.db.users(&me.user.company_id).await?;
    if count(&app, &me, &users, &policy).await?.acting_would_be_locked_out {
        return Err(Problem::StepIsOver);
    }
    if policy.requirement() == Requirement::Off {
        if form.understood.is_none() {
            return Err(Problem::BadForm);
        }
        // Under the policy as it is from now on, and saved before anything goes, so that nobody sets up behind the sweep's back.
        let by = User { policy: policy.clone(), ..me.user.clone() };
        let confirmation = form.confirmation.clone();
        // Before anything is saved: a confirmation that is none changes nothing.
        let _checked = app.administration.delete_all(&by.account(), &confirmation.clone().into())?;
        keep(&app, &me, &policy, form.requirement).await?;
        app.begin_deleting(&by, confirmation).await?;
        return Ok(Redirect::to(DELETION));
    }
    keep(&app, &me, &policy, form.requirement).await?;
    let roster: Vec<_> = users.iter().map(|user| Member::from(&user.account())).collect();
    let announced = app.administration.announce(&policy, &roster, &Actor::User(me.user.key())).await?;
    tracing::info!(announced.told, failed = announced.failures.len(), "told whom the policy concerns");
    Ok(Redirect::to("/admin/policy"))
}

async fn keep(app: &App, me: &Me, policy: &Policy, choice: Choice) -> Result<(), Problem> {
    app.db.save_policy(&me.user.company_id, policy).await?;
    let requirement = choice.name().to_owned();
    app.audit.service(&me.user.key(), None, ServiceEvent::PolicySaved { requirement });
    Ok(())
}

async fn count(app: &App, me: &Me, users: &[User], proposed: &Policy) -> Result<Preview, Problem> {
    let mut counting = app.administration.preview(&me.user.account(), proposed);
    for page in users.chunks(500) {
        let members: Vec<_> = page.iter().map(|user| Member::from(&user.account())).collect();
        counting.add(&members).await?;
    }
    Ok(counting.finish().await?)
}

/// Whom it concerns: switched off, those who have set up; else those who have not, and would have to.
async fn affected(app: &App, users: &[User], proposed: &Policy) -> Result<Vec<String>, Problem> {
    let keys: Vec<_> = users.iter().map(User::key).collect();
    let summaries = app.administration.summaries(&keys).await?;
    let concerned = users.iter().zip(summaries).filter(|(user, summary)| {
        let enrolled = summary.is_some_and(|it| it.enrolled_at.is_some());
        match proposed.requirement() {
            Requirement::Off => enrolled,
            _ => !enrolled && Member::from(&user.account()).must_enroll(proposed),
        }
    });
    Ok(concerned.map(|(user, _)| user.email.clone()).collect())
}

/// Where the administrator sees how far a deletion is.
pub(crate) const DELETION: &str = "/admin/policy/deletion";

#[derive(Template)]
#[template(path = "deletion.html")]
struct DeletionPage {
    view: View,
    deletion: Deletion,
}

/// While it goes on the page is loaded anew every second, without a script.
pub(crate) async fn deletion(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
) -> Result<Response, Problem> {
    const AGAIN: [(HeaderName, &str); 1] = [(HeaderName::from_static("refresh"), "1")];
    let deletion = app.db.deletion(&me.user.company_id).await?.ok_or(Problem::NotFound)?;
    let goes_on = !deletion.finished;
    let page = render(StatusCode::OK, &DeletionPage { view, deletion })?;
    Ok(if goes_on { (AGAIN, page).into_response() } else { page })
}

/// Tries those again with whom it failed.
pub(crate) async fn delete_again(
    State(app): State<App>,
    Administrator(me): Administrator,
) -> Result<Redirect, Problem> {
    let deletion = app.db.deletion(&me.user.company_id).await?.ok_or(Problem::NotFound)?;
    if deletion.finished {
        app.begin_deleting(&me.user, deletion.confirmation).await?;
    }
    Ok(Redirect::to(DELETION))
}
