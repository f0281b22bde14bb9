//! Telling a refusal by CORS, which fails for good, from a server that is down, which is retried: `fetch` says the
//! same of both.

use eventsource_wasm::connection::{Reason, Request, RetryPolicy};

use super::client::{Client, get};
use super::server::{Answer, Asked, empty_stream, one_event};

fn client(request: Request) -> Client {
    let policy = RetryPolicy { jitter: Some(0.0), ..RetryPolicy::default() };
    Client::new(request, policy, 1000.0)
}

fn cross_origin() -> Client {
    client(Request { cross_origin: true, can_probe: true, ..get() })
}

fn same_origin() -> Client {
    client(Request { can_probe: true, ..get() })
}

#[test]
fn a_refusal_fails_for_good_after_a_probe_and_one_more_request() {
    let mut client = cross_origin();
    client.run(5, |_, _| Answer::Refused);
    assert_eq!(client.asked(), [Asked::Attempt(1), Asked::ProbeReach, Asked::Again]);
    let failure = client.failures()[0];
    assert_eq!((failure.reason(), failure.status(), failure.reconnect_in), (Reason::Network, None, None));
    assert!(
        failure.message("", "").contains("CORS") && failure.message("", "").contains("Access-Control-Allow-Origin")
    );
}

#[test]
fn a_server_that_is_down_is_retried_and_probed_each_time() {
    for (mut client, probe) in [(cross_origin(), Asked::ProbeReach), (same_origin(), Asked::ProbeRedirect)] {
        client.run(3, |_, _| Answer::Down);
        let expected: Vec<_> = (1..=3).flat_map(|number| [Asked::Attempt(number), probe]).collect();
        assert_eq!(client.asked(), expected);
        assert_eq!(client.delays(), [1000.0, 2000.0, 4000.0].map(Some));
        assert!(client.failures()[0].message("", "").contains("could not be reached"));
    }
}

#[test]
fn a_refusal_after_a_redirect_from_the_same_origin_fails_for_good() {
    let mut client = same_origin();
    client.run(5, |_, _| Answer::Refused);
    assert_eq!(client.asked(), [Asked::Attempt(1), Asked::ProbeRedirect, Asked::ProbeReach, Asked::Again]);
    assert!(client.failures()[0].message("", "").contains("CORS"));
    assert!(client.connection.is_closed());
}

#[test]
fn a_redirect_to_a_server_that_is_down_is_retried() {
    let mut client = same_origin();
    client.run(1, |asked, _| if asked == Asked::ProbeRedirect { Answer::Refused } else { Answer::Down });
    assert_eq!(client.asked(), [Asked::Attempt(1), Asked::ProbeRedirect, Asked::ProbeReach]);
    assert_eq!(client.delays(), [Some(1000.0)]);
}

#[test]
fn a_failure_that_passes_before_the_second_request_is_no_refusal() {
    let mut client = cross_origin();
    client.run(1, |asked, _| match asked {
        Asked::Attempt(_) => Answer::Down,
        Asked::Again => one_event(),
        _ => Answer::Refused,
    });
    assert_eq!(client.asked(), [Asked::Attempt(1), Asked::ProbeReach, Asked::Again]);
    let failure = client.failures()[0];
    assert_eq!((failure.reason(), failure.attempt), (Reason::EndOfStream, 1));
}

#[test]
fn a_server_that_let_us_in_once_is_down_and_not_refusing() {
    for mut client in [cross_origin(), same_origin()] {
        client.run(3, |asked, _| if asked == Asked::Attempt(1) { empty_stream() } else { Answer::Refused });
        assert_eq!(client.asked(), [1, 2, 3].map(Asked::Attempt));
        assert!(!client.connection.is_closed());
    }
}

#[test]
fn nothing_is_probed_where_a_probe_makes_no_sense() {
    for request in [get(), Request { cross_origin: true, ..get() }] {
        let mut client = client(request);
        client.run(2, |_, _| Answer::Refused);
        assert_eq!(client.asked(), [1, 2].map(Asked::Attempt));
    }
}

#[test]
fn what_must_not_be_sent_twice_is_not_for_the_sake_of_a_probe() {
    for (repeatable, one_shot_body) in [(false, false), (true, true), (false, true)] {
        let request = Request { cross_origin: true, can_probe: true, repeatable, one_shot_body, ..get() };
        let mut client = client(request);
        client.run(5, |_, _| Answer::Refused);
        assert_eq!(client.asked(), [Asked::Attempt(1), Asked::ProbeReach]);
        assert!(client.failures()[0].message("", "").contains("CORS"));
        assert!(client.connection.is_closed());
    }
}

#[test]
fn a_request_that_the_pages_policy_forbids_fails_for_good_and_says_so() {
    let mut client = cross_origin();
    client.connection.forbid();
    client.run(5, |_, _| Answer::Down);
    assert_eq!(client.asked(), [Asked::Attempt(1)]);
    assert_eq!(client.delays(), [None]);
    assert!(client.failures()[0].message("", "").contains("Content Security Policy"));
}
