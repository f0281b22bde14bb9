//! The order of things: what the hands do next, whatever happens meanwhile.
//!
//! [`Connection`] says what a single fact means; a [`Driver`] says what follows from it, and forgets what was under
//! way when something else breaks in: `close()`, `reconnect()`, a page that is left. So whoever has a `fetch` and a
//! timer makes an `EventSource` of it by doing what each [`Step`] says, and no two connections are ever open at once.

use super::failure::{Cause, Failure, Reason};
use super::machine::{
    Connection, Moment, NetworkError, PageChange, PageVerdict, ReadyState, Request, Response, Verdict,
};
use super::policy::RetryPolicy;

/// Milliseconds that a probe may take. It asks for no more than a head, and a server that has none of that to give
/// must not keep its client from trying again.
const PROBE: f64 = 5000.0;

/// What the hands do next; the numbers are for the surfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Step {
    /// Nothing: whatever is under way goes on.
    GoOn = 0,
    /// Let go of any connection, and make the request of [`Driver::attempts`]. The state is CONNECTING.
    Request = 1,
    /// Make the same request once more.
    Again = 2,
    /// Ask without CORS whether the server can be reached, and set a timer of [`Driver::delay`].
    ProbeReach = 3,
    /// Ask whether the URL redirects, and set a timer of [`Driver::delay`].
    ProbeRedirect = 4,
    /// Set a timer of [`Driver::delay`].
    Timer = 5,
    /// > announce the connection
    ///
    /// In a task; then say [`Driver::opened`].
    Announce = 6,
    /// Read the body.
    Read = 7,
    /// Let go of the connection, and ask the user's retry function about [`Driver::failure`].
    Ask = 8,
    /// Let go of the connection, set the state, fire `error` with [`Driver::failure`]; then say [`Driver::told`].
    Fail = 9,
    /// Let go of the connection, but dispatch what was read; then say [`Driver::delivered`].
    Release = 10,
    /// Let go of the connection; the state is CONNECTING.
    Rest = 11,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The bytes ended.
    Done,
    /// It failed.
    Broken,
    /// It failed with an AbortError that is none of ours.
    Aborted,
    /// An event is larger than so many bytes.
    TooLarge(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    /// Headers, body and the head of the response are waited for.
    Requesting,
    /// The request failed: the browser may yet say why, and the page may be about to go.
    Failed,
    /// A probe is under way.
    Probing,
    /// `open` is to be dispatched, and there is something to read then.
    Accepted,
    /// `open` is to be dispatched, and that is all.
    Empty,
    Reading,
    /// Reading failed: as above.
    Broken,
    /// Reading was aborted: as above.
    Aborted,
    /// The retry function has the failure.
    Deciding,
    /// `error` is being dispatched.
    Failing,
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
    /// Milliseconds of the last timer.
    delay: f64,
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
            delay: 0.0,
            asks,
            hurried: false,
        }
    }

    /// A source over bytes that come without a request. It never connects.
    pub fn over_stream() -> Self {
        Self::new(Request { is_stream: true, ..Request::default() }, RetryPolicy::default(), 0.0, false)
    }

    /// What the next answer to a step has to carry, so that a late one can be told.
    pub fn ticket(&self) -> u32 {
        self.ticket
    }

    /// Milliseconds of the timer that the last step asked for.
    pub fn delay(&self) -> f64 {
        self.delay
    }

    /// Attempts that were begun.
    pub fn attempts(&self) -> u32 {
        self.connection.attempts()
    }

    /// > The readyState attribute represents the state of the connection.
    pub fn state(&self) -> ReadyState {
        self.connection.state()
    }

    /// What failed last.
    pub fn failure(&self) -> &Failure {
        self.connection.failure()
    }

    /// What the stream's batches tell: see [`Connection::event`] and [`Connection::set_reconnection_time`].
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The source was made, and its constructor has returned.
    pub fn begin(&mut self, at: Moment) -> Step {
        if self.phase == Phase::New { self.attempt(at) } else { Step::GoOn }
    }

    /// The request could not be made: the functions among the options, or `fetch` itself, failed.
    pub fn request_failed(&mut self, ticket: u32, at: Moment) -> Step {
        if self.is_at(ticket, Phase::Requesting) { self.failed(Cause::NO_REQUEST, 0, at) } else { Step::GoOn }
    }

    /// `fetch` was rejected; `aborted`: with an AbortError that is none of ours.
    pub fn fetch_failed(&mut self, ticket: u32, aborted: bool, at: Moment) -> Step {
        if !self.is_at(ticket, Phase::Requesting) {
            return Step::GoOn;
        }
        if aborted {
            return self.failed(Cause::ABORTED_BY_BROWSER, 0, at);
        }
        self.linger(Phase::Failed)
    }

    /// A response came.
    // One place calls it: what it takes and gives need not go through memory there.
    #[inline(always)]
    pub fn response(&mut self, ticket: u32, response: Response<'_>, body: Body, at: Moment) -> Step {
        if !self.is_at(ticket, Phase::Requesting) {
            return Step::GoOn;
        }
        match self.connection.response(response, at) {
            Verdict::Failed => self.tell(),
            Verdict::Open => match body {
                Body::None => self.accept(Phase::Empty, at),
                Body::Locked => self.failed(Cause::LOCKED, 0, at),
                Body::Readable => self.accept(Phase::Accepted, at),
            },
        }
    }

    /// What a probe found: an answer, or none.
    pub fn probed(&mut self, ticket: u32, found: bool, at: Moment) -> Step {
        if !self.is_at(ticket, Phase::Probing) {
            return Step::GoOn;
        }
        let verdict = self.connection.probed(found, at);
        self.judge(verdict)
    }

    /// `open` was dispatched.
    pub fn opened(&mut self, ticket: u32, at: Moment) -> Step {
        if self.is_at(ticket, Phase::Empty) {
            return self.failed(Cause::ENDED, 0, at);
        }
        if !self.is_at(ticket, Phase::Accepted) {
            return Step::GoOn;
        }
        self.enter(Phase::Reading);
        Step::Read
    }

    /// Reading ended.
    pub fn ended(&mut self, ticket: u32, end: End, at: Moment) -> Step {
        if !self.is_at(ticket, Phase::Reading) {
            return Step::GoOn;
        }
        let phase = match end {
            End::Done => return self.failed(Cause::ENDED, 0, at),
            End::TooLarge(limit) => return self.failed(Cause::TOO_LARGE, limit, at),
            End::Broken => Phase::Broken,
            End::Aborted => Phase::Aborted,
        };
        self.linger(phase)
    }

    /// The timer that a step asked for has fired.
    pub fn timer(&mut self, ticket: u32, at: Moment) -> Step {
        if ticket != self.ticket {
            return Step::GoOn;
        }
        match self.phase {
            Phase::Waiting => self.attempt(at),
            Phase::Probing => self.probed(ticket, false, at),
            Phase::Failed => {
                let verdict = self.connection.network_error(at);
                self.judge(verdict)
            }
            Phase::Broken => self.failed(Cause::BROKEN, 0, at),
            Phase::Aborted => self.failed(Cause::ABORTED_BY_BROWSER, 0, at),
            _ => Step::GoOn,
        }
    }

    /// The retry function decided: a delay in milliseconds, or `None` to give up.
    pub fn decided(&mut self, ticket: u32, delay: Option<f64>) -> Step {
        if !self.is_at(ticket, Phase::Deciding) {
            return Step::GoOn;
        }
        self.connection.decided(delay);
        self.fail()
    }

    /// The retry function failed: it goes on as if there were none.
    pub fn decision_failed(&mut self, ticket: u32) -> Step {
        if !self.is_at(ticket, Phase::Deciding) {
            return Step::GoOn;
        }
        self.connection.decision_failed();
        self.fail()
    }

    /// `error` was dispatched.
    pub fn told(&mut self, at: Moment) -> Step {
        if self.phase != Phase::Failing {
            return Step::GoOn;
        }
        let Some(delay) = self.failure().reconnect_in else {
            self.enter(Phase::Closed);
            return Step::GoOn;
        };
        if self.hurried || self.connection.rests() {
            return self.attempt(at);
        }
        self.wait(Phase::Waiting, delay)
    }

    /// Listeners have got everything that was read.
    pub fn delivered(&mut self, at: Moment) -> Step {
        if self.phase == Phase::Yielding { self.attempt(at) } else { Step::GoOn }
    }

    /// Milliseconds until a silent connection counts as dead; `None` where none does.
    pub fn heartbeat_left(&self, now: f64) -> Option<f64> {
        if self.is_connected() { self.connection.heartbeat_left(now) } else { None }
    }

    /// Whether the connection is dead is to be looked at now.
    pub fn listen_to_heart(&mut self, at: Moment) -> Step {
        if self.heartbeat_left(at.now).is_none_or(|left| left > 0.0) {
            return Step::GoOn;
        }
        self.failed(Cause::SILENCE, self.connection.heartbeat_timeout() as u32, at)
    }

    /// The page changed; `delivering`: listeners have not yet got everything that was read.
    pub fn page(&mut self, change: PageChange, delivering: bool, at: Moment) -> Step {
        if self.connection.is_stream() {
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
        if self.connection.is_stream() || self.connection.is_closed() {
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
        self.connection.failed(Cause::ABORTED, 0, at);
        self.close();
        Step::Fail
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.ticket = self.ticket.wrapping_add(1);
    }

    fn wait(&mut self, phase: Phase, delay: f64) -> Step {
        self.delay = delay;
        self.enter(phase);
        Step::Timer
    }

    // Out of line, for its size: it has many callers.
    #[inline(never)]
    fn is_at(&self, ticket: u32, phase: Phase) -> bool {
        ticket == self.ticket && phase == self.phase
    }

    /// Whether there is a connection, or one is being made.
    fn is_connected(&self) -> bool {
        use Phase::{Aborted, Accepted, Broken, Empty, Failed, Probing, Reading, Requesting};
        matches!(self.phase, Requesting | Failed | Probing | Accepted | Empty | Reading | Broken | Aborted)
    }

    /// Begins an attempt, unless the page rests.
    fn attempt(&mut self, at: Moment) -> Step {
        self.hurried = false;
        if self.connection.rests() {
            self.enter(Phase::Resting);
            return Step::Rest;
        }
        if self.connection.is_stream() {
            return self.accept(Phase::Accepted, at);
        }
        if self.connection.refusal(at).is_some() {
            return self.tell();
        }
        self.enter(Phase::Requesting);
        self.connection.begin_attempt(at.now);
        Step::Request
    }

    // As above.
    #[inline(never)]
    fn accept(&mut self, phase: Phase, at: Moment) -> Step {
        self.connection.announce(at.now);
        self.enter(phase);
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
            Phase::Deciding => {
                self.hurried = true;
                self.decided(self.ticket, Some(0.0))
            }
            Phase::Failing => {
                self.hurried = true;
                Step::GoOn
            }
            _ => Step::GoOn,
        }
    }

    /// Tells of what broke only after a while.
    fn linger(&mut self, phase: Phase) -> Step {
        let delay = self.connection.patience();
        self.wait(phase, delay)
    }

    fn judge(&mut self, verdict: NetworkError) -> Step {
        match verdict {
            NetworkError::ProbeReach => {
                self.wait(Phase::Probing, PROBE);
                Step::ProbeReach
            }
            NetworkError::ProbeRedirect => {
                self.wait(Phase::Probing, PROBE);
                Step::ProbeRedirect
            }
            NetworkError::Again => {
                self.enter(Phase::Requesting);
                Step::Again
            }
            NetworkError::Failed => self.tell(),
        }
    }

    fn failed(&mut self, cause: &'static Cause, number: u32, at: Moment) -> Step {
        self.connection.failed(cause, number, at);
        self.tell()
    }

    /// Tells the retry function of a failure, or everybody.
    fn tell(&mut self) -> Step {
        if self.asks && self.failure().reason() != Reason::Aborted {
            self.connection.deciding();
            self.enter(Phase::Deciding);
            return Step::Ask;
        }
        self.fail()
    }

    fn fail(&mut self) -> Step {
        self.enter(Phase::Failing);
        Step::Fail
    }
}
