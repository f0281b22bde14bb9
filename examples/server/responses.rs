//! `/status` and `/redirect`: answers that are no stream.

use axum::extract::Path;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::query::{BadRequest, Query, final_status, header};

pub async fn status(Path(code): Path<u16>, query: Query) -> Result<Response, BadRequest> {
    let mut response = (final_status(code)?, format!("status {code}\n")).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    if let Some(content_type) = query.content_type("text/plain")? {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    query.add_headers(response.headers_mut())?;
    Ok(response)
}

pub async fn redirect(query: Query) -> Result<Response, BadRequest> {
    let to = query.bytes("to").ok_or_else(|| BadRequest("the query needs to=".into()))?;
    let mut headers = HeaderMap::from_iter([header(LOCATION.as_str().as_bytes(), to)?]);
    query.add_headers(&mut headers)?;
    Ok((query.status(StatusCode::TEMPORARY_REDIRECT)?, headers).into_response())
}
