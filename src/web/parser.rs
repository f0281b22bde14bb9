//! The format alone, for JavaScript: bytes in, batches out, nothing but numbers across. Strings, callbacks and errors
//! are made in `js/parser/`; the module of the `parser` entry has this and no more of `web`.
//!
//! Plain exports without glue: a call costs what a call costs, and the module asks for no imports. Who calls them is
//! `js/parser/batches.ts`, which hands a parser's address to nothing once it gave it to [`release`].

use alloc::boxed::Box;

use super::boxed;
use crate::parser::{Parser, ParserOptions, Text};

/// Most bytes of one event where no limit is given. A string in JavaScript ends at about twice as many characters.
const LARGEST_EVENT: usize = 256 << 20;

/// A parser, and where its last batch is: what JavaScript reads from memory. The addresses hold until the parser's next
/// call, and whatever any parser is called for may grow the memory and so end all views of it.
#[repr(C)]
pub struct BatchParser {
    text: usize,
    /// In code units.
    text_length: usize,
    table: usize,
    /// In numbers, not bytes.
    table_length: usize,
    /// Bits: the limit was passed; the text is UTF-16 and not ASCII; it is the input as it came.
    is: u32,
    /// Bytes that the next batch's text begins with.
    unfinished: usize,
    /// ASCII that goes before the data of the next event after the batch.
    handed_over: usize,
    handed_over_length: usize,
    /// How much at its beginning is none of the data.
    handed_over_skipped: usize,
    comments: bool,
    hands_over: bool,
    parser: Parser,
}

impl BatchParser {
    fn tell(&mut self) {
        let (handed_over, skipped) = if self.hands_over { self.parser.hand_over() } else { (&[][..], 0) };
        self.handed_over_skipped = skipped;
        (self.handed_over, self.handed_over_length) = (handed_over.as_ptr() as usize, handed_over.len());
        self.is = u32::from(self.parser.too_large().is_some()) | u32::from(self.parser.is_verbatim()) << 2;
        self.unfinished = self.parser.unfinished().len();
        let (text, table) = self.parser.in_utf16();
        (self.table, self.table_length) = (table.as_ptr() as usize, table.len());
        (self.text, self.text_length) = match text {
            Text::Ascii(bytes) => (bytes.as_ptr() as usize, bytes.len()),
            Text::Utf16(units) => {
                self.is |= 2;
                (units.as_ptr() as usize, units.len())
            }
        };
    }
}

/// `verbose` tells comments, unknown fields and bad `retry` values, `comments` keeps those that are unfinished. The
/// limit is in UTF-16 code units; a negative one is none. `hands_over` asks for long lines as they come.
#[unsafe(no_mangle)]
pub extern "C" fn create(verbose: bool, comments: bool, max_buffer_size: f64, hands_over: bool) -> Box<BatchParser> {
    let mut parser = Parser::new(ParserOptions { max_event_size: LARGEST_EVENT, verbose });
    if max_buffer_size >= 0.0 {
        parser.limit_buffer(max_buffer_size as usize);
    }
    boxed(BatchParser {
        text: 0,
        text_length: 0,
        table: 0,
        table_length: 0,
        is: 0,
        unfinished: 0,
        handed_over: 0,
        handed_over_length: 0,
        handed_over_skipped: 0,
        comments,
        hands_over,
        parser,
    })
}

/// Where to put the next piece of the stream, of up to so many bytes. Ends the batch before.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(this: &mut BatchParser, length: usize) -> *mut u8 {
    this.parser.reserve(length).as_mut_ptr()
}

/// Parses so many of the bytes. `settled` says that the caller's chunk ends here: what is unfinished by now counts as
/// buffered.
#[unsafe(no_mangle)]
pub extern "C" fn parse(this: &mut BatchParser, length: usize, settled: bool) {
    this.parser.scan_first(length);
    if settled {
        this.parser.settle(this.comments);
    }
    this.tell();
}

/// Goes on in a line that was handed over, by bytes of which the caller knows that they are ASCII and end no line. Gives
/// whether the event is too large now.
#[unsafe(no_mangle)]
pub extern "C" fn lengthen(this: &mut BatchParser, length: usize) -> bool {
    this.parser.lengthen_handed_over(length);
    this.parser.too_large().is_some()
}

/// Takes an unfinished line as if it had ended.
#[unsafe(no_mangle)]
pub extern "C" fn finish_line(this: &mut BatchParser) {
    this.parser.scan_unfinished_line();
    this.tell();
}

#[unsafe(no_mangle)]
pub extern "C" fn reset(this: &mut BatchParser) {
    this.parser.reset();
}

/// Gives the parser's memory back.
#[unsafe(no_mangle)]
pub extern "C" fn release(this: Box<BatchParser>) {
    drop(this);
}
