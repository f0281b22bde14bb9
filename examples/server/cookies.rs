//! `/cookies`: sets cookies, and tells a client which cookies its request carried.

use axum::Extension;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::response::{IntoResponse, Response};

use crate::connection::Connection;
use crate::echo::one_message;
use crate::playback::End;
use crate::query::{BadRequest, Query, header};

/// Every parameter is a cookie, but for those that mean something on any route.
pub async fn set(query: Query) -> Result<Response, BadRequest> {
    let same_site = match query.text("samesite") {
        // Browsers take SameSite=None from secure cookies only; 127.0.0.1 counts as secure.
        Some(value) if value.eq_ignore_ascii_case("none") => "; SameSite=None; Secure".into(),
        Some(value) => format!("; SameSite={value}"),
        None => String::new(),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in query.pairs() {
        if !matches!(name, "key" | "cors" | "preflight" | "samesite") {
            let cookie = [name.as_bytes(), b"=", value, b"; Path=/", same_site.as_bytes()].concat();
            let (set_cookie, cookie) = header(SET_COOKIE.as_str().as_bytes(), &cookie)?;
            headers.append(set_cookie, cookie);
        }
    }
    Ok((headers, "set\n").into_response())
}

pub async fn echo(
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, BadRequest> {
    let cookies: Vec<_> =
        headers.get_all(COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    Ok(one_message(&cookies.join("; "), query.parsed("end")?.unwrap_or(End::Stall), connection))
}
