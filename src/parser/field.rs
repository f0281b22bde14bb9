//! One line: which field it is, and where its value stands. Interprets nothing.

/// The names that the standard knows, compared literally; anything else is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Data,
    Event,
    Id,
    Retry,
    Comment,
    Unknown,
}

/// A field's name and its colon, as the first bytes of a line.
struct Name {
    field: Field,
    bytes: u64,
    length: usize,
}

const fn name(field: Field, bytes: [u8; 8], length: usize) -> Name {
    Name { field, bytes: u64::from_le_bytes(bytes), length }
}

const DATA: Name = name(Field::Data, *b"data:\0\0\0", 5);
const EVENT: Name = name(Field::Event, *b"event:\0\0", 6);
const ID: Name = name(Field::Id, *b"id:\0\0\0\0\0", 3);
const RETRY: Name = name(Field::Retry, *b"retry:\0\0", 6);
/// No field, but looked for in the same way.
const BYTE_ORDER_MARK: Name = name(Field::Unknown, *b"\xEF\xBB\xBF\0\0\0\0\0", 3);
const COMMENT: Name = name(Field::Comment, *b":\0\0\0\0\0\0\0", 1);

impl Name {
    /// Whether the first bytes of a line are those of the name, as far as `length` of them go.
    #[inline(always)]
    fn begins(&self, beginning: u64, length: usize) -> bool {
        (beginning ^ self.bytes).unbounded_shl(u64::BITS - 8 * length as u32) == 0
    }

    /// Where the value begins: behind the colon and one space. A line end that is there in its place is no space.
    #[inline(always)]
    fn value(&self, beginning: u64) -> usize {
        self.length + usize::from((beginning >> (8 * self.length)) as u8 == b' ')
    }
}

/// The first eight bytes from `start` on; none where there are fewer.
#[inline(always)]
fn beginning(window: &[u8], start: usize) -> u64 {
    window.get(start..).and_then(|line| line.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Splits the line from `start` to `end` of a padded window, which is not empty and ends in a CR or LF: its field, and
/// where in the window the value begins.
///
/// > Collect the characters on the line before the first U+003A COLON character (:), and let field be that string.
/// > Collect the characters on the line after the first U+003A COLON character (:), and let value be that string. If
/// > value starts with a U+0020 SPACE character, remove it from value.
#[inline(always)]
pub fn split(padded: &[u8], start: usize, end: usize) -> (Field, usize) {
    let beginning = beginning(padded, start);
    // No name holds a line end, so that one that is found lies within the line.
    let (field, value) = if DATA.begins(beginning, DATA.length) {
        (Field::Data, DATA.value(beginning))
    } else if EVENT.begins(beginning, EVENT.length) {
        (Field::Event, EVENT.value(beginning))
    } else if ID.begins(beginning, ID.length) {
        (Field::Id, ID.value(beginning))
    } else {
        split_rare(beginning, end - start)
    };
    (field, start + value)
}

/// The same for a line of so many bytes that is none of the fields that are looked for first.
///
/// > Otherwise, the string is not empty but does not contain a U+003A COLON character (:): process the field using the
/// > whole line as the field name, and the empty string as the field value.
#[cold]
#[inline(never)]
fn split_rare(beginning: u64, length: usize) -> (Field, usize) {
    for name in [RETRY, COMMENT] {
        if name.begins(beginning, name.length) {
            return (name.field, name.value(beginning));
        }
    }
    for name in [DATA, EVENT, ID, RETRY] {
        if length == name.length - 1 && name.begins(beginning, length) {
            return (name.field, length);
        }
    }
    (Field::Unknown, 0)
}

/// Where the value begins of the line of data that begins at `start`. `None` for any other line, and for one so close to
/// the window's end that it is not worth while.
#[inline(always)]
pub fn data_value(window: &[u8], start: usize) -> Option<usize> {
    let beginning = beginning(window, start);
    DATA.begins(beginning, DATA.length).then(|| start + DATA.value(beginning))
}

/// Where the name begins of the `event` line from `start` to `end`, which ends in a LF. `None` for any other line.
#[inline(always)]
pub fn type_name(window: &[u8], start: usize, end: usize) -> Option<usize> {
    let beginning = beginning(window, start);
    let is_one = EVENT.begins(beginning, EVENT.length) && window.get(end) == Some(&b'\n');
    is_one.then(|| start + EVENT.value(beginning))
}

/// Where the `event` line begins that ends at `end` in a LF, and whose value begins at `value`. `None` for any other line.
#[inline(always)]
pub fn type_line(window: &[u8], value: usize, end: usize) -> Option<usize> {
    let start = value.checked_sub(EVENT.length + usize::from(window.get(value.wrapping_sub(1)) == Some(&b' ')))?;
    (type_name(window, start, end) == Some(value)).then_some(start)
}

/// Where the value begins of a `data` line that ends at `end` in a LF, with another LF behind it. `None` for any other
/// line, and for one so close to the window's end that it is not worth while.
#[inline(always)]
pub fn data_alone(window: &[u8], line: usize, end: usize) -> Option<usize> {
    let blank = u16::from_le_bytes(*window.get(end..)?.first_chunk()?);
    if blank != u16::from_le_bytes(*b"\n\n") {
        return None;
    }
    data_value(window, line)
}

/// What is there of a line that is not finished.
#[derive(Clone, Copy)]
pub struct Beginning {
    bytes: u64,
    length: usize,
}

impl Beginning {
    /// The line goes from `start` to `end` in a padded window.
    pub fn new(padded: &[u8], start: usize, end: usize) -> Self {
        Self { bytes: beginning(padded, start), length: end.saturating_sub(start) }
    }

    fn is(self, name: Name) -> bool {
        self.length >= name.length && name.begins(self.bytes, name.length)
    }

    pub fn is_data(self) -> bool {
        self.is(DATA)
    }

    pub fn is_comment(self) -> bool {
        self.is(COMMENT)
    }

    /// Whether it can still become a field that counts.
    pub fn may_count(self) -> bool {
        [DATA, EVENT, ID, RETRY].iter().any(|name| name.begins(self.bytes, name.length.min(self.length)))
    }
}

/// Where a stream that goes from `start` to `end` in a padded window begins to count: behind its byte order mark, or behind
/// what may become one.
///
/// > The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.
pub fn after_byte_order_mark(padded: &[u8], start: usize, end: usize) -> usize {
    let marked = BYTE_ORDER_MARK.length.min(end - start);
    if BYTE_ORDER_MARK.begins(beginning(padded, start), marked) { start + marked } else { start }
}

/// Milliseconds that can have one more digit.
const LONGEST: u64 = u64::MAX / 10;

/// The milliseconds of a `retry` field, saturating; `None` where the value is not ASCII digits alone.
///
/// > If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and
/// > set the event stream's reconnection time to that integer. Otherwise, ignore the field.
pub fn milliseconds(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |sum, &byte| {
        byte.is_ascii_digit()
            .then(|| if sum > LONGEST { u64::MAX } else { (10 * sum).saturating_add(u64::from(byte - b'0')) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn value(line: &str) -> (Field, &str) {
        let padded = format!("{line}\n: data: event");
        let (field, at) = split(padded.as_bytes(), 0, line.len());
        (field, &line[at..])
    }

    fn may_count(line: &str) -> bool {
        let padded = format!("{line}a: data: event");
        let beginning = Beginning::new(padded.as_bytes(), 0, line.len());
        assert_eq!(beginning.is_data(), line.starts_with("data:"));
        assert_eq!(beginning.is_comment(), line.starts_with(':'));
        beginning.may_count()
    }

    #[test]
    fn a_byte_order_mark_counts_for_nothing() {
        let line = b"\xEF\xBB\xBF\xEFata: data";
        assert_eq!([0, 1, 2, 3, 4].map(|end| after_byte_order_mark(line, 0, end)), [0, 1, 2, 3, 3]);
        assert_eq!([1, 2, 3].map(|end| after_byte_order_mark(line, 1, end)), [1, 1, 1]);
    }

    #[test]
    fn one_space_after_the_colon_is_dropped() {
        assert_eq!(value("data: x"), (Field::Data, "x"));
        assert_eq!(value("data:x"), (Field::Data, "x"));
        assert_eq!(value("data:  x"), (Field::Data, " x"));
        assert_eq!(value("data:\tx"), (Field::Data, "\tx"));
        assert_eq!(value("event:"), (Field::Event, ""));
        assert_eq!(value("id: "), (Field::Id, ""));
    }

    #[test]
    fn a_line_without_a_colon_is_a_name_alone() {
        assert_eq!(value("data"), (Field::Data, ""));
        assert_eq!(value("retry"), (Field::Retry, ""));
    }

    #[test]
    fn other_names_are_unknown_whatever_they_begin_with() {
        for line in ["Data: x", "data : x", "datax", " data: x", "ids: 1", "i", "\u{feff}data: x"] {
            assert_eq!(value(line).0, Field::Unknown, "{line}");
        }
    }

    #[test]
    fn only_beginnings_of_known_fields_may_count() {
        for line in ["", "d", "data", "data:", "data: long", "e", "id:", "retry"] {
            assert!(may_count(line), "{line}");
        }
        for line in [":", "x", "datax", "id :", "date"] {
            assert!(!may_count(line), "{line}");
        }
    }

    #[test]
    fn retry_is_digits_alone_and_saturates() {
        assert_eq!(milliseconds(b"0250"), Some(250));
        for value in ["", "1.5", "-1", "+1", "1 ", "x", "\u{661}"] {
            assert_eq!(milliseconds(value.as_bytes()), None, "{value}");
        }
        assert_eq!(milliseconds(&[b'9'; 40]), Some(u64::MAX));
        for last in u64::MAX - 9..=u64::MAX {
            assert_eq!(milliseconds(format!("{last}").as_bytes()), Some(last));
        }
        for beyond in ["18446744073709551616", "18446744073709551620", "99999999999999999999"] {
            assert_eq!(milliseconds(beyond.as_bytes()), Some(u64::MAX), "{beyond}");
        }
    }
}
