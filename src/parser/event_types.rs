//! The event types that a stream has named, each with a small number of its own, so that a type's name crosses into
//! JavaScript once and not with every event. Bounded: a stream may name millions.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// The number of the default type, `message`.
pub const MESSAGE: u32 = 0;
/// The number of a type that is not kept: its name is told again with every event.
pub const UNCACHED: u32 = 1;

/// Types kept at most. Streams with more have ids in their type names; to remember those would be a leak.
const MOST: usize = 64;
/// Places to look first; a power of two.
const SLOTS: usize = 64;
/// Longest name kept, in bytes.
const LONGEST: usize = 64;

/// What a type's number is, and whether its name has to be told first.
#[derive(Debug, PartialEq, Eq)]
pub struct Numbered {
    pub number: u32,
    pub told: bool,
}

pub struct EventTypes {
    names: Vec<Box<[u8]>>,
    /// Where names were found, by their length and last bytes: streams repeat themselves.
    found: [u8; SLOTS],
}

impl Default for EventTypes {
    fn default() -> Self {
        Self { names: Vec::new(), found: [0; SLOTS] }
    }
}

impl EventTypes {
    /// The number for a type's name; an empty name is the default type.
    #[inline]
    pub fn number(&mut self, name: &[u8]) -> Numbered {
        if name.is_empty() {
            return Numbered { number: MESSAGE, told: true };
        }
        let Some(found) = self.found.get_mut(slot(name)) else { return Numbered { number: UNCACHED, told: false } };
        let at = usize::from(*found);
        if self.names.get(at).is_some_and(|kept| is_same(kept, name)) {
            return Numbered { number: at as u32 + 2, told: true };
        }
        if let Some(at) = self.names.iter().position(|kept| is_same(kept, name)) {
            *found = at as u8;
            return Numbered { number: at as u32 + 2, told: true };
        }
        if self.names.len() < MOST && name.len() <= LONGEST {
            let at = self.names.len();
            *found = at as u8;
            self.names.push(name.into());
            return Numbered { number: at as u32 + 2, told: false };
        }
        Numbered { number: UNCACHED, told: false }
    }
}

/// Where to look for a name first.
#[inline]
fn slot(name: &[u8]) -> usize {
    let last = name.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
    (last.wrapping_mul(0x9E37_79B1) >> (u32::BITS - SLOTS.ilog2())) as usize
}

/// Whether two names are the same, several bytes at a time: the comparison that wasm has goes byte by byte.
#[inline(never)]
fn is_same(kept: &[u8], name: &[u8]) -> bool {
    if kept.len() != name.len() {
        return false;
    }
    // The last bytes may be compared twice.
    if let (Some(kept_last), Some(name_last)) = (kept.last_chunk(), name.last_chunk()) {
        let (kept_blocks, name_blocks) = (kept.chunks_exact(8), name.chunks_exact(8));
        let same = |(first, second): (&[u8], &[u8])| first.first_chunk::<8>() == second.first_chunk();
        return u64::from_le_bytes(*kept_last) == u64::from_le_bytes(*name_last)
            && kept_blocks.zip(name_blocks).all(same);
    }
    match (kept.first_chunk(), name.first_chunk(), kept.last_chunk(), name.last_chunk()) {
        (Some(kept_first), Some(name_first), Some(kept_last), Some(name_last)) => {
            u32::from_le_bytes(*kept_first) == u32::from_le_bytes(*name_first)
                && u32::from_le_bytes(*kept_last) == u32::from_le_bytes(*name_last)
        }
        _ => kept.iter().eq(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_name_is_told_once() {
        let mut types = EventTypes::default();
        assert_eq!(types.number(b""), Numbered { number: MESSAGE, told: true });
        assert_eq!(types.number(b"ping"), Numbered { number: 2, told: false });
        assert_eq!(types.number(b"pong"), Numbered { number: 3, told: false });
        assert_eq!(types.number(b"ping"), Numbered { number: 2, told: true });
    }

    #[test]
    fn a_million_types_take_no_more_memory_than_a_few() {
        let mut types = EventTypes::default();
        for number in 0..1_000_000 {
            types.number(format!("type-{number}").as_bytes());
        }
        assert_eq!(types.names.len(), MOST);
        assert_eq!(types.number(b"new"), Numbered { number: UNCACHED, told: false });
        assert_eq!(types.number(&[b'x'; 1000]), Numbered { number: UNCACHED, told: false });
        assert_eq!(types.number(b"type-7"), Numbered { number: 9, told: true });
    }
}
