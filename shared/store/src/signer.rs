//! Who signs what a browser sends to a bucket by itself, and where that bucket answers.

use crate::aws::Aws;
use crate::error::StoreError;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;

/// Signs for one bucket, as the function itself. Makes no calls.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    aws: Aws,
    bucket: String,
}

/// Why nothing could be signed.
pub(crate) fn refused(code: &str) -> StoreError {
    StoreError::Refused { service: "S3", code: code.to_owned() }
}

impl Signer {
    pub(crate) const fn new(aws: Aws, bucket: String) -> Self {
        Self { aws, bucket }
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the function has from Lambda.
    pub(crate) async fn credentials(&self) -> Result<Credentials, StoreError> {
        let provider = self.aws.config().credentials_provider().ok_or_else(|| refused("no credentials"))?;
        provider.provide_credentials().await.map_err(|_| refused("credentials"))
    }

    pub(crate) fn region(&self) -> Result<&str, StoreError> {
        self.aws.config().region().map(AsRef::as_ref).ok_or_else(|| refused("no region"))
    }

    /// The bucket's address, with a slash at its end. A custom endpoint has no host per bucket.
    pub(crate) fn url(&self) -> Result<String, StoreError> {
        Ok(match self.aws.endpoint("S3") {
            Some(endpoint) => format!("{}/{}/", endpoint.trim_end_matches('/'), self.bucket),
            None => format!("https://{}.s3.{}.amazonaws.com/", self.bucket, self.region()?),
        })
    }
}
