//! One source: its connections and its parser.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use crate::connection::{
    Body, Driver, End, Failure, Moment, PageChange, Reason, Request, Response, RetryPolicy, Step,
};
use crate::parser::{Parser, ParserOptions, RecordKind};

/// What JavaScript reads from memory after each call that gives a step or parses. Numbers count bytes, unless they say
/// otherwise; the order is that of `js/source.ts`.
#[repr(C)]
#[derive(Default)]
struct Told {
    /// Milliseconds: of the timer to set, or until the next attempt; NaN for one that will not come.
    delay: f64,
    ticket: u32,
    state: u32,
    /// The attempt to make, or failed attempts in a row.
    attempt: u32,
    reason: usize,
    reason_length: usize,
    message: usize,
    message_length: usize,
    text: usize,
    text_length: usize,
    table: usize,
    /// In numbers.
    table_length: usize,
}

/// The bits of `flags`.
mod flag {
    pub const STREAM: u32 = 1;
    pub const ASKS: u32 = 1 << 1;
    pub const REPEATABLE: u32 = 1 << 2;
    pub const ONE_SHOT_BODY: u32 = 1 << 3;
    pub const CAN_PROBE: u32 = 1 << 4;
    pub const CROSS_ORIGIN: u32 = 1 << 5;
    pub const UNFETCHABLE: u32 = 1 << 6;
    pub const PAUSE_WHEN_HIDDEN: u32 = 1 << 7;
}

/// A source. Every number that it gives is a step, as [`code`] writes it; what belongs to that is in memory, where
/// [`Source::told`] says. The clock is read by JavaScript: `now` is milliseconds since 1970, `random`
/// from 0 to 1.
#[wasm_bindgen]
pub struct Source {
    driver: Driver,
    parser: Parser,
    told: Told,
    /// What `told` points to.
    message: String,
}

#[wasm_bindgen]
impl Source {
    /// Options by their place in `numbers`: reconnectionTime, heartbeatTimeout, maxEventSize, factor, maxDelay, jitter,
    /// maxAttempts, resetAfter. NaN is one that was not given.
    #[wasm_bindgen(constructor)]
    pub fn new(flags: u32, numbers: &[f64], statuses: &[u16], last_event_id: &str) -> Self {
        let given = |place: usize| numbers.get(place).copied().filter(|number| !number.is_nan());
        let has = |bit: u32| flags & bit != 0;
        let defaults = RetryPolicy::default();
        let policy = RetryPolicy {
            factor: given(3).unwrap_or(defaults.factor),
            max_delay: given(4).unwrap_or(defaults.max_delay),
            jitter: given(5),
            max_attempts: given(6).unwrap_or(defaults.max_attempts),
            statuses: statuses.into(),
            reset_after: given(7).unwrap_or(defaults.reset_after),
        };
        let request = Request {
            repeatable: has(flag::REPEATABLE),
            one_shot_body: has(flag::ONE_SHOT_BODY),
            can_probe: has(flag::CAN_PROBE),
            cross_origin: has(flag::CROSS_ORIGIN),
            unfetchable: has(flag::UNFETCHABLE),
            pause_when_hidden: has(flag::PAUSE_WHEN_HIDDEN),
            heartbeat_timeout: given(1),
        };
        let options = ParserOptions::default();
        let mut parser = Parser::new(ParserOptions {
            // `as` saturates: more than the address space is no limit at all.
            max_event_size: given(2).map_or(options.max_event_size, |size| size as usize),
            ..options
        });
        parser.set_last_event_id(last_event_id);
        let driver = if has(flag::STREAM) {
            Driver::over_stream()
        } else {
            Driver::new(request, policy, given(0).unwrap_or_default(), has(flag::ASKS))
        };
        Self { driver, parser, told: Told::default(), message: String::new() }
    }

    /// Where the numbers are that JavaScript reads. They stay there for as long as the source lives.
    pub fn told(&self) -> *const u32 {
        (&raw const self.told).cast()
    }

    pub fn begin(&mut self, now: f64, random: f64) -> u32 {
        let step = self.driver.begin(at(now, random));
        self.tell(step)
    }

    #[wasm_bindgen(js_name = requestFailed)]
    pub fn request_failed(&mut self, ticket: u32, cause: &str, now: f64, random: f64) -> u32 {
        let step = self.driver.request_failed(ticket, cause, at(now, random));
        self.tell(step)
    }

    #[wasm_bindgen(js_name = fetchFailed)]
    pub fn fetch_failed(&mut self, ticket: u32, cause: &str, aborted: bool, now: f64, random: f64) -> u32 {
        let step = self.driver.fetch_failed(ticket, cause, aborted, at(now, random));
        self.tell(step)
    }

    /// `body`: 0 none, 1 locked, 2 readable.
    #[allow(clippy::too_many_arguments, reason = "an object would cost a call for each of its members")]
    pub fn response(
        &mut self,
        ticket: u32,
        status: u16,
        content_type: Option<String>,
        retry_after: Option<String>,
        body: u8,
        now: f64,
        random: f64,
    ) -> u32 {
        let response =
            Response { status, content_type: content_type.as_deref(), retry_after: retry_after.as_deref() };
        let body = match body {
            0 => Body::None,
            1 => Body::Locked,
            _ => Body::Readable,
        };
        let step = self.driver.response(ticket, response, body, at(now, random));
        self.tell(step)
    }

    pub fn probed(&mut self, ticket: u32, found: bool, now: f64, random: f64) -> u32 {
        let step = self.driver.probed(ticket, found, at(now, random));
        self.tell(step)
    }

    pub fn opened(&mut self, ticket: u32, now: f64, random: f64) -> u32 {
        let step = self.driver.opened(ticket, at(now, random));
        self.tell(step)
    }

    /// The bytes ended, or an event was too large.
    pub fn ended(&mut self, ticket: u32, now: f64, random: f64) -> u32 {
        let end = if self.parser.too_large().is_some() { End::TooLarge(self.parser.max_event_size()) } else { End::Done };
        let step = self.driver.ended(ticket, end, at(now, random));
        self.tell(step)
    }

    /// Reading failed.
    pub fn broken(&mut self, ticket: u32, cause: &str, aborted: bool, now: f64, random: f64) -> u32 {
        let end = if aborted { End::Aborted } else { End::Broken(cause.into()) };
        let step = self.driver.ended(ticket, end, at(now, random));
        self.tell(step)
    }

    pub fn timer(&mut self, ticket: u32, now: f64, random: f64) -> u32 {
        let step = self.driver.timer(ticket, at(now, random));
        self.tell(step)
    }

    /// The retry function's answer: milliseconds, or NaN to give up.
    pub fn decided(&mut self, ticket: u32, delay: f64) -> u32 {
        let step = self.driver.decided(ticket, Some(delay).filter(|delay| !delay.is_nan()));
        self.tell(step)
    }

    #[wasm_bindgen(js_name = decisionFailed)]
    pub fn decision_failed(&mut self, ticket: u32, cause: &str) -> u32 {
        let step = self.driver.decision_failed(ticket, cause);
        self.tell(step)
    }

    /// `error` was dispatched.
    #[wasm_bindgen(js_name = errorTold)]
    pub fn error_told(&mut self, now: f64, random: f64) -> u32 {
        let step = self.driver.told(at(now, random));
        self.tell(step)
    }

    pub fn delivered(&mut self, now: f64, random: f64) -> u32 {
        let step = self.driver.delivered(at(now, random));
        self.tell(step)
    }

    /// A byte is waited for, or none is while listeners are behind.
    pub fn reading(&mut self, waits: bool, now: f64) {
        self.driver.connection().reading(waits.then_some(now));
    }

    /// Milliseconds until a silent connection counts as dead; NaN where none does.
    #[wasm_bindgen(js_name = heartbeatLeft)]
    pub fn heartbeat_left(&self, now: f64) -> f64 {
        self.driver.heartbeat_left(now).unwrap_or(f64::NAN)
    }

    #[wasm_bindgen(js_name = listenToHeart)]
    pub fn listen_to_heart(&mut self, now: f64, random: f64) -> u32 {
        let step = self.driver.listen_to_heart(at(now, random));
        self.tell(step)
    }

    /// The page changed, by the numbers in `js/page.ts`.
    pub fn page(&mut self, change: u8, delivering: bool, now: f64, random: f64) -> u32 {
        let change = match change {
            0 => PageChange::Leaving,
            1 => PageChange::Left,
            2 => PageChange::Back,
            3 => PageChange::Hidden,
            4 => PageChange::Shown,
            _ => PageChange::Online,
        };
        let step = self.driver.page(change, delivering, at(now, random));
        self.tell(step)
    }

    /// The page's Content Security Policy refused the request.
    pub fn forbid(&mut self) {
        self.driver.connection().forbid();
    }

    pub fn reconnect(&mut self, delivering: bool, now: f64, random: f64) -> u32 {
        let step = self.driver.reconnect(delivering, at(now, random));
        self.tell(step)
    }

    pub fn close(&mut self) {
        self.driver.close();
        self.told.ticket = self.driver.ticket();
    }

    pub fn abort(&mut self, now: f64, random: f64) -> u32 {
        let step = self.driver.abort(at(now, random));
        self.tell(step)
    }

    /// Drops the unfinished event.
    pub fn reset(&mut self) {
        self.parser.reset();
    }

    /// Where to put the next piece of the stream, of so many bytes. Ends the batch before.
    pub fn reserve(&mut self, length: usize) -> *mut u8 {
        self.parser.reserve(length).as_mut_ptr()
    }

    /// Parses what was put there; the batch is in memory until the next call. Gives whether the limit was passed.
    pub fn parse(&mut self) -> bool {
        self.parser.parse();
        if let Some(milliseconds) = self.parser.take_reconnection_time() {
            self.driver.connection().set_reconnection_time(milliseconds as f64);
        }
        if self.parser.batch().records().any(|record| record.kind == RecordKind::Event) {
            self.driver.connection().event();
        }
        let table = self.parser.table_in_utf16();
        (self.told.table, self.told.table_length) = (table.as_ptr() as usize, table.len());
        let text = self.parser.batch().text();
        (self.told.text, self.told.text_length) = (text.as_ptr() as usize, text.len());
        self.parser.too_large().is_some()
    }
}

impl Source {
    fn tell(&mut self, step: Step) -> u32 {
        self.told.ticket = self.driver.ticket();
        self.told.state = self.driver.state() as u32;
        let code = code(&step);
        match step {
            Step::Request(attempt) => self.told.attempt = attempt,
            Step::ProbeReach(delay) | Step::ProbeRedirect(delay) | Step::Timer(delay) => self.told.delay = delay,
            Step::Announce => self.parser.reset(),
            Step::Ask(failure) | Step::Fail(failure) => self.tell_failure(failure),
            Step::GoOn | Step::Again | Step::Read | Step::Release | Step::Rest => {}
        }
        code
    }

    fn tell_failure(&mut self, failure: Failure) {
        let name = Reason::name(failure.reason);
        self.message = failure.message;
        self.told.attempt = failure.attempt;
        self.told.delay = failure.reconnect_in.unwrap_or(f64::NAN);
        (self.told.reason, self.told.reason_length) = (name.as_ptr() as usize, name.len());
        (self.told.message, self.told.message_length) = (self.message.as_ptr() as usize, self.message.len());
    }
}

/// One clock for both: a laptop that wakes up has to notice how long it slept, which a steady clock need not say.
fn at(now: f64, random: f64) -> Moment {
    Moment { now, epoch: now, random }
}

/// The numbers that `js/source.ts` knows the steps by.
fn code(step: &Step) -> u32 {
    match step {
        Step::GoOn => 0,
        Step::Request(_) => 1,
        Step::Again => 2,
        Step::ProbeReach(_) => 3,
        Step::ProbeRedirect(_) => 4,
        Step::Timer(_) => 5,
        Step::Announce => 6,
        Step::Read => 7,
        Step::Ask(_) => 8,
        Step::Fail(_) => 9,
        Step::Release => 10,
        Step::Rest => 11,
    }
}
