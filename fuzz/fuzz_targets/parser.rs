//! The parser against the tests' slow reference: four bytes that say how long the pieces are, then the stream.
//! `node scripts/fuzz.mjs --target parser`
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/parser/observed.rs"]
mod observed;
#[path = "../../tests/parser/reference.rs"]
mod reference;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (lengths, stream) = input.split_at(input.len().min(4));
    let lengths: Vec<usize> = lengths.iter().copied().map(usize::from).collect();
    assert_eq!(observed::observe(observed::cut(stream, &lengths)), reference::interpret(stream));
});
