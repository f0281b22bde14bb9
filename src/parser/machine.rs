//! The parser itself: takes pieces of a stream, keeps what is unfinished, fills the batch.

use alloc::string::String;
use alloc::vec::Vec;

use super::batch::{Batch, HAS_ID, KIND, LENGTH_SHIFT, Numbers, RecordKind, TYPE_SHIFT, Text, has_range};
use super::block::{Block, Place, Single};
use super::buffered::{self, Units};
use super::event_types::{self, EventTypes};
use super::field::{self, Beginning, Field};
use super::lines::LineEnds;
use super::room::{KEPT_CAPACITY, Room, clear};
use super::simd;
use super::utf16::{Utf16, Utf16Cursor};
use crate::memory::push;

/// Behind a text that others read whole lanes of.
const PADDING: &str = "                ";
/// Marks an offset into the arena until the batch is closed and the arena's place in the text is known.
const IN_ARENA: u32 = 1 << 31;
/// Largest limit, in bytes: offsets have 31 bits, and a text holds an unfinished event and a piece.
const LARGEST_LIMIT: usize = 1 << 30;
/// Bytes of an unfinished line from which on it can be handed over.
const HANDED_OVER: usize = 1 << 15;
const LINE_BEGINNING: &[u8; 6] = b"data: ";
/// A field's name, its colon and a space, and a byte order mark: what an unfinished line may hold beside its value.
const LONGEST_NAME: usize = 10;
/// Bytes that cost as much to decode, where some are decoded anyway, as to call a decoder once more.
const BYTES_PER_TEXT: usize = 512;
/// Length of a text, in bytes, that does not fit above the type of a record.
const MOST_GATHERED: usize = 1 << (u32::BITS - LENGTH_SHIFT);
/// Bytes of an unfinished line that are moved with each piece, and the line of a type before it.
const LONGEST_BESIDE_HELD: usize = 1 << 10;

/// What a [`Parser`] is told at its start.
#[derive(Clone, Copy, Debug)]
pub struct ParserOptions {
    /// Most bytes that one event's data, an unfinished line, a type's name or an id may hold. Default 64 MiB.
    pub max_event_size: usize,
    /// Whether the batch also tells comments, unknown fields and bad `retry` values. Default false.
    pub verbose: bool,
}

impl Default for ParserOptions {
    fn default() -> Self {
        Self { max_event_size: 64 << 20, verbose: false }
    }
}

/// An event or a line grew beyond [`ParserOptions::max_event_size`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The limit in bytes.
    pub max_event_size: usize,
}

impl core::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "an event is larger than the {} bytes that maxEventSize allows", self.max_event_size)
    }
}

impl core::error::Error for TooLarge {}

/// Turns the bytes of an event stream, cut anywhere, into batches of records.
///
/// ```
/// use eventsource_wasm::parser::Parser;
///
/// let mut parser = Parser::default();
/// assert_eq!(parser.feed(b"data: hel").events().count(), 0);
/// let batch = parser.feed(b"lo\n\ndata: unfinis");
/// assert_eq!(batch.events().map(|event| event.data).collect::<Vec<_>>(), ["hello"]);
/// ```
#[derive(Default)]
pub struct Parser {
    options: ParserOptions,
    /// Most UTF-16 code units that an unfinished line and event may hold together, where that is limited.
    max_buffer_size: Option<usize>,
    /// How much of the unfinished line was counted.
    line_units: Units,
    /// The unfinished line, maybe with the line of a type before it, then the piece at hand.
    window: Room<u8>,
    /// Where in the window the piece at hand begins.
    fresh: usize,
    /// The window's bytes up to here belong to the batch and go with the next piece.
    consumed: usize,
    /// Bytes of a finished line that stays before the unfinished one, since the next piece may make an event of both.
    held: usize,
    /// Data joined from several lines, or carried over from a piece before.
    arena: Room<u8>,
    /// The batch's text, and padding, where the input was malformed and had to be rewritten.
    repaired: Option<String>,
    /// Where in the window, or in what was repaired, the batch's text begins and ends.
    text: (usize, usize),
    /// Where in the window the last of its bytes that a record tells of ends.
    window_until: usize,
    /// Whether a record tells of bytes in the arena.
    in_arena: bool,
    /// Where in the window the arena's finished part was put.
    arena_at: usize,
    records: Vec<Numbers>,
    utf16: Utf16,
    /// What [`gather`](Self::gather) put together.
    gathered: Room<u8>,
    block: Block,
    event_types: EventTypes,
    last_event_id: String,
    /// The last `retry` field, until it is taken.
    reconnection_time: Option<u64>,
    /// Whether bytes of the unfinished line or event may be beyond ASCII.
    beyond_ascii: bool,
    /// Whether the first line was taken: only before it a byte order mark is one.
    started: bool,
    /// Whether the last byte was a CR: a LF that follows belongs to it.
    after_cr: bool,
    /// Whether the unfinished line is one that counts for nothing, so that its bytes are not kept.
    skipping: bool,
    too_large: bool,
}

impl Parser {
    pub fn new(mut options: ParserOptions) -> Self {
        options.max_event_size = options.max_event_size.min(LARGEST_LIMIT);
        Self { options, ..Self::default() }
    }

    /// Bounds what an unfinished line and event may hold together, in UTF-16 code units: data counts until its event
    /// is dispatched, but for an event of one line whose blank line is there. Beyond it [`Self::too_large`] says so. To be
    /// called before the first piece.
    pub fn limit_buffer(&mut self, most: usize) {
        self.max_buffer_size = Some(most);
    }

    /// Takes the next piece of the stream, of any length below 1 GiB, and gives what it completed.
    ///
    /// Once [`too_large`](Self::too_large) says so, it gives nothing more until [`reset`](Self::reset).
    pub fn feed(&mut self, piece: &[u8]) -> Batch<'_> {
        self.reserve(piece.len()).copy_from_slice(piece);
        self.parse();
        self.batch()
    }

    /// Room for the next piece, to be filled before [`parse`](Self::parse) is called. Ends the batch before; room that
    /// was not parsed is taken back.
    pub fn reserve(&mut self, length: usize) -> &mut [u8] {
        self.window.truncate(self.fresh);
        self.forget_batch();
        self.fresh = self.window.len();
        self.window.extend(length).get_mut(..length).unwrap_or_default()
    }

    /// Looks at the bytes that were put where [`reserve`](Self::reserve) said, and makes a batch of them.
    pub fn parse(&mut self) {
        self.scan();
        self.finish_batch();
    }

    /// Does what [`parse`](Self::parse) does, for who wants the batch [in UTF-16](Self::in_utf16) or
    /// [as it came](Self::as_it_came) alone: does not look whether the bytes are UTF-8, nor for the last event ID.
    pub fn scan(&mut self) {
        if self.too_large || self.fresh == self.window.len() {
            if self.too_large {
                self.window.truncate(self.fresh);
            }
            return;
        }
        self.window.clear_padding();
        // Taken out for the loop, so that the compiler sees that nothing in it changes the bytes.
        let window = core::mem::take(&mut self.window);
        let bytes: &[u8] = &window;
        let padded = window.padded(0);
        let held = if holds_type_lines() { core::mem::take(&mut self.held) } else { 0 };
        let mut ends = LineEnds::new(self.fresh, bytes.len(), held);
        let mut line = 0;
        // Where a LF would belong to the line end before it.
        let mut paired = if self.after_cr { 0 } else { usize::MAX };
        let mut is_first = self.is_first_of_block();
        while let Some(end) = ends.next(padded) {
            // > a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair
            if end == paired && bytes.get(end) == Some(&b'\n') {
                paired = usize::MAX;
                line = end + 1;
                continue;
            }
            if is_first && let Some((head, value, end)) = self.whole_event(padded, line, end, &mut ends) {
                // In the window, and behind all that was recorded before: `record` would look.
                if has_more_than_bytes() {
                    self.window_until = end;
                }
                push(&mut self.records, [head, value as u32, end as u32]);
                ends.skip_next();
                line = end + 2;
                paired = usize::MAX;
                continue;
            }
            self.line(&window, line, end);
            line = end + 1;
            paired = if bytes.get(end) == Some(&b'\r') { line } else { usize::MAX };
            if self.too_large {
                break;
            }
            is_first = self.is_first_of_block();
        }
        self.after_cr = paired == window.len();
        if has_more_than_bytes() {
            self.beyond_ascii |= ends.beyond_ascii();
        }
        self.window = window;
        self.consumed = line;
        if line > 0 {
            self.line_units.forget();
        }
        if self.too_large {
            // Bytes that were not looked at must not stand in the batch's text.
            self.window.truncate(line);
        }
        self.hold_unfinished();
        self.close_batch();
        self.fresh = self.window.len();
    }

    /// Does what [`scan`](Self::scan) does with only the beginning of the room that [`reserve`](Self::reserve) gave.
    pub fn scan_first(&mut self, length: usize) {
        self.window.truncate(self.fresh.saturating_add(length));
        self.scan();
    }

    /// Lets go of an unfinished line that can become no field, nor a comment where `comments` are wanted: its rest
    /// will count for nothing, not even for a verbose parser. Then holds the buffer to its limit.
    pub fn settle(&mut self, comments: bool) {
        // Otherwise all was done when what is unfinished was held.
        let has_more_to_do = self.is_verbose() || self.buffer_limit().is_some();
        if self.too_large || self.skipping || !has_more_to_do {
            return;
        }
        let unfinished = buffered::without_cut_character(self.unfinished()).len();
        let beginning = self.beginning(self.consumed + unfinished);
        let wanted = beginning.may_count() || comments && beginning.is_comment();
        if !wanted {
            self.skip_unfinished();
        }
        if let Some(most) = self.buffer_limit() {
            let (mut line, mut data) = (self.line_units, self.block.data_units);
            let unfinished = buffered::without_cut_character(self.unfinished());
            let held = self.block.data_bytes(&self.window, &self.arena);
            if buffered::exceeds(most, (unfinished, &mut line), (held, &mut data)) {
                self.too_large = true;
                self.drop_event();
                self.window.truncate(self.consumed);
            }
            (self.line_units, self.block.data_units) = (line, data);
        }
        self.fresh = self.window.len();
    }

    /// Gives the bytes of a long unfinished line of data, as far as they came, and lets go of them: the caller puts them
    /// before the data of the next event that a batch tells. Also gives how many at their beginning are none of the data:
    /// the field's name is left where it is, so that chunks keep their alignment in what the caller joins. A copy that
    /// is not aligned takes twice the time on some processors. A line of megabytes then needs no memory here, and is not
    /// copied when that grows. Only for ASCII, which can be cut anywhere, and without a limit on the buffer.
    ///
    /// The bytes stay where they are until the parser's next call; to be called once after each piece.
    pub fn hand_over(&mut self) -> (&[u8], usize) {
        let end = self.window.len();
        let is_long = end - self.consumed >= HANDED_OVER && self.max_buffer_size.is_none() && !self.beyond_ascii;
        if !is_long || self.skipping || self.block.data != Place::Absent {
            return (&[], 0);
        }
        let Some(value) = field::data_value(&self.window, self.consumed) else { return (&[], 0) };
        // Behind what was handed over already, the name is ours.
        let start = if self.block.handed_over == 0 { self.consumed } else { value };
        self.lengthen_handed_over(end - value);
        // The line goes on behind what was handed over, as one whose value has not begun.
        self.consumed = end;
        self.window.append(*LINE_BEGINNING);
        self.fresh = self.window.len();
        (self.window.get(start..end).unwrap_or_default(), value - start)
    }

    /// For a caller who knows, after a line was handed over, that so many more bytes belong to it: all ASCII, no end of
    /// the line among them. They need not be seen here, and are handed over like those before them.
    pub fn lengthen_handed_over(&mut self, length: usize) {
        self.block.handed_over = self.block.handed_over.saturating_add(length);
        self.too_large |= self.block.handed_over > self.options.max_event_size;
    }

    /// What the last piece gave.
    pub fn batch(&self) -> Batch<'_> {
        Batch { text: self.text(), table: &self.records }
    }

    fn text(&self) -> &[u8] {
        let bytes = self.repaired.as_ref().map_or(&*self.window, String::as_bytes);
        bytes.get(self.text.0..self.text.1).unwrap_or_default()
    }

    /// Whether the batch's text is ASCII alone, so that it can be decoded in any way.
    pub fn is_ascii(&self) -> bool {
        !self.beyond_ascii && self.repaired.is_none()
    }

    /// Whether the batch's text is the input as it came, from the beginning of what was [`unfinished`](Self::unfinished) before
    /// the piece: who has the input as characters need not decode it again.
    pub fn is_verbatim(&self) -> bool {
        !self.in_arena && self.repaired.is_none()
    }

    /// The bytes that the next piece goes behind: the unfinished line, and before it maybe one that names a type.
    pub fn unfinished(&self) -> &[u8] {
        self.window.get(self.consumed..).unwrap_or_default()
    }

    /// The table of the last batch with offsets in UTF-16 code units, as JavaScript counts them.
    pub fn table_in_utf16(&mut self) -> &[u32] {
        if self.is_ascii() {
            return self.records.as_flattened();
        }
        let padded = self.repaired.as_ref().map_or(self.window.padded(0), String::as_bytes);
        let padded = padded.get(self.text.0..).unwrap_or_default();
        let border = if self.repaired.is_some() { usize::MAX } else { self.arena_at.saturating_sub(self.text.0) };
        self.utf16.set_table(&self.records);
        count_in_utf16(padded, border, &mut self.utf16.table);
        self.utf16.table.as_flattened()
    }

    /// The text of the last batch as it came, and its table with offsets into that, in bytes. For who called
    /// [`scan`](Self::scan) alone: where [`parse`](Self::parse) has replaced something, the table is that of another text.
    pub fn as_it_came(&self) -> (&[u8], &[u32]) {
        (self.window.get(self.text.0..self.text.1).unwrap_or_default(), self.records.as_flattened())
    }

    /// Whether a batch that is read [as it came](Self::as_it_came) has texts so short that it pays to
    /// [put them together](Self::gather): to decode one alone costs as much as to decode 512 bytes more along with others. Not
    /// for a text of 8 MiB or more, whose length would not fit.
    pub fn is_worth_gathering(&self) -> bool {
        let length = self.text.1 - self.text.0;
        length < MOST_GATHERED && length + BYTES_PER_TEXT <= BYTES_PER_TEXT * self.records.len()
    }

    /// For who reads a batch [as it came](Self::as_it_came): the text of its records side by side, each with a line feed behind
    /// it, so that a decoder finds what is malformed in each alone. What is left out are events whose type's number is no bit
    /// of `heard`.
    ///
    /// Above the type's five bits, a record's head has its length then, in UTF-16 code units, as JavaScript counts them; where
    /// a decoder has something to replace, that is to be done for each record alone. One that is left out has the number of
    /// those that follow it before any other record. Once for each batch, if its records have less than 8 MiB each.
    pub fn gather(&mut self, heard: u32) -> &[u8] {
        let padded = self.window.padded(self.text.0);
        let mut first: Option<&mut u32> = None;
        for [head, start, end] in &mut self.records {
            if *head & KIND == RecordKind::Event as u32 && heard & 1u32.wrapping_shl(*head >> TYPE_SHIFT) == 0 {
                match &mut first {
                    Some(first) => **first += 1 << LENGTH_SHIFT,
                    None => first = Some(head),
                }
                continue;
            }
            first = None;
            if has_range(*head) {
                let (from, to) = (*start as usize, *end as usize);
                self.gathered.append_padded(padded, from, to);
                self.gathered.append([b'\n']);
                let units = simd::utf16_length_of(padded.get(from..).unwrap_or_default(), to - from);
                *head |= (units as u32) << LENGTH_SHIFT;
            }
        }
        &self.gathered
    }

    /// The last batch as JavaScript can take it: its text, and its table with offsets in units of that.
    pub fn in_utf16(&mut self) -> (Text<'_>, &[u32]) {
        if self.is_ascii() {
            return (Text::Ascii(self.text()), self.records.as_flattened());
        }
        let (from, until) = self.text;
        let padded = match &self.repaired {
            Some(repaired) => repaired.as_bytes(),
            None => self.window.padded(0),
        };
        let padded = padded.get(from..).unwrap_or_default();
        let (units, table) = self.utf16.transcode(padded, until - from, &self.records);
        (Text::Utf16(units), table.as_flattened())
    }

    /// Whether the limit was passed: the stream can't go on.
    pub fn too_large(&self) -> Option<TooLarge> {
        self.too_large.then_some(TooLarge { max_event_size: self.options.max_event_size })
    }

    /// The limit in bytes.
    pub fn max_event_size(&self) -> usize {
        self.options.max_event_size
    }

    /// The milliseconds of the last `retry` field since this was asked before.
    pub fn take_reconnection_time(&mut self) -> Option<u64> {
        self.reconnection_time.take()
    }

    /// The id that the stream's last finished block with one set; what `Last-Event-ID` carries.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Sets the id to go on from.
    pub fn set_last_event_id(&mut self, id: &str) {
        self.last_event_id.clear();
        self.last_event_id.push_str(id);
    }

    /// Makes ready for a new stream: what is unfinished is dropped, the last event ID and the numbers of types stay.
    ///
    /// > Once the end of the file is reached, any pending data must be discarded. (If the file ends in the middle of
    /// > an event, before the final empty line, the incomplete event is not dispatched.)
    pub fn reset(&mut self) {
        self.consumed = self.window.len();
        self.held = 0;
        self.fresh = 0;
        self.line_units.forget();
        self.arena.truncate(0);
        self.block.clear();
        self.forget_batch();
        self.beyond_ascii = false;
        self.started = false;
        self.after_cr = false;
        self.skipping = false;
        self.too_large = false;
    }

    /// Takes the unfinished line as if it had ended: for a verbose parser that wants to see what a stream that is no
    /// event stream said last.
    pub fn finish_line(&mut self) -> Batch<'_> {
        self.scan_unfinished_line();
        self.finish_batch();
        self.batch()
    }

    /// What [`scan`](Self::scan) is to [`parse`](Self::parse), this is to [`finish_line`](Self::finish_line).
    pub fn scan_unfinished_line(&mut self) {
        self.window.truncate(self.fresh);
        self.forget_batch();
        self.fresh = self.window.len();
        if self.fresh > self.held {
            self.window.append([b'\n']);
            self.scan();
        }
        self.skipping = false;
    }

    /// Most events are one line of data, with a type before it or none: a shortcut, which says nothing that the rest would
    /// not say. Gives an event's record whose first line is this one, if it is such an event; its last line end before the
    /// blank line is then the last one that was handed out.
    #[inline(always)]
    fn whole_event(&self, padded: &[u8], line: usize, end: usize, ends: &mut LineEnds) -> Option<(u32, usize, usize)> {
        let most = self.options.max_event_size;
        if let Some(value) = field::data_alone(padded, line, end) {
            return (end - value <= most).then_some((RecordKind::Event as u32, value, end));
        }
        let name = field::type_name(padded, line, end)?;
        let last = ends.next(padded)?;
        if let Some(value) = field::data_alone(padded, end + 1, last)
            && last - value <= most
            && let number @ 1.. = self.event_types.known(padded, name, end)
        {
            return Some((RecordKind::Event as u32 | number << TYPE_SHIFT, value, last));
        }
        ends.put_back(last);
        None
    }

    /// Whether a line that comes now is the first one of its block, and not of the stream.
    #[inline(always)]
    fn is_first_of_block(&self) -> bool {
        self.started && !self.skipping && self.block.handed_over() == 0 && self.block.is_empty()
    }

    /// > Lines must be processed, in the order they are received, as follows:
    #[inline(always)]
    fn line(&mut self, window: &Room<u8>, mut start: usize, end: usize) {
        if core::mem::take(&mut self.skipping) {
            return;
        }
        if !self.started {
            self.started = true;
            start = field::after_byte_order_mark(window.padded(0), start, end + 1);
        }
        // > If the line is empty (a blank line): Dispatch the event.
        if start == end {
            self.dispatch(window);
            return;
        }
        let (field, value) = field::split(window.padded(0), start, end);
        match field {
            Field::Data => {
                self.block.add_data(value, end, window, &mut self.arena);
                let length = self.block.data_length(&self.arena) + self.block.handed_over();
                self.too_large |= length > self.options.max_event_size;
                if self.buffer_limit().is_some_and(|most| length > most) {
                    self.too_large |= self.buffers_too_much(window, end);
                }
            }
            Field::Event => {
                self.block.event_type.place = Place::Window(value, end);
                self.too_large |= end - value > self.options.max_event_size;
            }
            Field::Id => self.id_field(window, value, end),
            Field::Retry | Field::Comment | Field::Unknown => self.rare_field(window, field, start, value, end),
        }
    }

    /// > If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
    /// > Otherwise, ignore the field.
    fn id_field(&mut self, window: &[u8], start: usize, end: usize) {
        // Before NUL is looked for: an unfinished id would have been too large already.
        self.too_large |= end - start > self.options.max_event_size;
        if window.get(start..end).is_some_and(|id| id.iter().all(|byte| *byte != 0)) {
            self.block.id.place = Place::Window(start, end);
        }
    }

    /// Fields that stand alone: they take effect at once and not with their block.
    #[cold]
    fn rare_field(&mut self, window: &[u8], field: Field, start: usize, value: usize, end: usize) {
        if end - value > self.options.max_event_size && (field == Field::Retry || self.is_verbose()) {
            self.too_large = true;
        } else if field == Field::Retry
            && let Some(milliseconds) = field::milliseconds(window.get(value..end).unwrap_or_default())
        {
            self.reconnection_time = Some(milliseconds);
            push(&mut self.records, [RecordKind::Retry as u32, milliseconds as u32, (milliseconds >> 32) as u32]);
        } else if self.is_verbose() {
            let (kind, start) = match field {
                Field::Comment => (RecordKind::Comment, value),
                Field::Retry => (RecordKind::InvalidRetry, start),
                _ => (RecordKind::UnknownField, start),
            };
            self.record_aside(kind as u32, start as u32, end as u32);
        }
    }

    /// Notes something whose bytes stand in the window, or in the arena where [`IN_ARENA`] says so.
    #[inline(always)]
    fn record(&mut self, head: u32, start: u32, end: u32) {
        if start & IN_ARENA != 0 {
            self.in_arena = true;
        } else if has_more_than_bytes() {
            self.window_until = self.window_until.max(end as usize);
        }
        push(&mut self.records, [head, start, end]);
    }

    /// The same, where it is not worth having it in place.
    #[inline(never)]
    fn record_aside(&mut self, head: u32, start: u32, end: u32) {
        self.record(head, start, end);
    }

    /// > When the user agent is required to dispatch the event, …
    ///
    /// The data stands before the id and the type, so that joined data ends where the arena ends.
    #[inline]
    fn dispatch(&mut self, window: &Room<u8>) {
        let (start, end) = match self.block.data {
            Place::Window(start, end) => (start as u32, end as u32),
            Place::Copied => (self.block.data_start as u32 | IN_ARENA, self.arena.len() as u32 | IN_ARENA),
            Place::Absent if self.block.is_empty() => return,
            Place::Absent => (0, 0),
        };
        let mut head = RecordKind::Event as u32;
        // > Set the last event ID string of the event source to the value of the last event ID buffer.
        if self.block.id.place != Place::Absent {
            let (start, end) = tell(&self.block.id, self.block.data, window, &mut self.arena);
            self.record_aside(RecordKind::Id as u32, start, end);
            head |= HAS_ID;
        }
        // > If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string
        // > and return.
        if self.block.data != Place::Absent {
            if self.block.event_type.place != Place::Absent {
                head |= self.take_event_type(window);
            }
            self.record_aside(head, start, end);
        }
        self.block.clear();
    }

    /// The bits of an event's record that tell the block's type. Tells its name before, where nobody knows it yet.
    #[inline(never)]
    fn take_event_type(&mut self, window: &Room<u8>) -> u32 {
        let (padded, start, end) = self.block.event_type.located(window);
        let numbered = self.event_types.number(padded.get(start..).unwrap_or_default(), end - start);
        if !numbered.told {
            let (start, end) = tell(&self.block.event_type, self.block.data, window, &mut self.arena);
            self.record_aside(RecordKind::Type as u32 | numbered.number << TYPE_SHIFT, start, end);
        }
        self.block.event_type.place = Place::Absent;
        numbered.number << TYPE_SHIFT
    }

    /// Drops the event that is being put together. What was copied of it must not stand in the batch's text, where the end of
    /// the event before could become a whole character with it.
    #[cold]
    #[inline(never)]
    fn drop_event(&mut self) {
        if self.block.data == Place::Copied {
            self.arena.truncate(self.block.data_start);
        }
        self.block.clear();
    }

    /// Keeps what the next piece needs of the unfinished line and event, and nothing else.
    fn hold_unfinished(&mut self) {
        if self.too_large {
            self.drop_event();
            return;
        }
        let beginning = self.beginning(self.window.len());
        let wanted = beginning.may_count() || self.is_verbose();
        let joined = if beginning.is_data() { self.block.data_length(&self.arena) } else { 0 };
        // What is not kept leaves the window here and not with the batch, whose text must end where a line ends.
        if self.skipping || !wanted {
            self.skip_unfinished();
        }
        let unfinished = self.window.len() - self.consumed;
        if unfinished + joined > self.options.max_event_size + LONGEST_NAME {
            self.too_large = true;
            self.drop_event();
            self.window.truncate(self.consumed);
            return;
        }
        if holds_type_lines()
            && unfinished <= LONGEST_BESIDE_HELD
            && let Place::Window(value, end) = self.block.event_type.place
        {
            self.hold_type_line(value, end);
        }
        self.block.keep_data(&self.window, &mut self.arena);
        self.block.event_type.keep(&self.window);
        self.block.id.keep(&self.window);
    }

    /// Keeps the line of a type as it came, where that is all there is of its event but for the unfinished line: together with
    /// the rest of that it may take the shortcut.
    #[inline(never)]
    fn hold_type_line(&mut self, value: usize, end: usize) {
        let is_alone = self.block.data == Place::Absent && self.block.id.place == Place::Absent;
        let is_last = end + 1 == self.consumed && !self.skipping;
        // A longer name is not one that is found at once, and would be moved with each piece.
        let is_short = end - value <= event_types::LONGEST;
        // Otherwise what is unfinished has to be that line alone.
        let is_plain = !self.is_verbose() && self.buffer_limit().is_none();
        if is_alone
            && is_last
            && is_short
            && is_plain
            && let Some(start) = field::type_line(self.window.padded(0), value, end)
        {
            self.held = self.consumed - start;
            self.consumed = start;
            self.block.event_type.place = Place::Absent;
        }
    }

    // The package's client never asks for either, and its module need not have what they take.

    fn is_verbose(&self) -> bool {
        cfg!(not(feature = "npm")) && self.options.verbose
    }

    fn buffer_limit(&self) -> Option<usize> {
        if cfg!(feature = "npm") { None } else { self.max_buffer_size }
    }

    /// The unfinished line as far as `end`, without a byte order mark or what may become one.
    fn beginning(&self, end: usize) -> Beginning {
        let padded = self.window.padded(0);
        let start = self.consumed;
        let start = if self.started { start } else { field::after_byte_order_mark(padded, start, end) };
        Beginning::new(padded, start, end)
    }

    /// Drops the unfinished line, and what is still to come of it.
    fn skip_unfinished(&mut self) {
        self.skipping = true;
        self.started = true;
        self.line_units.forget();
        self.window.truncate(self.consumed);
    }

    /// Whether the data, after the line that ended at `end`, is more than the limit allows.
    #[cold]
    fn buffers_too_much(&mut self, window: &[u8], end: usize) -> bool {
        if let Place::Window(..) = self.block.data {
            let after = match window.get(end..) {
                Some([b'\r', b'\n', after @ ..] | [_, after @ ..]) => after,
                _ => &[],
            };
            // Where the window ends here, it is for `settle` to say.
            if matches!(after, [] | [b'\r' | b'\n', ..]) {
                return false;
            }
            self.block.data_units.forget();
        }
        let data = self.block.data_bytes(window, &self.arena);
        let most = self.buffer_limit().unwrap_or(usize::MAX);
        buffered::exceeds(most, (&[], &mut Units::default()), (data, &mut self.block.data_units))
    }

    /// Brings the finished part of the arena into the window, so that the batch is one text.
    fn close_batch(&mut self) {
        let finished = if self.block.data == Place::Copied { self.block.data_start } else { self.arena.len() };
        let arena_at = self.consumed;
        if finished > 0 {
            self.window.insert(self.consumed, self.arena.get(..finished).unwrap_or_default());
            self.arena.drop_first(finished);
            self.consumed += finished;
            self.block.data_start = 0;
        }
        if has_more_than_bytes() {
            self.arena_at = arena_at;
            let from = if self.window_until > 0 { 0 } else { arena_at };
            let until = if self.in_arena { self.consumed } else { self.window_until };
            self.text = (from, until.max(from));
        } else {
            // Nobody decodes it whole.
            self.text = (0, self.consumed);
        }
        if self.in_arena {
            self.place_arena((arena_at - self.text.0) as u32);
        }
    }

    /// Makes offsets into the arena such into the text, where it begins there.
    fn place_arena(&mut self, arena: u32) {
        for [head, start, end] in &mut self.records {
            if has_range(*head) && *start & IN_ARENA != 0 {
                *start = (*start & !IN_ARENA) + arena;
                *end = (*end & !IN_ARENA) + arena;
            }
        }
    }

    /// Makes the batch's text valid UTF-8, and notes its last event ID.
    fn finish_batch(&mut self) {
        if self.beyond_ascii && self.repaired.is_none() && !self.records.is_empty() {
            self.repair();
        }
        let mut last_event_id = core::mem::take(&mut self.last_event_id);
        let batch = self.batch();
        if let Some(id) = batch.records().rev().find(|record| record.kind == RecordKind::Id) {
            last_event_id.clear();
            last_event_id.push_str(batch.slice(id));
            if last_event_id.capacity() > KEPT_CAPACITY {
                last_event_id.shrink_to_fit();
            }
        }
        self.last_event_id = last_event_id;
    }

    /// Replaces malformed UTF-8 by U+FFFD, field by field: a field ends at ASCII, so that no character crosses its
    /// borders.
    fn repair(&mut self) {
        let text = self.window.get(self.text.0..self.text.1).unwrap_or_default();
        if simdutf8::basic::from_utf8(text).is_ok() && !begins_inside_character(text, &self.records) {
            return;
        }
        let mut repaired = String::new();
        for [head, start, end] in &mut self.records {
            if has_range(*head) {
                let bytes = text.get(*start as usize..*end as usize).unwrap_or_default();
                *start = repaired.len() as u32;
                repaired.push_str(&String::from_utf8_lossy(bytes));
                *end = repaired.len() as u32;
            }
        }
        self.text = (0, repaired.len());
        repaired.push_str(PADDING);
        self.repaired = Some(repaired);
    }

    /// Drops what belongs to the batch, and gives back the memory of a burst.
    fn forget_batch(&mut self) {
        self.window.drop_first(self.consumed);
        self.consumed = 0;
        self.text = (0, 0);
        self.in_arena = false;
        if has_more_than_bytes() {
            self.window_until = 0;
            self.arena_at = 0;
            self.repaired = None;
            self.utf16.forget();
            if self.window.is_empty() && self.block.is_empty() {
                self.beyond_ascii = false;
            }
        }
        if cfg!(not(feature = "npm-parser")) {
            self.gathered.clear();
        }
        self.window.give_back();
        self.arena.give_back();
        clear(&mut self.records);
        self.block.give_back();
    }
}

/// Whether text is given in any other way than [as it came](Parser::as_it_came), which is all that the package's client
/// asks for.
fn has_more_than_bytes() -> bool {
    cfg!(not(feature = "npm"))
}

/// Whether the line of a type may stay with the unfinished one. The package's client reads chunks that end so too seldom to weigh
/// more for it.
fn holds_type_lines() -> bool {
    cfg!(not(feature = "npm"))
}

/// Whether a field begins with the rest of a character. In the arena fields stand side by side: two broken halves of a
/// character would pass for a whole one.
fn begins_inside_character(text: &[u8], records: &[Numbers]) -> bool {
    records
        .iter()
        .any(|&[head, start, _]| has_range(head) && text.get(start as usize).is_some_and(|byte| byte & 0xC0 == 0x80))
}

/// Makes offsets in bytes such in UTF-16 code units of a valid, padded text whose part from `border` on is the arena's.
fn count_in_utf16(padded: &[u8], border: usize, records: &mut [Numbers]) {
    // Two cursors, because records of single lines and of joined ones alternate between two places far apart.
    let mut near = Utf16Cursor::new(0, 0);
    let mut far = None;
    for [head, start, end] in records {
        if !has_range(*head) {
            continue;
        }
        let cursor = if *start as usize >= border {
            far.get_or_insert_with(|| Utf16Cursor::new(border, Utf16Cursor::new(0, 0).to(padded, border)))
        } else {
            &mut near
        };
        *start = cursor.to(padded, *start as usize) as u32;
        *end = cursor.to(padded, *end as usize) as u32;
    }
}

/// Where a field's bytes stand in the batch's text: where the data is in the window, there; where it was copied,
/// beside it in the arena, so that the text need not hold both.
fn tell(field: &Single, data: Place, window: &Room<u8>, arena: &mut Room<u8>) -> (u32, u32) {
    let (padded, start, end) = field.located(window);
    if data != Place::Copied && field.place != Place::Copied {
        return (start as u32, end as u32);
    }
    let at = arena.len();
    arena.append_padded(padded, start, end);
    (at as u32 | IN_ARENA, arena.len() as u32 | IN_ARENA)
}
