//! `key=` in any query: the request is kept under that key, and whether its client is still connected. Tests learn
//! here what really went over the wire, and when a connection was given up.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Error, Json};
use hyper::body::{Frame, SizeHint};
use serde_json::{Value, json};

use crate::query::{BadRequest, Query};

const LARGEST_BODY: usize = 256 << 20;

pub struct Log {
    started: Instant,
    entries: Mutex<HashMap<String, Vec<Arc<Entry>>>>,
}

struct Entry {
    method: String,
    url: String,
    headers: BTreeMap<String, Vec<String>>,
    body: Bytes,
    at: f64,
    closed_at: OnceLock<f64>,
}

impl Log {
    pub fn new() -> Self {
        Log { started: Instant::now(), entries: Mutex::default() }
    }

    /// Milliseconds since the server started.
    fn now(&self) -> f64 {
        self.started.elapsed().as_micros() as f64 / 1000.0
    }

    fn with_entries<T>(&self, act: impl FnOnce(&mut HashMap<String, Vec<Arc<Entry>>>) -> T) -> T {
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Entry {
    fn to_json(&self) -> Value {
        json!({
            "method": self.method,
            "url": self.url,
            "headers": self.headers,
            "body": String::from_utf8_lossy(&self.body),
            "at": self.at,
            "open": self.closed_at.get().is_none(),
            "closedAt": self.closed_at.get(),
        })
    }
}

/// Header values as byte strings: one character for each byte, as Fetch has them.
pub fn headers_as_text(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut texts = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in headers {
        let text = value.as_bytes().iter().copied().map(char::from).collect();
        texts.entry(name.to_string()).or_default().push(text);
    }
    texts
}

/// `GET /log?key=K`
pub async fn read(State(log): State<Arc<Log>>, query: Query) -> Result<Response, BadRequest> {
    let key = query.required("key")?;
    let requests: Vec<Value> =
        log.with_entries(|entries| entries.get(&key).into_iter().flatten().map(|entry| entry.to_json()).collect());
    let open = requests.iter().filter(|request| request["open"] == true).count();
    Ok(([(CACHE_CONTROL, "no-store")], Json(json!({ "requests": requests, "open": open }))).into_response())
}

/// `DELETE /log?key=K`
pub async fn forget(State(log): State<Arc<Log>>, query: Query) -> Result<(), BadRequest> {
    let key = query.required("key")?;
    log.with_entries(|entries| entries.remove(&key));
    Ok(())
}

/// The layer that keeps requests. It reads the request's body whole for every route, logged or not: hyper notices a
/// client that goes away only once it has nothing else to read.
pub async fn record(State(log): State<Arc<Log>>, query: Query, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => body,
        Err(error) => return BadRequest(format!("the request's body: {error}")).into_response(),
    };
    let key = match parts.uri.path() {
        // Reading the log or writing a script is the test's own business, not the client's.
        "/log" | "/script" => None,
        path => query.text("key").map(String::from).or_else(|| path.strip_prefix("/script/").map(String::from)),
    };
    let Some(key) = key else { return next.run(Request::from_parts(parts, Body::from(body))).await };

    let entry = Arc::new(Entry {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers_as_text(&parts.headers),
        body: body.clone(),
        at: log.now(),
        closed_at: OnceLock::new(),
    });
    log.with_entries(|entries| entries.entry(key).or_default().push(Arc::clone(&entry)));
    let open = Open { entry, log };
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    response.map(|body| Body::new(Watched { body, _open: open }))
}

/// Lives as long as the answer to a request is under way. Dropped when the answer is complete or the client is gone.
struct Open {
    entry: Arc<Entry>,
    log: Arc<Log>,
}

impl Drop for Open {
    fn drop(&mut self) {
        // Set once, here only.
        let _ = self.entry.closed_at.set(self.log.now());
    }
}

/// A response body that carries an [`Open`] with it.
struct Watched {
    body: Body,
    _open: Open,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
