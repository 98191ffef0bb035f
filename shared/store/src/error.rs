//! What can go wrong with what is stored elsewhere.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A failure of the store. Its text names services and codes, never values.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A service refused or didn't answer; trying again may help.
    #[error("{service} is unavailable: {code}")]
    Unavailable {
        /// The service.
        service: &'static str,
        /// Its error code, or what happened to the call.
        code: String,
    },
    /// A service took nothing because it is busy: what was asked for did not happen.
    #[error("{service} is busy: {code}")]
    Throttled {
        /// The service.
        service: &'static str,
        /// Its error code.
        code: String,
    },
    /// A service refused for good: permissions, a missing table, a malformed request. Our mistake.
    #[error("{service} refused: {code}")]
    Refused {
        /// The service.
        service: &'static str,
        /// Its error code.
        code: String,
    },
    /// Something stored can't be read back as what it should be.
    #[error("a stored {what} can't be read")]
    Corrupt {
        /// What kind of record.
        what: &'static str,
    },
    /// A ciphertext doesn't belong where it was found, or its key is gone.
    #[error("a sealed {what} doesn't open")]
    DoesNotOpen {
        /// What kind of record.
        what: &'static str,
    },
}

/// The error codes of a service that is busy: nothing happened, and a later try may succeed.
const BUSY: &[&str] = &[
    "ThrottlingException",
    "Throttling",
    "Throttled",
    "ThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "LimitExceededException",
    "SlowDown",
];

/// The error codes after which a later try may succeed, though this one may have had an effect.
const TRANSIENT: &[&str] = &[
    "InternalServerError",
    "InternalErrorException",
    "KeyUnavailableException",
    "InternalServerErrorException",
    "ServiceUnavailable",
    "TransactionInProgressException",
    "TransactionConflictException",
    "KMSInternalException",
    "DependencyTimeoutException",
    "InternalError",
];

/// The service that has the tables.
pub(crate) const DYNAMODB: &str = "DynamoDB";

/// What a write under a condition came to; none if what is there isn't as the condition says.
pub(crate) fn held<T, E, R>(sent: Result<T, SdkError<E, R>>) -> Result<Option<T>, StoreError>
where
    E: ProvideErrorMetadata,
{
    match sent {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
        Err(error) => Err(StoreError::from_sdk(DYNAMODB, &error)),
    }
}

impl StoreError {
    /// Reads an SDK error: by code where the service answered, as unavailable where it didn't.
    pub fn from_sdk<E, R>(service: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata,
    {
        let code = match error {
            SdkError::TimeoutError(_) => "timeout".to_owned(),
            SdkError::DispatchFailure(_) => "connection".to_owned(),
            SdkError::ResponseError(_) => "response".to_owned(),
            SdkError::ConstructionFailure(_) => {
                return Self::Refused { service, code: "construction".into() };
            }
            _ => error.code().unwrap_or("unknown").to_owned(),
        };
        if matches!(error, SdkError::ServiceError(_)) && BUSY.contains(&code.as_str()) {
            return Self::Throttled { service, code };
        }
        let transient = !matches!(error, SdkError::ServiceError(_)) || TRANSIENT.contains(&code.as_str());
        if transient { Self::Unavailable { service, code } } else { Self::Refused { service, code } }
    }

    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Throttled { .. })
    }
}
