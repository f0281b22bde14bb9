//! How much of an unfinished event is held, counted as JavaScript counts its strings: what a `maxBufferSize` of
//! eventsource-parser limits. The limit in bytes, which every parser has, is not here.

use super::simd;

/// Fewest UTF-16 code units that so many bytes can stand for, malformed ones included: one for three.
const BYTES_PER_UNIT: usize = 3;
/// Bytes that a character that is cut has at most.
const LONGEST_CUT: usize = 3;

/// The UTF-16 code units of bytes that only grow, each byte counted once.
#[derive(Clone, Copy, Default)]
pub struct Units {
    bytes: usize,
    units: usize,
}

impl Units {
    /// Begins anew. The package's client has nothing counted.
    #[inline(always)]
    pub fn forget(&mut self) {
        if cfg!(not(feature = "npm")) {
            *self = Self::default();
        }
    }

    /// Counts on: `bytes` are those that were counted before, and more; where they are fewer, they are others.
    #[inline(never)]
    pub fn count(&mut self, bytes: &[u8]) -> usize {
        if bytes.len() < self.bytes {
            *self = Self::default();
        }
        self.units += simd::utf16_length(bytes.get(self.bytes..).unwrap_or_default());
        self.bytes = bytes.len();
        self.units
    }
}

/// The bytes but for a character at their end that is cut, and that a decoder would hold back.
pub fn without_cut_character(bytes: &[u8]) -> &[u8] {
    let longest = bytes.len().saturating_sub(LONGEST_CUT);
    let lead = bytes.get(longest..).unwrap_or_default().iter().rposition(|byte| byte & 0xC0 != 0x80);
    let Some((whole, last)) = lead.and_then(|at| bytes.split_at_checked(longest + at)) else { return bytes };
    // What continuation there is must be one that its first byte allows.
    let is_cut = match last {
        [0xC2..=0xF4] => true,
        [0xE0, 0xA0..=0xBF, ..] | [0xED, 0x80..=0x9F, ..] | [0xE1..=0xEC | 0xEE | 0xEF, ..] => last.len() < 3,
        [0xF0, 0x90..=0xBF, ..] | [0xF4, 0x80..=0x8F, ..] | [0xF1..=0xF3, ..] => true,
        _ => false,
    };
    if is_cut { whole } else { bytes }
}

/// Whether an unfinished line and an unfinished event's data hold more than `limit` units together.
pub fn exceeds(limit: usize, (line, in_line): (&[u8], &mut Units), (data, in_data): (&[u8], &mut Units)) -> bool {
    let bytes = line.len() + data.len();
    // ASCII, which is most of what comes, is decided without a count.
    bytes > limit && (bytes / BYTES_PER_UNIT > limit || in_line.count(line).saturating_add(in_data.count(data)) > limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_over(limit: usize, line: &str, data: &str) -> bool {
        exceeds(limit, (line.as_bytes(), &mut Units::default()), (data.as_bytes(), &mut Units::default()))
    }

    #[test]
    fn line_and_data_are_counted_together_in_utf16() {
        assert!(!is_over(6, "abc", "def"));
        assert!(is_over(5, "abc", "def"));
        assert!(!is_over(5, "中文", "é😀"));
        assert!(is_over(4, "中文", "é😀"));
        assert!(is_over(0, "a", ""));
        assert!(!is_over(0, "", ""));
        assert!(!is_over(usize::MAX, "a", "b"));
    }

    #[test]
    fn bytes_that_are_no_text_are_bounded_too() {
        let line = [0x80; 100];
        assert!(exceeds(32, (&line, &mut Units::default()), (&[], &mut Units::default())));
    }

    #[test]
    fn only_a_cut_character_is_held_back() {
        for (bytes, whole) in [
            (&b""[..], 0),
            (b"a", 1),
            (b"a\xE4", 1),
            (b"a\xE4\xB8", 1),
            (b"a\xE4\xB8\xAD", 4),
            (b"\xF0\x9F\x98", 0),
            (b"\xF0\x9F\x98\x80", 4),
            (b"\xC3\xA9\xC3", 2),
            (b"\xF0\x80", 2),
            (b"\x80\x80\x80\x80", 4),
            (b"\xFF", 1),
            (b"\xE0\x80", 2),
            (b"\xED\xA0", 2),
            (b"\xF4\x90", 2),
            (b"\xF4\x8F\xBF", 0),
        ] {
            assert_eq!(without_cut_character(bytes).len(), whole, "{bytes:?}");
        }
    }

    #[test]
    fn counting_goes_on_where_it_stood() {
        let text = "é中😀a".as_bytes();
        let mut units = Units::default();
        for end in 0..=text.len() {
            assert_eq!(units.count(&text[..end]), simd::utf16_length(&text[..end]));
        }
        assert_eq!(units.count(b""), 0);
        assert_eq!(units.count("é".as_bytes()), 1);
    }
}
