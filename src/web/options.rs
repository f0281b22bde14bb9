//! The options that the user gave: read once, checked at once.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, Object, RangeError, Reflect, TypeError};
use wasm_bindgen::prelude::*;

use super::bindings::{describe, to_string};
use crate::connection::RetryPolicy;
use crate::parser::ParserOptions;

/// > the reconnection time: an implementation-defined value, probably in the region of a few seconds
pub const RECONNECTION_TIME: f64 = 3000.0;

/// What Fetch's `RequestInit` names and takes as a string.
const REQUEST_STRINGS: [&str; 8] =
    ["method", "mode", "credentials", "cache", "redirect", "referrer", "referrerPolicy", "integrity"];

/// What decides about the delay.
pub enum Retry {
    Policy,
    Function(Function),
}

/// Everything that an `EventSourceInit` says.
pub struct Options {
    /// The parts of a `RequestInit` that stay the same for every attempt.
    pub request: Object,
    pub method: String,
    pub with_credentials: bool,
    /// `HeadersInit`, or a function that gives it or a promise of it.
    pub headers: JsValue,
    /// `BodyInit`, or a function that gives it or a promise of it.
    pub body: JsValue,
    pub fetch: Option<Function>,
    pub signal: JsValue,
    pub last_event_id: String,
    pub last_event_id_query_parameter_name: Option<String>,
    /// Milliseconds.
    pub reconnection_time: f64,
    pub retry: Retry,
    /// Whether the user said how to retry.
    pub retry_given: bool,
    pub policy: RetryPolicy,
    /// Milliseconds.
    pub heartbeat_timeout: Option<f64>,
    pub pause_when_hidden: bool,
    pub parser: ParserOptions,
}

impl Options {
    /// Reads an `EventSourceInit`; `undefined` and `null` are an empty one.
    pub fn read(init: &JsValue) -> Result<Self, JsValue> {
        if !(init.is_undefined() || init.is_null() || init.is_object() || init.is_function()) {
            return Err(wrong("eventSourceInitDict", "an object", init));
        }
        let empty = Object::new();
        let init: &JsValue = if init.is_undefined() || init.is_null() { &empty } else { init };

        let request = Object::new();
        set(&request, "mode", &"cors".into())?;
        set(&request, "cache", &"no-store".into())?;
        let with_credentials = get(init, "withCredentials")?.is_truthy();
        set(&request, "credentials", &if with_credentials { "include" } else { "same-origin" }.into())?;
        for name in REQUEST_STRINGS {
            if let Some(value) = read::<String>(init, name, "a string")? {
                set(&request, name, &value.into())?;
                check_alone(&request, name)?;
            }
        }
        let method = get(&request, "method")?.as_string().unwrap_or_else(|| "GET".into());
        let with_credentials = get(&request, "credentials")?.as_string().as_deref() == Some("include");

        let headers = get(init, "headers")?;
        if !(headers.is_undefined() || headers.is_object() || headers.is_function()) {
            return Err(wrong("headers", "an object, a Headers, an array of pairs or a function", &headers));
        }
        let body = get(init, "body")?;
        let signal = get(init, "signal")?;
        if !(signal.is_undefined() || signal.is_null() || signal.has_type::<web_sys::AbortSignal>()) {
            return Err(wrong("signal", "an AbortSignal", &signal));
        }
        let fetch = get(init, "fetch")?;
        let fetch = match fetch.dyn_into::<Function>() {
            Ok(function) => Some(function),
            Err(value) if value.is_undefined() => None,
            Err(value) => return Err(wrong("fetch", "a function", &value)),
        };
        if read::<String>(init, "worker", "\"none\", \"dedicated\" or \"shared\"")?
            .is_some_and(|worker| worker != "none")
        {
            let message = "worker: only \"none\" is there in this version";
            return Err(web_sys::DomException::new_with_message_and_name(message, "NotSupportedError")?.into());
        }
        let last_event_id = read::<String>(init, "lastEventId", "a string")?.unwrap_or_default();
        if last_event_id.contains(['\0', '\n', '\r']) {
            return Err(TypeError::new("lastEventId must not contain NUL, LF or CR: no header can carry them").into());
        }
        let retry = get(init, "retry")?;
        let policy =
            if retry.is_object() && !retry.is_function() { read_policy(&retry)? } else { RetryPolicy::default() };
        let retry_given = !retry.is_undefined();
        let retry = match retry.dyn_into::<Function>() {
            Ok(function) => Retry::Function(function),
            Err(value) if value.is_object() || value.is_undefined() => Retry::Policy,
            Err(value) => return Err(wrong("retry", "an object or a function", &value)),
        };
        let options = Self {
            method,
            with_credentials,
            headers,
            body,
            fetch,
            signal,
            last_event_id,
            last_event_id_query_parameter_name: read(init, "lastEventIdQueryParameterName", "a string")?,
            reconnection_time: number(init, "reconnectionTime", "a number of milliseconds", 0.0, f64::MAX)?
                .unwrap_or(RECONNECTION_TIME),
            retry,
            retry_given,
            policy,
            heartbeat_timeout: number(init, "heartbeatTimeout", "a number of milliseconds above 0", 1.0, f64::MAX)?,
            pause_when_hidden: read::<bool>(init, "pauseWhenHidden", "true or false")?.unwrap_or_default(),
            parser: parser_options(init)?,
            request,
        };
        options.check_request()?;
        Ok(options)
    }

    /// Whether the request may be sent again after a response has begun: it does no harm, or the user said so.
    pub fn repeatable(&self) -> bool {
        self.method.eq_ignore_ascii_case("GET") || self.retry_given || self.body.is_function()
    }

    /// Lets Fetch itself say what it does not take: headers that are none, options that contradict each other.
    fn check_request(&self) -> Result<(), JsValue> {
        let init = Object::assign(&Object::new(), &self.request);
        if !self.headers.is_undefined() && !self.headers.is_function() {
            set(&init, "headers", &self.headers)?;
        }
        check(&init)?;
        let no_body = self.body.is_undefined() || self.body.is_null();
        if !no_body && (self.method.eq_ignore_ascii_case("GET") || self.method.eq_ignore_ascii_case("HEAD")) {
            return Err(TypeError::new("body needs a method that has one: say method: \"POST\"").into());
        }
        Ok(())
    }
}

/// Not the URL at hand: one that Fetch refuses fails the connection, and that is no fault of the options.
fn check(init: &Object) -> Result<(), JsValue> {
    web_sys::Request::new_with_str_and_init("https://example.invalid/", init.unchecked_ref()).map(drop)
}

/// Lets Fetch judge one option by itself, so that the error can name it: not every browser's does.
fn check_alone(request: &Object, name: &str) -> Result<(), JsValue> {
    let value = get(request, name)?;
    let alone = Object::new();
    set(&alone, name, &value)?;
    // Only then may a request say "only-if-cached".
    set(&alone, "mode", &if name == "mode" { value.clone() } else { "same-origin".into() })?;
    check(&alone).map_err(|error| {
        let message = [name, ": Fetch does not take ", &show(&value), ": ", &describe(&error)].concat();
        TypeError::new(&message).into()
    })
}

/// What `fromReadableStream` takes.
pub struct StreamOptions {
    pub last_event_id: String,
    pub parser: ParserOptions,
}

impl StreamOptions {
    pub fn read(init: &JsValue) -> Result<Self, JsValue> {
        let empty = Object::new();
        let init: &JsValue = if init.is_undefined() || init.is_null() { &empty } else { init };
        Ok(Self {
            last_event_id: read(init, "lastEventId", "a string")?.unwrap_or_default(),
            parser: parser_options(init)?,
        })
    }
}

fn parser_options(init: &JsValue) -> Result<ParserOptions, JsValue> {
    let defaults = ParserOptions::default();
    let max_event_size = number(init, "maxEventSize", "a number of bytes", 1.0, f64::MAX)?;
    // `as` saturates: more than the address space is no limit at all.
    Ok(ParserOptions {
        max_event_size: max_event_size.map_or(defaults.max_event_size, |size| size as usize),
        ..defaults
    })
}

fn read_policy(retry: &JsValue) -> Result<RetryPolicy, JsValue> {
    let defaults = RetryPolicy::default();
    Ok(RetryPolicy {
        factor: number(retry, "factor", "a number, 1 or more", 1.0, f64::MAX)?.unwrap_or(defaults.factor),
        max_delay: number(retry, "maxDelay", "a number of milliseconds", 0.0, f64::INFINITY)?
            .unwrap_or(defaults.max_delay),
        jitter: number(retry, "jitter", "a number from 0 to 1", 0.0, 1.0)?,
        max_attempts: number(retry, "maxAttempts", "a number, 0 or more", 0.0, f64::INFINITY)?
            .unwrap_or(defaults.max_attempts),
        statuses: read::<Vec<u16>>(retry, "statuses", "an array of HTTP statuses")?.unwrap_or_default(),
        reset_after: number(retry, "resetAfter", "a number of milliseconds", 0.0, f64::INFINITY)?
            .unwrap_or(defaults.reset_after),
    })
}

fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &name.into())
}

fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &name.into(), value).map(drop)
}

/// A kind of value that options have.
trait Data: Sized {
    fn from_js(value: &JsValue) -> Option<Self>;
}

impl Data for String {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_string()
    }
}

impl Data for f64 {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_f64()
    }
}

impl Data for bool {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_bool()
    }
}

impl Data for Vec<u16> {
    fn from_js(value: &JsValue) -> Option<Self> {
        let array = value.dyn_ref::<Array>()?;
        array.iter().map(|status| status.as_f64().map(|status| status as u16)).collect()
    }
}

/// An option that is data; `None` where it is `undefined`.
fn read<T: Data>(object: &JsValue, name: &str, expected: &str) -> Result<Option<T>, JsValue> {
    let value = get(object, name)?;
    if value.is_undefined() {
        return Ok(None);
    }
    T::from_js(&value).map(Some).ok_or_else(|| wrong(name, expected, &value))
}

fn number(object: &JsValue, name: &str, expected: &str, least: f64, most: f64) -> Result<Option<f64>, JsValue> {
    let Some(number) = read::<f64>(object, name, expected)? else { return Ok(None) };
    if (least..=most).contains(&number) {
        return Ok(Some(number));
    }
    Err(RangeError::new(&[name, " must be ", expected, "; got ", &show(&number.into())].concat()).into())
}

/// A TypeError that names what is wrong and what was given.
pub fn wrong(name: &str, expected: &str, value: &JsValue) -> JsValue {
    TypeError::new(&[name, " must be ", expected, "; got ", &show(value)].concat()).into()
}

/// What was given, in words.
fn show(value: &JsValue) -> String {
    if value.is_null() || value.is_undefined() {
        return to_string(value).unwrap_or_default();
    }
    if let Some(text) = value.as_string() {
        return ["the string \"", &text, "\""].concat();
    }
    if Array::is_array(value) {
        return "an array".into();
    }
    let kind = value.js_typeof().as_string().unwrap_or_default();
    match kind.as_str() {
        "object" => "an object".into(),
        "function" => "a function".into(),
        _ => ["the ", &kind, " ", &to_string(value).unwrap_or_default()].concat(),
    }
}
