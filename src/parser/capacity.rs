//! How much memory a parser keeps for later, and how it gives back the rest. The limit on events is not here.

use alloc::vec::Vec;

/// A buffer that a burst made larger than this is given back once it is nearly empty, in bytes.
pub const KEPT_CAPACITY: usize = 256 * 1024;

/// Gives back what a burst left of a buffer.
pub fn give_back<T>(buffer: &mut Vec<T>) {
    let kept = KEPT_CAPACITY / size_of::<T>();
    if buffer.capacity() > kept && buffer.len() < kept / 4 {
        buffer.shrink_to(kept);
    }
}
