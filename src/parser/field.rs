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

/// Splits a line that is not empty: its field, and where in the line the value begins.
///
/// > Collect the characters on the line before the first U+003A COLON character (:), and let field be that string.
/// > Collect the characters on the line after the first U+003A COLON character (:), and let value be that string. If
/// > value starts with a U+0020 SPACE character, remove it from value.
fn split(line: &[u8]) -> (Field, usize) {
    let (field, name) = match line {
        [b'd', b'a', b't', b'a', rest @ ..] => (Field::Data, line.len() - rest.len()),
        [b'e', b'v', b'e', b'n', b't', rest @ ..] => (Field::Event, line.len() - rest.len()),
        [b'i', b'd', rest @ ..] => (Field::Id, line.len() - rest.len()),
        [b'r', b'e', b't', b'r', b'y', rest @ ..] => (Field::Retry, line.len() - rest.len()),
        [b':', ..] => (Field::Comment, 0),
        _ => return (Field::Unknown, 0),
    };
    match line.get(name..) {
        Some([b':', b' ', ..]) => (field, name + 2),
        Some([b':', ..]) => (field, name + 1),
        Some([]) => (field, name),
        _ => (Field::Unknown, 0),
    }
}

/// What [`split`] says of the line from `start` to `end`, with where in the window the value begins.
#[inline(never)]
pub fn split_any(window: &[u8], start: usize, end: usize) -> (Field, usize) {
    let (field, value) = split(window.get(start..end).unwrap_or_default());
    (field, start + value)
}

const DATA: u64 = u64::from_le_bytes(*b"data:\0\0\0");
const EVENT: u64 = u64::from_le_bytes(*b"event:\0\0");
const ID: u64 = u64::from_le_bytes(*b"id:\0\0\0\0\0");

/// The same for most of the lines that count, told by their first eight bytes at once. `None` for any other line, and
/// for one so close to the window's end that it is not worth while.
#[inline(always)]
pub fn split_known(window: &[u8], start: usize) -> Option<(Field, usize)> {
    let beginning = u64::from_le_bytes(*window.get(start..)?.first_chunk()?);
    let (field, name) = if beginning & 0xFF_FFFF_FFFF == DATA {
        (Field::Data, 5)
    } else if beginning & 0xFFFF_FFFF_FFFF == EVENT {
        (Field::Event, 6)
    } else if beginning & 0xFF_FFFF == ID {
        (Field::Id, 3)
    } else {
        return None;
    };
    // A line end right behind the colon is no space: what follows it is not looked at.
    Some((field, start + name + usize::from((beginning >> (8 * name)) as u8 == b' ')))
}

/// Where the value begins of a `data` line that ends at `end` in a LF, with another LF behind it. `None` for any other
/// line, and for one so close to the window's end that it is not worth while.
#[inline(always)]
pub fn data_alone(window: &[u8], line: usize, end: usize) -> Option<usize> {
    let beginning = u64::from_le_bytes(*window.get(line..)?.first_chunk()?);
    let blank = u16::from_le_bytes(*window.get(end..)?.first_chunk()?);
    if beginning & 0xFF_FFFF_FFFF != DATA || blank != u16::from_le_bytes(*b"\n\n") {
        return None;
    }
    // A space that ends the line at once is no part of the value, and stands before its end.
    Some(line + 5 + usize::from((beginning >> 40) as u8 == b' '))
}

/// Whether a line that begins with these bytes, and is not finished, can still become a field that counts.
#[inline(never)]
pub fn may_count(beginning: &[u8]) -> bool {
    let name: &[u8] = match beginning {
        [] => b"",
        [b'd', ..] => b"data:",
        [b'e', ..] => b"event:",
        [b'i', ..] => b"id:",
        [b'r', ..] => b"retry:",
        _ => return false,
    };
    beginning.iter().zip(name).all(|(byte, expected)| byte == expected)
}

/// The milliseconds of a `retry` field, saturating; `None` where the value is not ASCII digits alone.
///
/// > If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and
/// > set the event stream's reconnection time to that integer. Otherwise, ignore the field.
pub fn milliseconds(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |sum, &byte| {
        byte.is_ascii_digit().then(|| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> (Field, &str) {
        let (field, at) = split(line.as_bytes());
        (field, &line[at..])
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
            assert_eq!(split(line.as_bytes()).0, Field::Unknown, "{line}");
        }
    }

    #[test]
    fn only_beginnings_of_known_fields_may_count() {
        for line in ["", "d", "data", "data:", "data: long", "e", "id:", "retry"] {
            assert!(may_count(line.as_bytes()), "{line}");
        }
        for line in [":", "x", "datax", "id :", "date"] {
            assert!(!may_count(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn retry_is_digits_alone_and_saturates() {
        assert_eq!(milliseconds(b"0250"), Some(250));
        for value in ["", "1.5", "-1", "+1", "1 ", "x", "\u{661}"] {
            assert_eq!(milliseconds(value.as_bytes()), None, "{value}");
        }
        assert_eq!(milliseconds(&[b'9'; 40]), Some(u64::MAX));
    }
}
