//! The connection's judgement against any facts in any order: never two connections at once, nothing after the end,
//! always a way on or a reason, delays finite and not below what was asked for.
//! `node scripts/fuzz.mjs --target connection`
#![no_main]

#[path = "../../tests/connection/facts.rs"]
mod facts;

libfuzzer_sys::fuzz_target!(|input: &[u8]| facts::live(input));
