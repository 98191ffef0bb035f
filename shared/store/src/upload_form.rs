//! Signed upload forms: an S3 POST policy. The S3 SDK can't sign them, so it is done with AWS's own signing crate.

use crate::aws::Aws;
use crate::error::StoreError;
use crate::signer::{Signer, refused};
use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::SystemTime;
use visage_domain::document::FileType;
use visage_domain::photo::UPLOAD_MAX_BYTES;

/// A form to be sent as `multipart/form-data`, its `file` field last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UploadForm {
    /// Where it goes.
    pub url: String,
    /// The fields before the file.
    pub fields: BTreeMap<&'static str, String>,
}

/// Signs upload forms for one bucket.
#[derive(Clone, Debug)]
pub struct UploadForms {
    signer: Signer,
}

impl UploadForms {
    /// Forms for `bucket`.
    pub const fn new(aws: Aws, bucket: String) -> Self {
        Self { signer: Signer::new(aws, bucket) }
    }

    /// A form that takes one file of the given type, of up to [`UPLOAD_MAX_BYTES`], under exactly `key`.
    ///
    /// No bytes at all are let through too: phones send that for a photo still in the cloud, and the patient gets a
    /// sentence about it where the photo's other answers are, not S3's XML.
    ///
    /// # Errors
    /// If there are no credentials to sign with.
    pub async fn sign(
        &self,
        key: &str,
        media: FileType,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<UploadForm, StoreError> {
        let credentials = self.signer.credentials().await?;
        let region = self.signer.region()?;
        let date = now.strftime("%Y%m%d").to_string();
        let expires = now.checked_add(lifetime).map_err(|_| refused("lifetime"))?;

        let mut fields = fields(key, media, now, &credentials, region, &date);
        let mut conditions: Vec<_> = fields.iter().map(|(name, value)| json!({ *name: value })).collect();
        conditions.push(json!({ "bucket": self.signer.bucket() }));
        conditions.push(json!(["content-length-range", 0, UPLOAD_MAX_BYTES]));
        let expiration = expires.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let policy = json!({ "expiration": expiration, "conditions": conditions }).to_string();
        let policy = BASE64.encode(policy.as_bytes());

        let signing_key =
            generate_signing_key(credentials.secret_access_key(), SystemTime::from(now), region, "s3");
        fields.insert("x-amz-signature", calculate_signature(signing_key, policy.as_bytes()));
        fields.insert("policy", policy);
        Ok(UploadForm { url: self.signer.url()?, fields })
    }
}

fn fields(
    key: &str,
    media: FileType,
    now: Timestamp,
    credentials: &Credentials,
    region: &str,
    date: &str,
) -> BTreeMap<&'static str, String> {
    let mut fields = BTreeMap::from([
        ("key", key.to_owned()),
        ("content-type", media.media_type().to_owned()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("x-amz-credential", format!("{}/{date}/{region}/s3/aws4_request", credentials.access_key_id())),
        ("x-amz-date", now.strftime("%Y%m%dT%H%M%SZ").to_string()),
    ]);
    if let Some(token) = credentials.session_token() {
        fields.insert("x-amz-security-token", token.to_owned());
    }
    fields
}
