//! `/stream`: any bytes, cut anywhere, with any head, pause and end, all said in the query.

use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use crate::connection::Connection;
use crate::playback::{Chunk, play};
use crate::query::{BadRequest, Query};
use crate::static_files::Root;

pub async fn stream(
    State(root): State<Root>,
    Extension(connection): Extension<Connection>,
    query: Query,
) -> Result<Response, BadRequest> {
    let bytes = match query.text("file") {
        Some(name) => root.stream_file(&name).await.map_err(|error| BadRequest(format!("file={name}: {error}")))?,
        None => Bytes::copy_from_slice(query.bytes("body").unwrap_or_default()),
    };
    let pieces = cut(bytes, &query)?;
    let pause = query.milliseconds("pause")?;
    let chunks = pieces
        .into_iter()
        .enumerate()
        .map(move |(index, bytes)| Chunk { pause: if index == 0 { Duration::ZERO } else { pause }, bytes });

    let mut response = Response::new(play(chunks, query.parsed("end")?.unwrap_or_default(), connection));
    *response.status_mut() = query.status(StatusCode::OK)?;
    if let Some(content_type) = query.content_type("text/event-stream")? {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    query.add_headers(response.headers_mut())?;
    tokio::time::sleep(query.milliseconds("delay")?).await;
    Ok(response)
}

/// `cuts=3,5,1`: the lengths of the chunks, the rest being the last one; or `size=N`: every N bytes.
fn cut(mut bytes: Bytes, query: &Query) -> Result<Vec<Bytes>, BadRequest> {
    let mut chunks = Vec::new();
    if let Some(cuts) = query.text("cuts") {
        for length in cuts.split(',') {
            let length = length.parse::<usize>().ok().filter(|length| (1..=bytes.len()).contains(length));
            let length = length.ok_or_else(|| BadRequest(format!("cuts={cuts} does not fit the body")))?;
            chunks.push(bytes.split_to(length));
        }
    } else if let Some(size) = query.parsed("size")? {
        if size == 0 {
            return Err(BadRequest("size=0 cuts nothing".into()));
        }
        while bytes.len() > size {
            chunks.push(bytes.split_to(size));
        }
    }
    // An empty chunk would end the body.
    if !bytes.is_empty() {
        chunks.push(bytes);
    }
    Ok(chunks)
}
