//! The errors Rekognition answers with.

use hyper::StatusCode;

use crate::picture::PictureError;

/// An error a caller gets to see.
///
/// The texts of [`InvalidS3Object`](Self::InvalidS3Object) and [`InvalidImageFormat`](Self::InvalidImageFormat) are
/// Amazon's, for those who look for them in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The request is not signed in the form AWS asks for.
    #[error("You are not authorized to perform the action.")]
    AccessDenied,
    /// The access key cannot be one.
    #[error("The security token included in the request is invalid.")]
    UnrecognizedClient,
    /// The signature is for another day, region or service.
    #[error("Credential should be scoped to {0}.")]
    InvalidSignature(&'static str),
    /// The target is not an operation of this stand-in, or the request is not in its protocol.
    #[error("The operation is not known.")]
    UnknownOperation,
    /// The body is not JSON of the documented form.
    #[error("The request body cannot be read.")]
    Serialization,
    /// A parameter is missing or breaks its constraint.
    #[error("Request has invalid parameters: {0}.")]
    InvalidParameter(&'static str),
    /// The object does not exist or cannot be read.
    #[error("Unable to get object metadata from S3. Check object key, region and/or access permissions.")]
    InvalidS3Object,
    /// The image is neither JPEG nor PNG, or is damaged.
    #[error("Request has invalid image format")]
    InvalidImageFormat,
    /// The image has too many bytes or pixels. (AWS answers too many inline bytes with `ValidationException`, which
    /// it does not document for this operation.)
    #[error("The image exceeds the size limit.")]
    ImageTooLarge,
    /// Too many calls at the moment.
    #[error("Amazon Rekognition is temporarily unable to process the request. Try your call again.")]
    Throttling,
    /// More calls per second than the account may make.
    #[error("The number of requests exceeded your throughput limit.")]
    ProvisionedThroughputExceeded,
    /// A model or review workflow that does not exist.
    #[error("The resource specified in the request cannot be found.")]
    ResourceNotFound,
    /// A model of one's own that is not ready.
    #[error("The requested resource isn't ready.")]
    ResourceNotReady,
    /// Too many images wait for review by people.
    #[error("The number of in-progress human reviews you have has exceeded the number allowed.")]
    HumanLoopQuotaExceeded,
    /// Something that is not the caller's fault.
    #[error("An internal error occurred. Try again.")]
    Internal,
}

/// The errors that the API references of the two operations list, which tests may ask for by name.
const DOCUMENTED: [ServiceError; 11] = [
    ServiceError::AccessDenied,
    ServiceError::HumanLoopQuotaExceeded,
    ServiceError::ImageTooLarge,
    ServiceError::Internal,
    ServiceError::InvalidImageFormat,
    ServiceError::InvalidParameter("it was asked for"),
    ServiceError::InvalidS3Object,
    ServiceError::ProvisionedThroughputExceeded,
    ServiceError::ResourceNotFound,
    ServiceError::ResourceNotReady,
    ServiceError::Throttling,
];

impl ServiceError {
    /// The documented error of this name.
    #[must_use]
    pub fn documented(code: &str) -> Option<Self> {
        DOCUMENTED.into_iter().find(|error| error.code() == code)
    }

    /// The name of the exception.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::InvalidSignature(_) => "InvalidSignatureException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::Serialization => "SerializationException",
            Self::InvalidParameter(_) => "InvalidParameterException",
            Self::InvalidS3Object => "InvalidS3ObjectException",
            Self::InvalidImageFormat => "InvalidImageFormatException",
            Self::ImageTooLarge => "ImageTooLargeException",
            Self::Throttling => "ThrottlingException",
            Self::ProvisionedThroughputExceeded => "ProvisionedThroughputExceededException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::ResourceNotReady => "ResourceNotReadyException",
            Self::HumanLoopQuotaExceeded => "HumanLoopQuotaExceededException",
            Self::Internal => "InternalServerError",
        }
    }

    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Internal | Self::Throttling => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The body of the response.
    #[must_use]
    pub fn body(self) -> serde_json::Value {
        serde_json::json!({ "__type": self.code(), "Code": self.code(), "Message": self.to_string() })
    }
}

impl From<PictureError> for ServiceError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::Format => Self::InvalidImageFormat,
            PictureError::TooLarge => Self::ImageTooLarge,
            PictureError::TooSmall => {
                Self::InvalidParameter("the image must be at least 80 pixels wide and high")
            }
        }
    }
}
