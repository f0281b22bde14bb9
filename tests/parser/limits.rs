//! `max_event_size`: where it begins to count, what it leaves alone, and how a parser goes on after it.

use eventsource_wasm::parser::{ParserOptions, TooLarge};

use super::observed::{Observed, cut};
use super::reference::Happening;

const LIMIT: usize = 20;

/// Feeds a stream in pieces of each length from one byte to all, and says for all of them alike whether it was too
/// large and which data came out.
fn with_limit(stream: impl AsRef<[u8]>) -> (bool, Vec<String>) {
    let stream = stream.as_ref();
    let results: Vec<_> = (1..=stream.len())
        .map(|length| {
            let mut observed = Observed::new(ParserOptions { max_event_size: LIMIT, verbose: false });
            for piece in cut(stream, &[length]) {
                observed.feed(piece);
            }
            let too_large = observed.parser.too_large();
            assert!(too_large.is_none_or(|error| error == TooLarge { max_event_size: LIMIT }));
            (too_large.is_some(), data(&observed))
        })
        .collect();
    for (result, length) in results.iter().zip(1..) {
        assert_eq!(result, &results[0], "in pieces of {length} bytes");
    }
    results[0].clone()
}

fn data(observed: &Observed) -> Vec<String> {
    let data = |happening: &Happening| match happening {
        Happening::Event { data, .. } => Some(data.clone()),
        Happening::Retry(_) => None,
    };
    observed.happenings.iter().filter_map(data).collect()
}

fn passes(stream: impl AsRef<[u8]>, expected: &[&str]) {
    let (too_large, data) = with_limit(stream);
    assert!(!too_large);
    assert_eq!(data, expected);
}

fn fails(stream: impl AsRef<[u8]>, expected: &[&str]) {
    let (too_large, data) = with_limit(stream);
    assert!(too_large);
    assert_eq!(data, expected);
}

fn x(count: usize) -> String {
    "x".repeat(count)
}

#[test]
fn data_of_one_line_may_be_as_long_as_the_limit() {
    passes(format!("data: {}\n\n", x(LIMIT)), &[&x(LIMIT)]);
    passes(format!("\u{feff}data: {}\r\n\r\n", x(LIMIT)), &[&x(LIMIT)]);
    fails(format!("data: {}\n\n", x(LIMIT + 1)), &[]);
    fails(format!("data:{}\n\n", x(LIMIT + 1)), &[]);
}

#[test]
fn data_after_a_type_counts_as_data_without_one() {
    for first in [&x(1), &x(LIMIT)] {
        let stream = format!("event: a\ndata: {first}\n\nevent: a\ndata: ");
        passes(format!("{stream}{}\n\n", x(LIMIT)), &[first, &x(LIMIT)]);
        fails(format!("{stream}{}\n\n", x(LIMIT + 1)), &[first]);
    }
}

#[test]
fn data_of_many_lines_counts_with_the_line_feeds_between() {
    passes(format!("data: {}\ndata: {}\n\n", x(10), x(LIMIT - 11)), &[&format!("{}\n{}", x(10), x(LIMIT - 11))]);
    fails(format!("data: {}\ndata: {}\n\n", x(10), x(LIMIT - 10)), &[]);
    passes(format!("{}\n", "data\n".repeat(LIMIT + 1)), &[&"\n".repeat(LIMIT)]);
    fails(format!("{}\n", "data\n".repeat(LIMIT + 2)), &[]);
}

#[test]
fn bytes_count_and_not_characters() {
    passes(format!("data: {}\n\n", "é".repeat(LIMIT / 2)), &[&"é".repeat(LIMIT / 2)]);
    fails(format!("data: {}\n\n", "é".repeat(LIMIT / 2 + 1)), &[]);
    let broken = [b"data: ", &[0xFF; LIMIT][..], b"\n\n"].concat();
    passes(broken, &[&"\u{fffd}".repeat(LIMIT)]);
}

#[test]
fn type_names_and_ids_are_limited() {
    for field in ["event", "id"] {
        passes(format!("{field}: {}\ndata: a\n\n", x(LIMIT)), &["a"]);
        fails(format!("{field}: {}\ndata: a\n\n", x(LIMIT + 1)), &[]);
    }
}

#[test]
fn each_field_has_the_limit_for_itself() {
    let (id, event_type, data) = ("i".repeat(LIMIT), "t".repeat(LIMIT), x(LIMIT));
    passes(format!("id: {id}\nevent: {event_type}\ndata: {data}\n\n"), &[&data]);
    passes(format!("data: {data}\nevent: {event_type}\nid: {id}\n\n"), &[&data]);
    passes(format!("data: {data}\nretry: {}\n\n", "1".repeat(LIMIT)), &[&data]);
}

#[test]
fn an_id_that_is_ignored_and_a_bad_retry_are_limited_too() {
    passes(format!("id: \0{}\ndata: a\n\n", x(LIMIT - 1)), &["a"]);
    fails(format!("id: \0{}\ndata: a\n\n", x(LIMIT)), &[]);
    passes(format!("retry: {}\ndata: a\n\n", x(LIMIT)), &["a"]);
    fails(format!("retry: {}\ndata: a\n\n", x(LIMIT + 1)), &[]);
}

#[test]
fn an_unfinished_line_fails_before_its_end() {
    for field in ["data", "event", "id", "retry"] {
        passes(format!("{field}: {}", x(LIMIT)), &[]);
        fails(format!("{field}: {}", x(LIMIT + 10)), &[]);
        fails(format!("data: a\n\n{field}: {}", x(LIMIT + 10)), &["a"]);
    }
    fails(format!("data: {}\ndata: {}", x(15), x(15)), &[]);
}

#[test]
fn events_before_the_one_that_is_too_large_are_given() {
    fails(format!("data: a\n\ndata: b\ndata: c\n\ndata: {}\n\ndata: d\n\n", x(LIMIT + 1)), &["a", "b\nc"]);
    fails(format!("data: a\n\nid: {}\n\ndata: d\n\n", x(LIMIT + 1)), &["a"]);
}

#[test]
fn what_follows_the_one_that_is_too_large_does_not_move_the_others() {
    let line = format!("data: {}\n{}", x(LIMIT + 1), "y".repeat(32));
    fails(format!("data: a\n\ndata: b\ndata: c\n\n{line}中é😀"), &["a", "b\nc"]);
    // The first of a character's bytes come after the limit, the last before it, where joined data begins.
    let events = b"data: \xC3\xA9\n\ndata: \xA9\ndata: c\n\n";
    fails([events, line.as_bytes(), b"\xC3"].concat(), &["é", "\u{fffd}\nc"]);
    fails([events, &b"data: "[..], &[b'y'; LIMIT + 9], b"\xC3"].concat(), &["é", "\u{fffd}\nc"]);
}

#[test]
fn joined_data_that_is_too_large_does_not_complete_a_character_of_the_event_before() {
    let too_large = x(LIMIT);
    fails([b"data: a\ndata: b\xC3\n\ndata: \xBC\ndata: ", too_large.as_bytes(), b"\n\n"].concat(), &["a\nb\u{fffd}"]);
    // Nor where it is known before its line ends.
    let line = x(LIMIT + 10);
    fails([b"data: a\ndata: b\xC3\n\ndata: \xBC\ndata: ", line.as_bytes()].concat(), &["a\nb\u{fffd}"]);
}

#[test]
fn the_id_of_an_event_that_is_too_large_does_not_count() {
    let mut observed = Observed::new(ParserOptions { max_event_size: LIMIT, verbose: false });
    observed.feed(format!("id: 1\ndata: a\n\nid: 2\ndata: {}\n\n", x(LIMIT + 1)).as_bytes());
    assert!(observed.parser.too_large().is_some());
    assert_eq!(observed.parser.last_event_id(), "1");
}

#[test]
fn comments_and_unknown_fields_of_any_length_do_not_count() {
    passes(format!(":{0}\n{0}\nx: {0}\ndata: a\ndatax: {0}\ndata{0}\n\n:{0}", x(10 * LIMIT)), &["a"]);
    passes(format!("\u{feff}:{0}\ndata: a\n\n", x(10 * LIMIT)), &["a"]);
    passes(format!("data: {0}\n{1}\n\n", x(LIMIT), "y".repeat(10 * LIMIT)), &[&x(LIMIT)]);
}

#[test]
fn nothing_comes_after_too_much_until_reset() {
    let mut observed = Observed::new(ParserOptions { max_event_size: LIMIT, verbose: false });
    observed.feed(format!("event: t\ndata: {}", x(LIMIT + 10)).as_bytes());
    let error = observed.parser.too_large().unwrap();
    assert_eq!(error.to_string(), "an event is larger than the 20 bytes that maxEventSize allows");
    observed.feed(b"data: a\n\n");
    observed.feed(b"");
    observed.finish_line();
    assert!(observed.happenings.is_empty());
    assert!(observed.parser.too_large().is_some());
    observed.reset();
    assert_eq!(observed.parser.too_large(), None);
    observed.feed("\u{feff}data: b\n\n".as_bytes());
    assert_eq!(data(&observed), ["b"]);
}

#[test]
fn a_limit_of_nothing_lets_empty_events_through() {
    let mut observed = Observed::new(ParserOptions { max_event_size: 0, verbose: false });
    observed.feed(b"event\nid\ndata\n\n");
    assert_eq!(data(&observed), [""]);
    observed.feed(b"data:x\n\n");
    assert!(observed.parser.too_large().is_some());
}

#[test]
fn no_limit_overflows() {
    let mut observed = Observed::new(ParserOptions { max_event_size: usize::MAX, verbose: true });
    for piece in cut(b"id: 1\nevent: t\ndata: a\ndata: b\n\ndata: c", &[3]) {
        observed.feed(piece);
    }
    assert_eq!(observed.parser.too_large(), None);
    assert_eq!(data(&observed), ["a\nb"]);
}
