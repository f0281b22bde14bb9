//! A batch as JavaScript counts: offsets in UTF-16 code units, and the code units themselves. Knows nothing of lines.

use alloc::vec::Vec;

use super::batch::{Numbers, has_range};
use super::room::{Room, clear};
use crate::memory::extend;

use super::simd::{self, LANES};

const REPLACEMENT: u32 = 0xFFFD;

/// What was made of the last batch.
#[derive(Default)]
pub struct Utf16 {
    pub table: Vec<Numbers>,
    units: Room<u16>,
}

impl Utf16 {
    /// Gives the records' fields in UTF-16, side by side with nothing between them, and a table with offsets into that.
    /// Malformed bytes become U+FFFD as in any decoder, but each field on its own, so that two halves of a character
    /// that stand side by side in the text don't pass for a whole one.
    ///
    /// `length` is the text's, which has padding.
    // Out of line: engines compile a function at its first call, and most streams never need this one.
    #[inline(never)]
    pub fn transcode(&mut self, padded: &[u8], length: usize, records: &[Numbers]) -> (&[u16], &[Numbers]) {
        self.set_table(records);
        self.units.truncate(0);
        // No byte becomes more than one unit; the padding is for lanes that are written whole.
        let units = self.units.extend(length);
        let mut at = 0;
        for [head, start, end] in &mut self.table {
            if has_range(*head) {
                let begin = at;
                at = append(padded, *start as usize, *end as usize, units, at);
                (*start, *end) = (begin as u32, at as u32);
            }
        }
        self.units.truncate(at);
        (&self.units, &self.table)
    }

    /// Begins with what the records say in bytes.
    pub fn set_table(&mut self, records: &[Numbers]) {
        self.table.clear();
        extend(&mut self.table, records);
    }

    /// Drops everything, and gives back the memory of a burst.
    pub fn forget(&mut self) {
        self.units.clear();
        clear(&mut self.table);
    }
}

/// Transcodes the field from `from` to `end` into `units` from `at` on, and gives where it ends there.
#[inline(always)]
fn append(padded: &[u8], mut from: usize, end: usize, units: &mut [u16], mut at: usize) -> usize {
    while from < end {
        let (Some(lanes), Some(room)) =
            (chunk(padded, from), units.get_mut(at..).and_then(|room| room.first_chunk_mut()))
        else {
            break;
        };
        let left = end - from;
        // Read once, as one number: of four bytes the compiler would make four reads, and put them together.
        let head = lanes.first_chunk().map_or(0, |head| u32::from_le_bytes(*head));
        if head & 0x80 == 0 {
            let beyond = simd::widen(lanes, room);
            let ascii = (beyond | 1 << LANES).trailing_zeros() as usize;
            // A length that is guessed right need not be waited for: these are branches, and no `min`.
            if ascii >= left {
                return at + left;
            }
            if beyond == 0 {
                from += LANES;
                at += LANES;
            } else {
                from += ascii;
                at += ascii;
            }
        // Two of them side by side: neither emoji nor an accent here and there is worth a try.
        } else if head & 0xF000_00F0 == 0xE000_00E0 && left >= 12 && simd::four_of_three(lanes, room) {
            from += 12;
            at += 4;
        } else {
            let (code, length) = match whole_character(head) {
                Some((code, length)) if length <= left => (code, length),
                _ => (REPLACEMENT, malformed(padded.get(from..end).unwrap_or_default())),
            };
            from += length;
            if code < 0x1_0000 {
                room[0] = code as u16;
                at += 1;
            } else {
                room[0] = 0xD7C0 + (code >> 10) as u16;
                room[1] = 0xDC00 | (code & 0x3FF) as u16;
                at += 2;
            }
        }
    }
    at
}

#[inline(always)]
fn chunk(bytes: &[u8], at: usize) -> Option<&[u8; LANES]> {
    bytes.get(at..)?.first_chunk()
}

/// The character beyond ASCII that four bytes begin with, first byte lowest, and how many of them it takes. `None` where
/// they are malformed.
#[inline(always)]
fn whole_character(bytes: u32) -> Option<(u32, usize)> {
    let continuation = |at: u32| bytes >> (8 * at) & 0x3F;
    // First of all emoji: of most other text whole lanes are decoded at once.
    if bytes & 0xC0C0_C0F8 == 0x8080_80F0 {
        let code = (bytes & 0x7) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3);
        (0x1_0000..0x11_0000).contains(&code).then_some((code, 4))
    } else if bytes & 0x00C0_C0F0 == 0x0080_80E0 {
        let code = (bytes & 0xF) << 12 | continuation(1) << 6 | continuation(2);
        (code >= 0x800 && code & 0xF800 != 0xD800).then_some((code, 3))
    } else if bytes & 0xC0E0 == 0x80C0 {
        let code = (bytes & 0x1F) << 6 | continuation(1);
        (code >= 0x80).then_some((code, 2))
    } else {
        None
    }
}

/// How many bytes one U+FFFD stands for, at the beginning of bytes that begin with no whole character: as many as a
/// character could begin with.
#[cold]
#[inline(never)]
fn malformed(bytes: &[u8]) -> usize {
    let (first, rest) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    // What may follow the first byte, and how many continuation bytes follow that.
    let (second, more) = match first {
        0xC2..=0xDF => (0x80..=0xBF, 0),
        0xE0 => (0xA0..=0xBF, 1),
        0xED => (0x80..=0x9F, 1),
        0xE1..=0xEF => (0x80..=0xBF, 1),
        0xF0 => (0x90..=0xBF, 2),
        0xF4 => (0x80..=0x8F, 2),
        0xF1..=0xF3 => (0x80..=0xBF, 2),
        _ => return 1,
    };
    match rest {
        [next, rest @ ..] if second.contains(next) => {
            2 + rest.iter().take(more).take_while(|byte| **byte & 0xC0 == 0x80).count()
        }
        _ => 1,
    }
}

/// Where offsets in bytes stand in UTF-16 code units: a cursor over valid UTF-8 that goes both ways.
pub struct Utf16Cursor {
    byte: usize,
    unit: usize,
}

impl Utf16Cursor {
    /// At `byte`, which is `unit` UTF-16 units from the text's beginning.
    pub fn new(byte: usize, unit: usize) -> Self {
        Self { byte, unit }
    }

    /// The UTF-16 offset of a byte offset into a padded text. Costs what lies between it and the one asked for before.
    #[inline(never)]
    pub fn to(&mut self, padded: &[u8], byte: usize) -> usize {
        let from = self.byte.min(byte);
        let between = simd::utf16_length_of(padded.get(from..).unwrap_or_default(), self.byte.max(byte) - from);
        if from == byte {
            self.unit -= between;
        } else {
            self.unit += between;
        }
        self.byte = byte;
        self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    /// Each field's units, of fields that stand side by side.
    fn fields(fields: &[&[u8]]) -> Vec<Vec<u16>> {
        let mut text = fields.concat();
        let mut end = 0;
        let records: Vec<Numbers> = fields
            .iter()
            .map(|field| {
                let start = end;
                end += field.len() as u32;
                [0, start, end]
            })
            .collect();
        let mut utf16 = Utf16::default();
        let length = text.len();
        text.extend([0x80; LANES]);
        let units = utf16.transcode(&text, length, &records).0.to_vec();
        utf16.table.iter().map(|record| units[record[1] as usize..record[2] as usize].to_vec()).collect()
    }

    fn lossy(bytes: &[u8]) -> Vec<u16> {
        String::from_utf8_lossy(bytes).encode_utf16().collect()
    }

    #[test]
    fn fields_are_what_a_decoder_makes_of_each() {
        let whole = "a, some ASCII of more than a lane; é中😀\u{ffff}\u{10000}\u{10ffff}\u{7ff}\u{800}中文 end";
        for cut in 0..=whole.len() {
            let (before, after) = whole.as_bytes().split_at(cut);
            assert_eq!(fields(&[before, after, b"", b"x"]), [before, after, b"", b"x"].map(lossy), "cut at {cut}");
        }
    }

    #[test]
    fn malformed_bytes_are_replaced_as_by_a_decoder() {
        let bytes =
            [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED];
        let bytes = [&bytes[..], &[0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF]].concat();
        for first in &bytes {
            for second in &bytes {
                for third in &bytes {
                    for fourth in &bytes {
                        let field = [*first, *second, *third, *fourth];
                        assert_eq!(
                            fields(&[&field, b"\x80 and more"]),
                            [lossy(&field), lossy(b"\x80 and more")],
                            "{field:?}"
                        );
                    }
                }
            }
        }
    }
}
