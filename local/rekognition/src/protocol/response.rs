//! The answer to a request.

use serde::Serialize;

use super::selection::{Attribute, Selection};
use crate::face::{Face, Finding, Landmark, LandmarkName, Rectangle};

/// The most Rekognition is ever sure.
const MAX_CONFIDENCE: f32 = 99.99;
/// How many landmarks are given unless all attributes are asked for.
const DEFAULT_LANDMARKS: usize = 5;

/// The faces of an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Response {
    /// The faces, the largest first.
    pub face_details: Vec<FaceDetail>,
}

/// One face. Coordinates are fractions of the image's width and height.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are documented by AWS")]
pub struct FaceDetail {
    pub bounding_box: BoundingBox,
    pub confidence: f32,
    pub landmarks: Vec<LandmarkDetail>,
    pub pose: PoseDetail,
    pub quality: QualityDetail,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyes_open: Option<FindingDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mouth_open: Option<FindingDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunglasses: Option<FindingDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyeglasses: Option<FindingDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_occluded: Option<FindingDetail>,
}

/// Where a face is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are documented by AWS")]
pub struct BoundingBox {
    pub width: f32,
    pub height: f32,
    pub left: f32,
    pub top: f32,
}

/// A point of a face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are documented by AWS")]
pub struct LandmarkDetail {
    #[serde(rename = "Type")]
    pub name: LandmarkName,
    pub x: f32,
    pub y: f32,
}

/// How a head is turned, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are documented by AWS")]
pub struct PoseDetail {
    pub roll: f32,
    pub yaw: f32,
    pub pitch: f32,
}

/// How good the picture of a face is, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are documented by AWS")]
pub struct QualityDetail {
    pub brightness: f32,
    pub sharpness: f32,
}

/// A yes or no and how sure it is, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs, reason = "the names are documented by AWS")]
pub struct FindingDetail {
    pub value: bool,
    pub confidence: f32,
}

impl Response {
    /// Puts faces found in an image of the given width and height into the form a caller asked for.
    #[must_use]
    pub fn new(faces: &[Face], size: (u32, u32), selection: &Selection) -> Self {
        let size = (size.0 as f32, size.1 as f32);
        Self { face_details: faces.iter().map(|face| FaceDetail::new(face, size, selection)).collect() }
    }
}

impl FaceDetail {
    fn new(face: &Face, size: (f32, f32), selection: &Selection) -> Self {
        let count = if selection.is_all() { face.landmarks.len() } else { DEFAULT_LANDMARKS };
        let landmarks = face.landmarks.iter().take(count).map(|landmark| LandmarkDetail::new(landmark, size));
        let found = |attribute, finding: Finding| {
            selection
                .has(attribute)
                .then_some(FindingDetail { value: finding.value, confidence: finding.confidence })
        };
        Self {
            bounding_box: BoundingBox::new(&face.frame, size),
            confidence: (100.0 * face.presence).min(MAX_CONFIDENCE),
            landmarks: landmarks.collect(),
            pose: PoseDetail { roll: face.pose.roll, yaw: face.pose.yaw, pitch: face.pose.pitch },
            quality: QualityDetail { brightness: face.quality.brightness, sharpness: face.quality.sharpness },
            eyes_open: found(Attribute::EyesOpen, face.attributes.eyes_open),
            mouth_open: found(Attribute::MouthOpen, face.attributes.mouth_open),
            sunglasses: found(Attribute::Sunglasses, face.attributes.sunglasses),
            eyeglasses: found(Attribute::Eyeglasses, face.attributes.eyeglasses),
            face_occluded: found(Attribute::FaceOccluded, face.attributes.occluded),
        }
    }
}

impl BoundingBox {
    fn new(frame: &Rectangle, (width, height): (f32, f32)) -> Self {
        Self {
            width: frame.width() / width,
            height: frame.height() / height,
            left: frame.left / width,
            top: frame.top / height,
        }
    }
}

impl LandmarkDetail {
    fn new(landmark: &Landmark, (width, height): (f32, f32)) -> Self {
        Self { name: landmark.name, x: landmark.point.x / width, y: landmark.point.y / height }
    }
}
