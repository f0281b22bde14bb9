//! `/numbered`: events that count up and are resumed after the Last-Event-ID, over connections that end on purpose.
//! Whoever receives each number once and in order has a client that reconnects well.

use std::fmt::Write;
use std::time::Duration;

use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::connection::Connection;
use crate::playback::{Chunk, End, play};
use crate::query::{BadRequest, Query};

/// Events that have no pause between them share chunks of about this size.
const CHUNK_SIZE: usize = 16 * 1024;

/// The numbers of one connection, `next` to `end`, as chunks.
struct Numbers {
    next: u64,
    end: u64,
    /// The number of an event that is begun and not ended.
    unfinished: Option<u64>,
    data: String,
    interval: Duration,
    started: bool,
    retry: Option<u64>,
}

impl Numbers {
    fn data(&self, number: u64) -> String {
        self.data.replace("{n}", &number.to_string())
    }

    fn write_event(&self, number: u64, text: &mut String) {
        // Writing to a String can't fail.
        let _ = writeln!(text, "id: {number}");
        for line in self.data(number).split('\n') {
            let _ = writeln!(text, "data: {line}");
        }
        text.push('\n');
    }
}

impl Iterator for Numbers {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let mut text = String::new();
        if let Some(milliseconds) = self.retry.take() {
            let _ = writeln!(text, "retry: {milliseconds}\n");
        }
        while self.next < self.end {
            self.write_event(self.next, &mut text);
            self.next += 1;
            if !self.interval.is_zero() || text.len() >= CHUNK_SIZE {
                break;
            }
        }
        if self.next == self.end
            && let Some(number) = self.unfinished.take()
        {
            // All of it but the empty line: the worst place, since only that line makes the id and the data count.
            let _ = write!(text, "id: {number}\ndata: {}\n", self.data(number).replace('\n', " "));
        }
        let pause = if self.started { self.interval } else { Duration::ZERO };
        self.started = true;
        (!text.is_empty()).then(|| Chunk { pause, bytes: text.into() })
    }
}

pub async fn numbered(
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, BadRequest> {
    let from = query.parsed("from")?.unwrap_or(0);
    let end = u64::saturating_add(from, query.parsed("count")?.unwrap_or(100));
    let next = match last_event_id(&headers, &query)? {
        Some(id) => id.saturating_add(1),
        None => from,
    };
    if !(from..=end).contains(&next) {
        return Err(BadRequest(format!("nothing comes after the id before {next}: the ids are {from} to {end}")));
    }
    if next == end {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let per_connection = query.parsed::<u64>("perConnection")?.unwrap_or(u64::MAX).max(1);
    let stop = end.min(next.saturating_add(per_connection));
    let (fault, cut) = match query.text("fault").as_deref() {
        None | Some("close") => (End::Close, false),
        Some("reset") => (End::Reset, false),
        Some("cut") => (End::Close, true),
        Some(_) => return Err(BadRequest("fault= wants reset, close or cut".into())),
    };
    let numbers = Numbers {
        next,
        end: stop,
        unfinished: (cut && stop < end).then_some(stop),
        data: query.text("data").unwrap_or("{n}".into()).into_owned(),
        interval: query.milliseconds("interval")?,
        started: false,
        retry: query.parsed("retry")?,
    };
    let body = play(numbers, fault, connection);
    Ok(([(CONTENT_TYPE, "text/event-stream")], body).into_response())
}

fn last_event_id(headers: &HeaderMap, query: &Query) -> Result<Option<u64>, BadRequest> {
    if let Some(value) = headers.get("last-event-id") {
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        return Ok(Some(id.ok_or_else(|| BadRequest(format!("Last-Event-ID {value:?} is none of ours")))?));
    }
    query.parsed("lastEventId")
}
