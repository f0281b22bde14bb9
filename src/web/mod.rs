//! The surface for JavaScript. The hands themselves are in `js/`: what Rust would do with promises, closures and objects
//! that live there takes more bytes in WebAssembly than everything else.

#[cfg(feature = "npm-parser")]
mod parser;
#[cfg(feature = "npm")]
mod source;
