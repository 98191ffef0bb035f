//! Rekognition's wire protocol: AWS JSON 1.1, as its API reference documents it
//! (<https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectFaces.html>,
//! <https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectModerationLabels.html>).

mod authorization;
mod error;
mod moderation;
mod request;
mod response;
mod selection;

pub use authorization::{Caller, authorize};
pub use error::ServiceError;
pub use moderation::ModerationResponse;
pub use request::{ImageSource, MAX_INLINE_BYTES, MAX_OBJECT_BYTES, ModerationRequest, Request, S3Object};
pub use response::{FaceDetail, Response};
pub use selection::{Attribute, Selection};

/// The media type of requests and responses.
pub const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

/// What precedes an operation's name in the `X-Amz-Target` header.
pub const TARGET_PREFIX: &str = "RekognitionService.";
