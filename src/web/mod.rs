//! The surface for JavaScript: one source, told facts and asked what to do next, with nothing but numbers and texts
//! across. The hands themselves are in `js/`: what Rust would do with promises, closures and objects that live there
//! takes three times the bytes in WebAssembly.

mod source;

pub use source::Source;
