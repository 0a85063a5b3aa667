//! What a handler can run into, and the page that a person sees then.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{BoxError, Error, NotAllowed};

use crate::{messages::SUPPORT, pages};

pub(crate) enum Problem {
    /// Nobody is signed in.
    SignInFirst,
    /// A token or form has had its time, or belongs to somebody else.
    StepIsOver,
    /// A form that does not come from one of our pages.
    ForeignForm,
    NotFound,
    NotAllowed(NotAllowed),
    /// The store of records cannot answer. Never a reason to let anybody in.
    Unavailable(BoxError),
    Broken(BoxError),
}

/// By whose move it is. A code that was refused is answered where it was typed; here it means a token that is no longer good.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => {
                tracing::info!(reason = ?rejection.reason(), "refused");
                Self::StepIsOver
            }
            Error::NotAllowed(rule) => Self::NotAllowed(rule),
            Error::Unavailable(error) => Self::Unavailable(error.into()),
        }
    }
}

macro_rules! broken {
    ($($error:ty),*) => { $(impl From<$error> for Problem {
        fn from(error: $error) -> Self {
            Self::Broken(error.into())
        }
    })* };
}
broken!(sqlx::Error, tower_sessions::session::Error, askama::Error, argon2::password_hash::Error, BoxError);

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    title: &'static str,
    text: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::SignInFirst => return Redirect::to("/sign-in").into_response(),
            Self::StepIsOver => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This step is over",
                "It took too long, or it was finished in another window. Please start again.".to_owned(),
            ),
            Self::ForeignForm => (
                StatusCode::FORBIDDEN,
                "This form came from elsewhere",
                "It was not sent from a page of this site, so nothing was done.".to_owned(),
            ),
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "There is no such page", "The address may be mistyped.".to_owned())
            }
            Self::NotAllowed(rule) => (StatusCode::FORBIDDEN, "This is not possible", why_not(rule)),
            Self::Unavailable(error) => {
                log(&error);
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "We cannot check this at the moment",
                    "Please try again in a few minutes.".to_owned(),
                )
            }
            Self::Broken(error) => {
                log(&error);
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong",
                    "It is our fault, not yours. Please try again.".to_owned(),
                )
            }
        };
        let page = pages::render(status, &Page { title, text });
        page.unwrap_or_else(|_| status.into_response())
    }
}

fn why_not(rule: NotAllowed) -> String {
    match rule {
        NotAllowed::Required => {
            "A second factor is required here. You can change your app in the settings, but not turn it off.".into()
        }
        NotAllowed::NeedsTicket => {
            "An administrator has reset your second factor. Setting it up again takes the ticket you were given.".into()
        }
        NotAllowed::NoFactor => {
            format!("There is no second factor that you could use here. Write to {SUPPORT}.")
        }
        other => format!("The reason: {other}."),
    }
}

/// The error with all its causes.
pub(crate) fn log(error: &BoxError) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    tracing::error!(error = text, "a request failed");
}
