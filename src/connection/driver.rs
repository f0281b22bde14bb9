//! The order of things: what the hands do next, whatever happens meanwhile.
//!
//! [`Connection`] says what a single fact means; a [`Driver`] says what follows from it, and forgets what was under
//! way when something else breaks in: `close()`, `reconnect()`, a page that is left. So whoever has a `fetch` and a
//! timer makes an `EventSource` of it by doing what each [`Step`] says, and no two connections are ever open at once.

use alloc::string::String;

use super::failure::{Failure, Reason, decimal, sentence};
use super::machine::{Connection, NetworkError, PageChange, PageVerdict, ReadyState, Request, Response, Verdict};
use super::policy::RetryPolicy;

/// Milliseconds that a probe may take. It asks for no more than a head, and a server that has none of that to give
/// must not keep its client from trying again.
const PROBE: f64 = 5000.0;

/// What time it is, and a number from chance: what a driver has not itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// Milliseconds of a clock that goes steadily, from wherever.
    pub now: f64,
    /// Milliseconds since 1970.
    pub epoch: f64,
    /// From 0 up to 1.
    pub random: f64,
}

/// What the hands do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing: whatever is under way goes on.
    GoOn,
    /// Let go of any connection, and make the request of an attempt; it counts from 1. The state is CONNECTING.
    Request(u32),
    /// Make the same request once more.
    Again,
    /// Ask without CORS whether the server can be reached, and set a timer of so many milliseconds.
    ProbeReach(f64),
    /// Ask whether the URL redirects, and set a timer of so many milliseconds.
    ProbeRedirect(f64),
    /// Set a timer of so many milliseconds.
    Timer(f64),
    /// > announce the connection
    ///
    /// In a task; then say [`Driver::opened`].
    Announce,
    /// Read the body.
    Read,
    /// Let go of the connection, and ask the user's retry function about this.
    Ask(Failure),
    /// Let go of the connection, set the state, fire `error`; then say [`Driver::told`].
    Fail(Failure),
    /// Let go of the connection, but dispatch what was read; then say [`Driver::delivered`].
    Release,
    /// Let go of the connection; the state is CONNECTING.
    Rest,
}

/// What a response has to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It has none: a stream that ends at once.
    None,
    /// Somebody else reads it, or has.
    Locked,
    /// It can be read.
    Readable,
}

/// How reading ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The bytes ended.
    Done,
    /// It failed, with what the browser says of it.
    Broken(String),
    /// It failed with an AbortError that is none of ours.
    Aborted,
    /// An event is larger than so many bytes.
    TooLarge(usize),
}

#[derive(Debug)]
enum Phase {
    New,
    /// Headers, body and the head of the response are waited for.
    Requesting,
    /// The request failed: the browser may yet say why, and the page may be about to go.
    Failed(String),
    /// A probe is under way, after this.
    Probing(String),
    /// `open` is to be dispatched; whether there is something to read then.
    Accepted(bool),
    Reading,
    /// Reading failed: as above.
    Broken(Reason, String),
    /// The retry function has this.
    Deciding(Failure),
    /// `error` is being dispatched; the milliseconds to wait then.
    Failing(Option<f64>),
    Waiting,
    /// The connection was given up; listeners still get what was read of it.
    Yielding,
    Resting,
    Closed,
}

/// One source's connections, one after the other.
#[derive(Debug)]
pub struct Driver {
    connection: Connection,
    phase: Phase,
    /// Counts the phases: whatever comes of an older one is nobody's any more.
    ticket: u32,
    /// Whether the bytes are there already, without a request.
    is_stream: bool,
    /// Whether there is a retry function.
    asks: bool,
    /// Whether the next attempt was asked for while a failure was still being told.
    hurried: bool,
}

impl Driver {
    /// A source that makes requests. `asks` says that there is a retry function; the time is in milliseconds.
    pub fn new(request: Request, policy: RetryPolicy, reconnection_time: f64, asks: bool) -> Self {
        Self {
            connection: Connection::new(request, policy, reconnection_time),
            phase: Phase::New,
            ticket: 0,
            is_stream: false,
            asks,
            hurried: false,
        }
    }

    /// A source over bytes that come without a request. It never connects.
    pub fn over_stream() -> Self {
        let once = RetryPolicy { max_attempts: 0.0, ..RetryPolicy::default() };
        Self { is_stream: true, ..Self::new(Request::default(), once, 0.0, false) }
    }

    /// What the next answer to a step has to carry, so that a late one can be told.
    pub fn ticket(&self) -> u32 {
        self.ticket
    }

    /// > The readyState attribute represents the state of the connection.
    pub fn state(&self) -> ReadyState {
        self.connection.state()
    }

    /// What the stream's batches tell: see [`Connection::event`] and [`Connection::set_reconnection_time`].
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The source was made, and its constructor has returned.
    pub fn begin(&mut self, at: Moment) -> Step {
        if matches!(self.phase, Phase::New) { self.attempt(at) } else { Step::GoOn }
    }

    /// The request could not be made: what the functions among the options, or `fetch` itself, failed with.
    pub fn request_failed(&mut self, ticket: u32, cause: &str, at: Moment) -> Step {
        if !self.is_at(ticket, |phase| matches!(phase, Phase::Requesting)) {
            return Step::GoOn;
        }
        self.interrupted(Reason::Request, cause, at)
    }

    /// `fetch` was rejected; `aborted`: with an AbortError that is none of ours.
    pub fn fetch_failed(&mut self, ticket: u32, cause: &str, aborted: bool, at: Moment) -> Step {
        if !self.is_at(ticket, |phase| matches!(phase, Phase::Requesting)) {
            return Step::GoOn;
        }
        if aborted {
            return self.interrupted(Reason::Aborted, ABORTED_BY_BROWSER, at);
        }
        self.enter(Phase::Failed(cause.into()));
        Step::Timer(self.connection.patience())
    }

    /// A response came.
    pub fn response(&mut self, ticket: u32, response: Response<'_>, body: Body, at: Moment) -> Step {
        if !self.is_at(ticket, |phase| matches!(phase, Phase::Requesting)) {
            return Step::GoOn;
        }
        match self.connection.response(response, at.now, at.epoch, at.random) {
            Verdict::Failed(failure) => self.fail(failure),
            Verdict::Open if body == Body::Locked => {
                self.interrupted(Reason::Request, "the response's body is locked or was read already", at)
            }
            Verdict::Open => self.accept(body == Body::Readable, at),
        }
    }

    /// What a probe found: an answer, or none.
    pub fn probed(&mut self, ticket: u32, found: bool, at: Moment) -> Step {
        if ticket != self.ticket {
            return Step::GoOn;
        }
        let Phase::Probing(cause) = &mut self.phase else { return Step::GoOn };
        let cause = core::mem::take(cause);
        let verdict = self.connection.probed(found, &cause, at.now, at.random);
        self.judge(verdict, cause)
    }

    /// `open` was dispatched.
    pub fn opened(&mut self, ticket: u32, at: Moment) -> Step {
        if ticket != self.ticket {
            return Step::GoOn;
        }
        match self.phase {
            Phase::Accepted(true) => {
                self.enter(Phase::Reading);
                Step::Read
            }
            Phase::Accepted(false) => self.interrupted(Reason::EndOfStream, "", at),
            _ => Step::GoOn,
        }
    }

    /// Reading ended.
    pub fn ended(&mut self, ticket: u32, end: End, at: Moment) -> Step {
        if !self.is_at(ticket, |phase| matches!(phase, Phase::Reading)) {
            return Step::GoOn;
        }
        let (reason, cause) = match end {
            End::Done => return self.interrupted(Reason::EndOfStream, "", at),
            End::TooLarge(most) => {
                let cause = sentence(&["an event is larger than ", &decimal(most as u32), " bytes"]);
                return self.interrupted(Reason::TooLarge, &cause, at);
            }
            End::Broken(cause) => (Reason::Network, cause),
            End::Aborted => (Reason::Aborted, ABORTED_BY_BROWSER.into()),
        };
        self.enter(Phase::Broken(reason, cause));
        Step::Timer(self.connection.patience())
    }

    /// The timer that a step asked for has fired.
    pub fn timer(&mut self, ticket: u32, at: Moment) -> Step {
        if ticket != self.ticket {
            return Step::GoOn;
        }
        match &mut self.phase {
            Phase::Waiting => self.attempt(at),
            Phase::Probing(_) => self.probed(ticket, false, at),
            Phase::Failed(cause) => {
                let cause = core::mem::take(cause);
                let verdict = self.connection.network_error(&cause, at.now, at.random);
                self.judge(verdict, cause)
            }
            Phase::Broken(reason, cause) => {
                let (reason, cause) = (*reason, core::mem::take(cause));
                self.interrupted(reason, &cause, at)
            }
            _ => Step::GoOn,
        }
    }

    /// The retry function decided: a delay in milliseconds, or `None` to give up.
    pub fn decided(&mut self, ticket: u32, delay: Option<f64>) -> Step {
        if ticket == self.ticket { self.decide(|_| delay) } else { Step::GoOn }
    }

    /// The retry function failed: it goes on as if there were none.
    pub fn decision_failed(&mut self, ticket: u32, cause: &str) -> Step {
        if ticket != self.ticket {
            return Step::GoOn;
        }
        self.decide(|failure| {
            failure.message.push_str("; the retry function failed: ");
            failure.message.push_str(cause);
            failure.reconnect_in
        })
    }

    /// `error` was dispatched.
    pub fn told(&mut self, at: Moment) -> Step {
        let Phase::Failing(delay) = self.phase else { return Step::GoOn };
        let Some(milliseconds) = delay else {
            self.enter(Phase::Closed);
            return Step::GoOn;
        };
        if self.hurried || self.connection.rests() {
            return self.attempt(at);
        }
        self.enter(Phase::Waiting);
        Step::Timer(milliseconds)
    }

    /// Listeners have got everything that was read.
    pub fn delivered(&mut self, at: Moment) -> Step {
        if matches!(self.phase, Phase::Yielding) { self.attempt(at) } else { Step::GoOn }
    }

    /// Milliseconds until a silent connection counts as dead; `None` where none does.
    pub fn heartbeat_left(&self, now: f64) -> Option<f64> {
        if self.is_connected() && !self.is_stream { self.connection.heartbeat_left(now) } else { None }
    }

    /// Whether the connection is dead is to be looked at now.
    pub fn listen_to_heart(&mut self, at: Moment) -> Step {
        if self.heartbeat_left(at.now).is_none_or(|left| left > 0.0) {
            return Step::GoOn;
        }
        let timeout = decimal(self.connection.heartbeat_timeout() as u32);
        self.interrupted(Reason::Heartbeat, &timeout, at)
    }

    /// The page changed; `delivering`: listeners have not yet got everything that was read.
    pub fn page(&mut self, change: PageChange, delivering: bool, at: Moment) -> Step {
        if self.is_stream {
            return Step::GoOn;
        }
        match (self.connection.page(change), &self.phase) {
            (PageVerdict::Rest, Phase::Waiting) => self.attempt(at),
            (PageVerdict::Rest, _) if self.is_connected() => self.give_up(delivering, at),
            (PageVerdict::Resume, Phase::Resting) | (PageVerdict::Hurry, Phase::Waiting) => self.attempt(at),
            (PageVerdict::Resume, _) => self.hurry(),
            _ => Step::GoOn,
        }
    }

    /// `reconnect()`. A stream that was handed over can't be had again.
    pub fn reconnect(&mut self, delivering: bool, at: Moment) -> Step {
        if self.is_stream || self.connection.is_closed() {
            return Step::GoOn;
        }
        self.connection.reconnect();
        match self.phase {
            Phase::Waiting => self.attempt(at),
            _ if self.is_connected() => self.give_up(delivering, at),
            _ => self.hurry(),
        }
    }

    /// `close()`: final, whatever is under way. The connection is to be let go of.
    pub fn close(&mut self) {
        self.connection.close();
        self.enter(Phase::Closed);
    }

    /// The user's signal was aborted: closed at once, and said why.
    pub fn abort(&mut self, at: Moment) -> Step {
        if self.connection.is_closed() {
            return Step::GoOn;
        }
        let failure = self.connection.interrupted(Reason::Aborted, "the signal was aborted", at.now, at.random);
        self.close();
        Step::Fail(failure)
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.ticket = self.ticket.wrapping_add(1);
    }

    fn is_at(&self, ticket: u32, phase: fn(&Phase) -> bool) -> bool {
        ticket == self.ticket && phase(&self.phase)
    }

    /// Whether there is a connection, or one is being made.
    fn is_connected(&self) -> bool {
        use Phase::{Accepted, Broken, Failed, Probing, Reading, Requesting};
        matches!(self.phase, Requesting | Failed(_) | Probing(_) | Accepted(_) | Reading | Broken(..))
    }

    /// Begins an attempt, unless the page rests.
    fn attempt(&mut self, at: Moment) -> Step {
        self.hurried = false;
        if self.connection.rests() {
            self.enter(Phase::Resting);
            return Step::Rest;
        }
        if self.is_stream {
            return self.accept(true, at);
        }
        if let Some(failure) = self.connection.refusal(at.now, at.random) {
            return self.fail(failure);
        }
        self.enter(Phase::Requesting);
        Step::Request(self.connection.begin_attempt(at.now))
    }

    fn accept(&mut self, readable: bool, at: Moment) -> Step {
        self.connection.announce(at.now);
        self.enter(Phase::Accepted(readable));
        Step::Announce
    }

    /// Lets go of the connection for a rest or for another one.
    fn give_up(&mut self, delivering: bool, at: Moment) -> Step {
        if !delivering {
            return self.attempt(at);
        }
        self.enter(Phase::Yielding);
        Step::Release
    }

    /// The next attempt need not wait, once what is under way is over.
    fn hurry(&mut self) -> Step {
        match self.phase {
            Phase::Deciding(_) => {
                self.hurried = true;
                self.decide(|_| Some(0.0))
            }
            Phase::Failing(_) => {
                self.hurried = true;
                Step::GoOn
            }
            _ => Step::GoOn,
        }
    }

    fn judge(&mut self, verdict: NetworkError, cause: String) -> Step {
        match verdict {
            NetworkError::ProbeReach | NetworkError::ProbeRedirect => {
                self.enter(Phase::Probing(cause));
                if verdict == NetworkError::ProbeReach { Step::ProbeReach(PROBE) } else { Step::ProbeRedirect(PROBE) }
            }
            NetworkError::Again => {
                self.enter(Phase::Requesting);
                Step::Again
            }
            NetworkError::Failed(failure) => self.fail(failure),
        }
    }

    fn interrupted(&mut self, reason: Reason, cause: &str, at: Moment) -> Step {
        let failure = self.connection.interrupted(reason, cause, at.now, at.random);
        self.fail(failure)
    }

    fn fail(&mut self, failure: Failure) -> Step {
        if self.asks && failure.reason != Reason::Aborted {
            self.connection.deciding();
            self.enter(Phase::Deciding(failure.clone()));
            return Step::Ask(failure);
        }
        self.enter(Phase::Failing(failure.reconnect_in));
        Step::Fail(failure)
    }

    fn decide(&mut self, delay: impl FnOnce(&mut Failure) -> Option<f64>) -> Step {
        let Phase::Deciding(failure) = &mut self.phase else { return Step::GoOn };
        let mut failure = failure.clone();
        let delay = delay(&mut failure);
        self.connection.decided(&mut failure, delay);
        self.enter(Phase::Failing(failure.reconnect_in));
        Step::Fail(failure)
    }
}

/// > If res is an aborted network error, then fail the connection.
const ABORTED_BY_BROWSER: &str = "the browser aborted the request";
