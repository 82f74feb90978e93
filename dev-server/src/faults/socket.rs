//! A socket that does what its [`Connection`] is told.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connection::{Connection, Output};
use super::connections::Connections;

/// A client's socket.
pub(crate) struct Socket {
    stream: TcpStream,
    connection: Arc<Connection>,
    connections: Arc<Connections>,
    id: u64,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, connections: Arc<Connections>) -> Self {
        let connection = Arc::new(Connection::default());
        Self {
            id: connections.open(Arc::clone(&connection)),
            stream,
            connection,
            connections,
        }
    }

    pub(crate) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.connection.lock().resets {
            // The connection is about to go either way.
            let _ = self.stream.set_zero_linger();
        }
        self.connection.gone();
        self.connections.gone(self.id);
    }
}

fn broken_off() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        {
            let mut state = self.connection.lock();
            if state.is_closing {
                // Nothing read is the end of what the client sends; hyper closes its side then.
                return Poll::Ready(Ok(()));
            }
            state.reader = Some(cx.waker().clone());
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut state = this.connection.lock();
        let stream = Pin::new(&mut this.stream);
        match &mut state.output {
            Output::Answer => {
                drop(state);
                stream.poll_write(cx, bytes)
            }
            Output::Cut(cut) => {
                let allowed = cut.allowed(bytes);
                let Some(allowed) = bytes.get(..allowed).filter(|part| !part.is_empty()) else {
                    return Poll::Ready(Err(broken_off()));
                };
                let written = ready!(stream.poll_write(cx, allowed))?;
                cut.pass(allowed.get(..written).unwrap_or(allowed));
                Poll::Ready(Ok(written))
            }
            Output::Raw(raw) => {
                let mut stream = stream;
                while raw.has_remaining() {
                    let written = ready!(stream.as_mut().poll_write(cx, raw))?;
                    raw.advance(written);
                }
                Poll::Ready(Err(broken_off()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.connection.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The body of an answer; it tells the connection when all of it was handed over to be sent.
pub(super) struct WatchedBody {
    body: s3s::Body,
    connection: Arc<Connection>,
}

impl WatchedBody {
    pub(super) fn new(body: s3s::Body, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl Drop for WatchedBody {
    // hyper drops a body when it has taken all of it, and sends before it looks for the next request.
    fn drop(&mut self) {
        self.connection.body_done();
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = s3s::StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, s3s::StdError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
