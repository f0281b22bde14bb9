//! A response body as a play: chunks with pauses before them, then one of three ends. All routes that stream use it,
//! but for the benchmark, whose body is made for speed.

use std::future::pending;
use std::str::FromStr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde::Deserialize;

use crate::connection::Connection;

pub struct Chunk {
    /// How long to wait before it is sent.
    pub pause: Duration,
    pub bytes: Bytes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// The body ends as it should; the connection stays usable.
    #[default]
    Close,
    /// A TCP RST in place of the end.
    Reset,
    /// No end: open and silent.
    Stall,
}

impl FromStr for End {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "close" => Ok(End::Close),
            "reset" => Ok(End::Reset),
            "stall" => Ok(End::Stall),
            _ => Err("wants close, reset or stall"),
        }
    }
}

/// A browser throws away what it received but didn't hand out when a reset comes: give it this long to do so.
const BEFORE_RESET: Duration = Duration::from_millis(50);

impl End {
    /// Returns where the body is to end cleanly, and never otherwise.
    pub async fn reach(self, connection: &Connection) {
        match self {
            End::Close => return,
            End::Reset => {
                tokio::time::sleep(BEFORE_RESET).await;
                connection.reset_when_written();
            }
            End::Stall => {}
        }
        pending().await
    }
}

/// Sends each chunk as one HTTP chunk and one write to the socket.
pub fn play(chunks: impl Iterator<Item = Chunk> + Send + 'static, end: End, connection: Connection) -> Body {
    let state = (chunks, connection);
    Body::from_stream(stream::unfold(state, move |(mut chunks, connection)| async move {
        match chunks.next() {
            Some(chunk) => {
                wait(chunk.pause).await;
                Some((Ok::<_, std::convert::Infallible>(chunk.bytes), (chunks, connection)))
            }
            None => {
                end.reach(&connection).await;
                None
            }
        }
    }))
}

/// Waits at least one turn of the event loop, in which hyper flushes what it has: else chunks would share a write.
pub async fn wait(pause: Duration) {
    if pause.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(pause).await;
    }
}
