//! A request to find faces, or to moderate.

use data_encoding::BASE64;
use serde::Deserialize;

use super::error::ServiceError;
use super::selection::Selection;

/// The most bytes of an image inside a request: 5 MB.
pub const MAX_INLINE_BYTES: usize = 5 << 20;

/// The most bytes of an image in S3: 15 MB.
pub const MAX_OBJECT_BYTES: usize = 15 << 20;

/// A request whose parameters are known to be well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where the image is.
    pub image: ImageSource,
    /// Which attributes are asked for.
    pub selection: Selection,
}

/// A request to moderate whose parameters are known to be well formed.
#[derive(Debug, Clone, PartialEq)]
pub struct ModerationRequest {
    /// Where the image is.
    pub image: ImageSource,
    /// The least confidence of a label, 0 to 100.
    pub min_confidence: f32,
}

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// In the request.
    Inline(Vec<u8>),
    /// In S3.
    Object(S3Object),
}

/// The address of an object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct S3Object {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub name: String,
    /// The version, the latest where absent.
    pub version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    image: Option<Image>,
    attributes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ModerationBody {
    image: Option<Image>,
    min_confidence: Option<f32>,
    project_version: Option<String>,
    human_loop_config: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    bytes: Option<String>,
    #[serde(rename = "S3Object")]
    object: Option<S3Object>,
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`ServiceError::Serialization`] if it is not JSON of the documented form,
    /// [`ServiceError::InvalidParameter`] if a value breaks its constraint and [`ServiceError::ImageTooLarge`] if
    /// the image in it has more than [`MAX_INLINE_BYTES`].
    pub fn parse(body: &[u8]) -> Result<Self, ServiceError> {
        let body: Body = serde_json::from_slice(body).map_err(|_| ServiceError::Serialization)?;
        let selection = Selection::parse(&body.attributes.unwrap_or_default())?;
        Ok(Self { image: source(body.image)?, selection })
    }
}

impl ModerationRequest {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// As [`Request::parse`]; [`ServiceError::ResourceNotFound`] for a model of one's own and for reviews by people,
    /// of which there are none here.
    pub fn parse(body: &[u8]) -> Result<Self, ServiceError> {
        let body: ModerationBody = serde_json::from_slice(body).map_err(|_| ServiceError::Serialization)?;
        if body.project_version.is_some() || body.human_loop_config.is_some() {
            return Err(ServiceError::ResourceNotFound);
        }
        // Rekognition's default.
        let min_confidence = body.min_confidence.unwrap_or(50.0);
        if !(0.0..=100.0).contains(&min_confidence) {
            return Err(ServiceError::InvalidParameter("MinConfidence breaks its constraint"));
        }
        Ok(Self { image: source(body.image)?, min_confidence })
    }
}

fn source(image: Option<Image>) -> Result<ImageSource, ServiceError> {
    let image = image.ok_or(ServiceError::InvalidParameter("Image is missing"))?;
    match (image.bytes, image.object) {
        (Some(text), None) => inline(&text),
        (None, Some(object)) => object.checked(),
        _ => Err(ServiceError::InvalidParameter("Image takes either Bytes or S3Object")),
    }
}

fn inline(text: &str) -> Result<ImageSource, ServiceError> {
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| ServiceError::Serialization)?;
    match bytes.len() {
        0 => Err(ServiceError::InvalidParameter("Bytes is empty")),
        1..=MAX_INLINE_BYTES => Ok(ImageSource::Inline(bytes)),
        _ => Err(ServiceError::ImageTooLarge),
    }
}

impl S3Object {
    fn checked(self) -> Result<ImageSource, ServiceError> {
        let in_bucket = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !(3..=255).contains(&self.bucket.len()) || !self.bucket.bytes().all(in_bucket) {
            return Err(ServiceError::InvalidParameter("Bucket breaks its constraint"));
        }
        let lengths = [Some(&self.name), self.version.as_ref()];
        if lengths.into_iter().flatten().any(|text| !(1..=1024).contains(&text.len())) {
            return Err(ServiceError::InvalidParameter("Name or Version breaks its constraint"));
        }
        Ok(ImageSource::Object(self))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::protocol::Attribute;
    use serde_json::json;

    fn parse(body: serde_json::Value) -> Result<Request, ServiceError> {
        Request::parse(body.to_string().as_bytes())
    }

    #[test]
    fn objects_and_attributes_are_read() {
        let object = json!({ "Bucket": "photos", "Name": "photos/a b", "Version": "v1" });
        let request =
            parse(json!({ "Image": { "S3Object": object }, "Attributes": ["EYES_OPEN", "SMILE"] })).unwrap();
        let ImageSource::Object(object) = request.image else { panic!("not an object") };
        assert_eq!((object.name.as_str(), object.version.as_deref()), ("photos/a b", Some("v1")));
        assert!(request.selection.has(Attribute::EyesOpen) && !request.selection.has(Attribute::Sunglasses));
    }

    #[test]
    fn parameters_have_constraints() {
        let object =
            |bucket: &str, name: &str| json!({ "Image": { "S3Object": { "Bucket": bucket, "Name": name } } });
        let wrong = [
            json!({}),
            json!({ "Image": {} }),
            json!({ "Image": { "Bytes": "" } }),
            json!({ "Image": { "Bytes": "AAAA", "S3Object": { "Bucket": "photos", "Name": "a" } } }),
            json!({ "Image": { "Bytes": "AAAA" }, "Attributes": ["HAIR"] }),
            object("no", "a"),
            object("pho/tos", "a"),
            object("photos", ""),
        ];
        for body in wrong {
            let text = body.to_string();
            assert!(matches!(parse(body), Err(ServiceError::InvalidParameter(_))), "{text}");
        }
    }

    #[test]
    fn moderation_has_parameters_of_its_own() {
        let parse = |more: serde_json::Value| {
            let mut body = json!({ "Image": { "Bytes": "AAAA" } });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            ModerationRequest::parse(body.to_string().as_bytes())
        };
        assert_eq!(parse(json!({})).unwrap().min_confidence, 50.0);
        assert_eq!(parse(json!({ "MinConfidence": 80 })).unwrap().min_confidence, 80.0);
        let wrong = parse(json!({ "MinConfidence": 101 }));
        assert!(matches!(wrong, Err(ServiceError::InvalidParameter(_))));
        assert_eq!(parse(json!({ "ProjectVersion": "arn:aws:x" })), Err(ServiceError::ResourceNotFound));
    }

    #[test]
    fn other_bodies_cannot_be_read() {
        for body in
            ["", "[]", "{\"Image\":1}", "{\"Image\":{\"Bytes\":\"=\"}}", "{\"Image\":{\"S3Object\":{}}}"]
        {
            assert_eq!(Request::parse(body.as_bytes()), Err(ServiceError::Serialization), "{body}");
        }
    }

    #[test]
    fn inline_images_have_a_limit() {
        let inline = |bytes: usize| parse(json!({ "Image": { "Bytes": BASE64.encode(&vec![1; bytes]) } }));
        assert!(inline(MAX_INLINE_BYTES).is_ok());
        assert_eq!(inline(MAX_INLINE_BYTES + 1), Err(ServiceError::ImageTooLarge));
    }
}
