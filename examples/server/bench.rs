//! `/bench`: streams made to measure with. A block of events is generated once and sent again and again, so that the
//! server costs as little as it can beside the browser; the head says what a client must have received at the end.
//! What the events look like is the business of `bench/shapes.rs`.

mod shapes;

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hyper::body::Frame;
use tokio::time::{Instant, sleep_until};

use crate::query::{BadRequest, Query};
use shapes::{Block, Shape};

/// The checksum goes ahead of the stream, so all of it is summed up before the first byte: keep that to seconds.
const LARGEST_STREAM: u64 = 16 << 30;

/// What was generated so far. A checksum over a gigabyte takes a second: it is kept too.
#[derive(Default)]
pub struct Blocks {
    blocks: Mutex<HashMap<(Shape, u64), Arc<Block>>>,
    totals: Mutex<HashMap<(Shape, u64, u64), Totals>>,
}

/// What a client must have received when the stream is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    bytes: u64,
    checksum: u32,
    /// The events without a type of their own, and the checksum over them alone.
    messages: u64,
    message_checksum: u32,
}

impl Blocks {
    fn block(&self, shape: Shape, seed: u64) -> Arc<Block> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(blocks.entry((shape, seed)).or_insert_with(|| Arc::new(Block::generate(shape, seed))))
    }

    fn totals(&self, shape: Shape, seed: u64, count: u64) -> Totals {
        let key = (shape, seed, count);
        if let Some(totals) = self.totals.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return *totals;
        }
        // Not under the lock: another stream must not wait for this sum.
        let totals = self.block(shape, seed).totals(count);
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).insert(key, totals);
        totals
    }
}

pub async fn bench(State(blocks): State<Arc<Blocks>>, query: Query) -> Result<Response, BadRequest> {
    if query.text("shape").as_deref() == Some("clock") {
        return clock(&query);
    }
    let shape: Shape = query.parsed("shape")?.unwrap_or(Shape::Llm110);
    let count: u64 = query.parsed("count")?.unwrap_or(10_000);
    let seed: u64 = query.parsed("seed")?.unwrap_or(1);
    let chunk: usize = query.parsed("chunk")?.unwrap_or(16 * 1024);
    let rate = rate(&query)?;
    if chunk == 0 {
        return Err(BadRequest("chunk= must be more than 0".into()));
    }
    let prepare = move || {
        let block = blocks.block(shape, seed);
        let bytes = block.bytes().len() as u64 * (count / block.len());
        (bytes <= LARGEST_STREAM).then(|| (Arc::clone(&block), blocks.totals(shape, seed, count)))
    };
    let (block, totals) = tokio::task::spawn_blocking(prepare)
        .await
        .map_err(|error| BadRequest(format!("this stream could not be made: {error}")))?
        .ok_or_else(|| BadRequest(format!("count={count} is more than {LARGEST_STREAM} bytes")))?;
    let head = [
        (CONTENT_TYPE.as_str(), "text/event-stream".to_owned()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        ("x-events", count.to_string()),
        ("x-checksum", format!("{:08x}", totals.checksum)),
        ("x-message-events", totals.messages.to_string()),
        ("x-message-checksum", format!("{:08x}", totals.message_checksum)),
        ("x-bytes", totals.bytes.to_string()),
        ("x-types", block.types().join(",")),
    ];
    let body = match rate {
        Some(rate) => at_rate(count, rate, move |number| block.event(number)),
        None => Body::new(AtOnce { bytes: block.bytes(), position: 0, left: totals.bytes, chunk }),
    };
    Ok((head, body).into_response())
}

fn rate(query: &Query) -> Result<Option<f64>, BadRequest> {
    let rate: Option<f64> = query.parsed("rate")?;
    if rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
        return Err(BadRequest("rate= must be more than 0".into()));
    }
    Ok(rate)
}

/// Events whose data is the time at which they were sent, in microseconds since 1970, to measure latency with. Nobody
/// can sum them up beforehand.
fn clock(query: &Query) -> Result<Response, BadRequest> {
    let count: u64 = query.parsed("count")?.unwrap_or(1000);
    let rate = rate(query)?.unwrap_or(1000.0);
    let head = [
        (CONTENT_TYPE.as_str(), "text/event-stream".to_owned()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        ("x-events", count.to_string()),
    ];
    let event = |_| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("data: {}\n\n", now.as_micros()).into()
    };
    Ok((head, at_rate(count, rate, event)).into_response())
}

/// The block over and over, in chunks of one size, as fast as the socket takes them.
struct AtOnce {
    bytes: Bytes,
    position: usize,
    left: u64,
    chunk: usize,
}

impl AtOnce {
    fn next_chunk(&mut self) -> Bytes {
        let length = usize::try_from(self.left).map_or(self.chunk, |left| left.min(self.chunk));
        self.left -= length as u64;
        let end = self.position + length;
        if end <= self.bytes.len() {
            let chunk = self.bytes.slice(self.position..end);
            self.position = end % self.bytes.len();
            return chunk;
        }
        // Over the end of the block: the one case in which bytes are copied.
        let mut chunk = Vec::with_capacity(length);
        while chunk.len() < length {
            let rest = &self.bytes[self.position..];
            let part = &rest[..rest.len().min(length - chunk.len())];
            chunk.extend_from_slice(part);
            self.position = (self.position + part.len()) % self.bytes.len();
        }
        chunk.into()
    }
}

impl HttpBody for AtOnce {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(self.next_chunk()))))
    }
}

/// `rate` events a second, each in a chunk of its own and due at its own time, so that what was late once does not
/// delay what follows. Timers tick once a millisecond: above 1,000 a second, the few that are due leave together.
fn at_rate(count: u64, rate: f64, event: impl Fn(u64) -> Bytes + Send + 'static) -> Body {
    let start = Instant::now();
    // What the closure holds goes from step to step, since each step's future must own it.
    Body::from_stream(stream::unfold((0, event), move |(sent, event)| async move {
        if sent == count {
            return None;
        }
        let due = start + Duration::from_secs_f64(sent as f64 / rate);
        if due > Instant::now() {
            sleep_until(due).await;
        }
        Some((Ok::<_, Infallible>(event(sent)), (sent + 1, event)))
    }))
}
