//! The instructions that only this target has, against the plain code that stands in for them elsewhere.

use wasm_bindgen_test::wasm_bindgen_test;

// The module is none of the crate's public surface, and its code is what is tested.
#[path = "../../src/parser/simd.rs"]
#[allow(dead_code, reason = "its own tests are for native targets")]
mod lanes;

use lanes::{
    BLOCK, LANES, begin_alike, four_of_three, line_ends, line_ends_scalar, utf16_length, utf16_length_of, widen,
};

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
    for (at, block) in noise(4096).windows(BLOCK).enumerate() {
        let block = block.first_chunk().unwrap();
        assert_eq!(line_ends(block), line_ends_scalar(block), "at {at}");
    }
}

#[wasm_bindgen_test]
fn every_byte_in_every_place_is_told_apart() {
    for byte in 0..=255 {
        for at in 0..BLOCK {
            let mut block = [b'x'; BLOCK];
            block[at] = byte;
            let ends = if byte == b'\n' || byte == b'\r' { 1 << at } else { 0 };
            assert_eq!(line_ends(&block), (ends, byte >= 0x80), "byte {byte} at {at}");
        }
    }
}

#[wasm_bindgen_test]
fn bytes_are_widened_and_those_beyond_ascii_are_told() {
    for beyond in 0..1 << LANES {
        let lanes = std::array::from_fn(|lane| if beyond >> lane & 1 == 0 { b'a' + lane as u8 } else { 0xE9 });
        let mut units = [0; LANES];
        assert_eq!(widen(&lanes, &mut units), beyond);
        assert!(units.iter().zip(lanes).all(|(&unit, byte)| byte == 0xE9 || unit == u16::from(byte)), "{units:?}");
    }
}

#[wasm_bindgen_test]
fn four_characters_of_three_bytes_are_decoded_and_nothing_else() {
    let decode = |bytes: &[u8]| {
        let mut lanes = [b'x'; LANES];
        lanes[..12].copy_from_slice(&bytes[..12]);
        let mut units = [0; LANES];
        four_of_three(&lanes, &mut units).then(|| units[..4].to_vec())
    };
    for code in (0x800..=0xFFFF).filter_map(char::from_u32) {
        for place in 0..4 {
            let mut text = ['中'; 4];
            text[place] = code;
            let text = String::from_iter(text);
            assert_eq!(decode(text.as_bytes()), Some(text.encode_utf16().collect()), "{code:?} in place {place}");
        }
    }
    // Every change of one byte that makes a character malformed, or another number of bytes long.
    for at in 0..12 {
        for byte in 0..=255 {
            let mut bytes = "中中中中".to_owned().into_bytes();
            bytes[at] = byte;
            let whole = str::from_utf8(&bytes).ok().filter(|text| text.chars().all(|code| code.len_utf8() == 3));
            assert_eq!(decode(&bytes), whole.map(|text| text.encode_utf16().collect()), "{byte:#x} at {at}");
        }
    }
    for (first, second) in [(0xE0, 0x9F), (0xED, 0xA0), (0xED, 0xBF)] {
        let mut bytes = "中中中中".to_owned().into_bytes();
        (bytes[3], bytes[4]) = (first, second);
        assert_eq!(decode(&bytes), None, "{first:#x} {second:#x}");
    }
}

#[wasm_bindgen_test]
fn two_texts_begin_alike_as_far_as_the_first_byte_that_differs() {
    let one = noise(4 * LANES);
    for differs in 0..one.len() {
        let mut other = one.clone();
        other[differs] ^= 0x80;
        for length in 0..=3 * LANES {
            assert_eq!(begin_alike(&one, &other, length), length <= differs, "{length} bytes, and {differs} differs");
        }
    }
}

#[wasm_bindgen_test]
fn utf16_lengths_are_those_of_the_string_from_every_character_to_every_other() {
    let text: String = "a\u{7f}\u{80}\u{e9}\u{7ff}\u{800}\u{4e2d}\u{ffff}\u{10000}\u{1f600}\u{10ffff}".repeat(6);
    // What stands behind the end of a part, padding or more text, must not count.
    let padded = format!("{text}{}", "\u{1f600}".repeat(4));
    let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for &from in &borders {
        for &to in borders.iter().filter(|&&to| to >= from) {
            let part = &text[from..to];
            let units = part.encode_utf16().count();
            assert_eq!(utf16_length(part.as_bytes()), units, "{from}..{to}");
            assert_eq!(utf16_length_of(&padded.as_bytes()[from..], to - from), units, "{from}..{to}, padded");
        }
    }
}
