//! What the server tells about requests, and whom it lets read: echo, log, CORS, cookies, statuses, redirects.

use std::time::Duration;

use super::{Client, Running};

#[tokio::test]
async fn echo_tells_what_arrived() {
    let server = Running::start().await;
    let headers: [(&str, &[u8]); 2] = [("Last-Event-ID", "…é".as_bytes()), ("X-Raw", b"\xe9")];
    let answer = server.send("PUT", "/echo?end=close&a=b", &headers, "ünï".as_bytes()).await.whole().await;
    assert_eq!(answer.header("content-type").unwrap(), "text/event-stream");
    let seen = answer.message();
    assert_eq!((&seen["method"], &seen["url"]), (&"PUT".into(), &"/echo?end=close&a=b".into()));
    assert_eq!(seen["body"], "ünï");
    assert_eq!(seen["headers"]["last-event-id"][0], "\u{e2}\u{80}\u{a6}\u{c3}\u{a9}");
    assert_eq!(seen["headers"]["x-raw"][0], "é");
}

#[tokio::test]
async fn the_log_tells_of_requests_until_it_is_forgotten() {
    let server = Running::start().await;
    server.send("POST", "/status/500?key=a", &[("X-Two", b"1"), ("X-Two", b"2")], b"body").await.whole().await;
    server.get("/status/200?key=b").await;
    let log = server.log_when_closed("a").await;
    let requests = log["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["method"], "POST");
    assert_eq!(requests[0]["url"], "/status/500?key=a");
    assert_eq!(requests[0]["headers"]["x-two"], serde_json::json!(["1", "2"]));
    assert_eq!(requests[0]["body"], "body");
    assert_eq!(requests[0]["open"], false);
    assert!(requests[0]["closedAt"].as_f64().unwrap() >= requests[0]["at"].as_f64().unwrap());
    server.send("DELETE", "/log?key=a", &[], b"").await.whole().await;
    assert!(server.log("a").await["requests"].as_array().unwrap().is_empty());
    assert_eq!(server.log("b").await["requests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_log_tells_when_a_client_goes_away() {
    let server = Running::start().await;
    for (key, target) in [
        ("stalled", "/stream?body=a&end=stall"),
        ("delayed", "/stream?body=a&delay=60000"),
        ("posted", "/echo?x"),
        ("subscribed", "/subscribe?topic=t"),
        ("busy", "/bench?shape=long16k&count=3000"),
    ] {
        let method = if key == "posted" { "POST" } else { "GET" };
        let body: &[u8] = if key == "posted" { b"body" } else { b"" };
        let mut client = server.send(method, &format!("{target}&key={key}"), &[], body).await;
        if key == "delayed" {
            tokio::time::sleep(Duration::from_millis(60)).await;
        } else {
            client.head().await.unwrap();
        }
        let log = server.log(key).await;
        assert_eq!((&log["open"], &log["requests"][0]["open"]), (&1.into(), &true.into()), "{key}");
        assert!(log["requests"][0]["closedAt"].is_null());
        drop(client);
        assert!(server.log_when_closed(key).await["requests"][0]["closedAt"].is_number());
    }
}

#[tokio::test]
async fn the_log_tells_when_the_server_ended_an_answer() {
    let server = Running::start().await;
    for end in ["close", "reset"] {
        server.get(&format!("/stream?body=a&end={end}&key={end}")).await;
        server.log_when_closed(end).await;
    }
}

const PAGE: (&str, &[u8]) = ("Origin", b"http://127.0.0.1:1");

#[tokio::test]
async fn answers_carry_the_cors_headers_asked_for() {
    let server = Running::start().await;
    for (cors, origin, credentials) in [
        ("", None, None),
        ("&cors=*", Some("*"), None),
        ("&cors=origin", Some("http://127.0.0.1:1"), None),
        ("&cors=credentials", Some("http://127.0.0.1:1"), Some("true")),
        ("&cors=other", Some("http://example.org"), None),
    ] {
        for route in ["/stream?body=a", "/status/404?", "/redirect?to=/echo", "/nowhere?"] {
            let answer = server.send("GET", &format!("{route}{cors}"), &[PAGE], b"").await.whole().await;
            assert_eq!(answer.header("access-control-allow-origin").as_deref(), origin, "{route}{cors}");
            assert_eq!(answer.header("access-control-allow-credentials").as_deref(), credentials, "{route}{cors}");
        }
    }
    assert_eq!(server.get("/stream?cors=nonsense").await.status, 400);
}

#[tokio::test]
async fn preflights_are_answered_refused_and_logged_and_never_reach_the_route() {
    let server = Running::start().await;
    server.post("/script?key=p", r#"{"steps":[{"chunks":[{"text":"first"}]},{"status":500}]}"#).await;
    let asked: [(&str, &[u8]); 3] =
        [PAGE, ("Access-Control-Request-Method", b"PUT"), ("Access-Control-Request-Headers", b"x-a,last-event-id")];
    for (query, status, origin, methods) in [
        ("", 204, None, None),
        ("?cors=*", 204, Some("*"), Some("PUT")),
        ("?cors=credentials", 204, Some("http://127.0.0.1:1"), Some("PUT")),
        ("?cors=*&preflight=refuse", 403, None, None),
        ("?cors=other", 204, Some("http://example.org"), Some("PUT")),
    ] {
        let answer = server.send("OPTIONS", &format!("/script/p{query}"), &asked, b"").await.whole().await;
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), origin, "{query}");
        assert_eq!(answer.header("access-control-allow-methods").as_deref(), methods, "{query}");
        let headers = answer.header("access-control-allow-headers");
        assert_eq!(headers.as_deref(), methods.map(|_| "x-a,last-event-id"), "{query}");
    }
    assert_eq!(server.get("/script/p").await.body(), b"first");
    let log = server.log("p").await;
    assert_eq!(log["requests"].as_array().unwrap().len(), 6);
    assert_eq!(log["requests"][0]["method"], "OPTIONS");
}

#[tokio::test]
async fn cookies_are_set_and_told() {
    let server = Running::start().await;
    let answer = server.get("/cookies/set?a=1&b=2&samesite=None&key=c&cors=*").await;
    let set: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, it)| &it[..]).collect();
    let expected: [&[u8]; 2] = [b"a=1; Path=/; SameSite=None; Secure", b"b=2; Path=/; SameSite=None; Secure"];
    assert_eq!(set, expected);
    assert_eq!(server.get("/cookies/set?a=1").await.header("set-cookie").unwrap(), "a=1; Path=/");
    let told = server.send("GET", "/cookies/echo?end=close", &[("Cookie", b"a=1; b=2")], b"").await.whole().await;
    assert_eq!(told.text(), "data: a=1; b=2\n\n");
}

#[tokio::test]
async fn statuses_and_redirects_are_as_asked() {
    let server = Running::start().await;
    for method in ["GET", "POST", "DELETE"] {
        for status in [200, 204, 404, 503, 599] {
            let target = format!("/status/{status}?header=Retry-After:3");
            let answer = Client::send(server.port, method, &target, &[], b"").await.whole().await;
            assert_eq!((answer.status, answer.header("retry-after").as_deref()), (status, Some("3")));
        }
    }
    assert_eq!(server.get("/status/100").await.status, 400);
    assert_eq!(server.get("/status/500").await.header("content-type").unwrap(), "text/plain");
    let typed = server.get("/status/500?type=text/event-stream").await;
    assert_eq!(typed.header("content-type").unwrap(), "text/event-stream");
    let to = "http://127.0.0.1:1/echo?a=%E9";
    let answer = server.get(&format!("/redirect?to={}", to.replace('%', "%25"))).await;
    assert_eq!((answer.status, answer.header("location").as_deref()), (307, Some(to)));
    assert_eq!(server.get("/redirect?to=/echo&status=301").await.status, 301);
    assert_eq!(server.get("/redirect").await.status, 400);
}
