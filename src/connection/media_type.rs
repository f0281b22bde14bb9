//! Whether a `Content-Type` is that of an event stream.

/// Whether the [MIME type extracted][extract] from a `Content-Type` header has the essence `text/event-stream`:
/// in any case, with any parameters. Of several types the last that can be parsed counts.
///
/// [extract]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
pub fn is_event_stream(content_type: &[u8]) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    let values = content_type.split(|&byte| {
        // A comma in quotes parts nothing.
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && byte == b'\\' && !escaped;
        byte == b',' && !quoted
    });
    let mut is_stream = false;
    for value in values {
        let end = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
        let essence = trimmed(value.get(..end).unwrap_or_default());
        if is_type(essence) && essence != b"*/*" {
            is_stream = essence.eq_ignore_ascii_case(b"text/event-stream");
        }
    }
    is_stream
}

/// Without HTTP whitespace at either end.
pub fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b'\n' | b'\r' | b'\t' | b' ', rest @ ..] | [rest @ .., b'\n' | b'\r' | b'\t' | b' '] = text {
        text = rest;
    }
    text
}

/// Whether this is a token, a slash and a token.
fn is_type(text: &[u8]) -> bool {
    let mut slashes = 0;
    for byte in text {
        if *byte == b'/' {
            slashes += 1;
        } else if !is_token_code_point(byte) {
            return false;
        }
    }
    slashes == 1 && !matches!(text, [b'/', ..] | [.., b'/'])
}

/// > An HTTP token code point is U+0021 (!), U+0023 (#), U+0024 ($), U+0025 (%), U+0026 (&), U+0027 ('), U+002A (*),
/// > U+002B (+), U+002D (-), U+002E (.), U+005E (^), U+005F (_), U+0060 (`), U+007C (|), U+007E (~), or an ASCII
/// > alphanumeric.
fn is_token_code_point(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::is_event_stream;

    #[test]
    fn the_essence_decides_in_any_case_and_with_any_parameters() {
        for accepted in [
            "text/event-stream",
            "Text/Event-STREAM",
            "text/event-stream;charset=utf-8",
            "text/event-stream; charset=windows-1251",
            "text/event-stream;",
            "text/event-stream;bogus",
            " text/event-stream ; x=\",\"",
            "text/html, text/event-stream",
            "text/event-stream, ",
            "text/event-stream, */*",
        ] {
            assert!(is_event_stream(accepted.as_bytes()), "{accepted}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for refused in [
            "",
            "text/html",
            "text/event-streamx",
            "text/event-stream-x",
            "xtext/event-stream",
            "text/event stream",
            "text/x-bogus",
            "text/event-stream, text/html",
            "application/json; x=\"text/event-stream\"",
            "text / event-stream",
            "*/*",
        ] {
            assert!(!is_event_stream(refused.as_bytes()), "{refused}");
        }
    }
}
