//! The parser as this target compiles it: one table of streams, each cut at every place, read as JavaScript reads it.

use std::collections::HashMap;

use eventsource_wasm::parser::{Parser, RecordKind, Text};
use js_sys::{JsString, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen]
extern "C" {
    type TextDecoder;

    #[wasm_bindgen(constructor)]
    fn new(label: &str, options: &JsValue) -> TextDecoder;

    #[wasm_bindgen(method)]
    fn decode(this: &TextDecoder, bytes: &Uint8Array) -> JsString;
}

/// A stream, and what it means: `type` and `data` of each event.
const STREAMS: [(&str, &[(&str, &str)]); 12] = [
    ("data: one\n\n", &[("message", "one")]),
    ("data: one\r\n\r\ndata:two\r\rdata:  three\n\n", &[("message", "one"), ("message", "two"), ("message", " three")]),
    (": comment\n\ndata: some text\n\ndata: a\ndata: b\n\n", &[("message", "some text"), ("message", "a\nb")]),
    ("event: ping\ndata: {}\n\nevent: ping\ndata\n\n", &[("ping", "{}"), ("ping", "")]),
    ("event: constructor\ndata: 1\n\nevent: __proto__\ndata: 2\n\n", &[("constructor", "1"), ("__proto__", "2")]),
    ("id: 1\n\ndata: counts\n\ndata: never finished\n", &[("message", "counts")]),
    ("\u{feff}data: after a mark\n\n", &[("message", "after a mark")]),
    ("\u{feff}\u{feff}data: after two\n\ndata: next\n\n", &[("message", "next")]),
    ("data: Grüße, 中文, 😀\n\ndata: 😀\ndata: é\n\n", &[("message", "Grüße, 中文, 😀"), ("message", "😀\né")]),
    ("event: größe\ndata: 1\n\ndata: 2\n\n", &[("größe", "1"), ("message", "2")]),
    ("retry: 10\nretry: ten\ndata: x\n\n", &[("message", "x")]),
    ("dataless\n\nDATA: no\n\n data: no\n\ndata\n\n", &[("message", "")]),
];

/// What a surface makes of tables: types and data of the events.
#[derive(Default)]
struct Events {
    /// By the numbers that the parser gave them; 0 is `message`.
    types: Vec<String>,
    told: Vec<(String, String)>,
}

impl Events {
    fn take(&mut self, table: &[u32], slice: impl Fn(u32, u32) -> String) {
        for record in table.chunks_exact(3) {
            let (kind, number) = (record[0] & 7, (record[0] >> 4 & 31) as usize);
            let text = || slice(record[1], record[2]);
            self.types.resize(self.types.len().max(number + 1), "message".to_owned());
            if kind == RecordKind::Type as u32 {
                self.types[number] = text();
            } else if kind == RecordKind::Event as u32 {
                self.told.push((self.types[number].clone(), text()));
            }
        }
    }
}

/// One that leaves a byte order mark alone: the parser has dropped the one that is none of the text.
fn decoder() -> TextDecoder {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"ignoreBOM".into(), &JsValue::TRUE).expect("an object takes a property");
    TextDecoder::new("utf-8", &options)
}

/// The events of a stream in pieces, by the path that a batch takes: one decoded string for each batch, and
/// substrings of it by the table in UTF-16 units.
fn events(pieces: &[&[u8]]) -> Vec<(String, String)> {
    let decoder = decoder();
    let mut parser = Parser::default();
    let mut events = Events::default();
    for piece in pieces {
        parser.feed(piece);
        let table = parser.table_in_utf16().to_vec();
        let text = decoder.decode(&Uint8Array::from(parser.batch().text()));
        events.take(&table, |start, end| String::from(text.substring(start, end)));
    }
    events.told
}

/// The same by the path of the package's parser: UTF-16 is made here.
fn events_in_utf16(pieces: &[&[u8]]) -> Vec<(String, String)> {
    let mut parser = Parser::default();
    let mut events = Events::default();
    for piece in pieces {
        parser.reserve(piece.len()).copy_from_slice(piece);
        parser.scan();
        let (text, table) = parser.in_utf16();
        events.take(table, |start, end| match text {
            Text::Ascii(bytes) => String::from_utf8(bytes[start as usize..end as usize].to_vec()).expect("it is ASCII"),
            Text::Utf16(units) => String::from_utf16(&units[start as usize..end as usize]).expect("no pair is cut"),
        });
    }
    events.told
}

/// The same by the path of the package's client: put together and decoded, where nothing in it was replaced.
fn events_as_they_came(pieces: &[&[u8]]) -> Vec<(String, String)> {
    let decoder = decoder();
    let mut parser = Parser::default();
    let mut events = Events::default();
    for piece in pieces {
        parser.reserve(piece.len()).copy_from_slice(piece);
        parser.scan();
        let text = decoder.decode(&Uint8Array::from(parser.gather(u32::MAX)));
        let (bytes, table) = parser.as_it_came();
        if text.includes("\u{fffd}", 0) {
            let bytes = Uint8Array::from(bytes);
            events.take(table, |start, end| String::from(decoder.decode(&bytes.subarray(start, end))));
        } else {
            let mut taken = 0;
            let mut texts = HashMap::new();
            for record in table.chunks_exact(3).filter(|record| record[0] & 7 != RecordKind::Retry as u32) {
                let end = taken + (record[0] >> 9);
                texts.insert((record[1], record[2]), String::from(text.substring(taken, end)));
                taken = end + 1;
            }
            events.take(table, |start, end| texts[&(start, end)].clone());
        }
    }
    events.told
}

fn expected(meant: &[(&str, &str)]) -> Vec<(String, String)> {
    meant.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect()
}

#[wasm_bindgen_test]
fn streams_mean_what_the_standard_says_wherever_they_are_cut() {
    for (stream, meant) in STREAMS {
        let bytes = stream.as_bytes();
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(events(&[first, second]), expected(meant), "{stream:?} cut at {cut}");
            assert_eq!(events_in_utf16(&[first, second]), expected(meant), "{stream:?} cut at {cut}, in UTF-16");
            assert_eq!(events_as_they_came(&[first, second]), expected(meant), "{stream:?} cut at {cut}, as it came");
        }
    }
}

#[wasm_bindgen_test]
fn streams_mean_the_same_byte_by_byte() {
    for (stream, meant) in STREAMS {
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(events(&bytes), expected(meant), "{stream:?}");
        assert_eq!(events_in_utf16(&bytes), expected(meant), "{stream:?}, in UTF-16");
        assert_eq!(events_as_they_came(&bytes), expected(meant), "{stream:?}, as it came");
    }
}

#[wasm_bindgen_test]
fn malformed_bytes_become_what_text_decoder_makes_of_them() {
    let decoder = TextDecoder::new("utf-8", &JsValue::UNDEFINED);
    for malformed in
        [&b"\x80"[..], b"\xC0\xAF", b"\xE4\xB8", b"\xF0\x9F\x98", b"\xED\xA0\x80", b"a\xFFb", b"\xF4\x90\x80\x80"]
    {
        let meant = String::from(decoder.decode(&Uint8Array::from(malformed)));
        let stream = [b"data: ", malformed, b"\n\n"].concat();
        for cut in 0..=stream.len() {
            let (first, second) = stream.split_at(cut);
            let pieces = [first, second];
            for got in [events(&pieces), events_in_utf16(&pieces), events_as_they_came(&pieces)] {
                assert_eq!(got, [("message".to_owned(), meant.clone())], "{malformed:x?} cut at {cut}");
            }
        }
    }
}

/// Here and not natively: only this target decodes four characters of three bytes at once, and counts sixteen bytes.
#[wasm_bindgen_test]
fn characters_of_all_lengths_side_by_side_with_malformed_bytes_become_what_a_decoder_makes_of_them() {
    const PARTS: [&[u8]; 7] =
        ["a".as_bytes(), "é".as_bytes(), "中".as_bytes(), "😀".as_bytes(), b"\xE4\xB8", b"\xED\xA0\x80", b"\x80"];
    for mix in 0..PARTS.len().pow(5) {
        let parts = (0..5).map(|place| PARTS[mix / PARTS.len().pow(place) % PARTS.len()]);
        let data = parts.collect::<Vec<_>>().concat();
        let stream = [b"data: ", &data[..], b"\n\ndata: next\n\n"].concat();
        let meant = String::from_utf8_lossy(&data);
        let expected = expected(&[("message", &*meant), ("message", "next")]);
        assert_eq!(events_in_utf16(&[&stream]), expected, "{data:x?}");
        assert_eq!(events_as_they_came(&[&stream]), expected, "{data:x?}, as it came");
    }
}
