//! `/script`: a test writes down what the server is to answer to the first, second, … request of a client, and so
//! decides how each reconnection fares.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;

use crate::connection::Connection;
use crate::playback::{Chunk, End, play};
use crate::query::{BadRequest, Query, content_type, final_status, header};

#[derive(Default)]
pub struct Scripts(Mutex<HashMap<String, Running>>);

struct Running {
    script: Arc<Script>,
    requests: usize,
}

struct Script {
    steps: Vec<Step>,
    last: Last,
}

enum Step {
    Refuse,
    Answer(Answer),
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    delay: Duration,
    chunks: Vec<(Duration, Bytes)>,
    end: End,
}

/// What a request gets once all steps were answered.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Last {
    /// The last step again.
    #[default]
    Repeat,
    /// 204: the client is to stop.
    Stop,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptText {
    steps: Vec<StepText>,
    #[serde(default)]
    last: Last,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StepText {
    refuse: bool,
    status: u16,
    r#type: String,
    headers: BTreeMap<String, OneOrMany>,
    delay: u64,
    chunks: Vec<ChunkText>,
    end: End,
}

impl Default for StepText {
    fn default() -> Self {
        StepText {
            refuse: false,
            status: 200,
            r#type: "text/event-stream".into(),
            headers: BTreeMap::new(),
            delay: 0,
            chunks: Vec::new(),
            end: End::Close,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChunkText {
    text: Option<String>,
    hex: Option<String>,
    #[serde(default)]
    pause: u64,
}

impl TryFrom<StepText> for Step {
    type Error = BadRequest;

    fn try_from(text: StepText) -> Result<Self, BadRequest> {
        if text.refuse {
            return Ok(Step::Refuse);
        }
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type(text.r#type.as_bytes())? {
            headers.insert(CONTENT_TYPE, content_type);
        }
        for (name, values) in &text.headers {
            let values = match values {
                OneOrMany::One(value) => std::slice::from_ref(value),
                OneOrMany::Many(values) => values,
            };
            for value in values {
                let (name, value) = header(name.as_bytes(), value.as_bytes())?;
                headers.append(name, value);
            }
        }
        Ok(Step::Answer(Answer {
            status: final_status(text.status)?,
            headers,
            delay: Duration::from_millis(text.delay),
            chunks: text.chunks.into_iter().map(ChunkText::read).collect::<Result<_, _>>()?,
            end: text.end,
        }))
    }
}

impl ChunkText {
    fn read(self) -> Result<(Duration, Bytes), BadRequest> {
        let bytes = match (self.text, self.hex) {
            (Some(text), None) => Bytes::from(text),
            (None, Some(hex)) => from_hex(&hex).ok_or_else(|| BadRequest(format!("{hex:?} is not hex")))?,
            _ => return Err(BadRequest("a chunk has either text or hex".into())),
        };
        if bytes.is_empty() {
            return Err(BadRequest("a chunk can't be empty: that would end the body".into()));
        }
        Ok((Duration::from_millis(self.pause), bytes))
    }
}

fn from_hex(text: &str) -> Option<Bytes> {
    let digits: Vec<u8> =
        text.chars().filter(|it| !it.is_whitespace()).map(|it| Some(it.to_digit(16)? as u8)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// `POST /script?key=K`: a new script, or a new start of the one before.
pub async fn write(
    State(scripts): State<Arc<Scripts>>,
    query: Query,
    body: Bytes,
) -> Result<Json<serde_json::Value>, BadRequest> {
    let key = query.required("key")?;
    let text: ScriptText = serde_json::from_slice(&body).map_err(|error| BadRequest(format!("the script: {error}")))?;
    let steps: Vec<Step> = text.steps.into_iter().map(Step::try_from).collect::<Result<_, _>>()?;
    if steps.is_empty() {
        return Err(BadRequest("a script needs a step".into()));
    }
    let answer = json!({ "steps": steps.len() });
    let script = Arc::new(Script { steps, last: text.last });
    let mut scripts = scripts.0.lock().unwrap_or_else(PoisonError::into_inner);
    scripts.insert(key, Running { script, requests: 0 });
    Ok(Json(answer))
}

/// `ANY /script/K`: answers the n-th request with step n.
pub async fn play_next(
    State(scripts): State<Arc<Scripts>>,
    Extension(connection): Extension<Connection>,
    Path(key): Path<String>,
) -> Response {
    let Some((script, number)) = scripts.take_number(&key) else {
        return (StatusCode::NOT_FOUND, format!("no script {key:?}\n")).into_response();
    };
    let step = match (script.steps.get(number), script.last) {
        (Some(step), _) => Some(step),
        (None, Last::Repeat) => script.steps.last(),
        (None, Last::Stop) => None,
    };
    match step {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Step::Refuse) => {
            connection.reset_now();
            Response::new(Body::empty())
        }
        Some(Step::Answer(answer)) => {
            tokio::time::sleep(answer.delay).await;
            let chunks = answer.chunks.clone().into_iter().map(|(pause, bytes)| Chunk { pause, bytes });
            let mut response = Response::new(play(chunks, answer.end, connection));
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers.clone();
            response
        }
    }
}

impl Scripts {
    fn take_number(&self, key: &str) -> Option<(Arc<Script>, usize)> {
        let mut scripts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = scripts.get_mut(key)?;
        running.requests += 1;
        Some((Arc::clone(&running.script), running.requests - 1))
    }
}
