//! Who calls, as the request's signature claims.
//!
//! The form is that of AWS Signature Version 4
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>). The signature
//! is not verified: the stand-in does not know its callers' secrets.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::error::ServiceError;

/// The signing algorithm, the header's first word.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The caller of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The id of the access key the request is signed with.
    pub access_key: String,
}

/// The parts of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
struct Authorization<'a> {
    access_key: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
}

/// Finds out who signed a request for `region`.
///
/// `own_access_key` is always taken as a key's id, whatever its form.
///
/// # Errors
/// [`ServiceError::AccessDenied`] if the request is not signed in the documented form,
/// [`ServiceError::InvalidSignature`] if it is signed for another day, region or service and
/// [`ServiceError::UnrecognizedClient`] if the access key's id cannot be one.
pub fn authorize(headers: &HeaderMap, region: &str, own_access_key: &str) -> Result<Caller, ServiceError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text(AUTHORIZATION.as_str()).and_then(parse).ok_or(ServiceError::AccessDenied)?;
    let time = text("x-amz-date").filter(|time| is_time(time)).ok_or(ServiceError::AccessDenied)?;
    if authorization.service != "rekognition" {
        return Err(ServiceError::InvalidSignature("the service rekognition"));
    }
    if authorization.region != region {
        return Err(ServiceError::InvalidSignature("the region of the endpoint"));
    }
    if !time.starts_with(authorization.date) {
        return Err(ServiceError::InvalidSignature("the day of x-amz-date"));
    }
    let access_key = authorization.access_key;
    if access_key != own_access_key && !is_access_key(access_key) {
        return Err(ServiceError::UnrecognizedClient);
    }
    Ok(Caller { access_key: access_key.to_owned() })
}

/// Takes a header apart: algorithm, then `Credential`, `SignedHeaders` and `Signature` in any order.
fn parse(header: &str) -> Option<Authorization<'_>> {
    let (algorithm, rest) = header.split_once(' ')?;
    let part = |name: &str| {
        let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let signature = part("Signature")?;
    let signs_host = part("SignedHeaders")?.split(';').any(|header| header == "host");
    let is_hash = signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut scope = part("Credential")?.split('/');
    let authorization = Authorization {
        access_key: scope.next()?,
        date: scope.next()?,
        region: scope.next()?,
        service: scope.next()?,
    };
    let ends = scope.next() == Some("aws4_request") && scope.next().is_none();
    let is_day =
        authorization.date.len() == 8 && authorization.date.bytes().all(|byte| byte.is_ascii_digit());
    (algorithm == ALGORITHM && is_hash && signs_host && ends && is_day).then_some(authorization)
}

/// Whether `text` is a time of the form `20150830T123600Z`.
fn is_time(text: &str) -> bool {
    let (digits, rest) = (|byte: &u8| byte.is_ascii_digit(), text.as_bytes());
    rest.len() == 16
        && rest[..8].iter().all(digits)
        && rest[8] == b'T'
        && rest[9..15].iter().all(digits)
        && rest[15] == b'Z'
}

/// Whether `text` has the documented form of an access key's id.
fn is_access_key(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use hyper::header::HeaderValue;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

    fn header(key: &str, scope: &str) -> String {
        let signature = "ab".repeat(32);
        format!("{ALGORITHM} Credential={key}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}")
    }

    fn attempt(authorization: &str) -> Result<Caller, ServiceError> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_str(authorization).unwrap());
        headers.insert("x-amz-date", HeaderValue::from_static("20260102T030405Z"));
        authorize(&headers, "us-east-1", "test")
    }

    #[test]
    fn a_signed_request_names_its_caller() {
        let scope = "20260102/us-east-1/rekognition/aws4_request";
        assert_eq!(attempt(&header(KEY, scope)).unwrap().access_key, KEY);
        assert_eq!(attempt(&header("test", scope)).unwrap().access_key, "test");
        assert_eq!(attempt(&header("nobody", scope)), Err(ServiceError::UnrecognizedClient));
    }

    #[test]
    fn garbled_headers_are_denied() {
        let good = header(KEY, "20260102/us-east-1/rekognition/aws4_request");
        let garbled = [
            "".to_owned(),
            "Bearer x".to_owned(),
            good.replace("aws4_request", "aws4"),
            good.replace("aws4_request", "aws4_request/x"),
            good.replace(ALGORITHM, "AWS4-HMAC-SHA1"),
            good.replace("host;", ""),
            good.replace("abab,", "").replace("Signature=ab", "Signature=zz"),
            good.replace("20260102", "2026"),
            good.split(", Signature").next().unwrap().to_owned(),
        ];
        for header in garbled {
            assert_eq!(attempt(&header), Err(ServiceError::AccessDenied), "{header}");
        }
        assert_eq!(authorize(&HeaderMap::new(), "us-east-1", "test"), Err(ServiceError::AccessDenied));
    }

    #[test]
    fn the_scope_must_fit() {
        for scope in
            ["20260102/us-east-1/s3", "20260102/eu-west-1/rekognition", "20260103/us-east-1/rekognition"]
        {
            let attempt = attempt(&header(KEY, &format!("{scope}/aws4_request")));
            assert!(matches!(attempt, Err(ServiceError::InvalidSignature(_))), "{scope}: {attempt:?}");
        }
    }
}
