//! The files that every page needs. They hold nothing secret, so browsers may keep them.

use axum::{
    Router,
    http::{HeaderName, header},
    routing::get,
};

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/style.css", get(|| file("text/css; charset=utf-8", include_str!("../static/style.css"))))
        .route("/app.js", get(|| file("text/javascript; charset=utf-8", include_str!("../static/app.js"))))
        .route("/icon.svg", get(|| file("image/svg+xml", include_str!("../static/icon.svg"))))
}

async fn file(kind: &'static str, text: &'static str) -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")], text)
}
