//! Why a connection ended or could not be made, and the sentence that says so.

use alloc::string::String;

/// Why a connection ended or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No response, or the connection broke.
    Network,
    /// The server ended the stream.
    EndOfStream,
    /// A status other than 200.
    Status,
    /// A type other than `text/event-stream`.
    ContentType,
    /// Not one byte for too long.
    Heartbeat,
    /// An event beyond the limit.
    TooLarge,
    /// The request could not be made: a header or body function failed, or `fetch` refused it.
    Request,
    /// The signal of the options was aborted.
    Aborted,
}

impl Reason {
    /// The name that the `error` event carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::EndOfStream => "end-of-stream",
            Self::Status => "status",
            Self::ContentType => "content-type",
            Self::Heartbeat => "heartbeat",
            Self::TooLarge => "too-large",
            Self::Request => "request",
            Self::Aborted => "aborted",
        }
    }
}

/// A connection that ended or could not be made, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub reason: Reason,
    /// One plain sentence that a developer can act on.
    pub message: String,
    /// HTTP status, where a response came.
    pub status: Option<u16>,
    /// Failed attempts in a row, this one included.
    pub attempt: u32,
    /// Milliseconds until the next attempt; `None`: it failed for good.
    pub reconnect_in: Option<f64>,
}

/// Texts one after the other. What the standard library joins them with takes more room in WebAssembly.
pub fn sentence(parts: &[&str]) -> String {
    let mut sentence = String::new();
    for part in parts {
        sentence.push_str(part);
    }
    sentence
}

/// A number in decimal. `core::fmt` would do it too, at several kilobytes of wasm.
pub fn decimal(mut number: u32) -> String {
    let mut digits = String::new();
    loop {
        digits.insert(0, char::from(b'0' + (number % 10) as u8));
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 503, u32::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
