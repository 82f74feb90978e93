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
use crate::control;
use crate::cors;
use crate::faults::{Faults, Socket};
use crate::service::Service;
use crate::store::Store;

/// How long to wait after a failed accept, which is mostly a want of file descriptors that passes.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    service: Service,
    address: SocketAddr,
    control: Option<Control>,
}

/// The control endpoint's listener and what it controls.
struct Control {
    listener: TcpListener,
    address: SocketAddr,
    faults: Arc<Faults>,
}

impl Server {
    /// Opens the port, that of the control endpoint if one is asked for, and makes the buckets.
    ///
    /// # Errors
    /// An address can't be listened on, or a bucket's name is not one S3 allows.
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
        let control = match config.control_port {
            Some(port) => Some(Control::bind(port, config.seed).await?),
            None => None,
        };
        let faults = control.as_ref().map(|control| Arc::clone(&control.faults));
        Ok(Self {
            listener,
            service: Service::new(store, config, faults),
            address,
            control,
        })
    }

    /// Where faults are asked for, if they can be.
    #[must_use]
    pub fn control(&self) -> Option<String> {
        let control = self.control.as_ref()?;
        Some(format!("http://{}", control.address))
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
        let control = async {
            match self.control {
                Some(Control {
                    listener, faults, ..
                }) => {
                    accept(listener, |stream| {
                        control::serve(stream, Arc::clone(&faults))
                    })
                    .await;
                }
                None => std::future::pending().await,
            }
        };
        let serve = accept(self.listener, |stream| serve(stream, self.service.clone()));
        tokio::join!(serve, control);
    }
}

impl Control {
    async fn bind(port: u16, seed: Option<u64>) -> io::Result<Self> {
        // Whoever can reach it can lose data and learn keys: never from another machine.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            faults: Arc::new(Faults::new(seed)),
        })
    }
}

/// Accepts connections and starts what each of them is for.
async fn accept<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream));
            }
            Err(error) => {
                eprintln!("accept failed: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one connection until either side closes it.
async fn serve(stream: TcpStream, service: Service) {
    // Answers are small and waited for. A socket that refuses the option is about to fail anyway.
    let _ = stream.set_nodelay(true);
    if let Some(faults) = service.faults() {
        return serve_with_faults(stream, Arc::clone(faults), service).await;
    }
    let answer = service_fn(move |request| {
        let service = service.clone();
        async move { cors::answer(request, |request| service.answer(request)).await }
    });
    // Without a timer: an idle connection stays open for as long as the client wants it.
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    // Clients close connections as they please; what that breaks off was either answered or is theirs to repeat.
    let _ = connection.await;
}

/// Like [`serve`], over a socket that rules can break.
async fn serve_with_faults(stream: TcpStream, faults: Arc<Faults>, service: Service) {
    let socket = Socket::new(stream, Arc::clone(&faults.connections));
    let connection = socket.connection();
    let answer = service_fn(move |request| {
        let (faults, service) = (Arc::clone(&faults), service.clone());
        let connection = Arc::clone(&connection);
        async move {
            cors::answer(request, |request| {
                faults.answer(service.s3(), &connection, request)
            })
            .await
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), answer);
    let _ = connection.await;
}
