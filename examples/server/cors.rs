//! `cors=` in any query: which origins may read the answer, and what a preflight is told. A preflight never reaches
//! a route, so a script does not lose a step to it.

use std::str::FromStr;

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::query::Query;

/// The headers of our own that a page of another origin may read.
const EXPOSED: &str = "Retry-After, X-Bytes, X-Checksum, X-Events, X-Message-Checksum, X-Message-Events, X-Types";

#[derive(Clone, Copy, PartialEq)]
enum Policy {
    /// No header at all: the browser refuses.
    Silent,
    Everyone,
    Origin,
    OriginWithCredentials,
    /// Somebody is allowed, but not who asks.
    SomebodyElse,
}

impl FromStr for Policy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "*" => Ok(Policy::Everyone),
            "origin" => Ok(Policy::Origin),
            "credentials" => Ok(Policy::OriginWithCredentials),
            "other" => Ok(Policy::SomebodyElse),
            _ => Err("wants *, origin, credentials or other"),
        }
    }
}

impl Policy {
    fn add_headers(self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let allowed = match self {
            Policy::Silent => return,
            Policy::Everyone => Some(HeaderValue::from_static("*")),
            Policy::Origin | Policy::OriginWithCredentials => origin.cloned(),
            Policy::SomebodyElse => Some(HeaderValue::from_static("http://example.org")),
        };
        let Some(allowed) = allowed else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.append(VARY, HeaderValue::from_static("Origin"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if self == Policy::OriginWithCredentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

pub async fn answer(query: Query, request: Request, next: Next) -> Response {
    let policy = match query.parsed("cors") {
        Ok(policy) => policy.unwrap_or(Policy::Silent),
        Err(complaint) => return complaint.into_response(),
    };
    let origin = request.headers().get(ORIGIN).cloned();
    let asked = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD).cloned();
    let mut response = match asked.filter(|_| request.method() == Method::OPTIONS) {
        None => next.run(request).await,
        Some(_) if query.bytes("preflight") == Some(b"refuse") => return StatusCode::FORBIDDEN.into_response(),
        Some(method) => preflight(policy, method, request.headers()),
    };
    policy.add_headers(origin.as_ref(), response.headers_mut());
    response
}

fn preflight(policy: Policy, method: HeaderValue, asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if policy == Policy::Silent {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    // Browsers would remember the answer for five seconds: whether a request has a preflight must not hang on time.
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("0"));
    response
}
