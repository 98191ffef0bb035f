//! Figures from a frontal photo: what they are, how far off they may be, and when there is none.
//!
//! **Frame.** Ratios become pixels first. The photo is then rotated so that the line through the pupils is level.
//! **Midline:** the perpendicular to that line halfway between the pupils. It needs no point that a treatment may
//! move (nose, chin, brows), and one definition serves rotation and midline alike. Its price: gaze moves the pupils,
//! so the patient must look into the camera, and the pupils themselves have no asymmetry figure.
//!
//! **Error.** Each figure carries one standard deviation, the root of the sum of the squares of
//! * landmark noise ([`ErrorModel::landmark_sd`]), carried through the formula by central differences;
//! * the change of the figure if the photo were turned back by the reported pose, with the depths of a generic face:
//!   the figure itself is left as the photo shows it, since the person's own depths are unknown;
//! * the uncertainty of the reported pose, carried through in the same way.
//!
//! Not in it: the perspective of a close camera (selfies widen the middle of the face), expression, and the
//! difference between the generic and the person's depths.
//!
//! **Pose limits.** |yaw| ≤ 5° for all. Pitch moves points along the midline only, so it changes sideways figures
//! (asymmetry, cants, width ratios) in the second order alone: they are given up to |pitch| ≤ 15°. It changes the
//! lower-face share by 0.0022 per degree and canthal tilt by 0.22° per degree, at 5° about as much as landmark noise
//! and half the spread among people: beyond |pitch| ≤ 5° they are not given.

mod catalogue;
mod error;
mod formula;
mod plane;

pub use catalogue::{MeasureCode, Unit};
pub use error::{ErrorModel, ErrorParts};
#[cfg(test)]
pub(super) use plane::depth;

use super::{FaceObservation, Landmark, PixelSize, View, opaque_debug};
use plane::Plane;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Said wherever a figure is shown.
pub const CAVEAT: &str = "These figures are computed from points that software found on a single photo. They describe \
    the photo, not a diagnosis, and say nothing about how a face should look. Camera distance, lens, head position and \
    expression change them. A change between two photos counts only if it is larger than the stated error of both.";

/// Least distance between the pupils: below, a pixel is more than the landmark noise assumed.
const MIN_PUPILS_PX: f64 = 32.0;

/// One figure.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// Which figure.
    pub code: MeasureCode,
    /// What it is, in words.
    pub definition: Cow<'static, str>,
    /// What it is counted in.
    pub unit: Unit,
    /// The figure.
    pub value: f64,
    /// One standard deviation, in the same unit.
    pub error: f64,
    /// Where the error comes from.
    pub error_parts: ErrorParts,
    /// Where the definition comes from.
    pub source: Cow<'static, str>,
    /// The points it was computed from.
    pub landmarks: Vec<Landmark>,
}

/// Why there is no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotMeasured {
    /// The view is not one that figures are taken from.
    ViewNotFrontal,
    /// There is no face, or more than one.
    NotOneFace,
    /// The detector gave no pose.
    PoseUnknown,
    /// Turned sideways by more than the figure bears.
    HeadTurned,
    /// Tilted back by more than the figure bears.
    HeadTiltedBack,
    /// Tilted forward by more than the figure bears.
    HeadTiltedForward,
    /// A point it needs was not found.
    LandmarkMissing,
    /// The face has too few pixels.
    FaceTooSmall,
    /// The points lie so that the formula has no value.
    Undefined,
}

impl NotMeasured {
    /// The reason in words, for the report.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ViewNotFrontal => "Not measured: only frontal photos are measured.",
            Self::NotOneFace => "Not measured: the photo does not show exactly one face.",
            Self::PoseUnknown => "Not measured: the position of the head could not be determined.",
            Self::HeadTurned => "Not measured: the head is turned to the side.",
            Self::HeadTiltedBack => "Not measured: the head is tilted back.",
            Self::HeadTiltedForward => "Not measured: the head is tilted forward.",
            Self::LandmarkMissing => "Not measured: a point of the face was not found.",
            Self::FaceTooSmall => "Not measured: the face is too small in the photo.",
            Self::Undefined => "Not measured: the points found do not allow it.",
        }
    }
}

/// A figure, or why there is none.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MeasureResult {
    /// The figure.
    Measured(Measure),
    /// None, for this reason.
    NotMeasured {
        /// Which figure.
        code: MeasureCode,
        /// What it would be.
        definition: Cow<'static, str>,
        /// Why there is none.
        reason: NotMeasured,
    },
}

/// Everything measured on one photo.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureSet {
    /// The model that found the points, as its operator names it.
    pub model: String,
    /// The errors assumed.
    pub error_model: ErrorModel,
    /// [`CAVEAT`] as it read when this was computed.
    pub caveat: Cow<'static, str>,
    /// One entry per [`MeasureCode`], in its order.
    pub results: Vec<MeasureResult>,
}

opaque_debug!(Measure, MeasureResult, MeasureSet);

impl MeasureSet {
    /// The figure with this code, if it was measured.
    pub fn get(&self, code: MeasureCode) -> Option<&Measure> {
        self.results.iter().find_map(|result| match result {
            MeasureResult::Measured(measure) if measure.code == code => Some(measure),
            _ => None,
        })
    }
}

/// Measures one photo. `model` names what found the landmarks, such as `rekognition-face-7.0`.
pub fn measure(
    view: View,
    faces: &[FaceObservation],
    size: PixelSize,
    model: &str,
    errors: ErrorModel,
) -> MeasureSet {
    let results = MeasureCode::ALL
        .into_iter()
        .map(|code| match measure_one(code, view, faces, size, errors) {
            Ok(measure) => MeasureResult::Measured(measure),
            Err(reason) => MeasureResult::NotMeasured { code, definition: code.definition().into(), reason },
        })
        .collect();
    MeasureSet { model: model.to_owned(), error_model: errors, caveat: CAVEAT.into(), results }
}

fn measure_one(
    code: MeasureCode,
    view: View,
    faces: &[FaceObservation],
    size: PixelSize,
    errors: ErrorModel,
) -> Result<Measure, NotMeasured> {
    if !view.rules().measures.contains(&code) {
        return Err(NotMeasured::ViewNotFrontal);
    }
    let [face] = faces else { return Err(NotMeasured::NotOneFace) };
    let pose = face.pose.ok_or(NotMeasured::PoseUnknown)?;
    code.bears(pose)?;
    let plane = Plane::of(&face.landmarks, size);
    let landmarks = code.landmarks();
    if !landmarks.iter().all(|&l| plane.get(l).is_some()) {
        return Err(NotMeasured::LandmarkMissing);
    }
    if plane.pupil_distance().is_none_or(|d| d < MIN_PUPILS_PX) {
        return Err(NotMeasured::FaceTooSmall);
    }
    let signed = formula::signed(code, &plane).ok_or(NotMeasured::Undefined)?;
    let parts = error::propagate(code, &plane, pose, errors).ok_or(NotMeasured::Undefined)?;
    let error_parts = ErrorParts { landmarks: short(parts.landmarks)?, pose: short(parts.pose)? };
    Ok(Measure {
        code,
        definition: code.definition().into(),
        unit: code.unit(),
        value: short(if code.is_asymmetry() { signed.abs() } else { signed })?,
        error: short(error_parts.total())?,
        error_parts,
        source: code.source().into(),
        landmarks,
    })
}

/// Nine decimals: far below any error, and few enough digits that JSON gives back the same number. A figure too large
/// for that comes from points that no face has.
fn short(figure: f64) -> Result<f64, NotMeasured> {
    let short = (figure * 1e9).round() / 1e9;
    if short.is_finite() { Ok(short) } else { Err(NotMeasured::Undefined) }
}

#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod tests;
