//! Where the lines of a window end. Knows nothing of fields.

use super::simd;

/// Walks over the CRs and LFs of a window, each byte looked at once.
pub struct LineEnds {
    /// Where the bytes that were not looked at begin.
    next: usize,
    /// Where the looked-at bytes of `ends` began.
    base: usize,
    /// A bit for each line end from `base` on that was not handed out yet.
    ends: u64,
    /// Bits of the next block's that were handed out already.
    known: u64,
    /// Where the window ends.
    until: usize,
    /// Whether a byte beyond ASCII was seen.
    beyond_ascii: bool,
}

impl LineEnds {
    /// Goes from `from` to `until`; what lies before is known to hold no line end, but for the last of so many bytes at the
    /// beginning.
    pub fn new(from: usize, until: usize, held: usize) -> Self {
        Self { next: from, base: held.wrapping_sub(1), ends: u64::from(held > 0), known: 0, until, beyond_ascii: false }
    }

    /// The position of the next CR or LF of a window that has its padding, which is zeros.
    #[inline(always)]
    pub fn next(&mut self, padded: &[u8]) -> Option<usize> {
        while self.ends == 0 {
            if !self.look(padded) {
                return None;
            }
        }
        let at = self.ends.trailing_zeros() as usize;
        self.ends &= self.ends - 1;
        Some(self.base + at)
    }

    /// Looks at the next block, if there is one.
    #[cfg_attr(feature = "npm", inline(never))]
    #[cfg_attr(not(feature = "npm"), inline(always))]
    fn look(&mut self, padded: &[u8]) -> bool {
        if self.next >= self.until {
            return false;
        }
        let Some(block) = padded.get(self.next..).and_then(|rest| rest.first_chunk()) else { return false };
        self.base = self.next;
        self.next += simd::BLOCK;
        let (ends, beyond_ascii) = simd::line_ends(block);
        self.ends = ends & !self.known;
        self.known = 0;
        self.beyond_ascii |= beyond_ascii;
        true
    }

    /// Leaves out the line end that stands right behind the last one.
    #[inline(always)]
    pub fn skip_next(&mut self) {
        if self.ends == 0 {
            self.known = 1;
        } else {
            self.ends &= self.ends - 1;
        }
    }

    /// Hands out the last line end once more.
    #[inline(always)]
    pub fn put_back(&mut self, end: usize) {
        self.ends |= 1 << (end - self.base);
    }

    /// Whether one of the bytes that were walked over is beyond ASCII.
    pub fn beyond_ascii(&self) -> bool {
        self.beyond_ascii
    }
}
