//! What a response means: which ones open, which ones fail for good, which ones are retried, and what is said of it.

use eventsource_wasm::connection::{Cause, ReadyState, Reason, RetryPolicy};

use super::client::{Client, Happened, get};
use super::server::{Answer, Asked, Piece, empty_stream, one_event, retry_after, status};

#[test]
fn two_hundred_and_the_right_type_opens() {
    let mut client = Client::standard();
    assert_eq!(client.connection.state(), ReadyState::Connecting);
    client.run(1, |_, _| one_event());
    let happened: Vec<_> = client.log.iter().map(|(_, what)| what).collect();
    assert!(
        matches!(
            happened[..],
            [Happened::Asked(Asked::Attempt(1)), Happened::Opened, Happened::Event, Happened::Failed(_)]
        ),
        "{happened:?}"
    );
    let end = client.failures()[0];
    assert_eq!(
        (end.reason(), end.status(), end.attempt, end.reconnect_in),
        (Reason::EndOfStream, None, 1, Some(3000.0))
    );
}

#[test]
fn any_other_status_fails_for_good() {
    for code in (201..=206).chain([304]).chain(400..=451).chain(500..=511).chain([599]) {
        let mut client = Client::standard();
        client.run(5, |_, _| status(code));
        assert_eq!(client.asked(), [Asked::Attempt(1)], "{code}");
        let failure = client.failures()[0];
        assert_eq!((failure.reason(), failure.status(), failure.reconnect_in), (Reason::Status, Some(code), None));
        assert!(failure.message("", "").contains(&code.to_string()), "{}", failure.message("", ""));
        assert!(client.connection.is_closed());
    }
}

#[test]
fn retry_after_alone_makes_no_status_one_to_retry() {
    let mut client = Client::standard();
    client.run(5, |_, _| retry_after(503, "1"));
    assert_eq!(client.delays(), [None]);
}

#[test]
fn the_policys_statuses_are_retried_and_the_others_are_not() {
    for code in [401, 404, 408, 425, 429, 500, 502, 503, 504] {
        let policy = RetryPolicy { statuses: vec![code], ..RetryPolicy::default() };
        let mut client = Client::new(get(), policy, 1000.0);
        client.run(3, |asked, _| match asked {
            Asked::Attempt(1) => status(code),
            Asked::Attempt(2) => one_event(),
            _ => status(418),
        });
        let told: Vec<_> = client.failures().iter().map(|failure| (failure.status(), failure.reconnect_in)).collect();
        // An event came in between, so the end of the stream is the first failure of a new row.
        assert_eq!(told, [(Some(code), Some(1000.0)), (None, Some(1000.0)), (Some(418), None)]);
    }
}

#[test]
fn no_content_stops_it() {
    let mut client = Client::standard();
    client.run(5, |asked, _| if asked == Asked::Attempt(1) { empty_stream() } else { status(204) });
    assert_eq!(client.asked(), [Asked::Attempt(1), Asked::Attempt(2)]);
    let last = client.failures()[1];
    assert_eq!((last.status(), last.reconnect_in), (Some(204), None));
    assert!(last.message("", "").contains("not to reconnect"), "{}", last.message("", ""));
}

#[test]
fn another_type_fails_for_good_whatever_is_retried() {
    for content_type in [None, Some(""), Some("text/html"), Some("text/event-stream-2"), Some("nonsense")] {
        let policy = RetryPolicy { statuses: vec![200, 500], ..RetryPolicy::default() };
        let mut client = Client::new(get(), policy, 1000.0);
        client.run(5, |_, _| Answer::Type(content_type));
        assert_eq!(client.asked(), [Asked::Attempt(1)], "{content_type:?}");
        let failure = client.failures()[0];
        assert_eq!((failure.reason(), failure.status(), failure.reconnect_in), (Reason::ContentType, Some(200), None));
        assert!(failure.message("", "").contains("text/event-stream"), "{}", failure.message("", ""));
        let message = failure.message(content_type.unwrap_or_default(), "");
        assert!(message.contains(content_type.unwrap_or_default()), "{message}");
    }
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    let mut client = Client::standard();
    client.run(2, |_, _| Answer::Stream(vec![Piece::Event, Piece::Break]));
    let failure = client.failures()[0];
    assert_eq!((failure.reason(), failure.reconnect_in), (Reason::Network, Some(3000.0)));
    assert!(failure.message("reset", "").contains("reset"), "{}", failure.message("reset", ""));
    assert_eq!(client.asked().len(), 2);
}

#[test]
fn an_event_over_the_limit_fails_for_good() {
    let mut client = Client::standard();
    client.run(3, |_, _| Answer::Stream(vec![Piece::Event, Piece::TooLarge]));
    assert_eq!(client.asked(), [Asked::Attempt(1)]);
    let failure = client.failures()[0];
    assert_eq!((failure.reason(), failure.reconnect_in), (Reason::TooLarge, None));
}

#[test]
fn silence_and_a_request_that_could_not_be_made_are_retried_and_an_abort_is_not() {
    for (cause, goes_on) in [(Cause::SILENCE, true), (Cause::NO_REQUEST, true), (Cause::ABORTED, false)] {
        let mut client = Client::standard();
        client.connection.begin_attempt(0.0);
        let failure = client.interrupted(cause, 45_000);
        assert_eq!((failure.cause, failure.reconnect_in.is_some()), (cause, goes_on));
        let told = failure.message("no token", "");
        assert!(["45000", "no token", "signal"].iter().any(|word| told.contains(word)), "{told}");
    }
}

#[test]
fn a_retry_function_has_the_last_word() {
    for (server, delay) in [(Answer::Down, Some(5.0)), (status(404), Some(0.0)), (empty_stream(), None)] {
        let mut client = Client::standard();
        client.attempt(&mut |_, _| server.clone()).expect("it fails");
        assert_eq!(client.connection.decided(delay).reconnect_in, delay);
        assert_eq!(client.connection.is_closed(), delay.is_none());
    }
}

#[test]
fn nothing_is_final_while_a_retry_function_thinks_but_close() {
    let mut client = Client::standard();
    client.attempt(&mut |_, _| status(404)).expect("it fails");
    assert!(client.connection.is_closed());
    client.connection.deciding();
    assert_eq!(client.connection.state(), ReadyState::Connecting);
    client.connection.decided(None);
    assert!(client.connection.is_closed());
    client.connection.deciding();
    client.connection.close();
    client.connection.deciding();
    assert!(client.connection.is_closed());
    assert_eq!(client.connection.decided(Some(0.0)).reconnect_in, None);
}
