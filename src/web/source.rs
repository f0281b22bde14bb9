//! A source: the one task that connects, reads, fails, waits and connects again, as its connection decides.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use js_sys::{Date, Math};
use wasm_bindgen::prelude::*;

use super::bindings::{self, Face, describe};
use super::options::{Options, Retry, StreamOptions, wrong};
use super::pump::{End, Pump, Reading};
use super::request::{self, Probe, Target};
use super::timer::sleep;
use super::wait::{Interrupt, Waiting};
use crate::connection::decimal;
use crate::connection::{
    Connection, Failure, NetworkError, PageChange, PageVerdict, ReadyState, Reason, Request, Response, RetryPolicy,
    Verdict,
};
use crate::parser::Parser;

/// Where the bytes come from.
enum Origin {
    /// A request, made again as often as needed.
    Request(Options),
    /// A stream that was there already.
    Stream(web_sys::ReadableStreamDefaultReader),
}

/// A failure and what belongs to it in JavaScript.
struct Failed {
    failure: Failure,
    response: JsValue,
    error: JsValue,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, response: JsValue::UNDEFINED, error: JsValue::UNDEFINED }
    }
}

/// A signal that is listened to; no more once this is dropped, for the signal may outlive many sources.
struct Following {
    signal: web_sys::AbortSignal,
    on_abort: Closure<dyn FnMut()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref());
    }
}

/// One EventSource.
pub struct Source {
    face: Face,
    origin: Origin,
    target: RefCell<Target>,
    connection: Rc<RefCell<Connection>>,
    parser: Rc<RefCell<Parser>>,
    waiting: Rc<Waiting>,
    controller: RefCell<Option<web_sys::AbortController>>,
    pump: RefCell<Option<Rc<Pump>>>,
    following: RefCell<Option<Following>>,
    /// Whether the source waits for its next attempt.
    sleeping: Cell<bool>,
    /// Whether `open` was announced and is not yet dispatched.
    announcing: Cell<bool>,
}

impl Source {
    /// A source that makes requests.
    pub fn connecting(url: String, options: Options, face: Face) -> Result<Rc<Self>, JsValue> {
        let is_stream = options.body.has_type::<web_sys::ReadableStream>();
        let request = Request {
            repeatable: options.repeatable(),
            one_shot_body: is_stream,
            can_probe: request::can_probe(&url) && options.fetch.is_none(),
            cross_origin: request::is_cross_origin(&url),
            unfetchable: !request::is_fetchable(&url),
            pause_when_hidden: options.pause_when_hidden,
            heartbeat_timeout: options.heartbeat_timeout,
        };
        let connection = Connection::new(request, options.policy.clone(), options.reconnection_time);
        let mut parser = Parser::new(options.parser);
        parser.set_last_event_id(&options.last_event_id);
        let signal = options.signal.clone();
        let source = Self::new(face, Origin::Request(options), connection, parser);
        source.target.replace(Target { original: url.clone(), current: url });
        if let Ok(signal) = signal.dyn_into::<web_sys::AbortSignal>() {
            source.follow(&signal)?;
        }
        Ok(source)
    }

    /// A source over bytes that come without a request.
    pub fn reading(reader: web_sys::ReadableStreamDefaultReader, options: StreamOptions, face: Face) -> Rc<Self> {
        let once = RetryPolicy { max_attempts: 0.0, ..RetryPolicy::default() };
        let connection = Connection::new(Request::default(), once, 0.0);
        let mut parser = Parser::new(options.parser);
        parser.set_last_event_id(&options.last_event_id);
        Self::new(face, Origin::Stream(reader), connection, parser)
    }

    fn new(face: Face, origin: Origin, connection: Connection, parser: Parser) -> Rc<Self> {
        Rc::new(Self {
            face,
            origin,
            target: RefCell::default(),
            connection: Rc::new(RefCell::new(connection)),
            parser: Rc::new(RefCell::new(parser)),
            waiting: Rc::default(),
            controller: RefCell::default(),
            pump: RefCell::default(),
            following: RefCell::default(),
            sleeping: Cell::new(false),
            announcing: Cell::new(false),
        })
    }

    /// Ends with the user's signal.
    fn follow(self: &Rc<Self>, signal: &web_sys::AbortSignal) -> Result<(), JsValue> {
        if signal.aborted() {
            self.waiting.interrupt(Interrupt::Abort);
            return Ok(());
        }
        let source = Rc::downgrade(self);
        let on_abort = Closure::new(move || {
            if let Some(source) = source.upgrade() {
                source.abort();
            }
        });
        signal.add_event_listener_with_callback("abort", on_abort.as_ref().unchecked_ref())?;
        self.following.replace(Some(Following { signal: signal.clone(), on_abort }));
        Ok(())
    }

    /// The user's signal was aborted: closed at once, and said why.
    fn abort(&self) {
        if self.connection.borrow().is_closed() {
            return;
        }
        let failed = self.aborted();
        self.close();
        self.face.fail(&self.tell(&failed), ReadyState::Closed as u8);
    }

    fn aborted(&self) -> Failed {
        let failure = self.interrupted(Reason::Aborted, "the signal was aborted");
        Failed { error: self.abort_reason(), ..failure.into() }
    }

    /// `close()`.
    pub fn close(&self) {
        self.connection.borrow_mut().close();
        self.waiting.interrupt(Interrupt::Close);
        self.release();
    }

    /// `reconnect()`. A stream that was handed over can't be had again.
    pub fn reconnect(&self) {
        if matches!(self.origin, Origin::Request(_)) {
            self.connection.borrow_mut().reconnect();
            self.waiting.interrupt(Interrupt::Reconnect);
        }
    }

    /// The page that the source lives in changed.
    pub fn page(&self, change: PageChange) {
        if matches!(self.origin, Origin::Stream(_)) {
            return;
        }
        let verdict = self.connection.borrow_mut().page(change);
        match verdict {
            PageVerdict::GoOn => {}
            PageVerdict::Rest => {
                self.release();
                self.waiting.interrupt(Interrupt::Rest);
            }
            PageVerdict::Resume => self.waiting.end_rest(),
            PageVerdict::Hurry => {
                if self.sleeping.get() {
                    self.waiting.interrupt(Interrupt::Reconnect);
                }
                // Whoever watches the heart looks at the clock.
                self.waiting.wake();
            }
        }
    }

    /// `reset()`.
    pub fn reset(&self) {
        self.parser.borrow_mut().reset();
    }

    /// JavaScript has dispatched what it was given.
    pub fn resume(&self) {
        if self.announcing.replace(false) {
            self.waiting.resume();
            return;
        }
        self.waiting.delivered();
        let pump = self.pump.borrow().clone();
        if let Some(pump) = pump {
            pump.delivered();
        }
    }

    /// Lets go of the connection at once.
    fn release(&self) {
        let (pump, controller) = (self.pump.take(), self.controller.take());
        // In this order: Firefox keeps a redirected connection open where the body is cancelled before the request is.
        if let Some(controller) = controller {
            controller.abort();
        }
        if let Some(pump) = pump {
            pump.cancel();
        }
    }

    /// The source's life, until it is closed or has failed for good.
    pub async fn run(&self) {
        let mut previous = JsValue::NULL;
        loop {
            let attempted = self.attempt_while_alive(&previous).await;
            self.release();
            let interrupt = match attempted {
                Ok(failed) => match self.fail(failed, &mut previous).await {
                    Ok(true) => continue,
                    Ok(false) => return,
                    Err(interrupt) => interrupt,
                },
                Err(interrupt) => interrupt,
            };
            match interrupt {
                Interrupt::Close => return,
                Interrupt::Abort => {
                    let failed = self.aborted();
                    self.face.fail(&self.tell(&failed), ReadyState::Closed as u8);
                    return;
                }
                Interrupt::Reconnect => {
                    self.waiting.clear(Interrupt::Reconnect);
                    // What was read is still dispatched: the next request goes on after its ids.
                    self.waiting.until_delivered().await;
                    self.face.fail(&JsValue::NULL, ReadyState::Connecting as u8);
                }
                Interrupt::Rest => {
                    self.waiting.until_delivered().await;
                    self.face.fail(&JsValue::NULL, ReadyState::Connecting as u8);
                    self.waiting.while_resting().await;
                }
            }
        }
    }

    /// Tells of a failure and waits for the next attempt; gives whether there is one.
    async fn fail(&self, mut failed: Failed, previous: &mut JsValue) -> Result<bool, Interrupt> {
        *previous = self.decide(&mut failed).await?;
        let state = self.connection.borrow().state();
        self.face.fail(previous, state as u8);
        let Some(milliseconds) = failed.failure.reconnect_in else { return Ok(false) };
        self.sleeping.set(true);
        let slept = self.waiting.unless_interrupted(sleep(milliseconds)).await;
        self.sleeping.set(false);
        if slept == Err(Interrupt::Reconnect) {
            self.waiting.clear(Interrupt::Reconnect);
            return Ok(true);
        }
        slept.map(|()| true)
    }

    /// An attempt, given up where nothing is heard for too long.
    async fn attempt_while_alive(&self, previous: &JsValue) -> Result<Failed, Interrupt> {
        if self.connection.borrow().heartbeat_left(Date::now()).is_none() {
            return self.attempt(previous).await;
        }
        let mut attempt = pin!(self.attempt(previous));
        let mut timer = None;
        poll_fn(|context| {
            if let Poll::Ready(attempted) = attempt.as_mut().poll(context) {
                return Poll::Ready(attempted);
            }
            let left = self.connection.borrow().heartbeat_left(Date::now()).unwrap_or_default();
            if left <= 0.0 {
                let timeout = self.connection.borrow().heartbeat_timeout();
                return Poll::Ready(Ok(self.interrupted(Reason::Heartbeat, &decimal(timeout as u64)).into()));
            }
            // Set anew after each byte would be dear: one that fires early only looks at the clock and goes on.
            while timer.get_or_insert_with(|| Box::pin(sleep(left))).as_mut().poll(context).is_ready() {
                timer = None;
            }
            Poll::Pending
        })
        .await
    }

    /// Connects and reads until something ends it.
    async fn attempt(&self, previous: &JsValue) -> Result<Failed, Interrupt> {
        if let Some(interrupt) = self.waiting.interrupted() {
            return Err(interrupt);
        }
        match &self.origin {
            Origin::Stream(reader) => self.read_to_end(reader.clone(), &JsValue::UNDEFINED).await,
            Origin::Request(options) => {
                let response = match self.connect(options, previous).await? {
                    Ok(response) => response,
                    Err(failed) => return Ok(failed),
                };
                let body = js_sys::Reflect::get(&response, &"body".into()).unwrap_or_default();
                let reader = body.dyn_into::<web_sys::ReadableStream>().and_then(|body| bindings::get_reader(&body));
                match reader {
                    Ok(reader) => self.read_to_end(reader, &response).await,
                    // A response without a body is a stream that ends at once.
                    Err(_) => {
                        self.announce(&response).await?;
                        Ok(Failed { response, ..self.interrupted(Reason::EndOfStream, "").into() })
                    }
                }
            }
        }
    }

    /// Makes the request of an attempt, and if need be the ones that tell CORS from a server that is down.
    async fn connect(&self, options: &Options, previous: &JsValue) -> Result<Result<JsValue, Failed>, Interrupt> {
        let refusal = self.connection.borrow_mut().refusal(Date::now(), Math::random());
        if let Some(failure) = refusal {
            return Ok(Err(failure.into()));
        }
        let number = self.connection.borrow_mut().begin_attempt(Date::now());
        let last_event_id = self.parser.borrow().last_event_id().to_owned();
        let target = self.target.borrow().clone();
        let preparing = request::prepare(options, &target, number, &last_event_id, previous);
        let prepared = match self.waiting.unless_interrupted(preparing).await? {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Err(self.request_failed(error))),
        };
        let response = loop {
            let signal = match self.new_signal() {
                Ok(signal) => signal,
                Err(error) => return Ok(Err(self.request_failed(error))),
            };
            let fetching = request::fetch(options, &prepared, &signal);
            let error = match self.waiting.unless_interrupted(fetching).await? {
                Ok(response) => break response,
                Err(error) => error,
            };
            if is_abort(&error) {
                let failure = self.interrupted(Reason::Aborted, ABORTED_BY_BROWSER);
                return Ok(Err(Failed { failure, response: JsValue::UNDEFINED, error }));
            }
            self.be_patient().await?;
            let cause = describe(&error);
            let mut next = self.connection.borrow_mut().network_error(&cause, Date::now(), Math::random());
            while let NetworkError::ProbeReach | NetworkError::ProbeRedirect = next {
                let kind = if next == NetworkError::ProbeReach { Probe::Reach } else { Probe::Redirect };
                let found = self.waiting.unless_interrupted(request::probe(&target.current, kind, &signal)).await?;
                next = self.connection.borrow_mut().probed(found, &cause, Date::now(), Math::random());
            }
            if let NetworkError::Failed(failure) = next {
                return Ok(Err(Failed { failure, response: JsValue::UNDEFINED, error }));
            }
        };
        Ok(self.judge(response))
    }

    /// What ends the request that is about to be made.
    fn new_signal(&self) -> Result<web_sys::AbortSignal, JsValue> {
        let controller = web_sys::AbortController::new()?;
        let signal = controller.signal();
        self.face.requesting(&controller);
        self.controller.replace(Some(controller));
        Ok(signal)
    }

    /// Lets the browser say why something broke, and a page that is about to go, go.
    async fn be_patient(&self) -> Result<(), Interrupt> {
        let milliseconds = self.connection.borrow_mut().patience();
        self.waiting.unless_interrupted(sleep(milliseconds)).await
    }

    /// The page's policy refused a request to a URL.
    pub fn forbid(&self, url: &str) {
        if self.target.borrow().current == url {
            self.connection.borrow_mut().forbid();
        }
    }

    /// What the connection makes of a response.
    fn judge(&self, response: JsValue) -> Result<JsValue, Failed> {
        let get = |name: &str| js_sys::Reflect::get(&response, &name.into());
        let headers = get("headers").ok().and_then(|headers| headers.dyn_into::<web_sys::Headers>().ok());
        let status = get("status").ok().and_then(|status| status.as_f64());
        let (Some(headers), Some(status)) = (headers, status) else {
            return Err(self.request_failed(request::not_a_response()));
        };
        let header = |name: &str| headers.get(name).ok().flatten();
        let (content_type, retry_after) = (header("Content-Type"), header("Retry-After"));
        let facts = Response {
            status: status as u16,
            content_type: content_type.as_deref(),
            retry_after: retry_after.as_deref(),
        };
        let verdict = self.connection.borrow_mut().response(facts, Date::now(), Date::now(), Math::random());
        match verdict {
            Verdict::Open => {
                if let Some(url) = redirected_to(&response) {
                    self.target.borrow_mut().current = url;
                }
                Ok(response)
            }
            Verdict::Failed(failure) => Err(Failed { failure, response, error: JsValue::UNDEFINED }),
        }
    }

    /// > announce the connection
    async fn announce(&self, response: &JsValue) -> Result<(), Interrupt> {
        self.connection.borrow_mut().announce(Date::now());
        self.waiting.forget_resumed();
        self.announcing.set(true);
        self.face.open(response);
        self.waiting.until_resumed().await
    }

    async fn read_to_end(
        &self,
        reader: web_sys::ReadableStreamDefaultReader,
        response: &JsValue,
    ) -> Result<Failed, Interrupt> {
        let reading = Reading {
            face: self.face.clone(),
            parser: self.parser.clone(),
            connection: self.connection.clone(),
            waiting: self.waiting.clone(),
        };
        self.parser.borrow_mut().reset();
        let pump = Pump::new(reading, reader);
        self.pump.replace(Some(pump.clone()));
        self.announce(response).await?;
        pump.read();
        let end = self.waiting.until_filled(&pump.end).await?;
        if matches!(end, End::Broken(_)) {
            self.be_patient().await?;
        }
        let (failure, error) = match end {
            End::Done => (self.interrupted(Reason::EndOfStream, ""), JsValue::UNDEFINED),
            End::Broken(error) if is_abort(&error) => (self.interrupted(Reason::Aborted, ABORTED_BY_BROWSER), error),
            End::Broken(error) => (self.interrupted(Reason::Network, &describe(&error)), error),
            End::TooLarge => {
                let message =
                    ["an event is larger than ", &decimal(self.parser.borrow().max_event_size() as u64), " bytes"]
                        .concat();
                (self.interrupted(Reason::TooLarge, &message), JsValue::UNDEFINED)
            }
        };
        Ok(Failed { failure, response: response.clone(), error })
    }

    /// Asks the user's retry function, if there is one, and makes the object that tells of the failure.
    async fn decide(&self, failed: &mut Failed) -> Result<JsValue, Interrupt> {
        let told = self.tell(failed);
        let Origin::Request(Options { retry: Retry::Function(retry), .. }) = &self.origin else { return Ok(told) };
        if failed.failure.reason == Reason::Aborted {
            return Ok(told);
        }
        self.connection.borrow_mut().deciding();
        let answer = match retry.call1(&JsValue::UNDEFINED, &told) {
            // A page that rests meanwhile does not take the decision away from the function.
            Ok(answer) => self.waiting.unless_overtaken(request::settle(&answer)).await,
            Err(error) => Ok(Err(error)),
        };
        let delay = match answer {
            Err(Interrupt::Reconnect) => Some(0.0),
            Err(interrupt) => return Err(interrupt),
            Ok(answer) => answer.and_then(|answer| delay_of(&answer)).unwrap_or_else(|error| {
                let message = [failed.failure.message.as_str(), "; the retry function failed: ", &describe(&error)];
                failed.failure.message = message.concat();
                failed.error = error;
                failed.failure.reconnect_in
            }),
        };
        self.connection.borrow_mut().decided(&mut failed.failure, delay);
        Ok(self.tell(failed))
    }

    fn tell(&self, failed: &Failed) -> JsValue {
        let Failure { reason, message, attempt, reconnect_in, .. } = &failed.failure;
        self.face.failure(
            reason.name(),
            message,
            &failed.response,
            &failed.error,
            *attempt,
            reconnect_in.unwrap_or(f64::NAN),
        )
    }

    fn interrupted(&self, reason: Reason, cause: &str) -> Failure {
        self.connection.borrow_mut().interrupted(reason, cause, Date::now(), Math::random())
    }

    fn request_failed(&self, error: JsValue) -> Failed {
        let failure = self.interrupted(Reason::Request, &describe(&error));
        Failed { failure, response: JsValue::UNDEFINED, error }
    }

    fn abort_reason(&self) -> JsValue {
        match &self.origin {
            Origin::Request(options) => js_sys::Reflect::get(&options.signal, &"reason".into()).unwrap_or_default(),
            Origin::Stream(_) => JsValue::UNDEFINED,
        }
    }
}

/// > If res is an aborted network error, then fail the connection.
const ABORTED_BY_BROWSER: &str = "the browser aborted the request";

/// The address that a response came from, where that is not the one that was asked.
fn redirected_to(response: &JsValue) -> Option<String> {
    let get = |name: &str| js_sys::Reflect::get(response, &name.into()).unwrap_or_default();
    get("redirected").is_truthy().then(|| get("url").as_string()).flatten()
}

/// What a retry function answered: milliseconds, or `None` where it gives up.
fn delay_of(answer: &JsValue) -> Result<Option<f64>, JsValue> {
    match (answer.as_f64(), answer.as_bool()) {
        (Some(delay), _) if delay >= 0.0 => Ok(Some(delay)),
        (_, Some(false)) => Ok(None),
        _ => Err(wrong("its answer", "a number of milliseconds or false", answer)),
    }
}

fn is_abort(error: &JsValue) -> bool {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    name.as_deref() == Some("AbortError")
}

impl Drop for Source {
    fn drop(&mut self) {
        self.release();
    }
}
