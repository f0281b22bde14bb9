//! Tests of the WebAssembly build itself, inside a page: what differs from the native build. What the npm package makes
//! of it is tested in `tests/page`.
//!
//! `BROWSER=firefox cargo test --target wasm32-unknown-unknown --test wasm`; Chromium unless told otherwise.
#![cfg(target_arch = "wasm32")]

extern crate alloc;

mod wasm {
    mod parser;
    mod simd;
}

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
