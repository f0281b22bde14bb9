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
    let mixed = match name {
        [.., before, last] => usize::from(*last) ^ usize::from(*before) << 2,
        _ => 0,
    };
    (mixed ^ name.len()) % SLOTS
}

/// Whether two names are the same, eight bytes at a time: the comparison that wasm has goes byte by byte.
#[inline]
fn is_same(kept: &[u8], name: &[u8]) -> bool {
    let (mut kept, mut name) = (kept, name);
    if kept.len() != name.len() {
        return false;
    }
    // What is left over is compared with the bytes before it, where there are as many.
    if let (Some(kept_end), Some(name_end)) = (kept.last_chunk(), name.last_chunk())
        && kept.len() >= 8
    {
        if u64::from_le_bytes(*kept_end) != u64::from_le_bytes(*name_end) {
            return false;
        }
        (kept, name) =
            (kept.get(..kept.len() & !7).unwrap_or_default(), name.get(..name.len() & !7).unwrap_or_default());
    }
    while let (Some((first, kept_rest)), Some((second, name_rest))) =
        (kept.split_first_chunk(), name.split_first_chunk())
    {
        if u64::from_le_bytes(*first) != u64::from_le_bytes(*second) {
            return false;
        }
        (kept, name) = (kept_rest, name_rest);
    }
    kept.iter().eq(name)
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
