//! `/publish` and `/subscribe`: bytes that a test sends while the stream runs, relayed to whoever listens to the
//! topic. Nothing is kept for those who come later.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::connection::Connection;
use crate::playback::{End, wait};
use crate::query::{BadRequest, Query};

#[derive(Default)]
pub struct Topics(Mutex<HashMap<String, Vec<UnboundedSender<Relayed>>>>);

#[derive(Clone)]
enum Relayed {
    Bytes(Bytes),
    End(End),
}

/// Answers how many subscribers it reached.
pub async fn publish(State(topics): State<Arc<Topics>>, query: Query, body: Bytes) -> Result<Json<Value>, BadRequest> {
    let topic = query.required("topic")?;
    let end = query.parsed("end")?;
    let mut topics = topics.0.lock().unwrap_or_else(PoisonError::into_inner);
    let subscribers = topics.entry(topic).or_default();
    // A subscriber that left has dropped its end of the channel.
    subscribers.retain(|subscriber| !subscriber.is_closed());
    for subscriber in subscribers.iter() {
        if !body.is_empty() {
            let _ = subscriber.send(Relayed::Bytes(body.clone()));
        }
        if let Some(end) = end {
            let _ = subscriber.send(Relayed::End(end));
        }
    }
    Ok(Json(json!({ "subscribers": subscribers.len() })))
}

pub async fn subscribe(
    State(topics): State<Arc<Topics>>,
    Extension(connection): Extension<Connection>,
    query: Query,
) -> Result<Response, BadRequest> {
    let topic = query.required("topic")?;
    let (sender, receiver) = unbounded_channel();
    topics.0.lock().unwrap_or_else(PoisonError::into_inner).entry(topic).or_default().push(sender);
    let body = stream::unfold((receiver, connection), |(mut receiver, connection)| async move {
        match receiver.recv().await {
            Some(Relayed::Bytes(bytes)) => {
                wait(std::time::Duration::ZERO).await;
                Some((Ok::<_, Infallible>(bytes), (receiver, connection)))
            }
            Some(Relayed::End(end)) => {
                // From here on it is a subscriber no more, stalled or not.
                receiver.close();
                end.reach(&connection).await;
                None
            }
            None => None,
        }
    });
    Ok(([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response())
}
