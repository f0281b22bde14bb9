//! The server that demo, tests and benchmarks share: event streams of every kind and with every fault, on two ports
//! (two origins). This file starts and stops it; `routes.rs` says what it answers. Not for production: it runs
//! scripts that anybody may send it, so it listens on 127.0.0.1 only.

mod arguments;
mod bench;
mod connection;
mod cookies;
mod cors;
mod demo;
mod echo;
mod log;
mod numbered;
mod playback;
mod publish;
mod query;
mod random;
mod responses;
mod routes;
mod script;
mod static_files;
mod stream;
#[cfg(test)]
mod tests;

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use arguments::{Arguments, USAGE};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(complaint) => {
            eprintln!("{complaint}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the server stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(arguments).await?;
    // Whoever started us waits for this line to learn the ports.
    println!("{}", serde_json::json!({ "port": server.port, "otherPort": server.other_port }));
    // Streams never end by themselves, so stopping means dropping them: leaving `select!` drops every connection.
    tokio::select! {
        () = server.run() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Both listeners, bound and not yet accepting.
struct Server {
    port: u16,
    other_port: u16,
    listeners: [TcpListener; 2],
    router: Router,
}

impl Server {
    async fn bind(arguments: &Arguments) -> io::Result<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
        let second = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.other_port)).await?;
        Ok(Server {
            port: first.local_addr()?.port(),
            other_port: second.local_addr()?.port(),
            listeners: [first, second],
            router: routes::router(&arguments.root),
        })
    }

    async fn run(self) {
        let [first, second] = self.listeners;
        tokio::join!(connection::serve(first, self.router.clone()), connection::serve(second, self.router));
    }
}
