//! When it connects again: the delays of the policy, and what resets them.

use eventsource_wasm::connection::{Request, RetryPolicy};

use super::client::{Client, get};
use super::random::simulations;
use super::server::{Answer, Asked, Piece, empty_stream, one_event, retry_after, status};

/// A policy without chance.
fn steady() -> RetryPolicy {
    RetryPolicy { jitter: Some(0.0), ..RetryPolicy::default() }
}

fn with_statuses(statuses: &[u16]) -> RetryPolicy {
    RetryPolicy { statuses: statuses.to_vec(), ..steady() }
}

/// The delays that follow one answer given for ever.
fn delays_of(policy: RetryPolicy, reconnection_time: f64, attempts: u32, answer: &Answer) -> Vec<f64> {
    let mut client = Client::new(get(), policy, reconnection_time);
    client.run(attempts, |_, _| answer.clone());
    client.delays().into_iter().flatten().collect()
}

#[test]
fn a_server_that_is_down_is_asked_ever_more_seldom_up_to_thirty_seconds() {
    let delays = delays_of(steady(), 3000.0, 7, &Answer::Down);
    assert_eq!(delays, [3000.0, 6000.0, 12_000.0, 24_000.0, 30_000.0, 30_000.0, 30_000.0]);
}

#[test]
fn a_server_that_opens_and_closes_at_once_is_no_hot_loop() {
    for answer in [empty_stream(), Answer::Stream(vec![Piece::Break])] {
        assert_eq!(delays_of(steady(), 3000.0, 5, &answer), [3000.0, 6000.0, 12_000.0, 24_000.0, 30_000.0]);
        // Even where the reconnection time is nothing at all.
        let delays = delays_of(steady(), 0.0, 40, &answer);
        assert_eq!(delays[..4], [0.0, 1.0, 2.0, 4.0]);
        assert_eq!(delays[39], 30_000.0);
    }
}

#[test]
fn an_event_makes_the_delay_small_again() {
    assert_eq!(delays_of(steady(), 3000.0, 4, &one_event()), [3000.0; 4]);
    let mut client = Client::new(get(), steady(), 1000.0);
    client.run(6, |asked, _| if asked == Asked::Attempt(4) { one_event() } else { Answer::Down });
    assert_eq!(client.delays(), [1000.0, 2000.0, 4000.0, 1000.0, 2000.0, 4000.0].map(Some));
}

#[test]
fn a_connection_that_stood_for_a_while_makes_the_delay_small_again() {
    let stood = |milliseconds| Answer::Stream(vec![Piece::Pause(milliseconds)]);
    assert_eq!(delays_of(steady(), 1000.0, 3, &stood(5000.0)), [1000.0; 3]);
    assert_eq!(delays_of(steady(), 1000.0, 3, &stood(4999.0)), [1000.0, 2000.0, 4000.0]);
    let patient = RetryPolicy { reset_after: 60_000.0, ..steady() };
    assert_eq!(delays_of(patient.clone(), 1000.0, 3, &stood(59_999.0)), [1000.0, 2000.0, 4000.0]);
    assert_eq!(delays_of(patient, 1000.0, 3, &stood(60_000.0)), [1000.0; 3]);
    let never = RetryPolicy { reset_after: f64::INFINITY, ..steady() };
    assert_eq!(delays_of(never, 1000.0, 3, &stood(1e12)), [1000.0, 2000.0, 4000.0]);
}

#[test]
fn a_laptop_that_slept_waits_no_longer_for_it() {
    // The clock jumped by a night while the connection was open.
    let mut client = Client::new(get(), steady(), 1000.0);
    client.run(4, |asked, _| match asked {
        Asked::Attempt(4) => Answer::Stream(vec![Piece::Pause(8.0 * 3_600_000.0), Piece::Break]),
        _ => Answer::Down,
    });
    assert_eq!(client.delays(), [1000.0, 2000.0, 4000.0, 1000.0].map(Some));
}

#[test]
fn chance_takes_up_to_half_of_the_delay_from_the_second_failure_on() {
    let mut lowest = [f64::INFINITY; 5];
    let mut highest = [0.0_f64; 5];
    for seed in 0..simulations() {
        let mut client = Client::seeded(get(), RetryPolicy::default(), 1000.0, seed);
        client.run(5, |_, _| Answer::Down);
        for (at, delay) in client.delays().into_iter().flatten().enumerate() {
            lowest[at] = lowest[at].min(delay);
            highest[at] = highest[at].max(delay);
        }
    }
    assert_eq!((lowest[0], highest[0]), (1000.0, 1000.0));
    for (at, full) in [(1, 2000.0), (2, 4000.0), (3, 8000.0), (4, 16_000.0)] {
        // All of the range is used, and none of what lies outside.
        assert!(lowest[at] > full * 0.5 && lowest[at] < full * 0.51, "{at}: {lowest:?}");
        assert!(highest[at] <= full && highest[at] > full * 0.99, "{at}: {highest:?}");
    }
}

#[test]
fn the_share_of_chance_is_the_policys() {
    for jitter in [0.0, 0.1, 1.0] {
        for seed in 0..200 {
            let policy = RetryPolicy { jitter: Some(jitter), ..RetryPolicy::default() };
            let mut client = Client::seeded(get(), policy, 1000.0, seed);
            client.run(1, |_, _| Answer::Down);
            let delay = client.delays()[0].expect("it goes on");
            assert!((1000.0 * (1.0 - jitter)..=1000.0).contains(&delay), "{jitter}: {delay}");
        }
    }
}

#[test]
fn factor_and_ceiling_are_the_policys() {
    let policy = RetryPolicy { factor: 3.0, max_delay: 20_000.0, ..steady() };
    assert_eq!(delays_of(policy, 1000.0, 5, &Answer::Down), [1000.0, 3000.0, 9000.0, 20_000.0, 20_000.0]);
    let constant = RetryPolicy { factor: 1.0, ..steady() };
    assert_eq!(delays_of(constant, 700.0, 4, &Answer::Down), [700.0; 4]);
    let huge = RetryPolicy { factor: f64::MAX, max_delay: f64::INFINITY, ..RetryPolicy::default() };
    assert!(delays_of(huge, 1000.0, 9, &Answer::Down).iter().all(|&delay| delay.is_finite() && delay >= 1000.0));
}

#[test]
fn what_a_retry_field_says_is_the_least_and_where_the_delay_starts() {
    let mut client = Client::new(get(), RetryPolicy { jitter: Some(1.0), ..RetryPolicy::default() }, 100.0);
    client.run(50, |asked, _| match asked {
        Asked::Attempt(1) => Answer::Stream(vec![Piece::Retry(7000.0), Piece::Event]),
        _ => Answer::Down,
    });
    assert_eq!(client.connection.reconnection_time(), 7000.0);
    assert!(client.delays().into_iter().flatten().all(|delay| (7000.0..=30_000.0).contains(&delay)));
    // Longer than the ceiling: then that is the delay.
    let slow = Answer::Stream(vec![Piece::Retry(120_000.0)]);
    assert_eq!(delays_of(steady(), 100.0, 4, &slow), [120_000.0; 4]);
    // A shorter one than the option's replaces that.
    assert_eq!(delays_of(steady(), 9000.0, 1, &Answer::Stream(vec![Piece::Retry(10.0)])), [10.0]);
}

#[test]
fn retry_after_only_lengthens_the_delay() {
    let policy = || with_statuses(&[429, 503]);
    for (value, expected) in [
        ("0", [1000.0, 2000.0, 4000.0]),
        ("3", [3000.0, 3000.0, 4000.0]),
        // More than the policy's own ceiling.
        ("120", [120_000.0; 3]),
        ("soon", [1000.0, 2000.0, 4000.0]),
        ("-5", [1000.0, 2000.0, 4000.0]),
        ("", [1000.0, 2000.0, 4000.0]),
    ] {
        for code in [429, 503] {
            assert_eq!(delays_of(policy(), 1000.0, 3, &retry_after(code, value)), expected, "{code} {value:?}");
        }
    }
    let endless = retry_after(503, &"9".repeat(400));
    assert!(delays_of(policy(), 1000.0, 1, &endless)[0].is_finite());
}

#[test]
fn retry_after_may_be_a_date_in_each_of_https_forms() {
    // The client's clock says 08:49:37.
    for date in ["Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"] {
        assert_eq!(delays_of(with_statuses(&[503]), 1000.0, 1, &retry_after(503, date)), [60_000.0], "{date}");
        // By the time of the second answer, a part of it is over.
        let mut client = Client::new(get(), with_statuses(&[503]), 1000.0);
        client.now = 20_000.0;
        client.run(1, |_, _| retry_after(503, date));
        assert_eq!(client.delays(), [Some(40_000.0)], "{date}");
        client.now = 100_000.0;
        client.run(1, |_, _| retry_after(503, date));
        assert_eq!(client.delays()[1], Some(2000.0), "{date} is past");
    }
}

#[test]
fn a_policy_gives_up_after_its_last_attempt() {
    for most in [1.0, 2.0, 5.0] {
        let mut client = Client::new(get(), RetryPolicy { max_attempts: most, ..steady() }, 10.0);
        client.run(100, |_, _| Answer::Down);
        assert_eq!(client.asked().len() as f64, most);
        let last = *client.failures()[client.failures().len() - 1];
        assert_eq!((f64::from(last.attempt), last.reconnect_in), (most, None));
        assert!(last.message("", "").contains("last attempt"), "{}", last.message("", ""));
    }
}

#[test]
fn attempts_are_counted_in_a_row() {
    let mut client = Client::new(get(), RetryPolicy { max_attempts: 4.0, ..steady() }, 10.0);
    client.run(9, |asked, _| match asked {
        Asked::Attempt(number) if number % 3 == 0 => one_event(),
        _ => Answer::Down,
    });
    assert!(!client.connection.is_closed());
    let in_a_row: Vec<u32> = client.failures().iter().map(|failure| failure.attempt).collect();
    // The third attempt brings an event, then ends: that end is the first failure of the next row.
    assert_eq!(in_a_row, [1, 2, 1, 2, 3, 1, 2, 3, 1]);
}

#[test]
fn refusals_of_the_policys_statuses_back_off_too() {
    let delays = delays_of(with_statuses(&[503]), 3000.0, 5, &status(503));
    assert_eq!(delays, [3000.0, 6000.0, 12_000.0, 24_000.0, 30_000.0]);
}

#[test]
fn what_cannot_be_fetched_at_all_is_not_tried_again() {
    let mut client = Client::new(Request { unfetchable: true, ..get() }, steady(), 10.0);
    client.run(3, |_, _| Answer::Down);
    assert_eq!(client.asked(), [Asked::Attempt(1)]);
    assert_eq!(client.delays(), [None]);
}
