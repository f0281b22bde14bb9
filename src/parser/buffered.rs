//! How much of an unfinished event is held, counted as JavaScript counts its strings: what a `maxBufferSize` of
//! eventsource-parser limits. The limit in bytes, which every parser has, is not here.

use super::simd;

/// Fewest UTF-16 code units that so many bytes can stand for, malformed ones included: one for three.
const BYTES_PER_UNIT: usize = 3;

/// The UTF-16 code units of bytes that only grow, each byte counted once.
#[derive(Clone, Copy, Default)]
pub struct Units {
    bytes: usize,
    units: usize,
}

impl Units {
    /// Counts on: `bytes` are those that were counted before, and more.
    fn count(&mut self, bytes: &[u8]) -> usize {
        self.units += simd::utf16_length(bytes.get(self.bytes..).unwrap_or_default());
        self.bytes = bytes.len();
        self.units
    }
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
    fn counting_goes_on_where_it_stood() {
        let text = "é中😀a".as_bytes();
        let mut units = Units::default();
        for end in 0..=text.len() {
            assert_eq!(units.count(&text[..end]), simd::utf16_length(&text[..end]));
        }
    }
}
