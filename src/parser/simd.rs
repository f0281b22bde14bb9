//! The one place with `unsafe`: sixteen bytes at a time, found and counted.
//!
//! Each function has a scalar twin for targets without `simd128`; the tests hold the two against each other.

/// How many bytes are looked at together.
pub const LANES: usize = 16;

/// A bit for each of the 16 bytes from `at` on that is a CR or a LF, and whether one of them is beyond ASCII.
/// `None` where fewer than 16 bytes are left.
#[inline(always)]
pub fn line_ends(bytes: &[u8], at: usize) -> Option<(u32, bool)> {
    let lanes: &[u8; LANES] = bytes.get(at..)?.first_chunk()?;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        // SAFETY: `lanes` points to 16 readable bytes, and v128_load asks for no alignment.
        let lanes = unsafe { v128_load(lanes.as_ptr().cast()) };
        let ends = v128_or(i8x16_eq(lanes, i8x16_splat(b'\n' as i8)), i8x16_eq(lanes, i8x16_splat(b'\r' as i8)));
        Some((u32::from(i8x16_bitmask(ends)), i8x16_bitmask(lanes) != 0))
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        Some(line_ends_scalar(lanes))
    }
}

/// What [`line_ends`] does, byte by byte and for any length up to 16.
#[inline]
pub fn line_ends_scalar(bytes: &[u8]) -> (u32, bool) {
    let mut ends = 0;
    let mut all = 0;
    for (lane, &byte) in bytes.iter().take(LANES).enumerate() {
        ends |= u32::from(byte == b'\n' || byte == b'\r') << lane;
        all |= byte;
    }
    (ends, all >= 0x80)
}

/// Writes each byte as a UTF-16 code unit, and tells how many of the first ones are ASCII: the others count for nothing.
#[inline(always)]
pub fn widen(lanes: &[u8; LANES], units: &mut [u16; LANES]) -> usize {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::*;
        // SAFETY: `lanes` points to 16 readable bytes and `units` to 32 that can be written; neither needs alignment.
        unsafe {
            let lanes = v128_load(lanes.as_ptr().cast());
            let (low, high) = units.split_at_mut(LANES / 2);
            v128_store(low.as_mut_ptr().cast(), u16x8_extend_low_u8x16(lanes));
            v128_store(high.as_mut_ptr().cast(), u16x8_extend_high_u8x16(lanes));
            (u32::from(i8x16_bitmask(lanes)) | 1 << LANES).trailing_zeros() as usize
        }
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        for (unit, &byte) in units.iter_mut().zip(lanes) {
            *unit = u16::from(byte);
        }
        lanes.iter().position(|&byte| byte >= 0x80).unwrap_or(LANES)
    }
}

/// UTF-16 code units that valid UTF-8 decodes to: one for each byte that does not continue a character, and one
/// more for each that starts a character beyond the basic plane.
pub fn utf16_length(bytes: &[u8]) -> usize {
    let mut units = 0;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let bytes = {
        use core::arch::wasm32::*;
        let mut rest = bytes;
        while let Some((lanes, after)) = rest.split_first_chunk::<LANES>() {
            // SAFETY: `lanes` points to 16 readable bytes, and v128_load asks for no alignment.
            let lanes = unsafe { v128_load(lanes.as_ptr().cast()) };
            // As signed numbers the continuation bytes 0x80..=0xBF are the 64 smallest.
            let starts = i8x16_bitmask(i8x16_ge(lanes, i8x16_splat(-64)));
            let pairs = i8x16_bitmask(u8x16_ge(lanes, u8x16_splat(0xF0)));
            units += (starts.count_ones() + pairs.count_ones()) as usize;
            rest = after;
        }
        rest
    };
    for &byte in bytes {
        units += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn line_ends_are_the_same_with_and_without_simd() {
        let bytes: alloc::vec::Vec<u8> = (0..=255).chain("\r\n\n\rab\u{e9}\n".bytes().cycle().take(64)).collect();
        for at in 0..bytes.len() - LANES {
            assert_eq!(line_ends(&bytes, at), Some(line_ends_scalar(&bytes[at..])), "at {at}");
        }
        assert_eq!(line_ends(&bytes, bytes.len() - LANES + 1), None);
    }

    #[test]
    fn utf16_lengths_are_those_of_the_string() {
        let text: String = "a\u{e9}\u{4e2d}\u{1f600}\u{ffff}\u{10000}\u{10ffff}".chars().cycle().take(100).collect();
        for (from, _) in text.char_indices() {
            assert_eq!(utf16_length(&text.as_bytes()[from..]), text[from..].encode_utf16().count());
        }
    }
}
