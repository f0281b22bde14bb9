//! The event that is being put together: what the lines since the last blank one have set.

use super::buffered::Units;
use super::room::Room;

/// Where a field's bytes stand.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub enum Place {
    /// The block has no such field.
    #[default]
    Absent,
    /// In the window, from the first offset to the second.
    Window(usize, usize),
    /// Copied out of the window, because it is joined from several lines or because the window moved on.
    Copied,
}

/// A field whose last line counts: `event` and `id`.
#[derive(Default)]
pub struct Single {
    pub place: Place,
    /// The bytes where `place` says that they are copied.
    copy: Room<u8>,
}

impl Single {
    /// Where the field's bytes are: in which padded slice, and from where to where; nowhere where it is absent.
    #[inline]
    pub fn located<'a>(&'a self, window: &'a Room<u8>) -> (&'a [u8], usize, usize) {
        match self.place {
            Place::Absent => (&[], 0, 0),
            Place::Window(start, end) => (window.padded(0), start, end),
            Place::Copied => (self.copy.padded(0), 0, self.copy.len()),
        }
    }

    /// Makes the field independent of the window.
    #[cfg_attr(feature = "npm", inline(never))]
    pub fn keep(&mut self, window: &Room<u8>) {
        if let Place::Window(start, end) = self.place {
            self.copy.truncate(0);
            self.copy.append_padded(window.padded(0), start, end);
            self.place = Place::Copied;
        }
    }

    /// Gives back the memory of a long copy that nobody needs any more.
    fn give_back(&mut self) {
        if self.place != Place::Copied {
            self.copy.clear();
        }
    }
}

/// The standard's buffers: `data`, `event type`, and the `last event ID` of this block.
#[derive(Default)]
pub struct Block {
    /// Where copied, the bytes stand at the end of the arena, from `data_start` on.
    pub data: Place,
    pub data_start: usize,
    /// Bytes at its beginning that are kept elsewhere.
    pub handed_over: usize,
    /// How much of the copied data was counted.
    pub data_units: Units,
    pub event_type: Single,
    pub id: Single,
}

impl Block {
    /// > Set the data buffer and the event type buffer to the empty string.
    #[inline]
    pub fn clear(&mut self) {
        self.data = Place::Absent;
        if self.handed_over() > 0 {
            self.handed_over = 0;
        }
        self.event_type.place = Place::Absent;
        self.id.place = Place::Absent;
    }

    /// Bytes of data that are kept elsewhere: none in the package's client, which asks for no line before it ended.
    #[inline(always)]
    pub fn handed_over(&self) -> usize {
        if cfg!(feature = "npm") { 0 } else { self.handed_over }
    }

    /// Whether no line since the last blank one has set anything.
    pub fn is_empty(&self) -> bool {
        self.data == Place::Absent && self.event_type.place == Place::Absent && self.id.place == Place::Absent
    }

    /// Adds a line to the data, joined by a LF to the lines before, in the arena.
    #[inline(always)]
    pub fn add_data(&mut self, start: usize, end: usize, window: &Room<u8>, arena: &mut Room<u8>) {
        if self.data == Place::Absent {
            self.data = Place::Window(start, end);
        } else {
            self.join_data(start, end, window, arena);
        }
    }

    #[inline(never)]
    fn join_data(&mut self, start: usize, end: usize, window: &Room<u8>, arena: &mut Room<u8>) {
        self.keep_data(window, arena);
        arena.append([b'\n']);
        arena.append_padded(window.padded(0), start, end);
    }

    /// Makes the data independent of the window.
    #[cfg_attr(feature = "npm", inline(never))]
    pub fn keep_data(&mut self, window: &Room<u8>, arena: &mut Room<u8>) {
        if let Place::Window(start, end) = self.data {
            self.data_start = arena.len();
            self.data_units.forget();
            arena.append_padded(window.padded(0), start, end);
            self.data = Place::Copied;
        }
    }

    /// Gives back the memory of long names and ids that are done.
    pub fn give_back(&mut self) {
        self.event_type.give_back();
        self.id.give_back();
    }

    /// The data held so far.
    pub fn data_bytes<'a>(&self, window: &'a [u8], arena: &'a [u8]) -> &'a [u8] {
        match self.data {
            Place::Absent => &[],
            Place::Window(start, end) => window.get(start..end).unwrap_or_default(),
            Place::Copied => arena.get(self.data_start..).unwrap_or_default(),
        }
    }

    /// Bytes of data held so far.
    #[inline]
    pub fn data_length(&self, arena: &[u8]) -> usize {
        match self.data {
            Place::Absent => 0,
            Place::Window(start, end) => end - start,
            Place::Copied => arena.len() - self.data_start,
        }
    }
}
