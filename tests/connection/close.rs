//! `close()` is final, at whatever point it comes, and whatever the world still has to say.

use eventsource_wasm::connection::{
    Cause, Connection, Moment, NetworkError, PageChange, ReadyState, Request, Response, RetryPolicy, Verdict,
};

use super::client::get;

const STREAM: Response<'_> = Response { status: 200, content_type: b"text/event-stream", retry_after: 0.0 };
const REFUSAL: Response<'_> = Response { status: 503, content_type: b"", retry_after: 1000.0 };
const AT: Moment = Moment { now: 0.0, random: 0.5 };

fn connection() -> Connection {
    let policy = RetryPolicy { statuses: vec![503], ..RetryPolicy::default() };
    Connection::new(Request { cross_origin: true, can_probe: true, ..get() }, policy, 1000.0)
}

/// A step of a connection's life.
type Step = fn(&mut Connection);

const LIVES: &[&[Step]] = &[
    &[begin, open, announce, event, end, begin, refusal, begin, open, announce],
    &[begin, network_error, probe_reached, open, announce, event, broken],
    &[begin, network_error, probe_failed, begin, network_error, probe_reached, network_error],
    &[begin, open, announce, leave, come_back, begin, open, announce, hide, event, show, begin, reconnect],
    &[begin, request_failed, begin, open, announce, silence, give_up],
];

fn begin(connection: &mut Connection) {
    connection.begin_attempt(0.0);
}

fn open(connection: &mut Connection) {
    let _ = connection.response(STREAM, AT);
}

fn announce(connection: &mut Connection) {
    connection.announce(0.0);
}

fn event(connection: &mut Connection) {
    connection.event();
}

fn end(connection: &mut Connection) {
    connection.failed(Cause::ENDED, 0, AT);
}

fn broken(connection: &mut Connection) {
    connection.failed(Cause::BROKEN, 0, AT);
}

fn silence(connection: &mut Connection) {
    connection.failed(Cause::SILENCE, 1000, AT);
}

fn request_failed(connection: &mut Connection) {
    connection.failed(Cause::NO_REQUEST, 0, AT);
}

fn refusal(connection: &mut Connection) {
    let _ = connection.response(REFUSAL, AT);
}

fn network_error(connection: &mut Connection) {
    let _ = connection.network_error(AT);
}

fn probe_reached(connection: &mut Connection) {
    let _ = connection.probed(true, AT);
}

fn probe_failed(connection: &mut Connection) {
    let _ = connection.probed(false, AT);
}

fn give_up(connection: &mut Connection) {
    connection.failed(Cause::BROKEN, 0, AT);
    connection.decided(Some(5.0));
}

fn leave(connection: &mut Connection) {
    connection.page(PageChange::Left);
}

fn come_back(connection: &mut Connection) {
    connection.page(PageChange::Back);
}

fn hide(connection: &mut Connection) {
    connection.page(PageChange::Hidden);
}

fn show(connection: &mut Connection) {
    connection.page(PageChange::Shown);
}

fn reconnect(connection: &mut Connection) {
    connection.reconnect();
}

/// Every fact that could still be under way.
const LATE: &[Step] = &[
    begin,
    open,
    announce,
    event,
    end,
    broken,
    silence,
    request_failed,
    refusal,
    network_error,
    probe_reached,
    probe_failed,
    give_up,
    leave,
    come_back,
    hide,
    show,
    reconnect,
];

#[test]
fn nothing_that_comes_later_reopens_it() {
    for life in LIVES {
        for lived in 0..=life.len() {
            for late in LATE {
                let mut connection = connection();
                life[..lived].iter().for_each(|step| step(&mut connection));
                connection.close();
                assert_eq!(connection.state(), ReadyState::Closed);
                late(&mut connection);
                // And what would have come after that.
                life[lived..].iter().for_each(|step| step(&mut connection));
                assert_eq!(connection.state(), ReadyState::Closed, "closed after {lived} steps");
            }
        }
    }
}

#[test]
fn no_failure_after_it_promises_a_way_on() {
    for life in LIVES {
        for lived in 0..=life.len() {
            let mut connection = connection();
            life[..lived].iter().for_each(|step| step(&mut connection));
            connection.close();
            for cause in [Cause::ENDED, Cause::BROKEN, Cause::SILENCE, Cause::NO_REQUEST] {
                assert_eq!(connection.failed(cause, 0, AT).reconnect_in, None);
                assert_eq!(connection.decided(Some(10.0)).reconnect_in, None);
            }
            assert_eq!(connection.response(REFUSAL, AT), Verdict::Failed);
            assert_eq!(connection.failure().reconnect_in, None);
            assert_eq!(connection.network_error(AT), NetworkError::Failed);
            assert_eq!(connection.failure().reconnect_in, None);
        }
    }
}

#[test]
fn neither_asks_for_a_probe_nor_for_the_request_once_more_after_it() {
    let mut before = connection();
    before.begin_attempt(0.0);
    before.close();
    assert_eq!(before.network_error(AT), NetworkError::Failed);
    let mut probing = connection();
    probing.begin_attempt(0.0);
    assert_eq!(probing.network_error(AT), NetworkError::ProbeReach);
    probing.close();
    assert_eq!(probing.probed(true, AT), NetworkError::Failed);
}
