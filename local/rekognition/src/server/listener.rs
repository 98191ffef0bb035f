//! Accepting connections and closing them in good order.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::call_log::CallLog;
use super::service::Service;
use crate::config::Config;
use crate::face::Engine;
use crate::storage::Storage;

/// How long running calls may take to finish once the server is asked to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// A server that holds its address and is ready to serve.
pub struct Server {
    listener: TcpListener,
    service: Service,
}

impl Server {
    /// Takes the configured address and opens the log.
    ///
    /// # Errors
    /// If the address is taken or the log cannot be written.
    pub async fn bind(config: &Config, engine: Engine) -> io::Result<Self> {
        let log = config.log.as_deref().map(CallLog::open).transpose()?;
        let service = Service {
            engine: Arc::new(engine),
            storage: Arc::new(Storage::new(config)),
            log: log.map(Arc::new),
            faults: Arc::default(),
            seats: Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))),
            region: config.region.as_str().into(),
            access_key: config.credentials.access_key.as_str().into(),
        };
        Ok(Self { listener: TcpListener::bind(config.listen).await?, service })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// If the operating system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is ready, then lets running calls finish.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let connections = GracefulShutdown::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => connect(stream, &connections, self.service.clone()),
                    // Out of file descriptors, or the peer is gone already: neither is mended by trying at once.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
            }
        }
        drop(self.listener);
        // Whoever is still not done after that is cut off.
        let _ = tokio::time::timeout(FAREWELL, connections.shutdown()).await;
    }
}

/// Serves one connection on a task of its own.
fn connect(stream: TcpStream, connections: &GracefulShutdown, service: Service) {
    // Answers are small and complete; waiting for more to send only delays them. Failing to say so harms nothing.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(service.answer(request).await) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    let watched = connections.watch(connection);
    tokio::spawn(async move {
        // A broken connection is the caller's loss, and the caller knows.
        let _ = watched.await;
    });
}
