//! `/demo/ping`: the demo script of the seed document, which is PHP there: a `ping` with the time each second, and a
//! plain message after every one to ten of them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;

use crate::connection::Connection;
use crate::playback::{Chunk, End, play};
use crate::query::{BadRequest, Query};
use crate::random::Random;

pub async fn ping(Extension(connection): Extension<Connection>, query: Query) -> Result<Response, BadRequest> {
    let interval = Duration::from_millis(query.parsed("interval")?.unwrap_or(1000).max(1));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut random = Random::new(now.as_nanos() as u64);
    let mut counter = 1 + random.below(10);
    let first = std::iter::once(Duration::ZERO);
    // A chunk is made before its pause and sent after it.
    let chunks = first.chain(std::iter::repeat(interval)).map(move |pause| {
        let time = iso_8601(OffsetDateTime::now_utc() + pause);
        let mut text = format!("event: ping\ndata: {{\"time\": \"{time}\"}}\n\n");
        counter -= 1;
        if counter == 0 {
            text += &format!("data: This is a message at time {time}\n\n");
            counter = 1 + random.below(10);
        }
        Chunk { pause, bytes: text.into() }
    });
    Ok(([(CONTENT_TYPE, "text/event-stream")], play(chunks, End::Close, connection)).into_response())
}

/// In UTC, as PHP's `DATE_ISO8601` writes it.
fn iso_8601(time: OffsetDateTime) -> String {
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.to_hms();
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+0000")
}
