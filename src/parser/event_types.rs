//! The event types that a stream has named, each with a small number of its own, so that a type's name crosses into
//! JavaScript once and not with every event. Bounded: a stream may name millions.

use super::room::Room;
use super::simd;

/// The number of the default type, `message`.
pub const MESSAGE: u32 = 0;
/// The number of a type that is not kept: its name is told again with every event.
pub const UNCACHED: u32 = 1;

/// Types kept at most. Streams with more have ids in their type names; to remember those would be a leak. Numbers are bits of
/// 32, of which two are given away.
const MOST: usize = 30;
/// Places to look first; a power of two.
const SLOTS: usize = 256;
/// Longest name kept, in bytes.
pub const LONGEST: usize = 64;

/// What a type's number is, and whether its name has to be told first.
#[derive(Debug, PartialEq, Eq)]
pub struct Numbered {
    pub number: u32,
    pub told: bool,
}

pub struct EventTypes {
    /// The names, one behind the other.
    names: Room<u8>,
    /// Where each begins and how long it is, and empty places for those to come.
    places: [(u16, u16); MOST],
    count: usize,
    /// Where names were found, by their last bytes: streams repeat themselves.
    found: [u8; SLOTS],
}

impl Default for EventTypes {
    fn default() -> Self {
        Self { names: Room::default(), places: [(0, 0); MOST], count: 0, found: [0; SLOTS] }
    }
}

impl EventTypes {
    /// The number for a type's name, which is so many bytes of a padded slice; an empty name is the default type.
    #[inline(always)]
    pub fn number(&mut self, padded: &[u8], length: usize) -> Numbered {
        if length == 0 {
            return Numbered { number: MESSAGE, told: true };
        }
        // The package's client is small rather than quick here: most events take the shortcut, where this was asked before.
        let number = if cfg!(feature = "npm") { 0 } else { self.known(padded, 0, length) };
        if number != 0 {
            return Numbered { number, told: true };
        }
        let (found, told) = self.find_or_keep(padded, length);
        match found {
            Some(at) => {
                self.found[slot(padded.get(..length).unwrap_or_default())] = at as u8;
                Numbered { number: at as u32 + 2, told }
            }
            None => Numbered { number: UNCACHED, told },
        }
    }

    /// The number of the type whose name is in a padded slice from `start` to `end`, where it is found at once.
    #[cfg_attr(feature = "npm", inline(never))]
    #[cfg_attr(not(feature = "npm"), inline(always))]
    pub fn known(&self, padded: &[u8], start: usize, end: usize) -> u32 {
        let Some(name) = padded.get(start..end).filter(|name| !name.is_empty()) else { return 0 };
        let found = usize::from(self.found[slot(name)]);
        if self.is_at(found, padded.get(start..).unwrap_or_default(), name.len()) { found as u32 + 2 } else { 0 }
    }

    /// Where a name stands, and whether it did before.
    #[cold]
    #[inline(never)]
    fn find_or_keep(&mut self, padded: &[u8], length: usize) -> (Option<usize>, bool) {
        let found = (0..self.count).find(|at| self.is_at(*at, padded, length));
        let name = padded.get(..length).unwrap_or_default();
        (found.or_else(|| self.keep(name)), found.is_some())
    }

    /// Whether a name that is not empty stands there.
    fn is_at(&self, at: usize, padded: &[u8], length: usize) -> bool {
        self.places.get(at).is_some_and(|&(start, kept)| {
            usize::from(kept) == length && simd::begin_alike(self.names.padded(start.into()), padded, length)
        })
    }

    fn keep(&mut self, name: &[u8]) -> Option<usize> {
        let at = self.count;
        let place = self.places.get_mut(at).filter(|_| name.len() <= LONGEST)?;
        let start = self.names.len();
        self.names.insert(start, name);
        *place = (start as u16, name.len() as u16);
        self.count += 1;
        Some(at)
    }
}

/// Where to look for a name first.
#[inline]
fn slot(name: &[u8]) -> usize {
    let last = name.last_chunk().map_or_else(|| all_of(name), |last| u32::from_le_bytes(*last));
    (last.wrapping_mul(0x9E37_79B1) >> (u32::BITS - SLOTS.ilog2())) as usize
}

/// A name of less than four bytes as a number.
#[cold]
#[inline(never)]
fn all_of(name: &[u8]) -> u32 {
    name.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::room::PADDING;
    use alloc::format;

    fn number(types: &mut EventTypes, name: &[u8]) -> Numbered {
        types.number(&[name, &[b'x'; PADDING]].concat(), name.len())
    }

    #[test]
    fn a_name_is_told_once() {
        let mut types = EventTypes::default();
        assert_eq!(number(&mut types, b""), Numbered { number: MESSAGE, told: true });
        assert_eq!(number(&mut types, b"ping"), Numbered { number: 2, told: false });
        assert_eq!(number(&mut types, b"pong"), Numbered { number: 3, told: false });
        assert_eq!(number(&mut types, b"ping"), Numbered { number: 2, told: true });
    }

    #[test]
    fn names_that_differ_in_one_byte_or_in_length_are_two() {
        let name = [b'a'; LONGEST];
        let mut known = alloc::vec::Vec::new();
        for length in [1, 3, 4, 5, 15, 16, 17, 31, 32, 33, LONGEST] {
            for at in [0, length / 2, length - 1] {
                let mut other = name;
                other[at] = b'b';
                known.push(other[..length].to_vec());
            }
        }
        known.sort();
        known.dedup();
        // Each beside all others, as many as are kept.
        for from in 0..=known.len() - MOST {
            let mut types = EventTypes::default();
            for told in [false, true] {
                for (name, at) in known[from..].iter().take(MOST).zip(2..) {
                    assert_eq!(number(&mut types, name), Numbered { number: at, told });
                }
            }
        }
    }

    #[test]
    fn a_million_types_take_no_more_memory_than_a_few() {
        let mut types = EventTypes::default();
        for at in 0..1_000_000 {
            number(&mut types, format!("type-{at}").as_bytes());
        }
        assert_eq!(types.count, MOST);
        assert_eq!(number(&mut types, b"new"), Numbered { number: UNCACHED, told: false });
        assert_eq!(number(&mut types, &[b'x'; 1000]), Numbered { number: UNCACHED, told: false });
        assert_eq!(number(&mut types, b"type-7"), Numbered { number: 9, told: true });
    }
}
