//! The routes that stream: cuts, pauses, ends, scripts, resuming, publishing.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::Running;

#[tokio::test]
async fn chunks_arrive_cut_as_asked() {
    let server = Running::start().await;
    let answer = server.get("/stream?body=data:%20%F0%9F%98%80%0A%0A%FF&cuts=3,5,1").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type").unwrap(), "text/event-stream");
    assert_eq!(answer.chunks, [b"dat".to_vec(), b"a: \xf0\x9f".into(), b"\x98".into(), b"\x80\n\n\xff".into()]);
    let answer = server.get("/stream?body=abcdefgh&size=3").await;
    assert_eq!(answer.chunks, [b"abc".to_vec(), b"def".into(), b"gh".into()]);
    assert_eq!(server.get("/stream?body=abc").await.chunks, [b"abc"]);
    assert_eq!(server.get("/stream").await.body(), b"");
}

#[tokio::test]
async fn cuts_that_do_not_fit_are_refused() {
    let server = Running::start().await;
    for query in ["body=abc&cuts=2,2", "body=abc&cuts=0", "body=abc&size=0", "body=a&end=never", "status=101"] {
        assert_eq!(server.get(&format!("/stream?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn each_chunk_comes_after_its_pause() {
    let server = Running::start().await;
    let mut client = server.send("GET", "/stream?body=abc&size=1&pause=60", &[], b"").await;
    client.head().await.unwrap();
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"a");
    for expected in [b"b", b"c"] {
        let before = Instant::now();
        assert_eq!(client.chunk().await.unwrap().unwrap(), expected);
        assert!(before.elapsed() > Duration::from_millis(40), "{:?}", before.elapsed());
    }
}

#[tokio::test]
async fn the_head_is_as_asked() {
    let server = Running::start().await;
    let answer = server.get("/stream?status=503&type=&header=X-One:+a&header=X-One:b&header=X-Raw:%E9").await;
    assert_eq!((answer.status, answer.header("content-type")), (503, None));
    let ones: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "x-one").map(|(_, it)| &it[..]).collect();
    assert_eq!(ones, [b"a", b"b"]);
    assert!(answer.headers.contains(&("x-raw".into(), vec![0xe9])));
    let before = Instant::now();
    assert_eq!(server.get("/stream?delay=80&type=text/html").await.header("content-type").unwrap(), "text/html");
    assert!(before.elapsed() >= Duration::from_millis(80));
    let head = server.send("HEAD", "/stream?body=abc&end=stall", &[], b"").await.whole().await;
    assert_eq!((head.status, head.chunks.len()), (200, 0));
}

#[tokio::test]
async fn a_reset_is_a_tcp_reset_after_the_bytes_before_it() {
    let server = Running::start().await;
    let answer = server.get("/stream?body=data:+1%0A%0Adata:+2&cuts=9&end=reset").await;
    assert_eq!(answer.text(), "data: 1\n\ndata: 2");
    assert_eq!(answer.fault, Some(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_clean_end_is_clean_and_a_stall_ends_nothing() {
    let server = Running::start().await;
    assert_eq!(server.get("/stream?body=a&end=close").await.fault, None);
    let mut client = server.send("GET", "/stream?body=a&end=stall", &[], b"").await;
    client.head().await.unwrap();
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"a");
    assert!(timeout(Duration::from_millis(150), client.chunk()).await.is_err());
}

#[tokio::test]
async fn a_script_answers_each_request_with_its_own_step() {
    let server = Running::start().await;
    let script = r#"{"last":"stop","steps":[
        {"chunks":[{"text":"data: é\n"},{"hex":"0a ff","pause":40}],"end":"reset"},
        {"refuse":true},
        {"status":500,"type":"text/html","headers":{"Retry-After":"1","X-Two":["a","b"]},"delay":40}]}"#;
    assert_eq!(server.post("/script?key=steps", script).await.status, 200);
    let first = server.get("/script/steps").await;
    assert_eq!(first.chunks, ["data: é\n".as_bytes().to_vec(), b"\n\xff".into()]);
    assert_eq!(first.fault, Some(ErrorKind::ConnectionReset));
    let refused = server.post("/script/steps", "with a body").await;
    assert_eq!((refused.status, refused.fault), (0, Some(ErrorKind::ConnectionReset)));
    let before = Instant::now();
    let third = server.get("/script/steps?x=1").await;
    assert!(before.elapsed() >= Duration::from_millis(40));
    assert_eq!((third.status, third.header("retry-after").as_deref()), (500, Some("1")));
    assert_eq!(third.header("content-type").unwrap(), "text/html");
    assert_eq!(third.headers.iter().filter(|(name, _)| name == "x-two").count(), 2);
    assert_eq!(server.get("/script/steps").await.status, 204);
    assert_eq!(server.log_when_closed("steps").await["requests"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_script_repeats_its_last_step_unless_told_to_stop() {
    let server = Running::start().await;
    server.post("/script?key=again", r#"{"steps":[{"status":500},{"chunks":[{"text":"x"}]}]}"#).await;
    assert_eq!(server.get("/script/again").await.status, 500);
    for _ in 0..3 {
        assert_eq!(server.get("/script/again").await.body(), b"x");
    }
}

#[tokio::test]
async fn a_script_that_makes_no_sense_is_refused_with_a_reason() {
    let server = Running::start().await;
    for (script, reason) in [
        (r#"{"steps":[]}"#, "step"),
        (r#"{"steps":[{"stauts":500}]}"#, "stauts"),
        (r#"{"steps":[{"end":"never"}]}"#, "never"),
        (r#"{"steps":[{"status":100}]}"#, "100"),
        (r#"{"steps":[{"chunks":[{"hex":"abc"}]}]}"#, "abc"),
        (r#"{"steps":[{"chunks":[{"text":""}]}]}"#, "empty"),
    ] {
        let answer = server.post("/script?key=wrong", script).await;
        assert_eq!(answer.status, 400, "{script}");
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
    assert_eq!(server.get("/script/wrong").await.status, 404);
}

#[tokio::test]
async fn numbers_are_resumed_after_the_last_event_id_until_all_were_sent() {
    let server = Running::start().await;
    let target = "/numbered?from=5&count=4&perConnection=3&retry=10";
    let first = server.get(target).await;
    assert_eq!(first.text(), "retry: 10\n\nid: 5\ndata: 5\n\nid: 6\ndata: 6\n\nid: 7\ndata: 7\n\n");
    assert_eq!(first.fault, None);
    let resumed = server.send("GET", target, &[("Last-Event-ID", b"7")], b"").await.whole().await;
    assert_eq!(resumed.text(), "retry: 10\n\nid: 8\ndata: 8\n\n");
    assert_eq!(server.get(&format!("{target}&lastEventId=7")).await.text(), resumed.text());
    assert_eq!(server.get(&format!("{target}&lastEventId=8")).await.status, 204);
    assert_eq!(server.get(&format!("{target}&lastEventId=20")).await.status, 400);
    assert_eq!(server.get("/numbered?count=1&data=a%0A{n}").await.text(), "id: 0\ndata: a\ndata: 0\n\n");
}

#[tokio::test]
async fn numbered_connections_end_with_the_fault_asked_for() {
    let server = Running::start().await;
    let reset = server.get("/numbered?perConnection=2&fault=reset").await;
    assert_eq!(reset.fault, Some(ErrorKind::ConnectionReset));
    assert_eq!(reset.text(), "id: 0\ndata: 0\n\nid: 1\ndata: 1\n\n");
    let cut = server.get("/numbered?perConnection=1&fault=cut").await;
    assert_eq!((cut.text().as_str(), cut.fault), ("id: 0\ndata: 0\n\nid: 1\ndata: 1\n", None));
    let whole = server.get("/numbered?count=1&perConnection=1&fault=cut").await;
    assert_eq!(whole.text(), "id: 0\ndata: 0\n\n");
}

#[tokio::test]
async fn numbers_with_an_interval_come_one_by_one() {
    let server = Running::start().await;
    let before = Instant::now();
    let answer = server.get("/numbered?count=4&interval=20").await;
    assert_eq!(answer.chunks.len(), 4);
    assert!(before.elapsed() >= Duration::from_millis(60));
    let many = server.get("/numbered?count=100000").await;
    assert_eq!(many.text().matches("\n\n").count(), 100_000);
    assert!(many.chunks.len() < 1000, "{} chunks", many.chunks.len());
}

#[tokio::test]
async fn what_is_published_reaches_the_subscribers_of_the_topic_at_once() {
    let server = Running::start().await;
    let mut clients = Vec::new();
    for topic in ["news", "news", "weather"] {
        let mut client = server.send("GET", &format!("/subscribe?topic={topic}"), &[], b"").await;
        assert_eq!(client.head().await.unwrap().status, 200);
        clients.push(client);
    }
    assert_eq!(server.post("/publish?topic=news", "data: 1\n\n").await.text(), r#"{"subscribers":2}"#);
    assert_eq!(server.post("/publish?topic=nobody", "data: 2\n\n").await.text(), r#"{"subscribers":0}"#);
    for client in &mut clients[..2] {
        assert_eq!(client.chunk().await.unwrap().unwrap(), b"data: 1\n\n");
    }
    assert!(timeout(Duration::from_millis(100), clients[2].chunk()).await.is_err());

    server.post("/publish?topic=news&end=close", "data: last\n\n").await;
    for client in &mut clients[..2] {
        assert_eq!(client.chunk().await.unwrap().unwrap(), b"data: last\n\n");
        assert_eq!(client.chunk().await.unwrap(), None);
    }
    server.post("/publish?topic=weather&end=reset", "").await;
    assert_eq!(clients[2].chunk().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.post("/publish?topic=news", "x").await.text(), r#"{"subscribers":0}"#);
}

#[tokio::test]
async fn the_demo_sends_pings_and_now_and_then_a_message() {
    let server = Running::start().await;
    let mut client = server.send("GET", "/demo/ping?interval=1", &[], b"").await;
    client.head().await.unwrap();
    let text = client.until("This is a message").await;
    let year = time::OffsetDateTime::now_utc().year();
    assert!(text.starts_with(&format!("event: ping\ndata: {{\"time\": \"{year}-")), "{text}");
    let pings = text.matches("event: ping\n").count();
    assert!((1..=10).contains(&pings), "{pings}");
    let message = text.rsplit("\n\n").nth(1).unwrap();
    let time = message.strip_prefix("data: This is a message at time ").unwrap();
    assert!(time.len() == 24 && time.ends_with("+0000"), "{time}");
    assert!(text.contains(&format!("{{\"time\": \"{time}\"}}")));
}
