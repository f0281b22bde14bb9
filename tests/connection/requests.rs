//! What may be sent a second time: a prompt that is sent twice costs money.

use eventsource_wasm::connection::{Moment, Reason, Request, RetryPolicy};

use super::client::{Client, get};
use super::server::{Answer, Asked, Piece, empty_stream, one_event, status};

/// A POST that nobody allowed to be repeated.
fn post() -> Request {
    Request { repeatable: false, ..Request::default() }
}

fn client(request: Request) -> Client {
    let policy = RetryPolicy { statuses: vec![503], ..RetryPolicy::default() };
    Client::new(request, policy, 1000.0)
}

#[test]
fn a_post_is_not_sent_again_once_a_response_has_begun() {
    for (answer, reason) in [
        (empty_stream(), Reason::EndOfStream),
        (one_event(), Reason::EndOfStream),
        (Answer::Stream(vec![Piece::Event, Piece::Break]), Reason::Network),
        // Even of a status that the policy retries.
        (status(503), Reason::Status),
    ] {
        let mut client = client(post());
        client.run(5, |_, _| answer.clone());
        assert_eq!(client.asked(), [Asked::Attempt(1)], "{answer:?}");
        let failure = client.failures()[0];
        assert_eq!((failure.reason(), failure.reconnect_in), (reason, None));
        assert!(failure.message("", "").contains("not sent again"), "{}", failure.message("", ""));
    }
}

#[test]
fn a_post_that_got_no_response_is_sent_again() {
    let mut client = client(post());
    client.run(9, |asked, _| if asked == Asked::Attempt(3) { one_event() } else { Answer::Down });
    assert_eq!(client.asked(), [1, 2, 3].map(Asked::Attempt));
    assert_eq!(client.delays().last(), Some(&None));
}

#[test]
fn a_post_that_the_user_allows_to_be_repeated_is_like_a_get() {
    let mut client = client(get());
    client.run(3, |asked, _| if asked == Asked::Attempt(1) { status(503) } else { one_event() });
    assert_eq!(client.asked(), [1, 2, 3].map(Asked::Attempt));
}

#[test]
fn a_body_that_is_a_stream_is_sent_once_whatever_happens() {
    for answer in [Answer::Down, empty_stream(), one_event(), status(503), Answer::Stream(vec![Piece::Break])] {
        for repeatable in [false, true] {
            let mut client = client(Request { repeatable, one_shot_body: true, ..Request::default() });
            client.run(5, |_, _| answer.clone());
            assert_eq!(client.asked(), [Asked::Attempt(1)], "{answer:?}");
            let failure = client.failures()[0];
            assert_eq!(failure.reconnect_in, None);
            let why =
                if repeatable || matches!(answer, Answer::Down) { "can't be sent twice" } else { "not sent again" };
            assert!(failure.message("", "").contains(why), "{}", failure.message("", ""));
        }
    }
}

#[test]
fn no_retry_function_sends_a_stream_twice() {
    let mut client = client(Request { repeatable: true, one_shot_body: true, ..Request::default() });
    client.attempt(&mut |_, _| Answer::Down).expect("it fails");
    let failure = *client.connection.decided(Some(10.0));
    assert_eq!(failure.reconnect_in, None);
    assert!(client.connection.is_closed());
    assert!(failure.message("", "").contains("can't be sent twice"), "{}", failure.message("", ""));
}

#[test]
fn a_stream_that_was_sent_is_refused_to_whoever_reconnects_and_the_page_is_not_blamed() {
    let mut client = client(Request { repeatable: true, one_shot_body: true, ..Request::default() });
    client.connection.begin_attempt(0.0);
    client.connection.reconnect();
    let failure = client.connection.refusal(Moment::default()).expect("it is refused");
    assert_eq!(failure.reconnect_in, None);
    assert!(
        failure.message("", "").starts_with("a new connection was asked for; its body is a stream"),
        "{}",
        failure.message("", "")
    );
}
