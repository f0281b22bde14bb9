//! `/echo`: tells a client what its request looked like when it arrived, as the one message of an event stream.

use axum::Extension;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::connection::Connection;
use crate::log::headers_as_text;
use crate::playback::{Chunk, End, play};
use crate::query::{BadRequest, Query};

pub async fn echo(
    Extension(connection): Extension<Connection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
    body: Bytes,
) -> Result<Response, BadRequest> {
    let seen = json!({
        "method": method.as_str(),
        "url": uri.to_string(),
        "headers": headers_as_text(&headers),
        "body": String::from_utf8_lossy(&body),
    });
    Ok(one_message(&seen.to_string(), query.parsed("end")?.unwrap_or(End::Stall), connection))
}

/// An event stream of one message with one line of data.
pub fn one_message(data: &str, end: End, connection: Connection) -> Response {
    let chunk = Chunk { pause: std::time::Duration::ZERO, bytes: format!("data: {data}\n\n").into() };
    ([(CONTENT_TYPE, "text/event-stream")], play(std::iter::once(chunk), end, connection)).into_response()
}
