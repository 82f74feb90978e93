//! How such a connection is made: straight, by a proxy that forwards, or through one's tunnel; so many to a host at most.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{io, vec};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use hyper::http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

use super::verifier;
use crate::wire::connector::{ConnectorSettings, Resolver};

/// Makes connections.
#[derive(Clone, Debug)]
pub(super) struct Connect {
    straight: HttpsConnector<HttpConnector<Resolver>>,
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Matcher>>,
    timeout: Duration,
    max_connections: usize,
    /// The connections that each host may still have.
    free: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Connect {
    pub(super) fn new(settings: &ConnectorSettings) -> Result<Self, rustls::Error> {
        let tls = Arc::new(verifier::config()?);
        let mut tcp = HttpConnector::new_with_resolver(Resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Ok(Self {
            straight: HttpsConnector::from((tcp, Arc::clone(&tls))),
            tls,
            proxy: settings.proxy.matcher().map(Arc::new),
            timeout: settings.connection_timeout,
            max_connections: settings.max_connections,
            free: Arc::default(),
        })
    }

    /// The proxy that forwards requests for `uri`, if one does.
    pub(super) fn forwarding_proxy(&self, uri: &Uri) -> Option<Intercept> {
        let is_plain = uri.scheme_str() == Some("http");
        self.proxy_for(uri).filter(|_| is_plain)
    }

    fn proxy_for(&self, uri: &Uri) -> Option<Intercept> {
        self.proxy.as_ref()?.intercept(uri)
    }

    fn free(&self, uri: &Uri) -> Arc<Semaphore> {
        let host = format!("{:?}{:?}", uri.scheme(), uri.authority());
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(self.max_connections));
        Arc::clone(free.entry(host).or_insert_with(new))
    }

    async fn connect(mut self, uri: Uri) -> Result<Box<dyn Stream>, BoxError> {
        if let Some(proxy) = self.forwarding_proxy(&uri) {
            return Ok(Box::new(self.straight.call(proxy.uri().clone()).await?));
        }
        let Some(proxy) = self.proxy_for(&uri) else {
            return Ok(Box::new(self.straight.call(uri).await?));
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.straight);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let mut secure = HttpsConnector::from((tunnel, self.tls));
        Ok(Box::new(secure.call(uri).await?))
    }
}

impl Service<Uri> for Connect {
    type Response = Counted;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Counted, BoxError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connect = self.clone();
        Box::pin(async move {
            let held = connect.free(&uri).acquire_owned().await?;
            let is_forwarded = connect.forwarding_proxy(&uri).is_some();
            let made = tokio::time::timeout(connect.timeout, connect.connect(uri)).await;
            Ok(Counted {
                stream: made??,
                is_forwarded,
                _held: held,
            })
        })
    }
}

/// What hyper needs a connection to be.
trait Stream: Read + Write + Connection + Send + Unpin {}
impl<T: Read + Write + Connection + Send + Unpin> Stream for T {}

/// A connection, which counts until it is closed.
pub(super) struct Counted {
    stream: Box<dyn Stream>,
    is_forwarded: bool,
    _held: OwnedSemaphorePermit,
}

impl Connection for Counted {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_forwarded)
    }
}

impl Read for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = ResolveDnsError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ResolveDnsError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), ResolveDnsError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move { Self::resolve(name.as_str()).await.map(Vec::into_iter) })
    }
}
