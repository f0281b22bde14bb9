//! The promises of the routes, checked over raw TCP against a server on free ports. A client library would hide what
//! is promised here: where chunks are cut, and what a reset is.

mod bench;
mod client;
mod files;
mod requests;
mod streams;

use std::path::Path;
use std::time::Duration;

use crate::Server;
use crate::arguments::Arguments;
use client::{Answer, Client};

/// A server that lives as long as the test.
struct Running {
    port: u16,
    other_port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    async fn start() -> Self {
        Self::start_at(&std::env::temp_dir()).await
    }

    async fn start_at(root: &Path) -> Self {
        let arguments = Arguments { port: 0, other_port: 0, root: root.into() };
        let server = Server::bind(&arguments).await.unwrap();
        let (port, other_port) = (server.port, server.other_port);
        Running { port, other_port, task: tokio::spawn(server.run()) }
    }

    async fn send(&self, method: &str, target: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Client {
        Client::send(self.port, method, target, headers, body).await
    }

    async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], b"").await.whole().await
    }

    async fn post(&self, target: &str, body: &str) -> Answer {
        self.send("POST", target, &[], body.as_bytes()).await.whole().await
    }

    async fn log(&self, key: &str) -> serde_json::Value {
        serde_json::from_slice(&self.get(&format!("/log?key={key}")).await.body()).unwrap()
    }

    /// The log once nobody is connected any more; fails where that takes long.
    async fn log_when_closed(&self, key: &str) -> serde_json::Value {
        for _ in 0..200 {
            let log = self.log(key).await;
            if log["open"] == 0 {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{key} is still open: {}", self.log(key).await);
    }
}

#[test]
fn the_command_line_is_read_and_a_wrong_one_is_refused() {
    let parse = |line: &str| Arguments::parse(line.split_whitespace().map(String::from));
    let expected = Arguments { port: 8000, other_port: 8001, root: "x".into() };
    assert_eq!(parse("--port 8000 --other-port 8001 --root x"), Ok(expected));
    assert_eq!(parse(""), Ok(Arguments { port: 0, other_port: 0, root: ".".into() }));
    assert!(parse("--port").unwrap_err().contains("--port"));
    assert!(parse("--port 70000").unwrap_err().contains("70000"));
    assert!(parse("--prot 1").unwrap_err().contains("--prot"));
}

#[tokio::test]
async fn both_ports_serve_the_same_routes() {
    let server = Running::start().await;
    assert_ne!(server.port, server.other_port);
    for port in [server.port, server.other_port] {
        assert_eq!(Client::send(port, "GET", "/status/418?key=both", &[], b"").await.whole().await.status, 418);
    }
    assert_eq!(server.log_when_closed("both").await["requests"].as_array().unwrap().len(), 2);
}
