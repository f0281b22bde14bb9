//! One request of many: the same options, fresh headers and body, the last event ID.

use alloc::string::String;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::bindings;
use super::options::Options;

/// Where requests go.
#[derive(Clone, Default)]
pub struct Target {
    /// The URL that the source was made with.
    pub original: String,
    /// Where a redirect led, as the standard's request keeps it.
    pub current: String,
}

fn origin_of(url: &str) -> Option<String> {
    web_sys::Url::new(url).ok().map(|url| url.origin())
}

/// What an attempt asks `fetch` for.
pub struct Prepared {
    pub url: String,
    pub init: Object,
}

/// > Let urlRecord be the result of encoding-parsing a URL given url, relative to settings. If urlRecord is failure, then
/// > throw a "SyntaxError" DOMException.
pub fn resolve(url: &str, base: Option<&str>) -> Result<web_sys::Url, JsValue> {
    let resolved = match base {
        Some(base) => web_sys::Url::new_with_base(url, base),
        None => web_sys::Url::new(url),
    };
    resolved.map_err(|_| {
        let message = ["Failed to construct 'EventSource': the URL \"", url, "\" is invalid."].concat();
        web_sys::DomException::new_with_message_and_name(&message, "SyntaxError").map_or_else(|error| error, Into::into)
    })
}

/// Builds the request of an attempt. The functions among the options are asked anew.
///
/// > If the EventSource object's last event ID string is not the empty string, then: Let lastEventIDValue be the
/// > EventSource object's last event ID string, encoded as UTF-8. Set (`Last-Event-ID`, lastEventIDValue) in request's
/// > header list.
pub async fn prepare(
    options: &Options,
    target: &Target,
    number: u32,
    last_event_id: &str,
    previous: &JsValue,
) -> Result<Prepared, JsValue> {
    let url = target.current.as_str();
    let attempt = Object::new();
    set(&attempt, "attempt", &number.into())?;
    set(&attempt, "lastEventId", &last_event_id.into())?;
    set(&attempt, "previous", previous)?;
    let given = ask(&options.headers, &attempt).await?;
    let body = ask(&options.body, &attempt).await?;

    let headers = if given.is_undefined() || given.is_null() {
        web_sys::Headers::new()?
    } else {
        web_sys::Headers::new_with_str_sequence_sequence(&given)?
    };
    // > If request's current URL's origin is not same origin with locationURL's origin, then for each headerName of CORS
    // > non-wildcard request-header name, delete headerName from request's header list.
    if origin_of(url) != origin_of(&target.original) {
        headers.delete("Authorization")?;
    }
    if !headers.has("Accept")? {
        headers.set("Accept", "text/event-stream")?;
    }
    let mut url = String::from(url);
    if !last_event_id.is_empty() {
        if let Some(name) = &options.last_event_id_query_parameter_name {
            let with_id = web_sys::Url::new(&url)?;
            with_id.search_params().set(name, last_event_id);
            url = with_id.href();
        } else {
            headers.set("Last-Event-ID", &header_value(last_event_id))?;
        }
    }

    let init = Object::assign(&Object::new(), &options.request);
    set(&init, "headers", &headers)?;
    if !(body.is_undefined() || body.is_null()) {
        if body.has_type::<web_sys::ReadableStream>() {
            set(&init, "duplex", &"half".into())?;
        }
        set(&init, "body", &body)?;
    }
    Ok(Prepared { url, init })
}

/// Calls `fetch`, the user's or the global one.
pub async fn fetch(options: &Options, request: &Prepared, signal: &web_sys::AbortSignal) -> Result<JsValue, JsValue> {
    set(&request.init, "signal", signal)?;
    if let Some(fetch) = &options.fetch {
        return settle(&fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &request.init)?).await;
    }
    let follows = Reflect::get(&request.init, &"redirect".into())?.is_undefined();
    if follows && options.method.eq_ignore_ascii_case("GET") && leaks_redirected_connections() {
        return fetch_around_redirects(request).await;
    }
    settle(&bindings::fetch(&request.url, &request.init)?).await
}

/// Whether this browser never lets go of a redirected response whose body was touched, whatever one aborts or cancels:
/// Firefox 153. Six such connections block an origin.
fn leaks_redirected_connections() -> bool {
    user_agent_names("Firefox/")
}

/// Where a URL redirects, asks with a HEAD where it leads to, and then there.
async fn fetch_around_redirects(request: &Prepared) -> Result<JsValue, JsValue> {
    let manual = Object::assign(&Object::new(), &request.init);
    set(&manual, "redirect", &"manual".into())?;
    let response = settle(&bindings::fetch(&request.url, &manual)?).await?;
    let text = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok().and_then(|text| text.as_string());
    if text(&response, "type").as_deref() != Some("opaqueredirect") {
        return Ok(response);
    }
    let head = Object::assign(&Object::new(), &request.init);
    set(&head, "method", &"HEAD".into())?;
    set(&head, "body", &JsValue::UNDEFINED)?;
    let found = settle(&bindings::fetch(&request.url, &head)?).await?;
    let url = text(&found, "url").unwrap_or_default();
    let response = settle(&bindings::fetch(&url, &request.init)?).await?;
    let descriptor = Object::new();
    set(&descriptor, "value", &JsValue::TRUE)?;
    Reflect::define_property(response.unchecked_ref::<Object>(), &"redirected".into(), &descriptor)?;
    Ok(response)
}

/// What a probe asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Whether the server answers at all, CORS or not.
    Reach,
    /// Whether the URL redirects.
    Redirect,
}

/// A HEAD without credentials, so that it does as little as a request can.
pub async fn probe(url: &str, kind: Probe, signal: &web_sys::AbortSignal) -> bool {
    let redirect = if kind == Probe::Redirect { "manual" } else { "follow" };
    let init = Object::new();
    let members = [
        ("method", "HEAD"),
        ("mode", "no-cors"),
        ("cache", "no-store"),
        ("credentials", "omit"),
        ("redirect", redirect),
    ];
    if members.into_iter().try_for_each(|(name, value)| set(&init, name, &value.into())).is_err()
        || (kind == Probe::Redirect && set(&init, "mode", &"same-origin".into()).is_err())
        || set(&init, "signal", signal).is_err()
    {
        return false;
    }
    let Ok(answer) = bindings::fetch(url, &init) else { return false };
    let Ok(response) = settle(&answer).await else { return false };
    let response_type = Reflect::get(&response, &"type".into()).ok().and_then(|name| name.as_string());
    kind == Probe::Reach || response_type.as_deref() == Some("opaqueredirect")
}

/// Whether there is CORS here, and the URL one that it applies to.
pub fn can_probe(url: &str) -> bool {
    url.starts_with("http") && !Reflect::get(&js_sys::global(), &"origin".into()).unwrap_or_default().is_undefined()
}

/// A text whose UTF-8 is what goes over the wire when it is set as a header.
///
/// `Headers` takes a byte string, whose characters are bytes, and browsers send them so. WebKit does not: it sends them
/// as UTF-8 once more. There a text within Latin-1 goes over right as it is, and for any other there is no way.
fn header_value(text: &str) -> String {
    if is_webkit() && text.chars().all(|character| character <= '\u{ff}') {
        return text.into();
    }
    text.bytes().map(char::from).collect()
}

fn is_webkit() -> bool {
    // Chromium says AppleWebKit too.
    user_agent_names("AppleWebKit/") && !user_agent_names("Chrom")
}

fn user_agent_names(name: &str) -> bool {
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or_default();
    let agent = get(&get(&js_sys::global(), "navigator"), "userAgent").as_string().unwrap_or_default();
    agent.as_bytes().windows(name.len()).any(|part| part == name.as_bytes())
}

/// Whether a network error can be CORS's: the URL is of another origin than this realm.
pub fn is_cross_origin(url: &str) -> bool {
    let here = Reflect::get(&js_sys::global(), &"origin".into()).ok().and_then(|origin| origin.as_string());
    match (here, web_sys::Url::new(url)) {
        (Some(here), Ok(url)) => url.origin() != here,
        _ => false,
    }
}

/// Whether `fetch` knows the URL's scheme.
pub fn is_fetchable(url: &str) -> bool {
    ["http:", "https:", "data:", "blob:"].iter().any(|scheme| url.starts_with(scheme))
}

/// The value, or what the function among the options gives, or what its promise resolves to.
async fn ask(option: &JsValue, attempt: &Object) -> Result<JsValue, JsValue> {
    match option.dyn_ref::<Function>() {
        Some(function) => settle(&function.call1(&JsValue::UNDEFINED, attempt)?).await,
        None => Ok(option.clone()),
    }
}

/// What a value resolves to; only a thenable costs a wait.
pub async fn settle(value: &JsValue) -> Result<JsValue, JsValue> {
    let is_thenable = value.is_object() && Reflect::get(value, &"then".into())?.is_function();
    if is_thenable { JsFuture::from(Promise::resolve(value)).await } else { Ok(value.clone()) }
}

fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &name.into(), value).map(drop)
}

/// What was not a `Response` at all.
pub fn not_a_response() -> JsValue {
    js_sys::TypeError::new("fetch gave no Response").into()
}
