//! How long to wait before the next attempt.

use alloc::vec::Vec;

/// How it goes on after a failure. The defaults are the standard's behaviour with the back-off that it allows.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Each failed attempt in a row multiplies the delay. Default 2.
    pub factor: f64,
    /// Ceiling of the delay in milliseconds; a longer `retry` of the stream goes over it. Default 30000.
    pub max_delay: f64,
    /// Share of the delay that is random, 0 to 1. `None`, the default: 0.5 from the second failure in a row on.
    pub jitter: Option<f64>,
    /// Failed attempts in a row before giving up. Default infinity.
    pub max_attempts: f64,
    /// HTTP statuses to retry, in place of failing for good. Default none.
    pub statuses: Vec<u16>,
    /// A connection counts as good, and the delay starts small again, after an event or so many milliseconds.
    /// Default 5000.
    pub reset_after: f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            factor: 2.0,
            max_delay: 30_000.0,
            jitter: None,
            max_attempts: f64::INFINITY,
            statuses: Vec::new(),
            reset_after: 5000.0,
        }
    }
}

impl RetryPolicy {
    /// Whether a status is one of those to retry.
    #[expect(clippy::manual_contains, reason = "it looks at 32 at a time, and there are three")]
    pub fn retries(&self, status: u16) -> bool {
        self.statuses.iter().any(|&retried| retried == status)
    }

    /// Milliseconds to wait after `failures` failures in a row (1 for the first); `random` is from 0 up to 1.
    ///
    /// `reconnection_time` is where the delay starts. Where the stream itself set it, it is also the least that is
    /// waited.
    pub fn delay(&self, failures: u32, reconnection_time: f64, set_by_stream: bool, random: f64) -> f64 {
        let mut delay = reconnection_time;
        for _ in 1..failures {
            if delay >= self.max_delay {
                break;
            }
            delay *= self.factor;
            // A reconnection time of 0 would stay 0 for ever: a server that is down would be asked in a hot loop.
            if delay < 1.0 && self.factor > 1.0 {
                delay = 1.0;
            }
        }
        delay = lesser(delay, lesser(greater(self.max_delay, reconnection_time), f64::MAX));
        let jitter = self.jitter.unwrap_or(if failures > 1 { 0.5 } else { 0.0 });
        delay -= delay * jitter * random;
        if set_by_stream { greater(delay, reconnection_time) } else { delay }
    }
}

// `f64::min` and `max` take NaN for the greater and the lesser, which WebAssembly's instructions do not, and so are dear.

pub(super) fn lesser(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}

pub(super) fn greater(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(policy: &RetryPolicy, reconnection_time: f64, random: f64) -> Vec<f64> {
        (1..=6).map(|failures| policy.delay(failures, reconnection_time, false, random)).collect()
    }

    #[test]
    fn failures_in_a_row_back_off_up_to_thirty_seconds() {
        let policy = RetryPolicy::default();
        assert_eq!(delays(&policy, 3000.0, 0.0), [3000.0, 6000.0, 12_000.0, 24_000.0, 30_000.0, 30_000.0]);
    }

    #[test]
    fn jitter_takes_up_to_half_from_the_second_failure_on() {
        let policy = RetryPolicy::default();
        assert_eq!(delays(&policy, 1000.0, 1.0), [1000.0, 1000.0, 2000.0, 4000.0, 8000.0, 15_000.0]);
        let always = RetryPolicy { jitter: Some(1.0), ..RetryPolicy::default() };
        assert_eq!(always.delay(1, 1000.0, false, 0.25), 750.0);
        let never = RetryPolicy { jitter: Some(0.0), ..RetryPolicy::default() };
        assert_eq!(never.delay(3, 1000.0, false, 0.9), 4000.0);
    }

    #[test]
    fn what_the_stream_asks_for_is_the_least() {
        let policy = RetryPolicy { jitter: Some(1.0), ..RetryPolicy::default() };
        assert_eq!(policy.delay(1, 1000.0, true, 0.9), 1000.0);
        assert_eq!(policy.delay(1, 60_000.0, true, 0.0), 60_000.0);
    }

    #[test]
    fn a_reconnection_time_of_zero_backs_off_too() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(1, 0.0, true, 0.0), 0.0);
        assert_eq!(policy.delay(4, 0.0, true, 0.0), 4.0);
        assert_eq!(policy.delay(u32::MAX, 0.0, true, 0.0), 30_000.0);
    }
}
