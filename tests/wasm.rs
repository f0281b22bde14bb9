//! Tests of the WebAssembly build itself, inside a page: what differs from the native build, and `src/web` as
//! JavaScript calls it, with a face that only records. The class and its events are tested in `tests/page`.
//!
//! `BROWSER=firefox cargo test --target wasm32-unknown-unknown --test wasm`; Chromium unless told otherwise.
#![cfg(target_arch = "wasm32")]

extern crate alloc;

mod wasm {
    mod face;
    mod options;
    mod parser;
    mod simd;
    mod sources;
}

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
