//! The instructions that only this target has, against the plain code that stands in for them elsewhere.

use wasm_bindgen_test::wasm_bindgen_test;

// The module is none of the crate's public surface, and its code is what is tested.
#[path = "../../src/parser/simd.rs"]
#[allow(dead_code, reason = "its own tests are for native targets")]
mod lanes;

use lanes::{LANES, line_ends, line_ends_scalar, utf16_length};

/// Bytes without any order, the same in each run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    (0..length)
        .map(|_| match next() % 8 {
            0 => b'\n',
            1 => b'\r',
            2 => 0x80 | (next() as u8),
            _ => next() as u8 & 0x7F,
        })
        .collect()
}

// Without it these tests would hold the plain code against itself.
const _: () = assert!(cfg!(target_feature = "simd128"));

#[wasm_bindgen_test]
fn line_ends_are_those_of_the_scalar_scan_at_every_offset() {
    let bytes = noise(4096);
    for at in 0..=bytes.len() - LANES {
        assert_eq!(line_ends(&bytes, at), Some(line_ends_scalar(&bytes[at..at + LANES])), "at {at}");
    }
}

#[wasm_bindgen_test]
fn every_byte_in_every_lane_is_told_apart() {
    for byte in 0..=255 {
        for lane in 0..LANES {
            let mut bytes = [b'x'; LANES];
            bytes[lane] = byte;
            let ends = if byte == b'\n' || byte == b'\r' { 1 << lane } else { 0 };
            assert_eq!(line_ends(&bytes, 0), Some((ends, byte >= 0x80)), "byte {byte} in lane {lane}");
        }
    }
}

#[wasm_bindgen_test]
fn fewer_bytes_than_lanes_are_left_to_the_scalar_scan() {
    let bytes = [b'\n'; LANES];
    assert!(line_ends(&bytes, 0).is_some());
    for at in 1..LANES + 3 {
        assert_eq!(line_ends(&bytes, at), None, "at {at}");
    }
}

#[wasm_bindgen_test]
fn utf16_lengths_are_those_of_the_string_from_every_character_to_every_other() {
    let text: String = "a\u{7f}\u{80}\u{e9}\u{7ff}\u{800}\u{4e2d}\u{ffff}\u{10000}\u{1f600}\u{10ffff}".repeat(6);
    let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for &from in &borders {
        for &to in borders.iter().filter(|&&to| to >= from) {
            let part = &text[from..to];
            assert_eq!(utf16_length(part.as_bytes()), part.encode_utf16().count(), "{from}..{to}");
        }
    }
}
