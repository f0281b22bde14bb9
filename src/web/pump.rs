//! Reading: chunk by chunk into the parser, batch by batch to the face, no further than JavaScript follows.
//!
//! The hot path. Its callbacks live as long as the connection, so that a chunk costs no allocation and no trip through
//! the executor; only the end of the stream wakes the source's task.

use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};

use js_sys::{Date, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::bindings::{self, Face};
use super::wait::Waiting;
use crate::connection::Connection;
use crate::parser::{Parser, RecordKind};

/// Most bytes that are parsed at a time: a chunk may be a whole file, and the main thread wants to breathe.
const SLICE: u32 = 64 * 1024;

/// Why reading stopped.
pub enum End {
    /// The stream's bytes ended.
    Done,
    /// Reading failed.
    Broken(JsValue),
    /// An event went over the limit.
    TooLarge,
}

/// What a pump works on; shared with its source.
pub struct Reading {
    pub face: Face,
    pub parser: Rc<RefCell<Parser>>,
    pub connection: Rc<RefCell<Connection>>,
    pub waiting: Rc<Waiting>,
}

/// Reads one stream to its end.
pub struct Pump {
    reading: Reading,
    reader: web_sys::ReadableStreamDefaultReader,
    /// The chunk at hand and how many of its bytes were parsed.
    chunk: RefCell<Option<Uint8Array>>,
    parsed: Cell<u32>,
    stopped: Cell<bool>,
    /// This pump, while a read is under way: its callbacks must live until they are called.
    awaited: RefCell<Option<Rc<Self>>>,
    pub end: Rc<RefCell<Option<End>>>,
    on_chunk: Closure<dyn FnMut(JsValue)>,
    on_failure: Closure<dyn FnMut(JsValue)>,
}

impl Pump {
    pub fn new(reading: Reading, reader: web_sys::ReadableStreamDefaultReader) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let on_chunk = Closure::new({
                let this = this.clone();
                move |result: JsValue| {
                    if let Some(pump) = this.upgrade() {
                        pump.awaited.take();
                        pump.take(&result);
                    }
                }
            });
            let on_failure = Closure::new({
                let this = this.clone();
                move |error: JsValue| {
                    if let Some(pump) = this.upgrade() {
                        pump.awaited.take();
                        pump.finish(End::Broken(error));
                    }
                }
            });
            Self {
                reading,
                reader,
                chunk: RefCell::default(),
                parsed: Cell::new(0),
                stopped: Cell::new(false),
                awaited: RefCell::default(),
                end: Rc::default(),
                on_chunk,
                on_failure,
            }
        })
    }

    /// Asks for the next chunk.
    pub fn read(self: &Rc<Self>) {
        self.awaited.replace(Some(self.clone()));
        self.reading.connection.borrow_mut().reading(Some(Date::now()));
        // The promise that `then` makes is nobody's: both callbacks return, so it cannot be rejected.
        let _ = self.reader.read().then2(&self.on_chunk, &self.on_failure);
    }

    /// No listener is to hear of this stream again.
    pub fn stop(&self) {
        self.stopped.set(true);
        self.chunk.take();
    }

    /// Tells the stream that nobody wants the rest of it.
    pub fn cancel(&self) {
        self.stop();
        bindings::forget(self.reader.cancel());
    }

    fn take(self: &Rc<Self>, result: &JsValue) {
        if self.stopped.get() {
            return;
        }
        let done = Reflect::get(result, &"done".into()).is_ok_and(|done| done.is_truthy());
        if done {
            self.finish(End::Done);
            return;
        }
        match Reflect::get(result, &"value".into()).unwrap_or_default().dyn_into::<Uint8Array>() {
            Ok(chunk) => {
                self.reading.connection.borrow_mut().reading(None);
                self.parsed.set(0);
                self.chunk.replace(Some(chunk));
                self.go_on();
            }
            Err(_) => {
                let error = js_sys::TypeError::new("the stream gave a chunk that is not a Uint8Array");
                self.finish(End::Broken(error.into()));
            }
        }
    }

    /// JavaScript has dispatched the last batch.
    pub fn delivered(self: &Rc<Self>) {
        if self.reading.parser.borrow().too_large().is_some() {
            self.finish(End::TooLarge);
        } else {
            self.go_on();
        }
    }

    /// Parses what is left of the chunk, as far as JavaScript follows, then reads on.
    pub fn go_on(self: &Rc<Self>) {
        while !self.stopped.get() {
            let Some(chunk) = self.chunk.borrow().clone() else { return self.read() };
            let from = self.parsed.get();
            let until = chunk.length().min(from.saturating_add(SLICE));
            let part = if from == 0 && until == chunk.length() { chunk } else { chunk.subarray(from, until) };
            self.parsed.set(until);
            if until == self.chunk.borrow().as_ref().map_or(0, Uint8Array::length) {
                self.chunk.take();
            }
            let delivered = self.parse(&part);
            if self.stopped.get() {
                return;
            }
            match delivered {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return self.finish(End::Broken(error)),
            }
            if self.reading.parser.borrow().too_large().is_some() {
                return self.finish(End::TooLarge);
            }
        }
    }

    /// Parses some bytes and hands the batch over; gives whether it is delivered.
    fn parse(&self, part: &Uint8Array) -> Result<bool, JsValue> {
        let (text, length, table, numbers) = {
            let mut parser = self.reading.parser.borrow_mut();
            part.copy_to(parser.reserve(part.length() as usize));
            parser.parse();
            if let Some(milliseconds) = parser.take_reconnection_time() {
                self.reading.connection.borrow_mut().set_reconnection_time(milliseconds as f64);
            }
            let batch = parser.batch();
            if batch.records().any(|record| record.kind == RecordKind::Event) {
                self.reading.connection.borrow_mut().event();
            }
            let (text, length) = (batch.text().as_ptr(), batch.text().len());
            let table = parser.table_in_utf16();
            (text, length, table.as_ptr(), table.len())
        };
        if numbers == 0 {
            return Ok(true);
        }
        // Both stay where they are until this source parses again, which it does not before it is resumed.
        let delivered = self.reading.face.batch(text, length, table, numbers)?;
        if !delivered {
            self.reading.waiting.delivering();
        }
        Ok(delivered)
    }

    fn finish(&self, end: End) {
        if self.stopped.replace(true) {
            return;
        }
        self.end.replace(Some(end));
        self.reading.waiting.wake();
    }
}
