//! The listener and its connections.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::path::check_bucket_name;
use tokio::net::{TcpListener, TcpStream};

use crate::config::Config;
use crate::service::Service;
use crate::store::Store;

/// How long to wait after a failed accept, which is mostly a want of file descriptors that passes.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    service: Service,
    address: SocketAddr,
}

impl Server {
    /// Opens the port and makes the buckets.
    ///
    /// # Errors
    /// The address can't be listened on, or a bucket's name is not one S3 allows.
    pub async fn bind(config: &Config) -> io::Result<Self> {
        let store = Arc::new(Store::default());
        for name in &config.buckets {
            if !check_bucket_name(name) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("'{name}' is no valid bucket name"),
                ));
            }
            // A name given twice is one bucket.
            let _ = store.create_bucket(name);
        }
        let listener = TcpListener::bind((config.host.as_str(), config.port)).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            service: Service::new(store, config),
            address,
        })
    }

    /// Where clients on this machine reach the server.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("http://{address}")
    }

    /// Accepts connections and answers requests until the future is dropped.
    pub async fn run(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve(stream, self.service.clone()));
                }
                Err(error) => {
                    eprintln!("accept failed: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Answers the requests of one connection until either side closes it.
async fn serve(stream: TcpStream, service: Service) {
    // Answers are small and waited for. A socket that refuses the option is about to fail anyway.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let service = service.clone();
        async move { service.answer(request).await }
    });
    // Without a timer: an idle connection stays open for as long as the client wants it.
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    // Clients close connections as they please; what that breaks off was either answered or is theirs to repeat.
    let _ = connection.await;
}
