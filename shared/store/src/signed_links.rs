//! Signed links: how photos, documents and reports leave. Signed with AWS's own signing crate: the S3 SDK can do it too,
//! but would put a megabyte into the package of functions that call S3 for nothing else.

use crate::aws::Aws;
use crate::error::StoreError;
use crate::signer::{Signer, refused};
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::{Duration, SystemTime};
use visage_domain::document::DocumentKind;
use visage_domain::photo::VIEW_LIFETIME;

/// What Signature Version 4 leaves as it is (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Signs links into one bucket.
#[derive(Clone, Debug)]
pub struct SignedLinks {
    signer: Signer,
}

impl SignedLinks {
    /// Links into `bucket`.
    pub const fn new(aws: Aws, bucket: String) -> Self {
        Self { signer: Signer::new(aws, bucket) }
    }

    /// A link under which anyone can read one version of an object, for fifteen minutes from `now`.
    ///
    /// # Errors
    /// If it can't be signed.
    pub async fn view(
        &self,
        key: &str,
        version: &str,
        file_name: &str,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let disposition = format!("inline; filename=\"{file_name}\"");
        self.get(key, &[("response-content-disposition", &disposition), ("versionId", version)], now).await
    }

    /// A link under which anyone can save one version of a document, for fifteen minutes from `now`: a browser that
    /// follows it offers the file and shows nothing of it, and takes it for what it was found to be.
    ///
    /// # Errors
    /// If it can't be signed.
    pub async fn download(
        &self,
        key: &str,
        version: &str,
        file_name: &str,
        kind: DocumentKind,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let parameters = [
            ("response-content-disposition", disposition.as_str()),
            ("response-content-type", kind.media_type()),
            ("versionId", version),
        ];
        self.get(key, &parameters, now).await
    }

    async fn get(
        &self,
        key: &str,
        parameters: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<String, StoreError> {
        // Every SDK names the operation, and no cache is to keep what a patient sent.
        let fixed = [("x-id", "GetObject"), ("response-cache-control", "no-store, private")];
        let query: Vec<_> = fixed.iter().chain(parameters).map(|(name, value)| pair(name, value)).collect();
        let path: Vec<_> = key.split('/').map(encoded).collect();
        let url = format!("{}{}?{}", self.signer.url()?, path.join("/"), query.join("&"));

        let identity = self.signer.credentials().await?.into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(VIEW_LIFETIME.as_secs().unsigned_abs()));
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(self.signer.region()?)
            .name("s3")
            .time(SystemTime::from(now))
            .settings(settings)
            .build()
            .map_err(|_| refused("presign"))?
            .into();
        let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::UnsignedPayload);
        let signed =
            request.and_then(|request| sign(request, &parameters)).map_err(|_| refused("presign"))?;
        let (instructions, _) = signed.into_parts();
        let signature = instructions.params().iter().map(|(name, value)| format!("&{}", pair(name, value)));
        Ok(url.clone() + &signature.collect::<String>())
    }
}

fn pair(name: &str, value: &str) -> String {
    format!("{}={}", encoded(name), encoded(value))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::aws::{Access, Patience};
    use aws_sdk_s3::presigning::PresigningConfig;
    use std::collections::BTreeSet;

    /// The address, and what it asks for, in any order.
    fn parts(link: &str) -> (&str, BTreeSet<&str>) {
        let (address, query) = link.split_once('?').unwrap();
        (address, query.split('&').collect())
    }

    /// Signs as the SDK does and as we do, with S3 at `endpoint` if there is one.
    async fn both(endpoint: Option<&str>) -> (String, String) {
        let access = Access {
            region: "eu-central-1".into(),
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: Some("a/token+with=signs".into()),
            endpoints: endpoint.map(|endpoint| ("S3".to_owned(), endpoint.to_owned())).into_iter().collect(),
        };
        let aws = Aws::connect(access, Patience::API);
        let now: Timestamp = "2026-03-29T01:59:59Z".parse().unwrap();
        let (key, version) = ("photos/a b/+é.jpg", "3/L4kqtJl+cpXroDTDmJ");
        let config = aws_sdk_s3::config::Builder::from(aws.config()).force_path_style(endpoint.is_some());
        let lifetime =
            PresigningConfig::builder().start_time(now.into()).expires_in(Duration::from_secs(900));
        let theirs = aws_sdk_s3::Client::from_conf(config.build())
            .get_object()
            .bucket("photos")
            .key(key)
            .version_id(version)
            .response_cache_control("no-store, private")
            .response_content_disposition("attachment; filename=\"d.pdf\"")
            .response_content_type("application/pdf")
            .presigned(lifetime.build().unwrap())
            .await
            .unwrap();
        let links = SignedLinks::new(aws, "photos".into());
        let ours = links.download(key, version, "d.pdf", DocumentKind::Pdf, now).await.unwrap();
        (ours, theirs.uri().to_owned())
    }

    #[tokio::test]
    async fn a_link_is_the_one_that_the_sdk_would_sign() {
        for endpoint in [None, Some("http://127.0.0.1:4566")] {
            let (ours, theirs) = both(endpoint).await;
            assert_eq!(parts(&ours), parts(&theirs));
        }
    }
}
