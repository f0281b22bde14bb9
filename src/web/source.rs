//! A source for JavaScript: told facts by number, it answers with the number of a step. `js/source.ts` does the steps.
//!
//! Plain exports without glue, as those of [`crate::parser`]'s entry: nothing but numbers crosses, text lies in memory.
//! A source is the address that [`create`] gave; JavaScript uses it until it hands it to [`release`].

use alloc::boxed::Box;

use super::boxed;
use crate::connection::{Body, Driver, End, Moment, PageChange, Request, Response, RetryPolicy, Step};
use crate::memory::push;
use crate::parser::room::Room;
use crate::parser::{Parser, ParserOptions, RecordKind};

/// A source, and what JavaScript reads from memory after each call. Lengths count bytes, unless they say otherwise; the
/// order is that of `js/source.ts`.
#[repr(C)]
pub struct Source {
    /// Milliseconds: of the timer to set, or until the next attempt; NaN for one that will not come.
    delay: f64,
    /// What the answer to the last step has to carry.
    ticket: u32,
    /// The attempt to make, or failed attempts in a row.
    attempt: u32,
    /// What failed: the number of the reason.
    reason: u32,
    /// What `#` stands for in the message.
    number: u32,
    /// The message's two parts. `%` in them stands for a text that JavaScript has.
    sentence: usize,
    sentence_length: usize,
    addition: usize,
    addition_length: usize,
    /// UTF-8: what the table's offsets point into, as it came, until texts are put together; then these, so many bytes.
    text: usize,
    text_length: usize,
    table: usize,
    /// In numbers.
    table_length: usize,
    /// Whether the parser forgets what is unfinished before it gets the next piece. Not sooner: listeners may not have got
    /// all of the batch, and what is too large still has to be told.
    resets: bool,
    driver: Driver,
    parser: Parser,
    /// What JavaScript gave along with a response.
    given: Room<u8>,
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

/// Makes a source; `flags` are those of [`flag`], the others options of `EventSourceInit`. NaN is one that was not given.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "an object would cost a call for each of its members")]
pub extern "C" fn create(
    flags: u32,
    reconnection_time: f64,
    heartbeat_timeout: f64,
    max_event_size: f64,
    factor: f64,
    max_delay: f64,
    jitter: f64,
    max_attempts: f64,
    reset_after: f64,
) -> Box<Source> {
    let has = |bit: u32| flags & bit != 0;
    let request = Request {
        repeatable: has(flag::REPEATABLE),
        one_shot_body: has(flag::ONE_SHOT_BODY),
        can_probe: has(flag::CAN_PROBE),
        cross_origin: has(flag::CROSS_ORIGIN),
        unfetchable: has(flag::UNFETCHABLE),
        is_stream: has(flag::STREAM),
        pause_when_hidden: has(flag::PAUSE_WHEN_HIDDEN),
        heartbeat_timeout: given(heartbeat_timeout),
    };
    let defaults = RetryPolicy::default();
    let policy = RetryPolicy {
        factor: given(factor).unwrap_or(defaults.factor),
        max_delay: given(max_delay).unwrap_or(defaults.max_delay),
        jitter: given(jitter),
        max_attempts: given(max_attempts).unwrap_or(defaults.max_attempts),
        reset_after: given(reset_after).unwrap_or(defaults.reset_after),
        ..defaults
    };
    let options = ParserOptions::default();
    // `as` saturates: more than the address space is no limit at all.
    let max_event_size = given(max_event_size).map_or(options.max_event_size, |size| size as usize);
    boxed(Source {
        delay: f64::NAN,
        ticket: 0,
        attempt: 0,
        reason: 0,
        number: 0,
        sentence: 0,
        sentence_length: 0,
        addition: 0,
        addition_length: 0,
        text: 0,
        text_length: 0,
        table: 0,
        table_length: 0,
        resets: false,
        driver: Driver::new(request, policy, reconnection_time, has(flag::ASKS)),
        parser: Parser::new(ParserOptions { max_event_size, ..options }),
        given: Room::default(),
    })
}

fn given(number: f64) -> Option<f64> {
    Some(number).filter(|number| !number.is_nan())
}

/// Gives the memory back.
#[unsafe(no_mangle)]
pub extern "C" fn release(this: Box<Source>) {
    drop(this);
}

/// One of the policy's `statuses`.
#[unsafe(no_mangle)]
pub extern "C" fn add_status(this: &mut Source, status: u16) {
    push(&mut this.driver.connection().policy().statuses, status);
}

/// Where to put the Content-Type of the next response, of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn text(this: &mut Source, length: usize) -> *mut u8 {
    this.given.truncate(0);
    this.given.extend(length).as_mut_ptr()
}

/// Tells a fact, and gives the step that follows. `now` is milliseconds since 1970, `random` from 0 up to 1.
#[unsafe(no_mangle)]
pub extern "C" fn tell(this: &mut Source, fact: u32, ticket: u32, number: f64, now: f64, random: f64) -> u32 {
    let at = Moment { now, random };
    let yes = number > 0.0;
    let driver = &mut this.driver;
    let step = match fact {
        0 => driver.begin(at),
        1 => driver.request_failed(ticket, at),
        2 => driver.fetch_failed(ticket, yes, at),
        3 => driver.probed(ticket, yes, at),
        4 => driver.opened(ticket, at),
        5 => {
            let too_large = this.parser.too_large().is_some();
            let end = if too_large { End::TooLarge(this.parser.max_event_size() as u32) } else { End::Done };
            driver.ended(ticket, end, at)
        }
        6 => driver.ended(ticket, if yes { End::Aborted } else { End::Broken }, at),
        7 => driver.timer(ticket, at),
        8 => driver.decided(ticket, given(number)),
        9 => driver.decision_failed(ticket),
        10 => driver.told(at),
        11 => driver.delivered(at),
        12 => driver.listen_to_heart(at),
        13 => driver.reconnect(yes, at),
        14 => driver.abort(at),
        15 => {
            driver.close();
            Step::GoOn
        }
        16 => {
            driver.connection().forbid();
            Step::GoOn
        }
        17 => {
            driver.connection().reading(yes.then_some(now));
            Step::GoOn
        }
        18 => {
            this.resets = true;
            Step::GoOn
        }
        _ => Step::GoOn,
    };
    answer(this, step)
}

/// The page changed, by the numbers in `js/page.ts`; `delivering`: listeners have not got all that was read.
#[unsafe(no_mangle)]
pub extern "C" fn page(this: &mut Source, change: u32, delivering: bool, now: f64, random: f64) -> u32 {
    let change = match change {
        0 => PageChange::Leaving,
        1 => PageChange::Left,
        2 => PageChange::Back,
        3 => PageChange::Hidden,
        4 => PageChange::Shown,
        _ => PageChange::Online,
    };
    let step = this.driver.page(change, delivering, Moment { now, random });
    answer(this, step)
}

/// A response came, with the Content-Type that was put there. `body`: 0 none, 1 locked, 2 readable. `retry_after`:
/// milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn respond(
    this: &mut Source,
    ticket: u32,
    status: u16,
    body: u32,
    retry_after: f64,
    now: f64,
    random: f64,
) -> u32 {
    let response = Response { status, content_type: &this.given, retry_after };
    let body = match body {
        0 => Body::None,
        1 => Body::Locked,
        _ => Body::Readable,
    };
    let step = this.driver.response(ticket, response, body, Moment { now, random });
    answer(this, step)
}

/// Milliseconds until a silent connection counts as dead; NaN where none does.
#[unsafe(no_mangle)]
pub extern "C" fn heartbeat_left(this: &Source, now: f64) -> f64 {
    this.driver.heartbeat_left(now).unwrap_or(f64::NAN)
}

/// Where to put the next piece of the stream, of so many bytes. Ends the batch before.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(this: &mut Source, length: usize) -> *mut u8 {
    if core::mem::take(&mut this.resets) {
        this.parser.reset();
    }
    this.parser.reserve(length).as_mut_ptr()
}

/// Parses what was put there. The batch is in memory until the next [`reserve`], which JavaScript calls once listeners have
/// got all of it. Until then nothing else begins the parser anew: a reset waits, a connection that is given up meanwhile is
/// followed by another only when all is [delivered](Driver::delivered), and silence counts only while something is read.
/// Gives whether the limit was passed.
#[unsafe(no_mangle)]
pub extern "C" fn parse(this: &mut Source) -> bool {
    this.parser.scan();
    if let Some(milliseconds) = this.parser.take_reconnection_time() {
        this.driver.connection().set_reconnection_time(milliseconds as f64);
    }
    let (text, table) = this.parser.as_it_came();
    this.text = text.as_ptr() as usize;
    (this.table, this.table_length) = (table.as_ptr() as usize, table.len());
    // An event's head is its type's number and no other kind: see `crate::parser::RecordKind`.
    if table.chunks_exact(3).any(|record| record[0] & 7 == RecordKind::Event as u32) {
        this.driver.connection().event();
    }
    this.parser.too_large().is_some()
}

/// Puts together the text of all records but those of events whose type's number is no bit of `heard`, as
/// [`Parser::gather`] says, in the place of the text. Gives whether that was worth while.
#[unsafe(no_mangle)]
pub extern "C" fn gather(this: &mut Source, heard: u32) -> bool {
    let worth = this.parser.is_worth_gathering();
    if worth {
        let text = this.parser.gather(heard);
        (this.text, this.text_length) = (text.as_ptr() as usize, text.len());
    }
    worth
}

/// Writes what belongs to a step, and gives its number.
fn answer(this: &mut Source, step: Step) -> u32 {
    this.ticket = this.driver.ticket();
    this.attempt = this.driver.attempts();
    this.delay = this.driver.delay();
    match step {
        Step::Announce => this.parser.reset(),
        Step::Ask | Step::Fail => tell_failure(this),
        _ => {}
    }
    step as u32
}

fn tell_failure(this: &mut Source) {
    let failure = this.driver.failure();
    this.reason = failure.reason() as u32;
    this.number = failure.number;
    this.attempt = failure.attempt;
    this.delay = failure.reconnect_in.unwrap_or(f64::NAN);
    let (sentence, addition) = (failure.cause.sentence, failure.addition);
    (this.sentence, this.sentence_length) = (sentence.as_ptr() as usize, sentence.len());
    (this.addition, this.addition_length) = (addition.as_ptr() as usize, addition.len());
}
