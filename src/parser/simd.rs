//! The one place of the parser with `unsafe`: sixteen bytes at a time, found and counted.
//!
//! Targets without `simd128` have scalar twins, but of `four_of_three`, which gives nothing there: its caller decodes one
//! character at a time. The tests hold the two against each other.

/// How many bytes are worked on together.
pub const LANES: usize = 16;
/// How many bytes are searched for line ends together.
pub const BLOCK: usize = 64;

/// A bit for each byte that is a CR or a LF, the first one lowest, and whether one of them is beyond ASCII.
#[inline(always)]
pub fn line_ends(block: &[u8; BLOCK]) -> (u64, bool) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        let bytes = block.as_ptr();
        // SAFETY: `block` is 64 readable bytes, four times 16, and v128_load asks for no alignment.
        let lanes = [0, 1, 2, 3].map(|part| unsafe { v128_load(bytes.add(part * LANES).cast()) });
        let ends = lanes.map(|lanes| {
            let ends = v128_or(i8x16_eq(lanes, i8x16_splat(b'\n' as i8)), i8x16_eq(lanes, i8x16_splat(b'\r' as i8)));
            u64::from(i8x16_bitmask(ends))
        });
        let all = v128_or(v128_or(lanes[0], lanes[1]), v128_or(lanes[2], lanes[3]));
        (ends[0] | ends[1] << 16 | ends[2] << 32 | ends[3] << 48, i8x16_bitmask(all) != 0)
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    line_ends_scalar(block)
}

/// What [`line_ends`] does, byte by byte.
#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
pub fn line_ends_scalar(block: &[u8; BLOCK]) -> (u64, bool) {
    let mut ends = 0;
    let mut all = 0;
    for (at, &byte) in block.iter().enumerate() {
        ends |= u64::from(byte == b'\n' || byte == b'\r') << at;
        all |= byte;
    }
    (ends, all >= 0x80)
}

/// Whether two padded slices begin with the same bytes, as far as `length` goes.
#[inline(always)]
pub fn begin_alike(one: &[u8], other: &[u8], length: usize) -> bool {
    let mut at = 0;
    while at < length {
        let lanes = |padded: &[u8]| padded.get(at..).and_then(|bytes| bytes.first_chunk().copied());
        let (Some(one), Some(other)) = (lanes(one), lanes(other)) else { return false };
        if alike(&one, &other) < LANES.min(length - at) {
            return false;
        }
        at += LANES;
    }
    true
}

/// How many bytes both begin with.
#[inline(always)]
fn alike(one: &[u8; LANES], other: &[u8; LANES]) -> usize {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        // SAFETY: both point to 16 readable bytes, and v128_load asks for no alignment.
        let (one, other) = unsafe { (v128_load(one.as_ptr().cast()), v128_load(other.as_ptr().cast())) };
        i8x16_bitmask(i8x16_eq(one, other)).trailing_ones() as usize
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Decodes four characters of three bytes each, which is what most Chinese, Japanese or Korean text consists of, from
/// the first twelve bytes. `false` where they are something else or malformed; the units then count for nothing.
#[inline(always)]
pub fn four_of_three(lanes: &[u8; LANES], units: &mut [u16; LANES]) -> bool {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        // SAFETY: `lanes` points to 16 readable bytes, and v128_load asks for no alignment.
        let lanes = unsafe { v128_load(lanes.as_ptr().cast()) };
        // In each 32-bit lane the three bytes of a character, the first one highest.
        let bytes = i8x16_shuffle::<2, 1, 0, 16, 5, 4, 3, 16, 8, 7, 6, 16, 11, 10, 9, 16>(lanes, u8x16_splat(0));
        let is_three = u32x4_eq(v128_and(bytes, u32x4_splat(0xF0_C0C0)), u32x4_splat(0xE0_8080));
        let codes = v128_or(
            v128_and(bytes, u32x4_splat(0x3F)),
            v128_or(
                v128_and(u32x4_shr(bytes, 2), u32x4_splat(0xFC0)),
                v128_and(u32x4_shr(bytes, 4), u32x4_splat(0xF000)),
            ),
        );
        let row = v128_and(codes, u32x4_splat(0xF800));
        let malformed = v128_or(u32x4_eq(row, u32x4_splat(0)), u32x4_eq(row, u32x4_splat(0xD800)));
        // SAFETY: `units` points to 32 bytes that can be written, and v128_store asks for no alignment.
        unsafe { v128_store(units.as_mut_ptr().cast(), u16x8_narrow_i32x4(codes, codes)) };
        u32x4_all_true(v128_andnot(is_three, malformed))
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        let _ = (lanes, units);
        false
    }
}

/// Writes each byte as a UTF-16 code unit, and gives a bit for each that is not ASCII, the first one lowest: these count for
/// nothing.
#[inline(always)]
pub fn widen(lanes: &[u8; LANES], units: &mut [u16; LANES]) -> u32 {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        // SAFETY: `lanes` points to 16 readable bytes and `units` to 32 that can be written; neither needs alignment.
        unsafe {
            let lanes = v128_load(lanes.as_ptr().cast());
            let (low, high) = units.split_at_mut(LANES / 2);
            v128_store(low.as_mut_ptr().cast(), u16x8_extend_low_u8x16(lanes));
            v128_store(high.as_mut_ptr().cast(), u16x8_extend_high_u8x16(lanes));
            u32::from(i8x16_bitmask(lanes))
        }
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        let mut beyond = 0;
        for (at, (unit, &byte)) in units.iter_mut().zip(lanes).enumerate() {
            *unit = u16::from(byte);
            beyond |= u32::from(byte >= 0x80) << at;
        }
        beyond
    }
}

/// UTF-16 code units that valid UTF-8 decodes to: one for each byte that does not continue a character, and one
/// more for each that starts a character beyond the basic plane.
pub fn utf16_length(bytes: &[u8]) -> usize {
    let mut units = 0;
    let mut rest = bytes;
    while let Some((lanes, after)) = rest.split_first_chunk() {
        units += utf16_units(lanes, LANES);
        rest = after;
    }
    for &byte in rest {
        units += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    }
    units
}

/// The same of the first bytes of a padded slice.
pub fn utf16_length_of(padded: &[u8], length: usize) -> usize {
    let mut units = 0;
    let mut left = length;
    let mut rest = padded;
    while left > 0
        && let Some((lanes, after)) = rest.split_first_chunk()
    {
        units += utf16_units(lanes, left);
        left = left.saturating_sub(LANES);
        rest = after;
    }
    units
}

/// Of the first so many bytes, or of all if they are fewer.
#[inline(always)]
fn utf16_units(lanes: &[u8; LANES], length: usize) -> usize {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        // SAFETY: `lanes` points to 16 readable bytes, and v128_load asks for no alignment.
        let lanes = unsafe { v128_load(lanes.as_ptr().cast()) };
        // As signed numbers the continuation bytes 0x80..=0xBF are the 64 smallest.
        let starts = i8x16_bitmask(i8x16_ge(lanes, i8x16_splat(-64)));
        let pairs = i8x16_bitmask(u8x16_ge(lanes, u8x16_splat(0xF0)));
        let beyond = u32::MAX << length.min(LANES);
        ((u32::from(starts) & !beyond).count_ones() + (u32::from(pairs) & !beyond).count_ones()) as usize
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        let units = |&byte: &u8| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
        lanes.iter().take(length).map(units).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn line_ends_are_the_same_with_and_without_simd() {
        let bytes: alloc::vec::Vec<u8> = (0..=255).chain("\r\n\n\rab\u{e9}\n".bytes().cycle().take(64)).collect();
        for (at, block) in bytes.windows(BLOCK).enumerate() {
            let block = block.first_chunk().unwrap();
            assert_eq!(line_ends(block), line_ends_scalar(block), "at {at}");
        }
    }

    #[test]
    fn two_texts_begin_alike_as_far_as_the_first_byte_that_differs() {
        let one: alloc::vec::Vec<u8> = (0..4 * LANES as u8).collect();
        for differs in 0..one.len() {
            let mut other = one.clone();
            other[differs] ^= 0x80;
            for length in 0..=3 * LANES {
                assert_eq!(begin_alike(&one, &other, length), length <= differs, "{length}, {differs}");
            }
        }
    }

    #[test]
    fn utf16_lengths_are_those_of_the_string() {
        let text: String = "a\u{e9}\u{4e2d}\u{1f600}\u{ffff}\u{10000}\u{10ffff}".chars().cycle().take(100).collect();
        for (from, _) in text.char_indices() {
            let units = text[from..].encode_utf16().count();
            assert_eq!(utf16_length(&text.as_bytes()[from..]), units);
            let padded = [&text.as_bytes()[from..], &[0xF0; LANES]].concat();
            assert_eq!(utf16_length_of(&padded, text.len() - from), units);
        }
    }
}
