//! The tenant's policy, in the administrator's hands: proposed, previewed, saved.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Redirect, Response},
};
use second_factor::{
    Actor, Channel, Factor, Member, Others, Policy, Preview, Requirement, Token, Trust, TrustDays,
};
use serde::Deserialize;

use crate::{
    audit::ServiceEvent,
    db::User,
    form::Form,
    glue::{Administrator, App, Me},
    pages::render,
    problem::Problem,
    view::View,
};

/// What can be chosen. The tick boxes are there if they are ticked.
#[derive(Deserialize)]
pub(crate) struct PolicyForm {
    pub(crate) requirement: Choice,
    pub(crate) trust: Option<String>,
    pub(crate) mail: Option<String>,
    /// Of the preview, when it is confirmed.
    #[serde(default)]
    confirmation: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    Off,
    Optional,
    Everybody,
    Administrators,
}

impl Choice {
    pub(crate) const ALL: [Self; 4] = [Self::Off, Self::Optional, Self::Everybody, Self::Administrators];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Everybody => "everybody",
            Self::Administrators => "administrators",
        }
    }

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Off => "Do not use",
            Self::Optional => "Whoever wants to",
            Self::Everybody => "Everybody must",
            Self::Administrators => "Administrators must, others may",
        }
    }

    const fn requirement(self) -> Requirement {
        match self {
            Self::Off => Requirement::Off,
            Self::Optional => Requirement::Optional,
            Self::Everybody => Requirement::RequiredForAll,
            Self::Administrators => Requirement::RequiredForAdministrators { others: Others::Optional },
        }
    }
}

impl PolicyForm {
    pub(crate) fn of(policy: &Policy) -> Self {
        let ticked = |yes: bool| yes.then(|| "yes".to_owned());
        Self {
            requirement: match policy.requirement() {
                Requirement::Off => Choice::Off,
                Requirement::Optional => Choice::Optional,
                Requirement::RequiredForAll => Choice::Everybody,
                Requirement::RequiredForAdministrators { .. } => Choice::Administrators,
            },
            trust: ticked(policy.trust() != Trust::Off),
            mail: ticked(policy.allows(MAIL)),
            confirmation: String::new(),
        }
    }

    /// The present policy, changed as the form says. What it does not show stays as it is.
    fn applied_to(&self, present: &Policy) -> Policy {
        let trust = if self.trust.is_some() { Trust::Days(TrustDays::DEFAULT) } else { Trust::Off };
        let policy = present.clone().require(self.requirement.requirement()).trusted_devices(trust);
        if self.mail.is_some() { policy.allow(MAIL) } else { policy.forbid(MAIL) }
    }
}

const MAIL: Factor = Factor::OneTimeCode(Channel::Email);

#[derive(Template)]
#[template(path = "policy.html")]
struct PreviewPage {
    view: View,
    form: PolicyForm,
    preview: Preview,
}

/// What it would mean. Nothing changes yet.
pub(crate) async fn preview(
    State(app): State<App>,
    view: View,
    Administrator(me): Administrator,
    Form(form): Form<PolicyForm>,
) -> Result<Response, Problem> {
    let preview = count(&app, &me, &form.applied_to(&me.user.policy)).await?;
    let status = match preview.acting_would_be_locked_out {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    render(status, &PreviewPage { view, form, preview })
}

/// Saves it. Switched off, what everybody had set up is deleted; whom that does not reach is still asked for a code.
pub(crate) async fn save(
    State(app): State<App>,
    Administrator(me): Administrator,
    Form(form): Form<PolicyForm>,
) -> Result<Redirect, Problem> {
    let policy = form.applied_to(&me.user.policy);
    if count(&app, &me, &policy).await?.acting_would_be_locked_out {
        return Err(Problem::StepIsOver);
    }
    if policy.requirement() == Requirement::Off {
        // Under the policy as it is from now on, and saved before anything goes, so that nobody sets up behind the sweep's back.
        let acting = User { policy: policy.clone(), ..me.user.clone() }.account();
        let mut sweep = app.administration.delete_all(&acting, &Token::from(form.confirmation))?;
        keep(&app, &me, &policy, form.requirement).await?;
        while let Some(progress) = sweep.next().await? {
            tracing::info!(progress.done, progress.failed, "deleted second factors");
        }
    } else {
        keep(&app, &me, &policy, form.requirement).await?;
        let announced = app
            .administration
            .announce(&policy, &roster(&app, &me).await?, &Actor::User(me.user.key()))
            .await?;
        tracing::info!(announced.told, failed = announced.failures.len(), "told whom the policy concerns");
    }
    Ok(Redirect::to("/admin"))
}

async fn keep(app: &App, me: &Me, policy: &Policy, choice: Choice) -> Result<(), Problem> {
    app.db.save_policy(&me.user.company_id, policy).await?;
    let requirement = choice.name().to_owned();
    app.audit.service(&me.user.key(), None, ServiceEvent::PolicySaved { requirement });
    Ok(())
}

async fn count(app: &App, me: &Me, proposed: &Policy) -> Result<Preview, Problem> {
    let mut counting = app.administration.preview(&me.user.account(), proposed);
    counting.add(&roster(app, me).await?).await?;
    Ok(counting.finish().await?)
}

async fn roster(app: &App, me: &Me) -> Result<Vec<Member>, Problem> {
    Ok(app.db.users(&me.user.company_id).await?.iter().map(|user| Member::from(&user.account())).collect())
}
