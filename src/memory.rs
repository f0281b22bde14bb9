//! Vectors that grow. Where there is no memory left the program ends: in the npm package's modules at once, for the message
//! that says so would be half a kilobyte of each, and reach nobody.

use alloc::vec::Vec;

/// Makes room for so many items more.
#[inline]
pub fn reserve<T>(items: &mut Vec<T>, more: usize) {
    if items.try_reserve(more).is_err() {
        exhausted()
    }
}

#[inline]
pub fn push<T>(items: &mut Vec<T>, item: T) {
    reserve(items, 1);
    if let Some(place) = items.spare_capacity_mut().first_mut() {
        place.write(item);
        // SAFETY: there was room for it, and it is there. `Vec::push` does not know, and could grow once more.
        unsafe { items.set_len(items.len() + 1) };
    }
}

#[inline]
pub fn extend<T: Copy>(items: &mut Vec<T>, more: &[T]) {
    reserve(items, more.len());
    let length = items.len() + more.len();
    for (place, item) in items.spare_capacity_mut().iter_mut().zip(more) {
        place.write(*item);
    }
    // SAFETY: there was room for all of them.
    unsafe { items.set_len(length) };
}

/// Makes items of all the room that there is.
pub fn fill<T: Copy + Default>(items: &mut Vec<T>) {
    for place in items.spare_capacity_mut() {
        place.write(T::default());
    }
    // SAFETY: all of it was just written. `Vec::resize` does not know that there is room, and could grow once more.
    unsafe { items.set_len(items.capacity()) };
}

#[cold]
fn exhausted() -> ! {
    #[cfg(all(any(feature = "npm", feature = "npm-parser"), target_arch = "wasm32"))]
    core::arch::wasm32::unreachable();
    #[cfg(not(all(any(feature = "npm", feature = "npm-parser"), target_arch = "wasm32")))]
    panic!("out of memory");
}
