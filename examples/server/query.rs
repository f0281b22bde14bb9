//! The query of a request: pairs of a name and bytes, since streams and header values here need not be UTF-8.
//! Also what a route answers when it can't make sense of a request.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode;

pub struct Query(Vec<(String, Vec<u8>)>);

impl Query {
    /// Reads `name=value&…` as URLSearchParams does: percent-encoded, `+` for a space.
    pub fn parse(query: &str) -> Self {
        let decode = |text: &str| percent_decode(text.replace('+', " ").as_bytes()).collect::<Vec<u8>>();
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (String::from_utf8_lossy(&decode(name)).into_owned(), decode(value))
        });
        Query(pairs.collect())
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.pairs().filter(move |(it, _)| *it == name).map(|(_, value)| value)
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.pairs().find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.bytes(name).map(String::from_utf8_lossy)
    }

    pub fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, BadRequest> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(BadRequest(format!("{name}={text}: {error}"))),
        }
    }

    pub fn required(&self, name: &str) -> Result<String, BadRequest> {
        self.text(name).map(Cow::into_owned).ok_or_else(|| BadRequest(format!("the query needs {name}=")))
    }

    pub fn milliseconds(&self, name: &str) -> Result<Duration, BadRequest> {
        Ok(Duration::from_millis(self.parsed(name)?.unwrap_or(0)))
    }

    pub fn status(&self, default: StatusCode) -> Result<StatusCode, BadRequest> {
        match self.parsed("status")? {
            Some(code) => final_status(code),
            None => Ok(default),
        }
    }

    /// `type=`, or `default` without it; an empty one means no Content-Type at all.
    pub fn content_type(&self, default: &'static str) -> Result<Option<HeaderValue>, BadRequest> {
        content_type(self.bytes("type").unwrap_or(default.as_bytes()))
    }

    /// Adds each `header=Name:Value`.
    pub fn add_headers(&self, headers: &mut HeaderMap) -> Result<(), BadRequest> {
        for line in self.all("header") {
            let colon = line.iter().position(|byte| *byte == b':');
            let (name, value) = line.split_at(colon.ok_or_else(|| BadRequest("header= wants Name:Value".into()))?);
            let (name, value) = header(name, value[1..].trim_ascii())?;
            headers.append(name, value);
        }
        Ok(())
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Query::parse(parts.uri.query().unwrap_or_default()))
    }
}

pub fn header(name: &[u8], value: &[u8]) -> Result<(HeaderName, HeaderValue), BadRequest> {
    let complain = || BadRequest(format!("{} is no header", String::from_utf8_lossy(&[name, b":", value].concat())));
    let name = HeaderName::from_bytes(name).map_err(|_| complain())?;
    Ok((name, HeaderValue::from_bytes(value).map_err(|_| complain())?))
}

pub fn content_type(value: &[u8]) -> Result<Option<HeaderValue>, BadRequest> {
    if value.is_empty() { Ok(None) } else { Ok(Some(header(b"content-type", value)?.1)) }
}

/// 1xx would only announce a response, so it can't be one.
pub fn final_status(code: u16) -> Result<StatusCode, BadRequest> {
    StatusCode::from_u16(code)
        .ok()
        .filter(|status| !status.is_informational())
        .ok_or_else(|| BadRequest(format!("{code} is no status from 200 to 999")))
}

/// 400, with a sentence on what is wrong.
#[derive(Debug)]
pub struct BadRequest(pub String);

impl IntoResponse for BadRequest {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, format!("{}\n", self.0)).into_response()
    }
}
