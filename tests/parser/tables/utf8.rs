//! Bytes that are not UTF-8, of every class, in every place where a field can stand.

use super::{Case, case, event, message};

/// Bytes, and what a decoder makes of them: one U+FFFD for each longest beginning of a character.
const SEQUENCES: &[(&str, &[u8], &str)] = &[
    ("a stray continuation byte", b"\x80", "\u{fffd}"),
    ("the last continuation byte", b"\xBF", "\u{fffd}"),
    ("two continuation bytes", b"\x80\xBF", "\u{fffd}\u{fffd}"),
    ("an overlong two-byte form", b"\xC0\x80", "\u{fffd}\u{fffd}"),
    ("the longest overlong two-byte form", b"\xC1\xBF", "\u{fffd}\u{fffd}"),
    ("an overlong three-byte form", b"\xE0\x80\x8A", "\u{fffd}\u{fffd}\u{fffd}"),
    ("the longest overlong three-byte form", b"\xE0\x9F\xBF", "\u{fffd}\u{fffd}\u{fffd}"),
    ("an overlong four-byte form", b"\xF0\x80\x80\x8A", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ("the longest overlong four-byte form", b"\xF0\x8F\xBF\xBF", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ("a high surrogate", b"\xED\xA0\x80", "\u{fffd}\u{fffd}\u{fffd}"),
    ("a low surrogate", b"\xED\xBF\xBF", "\u{fffd}\u{fffd}\u{fffd}"),
    ("a pair of surrogates", b"\xED\xA0\xBD\xED\xB8\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ("the first code point beyond U+10FFFF", b"\xF4\x90\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ("far beyond U+10FFFF", b"\xF7\xBF\xBF\xBF", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ("a five-byte form", b"\xF8\x88\x80\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ("bytes that are never UTF-8", b"\xFE\xFF", "\u{fffd}\u{fffd}"),
    ("one of two", b"\xC3", "\u{fffd}"),
    ("one of three", b"\xE4", "\u{fffd}"),
    ("two of three", b"\xE4\xB8", "\u{fffd}"),
    ("one of four", b"\xF0", "\u{fffd}"),
    ("two of four", b"\xF0\x9F", "\u{fffd}"),
    ("three of four", b"\xF0\x9F\x98", "\u{fffd}"),
    ("the beginning of the last code point", b"\xF4\x8F\xBF", "\u{fffd}"),
    ("two of a surrogate's three", b"\xED\xA0", "\u{fffd}\u{fffd}"),
    ("a beginning, then ASCII", b"\xE4\xB8A", "\u{fffd}A"),
    ("a beginning, then a character", b"\xE4\xB8\xE4\xB8\xAD", "\u{fffd}\u{4e2d}"),
    ("a beginning, then a beginning", b"\xF0\x9F\x98\xC3", "\u{fffd}\u{fffd}"),
    ("a beginning, then a character that it begins like", b"\xC3\xC3\xA9", "\u{fffd}\u{e9}"),
    ("a character, then one byte too many", b"\xC3\xA9\xA9", "\u{e9}\u{fffd}"),
    ("a broken character between whole ones", b"\xF0\x9F\x98\x80\xE4\xF0\x9F\x98\x80", "\u{1f600}\u{fffd}\u{1f600}"),
    (
        "the borders of what is whole",
        "\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10000}\u{10ffff}".as_bytes(),
        "\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10000}\u{10ffff}",
    ),
];

pub fn cases() -> Vec<Case> {
    let mut cases = split_characters();
    for &(name, bytes, text) in SEQUENCES {
        cases.extend(in_each_place(name, bytes, text));
    }
    cases
}

/// Puts bytes where `@` stands.
fn with(template: &str, bytes: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = template.as_bytes().split(|&byte| byte == b'@').collect();
    parts.join(bytes)
}

fn in_each_place(name: &str, bytes: &[u8], text: &str) -> Vec<Case> {
    let joined = format!("a{text}b\n{text}");
    let broken = |place: &str| format!("{name}, {place}");
    vec![
        case(&broken("in data"), with("data: a@b\n\n", bytes), [message(&format!("a{text}b"))], ""),
        case(&broken("as all data, with CRs"), with("data:@\r\r", bytes), [message(text)], ""),
        case(&broken("in joined data"), with("data: a@b\ndata:@\n\n", bytes), [message(&joined)], ""),
        case(
            &broken("in an id and a type"),
            with("id:@\nevent:@\ndata: x\n\ndata: y\n\n", bytes),
            [event(text, "x", text), event("message", "y", text)],
            text,
        ),
        case(
            &broken("in joined data, id and type"),
            with("data:@\ndata:@\nid:@\nevent:@\n\ndata:@\ndata:@\n\n", bytes),
            [event(text, &format!("{text}\n{text}"), text), event("message", &format!("{text}\n{text}"), text)],
            text,
        ),
        case(
            &broken("in names and comments"),
            with("d@ata: 1\n:@\n@: 1\n@data: 1\ndata@: 1\ndata: é\n\n", bytes),
            [message("é")],
            "",
        ),
        case(&broken("at the end of the stream"), with("data: é\n\ndata: @", bytes), [message("é")], ""),
        case(&broken("in a retry"), with("retry: 1@\n", bytes), [], ""),
    ]
}

/// A character whose bytes are divided by a line or a field: neither part may find the other again.
fn split_characters() -> Vec<Case> {
    vec![
        case("a character divided by a line end", b"data: \xC3\ndata: \xA9\n\n", [message("\u{fffd}\n\u{fffd}")], ""),
        case("a character divided by CR", b"data: \xE4\xB8\rdata:\xAD\r\r", [message("\u{fffd}\n\u{fffd}")], ""),
        case(
            "a character divided by a block end",
            b"data: \xC3\n\n\xA9\n\ndata: a\n\n",
            ["\u{fffd}", "a"].map(message),
            "",
        ),
        case("a character divided by the space", b"data:\xC3 \xA9\n\n", [message("\u{fffd} \u{fffd}")], ""),
        case(
            "a character divided between joined data and an id",
            b"data: a\ndata: \xC3\nid:\xA9\n\n",
            [event("message", "a\n\u{fffd}", "\u{fffd}")],
            "\u{fffd}",
        ),
        case(
            "a character divided between joined data and a type",
            b"data: a\ndata: \xE4\xB8\nevent:\xAD\n\n",
            [event("\u{fffd}", "a\n\u{fffd}", "")],
            "",
        ),
        case(
            "a character divided between an id and a type",
            b"id: \xF0\x9F\nevent:\x98\x80\ndata: a\ndata: b\n\n",
            [event("\u{fffd}\u{fffd}", "a\nb", "\u{fffd}")],
            "\u{fffd}",
        ),
        case(
            "a character divided between two events' joined data",
            b"data: a\ndata: \xC3\n\ndata:\xA9\ndata: b\n\n",
            [message("a\n\u{fffd}"), message("\u{fffd}\nb")],
            "",
        ),
        case(
            "a character divided between a type and the next event's joined data",
            b"data: a\ndata: b\nevent: \xC3\n\ndata:\xA9\ndata: c\n\n",
            [event("\u{fffd}", "a\nb", ""), message("\u{fffd}\nc")],
            "",
        ),
        case(
            "a character divided between a comment and joined data before it",
            b"data: a\n\ndata: \xA9\ndata: b\n\n: \xC3",
            [message("a"), message("\u{fffd}\nb")],
            "",
        ),
        case("a character divided between ids without data", b"id: \xC3\n\nid:\xA9\n\n", [], "\u{fffd}"),
    ]
}
