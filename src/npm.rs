//! What a program has and a library must not: the allocator and the panic handler of the npm package's build. Without
//! std's the module is less than half as large.

use core::arch::wasm32::{memory_grow, unreachable};
use core::ptr::{null_mut, without_provenance_mut};

use crate::allocator::{Allocator, Memory};

const PAGE: usize = 1 << 16;

/// The module's memory, from where it ends when the module starts.
struct Pages;

impl Memory for Pages {
    fn grow(&mut self, bytes: usize) -> (*mut u8, usize) {
        let pages = bytes.div_ceil(PAGE);
        match memory_grow::<0>(pages) {
            usize::MAX => (null_mut(), 0),
            first => (without_provenance_mut(first * PAGE), pages * PAGE),
        }
    }
}

// SAFETY: the module has one thread, and nothing else in it asks for memory.
#[global_allocator]
static ALLOCATOR: Allocator<Pages> = unsafe { Allocator::new(Pages) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unreachable()
}
