//! Carries out what a `Connection` answers, as `src/web` does it, with a clock that jumps and a server that is a
//! function. Keeps a log of all that happened, and checks what must hold at every step.

use eventsource_wasm::connection::{
    Cause, Connection, Failure, Moment, NetworkError, ReadyState, Request, Response, RetryPolicy, Verdict,
};

use super::random::Random;
use super::server::{Answer, Asked, Piece};

/// What happened, and when in milliseconds since the client began.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    Asked(Asked),
    Opened,
    Event,
    Failed(Failure),
}

/// When the client's clock is at 0: Sun, 06 Nov 1994 08:49:37 GMT, which is RFC 9110's example of a date.
pub const EPOCH: f64 = 784_111_777_000.0;

pub struct Client {
    pub connection: Connection,
    pub now: f64,
    pub log: Vec<(f64, Happened)>,
    random: Random,
    /// What the stream itself and `Retry-After` last asked for.
    asked_for: f64,
}

impl Client {
    pub fn new(request: Request, policy: RetryPolicy, reconnection_time: f64) -> Self {
        Self::seeded(request, policy, reconnection_time, 1)
    }

    pub fn seeded(request: Request, policy: RetryPolicy, reconnection_time: f64, seed: u64) -> Self {
        let connection = Connection::new(request, policy, reconnection_time);
        Self { connection, now: 0.0, log: Vec::new(), random: Random::new(seed), asked_for: 0.0 }
    }

    /// A client of the standard's own behaviour: a GET of the same origin, no policy.
    pub fn standard() -> Self {
        Self::new(get(), RetryPolicy::default(), 3000.0)
    }

    /// Connects again and again until it is closed or `attempts` were made.
    pub fn run(&mut self, attempts: u32, mut server: impl FnMut(Asked, f64) -> Answer) {
        for _ in 0..attempts {
            let Some(failure) = self.attempt(&mut server) else { return };
            let Some(delay) = failure.reconnect_in else { return };
            self.now += delay;
        }
    }

    /// Makes one attempt and reads its stream to the end.
    pub fn attempt(&mut self, server: &mut impl FnMut(Asked, f64) -> Answer) -> Option<Failure> {
        let moment = self.moment();
        if let Some(&failure) = self.connection.refusal(moment) {
            return Some(self.failed(failure, 0.0));
        }
        let number = self.connection.begin_attempt(moment.now);
        let mut answer = self.ask(Asked::Attempt(number), server);
        let pieces = loop {
            let next = match answer {
                Answer::Down | Answer::Refused => {
                    let moment = self.moment();
                    self.connection.network_error(moment)
                }
                Answer::Status { status, ref retry_after } => {
                    return self.respond(status, Some("text/html"), retry_after.as_deref());
                }
                Answer::Type(content_type) => return self.respond(200, content_type, None),
                Answer::Stream(pieces) => break pieces,
            };
            match self.probe(next, server) {
                NetworkError::Failed => return Some(self.failed(*self.connection.failure(), 0.0)),
                NetworkError::Again => answer = self.ask(Asked::Again, server),
                other => panic!("probes come to an end, and not to {other:?}"),
            }
        };
        let opened = self.respond(200, Some("text/event-stream"), None);
        assert_eq!(opened, None, "a stream is accepted");
        self.connection.announce(EPOCH + self.now);
        self.happened(Happened::Opened);
        assert_eq!(self.connection.state(), ReadyState::Open);
        Some(self.read(&pieces))
    }

    /// Probes as long as that is asked for.
    fn probe(&mut self, mut next: NetworkError, server: &mut impl FnMut(Asked, f64) -> Answer) -> NetworkError {
        loop {
            let found = match next {
                NetworkError::ProbeReach => !matches!(self.ask(Asked::ProbeReach, server), Answer::Down),
                NetworkError::ProbeRedirect => matches!(self.ask(Asked::ProbeRedirect, server), Answer::Refused),
                other => return other,
            };
            let moment = self.moment();
            next = self.connection.probed(found, moment);
        }
    }

    fn ask(&mut self, asked: Asked, server: &mut impl FnMut(Asked, f64) -> Answer) -> Answer {
        assert_eq!(self.connection.state(), ReadyState::Connecting, "asks only while it connects");
        self.happened(Happened::Asked(asked));
        server(asked, self.now)
    }

    /// Gives what failed; `None`: it is a stream.
    fn respond(&mut self, status: u16, content_type: Option<&str>, retry_after: Option<&str>) -> Option<Failure> {
        let moment = self.moment();
        let header = retry_after.unwrap_or_default().as_bytes();
        let retry_after = eventsource_wasm::connection::retry_after(header, moment.now).unwrap_or(f64::NAN);
        let content_type = content_type.unwrap_or_default().as_bytes();
        match self.connection.response(Response { status, content_type, retry_after }, moment) {
            Verdict::Open => None,
            Verdict::Failed => Some(self.failed(*self.connection.failure(), retry_after.max(0.0))),
        }
    }

    fn read(&mut self, pieces: &[Piece]) -> Failure {
        for piece in pieces {
            match *piece {
                Piece::Pause(milliseconds) => self.now += milliseconds,
                Piece::Event => {
                    self.connection.event();
                    self.happened(Happened::Event);
                }
                Piece::Retry(milliseconds) => {
                    self.connection.set_reconnection_time(milliseconds);
                    self.asked_for = milliseconds;
                }
                Piece::Break => return self.interrupted(Cause::BROKEN, 0),
                Piece::TooLarge => return self.interrupted(Cause::TOO_LARGE, 1000),
            }
        }
        self.interrupted(Cause::ENDED, 0)
    }

    pub fn interrupted(&mut self, cause: &'static Cause, number: u32) -> Failure {
        let moment = self.moment();
        let failure = *self.connection.failed(cause, number, moment);
        self.failed(failure, 0.0)
    }

    fn moment(&mut self) -> Moment {
        Moment { now: EPOCH + self.now, random: self.random.unit() }
    }

    /// Keeps a failure, after a look at what must hold of each.
    fn failed(&mut self, failure: Failure, retry_after: f64) -> Failure {
        assert!(!failure.message("", "").is_empty(), "{failure:?}");
        match failure.reconnect_in {
            Some(delay) => {
                assert!(delay.is_finite() && delay >= self.asked_for.max(retry_after.min(f64::MAX)), "{failure:?}");
                assert_eq!(self.connection.state(), ReadyState::Connecting, "{failure:?}");
            }
            None => assert_eq!(self.connection.state(), ReadyState::Closed, "{failure:?}"),
        }
        self.happened(Happened::Failed(failure));
        failure
    }

    fn happened(&mut self, what: Happened) {
        self.log.push((self.now, what));
    }

    pub fn failures(&self) -> Vec<&Failure> {
        self.log
            .iter()
            .filter_map(|(_, what)| if let Happened::Failed(failure) = what { Some(failure) } else { None })
            .collect()
    }

    /// What was waited after each failure.
    pub fn delays(&self) -> Vec<Option<f64>> {
        self.failures().iter().map(|failure| failure.reconnect_in).collect()
    }

    /// What the server was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.log
            .iter()
            .filter_map(|(_, what)| if let Happened::Asked(asked) = what { Some(*asked) } else { None })
            .collect()
    }
}

/// A GET of the same origin.
pub fn get() -> Request {
    Request { repeatable: true, ..Request::default() }
}
