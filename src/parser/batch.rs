//! What one piece of a stream gave: one text, and records whose offsets point into it.

use super::event_types::{MESSAGE, UNCACHED};

/// What a record tells. The numbers are those that JavaScript sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum RecordKind {
    /// An event to dispatch: its data, and its type's number.
    Event = 0,
    /// The last event ID from here on. Comes before the event of its block, or alone where the block has no data.
    Id = 1,
    /// The name of a type's number. Comes before the first event of that type.
    Type = 2,
    /// A new reconnection time in milliseconds: `start` holds the low and `end` the high half.
    Retry = 3,
    /// A comment line, without its colon and one space. Only when asked for.
    Comment = 4,
    /// A line whose field nobody knows, whole. Only when asked for.
    UnknownField = 5,
    /// A `retry` line whose value is not digits alone, whole. Only when asked for.
    InvalidRetry = 6,
}

/// A record as it stands in the table: kind and type, start, end.
pub type Numbers = [u32; 3];
/// The bits of a record's first number that tell its kind.
pub const KIND: u32 = 0b111;
/// Set on an event whose block had an `id` field.
pub const HAS_ID: u32 = 0b1000;
/// The type's number stands above these bits.
pub const TYPE_SHIFT: u32 = 4;
/// Its bits there.
const TYPE: u32 = 0b1_1111;
/// Above the type's number stands what [`gather`](super::Parser::gather) says.
pub const LENGTH_SHIFT: u32 = 9;

/// One record, read from the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: RecordKind,
    /// The number of the event's type, for events and types.
    pub event_type: u32,
    /// Whether the event's block had an `id` field.
    pub has_id: bool,
    /// Where the bytes begin in the text.
    pub start: u32,
    /// Where they end.
    pub end: u32,
}

impl Record {
    fn read(&[head, start, end]: &Numbers) -> Self {
        let kind = match head & KIND {
            0 => RecordKind::Event,
            1 => RecordKind::Id,
            2 => RecordKind::Type,
            3 => RecordKind::Retry,
            4 => RecordKind::Comment,
            5 => RecordKind::UnknownField,
            _ => RecordKind::InvalidRetry,
        };
        Self { kind, event_type: head >> TYPE_SHIFT & TYPE, has_id: head & HAS_ID != 0, start, end }
    }
}

/// Whether a table's record points into the text (a `retry` does not: it is a number).
#[inline]
pub fn has_range(head: u32) -> bool {
    head & KIND != RecordKind::Retry as u32
}

/// A batch's text as JavaScript can take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// ASCII alone, so that it can be decoded in any way: the batch's text as it is.
    Ascii(&'a [u8]),
    /// UTF-16 code units: the fields alone, side by side.
    Utf16(&'a [u16]),
}

/// The records of a batch.
#[derive(Clone)]
pub struct Records<'a>(pub(super) core::slice::Iter<'a, Numbers>);

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.0.next().map(Record::read)
    }
}

impl DoubleEndedIterator for Records<'_> {
    fn next_back(&mut self) -> Option<Record> {
        self.0.next_back().map(Record::read)
    }
}

/// What one piece of a stream gave. Borrowed from the parser until the next piece.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    pub(super) text: &'a [u8],
    pub(super) table: &'a [Numbers],
}

impl<'a> Batch<'a> {
    /// The bytes that the records point into: valid UTF-8 from each record's start to its end, malformed input
    /// already replaced by U+FFFD.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The records, with offsets in bytes.
    pub fn records(&self) -> Records<'a> {
        Records(self.table.iter())
    }

    /// The bytes of a record, as text; empty for a `retry`.
    pub fn slice(&self, record: Record) -> &'a str {
        if record.kind == RecordKind::Retry {
            return "";
        }
        let bytes = self.text.get(record.start as usize..record.end as usize).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The events, for callers in Rust.
    pub fn events(self) -> Events<'a> {
        Events { batch: self, records: self.records(), id: None, uncached: "" }
    }
}

/// An event as the stream gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The number of the type: [`MESSAGE`], [`UNCACHED`], or one that [`RecordKind::Type`] gave a name to.
    pub event_type: u32,
    /// The type's name, where this batch told it.
    pub new_type: Option<&'a str>,
    /// The data, its lines joined by LF.
    pub data: &'a str,
    /// The id that this event's block set.
    pub id: Option<&'a str>,
}

/// The events of a batch, in order.
pub struct Events<'a> {
    batch: Batch<'a>,
    records: Records<'a>,
    id: Option<&'a str>,
    uncached: &'a str,
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let mut new_type = None;
        loop {
            let record = self.records.next()?;
            let slice = self.batch.slice(record);
            match record.kind {
                RecordKind::Id => self.id = Some(slice),
                RecordKind::Type => {
                    new_type = Some(slice);
                    if record.event_type == UNCACHED {
                        self.uncached = slice;
                    }
                }
                RecordKind::Event => {
                    return Some(Event {
                        event_type: record.event_type,
                        new_type: if record.event_type == MESSAGE { None } else { new_type },
                        data: slice,
                        id: self.id.take().filter(|_| record.has_id),
                    });
                }
                _ => {}
            }
        }
    }
}
