//! The files of the repository that pages and tests load, never cached; nothing outside the five folders named here.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use tower::ServiceExt;
use tower_http::services::ServeDir;

const FOLDERS: [&str; 5] = ["dist", "www", "tests", "build", "bench"];

/// The folder that `--root` named.
#[derive(Clone)]
pub struct Root(Arc<Path>);

impl Root {
    pub fn new(path: &Path) -> Self {
        Root(path.into())
    }

    /// The bytes of a stream kept below `tests/streams/`.
    pub async fn stream_file(&self, name: &str) -> io::Result<Bytes> {
        let name = PathBuf::from(name);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "leaves tests/streams"));
        }
        Ok(tokio::fs::read(self.0.join("tests/streams").join(name)).await?.into())
    }
}

/// A redirect and not the page itself, so that the page's relative addresses mean the same at `/` and `/www/`.
pub async fn index() -> Redirect {
    Redirect::temporary("/www/")
}

pub async fn serve(State(root): State<Root>, request: Request) -> Response {
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !FOLDERS.contains(&first) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(answer) = ServeDir::new(&root.0).oneshot(request).await;
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(content_type) = headers.get(CONTENT_TYPE).and_then(for_browsers) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    response
}

/// The type that a browser needs, where tower-http's is another. A classic script without a charset is read in the
/// page's encoding, and a page without one and without a `meta` in the browser's own.
fn for_browsers(content_type: &HeaderValue) -> Option<HeaderValue> {
    let text = match content_type.to_str().ok()? {
        "application/javascript" => "text/javascript",
        text => text,
    };
    let needs_charset = text.starts_with("text/") && !text.contains("charset");
    needs_charset.then(|| HeaderValue::try_from(format!("{text}; charset=utf-8")).ok())?
}
