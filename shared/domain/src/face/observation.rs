//! One detected face, and what the pixels of a whole photo say of its light and sharpness.

use super::{Landmarks, opaque_debug};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a head is turned, in degrees; zero is straight into the camera. Signs as in [the module's notes](super).
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pose {
    /// Turned sideways; positive to the viewer's right.
    pub yaw: f64,
    /// Looking up (positive) or down.
    pub pitch: f64,
    /// Tilted towards a shoulder; positive is clockwise as the viewer sees it.
    pub roll: f64,
}

/// The light and sharpness of a face, each 0–100. Rekognition does not say how it derives them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// 0 black – 100 white.
    pub brightness: f64,
    /// 0 blurred – 100 sharp.
    pub sharpness: f64,
}

/// The same two figures for a whole photo, from its pixels: for views in which no face can be expected.
///
/// Brightness is the mean luma. Sharpness is the logarithm of the variance of the Laplacian on the photo reduced to
/// 512 pixels: not Rekognition's scale, and lower for plain skin than for a face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PictureQuality {
    /// 0 black – 100 white.
    pub brightness: f64,
    /// 0 blurred – 100 sharp.
    pub sharpness: f64,
}

/// A yes-or-no finding with the detector's confidence in it (50 is a guess, 100 certain).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribute {
    /// The finding.
    pub value: bool,
    /// 0–100.
    pub confidence: f64,
}

/// The rectangle around a face, as ratios of the photo's size; it may reach beyond the edges.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaceBox {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// One face as `DetectFaces` returns it, cut down to what this project uses: no age, gender or emotion.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaceObservation {
    /// That this is a face at all, 0–100.
    pub confidence: f64,
    /// Where it is.
    pub bounds: FaceBox,
    /// How it is turned.
    pub pose: Option<Pose>,
    /// Its light and sharpness.
    pub quality: Option<Quality>,
    /// Its points.
    pub landmarks: Landmarks,
    /// Both eyes are open.
    pub eyes_open: Option<Attribute>,
    /// A hand, mask, hair or the like covers part of it.
    pub occluded: Option<Attribute>,
    /// Dark glasses are worn.
    pub sunglasses: Option<Attribute>,
}

/// The size of the photo that was analysed, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelSize {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

opaque_debug!(Pose, FaceBox, FaceObservation);
