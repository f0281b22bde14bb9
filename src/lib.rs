//! The browser's `EventSource` (server-sent events), written in Rust for WebAssembly.
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test, not(any(target_arch = "wasm32", target_os = "none"))))]
extern crate std;

pub mod connection;
mod memory;
pub mod parser;

#[cfg(any(all(test, feature = "std"), all(any(feature = "npm", feature = "npm-parser"), target_arch = "wasm32")))]
mod allocator;

#[cfg(all(any(feature = "npm", feature = "npm-parser"), target_arch = "wasm32"))]
mod web;

#[cfg(all(any(feature = "npm", feature = "npm-parser"), target_arch = "wasm32"))]
mod npm;
