//! What JavaScript has that web-sys does not, or says otherwise: the face of a source, and globals that are there in
//! windows, workers and runtimes alike.

use alloc::string::String;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The object in `js/` that makes events of what it is told. Its methods may run listeners, so no borrow of Rust's
    /// may be held while one is called.
    #[derive(Clone)]
    pub type Face;

    /// What the attributes say from the start. The reconnection time is in milliseconds.
    #[wasm_bindgen(method)]
    pub fn describe(
        this: &Face,
        url: &str,
        origin: &str,
        with_credentials: bool,
        last_event_id: &str,
        reconnection_time: f64,
    );

    /// A request is about to be made that this controller ends.
    #[wasm_bindgen(method)]
    pub fn requesting(this: &Face, controller: &web_sys::AbortController);

    /// A response was accepted: fire `open` in a task, then [`resume`](super::resume).
    #[wasm_bindgen(method)]
    pub fn open(this: &Face, response: &JsValue);

    /// A batch is there: `length` bytes of text and a table of numbers, both only until this returns. Gives whether
    /// all of it is delivered; otherwise [`resume`](super::resume) follows.
    #[wasm_bindgen(method, catch)]
    pub fn batch(
        this: &Face,
        text: *const u8,
        length: usize,
        table: *const u32,
        numbers: usize,
    ) -> Result<bool, JsValue>;

    /// Makes the object that tells of a failure; NaN for a reconnection that will not come.
    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments, reason = "fields of one object")]
    pub fn failure(
        this: &Face,
        reason: &str,
        message: &str,
        response: &JsValue,
        error: &JsValue,
        attempt: u32,
        reconnect_in: f64,
    ) -> JsValue;

    /// Sets the state and fires `error`; for `null` only the former.
    #[wasm_bindgen(method)]
    pub fn fail(this: &Face, failure: &JsValue, ready_state: u8);

    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(callback: &JsValue, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(timer: &JsValue);

    #[wasm_bindgen(catch)]
    pub fn fetch(url: &str, init: &JsValue) -> Result<JsValue, JsValue>;

    /// A `ReadableStream` whose `getReader` may throw, which web-sys does not know of.
    type LockableStream;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &LockableStream) -> Result<web_sys::ReadableStreamDefaultReader, JsValue>;

    /// `String(value)`, which takes symbols too.
    #[wasm_bindgen(catch, js_name = String)]
    pub fn to_string(value: &JsValue) -> Result<String, JsValue>;
}

/// Locks a stream for reading; a TypeError where it is locked already.
pub fn get_reader(stream: &web_sys::ReadableStream) -> Result<web_sys::ReadableStreamDefaultReader, JsValue> {
    stream.unchecked_ref::<LockableStream>().get_reader()
}

/// A promise that nobody waits for: should it be rejected, that concerns nobody.
pub fn forget(promise: js_sys::Promise) {
    let settled = wasm_bindgen_futures::JsFuture::from(promise);
    wasm_bindgen_futures::spawn_local(async move {
        let _ = settled.await;
    });
}

/// The text of something that was thrown.
pub fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| to_string(error).ok())
        .unwrap_or_default()
}
