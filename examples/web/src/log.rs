//! The log: on the standard error, a line for each event, with the request that it belongs to.
//!
//! Addresses are logged as their routes (`/invitation/{token}`), without what stands in their place: it may be a secret. Forms, cookies
//! and headers are not logged at all.

use std::{
    env,
    io::{self, IsTerminal},
};

use axum::{Router, extract::MatchedPath, extract::Request};
use second_factor::BoxError;
use tower_http::{
    LatencyUnit,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, Span, level_filters::LevelFilter};

use crate::handout;

/// `LOG_LEVEL` is `error`, `warn`, `info`, `debug`, `trace` or `off`; `LOG_FORMAT=json` writes for programs.
pub(crate) fn start() -> Result<(), BoxError> {
    let level = match env::var("LOG_LEVEL") {
        Ok(level) => {
            level.parse().map_err(|_| "LOG_LEVEL is one of error, warn, info, debug, trace and off")?
        }
        Err(_) => LevelFilter::INFO,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
    match env::var("LOG_FORMAT").as_deref() {
        Err(_) | Ok("text") => log.with_ansi(io::stderr().is_terminal()).init(),
        Ok("json") => log.json().init(),
        Ok(_) => return Err("LOG_FORMAT is text or json".into()),
    }
    Ok(())
}

/// Each request has a name of its own, under which everything stands that comes of it, and a line with its outcome at the end.
pub(crate) fn requests<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let outcome = DefaultOnResponse::new().level(Level::INFO).latency_unit(LatencyUnit::Millis);
    let layer = TraceLayer::new_for_http().make_span_with(span).on_response(outcome).on_request(());
    // What failed was logged by who knows why.
    router.layer(layer.on_failure(()))
}

fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = handout::draw::<4>().unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method(), route)
}
