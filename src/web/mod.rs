//! The hands: fetch, reading, timers, and the surface for JavaScript.
//!
//! Nothing here decides what [`crate::connection`] could decide: it feeds facts in and carries out what comes back.
//! What crosses to JavaScript are batches and failures; the class and its events live in `js/`.

mod bindings;
mod options;
mod pump;
mod request;
mod source;
mod timer;
mod wait;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use bindings::Face;
use source::Source;

use crate::connection::PageChange;

/// The sources that are not closed. JavaScript makes one of these and refers to each source by a number, so that a
/// call for one that is over is harmless, and nothing waits for the garbage collector.
#[wasm_bindgen]
#[derive(Clone, Default)]
pub struct Sources {
    sources: Rc<RefCell<Vec<Option<Rc<Source>>>>>,
    /// Whether the page can't be seen.
    hidden: Rc<Cell<bool>>,
}

#[wasm_bindgen]
impl Sources {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a source and starts to connect, in a microtask. Gives its number.
    ///
    /// Throws a TypeError or RangeError that names the option that is wrong, or a SyntaxError where the URL is.
    pub fn open(&self, url: &str, base: Option<String>, init: &JsValue, face: Face) -> Result<u32, JsValue> {
        let options = options::Options::read(init)?;
        let url = request::resolve(url, base.as_deref())?;
        face.describe(
            &url.href(),
            &url.origin(),
            options.with_credentials,
            &options.last_event_id,
            options.reconnection_time,
        );
        Ok(self.start(Source::connecting(url.href(), options, face)?))
    }

    /// Makes a source of a stream of bytes that is there already. It never connects again.
    #[wasm_bindgen(js_name = openStream)]
    pub fn open_stream(&self, stream: &web_sys::ReadableStream, init: &JsValue, face: Face) -> Result<u32, JsValue> {
        let options = options::StreamOptions::read(init)?;
        let reader = bindings::get_reader(stream)?;
        // > The url getter of such a source gives about:event-stream, and its origin is opaque.
        face.describe("about:event-stream", "null", false, &options.last_event_id, options::RECONNECTION_TIME);
        Ok(self.start(Source::reading(reader, options, face)))
    }

    /// > The close() method must abort any instances of the fetch algorithm started for this EventSource object, and
    /// > must set the readyState attribute to CLOSED.
    pub fn close(&self, handle: u32) {
        if let Some(source) = self.find(handle) {
            source.close();
        }
    }

    /// `open` was dispatched, or every event of the last batch was: go on.
    pub fn resume(&self, handle: u32) {
        if let Some(source) = self.find(handle) {
            source.resume();
        }
    }

    /// Connects again now, whatever is under way.
    pub fn reconnect(&self, handle: u32) {
        if let Some(source) = self.find(handle) {
            source.reconnect();
        }
    }

    /// The page changed, by the numbers in `js/page.ts`.
    pub fn page(&self, change: u8) {
        let change = match change {
            0 => PageChange::Leaving,
            1 => PageChange::Left,
            2 => PageChange::Back,
            3 => PageChange::Hidden,
            4 => PageChange::Shown,
            _ => PageChange::Online,
        };
        match change {
            PageChange::Hidden => self.hidden.set(true),
            PageChange::Shown => self.hidden.set(false),
            _ => {}
        }
        for source in self.all() {
            source.page(change);
        }
    }

    /// The page's Content Security Policy refused a request to a URL.
    pub fn forbid(&self, url: &str) {
        for source in self.all() {
            source.forbid(url);
        }
    }

    /// Drops the unfinished event, so that a fresh stream may follow.
    pub fn reset(&self, handle: u32) {
        if let Some(source) = self.find(handle) {
            source.reset();
        }
    }
}

impl Sources {
    fn start(&self, source: Rc<Source>) -> u32 {
        let handle = self.keep(source.clone());
        if self.hidden.get() {
            source.page(PageChange::Hidden);
        }
        let sources = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            source.run().await;
            sources.forget(handle);
        });
        handle
    }

    fn all(&self) -> Vec<Rc<Source>> {
        self.sources.borrow().iter().flatten().cloned().collect()
    }

    fn keep(&self, source: Rc<Source>) -> u32 {
        let mut sources = self.sources.borrow_mut();
        let free = sources.iter().position(Option::is_none).unwrap_or(sources.len());
        if free == sources.len() {
            sources.push(None);
        }
        if let Some(place) = sources.get_mut(free) {
            *place = Some(source);
        }
        free as u32
    }

    fn find(&self, handle: u32) -> Option<Rc<Source>> {
        self.sources.borrow().get(handle as usize).cloned().flatten()
    }

    fn forget(&self, handle: u32) {
        let source = self.sources.borrow_mut().get_mut(handle as usize).and_then(Option::take);
        // Dropped after the borrow has ended: what it owns may call back.
        drop(source);
    }
}
