//! Whether a `Content-Type` is that of an event stream.

/// Whether the [MIME type extracted][extract] from a `Content-Type` header has the essence `text/event-stream`:
/// in any case, with any parameters. Of several types the last that can be parsed counts.
///
/// [extract]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
pub fn is_event_stream(content_type: &str) -> bool {
    let mut is_stream = false;
    // Bytes, as no part of a longer character is one of these; what works on characters takes more room in WebAssembly.
    let mut rest = content_type.as_bytes();
    while !rest.is_empty() {
        let mut value = take_value(&mut rest);
        let essence = trimmed(cut(&mut value, b";"));
        let mut subtype = essence;
        let is_type = is_token(cut(&mut subtype, b"/")) && is_token(subtype);
        if is_type && essence != b"*/*" {
            is_stream = essence.eq_ignore_ascii_case(b"text/event-stream");
        }
    }
    is_stream
}

/// The first of the values that commas part; a comma in quotes parts none.
fn take_value<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (mut quoted, mut escaped) = (false, false);
    let end = rest.iter().position(|&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        byte == b',' && !quoted
    });
    split_off(rest, end)
}

/// What comes before the first of some bytes, or all; what comes after it stays in `rest`.
#[inline(never)]
pub fn cut<'a>(rest: &mut &'a [u8], bytes: &[u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| bytes.contains(byte));
    split_off(rest, end)
}

fn split_off<'a>(rest: &mut &'a [u8], end: Option<usize>) -> &'a [u8] {
    let end = end.unwrap_or(rest.len());
    let part = rest.get(..end).unwrap_or_default();
    *rest = rest.get(end + 1..).unwrap_or_default();
    part
}

/// Without HTTP whitespace at either end.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b'\n' | b'\r' | b'\t' | b' ', rest @ ..] | [rest @ .., b'\n' | b'\r' | b'\t' | b' '] = text {
        text = rest;
    }
    text
}

#[inline(never)]
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
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
            assert!(is_event_stream(accepted), "{accepted}");
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
            assert!(!is_event_stream(refused), "{refused}");
        }
    }
}
