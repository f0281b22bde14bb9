//! The order of things: hands that do what each step says, while anything breaks in at any moment.

use eventsource_wasm::connection::{
    Body, Driver, End, Failure, Moment, PageChange, ReadyState, Reason, Request, Response, RetryPolicy, Step,
};

use super::client::get;
use super::random::{Random, simulations};

const STREAM: Response<'static> = Response { status: 200, content_type: b"text/event-stream", retry_after: 0.0 };

fn at(now: f64) -> Moment {
    Moment { now, random: 0.5 }
}

fn driver(request: Request, asks: bool) -> Driver {
    Driver::new(request, RetryPolicy { jitter: Some(0.0), ..RetryPolicy::default() }, 1000.0, asks)
}

/// A driver whose stream is being read.
fn reading(request: Request, asks: bool) -> Driver {
    let mut driver = driver(request, asks);
    assert_eq!(driver.begin(at(0.0)), Step::Request);
    assert_eq!(driver.attempts(), 1);
    assert_eq!(driver.response(driver.ticket(), STREAM, Body::Readable, at(0.0)), Step::Announce);
    assert_eq!(driver.opened(driver.ticket(), at(0.0)), Step::Read);
    driver
}

/// What failed in a step.
fn failure(driver: &mut Driver, take: impl FnOnce(&mut Driver) -> Step) -> Failure {
    match take(driver) {
        Step::Fail | Step::Ask => *driver.failure(),
        other => panic!("{other:?} is no failure"),
    }
}

#[test]
fn a_connection_is_made_announced_read_told_of_and_made_again() {
    let mut driver = reading(get(), false);
    assert_eq!(driver.state(), ReadyState::Open);
    let ended = failure(&mut driver, |driver| driver.ended(driver.ticket(), End::Done, at(10.0)));
    assert_eq!((ended.reason(), ended.reconnect_in), (Reason::EndOfStream, Some(1000.0)));
    assert_eq!(driver.told(at(10.0)), Step::Timer);
    assert_eq!(driver.delay(), 1000.0);
    assert_eq!(driver.timer(driver.ticket(), at(1010.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
}

#[test]
fn a_late_answer_is_nobodys() {
    let mut driver = driver(get(), false);
    driver.begin(at(0.0));
    let old = driver.ticket();
    assert_eq!(driver.reconnect(false, at(1.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
    assert_eq!(driver.response(old, STREAM, Body::Readable, at(2.0)), Step::GoOn);
    assert_eq!(driver.fetch_failed(old, false, at(2.0)), Step::GoOn);
    assert_eq!(driver.request_failed(old, at(2.0)), Step::GoOn);
    assert_eq!(driver.timer(old, at(2.0)), Step::GoOn);
    assert_eq!(driver.response(driver.ticket(), STREAM, Body::Readable, at(3.0)), Step::Announce);
}

#[test]
fn a_probe_that_never_answers_is_given_up() {
    let request = Request { can_probe: true, cross_origin: true, ..get() };
    let mut driver = driver(request, false);
    driver.begin(at(0.0));
    // The browser may yet say why.
    assert_eq!(driver.fetch_failed(driver.ticket(), false, at(1.0)), Step::Timer);
    let patience = driver.delay();
    assert_eq!(driver.timer(driver.ticket(), at(1.0 + patience)), Step::ProbeReach);
    let limit = driver.delay();
    assert!(limit.is_finite() && limit > 0.0);
    let gone = failure(&mut driver, |driver| driver.timer(driver.ticket(), at(1.0 + patience + limit)));
    assert_eq!((gone.reason(), gone.reconnect_in), (Reason::Network, Some(1000.0)));
}

#[test]
fn a_body_that_somebody_else_reads_is_a_request_that_failed() {
    let mut driver = driver(get(), false);
    driver.begin(at(0.0));
    let locked = failure(&mut driver, |driver| driver.response(driver.ticket(), STREAM, Body::Locked, at(1.0)));
    assert_eq!((locked.reason(), locked.reconnect_in), (Reason::Request, Some(1000.0)));
}

#[test]
fn a_response_without_a_body_opens_and_ends() {
    let mut driver = driver(get(), false);
    driver.begin(at(0.0));
    assert_eq!(driver.response(driver.ticket(), STREAM, Body::None, at(1.0)), Step::Announce);
    assert_eq!(failure(&mut driver, |driver| driver.opened(driver.ticket(), at(1.0))).reason(), Reason::EndOfStream);
}

#[test]
fn what_was_read_is_delivered_before_a_reconnection() {
    let mut driver = reading(get(), false);
    assert_eq!(driver.reconnect(true, at(1.0)), Step::Release);
    assert_eq!(driver.reconnect(true, at(1.0)), Step::GoOn);
    assert_eq!(driver.delivered(at(2.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
    assert_eq!(driver.delivered(at(2.0)), Step::GoOn);
}

#[test]
fn a_page_that_is_left_and_back_while_events_are_delivered_connects_once() {
    let mut driver = reading(get(), false);
    assert_eq!(driver.page(PageChange::Left, true, at(1.0)), Step::Release);
    assert_eq!(driver.page(PageChange::Back, true, at(1.0)), Step::GoOn);
    assert_eq!(driver.delivered(at(2.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
}

#[test]
fn a_rest_ends_a_wait_and_a_return_ends_the_rest() {
    let mut driver = reading(get(), false);
    driver.ended(driver.ticket(), End::Done, at(1.0));
    driver.told(at(1.0));
    let timer = driver.ticket();
    assert_eq!(driver.page(PageChange::Left, false, at(2.0)), Step::Rest);
    assert_eq!(driver.timer(timer, at(1001.0)), Step::GoOn);
    assert_eq!(driver.reconnect(false, at(1002.0)), Step::GoOn);
    assert_eq!(driver.page(PageChange::Back, false, at(5000.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
}

#[test]
fn a_rest_does_not_take_the_decision_from_the_retry_function() {
    let mut driver = reading(get(), true);
    let Step::Ask = driver.ended(driver.ticket(), End::Done, at(1.0)) else { panic!("it is asked") };
    assert_eq!(driver.page(PageChange::Left, false, at(2.0)), Step::GoOn);
    assert_eq!(failure(&mut driver, |driver| driver.decided(driver.ticket(), Some(7.0))).reconnect_in, Some(7.0));
    assert_eq!(driver.told(at(3.0)), Step::Rest);
}

#[test]
fn whoever_reconnects_does_not_wait_for_the_retry_function() {
    let mut driver = reading(get(), true);
    driver.ended(driver.ticket(), End::Done, at(1.0));
    let asked = driver.ticket();
    assert_eq!(failure(&mut driver, |driver| driver.reconnect(false, at(2.0))).reconnect_in, Some(0.0));
    assert_eq!(driver.decided(asked, None), Step::GoOn);
    assert_eq!(driver.told(at(2.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
}

#[test]
fn a_listener_of_error_that_reconnects_ends_the_wait_before_it_began() {
    let mut driver = reading(get(), false);
    driver.ended(driver.ticket(), End::Done, at(1.0));
    assert_eq!(driver.reconnect(false, at(1.0)), Step::GoOn);
    assert_eq!(driver.told(at(1.0)), Step::Request);
    assert_eq!(driver.attempts(), 2);
}

#[test]
fn closed_is_closed_whatever_comes_later() {
    let mut driver = reading(get(), true);
    let ticket = driver.ticket();
    driver.close();
    for step in [
        driver.ended(ticket, End::Done, at(1.0)),
        driver.reconnect(false, at(1.0)),
        driver.page(PageChange::Back, false, at(1.0)),
        driver.abort(at(1.0)),
        driver.delivered(at(1.0)),
        driver.told(at(1.0)),
        driver.listen_to_heart(at(1e9)),
        driver.begin(at(1.0)),
    ] {
        assert_eq!(step, Step::GoOn);
    }
    assert_eq!(driver.state(), ReadyState::Closed);
}

#[test]
fn a_stream_that_was_handed_over_is_read_once() {
    let mut driver = Driver::over_stream();
    assert_eq!(driver.begin(at(0.0)), Step::Announce);
    assert_eq!(driver.opened(driver.ticket(), at(0.0)), Step::Read);
    assert_eq!(driver.reconnect(false, at(1.0)), Step::GoOn);
    assert_eq!(driver.page(PageChange::Left, false, at(1.0)), Step::GoOn);
    let ended = failure(&mut driver, |driver| driver.ended(driver.ticket(), End::Done, at(2.0)));
    assert_eq!(ended.reconnect_in, None);
    // No policy had a say in it.
    assert_eq!(ended.message("", ""), "the server ended the stream");
    assert_eq!(driver.told(at(2.0)), Step::GoOn);
}

/// What the hands are waiting for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pending {
    Response,
    Probe,
    Timer,
    Opening,
    Bytes,
    Decision,
    Telling,
    Delivery,
    Return,
    Nothing,
}

struct Hands {
    driver: Driver,
    random: Random,
    pending: Pending,
    /// Whether a request is under way or its response read.
    connected: bool,
    now: f64,
    over: bool,
}

impl Hands {
    fn take(&mut self, step: Step) {
        let follows = step != Step::GoOn;
        assert!(!(self.over && follows), "{step:?} after the end");
        match step {
            Step::GoOn => {}
            Step::Request => {
                // The hands let go of whatever there was.
                self.connected = true;
                self.pending = Pending::Response;
            }
            Step::Again => self.pending = Pending::Response,
            Step::ProbeReach | Step::ProbeRedirect => {
                assert!(self.driver.delay().is_finite());
                self.pending = Pending::Probe;
            }
            Step::Timer => {
                let delay = self.driver.delay();
                assert!(delay.is_finite() && delay >= 0.0);
                self.pending = Pending::Timer;
            }
            Step::Announce => self.pending = Pending::Opening,
            Step::Read => {
                assert!(self.connected, "it reads what is there");
                self.pending = Pending::Bytes;
            }
            Step::Ask => (self.connected, self.pending) = (false, Pending::Decision),
            Step::Fail => {
                let failure = self.driver.failure();
                assert!(!failure.message("", "").is_empty());
                assert_eq!(failure.reconnect_in.is_none(), self.driver.state() == ReadyState::Closed);
                self.over = failure.reconnect_in.is_none();
                (self.connected, self.pending) = (false, Pending::Telling);
            }
            Step::Release => (self.connected, self.pending) = (false, Pending::Delivery),
            Step::Rest => (self.connected, self.pending) = (false, Pending::Return),
        }
        let open = self.driver.state() == ReadyState::Open;
        assert!(
            !open || matches!(self.pending, Pending::Opening | Pending::Bytes | Pending::Timer),
            "{:?}",
            self.pending
        );
    }

    /// What was waited for comes to pass.
    fn go_on(&mut self) {
        let (ticket, moment) = (self.driver.ticket(), self.moment());
        let driver = &mut self.driver;
        let step = match (self.pending, self.random.below(4)) {
            (Pending::Response, 0) => driver.fetch_failed(ticket, false, moment),
            (Pending::Response, 1) => driver.request_failed(ticket, moment),
            (Pending::Response, _) => {
                let body = self.random.pick(&[Body::None, Body::Locked, Body::Readable, Body::Readable]);
                let status = self.random.pick(&[200, 200, 200, 503]);
                driver.response(ticket, Response { status, ..STREAM }, body, moment)
            }
            (Pending::Probe, 0) => driver.timer(ticket, moment),
            (Pending::Probe, which) => driver.probed(ticket, which == 1, moment),
            (Pending::Timer, _) => driver.timer(ticket, moment),
            (Pending::Opening, _) => driver.opened(ticket, moment),
            (Pending::Bytes, 0) => driver.ended(ticket, End::Broken, moment),
            (Pending::Bytes, _) => driver.ended(ticket, End::Done, moment),
            (Pending::Decision, 0) => driver.decision_failed(ticket),
            (Pending::Decision, _) => driver.decided(ticket, Some(5.0)),
            (Pending::Telling, _) => driver.told(moment),
            (Pending::Delivery, _) => driver.delivered(moment),
            (Pending::Return, _) => {
                let back = driver.page(PageChange::Back, false, moment);
                if back == Step::GoOn { driver.page(PageChange::Shown, false, moment) } else { back }
            }
            (Pending::Nothing, _) => Step::GoOn,
        };
        assert!(self.over || step != Step::GoOn, "there is always a way on from {:?}", self.pending);
        self.take(step);
    }

    /// Something else happens.
    fn break_in(&mut self) {
        let moment = self.moment();
        let delivering = self.pending == Pending::Bytes && self.random.below(2) == 0;
        let step = match self.random.below(12) {
            0..=1 => self.driver.reconnect(delivering, moment),
            2..=8 => {
                let change = self.random.pick(&[
                    PageChange::Leaving,
                    PageChange::Left,
                    PageChange::Back,
                    PageChange::Hidden,
                    PageChange::Shown,
                    PageChange::Online,
                ]);
                self.driver.page(change, delivering, moment)
            }
            9..=10 => {
                self.now += self.random.unit() * 20_000.0;
                self.driver.listen_to_heart(Moment { now: self.now, ..moment })
            }
            _ => {
                // Of an attempt that is long over.
                let old = self.driver.ticket().wrapping_sub(1 + self.random.below(5) as u32);
                let before = self.driver.ticket();
                for step in [
                    self.driver.response(old, STREAM, Body::Readable, moment),
                    self.driver.fetch_failed(old, false, moment),
                    self.driver.ended(old, End::Done, moment),
                    self.driver.timer(old, moment),
                    self.driver.probed(old, true, moment),
                    self.driver.opened(old, moment),
                    self.driver.decided(old, None),
                ] {
                    assert_eq!(step, Step::GoOn, "late answers count for nothing");
                }
                assert_eq!(self.driver.ticket(), before);
                Step::GoOn
            }
        };
        self.take(step);
    }

    fn moment(&mut self) -> Moment {
        self.now += self.random.unit() * 100.0;
        Moment { now: self.now, random: self.random.unit() }
    }
}

#[test]
fn whatever_breaks_in_there_is_one_connection_at_most_and_always_a_way_on() {
    let mut requests = 0;
    for seed in 0..simulations() {
        let mut random = Random::new(seed);
        let flag = |random: &mut Random| random.below(2) == 0;
        let request = Request {
            repeatable: flag(&mut random),
            can_probe: flag(&mut random),
            cross_origin: flag(&mut random),
            pause_when_hidden: flag(&mut random),
            heartbeat_timeout: flag(&mut random).then_some(10_000.0),
            ..Request::default()
        };
        let policy = RetryPolicy { statuses: vec![503], ..RetryPolicy::default() };
        let driver = Driver::new(request, policy, 1000.0, flag(&mut random));
        let mut hands = Hands { driver, random, pending: Pending::Nothing, connected: false, now: 0.0, over: false };
        let moment = hands.moment();
        let step = hands.driver.begin(moment);
        hands.take(step);
        for _ in 0..100 {
            if hands.random.below(3) == 0 {
                hands.break_in();
            } else {
                hands.go_on();
            }
            requests += u32::from(hands.pending == Pending::Response);
            if hands.over {
                break;
            }
        }
        if hands.over {
            (0..10).for_each(|_| hands.break_in());
        }
    }
    assert!(u64::from(requests) > simulations());
}
