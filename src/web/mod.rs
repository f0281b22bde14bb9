//! The surface for JavaScript. The hands themselves are in `js/`: what Rust would do with promises, closures and objects
//! that live there takes more bytes in WebAssembly than everything else.

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use core::arch::wasm32::unreachable;

#[cfg(feature = "npm-parser")]
mod parser;
#[cfg(feature = "npm")]
mod source;

/// `Box::new`, without the message that there is no memory.
fn boxed<T>(value: T) -> Box<T> {
    // SAFETY: the layout is that of a value, which no surface has without bytes; what is there is written before it is read.
    unsafe {
        let place: *mut T = alloc(Layout::new::<T>()).cast();
        if place.is_null() {
            unreachable()
        }
        place.write(value);
        Box::from_raw(place)
    }
}
