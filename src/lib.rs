//! The browser's `EventSource` (server-sent events), written in Rust for WebAssembly.
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test, not(any(target_arch = "wasm32", target_os = "none"))))]
extern crate std;

pub mod connection;
pub mod parser;

#[cfg(all(feature = "web", target_arch = "wasm32"))]
pub mod web;

#[cfg(all(feature = "npm", target_arch = "wasm32"))]
mod npm;
