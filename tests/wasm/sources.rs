//! Sources over streams and responses made in the page: what the face is told, in which order.

use eventsource_wasm::web::Sources;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::face::RecordingFace;

#[wasm_bindgen(inline_js = r"
// A body of these chunks, which ends after the last one or stays open.
export function streamOf(chunks, ends) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
      if (ends) controller.close()
    },
  })
}

// A body that notes that it was cancelled.
export function cancellable(note) {
  return new ReadableStream({
    start(controller) { controller.enqueue(new TextEncoder().encode('data: first\n\n')) },
    cancel() { note.cancelled = true },
  })
}

export function brokenStream(text) {
  let sent = false
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new Error('torn'))
      sent = true
      controller.enqueue(new TextEncoder().encode(text))
    },
  })
}

// A `fetch` that answers its n-th call with the n-th of these, and notes what it was asked for.
export function fetchOf(answers, asked) {
  return async (url, init) => {
    const request = new Request(url, init)
    asked.push(`${request.method} ${request.headers.get('Accept')} [${request.headers.get('Last-Event-ID') ?? ''}]`)
    const { status, type, text } = answers.shift()
    const headers = type ? { 'Content-Type': type } : {}
    return new Response(text === undefined ? null : streamOf([text], true), { status, headers })
  }
}

export function answer(status, type, text) {
  return { status, type, text }
}

export function soon(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
")]
extern "C" {
    #[wasm_bindgen(js_name = streamOf)]
    fn stream_of(chunks: Vec<JsValue>, ends: bool) -> web_sys::ReadableStream;
    fn cancellable(note: &JsValue) -> web_sys::ReadableStream;
    #[wasm_bindgen(js_name = brokenStream)]
    fn broken_stream(text: &str) -> web_sys::ReadableStream;
    #[wasm_bindgen(js_name = fetchOf)]
    fn fetch_of(answers: Vec<JsValue>, asked: &js_sys::Array) -> Function;
    fn answer(status: u16, kind: Option<String>, text: Option<String>) -> JsValue;
    fn soon(milliseconds: f64) -> Promise;
}

const ADDRESS: &str = "https://events.example/stream";
const STREAM: &str = "text/event-stream";

fn read(stream: &web_sys::ReadableStream, init: &JsValue) -> (Sources, u32, RecordingFace) {
    let sources = Sources::new();
    let face = RecordingFace::of(&sources);
    let told: &JsValue = face.as_ref();
    let handle = sources.open_stream(stream, init, told.clone().unchecked_into()).expect("the stream is free");
    face.belongs_to(handle);
    (sources, handle, face)
}

fn streams(answers: &[(u16, Option<&str>, Option<&str>)]) -> (RecordingFace, js_sys::Array) {
    let asked = js_sys::Array::new();
    let answers =
        answers.iter().map(|(status, kind, text)| answer(*status, kind.map(Into::into), text.map(Into::into)));
    let init = js_sys::Object::new();
    Reflect::set(&init, &"fetch".into(), &fetch_of(answers.collect(), &asked)).expect("an object takes a property");
    Reflect::set(&init, &"reconnectionTime".into(), &1.into()).expect("an object takes a property");
    let sources = Sources::new();
    let face = RecordingFace::of(&sources);
    let told: &JsValue = face.as_ref();
    let handle = sources.open(ADDRESS, None, &init, told.clone().unchecked_into()).expect("the options are right");
    face.belongs_to(handle);
    (face, asked)
}

fn asked(requests: &js_sys::Array) -> Vec<String> {
    requests.iter().filter_map(|request| request.as_string()).collect()
}

#[wasm_bindgen_test]
async fn a_stream_is_described_opened_delivered_and_ended() {
    let chunks = ["id: 7\nevent: pi", "ng\ndata: é", "\n\nretry: 250\ndata: two\n\ndata: unfinished"];
    let (_, _, face) = read(&stream_of(chunks.map(JsValue::from).to_vec(), true), &JsValue::UNDEFINED);
    assert_eq!(
        face.told_until("fail end-of-stream undefined 1 NaN -> 2").await,
        [
            "describe about:event-stream null false [] 3000",
            "open undefined",
            "id 7",
            "event ping: é",
            "retry 250",
            "event message: two",
            "fail end-of-stream undefined 1 NaN -> 2",
        ]
    );
}

#[wasm_bindgen_test]
async fn a_stream_that_breaks_fails_for_good_after_its_events() {
    let (_, _, face) = read(&broken_stream("data: kept\n\ndata: lost"), &JsValue::UNDEFINED);
    let told = face.told_until("fail network undefined 1 NaN -> 2").await;
    assert_eq!(told[2..], ["event message: kept", "fail network undefined 1 NaN -> 2"]);
}

#[wasm_bindgen_test]
async fn a_chunk_that_is_no_bytes_fails_the_stream() {
    let (_, _, face) = read(&stream_of(vec![5.into()], true), &JsValue::UNDEFINED);
    let told = face.told_until("fail network undefined 1 NaN -> 2").await;
    assert_eq!(told.len(), 3, "{told:?}");
}

#[wasm_bindgen_test]
async fn an_event_beyond_the_limit_fails_the_stream() {
    let init = js_sys::Object::new();
    Reflect::set(&init, &"maxEventSize".into(), &10.into()).expect("an object takes a property");
    let stream = stream_of(vec!["data: short\n\ndata: longer than ten\n\n".into()], false);
    let (_, _, face) = read(&stream, &init);
    let told = face.told_until("fail too-large undefined 1 NaN -> 2").await;
    assert_eq!(told[2..], ["event message: short", "fail too-large undefined 1 NaN -> 2"]);
}

#[wasm_bindgen_test]
async fn closing_cancels_the_stream_and_tells_nothing_more() {
    let note = js_sys::Object::new();
    let (sources, handle, face) = read(&cancellable(&note), &JsValue::UNDEFINED);
    face.told_until("event message: first").await;
    let count = face.count();
    sources.close(handle);
    JsFuture::from(soon(20.0)).await.expect("this promise is never rejected");
    assert_eq!(Reflect::get(&note, &"cancelled".into()), Ok(JsValue::TRUE));
    assert_eq!(face.count(), count);
}

#[wasm_bindgen_test]
async fn calls_for_a_source_that_is_over_do_nothing() {
    let (sources, handle, face) = read(&stream_of(vec![], true), &JsValue::UNDEFINED);
    face.told_until("fail end-of-stream undefined 1 NaN -> 2").await;
    JsFuture::from(soon(5.0)).await.expect("this promise is never rejected");
    let count = face.count();
    sources.close(handle);
    sources.resume(handle);
    sources.reconnect(handle);
    sources.reset(handle);
    sources.close(12345);
    JsFuture::from(soon(5.0)).await.expect("this promise is never rejected");
    assert_eq!(face.count(), count);
}

#[wasm_bindgen_test]
async fn a_response_that_ends_is_asked_for_again_with_the_last_id() {
    let (face, requests) = streams(&[
        (200, Some(STREAM), Some("id: a\ndata: one\n\nid: never finished")),
        (200, Some("TEXT/Event-Stream; charset=utf-8"), Some("id: b\ndata: two\n\n")),
        (204, None, None),
    ]);
    let told = face.told_until("fail status 204 2 NaN -> 2").await;
    assert_eq!(
        told,
        [
            "describe https://events.example/stream https://events.example false [] 1",
            "open 200",
            "id a",
            "event message: one",
            "fail end-of-stream 200 1 1 -> 0",
            "open 200",
            "id b",
            "event message: two",
            "fail end-of-stream 200 1 1 -> 0",
            "fail status 204 2 NaN -> 2",
        ]
    );
    assert_eq!(
        asked(&requests),
        ["GET text/event-stream []", "GET text/event-stream [a]", "GET text/event-stream [b]"]
    );
}

#[wasm_bindgen_test]
async fn another_type_or_status_fails_for_good() {
    for (status, kind, told) in [
        (200, "text/html", "fail content-type 200 1 NaN -> 2"),
        (404, STREAM, "fail status 404 1 NaN -> 2"),
        (500, STREAM, "fail status 500 1 NaN -> 2"),
    ] {
        let (face, requests) = streams(&[(status, Some(kind), Some("data: no\n\n"))]);
        let calls = face.told_until(told).await;
        assert_eq!(calls.len(), 2, "{calls:?}");
        assert_eq!(requests.length(), 1);
    }
}
