//! How long silence is borne: by the clock, from the last byte on, while somebody reads.

use eventsource_wasm::connection::{Connection, Request, RetryPolicy};

use super::client::get;

fn connection(heartbeat_timeout: Option<f64>) -> Connection {
    let mut connection = Connection::new(Request { heartbeat_timeout, ..get() }, RetryPolicy::default(), 1000.0);
    connection.begin_attempt(100.0);
    connection
}

#[test]
fn without_the_option_silence_may_last() {
    assert_eq!(connection(None).heartbeat_left(1e12), None);
}

#[test]
fn a_server_that_never_answers_is_silent_too() {
    let connection = connection(Some(45_000.0));
    assert_eq!(connection.heartbeat_left(100.0), Some(45_000.0));
    assert_eq!(connection.heartbeat_left(45_100.0), Some(0.0));
}

#[test]
fn each_byte_begins_it_anew() {
    let mut connection = connection(Some(1000.0));
    for now in [600.0, 1500.0, 2400.0] {
        assert!(connection.heartbeat_left(now) > Some(0.0));
        connection.reading(Some(now));
        assert_eq!(connection.heartbeat_left(now + 999.0), Some(1.0));
    }
}

#[test]
fn listeners_that_are_behind_are_no_silence_of_the_servers() {
    let mut connection = connection(Some(1000.0));
    connection.reading(None);
    assert_eq!(connection.heartbeat_left(1e9), Some(1000.0));
    connection.reading(Some(1e9));
    assert_eq!(connection.heartbeat_left(1e9 + 1000.0), Some(0.0));
}

#[test]
fn a_laptop_that_wakes_up_notices_at_once() {
    let mut connection = connection(Some(45_000.0));
    connection.reading(Some(1000.0));
    // No timer ran meanwhile; the clock did.
    assert!(connection.heartbeat_left(8.0 * 3_600_000.0) < Some(0.0));
}

#[test]
fn a_new_attempt_has_all_of_it() {
    let mut connection = connection(Some(1000.0));
    connection.begin_attempt(5000.0);
    assert_eq!(connection.heartbeat_left(5400.0), Some(600.0));
}
