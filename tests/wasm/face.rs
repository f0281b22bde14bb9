//! The face that the sources of these tests speak to: it notes what it is told, and dispatches nothing.

use js_sys::{JsString, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = r"
export class RecordingFace {
  calls = []
  #sources
  #memory
  #types = ['message']
  #waiting = []

  constructor(sources, memory) {
    this.#sources = sources
    this.#memory = memory
  }

  #note(call) {
    this.calls.push(call)
    for (const waiting of this.#waiting.splice(0)) this.until(waiting.line).then(waiting.resolve)
  }

  // Resolves with all calls so far once one of them is this line; after a while without it too, for the assertions.
  until(line) {
    if (this.calls.includes(line)) return Promise.resolve(this.calls.join('\n'))
    return new Promise((resolve) => {
      this.#waiting.push({ line, resolve })
      setTimeout(() => resolve(this.calls.join('\n')), 5000)
    })
  }

  describe(url, origin, withCredentials, lastEventId, reconnectionTime) {
    this.#note(`describe ${url} ${origin} ${withCredentials} [${lastEventId}] ${reconnectionTime}`)
  }

  // The class watches the page for whoever makes requests; here nobody leaves.
  requesting() {}

  open(response) {
    this.#note(`open ${response?.status}`)
    setTimeout(() => this.#sources.resume(this.handle))
  }

  batch(text, length, table, numbers) {
    const bytes = new Uint8Array(this.#memory.buffer, text, length)
    const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const records = new Uint32Array(this.#memory.buffer, table, numbers).slice()
    for (let at = 0; at < records.length; at += 3) {
      const [kind, type, start, end] = [records[at] & 7, records[at] >> 4, records[at + 1], records[at + 2]]
      const slice = decoded.substring(start, end)
      if (kind === 0) this.#note(`event ${this.#types[type]}: ${slice}`)
      if (kind === 1) this.#note(`id ${slice}`)
      if (kind === 2) this.#types[type] = slice
      if (kind === 3) this.#note(`retry ${start}`)
    }
    return true
  }

  failure(reason, message, response, error, attempt, reconnectIn) {
    return { reason, message, status: response?.status, attempt, reconnectIn }
  }

  fail(failure, readyState) {
    const { reason, status, attempt, reconnectIn } = failure ?? {}
    this.#note(failure ? `fail ${reason} ${status} ${attempt} ${reconnectIn} -> ${readyState}` : `state ${readyState}`)
  }
}
")]
extern "C" {
    pub type RecordingFace;

    #[wasm_bindgen(constructor)]
    fn new(sources: JsValue, memory: JsValue) -> RecordingFace;

    #[wasm_bindgen(method)]
    fn until(this: &RecordingFace, line: &str) -> Promise;

    #[wasm_bindgen(method, getter)]
    fn calls(this: &RecordingFace) -> js_sys::Array;
}

impl RecordingFace {
    /// A face for a source of `sources`, which it resumes.
    pub fn of(sources: &eventsource_wasm::web::Sources) -> Self {
        Self::new(sources.clone().into(), wasm_bindgen::memory())
    }

    /// Says which source it is the face of.
    pub fn belongs_to(&self, handle: u32) {
        Reflect::set(self, &"handle".into(), &handle.into()).expect("an object takes a property");
    }

    /// All that it was told, one line each, once one of them is `line`; or without it, where that never comes.
    pub async fn told_until(&self, line: &str) -> Vec<String> {
        let told = JsFuture::from(self.until(line)).await.expect("this promise is never rejected");
        String::from(told.unchecked_into::<JsString>()).lines().map(str::to_owned).collect()
    }

    /// How much it was told so far.
    pub fn count(&self) -> u32 {
        self.calls().length()
    }
}
