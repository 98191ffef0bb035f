//! What a face detector says of a photo, whether the photo will do for its view, and what can be measured on it.
//!
//! The vocabulary is Amazon Rekognition's `DetectFaces`, without its SDK. Conventions that its reference leaves open
//! were settled on published responses (the nose against the eyes, the near against the far jaw):
//! * `left` and `right` in a landmark's name are the **viewer's**: `leftPupil` has the smaller x in an upright photo.
//!   For an unmirrored photo that is the patient's right eye; whether a selfie is mirrored can't be told from it;
//! * yaw > 0: the face points to the viewer's right; pitch > 0: it looks up; roll > 0: it is tilted clockwise as the
//!   viewer sees it; all in degrees;
//! * points are ratios of the image's width and height, so no distance may be taken before they are pixels;
//! * `Quality` and every `Confidence` run from 0 to 100.
//!
//! A face is biometric data: the types here that carry one print only their name.

pub mod comparison;
pub mod landmarks;
pub mod measures;
pub mod observation;
pub mod quality;
pub mod retake;
mod shown;
pub mod view;

pub use comparison::{Change, Comparison, Incomparable, Taken, compare};
pub use landmarks::{Landmark, Landmarks, Point};
pub use measures::{
    CAVEAT, ErrorModel, Measure, MeasureCode, MeasureResult, MeasureSet, NotMeasured, measure,
};
pub use observation::{Attribute, FaceBox, FaceObservation, PictureQuality, PixelSize, Pose, Quality};
pub use quality::{QualityAssessment, Verdict, assess, assess_picture};
pub use retake::RetakeReason;
pub use view::{ExpectedFaces, View, ViewRules};

/// `Debug` that prints the type's name and nothing of what it holds.
macro_rules! opaque_debug {
    ($($type:ident),+) => { $(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($type))
            }
        }
    )+ };
}
pub(crate) use opaque_debug;

#[cfg(test)]
mod testface;
