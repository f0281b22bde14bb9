//! What a verbose parser tells beside events, and `finish_line`.

use eventsource_wasm::parser::RecordKind::{Comment, InvalidRetry, UnknownField};
use eventsource_wasm::parser::{ParserOptions, RecordKind};

use super::observed::{Observed, cut};
use super::reference::Happening;
use super::tables;

fn verbose() -> Observed {
    Observed::new(ParserOptions { verbose: true, ..ParserOptions::default() })
}

/// Lines that count for nothing, as a verbose parser tells them, whatever the pieces.
fn assert_ignored(stream: impl AsRef<[u8]>, finish: bool, expected: &[(RecordKind, &str)]) {
    let stream = stream.as_ref();
    for length in 1..=stream.len() {
        let mut observed = verbose();
        for piece in cut(stream, &[length]) {
            observed.feed(piece);
        }
        if finish {
            observed.finish_line();
        }
        let ignored: Vec<_> = observed.ignored.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(ignored, expected, "in pieces of {length} bytes");
    }
}

#[test]
fn comments_come_without_colon_and_space() {
    assert_ignored(
        ":a\n: b\n:  c\n:\n::d\r: é中😀\r\n",
        false,
        &[(Comment, "a"), (Comment, "b"), (Comment, " c"), (Comment, ""), (Comment, ":d"), (Comment, "é中😀")],
    );
}

#[test]
fn unknown_fields_come_whole() {
    assert_ignored(
        "x: 1\nunknown\n data: a\nData: a\ndatax\n{\"error\": 1}\n",
        false,
        &["x: 1", "unknown", " data: a", "Data: a", "datax", "{\"error\": 1}"].map(|line| (UnknownField, line)),
    );
}

#[test]
fn bad_retries_come_whole() {
    assert_ignored(
        "retry: soon\nretry\nretry:\nretry:1\nretry: -1\n",
        false,
        &["retry: soon", "retry", "retry:", "retry: -1"].map(|line| (InvalidRetry, line)),
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_line() {
    assert_ignored("\u{feff}:a\n\u{feff}:b\n", false, &[(Comment, "a"), (UnknownField, "\u{feff}:b")]);
    assert_ignored("\u{feff}x\n", false, &[(UnknownField, "x")]);
}

#[test]
fn malformed_bytes_are_replaced() {
    assert_ignored(b":\xC3\n\xA9: 1\n", false, &[(Comment, "\u{fffd}"), (UnknownField, "\u{fffd}: 1")]);
}

#[test]
fn an_unfinished_line_is_told_by_finish_line() {
    assert_ignored("x: 1\n{\"error\"", false, &[(UnknownField, "x: 1")]);
    assert_ignored("x: 1\n{\"error\"", true, &[(UnknownField, "x: 1"), (UnknownField, "{\"error\"")]);
    assert_ignored(":a", true, &[(Comment, "a")]);
    assert_ignored("retry: x", true, &[(InvalidRetry, "retry: x")]);
    assert_ignored(b"\xEF\xBB", true, &[(UnknownField, "\u{fffd}")]);
    assert_ignored("data: a", true, &[]);
    assert_ignored("x\n", true, &[(UnknownField, "x")]);
}

#[test]
fn what_is_told_comes_in_the_order_of_the_stream() {
    let mut observed = verbose();
    observed.feed(b": 1\ndata: 2\nx: 3\n\nretry: 4\nid: 5\n: 6\n\n");
    let kinds: Vec<_> = observed.parser.batch().records().map(|record| record.kind).collect();
    use RecordKind::{Event, Id, Retry};
    assert_eq!(kinds, [Comment, UnknownField, Event, Retry, Comment, Id]);
}

#[test]
fn a_parser_that_is_not_verbose_tells_none_of_it() {
    let mut observed = Observed::default();
    observed.feed(b": c\nx: 1\nretry: x\n{\"error\"");
    observed.finish_line();
    assert!(observed.ignored.is_empty() && observed.happenings.is_empty());
}

#[test]
fn verbose_parsers_dispatch_the_same_events() {
    for case in tables::all() {
        for length in [1, 2, 3, 7, 1000] {
            let mut observed = verbose();
            for piece in cut(&case.stream, &[length]) {
                observed.feed(piece);
            }
            assert_eq!(observed.outcome(), case.expected, "{}: pieces of {length} bytes", case.name);
        }
    }
}

#[test]
fn a_finished_line_is_followed_by_a_new_one() {
    for unfinished in ["data: a", ": c", "unknown", "event: t\ndata: a", "\u{feff}data: a"] {
        for mut observed in [verbose(), Observed::default()] {
            for piece in cut(unfinished.as_bytes(), &[2]) {
                observed.feed(piece);
            }
            observed.finish_line();
            observed.finish_line();
            observed.feed(b"data: b\n\n");
            let Some(Happening::Event { data, .. }) = observed.happenings.last() else { panic!("{unfinished}") };
            assert_eq!(data, if unfinished.ends_with("data: a") { "a\nb" } else { "b" }, "{unfinished}");
        }
    }
}

#[test]
fn to_finish_a_line_that_has_not_begun_changes_nothing() {
    for (pieces, finished) in [(vec!["event: t\n"], 1), (vec!["event: t"], 2), (vec!["event: t", "\n", ""], 3)] {
        for mut observed in [verbose(), Observed::default()] {
            for piece in &pieces {
                observed.feed(piece.as_bytes());
            }
            for _ in 0..finished {
                observed.finish_line();
            }
            observed.feed(b"data: a\n\n");
            let [Happening::Event { event_type, data, .. }] = &observed.happenings[..] else { panic!("{pieces:?}") };
            assert_eq!((&event_type[..], &data[..]), ("t", "a"), "{pieces:?}");
        }
    }
}

#[test]
fn a_verbose_parser_limits_the_lines_that_it_keeps() {
    let lines = [": {}", "x: {}", "retry: x{}", "datax: {}"].map(|line| line.replace("{}", &"y".repeat(40)));
    for line in lines {
        for stream in [format!("{line}\n"), line.clone()] {
            for length in 1..=stream.len() {
                let mut observed = Observed::new(ParserOptions { max_event_size: 20, verbose: true });
                for piece in cut(stream.as_bytes(), &[length]) {
                    observed.feed(piece);
                }
                assert!(observed.parser.too_large().is_some(), "{stream:?} in pieces of {length} bytes");
            }
        }
    }
}
