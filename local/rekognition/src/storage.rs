//! Reading photos from S3: one signed GET in path style.

use std::time::Duration;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::clock;
use crate::config::Config;
use crate::protocol::{MAX_OBJECT_BYTES, S3Object};

/// How long reading a photo may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// S3 as the stand-in reaches it.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The host and port to connect to, and the value of the `Host` header.
    authority: String,
    region: String,
    credentials: crate::config::Credentials,
}

/// Why an object could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// S3 does not give the object out.
    #[error("the object does not exist or may not be read")]
    Refused,
    /// The object has more than [`MAX_OBJECT_BYTES`].
    #[error("the object is too large")]
    TooLarge,
    /// S3 cannot be reached or does not answer as it should.
    #[error("S3 does not answer")]
    Unavailable,
}

impl Storage {
    /// S3 at the configured endpoint.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let host = config.s3_endpoint.host().unwrap_or_default();
        let port = config.s3_endpoint.port_u16().unwrap_or(80);
        Self {
            authority: format!("{host}:{port}"),
            region: config.region.clone(),
            credentials: config.credentials.clone(),
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// If S3 refuses the object, gives more than [`MAX_OBJECT_BYTES`] or does not answer in time.
    pub async fn read(&self, object: &S3Object) -> Result<Bytes, ReadError> {
        let reading = async {
            let response = self.send(object).await?;
            match response.status() {
                status if status.is_success() => body(response).await,
                status if status.is_server_error() => Err(ReadError::Unavailable),
                _ => Err(ReadError::Refused),
            }
        };
        tokio::time::timeout(TIMEOUT, reading).await.map_err(|_| ReadError::Unavailable)?
    }

    async fn send(&self, object: &S3Object) -> Result<Response<Incoming>, ReadError> {
        let request = self.signed(object).ok_or(ReadError::Unavailable)?;
        let stream = TcpStream::connect(&self.authority).await.map_err(unavailable)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unavailable)?;
        // Ends when the response has been read or dropped.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(unavailable)
    }

    /// A signed request for an object, `None` if it cannot be signed.
    fn signed(&self, object: &S3Object) -> Option<Request<Empty<Bytes>>> {
        let version =
            object.version.as_ref().map(|version| format!("?versionId={}", escaped(version, false)));
        let path =
            format!("/{}/{}{}", object.bucket, escaped(&object.name, true), version.unwrap_or_default());
        let uri: Uri = format!("http://{}{path}", self.authority).parse().ok()?;
        let mut request = Request::get(uri).header(HOST, &self.authority).body(Empty::new()).ok()?;
        self.sign(&mut request)?;
        // The connection is to the server itself, so the request line holds only the path.
        *request.uri_mut() = path.parse().ok()?;
        Some(request)
    }

    fn sign(&self, request: &mut Request<Empty<Bytes>>) -> Option<()> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let crate::config::Credentials { access_key, secret_key } = &self.credentials;
        let identity =
            aws_credential_types::Credentials::new(access_key, secret_key, None, None, "command line").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(clock::now().into())
            .settings(settings)
            .build()
            .ok()?;
        let uri = request.uri().to_string();
        let headers = [(HOST.as_str(), self.authority.as_str())];
        let signable =
            SignableRequest::new("GET", uri, headers.into_iter(), SignableBody::Bytes(&[])).ok()?;
        let (instructions, _) = sign(signable, &parameters.into()).ok()?.into_parts();
        instructions.apply_to_request_http1x(request);
        Some(())
    }
}

/// The body of a response, as long as it keeps to the limit.
async fn body(response: Response<Incoming>) -> Result<Bytes, ReadError> {
    let length =
        response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_OBJECT_BYTES) {
        return Err(ReadError::TooLarge);
    }
    match Limited::new(response.into_body(), MAX_OBJECT_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge),
        Err(_) => Err(ReadError::Unavailable),
    }
}

/// Escapes everything but what RFC 3986 leaves unreserved, and the slashes of a path.
fn escaped(text: &str, is_path: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || is_path && byte == b'/' {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    escaped
}

fn unavailable<E>(_: E) -> ReadError {
    ReadError::Unavailable
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn keys_are_escaped_for_the_path() {
        assert_eq!(escaped("photos/a b+é.jpg", true), "photos/a%20b%2B%C3%A9.jpg");
        assert_eq!(escaped("a/b", false), "a%2Fb");
    }

    #[test]
    fn the_request_is_signed_and_in_path_style() {
        let storage = Storage {
            authority: "127.0.0.1:4570".to_owned(),
            region: "us-east-1".to_owned(),
            credentials: crate::config::Credentials {
                access_key: "AK".to_owned(),
                secret_key: "SK".to_owned(),
            },
        };
        let object = S3Object {
            bucket: "photos".to_owned(),
            name: "p/1 2".to_owned(),
            version: Some("v/1".to_owned()),
        };
        let request = storage.signed(&object).unwrap();
        assert_eq!(request.uri().to_string(), "/photos/p/1%202?versionId=v%2F1");
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AK/"), "{authorization}");
        assert!(authorization.contains("/us-east-1/s3/aws4_request"), "{authorization}");
        assert!(
            authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date"),
            "{authorization}"
        );
        assert_eq!(request.headers()["host"], "127.0.0.1:4570");
    }
}
