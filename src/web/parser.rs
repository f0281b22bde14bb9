//! The format alone, for JavaScript: bytes in, batches out, nothing but numbers across. Strings, callbacks and errors
//! are made in `js/parser/`; the module of the `parser` entry has this and no more of `web`.

use wasm_bindgen::prelude::*;

use crate::parser::{Parser, ParserOptions};

/// Most bytes of one event where no limit is given. A string in JavaScript ends at about twice as many characters.
const LARGEST_EVENT: usize = 256 << 20;

/// Where the last batch is: `u32`s that JavaScript reads from memory.
#[repr(C)]
#[derive(Default)]
struct Told {
    text: usize,
    text_length: usize,
    table: usize,
    /// In numbers, not bytes.
    table_length: usize,
    /// Bits: the limit was passed; the text is ASCII; it is the input as it came.
    is: u32,
    /// UTF-16 code units of the unfinished line, where asked for.
    unfinished: usize,
}

/// A parser that tells of its batches by address. The addresses hold until its next call, and whatever any parser is
/// called for may grow the memory and so end all views of it.
#[wasm_bindgen]
pub struct BatchParser {
    parser: Parser,
    comments: bool,
    told: Told,
}

#[wasm_bindgen]
impl BatchParser {
    /// `verbose` tells comments, unknown fields and bad `retry` values, `comments` keeps those that are unfinished.
    /// The limit is in UTF-16 code units.
    #[wasm_bindgen(constructor)]
    pub fn new(verbose: bool, comments: bool, max_buffer_size: Option<u32>) -> Self {
        let mut parser = Parser::new(ParserOptions { max_event_size: LARGEST_EVENT, verbose });
        if let Some(most) = max_buffer_size {
            parser.limit_buffer(most as usize);
        }
        Self { parser, comments, told: Told::default() }
    }

    /// Where to put the next piece of the stream, of up to so many bytes. Ends the batch before.
    pub fn reserve(&mut self, length: usize) -> *mut u8 {
        self.parser.reserve(length).as_mut_ptr()
    }

    /// Parses so many of the bytes. `settled` says that the caller's chunk ends here: what is unfinished by now counts
    /// as buffered. `characters` asks how much that is.
    pub fn parse(&mut self, length: usize, settled: bool, characters: bool) -> *const u32 {
        self.parser.parse_first(length);
        if settled {
            self.parser.settle(self.comments);
        }
        self.told.unfinished = if characters { self.parser.unfinished_units() } else { 0 };
        self.tell()
    }

    /// Takes an unfinished line as if it had ended.
    #[wasm_bindgen(js_name = finishLine)]
    pub fn finish_line(&mut self) -> *const u32 {
        self.parser.finish_line();
        self.tell()
    }

    pub fn reset(&mut self) {
        self.parser.reset();
    }

    fn tell(&mut self) -> *const u32 {
        let table = self.parser.table_in_utf16();
        (self.told.table, self.told.table_length) = (table.as_ptr() as usize, table.len());
        let text = self.parser.batch().text();
        (self.told.text, self.told.text_length) = (text.as_ptr() as usize, text.len());
        self.told.is = u32::from(self.parser.too_large().is_some())
            | u32::from(self.parser.is_ascii()) << 1
            | u32::from(self.parser.is_verbatim()) << 2;
        (&raw const self.told).cast()
    }
}
