//! Why a connection ended or could not be made, and the sentence that says so.

use alloc::string::{String, ToString};

/// Why a connection ended or could not be made; the numbers are for the surfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// No response, or the connection broke.
    Network = 0,
    /// The server ended the stream.
    EndOfStream = 1,
    /// A status other than 200.
    Status = 2,
    /// A type other than `text/event-stream`.
    ContentType = 3,
    /// Not one byte for too long.
    Heartbeat = 4,
    /// An event beyond the limit.
    TooLarge = 5,
    /// The request could not be made: a header or body function failed, or `fetch` refused it.
    Request = 6,
    /// The signal of the options was aborted.
    Aborted = 7,
}

/// One of the things that end a connection, or keep one from being made.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    pub reason: Reason,
    /// Whether it may be otherwise next time.
    pub passes: bool,
    /// A sentence that a developer can act on, without the last word on what follows. `%` in it stands for a text that
    /// only the hands have, `#` for [`Failure::number`].
    pub sentence: &'static str,
}

impl Cause {
    /// `%`: what the browser says of it.
    pub const UNREACHABLE: &Self = &passing(Reason::Network, "the server could not be reached: %");
    /// `%`: what the browser says of it.
    pub const BROKEN: &Self = &passing(Reason::Network, "the connection broke: %");
    pub const FORBIDDEN: &Self =
        &lasting(Reason::Network, "the page's Content Security Policy forbids the connection: see connect-src");
    pub const REFUSED_BY_CORS: &Self = &lasting(
        Reason::Network,
        "the server can be reached, but CORS refused the response: it needs an Access-Control-Allow-Origin header that \
         admits this origin",
    );
    pub const ENDED: &Self = &passing(Reason::EndOfStream, "the server ended the stream");
    /// `#`: the status.
    pub const STATUS: &Self = &lasting(Reason::Status, "the server answered #, not 200");
    pub const NO_CONTENT: &Self =
        &lasting(Reason::Status, "the server answered 204 No Content: it asks not to reconnect");
    /// `%`: the type.
    pub const TYPE: &Self = &lasting(Reason::ContentType, "the response's Content-Type is %, not text/event-stream");
    pub const NO_TYPE: &Self =
        &lasting(Reason::ContentType, "the response has no Content-Type, where text/event-stream is needed");
    /// `#`: milliseconds.
    pub const SILENCE: &Self = &passing(Reason::Heartbeat, "nothing came for # ms");
    /// `#`: the limit.
    pub const TOO_LARGE: &Self = &lasting(Reason::TooLarge, "an event is larger than # bytes");
    /// `%`: what the options' functions, or `fetch` itself, failed with.
    pub const NO_REQUEST: &Self = &passing(Reason::Request, "the request could not be made: %");
    pub const LOCKED: &Self =
        &passing(Reason::Request, "the request could not be made: the response's body is locked or was read already");
    pub const UNFETCHABLE: &Self = &lasting(Reason::Request, "only http: and https: URLs can be event streams");
    /// The page rested, and what it would send now may be sent once only.
    pub const GIVEN_UP: &Self = &passing(Reason::Request, "the connection was given up for the page's sake");
    /// As before, after `reconnect()`.
    pub const RENEWED: &Self = &passing(Reason::Request, "a new connection was asked for");
    /// > If res is an aborted network error, then fail the connection.
    pub const ABORTED_BY_BROWSER: &Self = &lasting(Reason::Aborted, "the browser aborted the request");
    pub const ABORTED: &Self = &lasting(Reason::Aborted, "the signal was aborted");
}

const fn passing(reason: Reason, sentence: &'static str) -> Cause {
    Cause { reason, passes: true, sentence }
}

const fn lasting(reason: Reason, sentence: &'static str) -> Cause {
    Cause { reason, passes: false, sentence }
}

/// Why there is no second attempt after a response to a request that may do harm.
pub const NOT_REPEATED: &str = "; a request that is not a GET is not sent again after a response has begun";
/// Why there is no second attempt with a body that is a stream.
pub const SENT_ONCE: &str = "; its body is a stream and can't be sent twice: give a function that makes it anew";
pub const LAST_ATTEMPT: &str = "; that was the last attempt of the retry policy";
/// `%`: what the function failed with.
pub const NO_DECISION: &str = "; the retry function failed: %";

/// A connection that ended or could not be made, and what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    pub cause: &'static Cause,
    /// What `#` in the sentence stands for.
    pub number: u32,
    /// Goes on where the sentence ends: why there is no further attempt, where there would be one otherwise, or that the
    /// retry function failed.
    pub addition: &'static str,
    /// Failed attempts in a row, this one included.
    pub attempt: u32,
    /// Milliseconds until the next attempt; `None`: it failed for good.
    pub reconnect_in: Option<f64>,
}

impl Failure {
    /// None yet. No constant: that would be copied from memory of its own.
    #[inline(always)]
    pub(super) fn none() -> Self {
        Self { cause: Cause::ENDED, number: 0, addition: "", attempt: 0, reconnect_in: None }
    }

    pub fn reason(&self) -> Reason {
        self.cause.reason
    }

    /// HTTP status, where a response that failed told one.
    pub fn status(&self) -> Option<u16> {
        match self.cause.reason {
            Reason::Status | Reason::ContentType => u16::try_from(self.number).ok(),
            _ => None,
        }
    }

    /// One plain sentence that a developer can act on. `about` is what `%` stands for in the cause's sentence, `objection`
    /// what the retry function failed with, if it did. `js/source.ts` makes its own of the parts.
    pub fn message(&self, about: &str, objection: &str) -> String {
        let sentence = self.cause.sentence.replace('#', &self.number.to_string()).replace('%', about);
        sentence + &self.addition.replace('%', objection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_made_of_what_each_layer_knows() {
        let silence = Failure { cause: Cause::SILENCE, number: 45_000, ..Failure::none() };
        assert_eq!(silence.message("", ""), "nothing came for 45000 ms");
        let broken = Failure { cause: Cause::BROKEN, addition: NO_DECISION, ..Failure::none() };
        let expected = "the connection broke: 100 %; the retry function failed: #1";
        assert_eq!(broken.message("100 %", "#1"), expected);
        let ended = Failure { addition: NO_DECISION, ..Failure::none() };
        assert_eq!(ended.message("text/html", "no"), "the server ended the stream; the retry function failed: no");
    }
}
