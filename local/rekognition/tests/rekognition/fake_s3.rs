//! A server that answers the GETs of the stand-in like S3.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::assets::photo_bytes;

/// A running server.
pub(crate) struct FakeS3 {
    pub(crate) address: SocketAddr,
    /// Each request's path, query and `Authorization` header.
    pub(crate) requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl FakeS3 {
    /// Starts a server that ends with the test.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                let answer = service_fn(move |request: Request<Incoming>| {
                    let authorization =
                        request.headers().get("authorization").map(|value| value.to_str().unwrap());
                    let seen_request =
                        (request.uri().to_string(), authorization.unwrap_or_default().to_owned());
                    seen.lock().unwrap().push(seen_request);
                    let response = object(request.uri().path());
                    async move { Ok::<_, Infallible>(response) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer),
                );
            }
        });
        Self { address, requests }
    }
}

fn object(path: &str) -> Response<Full<Bytes>> {
    let (status, body) = match path {
        "/photos/a%20portrait.png" => (200, photo_bytes("astronaut.png")),
        "/photos/text" => (200, b"no image".to_vec()),
        "/photos/large" => (200, vec![0xff; (15 << 20) + 1]),
        "/photos/secret" => (403, Vec::new()),
        "/photos/broken" => (503, Vec::new()),
        _ => (404, Vec::new()),
    };
    Response::builder().status(status).body(Full::from(body)).unwrap()
}
