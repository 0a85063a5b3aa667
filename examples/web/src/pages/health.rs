//! Whether the service can do its work, for whoever watches it: both databases answer.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use second_factor::{BoxError, UserKey};
use serde_json::json;

use crate::{glue::App, problem};

pub(crate) async fn health(State(app): State<App>) -> impl IntoResponse {
    match ask(&app).await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ok" }))),
        Err(error) => {
            tracing::error!(error = problem::with_causes(&error), "a database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable" })))
        }
    }
}

/// Nobody has this key; what counts is that there is an answer.
async fn ask(app: &App) -> Result<(), BoxError> {
    app.db.key_check().await?;
    app.administration.summaries(&[UserKey::new("health", "nobody")]).await?;
    Ok(())
}
