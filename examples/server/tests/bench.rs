//! Benchmark streams, read by a small parser of their own kind: what the head promises is what comes.

use std::time::{Duration, Instant};

use super::{Answer, Running};

struct Received {
    events: u64,
    checksum: u32,
    messages: u64,
    message_checksum: u32,
    types: Vec<String>,
}

/// FNV-1a as its inventors write it down.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619))
}

fn receive(stream: &str) -> Received {
    let (mut data, mut message_data, mut types) = (Vec::new(), Vec::new(), Vec::new());
    let mut received = Received { events: 0, checksum: 0, messages: 0, message_checksum: 0, types: Vec::new() };
    for block in stream.strip_suffix("\n\n").expect("ends with a whole event").split("\n\n") {
        let field = |name: &str| -> Vec<&str> { block.lines().filter_map(|line| line.strip_prefix(name)).collect() };
        let text = field("data: ").join("\n");
        let name = field("event: ").first().copied().unwrap_or("message");
        received.events += 1;
        data.extend_from_slice(text.as_bytes());
        types.push(name.to_owned());
        if name == "message" {
            received.messages += 1;
            message_data.extend_from_slice(text.as_bytes());
        }
    }
    types.sort();
    types.dedup();
    received.checksum = fnv1a(&data);
    received.message_checksum = fnv1a(&message_data);
    received.types = types;
    received
}

fn assert_as_promised(answer: &Answer, case: &str) -> Received {
    let text = answer.text();
    let received = receive(&text);
    let promised = |name: &str| answer.header(name).unwrap();
    assert_eq!(promised("x-events"), received.events.to_string(), "{case}");
    assert_eq!(promised("x-bytes"), text.len().to_string(), "{case}");
    assert_eq!(promised("x-checksum"), format!("{:08x}", received.checksum), "{case}");
    assert_eq!(promised("x-message-events"), received.messages.to_string(), "{case}");
    assert_eq!(promised("x-message-checksum"), format!("{:08x}", received.message_checksum), "{case}");
    for name in &received.types {
        assert!(promised("x-types").split(',').any(|it| it == name), "{case}: {name}");
    }
    received
}

#[tokio::test]
async fn count_and_checksum_are_those_of_what_comes() {
    let server = Running::start().await;
    for (shape, count) in [
        ("tick30", 100_001),
        ("llm110", 20_000),
        ("llm230", 20_000),
        ("chinese", 20_000),
        ("emoji", 20_000),
        ("long16k", 200),
        ("line16m", 1),
        ("multiline", 20_000),
        ("unlistened", 60_000),
    ] {
        let answer = server.get(&format!("/bench?shape={shape}&count={count}")).await;
        assert_eq!(assert_as_promised(&answer, shape).events, count, "{shape}");
    }
}

#[tokio::test]
async fn every_chunk_but_the_last_has_the_size_asked_for() {
    let server = Running::start().await;
    for chunk in [1, 256, 1400, 16384, 65536, 3_000_000] {
        let count = if chunk == 1 { 100 } else { 60_000 };
        let answer = server.get(&format!("/bench?shape=tick30&count={count}&chunk={chunk}")).await;
        let (last, others) = answer.chunks.split_last().unwrap();
        assert!(others.iter().all(|it| it.len() == chunk) && last.len() <= chunk, "{chunk}");
        assert_as_promised(&answer, &format!("chunk={chunk}"));
    }
}

#[tokio::test]
async fn a_rate_spreads_the_events_evenly() {
    let server = Running::start().await;
    let mut client = server.send("GET", "/bench?shape=llm110&count=200&rate=400", &[], b"").await;
    client.head().await.unwrap();
    let start = Instant::now();
    let mut latest = Duration::ZERO;
    for number in 0..200 {
        let chunk = client.chunk().await.unwrap().unwrap();
        assert!(chunk.ends_with(b"\n\n") && chunk.starts_with(b"data: "), "one event, one chunk");
        let due = Duration::from_secs_f64(f64::from(number) / 400.0);
        assert!(start.elapsed() + Duration::from_millis(10) > due, "event {number} is early: {:?}", start.elapsed());
        latest = latest.max(start.elapsed().saturating_sub(due));
    }
    assert_eq!(client.chunk().await.unwrap(), None);
    // Loose, because tests share two cores; an uneven sender would be late by hundreds.
    assert!(latest < Duration::from_millis(120), "{latest:?}");
    let whole = server.get("/bench?shape=unlistened&count=500&rate=5000").await;
    assert_eq!(whole.chunks.len(), 500);
    assert_as_promised(&whole, "rate");
}

#[tokio::test]
async fn wrong_parameters_are_refused() {
    let server = Running::start().await;
    for query in ["shape=none", "chunk=0", "rate=0", "rate=NaN", "count=-1", "count=100000000000"] {
        assert_eq!(server.get(&format!("/bench?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(server.get("/bench?count=0").await.body(), b"");
}

#[tokio::test]
async fn the_clock_tells_when_each_event_was_sent() {
    let server = Running::start().await;
    let before = now();
    let answer = server.get("/bench?shape=clock&count=50&rate=500").await;
    let after = now();
    assert_eq!(answer.header("x-events").unwrap(), "50");
    let text = answer.text();
    let times: Vec<u128> = text
        .split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").expect("one line of data").parse().expect("a number"))
        .collect();
    assert_eq!(times.len(), 50);
    assert!(times.is_sorted());
    assert!(before <= times[0] && times[49] <= after);
    // 49 steps of 2 ms.
    assert!(times[49] - times[0] >= 90_000, "{} µs", times[49] - times[0]);
}

fn now() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros()
}
