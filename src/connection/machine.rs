//! The states of a connection and what each fact makes of them.

use super::failure::{Cause, Failure, LAST_ATTEMPT, NO_DECISION, NOT_REPEATED, SENT_ONCE};
use super::media_type::is_event_stream;
use super::policy::{RetryPolicy, greater, lesser};

/// What time it is, and a number from chance: what nothing here has itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// Milliseconds since 1970. A clock that can be set, as no other says how long a laptop slept.
    pub now: f64,
    /// From 0 up to 1.
    pub random: f64,
}

/// > The readyState attribute represents the state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ReadyState {
    /// > The connection has not yet been established, or it was closed and the user agent is reconnecting.
    Connecting = 0,
    /// > The user agent has an open connection and is dispatching events as it receives them.
    Open = 1,
    /// > The connection is not open, and the user agent is not trying to reconnect.
    Closed = 2,
}

/// What happens to the page that a source lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageChange {
    /// It may be about to be left. Firefox and WebKit break its connections now, and not when it is.
    Leaving,
    /// It is left: for the back/forward cache, or for good.
    Left,
    /// It is back from the cache.
    Back,
    /// It can't be seen any more.
    Hidden,
    /// It can be seen again.
    Shown,
    /// The network is there again.
    Online,
}

/// Milliseconds until a browser has said everything that it says of a request that failed: a violation of the page's
/// policy is reported a task or two after the request was rejected.
const SOON: f64 = 5.0;
/// Milliseconds that a page may take to go after it said that it might. What breaks meanwhile is not told.
const LEAVING: f64 = 2000.0;

/// What a change of the page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageVerdict {
    /// Nothing.
    GoOn,
    /// Let go of the connection, and fire nothing.
    Rest,
    /// Connect again: the rest is over.
    Resume,
    /// Cut a running wait short.
    Hurry,
}

/// What the machine has to know of the request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request {
    /// Whether it may be sent again after a response has begun: a GET, or the user said so.
    pub repeatable: bool,
    /// Whether its body can be sent only once, so that there is no second attempt.
    pub one_shot_body: bool,
    /// Whether it makes sense to probe: there is CORS, and the URL is HTTP's.
    pub can_probe: bool,
    /// Whether it goes to another origin, where a network error may be a refusal by CORS.
    pub cross_origin: bool,
    /// Whether the URL's scheme is one that can never be fetched.
    pub unfetchable: bool,
    /// Whether there is none: the bytes are there already.
    pub is_stream: bool,
    /// Whether the connection is closed while the page can't be seen.
    pub pause_when_hidden: bool,
    /// Milliseconds without one byte after which the connection counts as dead.
    pub heartbeat_timeout: Option<f64>,
}

/// What the machine has to know of a response.
#[derive(Clone, Copy, Debug, Default)]
pub struct Response<'a> {
    pub status: u16,
    /// The `Content-Type` header; empty where there is none.
    pub content_type: &'a [u8],
    /// Milliseconds that the `Retry-After` header asks to wait, see [`retry_after`](super::retry_after). NaN and what is
    /// negative ask for nothing.
    pub retry_after: f64,
}

/// What a response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is an event stream: announce the connection.
    Open,
    /// It is none: release it.
    Failed,
}

/// What to do after `fetch` failed without a response, which it explains to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// Ask without CORS whether the server can be reached at all.
    ProbeReach,
    /// Ask whether the URL redirects.
    ProbeRedirect,
    /// Ask the same once more, at once: the server is there.
    Again,
    /// That was it.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suspicion {
    None,
    /// The first probe is under way.
    Probing,
    /// The URL redirects; where to is being probed.
    Redirected,
    /// The probe reached the server; one more failure means that CORS refused.
    Confirming,
    /// It was the network.
    Done,
}

/// The state machine of one source.
#[derive(Debug)]
pub struct Connection {
    state: ReadyState,
    policy: RetryPolicy,
    request: Request,
    /// Milliseconds.
    reconnection_time: f64,
    set_by_stream: bool,
    attempts: u32,
    failures: u32,
    /// The last one.
    failure: Failure,
    /// Since when the connection is open, in milliseconds since 1970.
    open_since: Option<f64>,
    /// Whether this connection was open once: CORS was fine then.
    was_open: bool,
    /// Whether the attempt at hand got a response.
    responded: bool,
    suspicion: Suspicion,
    /// Since when a byte is waited for, in milliseconds; `None` while nothing is read.
    quiet_since: Option<f64>,
    leaving: bool,
    left: bool,
    /// Whether the page is out of sight, and that counts.
    hidden: bool,
    /// Whether the page's policy refused the request.
    forbidden: bool,
    /// Whether `reconnect()` was called since the last attempt began.
    asked: bool,
    /// Whether `close()` was called: nothing reopens that.
    closing: bool,
}

impl Connection {
    /// A source that is about to connect. `reconnection_time` is in milliseconds.
    pub fn new(request: Request, policy: RetryPolicy, reconnection_time: f64) -> Self {
        Self {
            state: ReadyState::Connecting,
            policy,
            request,
            reconnection_time,
            set_by_stream: false,
            attempts: 0,
            failures: 0,
            failure: Failure::none(),
            open_since: None,
            was_open: false,
            responded: false,
            suspicion: Suspicion::None,
            quiet_since: None,
            leaving: false,
            left: false,
            hidden: false,
            forbidden: false,
            asked: false,
            closing: false,
        }
    }

    pub fn state(&self) -> ReadyState {
        self.state
    }

    /// Whether it is over for good.
    pub fn is_closed(&self) -> bool {
        self.state == ReadyState::Closed
    }

    /// Whether the bytes are there already, without a request.
    pub fn is_stream(&self) -> bool {
        self.request.is_stream
    }

    /// Attempts that were begun.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What failed last.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// How it goes on after a failure.
    pub fn policy(&mut self) -> &mut RetryPolicy {
        &mut self.policy
    }

    /// Milliseconds until the first reconnection.
    pub fn reconnection_time(&self) -> f64 {
        self.reconnection_time
    }

    /// The stream's `retry` field, in milliseconds.
    pub fn set_reconnection_time(&mut self, milliseconds: f64) {
        self.reconnection_time = milliseconds;
        self.set_by_stream = true;
    }

    /// The page changed.
    pub fn page(&mut self, change: PageChange) -> PageVerdict {
        let rested = self.rests();
        match change {
            PageChange::Leaving => self.leaving = true,
            PageChange::Left => self.left = true,
            PageChange::Back => self.left = false,
            PageChange::Hidden => self.hidden = self.request.pause_when_hidden,
            PageChange::Shown => self.hidden = false,
            PageChange::Online => {}
        }
        match (rested, self.rests()) {
            (false, true) => {
                self.state = if self.is_closed() { ReadyState::Closed } else { ReadyState::Connecting };
                self.open_since = None;
                PageVerdict::Rest
            }
            (true, false) => PageVerdict::Resume,
            (false, false) if matches!(change, PageChange::Shown | PageChange::Online) => PageVerdict::Hurry,
            _ => PageVerdict::GoOn,
        }
    }

    /// Milliseconds to wait before a broken connection is taken for a failure: the page may be about to go.
    pub fn patience(&mut self) -> f64 {
        if core::mem::take(&mut self.leaving) { LEAVING } else { SOON }
    }

    /// The page's Content Security Policy refused a request of this source.
    pub fn forbid(&mut self) {
        self.forbidden = true;
    }

    /// Whether no connection is to be made: the page is away, or hidden and that counts.
    pub fn rests(&self) -> bool {
        self.left || self.hidden
    }

    /// A byte is waited for from now on, or none is: nobody reads while listeners are behind.
    pub fn reading(&mut self, since: Option<f64>) {
        self.quiet_since = since;
    }

    /// Milliseconds that may still pass without a byte; 0 or less: the connection is dead. By the clock and not by
    /// ticks, so that a laptop that wakes up notices at once.
    pub fn heartbeat_left(&self, now: f64) -> Option<f64> {
        let timeout = self.request.heartbeat_timeout?;
        Some(timeout - self.quiet_since.map_or(0.0, |since| now - since))
    }

    /// The option, in milliseconds; 0 where there is none.
    pub fn heartbeat_timeout(&self) -> f64 {
        self.request.heartbeat_timeout.unwrap_or_default()
    }

    /// `reconnect()`: the connection at hand is given up for a new one.
    pub fn reconnect(&mut self) {
        if !self.is_closed() {
            self.state = ReadyState::Connecting;
            self.open_since = None;
            self.failures = 0;
            self.asked = true;
            // Whoever asks for it takes it on himself that the request is sent again.
            self.responded = false;
        }
    }

    /// Why no attempt may begin, if so: the page rested, and what it would send now was sent before and may be sent
    /// once only. To be asked before each attempt.
    pub fn refusal(&mut self, at: Moment) -> Option<&Failure> {
        let may_be_sent =
            if self.request.one_shot_body { self.attempts == 0 } else { !self.responded || self.request.repeatable };
        if may_be_sent {
            return None;
        }
        Some(self.failed(if self.asked { Cause::RENEWED } else { Cause::GIVEN_UP }, 0, at))
    }

    /// Begins an attempt; gives its number, 1 for the first.
    pub fn begin_attempt(&mut self, now: f64) -> u32 {
        self.quiet_since = Some(now);
        self.attempts += 1;
        self.asked = false;
        self.responded = false;
        self.suspicion = Suspicion::None;
        self.attempts
    }

    /// `close()`: final, whatever is under way.
    pub fn close(&mut self) {
        self.closing = true;
        self.state = ReadyState::Closed;
    }

    /// A response came.
    ///
    /// > if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then fail the connection.
    // As `Driver::response`.
    #[inline(always)]
    pub fn response(&mut self, response: Response<'_>, at: Moment) -> Verdict {
        self.responded = true;
        let status = response.status;
        let cause = match status {
            200 if is_event_stream(response.content_type) => return Verdict::Open,
            200 if response.content_type.is_empty() => Cause::NO_TYPE,
            200 => Cause::TYPE,
            204 => Cause::NO_CONTENT,
            _ => Cause::STATUS,
        };
        let retry = status != 200 && self.policy.retries(status);
        self.fail(cause, retry, status.into(), at);
        if let Some(delay) = &mut self.failure.reconnect_in {
            *delay = lesser(greater(response.retry_after, *delay), f64::MAX);
        }
        Verdict::Failed
    }

    /// > announce the connection: if the readyState attribute is set to a value other than CLOSED, sets the readyState
    /// > attribute to OPEN
    pub fn announce(&mut self, now: f64) {
        if !self.is_closed() {
            self.state = ReadyState::Open;
            self.open_since = Some(now);
            self.was_open = true;
        }
    }

    /// An event was dispatched: the connection is good, and the delay starts small again.
    pub fn event(&mut self) {
        self.failures = 0;
    }

    /// `fetch` failed without a response.
    ///
    /// The standard fails for good where CORS refused, and reconnects where the server is down; `fetch` says the same
    /// TypeError for both, and no browser tells them apart in any other way. So, before a connection was ever open, ask
    /// a second time without CORS: that reaches the server or not. If it does, the first failure may still have been a
    /// passing one, so the request itself is made once more before CORS is blamed. A URL of the same origin can be
    /// refused only after a redirect; so there the first question is whether it redirects.
    pub fn network_error(&mut self, at: Moment) -> NetworkError {
        let cause = if self.request.unfetchable {
            Cause::UNFETCHABLE
        } else if core::mem::take(&mut self.forbidden) {
            Cause::FORBIDDEN
        } else {
            match self.suspicion {
                Suspicion::None if !self.was_open && self.request.can_probe && !self.is_closed() => {
                    self.suspicion = Suspicion::Probing;
                    return if self.request.cross_origin {
                        NetworkError::ProbeReach
                    } else {
                        NetworkError::ProbeRedirect
                    };
                }
                Suspicion::Confirming => Cause::REFUSED_BY_CORS,
                _ => Cause::UNREACHABLE,
            }
        };
        self.failed(cause, 0, at);
        NetworkError::Failed
    }

    /// What a probe found: the server can be reached without CORS, or a redirect that leads who knows where.
    pub fn probed(&mut self, found: bool, at: Moment) -> NetworkError {
        if !found || self.is_closed() {
            self.suspicion = Suspicion::Done;
            return self.network_error(at);
        }
        if self.suspicion == Suspicion::Probing && !self.request.cross_origin {
            self.suspicion = Suspicion::Redirected;
            return NetworkError::ProbeReach;
        }
        self.suspicion = Suspicion::Confirming;
        // What may be sent once only is not sent to make sure.
        if self.request.one_shot_body || !self.request.repeatable {
            return self.network_error(at);
        }
        NetworkError::Again
    }

    /// The response's bytes ended, or anything else that may happen did; `number` is what the cause's `#` stands for.
    pub fn failed(&mut self, cause: &'static Cause, number: u32, at: Moment) -> &Failure {
        self.fail(cause, cause.passes, number, at);
        &self.failure
    }

    /// The user's retry function is asked about a failure: until it has decided, only `close()` is final.
    pub fn deciding(&mut self) {
        if !self.closing {
            self.state = ReadyState::Connecting;
        }
    }

    /// The user's retry function decided about the last failure: a delay in milliseconds, or `None` to give up.
    pub fn decided(&mut self, delay: Option<f64>) -> &Failure {
        self.failure.reconnect_in = None;
        self.state = ReadyState::Closed;
        if delay.is_some() {
            if self.request.one_shot_body {
                self.failure.addition = SENT_ONCE;
            } else if !self.closing {
                self.failure.reconnect_in = delay;
                self.state = ReadyState::Connecting;
            }
        }
        &self.failure
    }

    /// The user's retry function failed: it goes on as if there were none.
    pub fn decision_failed(&mut self) -> &Failure {
        if self.failure.addition.is_empty() {
            self.failure.addition = NO_DECISION;
        }
        self.decided(self.failure.reconnect_in)
    }

    fn fail(&mut self, cause: &'static Cause, retry: bool, number: u32, at: Moment) {
        // > If a connection stood for a while it was good, whatever ended it.
        if self.open_since.take().is_some_and(|since| at.now - since >= self.policy.reset_after) {
            self.failures = 0;
        }
        self.failures += 1;
        let mut failure = Failure { cause, number, addition: "", attempt: self.failures, reconnect_in: None };
        // A stream that was handed over can't be had a second time, and no policy has a say in it.
        if retry && !self.is_closed() && !self.request.is_stream {
            if self.responded && !self.request.repeatable {
                failure.addition = NOT_REPEATED;
            } else if self.request.one_shot_body {
                failure.addition = SENT_ONCE;
            } else if f64::from(self.failures) >= self.policy.max_attempts {
                failure.addition = LAST_ATTEMPT;
            } else {
                let delay = self.policy.delay(self.failures, self.reconnection_time, self.set_by_stream, at.random);
                failure.reconnect_in = Some(delay);
            }
        }
        self.state = if failure.reconnect_in.is_some() { ReadyState::Connecting } else { ReadyState::Closed };
        self.failure = failure;
    }
}
