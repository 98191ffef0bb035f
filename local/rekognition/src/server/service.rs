//! Answering one request.

use std::sync::Arc;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::call_log::{Call, CallLog};
use crate::face::Engine;
use crate::faults::{self, Faults};
use crate::picture;
use crate::protocol::{self, ImageSource, MAX_INLINE_BYTES, MEDIA_TYPE, ServiceError, TARGET_PREFIX};
use crate::skin::SkinShare;
use crate::storage::{ReadError, Storage};

/// The most bytes of a request: an image over the limit must still arrive to be refused by its own error.
const MAX_REQUEST_BYTES: usize = 2 * MAX_INLINE_BYTES;

/// A response with its whole body.
type Answer = Response<Full<Bytes>>;

/// Answers requests. Cloned for each connection.
#[derive(Clone)]
pub struct Service {
    pub(super) engine: Arc<Engine>,
    pub(super) storage: Arc<Storage>,
    pub(super) log: Option<Arc<CallLog>>,
    pub(super) faults: Arc<Faults>,
    /// A seat for each photo that may be analysed at a time.
    pub(super) seats: Arc<Semaphore>,
    pub(super) region: Arc<str>,
    pub(super) access_key: Arc<str>,
}

impl Service {
    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/health") => {
                json(StatusCode::OK, "application/json", "{\"status\":\"ok\"}".into())
            }
            (&Method::POST, faults::PATH) => {
                let body = Limited::new(request.into_body(), MAX_REQUEST_BYTES).collect().await;
                let added = body.is_ok_and(|body| self.faults.add(&body.to_bytes()));
                let status = if added { StatusCode::CREATED } else { StatusCode::BAD_REQUEST };
                json(status, "application/json", "{}".into())
            }
            (&Method::DELETE, faults::PATH) => {
                self.faults.clear();
                json(StatusCode::OK, "application/json", "{}".into())
            }
            _ => self.call(request).await,
        }
    }

    /// Runs an operation and logs it.
    async fn call<B>(&self, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut call = Call::default();
        let result = self.operate(request, &mut call).await;
        let mut response = match &result {
            Ok(body) => json(StatusCode::OK, MEDIA_TYPE, body.clone()),
            Err(error) => refusal(*error),
        };
        call.status = response.status().as_u16();
        call.error = result.err().map(ServiceError::code);
        // Tests rely on the log being complete, so a call that cannot be logged must not succeed.
        if self.log.as_ref().is_some_and(|log| log.append(&call).is_err()) {
            response = refusal(ServiceError::Internal);
        }
        if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }

    async fn operate<B>(&self, request: Request<B>, call: &mut Call) -> Result<Bytes, ServiceError>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        call.op = operation(&head.headers).unwrap_or_default().to_owned();
        let is_post = head.method == Method::POST && head.uri.path() == "/";
        let operation = Operation::named(&call.op).filter(|_| is_post && is_protocol(&head.headers));
        let operation = operation.ok_or(ServiceError::UnknownOperation)?;
        let caller = protocol::authorize(&head.headers, &self.region, &self.access_key)?;
        call.caller_access_key = Some(caller.access_key);
        let body = Limited::new(body, MAX_REQUEST_BYTES).collect().await;
        let body = body.map_err(|_| ServiceError::Serialization)?.to_bytes();
        let (image, question) = operation.parse(&body)?;
        if let ImageSource::Object(object) = &image {
            call.object = Some(format!("{}/{}", object.bucket, object.name));
        }
        if let Some(met) = self.faults.meet(&call.op, call.object.as_deref()) {
            tokio::time::sleep(met.delay).await;
            met.error.map_or(Ok(()), Err)?;
        }
        self.look(image, question).await
    }

    async fn look(&self, image: ImageSource, question: Question) -> Result<Bytes, ServiceError> {
        let bytes = match image {
            ImageSource::Inline(bytes) => bytes.into(),
            ImageSource::Object(object) => self.storage.read(&object).await?,
        };
        let _seat = self.seats.acquire().await.map_err(|_| ServiceError::Internal)?;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let image = picture::decode(&bytes)?;
            let faces = engine.analyse(&image).map_err(|_| ServiceError::Internal)?;
            let body = match question {
                Question::Faces(selection) => {
                    serde_json::to_vec(&protocol::Response::new(&faces, image.dimensions(), &selection))
                }
                Question::Moderation { min_confidence } => {
                    let skin = SkinShare::of(&image, &faces);
                    serde_json::to_vec(&protocol::ModerationResponse::new(skin, min_confidence))
                }
            };
            body.map(Bytes::from).map_err(|_| ServiceError::Internal)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| ServiceError::Internal)?
    }
}

/// An operation of the stand-in.
#[derive(Clone, Copy)]
enum Operation {
    DetectFaces,
    DetectModerationLabels,
}

/// What is asked about an image.
enum Question {
    Faces(protocol::Selection),
    Moderation { min_confidence: f32 },
}

impl Operation {
    fn named(name: &str) -> Option<Self> {
        match name {
            "DetectFaces" => Some(Self::DetectFaces),
            "DetectModerationLabels" => Some(Self::DetectModerationLabels),
            _ => None,
        }
    }

    fn parse(self, body: &[u8]) -> Result<(ImageSource, Question), ServiceError> {
        Ok(match self {
            Self::DetectFaces => {
                let request = protocol::Request::parse(body)?;
                (request.image, Question::Faces(request.selection))
            }
            Self::DetectModerationLabels => {
                let request = protocol::ModerationRequest::parse(body)?;
                (request.image, Question::Moderation { min_confidence: request.min_confidence })
            }
        })
    }
}

impl From<ReadError> for ServiceError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused => Self::InvalidS3Object,
            ReadError::TooLarge => Self::ImageTooLarge,
            ReadError::Unavailable => Self::Internal,
        }
    }
}

/// The operation a request names.
fn operation(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET_PREFIX)
}

/// Whether a request says it is in the protocol.
fn is_protocol(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE)
}

fn refusal(error: ServiceError) -> Answer {
    let mut response = json(error.status(), MEDIA_TYPE, error.body().to_string().into());
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error.code()));
    response
}

fn json(status: StatusCode, media_type: &'static str, body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
