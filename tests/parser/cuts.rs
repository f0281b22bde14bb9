//! The tables, cut into pieces in every way that their length allows: no cut may change what a stream does.

use eventsource_wasm::parser::{MESSAGE, Parser, ParserOptions};

use super::observed::{Observed, cut, observe};
use super::reference::interpret;
use super::tables::{self, Case};

/// Longest stream, in bytes, that is cut into three pieces in every way.
const SHORT: usize = 48;

fn assert_each<P: AsRef<[usize]>>(case: &Case, lengths: impl IntoIterator<Item = P>) {
    for lengths in lengths {
        let pieces = cut(&case.stream, lengths.as_ref());
        assert_eq!(observe(pieces), case.expected, "{}: pieces of {:?} bytes", case.name, lengths.as_ref());
    }
}

#[test]
fn the_reference_does_what_the_tables_say() {
    for case in tables::all() {
        assert_eq!(interpret(&case.stream), case.expected, "{}", case.name);
    }
}

#[test]
fn names_of_cases_are_unique() {
    let mut names: Vec<String> = tables::all().into_iter().map(|case| case.name).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn streams_in_one_piece() {
    for case in tables::all() {
        assert_each(&case, [[usize::MAX]]);
    }
}

#[test]
fn streams_in_two_pieces_cut_anywhere() {
    for case in tables::all() {
        assert_each(&case, (0..=case.stream.len()).map(|at| [at, usize::MAX]));
    }
}

#[test]
fn short_streams_in_three_pieces_cut_anywhere() {
    for case in tables::all().iter().filter(|case| case.stream.len() <= SHORT) {
        let length = case.stream.len();
        let cuts = (0..=length).flat_map(|first| (0..=length - first).map(move |second| [first, second, usize::MAX]));
        assert_each(case, cuts);
    }
}

#[test]
fn streams_in_pieces_of_one_length() {
    for case in tables::all() {
        assert_each(&case, (1..=20).map(|length| [length]));
    }
}

#[test]
fn empty_pieces_change_nothing() {
    for case in tables::all() {
        assert_each(&case, [&[0, 1][..], &[0, 0, 1, 0, 2], &[1, 0, 0], &[0, 7, 0]]);
    }
}

#[test]
fn reserve_and_parse_do_what_feed_does() {
    for case in tables::all() {
        for length in [1, 5, 64] {
            let mut fed = Observed::default();
            let mut reserved = Observed::default();
            for piece in cut(&case.stream, &[length]) {
                fed.feed(piece);
                reserved.parser.reserve(piece.len()).copy_from_slice(piece);
                reserved.parser.parse();
                assert_eq!(fed.parser.batch().text(), reserved.parser.batch().text());
                assert!(fed.parser.batch().records().eq(reserved.parser.batch().records()));
            }
        }
    }
}

#[test]
fn parsing_twice_changes_nothing() {
    for case in tables::all() {
        for length in [1, 5, 64] {
            let mut parser = Parser::default();
            for piece in cut(&case.stream, &[length]) {
                parser.feed(piece);
                let text = parser.batch().text().to_vec();
                let records: Vec<_> = parser.batch().records().collect();
                parser.parse();
                assert_eq!(parser.batch().text(), text, "{}", case.name);
                assert!(parser.batch().records().eq(records), "{}", case.name);
            }
            assert_eq!(parser.last_event_id(), case.expected.last_event_id, "{}", case.name);
        }
    }
}

#[test]
fn room_that_was_not_parsed_is_no_part_of_the_stream() {
    for case in tables::all() {
        let mut observed = Observed::default();
        for piece in cut(&case.stream, &[3]) {
            observed.parser.reserve(5).copy_from_slice(b"data\n");
            observed.feed(piece);
        }
        assert_eq!(observed.outcome(), case.expected, "{}", case.name);
    }
}

#[test]
fn a_reset_parser_reads_the_next_stream_as_a_new_one() {
    for (before, case) in tables::all().iter().rev().zip(tables::all()) {
        for length in [1, 7, 1000] {
            let mut observed = Observed::default();
            for piece in cut(&before.stream, &[length]) {
                observed.feed(piece);
            }
            // The last event ID goes on over streams; without it there is nothing of the one before.
            observed.feed(b"\n\nid\n\n");
            observed.feed(&before.stream[..before.stream.len() / 2]);
            observed.feed(b"\n\nid:\n\n: unfinis");
            observed.reset();
            observed.happenings.clear();
            for piece in cut(&case.stream, &[length]) {
                observed.feed(piece);
            }
            assert_eq!(observed.outcome(), case.expected, "{} after {}", case.name, before.name);
        }
    }
}

#[test]
fn the_last_event_id_outlives_its_stream() {
    let mut observed = Observed::default();
    observed.feed("id: 中\n\nid: unfinis".as_bytes());
    observed.reset();
    assert_eq!(observed.parser.last_event_id(), "中");
    observed.feed(b"data: a\n\n");
    assert_eq!(observed.parser.last_event_id(), "中");
    observed.feed(b"id\n\n");
    assert_eq!(observed.parser.last_event_id(), "");
}

#[test]
fn an_id_given_from_outside_counts_until_the_stream_sets_one() {
    let mut parser = Parser::default();
    parser.set_last_event_id("given");
    parser.feed(b"data: a\n\nid: own\n");
    assert_eq!(parser.last_event_id(), "given");
    parser.feed(b"\n");
    assert_eq!(parser.last_event_id(), "own");
}

#[test]
fn long_lines_are_what_they_are_wherever_they_are_cut() {
    let long = "0123456789abcdef ".repeat(5_000);
    let streams = [
        format!("data: {long}\n\ndata: next\n\n"),
        format!("data:{long}\n\ndata:next\n\n"),
        format!("data:{long}é\r\n\r\nevent: x\ndata: {long}\ndata: {long}\ndata: é\n\n"),
        format!("id: 1\nevent: x\ndata: {long}\nid: 2\n\ndata: {long}"),
        format!("data: first\n\nid: {long}\n: {long}\nevent: {long}\ndata: {long}\n\ndata\n\n"),
        format!("data\ndata: {long}\n\n\u{feff}data: {long}\n\n"),
    ];
    for stream in &streams {
        // 17 bytes are repeated: a piece begins with each of them, the space as well.
        for length in [17_000, 32_768, 32_769, 33_000, 50_000, 80_000, 100_001] {
            let whole = interpret(stream.as_bytes());
            assert_eq!(observe(cut(stream.as_bytes(), &[length])), whole, "in pieces of {length} bytes");
            assert_eq!(observe(cut(stream.as_bytes(), &[length, 1, 1])), whole, "in pieces of {length}, 1 and 1 bytes");
        }
    }
}

/// What a parser keeps for the next piece after one that ends here.
fn kept(options: ParserOptions, piece: &[u8]) -> Vec<u8> {
    let mut parser = Parser::new(options);
    parser.feed(b"data: one\n\n");
    parser.feed(piece);
    parser.unfinished().to_vec()
}

#[test]
fn the_line_of_a_type_stays_with_the_unfinished_line_behind_it() {
    let options = ParserOptions::default();
    for name in ["a", "", " a", ":", "event: a", "\u{e9}", &"x".repeat(64)] {
        for unfinished in ["", "d", "data: x", "id", &"data: ".repeat(170)] {
            let line = format!("event: {name}\n{unfinished}");
            assert_eq!(kept(options, line.as_bytes()), line.as_bytes());
            let line = format!("event:{name}\n{unfinished}");
            assert_eq!(kept(options, line.as_bytes()), line.as_bytes());
            let others = format!("data: two\n\nevent: other\n{line}");
            assert_eq!(kept(options, others.as_bytes()), line.as_bytes());
        }
    }
}

#[test]
fn the_line_of_a_type_goes_where_it_can_make_no_event_at_once_or_would_be_moved_for_long() {
    let options = ParserOptions::default();
    let data = "data: ".repeat(171);
    for unfinished in ["data: x", "i"] {
        for before in [
            "event: a\ndata: b\n",
            "event: a\nid: b\n",
            "id: a\nevent: b\n",
            "data: a\nevent: b\n",
            "event: a\n: b\n",
            "event: a\r\n",
            "event: a\r",
            "event\n",
            &format!("event: {}\n", "x".repeat(65)),
        ] {
            let piece = format!("{before}{unfinished}");
            assert_eq!(kept(options, piece.as_bytes()), unfinished.as_bytes(), "{piece}");
        }
    }
    assert_eq!(kept(options, format!("event: a\n{data}").as_bytes()), data.as_bytes());
    // Who sees each line, or counts what is unfinished, is told of that line alone.
    assert_eq!(kept(ParserOptions { verbose: true, ..options }, b"event: a\ndata: x"), b"data: x");
    let mut parser = Parser::new(options);
    parser.limit_buffer(100);
    parser.feed(b"data\n\nevent: a\ndata: x");
    assert_eq!(parser.unfinished(), b"data: x");
}

#[test]
fn a_reset_drops_the_line_of_a_type() {
    let mut parser = Parser::default();
    parser.feed(b"data: one\n\nevent: a\ndata: x");
    parser.reset();
    assert_eq!(parser.unfinished(), b"");
    let stream = b"data: the next stream\n\n";
    let events: Vec<_> = parser.feed(stream).events().map(|event| (event.event_type, event.data.to_owned())).collect();
    assert_eq!(events, [(MESSAGE, "the next stream".to_owned())]);
}

#[test]
fn a_long_line_behind_the_line_of_a_type_is_handed_over() {
    let mut parser = Parser::default();
    let whole = format!("data\n\nevent: a\ndata: {}", "x".repeat(40_000));
    let mut handed_over = 0;
    for piece in whole.as_bytes().chunks(256) {
        parser.reserve(piece.len()).copy_from_slice(piece);
        parser.scan();
        let (bytes, skipped) = parser.hand_over();
        handed_over += bytes.len() - skipped;
    }
    assert!(handed_over > 30_000);
    let batch = parser.feed(b"\n\n");
    let event = batch.events().next().unwrap();
    assert_eq!((event.new_type, event.data.len()), (Some("a"), 40_000 - handed_over));
}

#[test]
fn texts_are_worth_gathering_unless_they_are_long_or_there_is_one() {
    let worth = |stream: &str| {
        let mut parser = Parser::default();
        parser.reserve(stream.len()).copy_from_slice(stream.as_bytes());
        parser.scan();
        parser.is_worth_gathering()
    };
    assert!(!worth(""));
    assert!(!worth("data: alone\n\n"));
    assert!(worth("data: one\n\ndata: two\n\n"));
    let long = |length| format!("data: {}\n\n", "x".repeat(length));
    assert!(worth(&long(490).repeat(100)));
    assert!(!worth(&long(510).repeat(100)));
    // Of a text of 8 MiB the length would not fit.
    let small = "data\n\n".repeat(20_000);
    assert!(worth(&(small.clone() + &long((8 << 20) - small.len() - 10))));
    assert!(!worth(&(small + &long(8 << 20))));
}
