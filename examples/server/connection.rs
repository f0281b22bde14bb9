//! Accepts TCP connections, speaks HTTP/1.1 on them and lets a response ask that its own connection be reset.
//! A reset is a real one: the socket is closed with SO_LINGER 0, so the client gets an RST and no end of stream.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

const STAYS: u8 = 0;
const RESET_WHEN_WRITTEN: u8 = 1;
const RESET_NOW: u8 = 2;

/// The connection that a request came on; every request carries it as an extension.
#[derive(Clone)]
pub struct Connection(Arc<AtomicU8>);

impl Connection {
    fn new() -> Self {
        Connection(Arc::new(AtomicU8::new(STAYS)))
    }

    /// Resets the connection as soon as all that was answered so far is written. Call it from the body's own poll and
    /// stay pending: hyper flushes right after that, and the flush carries the reset out.
    pub fn reset_when_written(&self) {
        self.0.store(RESET_WHEN_WRITTEN, Ordering::Release);
    }

    /// Resets the connection before another byte is written, the head of the response included.
    pub fn reset_now(&self) {
        self.0.store(RESET_NOW, Ordering::Release);
    }

    fn wish(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }
}

/// Serves `router` on `listener` until the future is dropped, which drops all its connections too.
pub async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, router.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: asking again at once would spin.
                    eprintln!("accept: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(stream: TcpStream, router: Router) {
    // Without this, Nagle's algorithm would glue small chunks together.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let connection = Connection::new();
    let socket = Socket { stream, connection: connection.clone() };
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection.clone());
        request
    });
    // An error here is a client that went away or a reset that was asked for: both are everyday here.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // Small chunks copied together cost a third of what writev takes for three slices each (`/bench?chunk=256`).
        .writev(false)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(service))
        .await;
}

/// A TCP socket that carries out what its [`Connection`] wishes.
struct Socket {
    stream: TcpStream,
    connection: Connection,
}

impl Socket {
    fn still_writable(&self) -> io::Result<()> {
        if self.connection.wish() == RESET_NOW { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.connection.wish() != STAYS {
            // Fails only where the client closed first, and then there is nothing left to reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.still_writable()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.still_writable()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls this only once its own buffer is empty: the moment to reset.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.wish() != STAYS {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.wish() != STAYS {
            // A FIN first would look like a clean end.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
