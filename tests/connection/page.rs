//! What the page's life does to a connection: it rests in the back/forward cache and, if asked to, out of sight.

use eventsource_wasm::connection::{
    Connection, Moment, PageChange, PageVerdict, ReadyState, Request, Response, RetryPolicy,
};

use super::client::{Client, get};
use super::server::{Answer, one_event};

const AT: Moment = Moment { now: 0.0, random: 0.5 };

fn open(request: Request) -> Connection {
    let mut connection = Connection::new(request, RetryPolicy::default(), 1000.0);
    connection.begin_attempt(0.0);
    connection.announce(0.0);
    connection
}

#[test]
fn in_the_back_forward_cache_it_rests_until_the_page_is_back() {
    let mut connection = open(get());
    assert_eq!(connection.page(PageChange::Left), PageVerdict::Rest);
    assert_eq!(connection.state(), ReadyState::Connecting);
    assert_eq!(connection.page(PageChange::Back), PageVerdict::Resume);
    assert_eq!(connection.state(), ReadyState::Connecting);
}

#[test]
fn out_of_sight_it_rests_only_where_it_was_asked_to() {
    let mut connection = open(get());
    assert_eq!(connection.page(PageChange::Hidden), PageVerdict::GoOn);
    assert_eq!(connection.state(), ReadyState::Open);
    let mut connection = open(Request { pause_when_hidden: true, ..get() });
    assert_eq!(connection.page(PageChange::Hidden), PageVerdict::Rest);
    assert_eq!(connection.page(PageChange::Shown), PageVerdict::Resume);
}

#[test]
fn it_rests_as_long_as_there_is_one_reason_to() {
    let mut connection = open(Request { pause_when_hidden: true, ..get() });
    assert_eq!(connection.page(PageChange::Hidden), PageVerdict::Rest);
    assert_eq!(connection.page(PageChange::Left), PageVerdict::GoOn);
    assert_eq!(connection.page(PageChange::Back), PageVerdict::GoOn);
    assert_eq!(connection.page(PageChange::Shown), PageVerdict::Resume);
}

#[test]
fn nothing_hurries_a_connection_that_rests() {
    let mut connection = open(get());
    connection.page(PageChange::Left);
    assert_eq!(connection.page(PageChange::Online), PageVerdict::GoOn);
    assert_eq!(connection.page(PageChange::Shown), PageVerdict::GoOn);
}

#[test]
fn what_may_be_sent_once_only_is_not_sent_again_after_a_rest() {
    for (request, answered) in [
        (Request { repeatable: false, ..get() }, true),
        (Request { one_shot_body: true, ..get() }, true),
        (Request { one_shot_body: true, ..get() }, false),
    ] {
        let mut connection = Connection::new(request, RetryPolicy::default(), 1000.0);
        assert_eq!(connection.refusal(AT), None);
        connection.begin_attempt(0.0);
        if answered {
            let stream = Response { status: 200, content_type: b"text/event-stream", retry_after: 0.0 };
            connection.response(stream, AT);
            connection.announce(0.0);
        }
        connection.page(PageChange::Left);
        connection.page(PageChange::Back);
        let refusal = connection.refusal(AT).expect("it is not sent again");
        assert_eq!(refusal.reconnect_in, None);
        assert!(refusal.message("", "").contains("sent"), "{}", refusal.message("", ""));
        assert!(connection.is_closed());
    }
}

#[test]
fn what_may_be_sent_again_is_after_a_rest() {
    // A GET, a POST that the user lets repeat, and a POST that got no answer.
    for (request, answer) in [(get(), one_event()), (Request { repeatable: false, ..get() }, Answer::Down)] {
        let mut client = Client::new(request, RetryPolicy::default(), 1000.0);
        client.run(1, |_, _| answer.clone());
        client.connection.page(PageChange::Left);
        client.connection.page(PageChange::Back);
        assert_eq!(client.connection.refusal(AT), None);
    }
}

#[test]
fn a_user_who_reconnects_may_send_a_post_again() {
    let mut connection = open(Request { repeatable: false, ..get() });
    let stream = Response { status: 200, content_type: b"text/event-stream", retry_after: 0.0 };
    connection.response(stream, AT);
    connection.reconnect();
    assert_eq!(connection.refusal(AT), None);
}

#[test]
fn being_seen_and_being_online_cut_a_wait_short() {
    for change in [PageChange::Online, PageChange::Shown] {
        assert_eq!(open(get()).page(change), PageVerdict::Hurry);
    }
}

#[test]
fn what_breaks_while_the_page_may_be_leaving_is_not_told_at_once() {
    let mut connection = open(get());
    let usual = connection.patience();
    connection.page(PageChange::Leaving);
    assert!(connection.patience() > usual + 1000.0);
    // It was for that one time: the page is still there.
    assert_eq!(connection.patience(), usual);
}
