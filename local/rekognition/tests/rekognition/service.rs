//! The wire protocol over a real socket.

use std::net::SocketAddr;
use std::path::PathBuf;

use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use visage_rekognition::config::Config;
use visage_rekognition::face::{Engine, Models};
use visage_rekognition::server::Server;

use crate::assets::{folder, photo_bytes};
use crate::fake_s3::FakeS3;

const KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const TARGET: &str = "RekognitionService.DetectFaces";

/// A running stand-in, its S3 and its log.
struct Stand {
    address: SocketAddr,
    s3: FakeS3,
    log: PathBuf,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// A response read to its end.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Stand {
    async fn start(test: &str) -> Self {
        let s3 = FakeS3::start().await;
        let log =
            std::env::temp_dir().join(format!("visage-rekognition-{}-{test}.jsonl", std::process::id()));
        let line = format!(
            "--listen 127.0.0.1:0 --s3-endpoint http://{} --models - --log {}",
            s3.address,
            log.display()
        );
        let config = Config::parse(line.split(' ').map(str::to_owned)).unwrap();
        let engine = Engine::load(&Models::read(&folder().join("models")).unwrap()).unwrap();
        let server = Server::bind(&config, engine).await.unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(async move {
            let _ = stopped.await;
        }));
        Self { address, s3, log, stop, served }
    }

    async fn detect(&self, body: &Value) -> Answer {
        self.send(signed(TARGET, KEY).body(Full::from(body.to_string())).unwrap()).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// Stops the server and returns the lines of its log.
    async fn stop(self) -> Vec<Value> {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
        assert!(TcpStream::connect(self.address).await.is_err(), "the address is free again");
        let log = std::fs::read_to_string(&self.log).unwrap();
        std::fs::remove_file(&self.log).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Answer {
    #[track_caller]
    fn is(&self, status: u16, code: &str) {
        let (error, body) = (&self.headers["x-amzn-errortype"], &self.body);
        assert_eq!(
            (self.status, error.to_str().unwrap(), body["__type"].as_str()),
            (status, code, Some(code))
        );
        assert!(body["Message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        assert_eq!(self.headers["content-type"], "application/x-amz-json-1.1");
        assert_eq!(self.headers["x-amzn-requestid"].len(), 36);
    }
}

fn signed(target: &str, key: &str) -> hyper::http::request::Builder {
    let signature = "0f".repeat(32);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260102/us-east-1/rekognition/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
    );
    Request::post("/")
        .header("host", "rekognition")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-date", "20260102T030405Z")
        .header("x-amz-target", target)
        .header("authorization", authorization)
}

fn object(key: &str) -> Value {
    json!({ "Image": { "S3Object": { "Bucket": "photos", "Name": key } } })
}

fn inline(bytes: &[u8]) -> Value {
    json!({ "Image": { "Bytes": BASE64.encode(bytes) } })
}

#[tokio::test]
async fn a_photo_in_s3_is_read_and_described() {
    let stand = Stand::start("s3").await;
    let mut body = object("a portrait.png");
    body["Attributes"] = json!(["ALL"]);
    body["Image"]["S3Object"]["Version"] = json!("v1");
    let answer = stand.detect(&body).await;
    assert_eq!(
        (answer.status, answer.headers["content-type"].to_str().unwrap()),
        (200, "application/x-amz-json-1.1")
    );
    let [face] = &answer.body["FaceDetails"].as_array().unwrap()[..] else { panic!("{}", answer.body) };
    assert!(face["Confidence"].as_f64().unwrap() > 99.0);
    assert_eq!(face["Landmarks"].as_array().unwrap().len(), 30);
    assert!((face["BoundingBox"]["Left"].as_f64().unwrap() - 174.0 / 512.0).abs() < 0.01);
    assert_eq!(face["EyesOpen"]["Value"], true);
    for measured in ["MouthOpen", "Sunglasses", "Eyeglasses", "FaceOccluded", "Pose", "Quality"] {
        assert!(face[measured].is_object(), "{measured}");
    }
    for unknown in ["Gender", "AgeRange", "Emotions", "Smile", "Beard", "Mustache", "EyeDirection"] {
        assert!(face.get(unknown).is_none(), "{unknown}");
    }
    let (uri, authorization) = stand.s3.requests.lock().unwrap()[0].clone();
    assert_eq!(uri, "/photos/a%20portrait.png?versionId=v1");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=test/"), "{authorization}");
    let log = stand.stop().await;
    assert_eq!(log.len(), 1);
    assert_eq!((&log[0]["op"], &log[0]["object"]), (&json!("DetectFaces"), &json!("photos/a portrait.png")));
    assert_eq!((&log[0]["caller_access_key"], &log[0]["status"]), (&json!(KEY), &json!(200)));
    assert!(log[0]["at"].as_str().unwrap().ends_with('Z') && log[0]["error"].is_null());
}

#[tokio::test]
async fn a_photo_in_the_request_is_described() {
    let stand = Stand::start("inline").await;
    let answer = stand.detect(&inline(&photo_bytes("astronaut.png"))).await;
    let face = &answer.body["FaceDetails"][0];
    let landmarks: Vec<&str> = face["Landmarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|landmark| landmark["Type"].as_str().unwrap())
        .collect();
    assert_eq!(landmarks, ["eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose"]);
    assert!(face.get("EyesOpen").is_none(), "attributes are given only when asked for");
    let answer = stand.detect(&inline(&photo_bytes("page.png"))).await;
    assert_eq!((answer.status, answer.body), (200, json!({ "FaceDetails": [] })));
    assert!(stand.stop().await[0]["object"].is_null());
}

#[tokio::test]
async fn images_that_cannot_be_had_are_errors() {
    let stand = Stand::start("images").await;
    stand.detect(&object("missing")).await.is(400, "InvalidS3ObjectException");
    stand.detect(&object("secret")).await.is(400, "InvalidS3ObjectException");
    stand.detect(&object("large")).await.is(400, "ImageTooLargeException");
    stand.detect(&object("broken")).await.is(500, "InternalServerError");
    stand.detect(&object("text")).await.is(400, "InvalidImageFormatException");
    stand.detect(&inline(b"GIF89a")).await.is(400, "InvalidImageFormatException");
    stand.detect(&inline(&vec![0; (5 << 20) + 1])).await.is(400, "ImageTooLargeException");
    stand.detect(&json!({ "Image": {} })).await.is(400, "InvalidParameterException");
    stand.detect(&json!([])).await.is(400, "SerializationException");
    let log = stand.stop().await;
    assert_eq!(log.len(), 9, "every call is logged, whatever its end");
    assert_eq!(log[0]["error"], "InvalidS3ObjectException");
}

#[tokio::test]
async fn requests_that_are_not_proper_calls_are_errors() {
    let stand = Stand::start("calls").await;
    let empty = || Full::from("{}");
    let unsigned = Request::post("/").header("host", "x").header("x-amz-target", TARGET);
    let unsigned = unsigned.header("content-type", "application/x-amz-json-1.1").body(empty()).unwrap();
    stand.send(unsigned).await.is(400, "AccessDeniedException");
    stand.send(signed(TARGET, "short").body(empty()).unwrap()).await.is(400, "UnrecognizedClientException");
    let other = signed("RekognitionService.CompareFaces", KEY).body(empty()).unwrap();
    stand.send(other).await.is(400, "UnknownOperationException");
    let other = signed("DynamoDB_20120810.GetItem", KEY).body(empty()).unwrap();
    stand.send(other).await.is(400, "UnknownOperationException");
    let other = Request::get("/").header("host", "x").body(empty()).unwrap();
    stand.send(other).await.is(400, "UnknownOperationException");
    let health = stand.send(Request::get("/health").header("host", "x").body(empty()).unwrap()).await;
    assert_eq!((health.status, health.body), (200, json!({ "status": "ok" })));
    assert_eq!(stand.stop().await.len(), 5, "asking for health is no call");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_side_by_side_and_finished_before_the_end() {
    let stand = Stand::start("many").await;
    let body = inline(&photo_bytes("astronaut.png"));
    let both = || async { tokio::join!(stand.detect(&body), stand.detect(&body), stand.detect(&body)) };
    let (a, b, c) = both().await;
    for answer in [a, b, c] {
        assert_eq!(answer.body["FaceDetails"].as_array().unwrap().len(), 1);
    }
    // A call under way when the server is told to stop still gets its answer.
    let request = signed(TARGET, KEY).body(Full::<Bytes>::from(body.to_string())).unwrap();
    let stream = TcpStream::connect(stand.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer =
        tokio::spawn(async move { sender.send_request(request).await.map(|response| response.status()) });
    tokio::time::sleep(std::time::Duration::from_millis(40)).await;
    assert_eq!(stand.stop().await.len(), 4);
    assert_eq!(answer.await.unwrap().unwrap(), 200);
}
