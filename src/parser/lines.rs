//! Where the lines of a window end. Knows nothing of fields.

use super::simd;

/// Walks over the CRs and LFs of a window, each byte looked at once.
pub struct LineEnds {
    /// Where the bytes that were not looked at begin.
    next: usize,
    /// Where the looked-at bytes of `ends` began.
    base: usize,
    /// A bit for each line end from `base` on that was not handed out yet.
    ends: u32,
    /// Whether a byte beyond ASCII was seen.
    beyond_ascii: bool,
}

impl LineEnds {
    /// Starts at `from`; what lies before is known to hold no line end.
    pub fn new(from: usize) -> Self {
        Self { next: from, base: from, ends: 0, beyond_ascii: false }
    }

    /// The position of the next CR or LF.
    #[inline(always)]
    pub fn next(&mut self, window: &[u8]) -> Option<usize> {
        while self.ends == 0 {
            self.base = self.next;
            let (ends, beyond_ascii) = match simd::line_ends(window, self.next) {
                Some(found) => {
                    self.next += simd::LANES;
                    found
                }
                None => {
                    let rest = window.get(self.next..).filter(|rest| !rest.is_empty())?;
                    self.next += rest.len();
                    simd::line_ends_scalar(rest)
                }
            };
            self.ends = ends;
            self.beyond_ascii |= beyond_ascii;
        }
        let lane = self.ends.trailing_zeros() as usize;
        self.ends &= self.ends - 1;
        Some(self.base + lane)
    }

    /// Whether one of the bytes that were walked over is beyond ASCII.
    pub fn beyond_ascii(&self) -> bool {
        self.beyond_ascii
    }
}
