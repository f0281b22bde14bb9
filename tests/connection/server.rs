//! What a server, and the network before it, can answer. Only data: who asks, and when, is the client's business.

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Nobody answers.
    Down,
    /// Somebody answers, and CORS keeps it from the page. Of the same origin: it redirects to such a place.
    Refused,
    Status {
        status: u16,
        retry_after: Option<String>,
    },
    /// 200 of a type.
    Type(Option<&'static str>),
    /// 200 `text/event-stream`, and what comes in it.
    Stream(Vec<Piece>),
}

/// What happens to an open stream.
#[derive(Clone, Copy, Debug)]
pub enum Piece {
    /// So many milliseconds of nothing.
    Pause(f64),
    Event,
    /// A `retry` field.
    Retry(f64),
    /// The bytes break off. Where a stream has no such piece, it ends.
    Break,
    /// An event over the limit.
    TooLarge,
}

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The request of an attempt, of which this is the number.
    Attempt(u32),
    /// The same once more, within the attempt.
    Again,
    /// Whether it answers at all, CORS or not.
    ProbeReach,
    /// Whether it redirects.
    ProbeRedirect,
}

pub fn status(status: u16) -> Answer {
    Answer::Status { status, retry_after: None }
}

pub fn retry_after(status: u16, value: &str) -> Answer {
    Answer::Status { status, retry_after: Some(value.to_string()) }
}

/// 200, the right type, and at once the end.
pub fn empty_stream() -> Answer {
    Answer::Stream(Vec::new())
}

/// A stream of one event.
pub fn one_event() -> Answer {
    Answer::Stream(vec![Piece::Event])
}
