//! What `src/parser` makes of a stream in pieces, read in every way that it offers (records, events, the table in UTF-16
//! units, all of it in UTF-16, as it came), each held against the others, and put into the reference's words. Shared with
//! the fuzz target.

use std::collections::HashMap;

use eventsource_wasm::parser::{Batch, MESSAGE, Parser, ParserOptions, RecordKind, Text, UNCACHED};

use super::reference::{Happening, Outcome};

/// The layout of the table as JavaScript reads it, written out a second time on purpose.
const RECORD_LENGTH: usize = 3;
const KIND: u32 = 0b111;
const HAS_ID: u32 = 0b1000;
const TYPE_SHIFT: u32 = 4;
const LENGTH_SHIFT: u32 = 9;
/// Bytes of a text whose length has too many bits to be put together with others.
const MOST_GATHERED: usize = 1 << 23;

/// A record with its bytes looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    kind: u32,
    event_type: u32,
    has_id: bool,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Text(String),
    Milliseconds(u64),
}

/// A line that a verbose parser tells of though it does nothing.
pub type Ignored = (RecordKind, String);

/// A parser and all that it has told so far.
#[derive(Default)]
pub struct Observed {
    pub parser: Parser,
    /// Is given the same, and tells it in UTF-16 and as it came.
    in_utf16: Parser,
    /// What it has handed over for the data of its next event, and of the one after this batch.
    handed_over: [String; 2],
    pub happenings: Vec<Happening>,
    pub ignored: Vec<Ignored>,
    types: HashMap<u32, String>,
    last_event_id: String,
}

impl Observed {
    pub fn new(options: ParserOptions) -> Self {
        Self { parser: Parser::new(options), in_utf16: Parser::new(options), ..Self::default() }
    }

    pub fn feed(&mut self, piece: &[u8]) {
        self.parser.feed(piece);
        if !self.handed_over[1].is_empty() && piece.is_ascii() && !piece.contains(&b'\n') && !piece.contains(&b'\r') {
            return self.lengthen(piece);
        }
        // More room than is used, as for characters whose bytes nobody has counted.
        let room = self.in_utf16.reserve(piece.len() + 3);
        room[..piece.len()].copy_from_slice(piece);
        self.in_utf16.scan_first(piece.len());
        self.read_batch();
    }

    /// A piece that ends no line, in a line that was handed over.
    fn lengthen(&mut self, piece: &[u8]) {
        let [before, after] = &mut self.handed_over;
        before.push_str(after);
        *after = str::from_utf8(piece).expect("it is ASCII").to_owned();
        self.in_utf16.lengthen_handed_over(piece.len());
        assert_eq!(self.in_utf16.too_large(), self.parser.too_large());
        assert!(rows_by_bytes(self.parser.batch()).is_empty(), "the line goes on");
    }

    pub fn finish_line(&mut self) {
        self.parser.finish_line();
        self.in_utf16.scan_unfinished_line();
        self.read_batch();
    }

    pub fn reset(&mut self) {
        self.parser.reset();
        self.in_utf16.reset();
        self.handed_over = Default::default();
    }

    pub fn outcome(&self) -> Outcome {
        Outcome { happenings: self.happenings.clone(), last_event_id: self.parser.last_event_id().to_owned() }
    }

    fn read_batch(&mut self) {
        let batch = self.parser.batch();
        let rows = rows_by_bytes(batch);
        assert_events_are_those_of(batch, &rows);
        let text = String::from_utf8(batch.text().to_vec()).expect("the text as a whole is decoded by JavaScript");
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(rows_by_units(&units, self.parser.table_in_utf16()), rows, "UTF-16 offsets tell something else");
        assert_eq!(self.rows_in_utf16(), rows, "in UTF-16 it is something else");
        for row in rows {
            self.take(row);
        }
        assert_eq!(self.parser.last_event_id(), self.last_event_id, "after a piece");
    }

    /// The other parser's rows, with what it has handed over where it belongs.
    fn rows_in_utf16(&mut self) -> Vec<Row> {
        let [before, after] = &mut self.handed_over;
        before.push_str(after);
        let (handed_over, skipped) = self.in_utf16.hand_over();
        *after = str::from_utf8(&handed_over[skipped..]).expect("only ASCII is handed over").to_owned();
        let (units, table) = match self.in_utf16.in_utf16() {
            (Text::Ascii(bytes), table) => {
                assert!(bytes.is_ascii());
                (bytes.iter().map(|&byte| byte.into()).collect(), table)
            }
            (Text::Utf16(units), table) => (units.to_vec(), table),
        };
        let mut rows = rows_by_units(&units, table);
        assert_eq!(rows_as_they_came(&mut self.in_utf16), rows, "as it came it is something else");
        if let Some(row) = rows.iter_mut().find(|row| row.kind == RecordKind::Event as u32)
            && let Content::Text(text) = &mut row.content
        {
            text.insert_str(0, &std::mem::take(before));
        }
        rows
    }

    fn take(&mut self, row: Row) {
        let text = match row.content {
            Content::Milliseconds(milliseconds) => return self.happenings.push(Happening::Retry(milliseconds)),
            Content::Text(text) => text,
        };
        match row.kind {
            kind if kind == RecordKind::Id as u32 => self.last_event_id = text,
            kind if kind == RecordKind::Type as u32 => {
                assert!(row.event_type != MESSAGE, "the default type has no name to tell");
                let told_before = self.types.insert(row.event_type, text);
                assert_eq!(told_before, None, "a type is told once");
            }
            kind if kind == RecordKind::Event as u32 => {
                let event_type = match row.event_type {
                    MESSAGE => Some("message".to_owned()),
                    UNCACHED => self.types.remove(&UNCACHED),
                    number => self.types.get(&number).cloned(),
                };
                let event_type = event_type.expect("a type is told before its first event");
                self.happenings.push(Happening::Event {
                    event_type,
                    data: text,
                    last_event_id: self.last_event_id.clone(),
                });
            }
            kind if kind == RecordKind::Comment as u32 => self.ignored.push((RecordKind::Comment, text)),
            kind if kind == RecordKind::UnknownField as u32 => self.ignored.push((RecordKind::UnknownField, text)),
            _ => self.ignored.push((RecordKind::InvalidRetry, text)),
        }
    }
}

/// What a parser makes of a stream that comes in these pieces.
pub fn observe<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut observed = Observed::default();
    for piece in pieces {
        observed.feed(piece);
    }
    observed.outcome()
}

/// Cuts a stream into pieces of these lengths, over and over. Zeros make empty pieces.
pub fn cut<'a>(stream: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    if lengths.iter().all(|&length| length == 0) {
        return vec![stream];
    }
    let mut rest = stream;
    let mut pieces = Vec::new();
    for &length in lengths.iter().cycle() {
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    pieces
}

fn rows_by_bytes(batch: Batch) -> Vec<Row> {
    let row = |record| {
        let eventsource_wasm::parser::Record { kind, event_type, has_id, start, end } = record;
        let content = if kind == RecordKind::Retry {
            Content::Milliseconds(u64::from(start) | u64::from(end) << 32)
        } else {
            let bytes = &batch.text()[start as usize..end as usize];
            let text = std::str::from_utf8(bytes).expect("each record's bytes are UTF-8");
            assert_eq!(batch.slice(record), text);
            Content::Text(text.to_owned())
        };
        Row { kind: kind as u32, event_type, has_id, content }
    };
    batch.records().map(row).collect()
}

fn rows_by_units(units: &[u16], table: &[u32]) -> Vec<Row> {
    rows_of(table, |start, end| String::from_utf16(&units[start..end]).expect("no offset lies inside a surrogate pair"))
}

fn rows_of(table: &[u32], text: impl Fn(usize, usize) -> String) -> Vec<Row> {
    assert_eq!(table.len() % RECORD_LENGTH, 0);
    let row = |record: &[u32]| {
        let kind = record[0] & KIND;
        let content = if kind == RecordKind::Retry as u32 {
            Content::Milliseconds(u64::from(record[1]) | u64::from(record[2]) << 32)
        } else {
            Content::Text(text(record[1] as usize, record[2] as usize))
        };
        Row { kind, event_type: record[0] >> TYPE_SHIFT, has_id: record[0] & HAS_ID != 0, content }
    };
    table.chunks_exact(RECORD_LENGTH).map(row).collect()
}

/// What `js/delivery.ts` makes of a batch as it came: each field decoded alone, and texts that were put together for those
/// who listen, for which the whole must come to the same. Ends the batch for all other ways.
fn rows_as_they_came(parser: &mut Parser) -> Vec<Row> {
    let (bytes, table) = parser.as_it_came();
    let alone = rows_of(table, |start, end| String::from_utf8_lossy(&bytes[start..end]).into_owned());
    for row in &alone {
        // What nothing here is, and nobody may ask to have put together.
        assert!(!matches!(&row.content, Content::Text(text) if text.len() >= MOST_GATHERED), "too long for its bits");
    }
    // Whoever listens to what: it is as likely as not.
    let heard =
        bytes.iter().fold(bytes.len() as u32, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into())) | 2;
    let text = String::from_utf8_lossy(parser.gather(heard)).into_owned();
    let whole: Vec<u16> = text.encode_utf16().collect();
    let is_whole = !text.contains('\u{fffd}');
    let (_, table) = parser.as_it_came();
    let mut taken = 0;
    let mut left_out = 0;
    for (record, row) in table.chunks_exact(RECORD_LENGTH).zip(&alone) {
        let Content::Text(text) = &row.content else {
            assert_eq!(left_out, 0, "what sets a time is left out");
            continue;
        };
        let told = (record[0] >> LENGTH_SHIFT) as usize;
        let is_event = row.kind == RecordKind::Event as u32;
        if is_event && heard & 1u32.wrapping_shl(row.event_type) == 0 {
            left_out = if left_out > 0 { left_out - 1 } else { told };
            continue;
        }
        assert_eq!(left_out, 0, "more are left out than are said to be");
        if is_whole {
            let units = &whole[taken..taken + told];
            assert_eq!(String::from_utf16_lossy(units), *text, "put together it is something else");
            assert_eq!(whole[taken + told], u16::from(b'\n'));
            taken += told + 1;
        }
    }
    assert_eq!(left_out, 0, "fewer are left out than are said to be");
    assert_eq!(taken, if is_whole { whole.len() } else { 0 });
    alone
}

/// `Batch::events` is the records without what is no event.
fn assert_events_are_those_of(batch: Batch, rows: &[Row]) {
    let mut events = batch.events();
    let mut id = None;
    let mut new_type = None;
    for row in rows {
        let Content::Text(text) = &row.content else { continue };
        if row.kind == RecordKind::Id as u32 {
            id = Some(text.as_str());
        } else if row.kind == RecordKind::Type as u32 {
            new_type = Some(text.as_str());
        } else if row.kind == RecordKind::Event as u32 {
            let event = events.next().expect("an event for each record of an event");
            assert_eq!((event.event_type, event.data), (row.event_type, text.as_str()));
            assert_eq!(event.id, if row.has_id { id } else { None });
            assert_eq!(event.new_type, new_type.take());
        }
    }
    assert_eq!(events.next(), None);
}
