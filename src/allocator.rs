//! An allocator for a module that has its memory alone, and few blocks in it that grow and shrink: each parser has about
//! ten. It keeps a list of the gaps between them, by address, and takes the first one that is large enough, so that it
//! needs little code and none of the memory for itself. Knows nothing of WebAssembly.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// Blocks begin and end at multiples of this, so that any gap has room to say how large it is.
const GRAIN: usize = 16;

/// Where the memory comes from.
pub trait Memory {
    /// So many bytes more, or somewhat more than that, as their beginning and length: both multiples of 16. They may
    /// follow on those before. Null where there are none.
    fn grow(&mut self, bytes: usize) -> (*mut u8, usize);
}

/// Bytes that nobody uses: this stands in the first ones of them.
#[repr(C)]
struct Gap {
    size: usize,
    next: *mut Gap,
}

impl Gap {
    fn end(this: *mut Gap) -> *mut Gap {
        // SAFETY: all gaps were made by `Gaps`, and are valid while they are in its list.
        this.wrapping_byte_add(unsafe { (*this).size })
    }
}

/// The list, and where more comes from.
struct Gaps<M> {
    /// Has no bytes, and is at no gap's end: what stands before the first one.
    head: Gap,
    /// Where the memory ends.
    end: *mut Gap,
    memory: M,
}

impl<M: Memory> Gaps<M> {
    /// Takes so many bytes from the first gap that has them, and asks for more memory where none has. `at`, where it is
    /// not null, is where the bytes have to begin.
    ///
    /// # Safety
    ///
    /// `size` is a multiple of [`GRAIN`].
    #[inline(never)]
    unsafe fn take(&mut self, size: usize, at: *mut Gap) -> *mut Gap {
        loop {
            let mut before = &raw mut self.head;
            // SAFETY: `before` is the head, or a gap of the list. What is left of one has room for a `Gap`, as its size
            // and the one taken are multiples of the grain.
            unsafe {
                while !(*before).next.is_null() {
                    let gap = (*before).next;
                    if (*gap).size >= size && (at.is_null() || at == gap) {
                        let mut after = (*gap).next;
                        if (*gap).size > size {
                            let left = gap.byte_add(size);
                            left.write(Gap { size: (*gap).size - size, next: after });
                            after = left;
                        }
                        (*before).next = after;
                        return gap;
                    }
                    before = gap;
                }
                let at_end = if Gap::end(before) == self.end { before } else { self.end };
                if !at.is_null() && at != at_end {
                    return null_mut();
                }
                let there = if at_end == before { (*before).size } else { 0 };
                let (more, length) = self.memory.grow(size - there);
                if more.is_null() {
                    return null_mut();
                }
                self.end = more.wrapping_add(length).cast();
                self.give(more.cast(), length);
            }
        }
    }

    /// Makes a gap of a block, and one gap of it and those that it touches.
    ///
    /// # Safety
    ///
    /// Nobody uses these bytes any more. Where they begin and how many they are is a multiple of [`GRAIN`].
    #[inline(never)]
    unsafe fn give(&mut self, block: *mut Gap, size: usize) {
        let mut before = &raw mut self.head;
        // SAFETY: `before` is the head, or a gap of the list; the block has room for a `Gap`.
        unsafe {
            while !(*before).next.is_null() && (*before).next < block {
                before = (*before).next;
            }
            block.write(Gap { size, next: (*before).next });
            (*before).next = block;
            for gap in [block, before] {
                let next = (*gap).next;
                if Gap::end(gap) == next {
                    (*gap).size += (*next).size;
                    (*gap).next = (*next).next;
                }
            }
        }
    }
}

/// The allocator. For one thread alone: it is `Sync` for the sake of a `static`.
pub struct Allocator<M>(UnsafeCell<Gaps<M>>);

// SAFETY: whoever makes one has one thread alone, as the function that makes it asks for.
unsafe impl<M> Sync for Allocator<M> {}

impl<M: Memory> Allocator<M> {
    /// # Safety
    ///
    /// Only one thread uses it, and `memory` gives what nobody else uses.
    pub const unsafe fn new(memory: M) -> Self {
        Self(UnsafeCell::new(Gaps { head: Gap { size: 0, next: null_mut() }, end: null_mut(), memory }))
    }

    #[allow(clippy::mut_from_ref, reason = "there is one thread, and nothing in here calls what could allocate")]
    fn gaps(&self) -> &mut Gaps<M> {
        // SAFETY: see the reason above.
        unsafe { &mut *self.0.get() }
    }
}

/// Bytes that a block of so many takes.
fn in_grains(size: usize) -> usize {
    size.next_multiple_of(GRAIN)
}

// SAFETY: a block is a part of a gap, and no gap while it is used. It begins at a multiple of the grain, and there is none
// that asks for more.
unsafe impl<M: Memory> GlobalAlloc for Allocator<M> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > GRAIN {
            return null_mut();
        }
        // SAFETY: a size in grains.
        unsafe { self.gaps().take(in_grains(layout.size()), null_mut()).cast() }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller says that the block came from here and is done.
        unsafe { self.gaps().give(block.cast(), in_grains(layout.size())) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (old, new) = (in_grains(layout.size()), in_grains(size));
        // SAFETY: the caller says that the block came from here, so that it has `old` bytes. What is given of it lies
        // behind what it keeps.
        unsafe {
            if new <= old {
                if new < old {
                    self.gaps().give(block.add(new).cast(), old - new);
                }
                return block;
            }
            if !self.gaps().take(new - old, block.add(old).cast()).is_null() {
                return block;
            }
            let moved: *mut u8 = self.gaps().take(new, null_mut()).cast();
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, old);
                self.gaps().give(block.cast(), old);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const PAGE: usize = 1024;

    /// So many pages, handed out in order.
    struct Pages {
        memory: Vec<u128>,
        used: usize,
    }

    impl Memory for Pages {
        fn grow(&mut self, bytes: usize) -> (*mut u8, usize) {
            let length = bytes.next_multiple_of(PAGE);
            if self.used + length > size_of_val(&*self.memory) {
                return (null_mut(), 0);
            }
            let more = self.memory.as_mut_ptr().cast::<u8>().wrapping_add(self.used);
            self.used += length;
            (more, length)
        }
    }

    fn with_pages(pages: usize) -> Allocator<Pages> {
        // SAFETY: a test has one thread.
        unsafe { Allocator::new(Pages { memory: vec![0; pages * PAGE / size_of::<u128>()], used: 0 }) }
    }

    fn bytes(size: usize) -> Layout {
        Layout::from_size_align(size, 1).unwrap()
    }

    fn used(allocator: &Allocator<Pages>) -> usize {
        allocator.gaps().memory.used
    }

    #[test]
    fn a_block_at_the_end_grows_where_it_is() {
        let allocator = with_pages(64);
        // SAFETY: each layout is that of the block.
        unsafe {
            let mut block = allocator.alloc(bytes(100));
            let first = block;
            let mut size = 100;
            while size < 32 * PAGE {
                block = allocator.realloc(block, bytes(size), 2 * size);
                size *= 2;
            }
            assert_eq!(block, first);
            assert!(used(&allocator) <= size + PAGE);
        }
    }

    #[test]
    fn what_was_freed_is_used_again_for_blocks_of_any_size() {
        let allocator = with_pages(8);
        // SAFETY: each layout is that of the block.
        unsafe {
            for round in 0..1000 {
                let small: Vec<_> = (0..8).map(|_| allocator.alloc(bytes(PAGE / 2))).collect();
                for at in [1, 0, 7, 3, 2, 6, 4, 5] {
                    allocator.dealloc(small[at], bytes(PAGE / 2));
                }
                let large = allocator.alloc(bytes(4 * PAGE));
                assert!(!large.is_null(), "in round {round}");
                allocator.dealloc(large, bytes(4 * PAGE));
            }
            assert_eq!(used(&allocator), 4 * PAGE);
        }
    }

    #[test]
    fn what_is_not_there_is_null_and_what_was_there_stays() {
        let allocator = with_pages(2);
        // SAFETY: each layout is that of the block.
        unsafe {
            assert!(allocator.alloc(bytes(3 * PAGE)).is_null());
            assert!(allocator.alloc(Layout::from_size_align(32, 32).unwrap()).is_null());
            let block = allocator.alloc(bytes(PAGE));
            block.write(7);
            assert!(allocator.realloc(block, bytes(PAGE), 3 * PAGE).is_null());
            assert_eq!(block.read(), 7);
            assert!(!allocator.alloc(bytes(PAGE)).is_null());
            assert!(allocator.alloc(bytes(1)).is_null());
        }
    }

    #[derive(Clone, Debug)]
    enum Act {
        Allocate(usize),
        Free(usize),
        Resize(usize, usize),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let size = || prop_oneof![1..100usize, 1..5000usize];
        let act = prop_oneof![
            size().prop_map(Act::Allocate),
            any::<usize>().prop_map(Act::Free),
            (any::<usize>(), size()).prop_map(|(which, size)| Act::Resize(which, size)),
        ];
        prop::collection::vec(act, 0..200)
    }

    /// A block that is full of a number of its own.
    struct Block {
        at: *mut u8,
        size: usize,
        filling: u8,
    }

    impl Block {
        fn fill(&self) {
            // SAFETY: so many bytes were allocated.
            unsafe { self.at.write_bytes(self.filling, self.size) }
        }

        fn is_whole(&self, size: usize) -> bool {
            // SAFETY: so many bytes were filled.
            unsafe { core::slice::from_raw_parts(self.at, size) }.iter().all(|byte| *byte == self.filling)
        }
    }

    proptest! {
        #[test]
        fn no_two_blocks_overlap_and_nothing_is_lost(acts in acts()) {
            let allocator = with_pages(400);
            let mut blocks: Vec<Block> = Vec::new();
            for (filling, act) in acts.into_iter().enumerate() {
                // SAFETY: each layout is that of the block, and a block that is freed leaves the list.
                unsafe {
                    match act {
                        Act::Allocate(size) => {
                            let at = allocator.alloc(bytes(size));
                            if !at.is_null() {
                                prop_assert_eq!(at as usize % GRAIN, 0);
                                blocks.push(Block { at, size, filling: filling as u8 });
                                blocks.last().unwrap().fill();
                            }
                        }
                        Act::Free(which) if !blocks.is_empty() => {
                            let block = blocks.swap_remove(which % blocks.len());
                            prop_assert!(block.is_whole(block.size));
                            allocator.dealloc(block.at, bytes(block.size));
                        }
                        Act::Resize(which, size) if !blocks.is_empty() => {
                            let at = which % blocks.len();
                            let block = &mut blocks[at];
                            let moved = allocator.realloc(block.at, bytes(block.size), size);
                            if !moved.is_null() {
                                let kept = size.min(block.size);
                                (block.at, block.size) = (moved, size);
                                prop_assert!(block.is_whole(kept));
                                block.fill();
                            }
                        }
                        _ => {}
                    }
                }
            }
            for block in blocks {
                prop_assert!(block.is_whole(block.size));
                // SAFETY: as above.
                unsafe { allocator.dealloc(block.at, bytes(block.size)) };
            }
            // All is one gap again.
            let gaps = allocator.gaps();
            if !gaps.head.next.is_null() {
                // SAFETY: a gap of the list.
                let first = unsafe { &*gaps.head.next };
                prop_assert!(first.next.is_null());
                prop_assert_eq!(first.size, gaps.memory.used);
            }
        }
    }
}
