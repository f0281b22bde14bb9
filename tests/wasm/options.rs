//! What is thrown for wrong options: the error's class, and a message that names the option and what was given.

use eventsource_wasm::web::Sources;
use js_sys::{Error, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::face::RecordingFace;

fn thrown(url: &str, base: Option<&str>, init: &JsValue) -> (String, String) {
    let sources = Sources::new();
    let face = RecordingFace::of(&sources);
    let told: &JsValue = face.as_ref();
    let error = sources
        .open(url, base.map(str::to_owned), init, told.clone().unchecked_into())
        .expect_err("the options are wrong");
    assert_eq!(face.count(), 0, "nothing is told of a source that never was");
    // A DOMException has both as well.
    let error: Error = error.unchecked_into();
    (error.name().into(), error.message().into())
}

fn option(name: &str, value: &JsValue) -> JsValue {
    let init = Object::new();
    Reflect::set(&init, &name.into(), value).expect("an object takes a property");
    init.into()
}

#[wasm_bindgen_test]
fn a_value_of_a_wrong_type_is_a_type_error_that_names_it() {
    let text = JsValue::from("soon");
    let cases: [(&str, JsValue, &str); 11] = [
        ("method", 5.into(), "method must be a string; got the number 5"),
        (
            "headers",
            text.clone(),
            "headers must be an object, a Headers, an array of pairs or a function; got the string \"soon\"",
        ),
        ("fetch", text.clone(), "fetch must be a function; got the string \"soon\""),
        ("signal", Object::new().into(), "signal must be an AbortSignal; got an object"),
        ("lastEventId", 7.into(), "lastEventId must be a string; got the number 7"),
        (
            "reconnectionTime",
            text.clone(),
            "reconnectionTime must be a number of milliseconds; got the string \"soon\"",
        ),
        ("retry", true.into(), "retry must be an object or a function; got the boolean true"),
        ("retry", option("statuses", &text), "statuses must be an array of HTTP statuses; got the string \"soon\""),
        ("heartbeatTimeout", JsValue::NULL, "heartbeatTimeout must be a number of milliseconds above 0; got null"),
        ("pauseWhenHidden", 1.into(), "pauseWhenHidden must be true or false; got the number 1"),
        ("maxEventSize", text, "maxEventSize must be a number of bytes; got the string \"soon\""),
    ];
    for (name, value, message) in cases {
        let (class, said) = thrown("https://events.example/", None, &option(name, &value));
        assert_eq!((class.as_str(), said.as_str()), ("TypeError", message));
    }
}

#[wasm_bindgen_test]
fn options_that_are_no_object_are_a_type_error() {
    let (class, said) = thrown("https://events.example/", None, &5.into());
    assert_eq!(
        (class.as_str(), said.as_str()),
        ("TypeError", "eventSourceInitDict must be an object; got the number 5")
    );
}

#[wasm_bindgen_test]
fn a_number_out_of_range_is_a_range_error() {
    for (name, value) in [("reconnectionTime", -1.0), ("heartbeatTimeout", 0.0), ("maxEventSize", f64::NAN)] {
        let (class, said) = thrown("https://events.example/", None, &option(name, &value.into()));
        assert_eq!(class, "RangeError");
        assert!(said.starts_with(&format!("{name} must be ")), "{said}");
    }
}

#[wasm_bindgen_test]
fn what_fetch_does_not_know_is_a_type_error_that_names_it() {
    for (name, value) in [("mode", "navigate"), ("credentials", "sometimes"), ("cache", "never"), ("method", "TRACE")] {
        let (class, said) = thrown("https://events.example/", None, &option(name, &value.into()));
        assert_eq!(class, "TypeError");
        assert!(said.starts_with(&format!("{name}: Fetch does not take the string \"{value}\"")), "{said}");
    }
}

#[wasm_bindgen_test]
fn a_body_with_get_is_a_type_error() {
    let (class, said) = thrown("https://events.example/", None, &option("body", &"x".into()));
    assert_eq!(
        (class.as_str(), said.as_str()),
        ("TypeError", "body needs a method that has one: say method: \"POST\"")
    );
}

#[wasm_bindgen_test]
fn a_url_that_cannot_be_parsed_is_a_syntax_error() {
    for (url, base) in [("http://[", None), ("relative", None), ("//", Some("https://events.example/"))] {
        let (class, _) = thrown(url, base, &JsValue::UNDEFINED);
        assert_eq!(class, "SyntaxError", "{url}");
    }
}
