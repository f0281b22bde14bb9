//! The table of routes and what they share. What each of them promises stands in `examples/README.md`.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};

use crate::bench::{self, Blocks};
use crate::log::{self, Log};
use crate::publish::{self, Topics};
use crate::script::{self, Scripts};
use crate::static_files::{self, Root};
use crate::{cookies, cors, demo, echo, numbered, responses, stream};

pub fn router(root: &Path) -> Router {
    let log = Arc::new(Log::new());
    Router::new()
        .route("/log", get(log::read).delete(log::forget))
        .with_state(Arc::clone(&log))
        .route("/script", post(script::write))
        .route("/script/{key}", any(script::play_next))
        .with_state(Arc::new(Scripts::default()))
        .route("/publish", post(publish::publish))
        .route("/subscribe", get(publish::subscribe))
        .with_state(Arc::new(Topics::default()))
        .route("/bench", get(bench::bench))
        .with_state(Arc::new(Blocks::default()))
        .route("/stream", any(stream::stream))
        .route("/", get(static_files::index))
        .fallback(static_files::serve)
        .with_state(Root::new(root))
        .route("/numbered", get(numbered::numbered))
        .route("/echo", any(echo::echo))
        .route("/demo/ping", get(demo::ping))
        .route("/status/{code}", any(responses::status))
        .route("/redirect", any(responses::redirect))
        .route("/cookies/set", get(cookies::set))
        .route("/cookies/echo", get(cookies::echo))
        .layer(DefaultBodyLimit::disable())
        // The layer added last is the first to see a request: preflights are logged too.
        .layer(from_fn(cors::answer))
        .layer(from_fn_with_state(log, log::record))
}
