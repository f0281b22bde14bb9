//! Whether a `Content-Type` is that of an event stream.

/// Whether the [MIME type extracted][extract] from a `Content-Type` header has the essence `text/event-stream`:
/// in any case, with any parameters. Of several types the last that can be parsed counts.
///
/// [extract]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
pub fn is_event_stream(content_type: &str) -> bool {
    let mut last = None;
    let mut quoted = false;
    let mut escaped = false;
    let values = content_type.split(|character| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        character == ',' && !quoted
    });
    for value in values {
        let essence = value.split(';').next().unwrap_or_default().trim_matches(is_http_whitespace);
        let parts = essence.split_once('/');
        if parts.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype)) && essence != "*/*" {
            last = Some(essence);
        }
    }
    last.is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream"))
}

fn is_http_whitespace(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t' | ' ')
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
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
