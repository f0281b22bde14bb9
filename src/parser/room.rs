//! A buffer that is filled and emptied for every piece. Knows nothing of what it holds.

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

use crate::memory::reserve;

/// A buffer that a burst made larger than this is given back once it is nearly empty, in bytes.
pub const KEPT_CAPACITY: usize = 256 * 1024;
/// Items that can always be read and written behind the last one, so that there are whole blocks everywhere.
pub const PADDING: usize = 64;
/// Copied together; what is less is copied as if it were as much.
const BLOCK: usize = 16;

/// Items, and room behind them that is made once and used again: a `Vec` that is to be written to as a slice would be
/// cleared for each piece, which costs as much as to fill it.
#[derive(Default)]
pub struct Room<T> {
    items: Vec<T>,
    /// Items from here on are room.
    end: usize,
}

impl<T> Deref for Room<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        self.items.get(..self.end).unwrap_or_default()
    }
}

impl<T> DerefMut for Room<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        self.items.get_mut(..self.end).unwrap_or_default()
    }
}

impl<T: Copy + Default> Room<T> {
    /// What the slice's `len` says, without a look at the slice.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.end
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// The items from one on, and behind them [`PADDING`] or more that are anything, once something was added.
    #[inline(always)]
    pub fn padded(&self, from: usize) -> &[T] {
        self.items.get(from..).unwrap_or_default()
    }

    /// Adds so many items, whatever they are, and gives them with the padding.
    #[inline(always)]
    pub fn extend(&mut self, length: usize) -> &mut [T] {
        let start = self.end;
        self.end += length;
        if self.end + PADDING > self.items.len() {
            self.grow();
        }
        self.items.get_mut(start..).unwrap_or_default()
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let missing = self.end + PADDING - self.items.len();
        reserve(&mut self.items, missing);
        crate::memory::fill(&mut self.items);
    }

    /// Makes the padding zeros: no line end, and nothing beyond ASCII.
    #[inline]
    pub fn clear_padding(&mut self) {
        // Of a length that is known, so that it is no call.
        if let Some(padding) = self.items.get_mut(self.end..).and_then(|rest| rest.first_chunk_mut()) {
            *padding = [T::default(); PADDING];
        }
    }

    /// Adds a few items.
    #[inline(always)]
    pub fn append<const LENGTH: usize>(&mut self, items: [T; LENGTH]) {
        if let Some(room) = self.extend(LENGTH).first_chunk_mut() {
            *room = items;
        }
    }

    /// Adds the items of a padded slice from one to another, without the call that copies a few bytes dearly.
    #[inline(never)]
    pub fn append_padded(&mut self, padded: &[T], from: usize, to: usize) {
        let mut room = self.extend(to - from);
        let mut rest = padded.get(from..).unwrap_or_default();
        let mut left = to - from;
        while let (Some((into, after)), Some((block, behind))) =
            (room.split_first_chunk_mut::<BLOCK>(), rest.split_first_chunk::<BLOCK>())
            && left > 0
        {
            *into = *block;
            (room, rest) = (after, behind);
            left = left.saturating_sub(BLOCK);
        }
    }

    #[inline]
    pub fn truncate(&mut self, length: usize) {
        self.end = self.end.min(length);
    }

    /// Drops so many items at the beginning.
    #[inline]
    pub fn drop_first(&mut self, length: usize) {
        let length = length.min(self.end);
        if length > 0 {
            if let Some(items) = self.items.get_mut(..self.end)
                && length < items.len()
            {
                items.copy_within(length.., 0);
            }
            self.end -= length;
        }
    }

    /// Puts items before those that stand at `at`.
    pub fn insert(&mut self, at: usize, inserted: &[T]) {
        let end = self.end;
        self.extend(inserted.len());
        let Some(items) = self.items.get_mut(at..end + inserted.len()) else { return };
        if let Some(moved) = items.len().checked_sub(inserted.len()) {
            items.copy_within(..moved, inserted.len());
        }
        if let Some(room) = items.get_mut(..inserted.len()) {
            room.copy_from_slice(inserted);
        }
    }

    /// Drops the items, and gives back what a burst left.
    #[cfg_attr(feature = "npm", inline(never))]
    pub fn clear(&mut self) {
        self.end = 0;
        if self.items.len() > KEPT_CAPACITY / size_of::<T>() {
            *self = Self::default();
        }
    }

    /// Gives back what a burst left.
    #[cfg_attr(feature = "npm", inline(never))]
    pub fn give_back(&mut self) {
        let kept = KEPT_CAPACITY / size_of::<T>();
        if self.items.len() > kept && self.end < kept / 4 {
            let mut small = Self::default();
            small.append_padded(&self.items, 0, self.end);
            *self = small;
        }
    }
}

/// Drops the items of a `Vec`, and gives back what a burst left.
pub fn clear<T>(items: &mut Vec<T>) {
    items.clear();
    if items.capacity() > KEPT_CAPACITY / size_of::<T>() {
        *items = Vec::new();
    }
}
