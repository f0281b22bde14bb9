//! Random streams, made of the bytes that matter, in random pieces, against the reference.
//!
//! Failures are kept in `properties.regressions` and tried first from then on.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

use eventsource_wasm::parser::ParserOptions;

use super::observed::{Observed, cut, observe};
use super::reference::interpret;

/// Single bytes and names, from which anything can come together.
const SMALL: &[&[u8]] = &[
    b"data",
    b"event",
    b"id",
    b"retry",
    b"dat",
    b"a",
    b"x",
    b"1",
    b"0",
    b":",
    b":",
    b": ",
    b" ",
    b"\n",
    b"\n",
    b"\r",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xBB",
    b"\xBF",
];
/// Characters of each length, and each way to break them.
const BEYOND_ASCII: &[&[u8]] = &[
    "é".as_bytes(),
    "中".as_bytes(),
    "😀".as_bytes(),
    b"\xC3",
    b"\xA9",
    b"\xE4",
    b"\xB8",
    b"\xAD",
    b"\xE4\xB8",
    b"\xF0\x9F",
    b"\x98\x80",
    b"\xF0\x9F\x98",
    b"\xED\xA0\x80",
    b"\xC0\x80",
    b"\xE0\x80",
    b"\xF4\x90",
    b"\xF5",
    b"\xFF",
    b"\x80",
];
/// Whole lines, so that blocks and events come about often.
const LINES: &[&[u8]] = &[
    b"data: a\n",
    b"data\r\n",
    b"data: \xC3\n",
    b"data:\xA9\n",
    b"data: \xE4\xB8\xAD\r",
    b"id: 1\n",
    b"id: \xC3\n",
    b"id:\xA9\r\n",
    b"id\n",
    b"id: \0\n",
    b"event: t\n",
    b"event: \xF0\x9F\n",
    b"event:\x98\x80\n",
    b"retry: 1\n",
    b": c\n",
    b"x: 1\r",
    b"\n",
    b"\r\r",
    b"\n\n",
    b"\n\n",
];

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![4 => select(LINES), 4 => select(SMALL), 2 => select(BEYOND_ASCII)];
    vec(fragment, 0..48).prop_map(|fragments| fragments.concat())
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    vec(0..24usize, 1..10)
}

/// As many cases as `PROPTEST_CASES` says, or 2,000.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/parser/properties.regressions"))),
        ..ProptestConfig::default()
    }
}

fn observe_with(options: ParserOptions, stream: &[u8], lengths: &[usize]) -> Observed {
    let mut observed = Observed::new(options);
    for piece in cut(stream, lengths) {
        observed.feed(piece);
    }
    observed
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_stream_in_any_pieces_does_what_the_reference_says(stream in stream(), lengths in lengths()) {
        prop_assert_eq!(observe(cut(&stream, &lengths)), interpret(&stream));
    }

    #[test]
    fn random_bytes_in_any_pieces_do_what_the_reference_says(stream in vec(any::<u8>(), 0..64), lengths in lengths()) {
        let stream = [b"data: ", &stream[..], b"\n\n"].concat();
        prop_assert_eq!(observe(cut(&stream, &lengths)), interpret(&stream));
    }

    #[test]
    fn a_limit_is_passed_or_not_whatever_the_pieces(stream in stream(), lengths in lengths(), max_event_size in 0..24usize) {
        let options = ParserOptions { max_event_size, verbose: false };
        let whole = observe_with(options, &stream, &[usize::MAX]);
        let pieces = observe_with(options, &stream, &lengths);
        prop_assert_eq!(pieces.outcome(), whole.outcome());
        prop_assert_eq!(pieces.parser.too_large(), whole.parser.too_large());
    }

    #[test]
    fn a_verbose_parser_tells_the_same_whatever_the_pieces(stream in stream(), lengths in lengths(), limited in any::<bool>()) {
        let options = ParserOptions { max_event_size: if limited { 12 } else { 1000 }, verbose: true };
        let mut whole = observe_with(options, &stream, &[usize::MAX]);
        let mut pieces = observe_with(options, &stream, &lengths);
        if !limited {
            prop_assert_eq!(pieces.outcome(), interpret(&stream));
        }
        whole.finish_line();
        pieces.finish_line();
        prop_assert_eq!(pieces.outcome(), whole.outcome());
        prop_assert_eq!(&pieces.ignored, &whole.ignored);
        prop_assert_eq!(pieces.parser.too_large(), whole.parser.too_large());
    }
}
