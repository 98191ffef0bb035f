//! How far off a figure may be.

use super::super::{Landmark, Pose};
use super::{MeasureCode, formula::signed, plane::Plane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The standard deviations assumed of what a figure is computed from.
///
/// The defaults are **assumptions**: Amazon publishes no errors for landmarks or pose. A clinic that takes repeated
/// photos of the same people can replace them by what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorModel {
    /// Of a landmark's x and of its y, as a share of the distance between the pupils.
    ///
    /// Default 0.015. Kartynnik et al. 2019 (arXiv:1907.06724) report a mean distance of 3.96 % of the interocular
    /// distance between a mesh model and human annotation of one image; much of that is differing definitions, which
    /// repeat from photo to photo and cancel in comparisons, so the default is about half of it (0.032 per axis).
    pub landmark_sd: f64,
    /// Of the reported yaw, in degrees. Default 3, the order of published benchmarks of head pose from one image.
    pub yaw_sd: f64,
    /// Of the reported pitch, in degrees. Default 5: less certain than yaw, because which position of a head counts
    /// as level is itself a convention.
    pub pitch_sd: f64,
}

impl Default for ErrorModel {
    fn default() -> Self {
        Self { landmark_sd: 0.015, yaw_sd: 3.0, pitch_sd: 5.0 }
    }
}

/// Rounding of a landmark to the pixel grid, in pixels: the floor of landmark noise.
const PIXEL_SD: f64 = 0.5;
/// Step of the differences for angles, in degrees.
const STEP_DEGREES: f64 = 0.01;
/// Step of the differences for points, in pixels.
const STEP_PIXELS: f64 = 1e-3;

/// The two sources of a figure's error, each one standard deviation in the figure's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorParts {
    /// From the noise of the landmarks.
    pub landmarks: f64,
    /// From the head not being straight, or not known to be.
    pub pose: f64,
}

impl ErrorParts {
    /// Both together.
    pub fn total(self) -> f64 {
        self.landmarks.hypot(self.pose)
    }
}

/// The error of `code` on this face; `None` where the formula has no value nearby.
pub(super) fn propagate(
    code: MeasureCode,
    plane: &Plane,
    pose: Pose,
    errors: ErrorModel,
) -> Option<ErrorParts> {
    let sd = (errors.landmark_sd * plane.pupil_distance()?).hypot(PIXEL_SD);
    Some(ErrorParts {
        landmarks: from_landmarks(code, plane)? * sd,
        pose: from_pose(code, plane, pose, errors)?,
    })
}

/// The length of the figure's gradient over the coordinates of its landmarks, per pixel.
fn from_landmarks(code: MeasureCode, plane: &Plane) -> Option<f64> {
    let mut sum = 0.0;
    for landmark in code.landmarks() {
        for axis in 0..2 {
            let slope = point_slope(code, plane, landmark, axis)?;
            sum += slope * slope;
        }
    }
    Some(sum.sqrt())
}

fn point_slope(code: MeasureCode, plane: &Plane, landmark: Landmark, axis: usize) -> Option<f64> {
    let at = |step: f64| {
        let mut moved = plane.clone();
        let mut point = plane.get(landmark)?;
        point[axis] += step;
        moved.set(landmark, point);
        signed(code, &moved)
    };
    Some((at(STEP_PIXELS)? - at(-STEP_PIXELS)?) / (2.0 * STEP_PIXELS))
}

fn from_pose(code: MeasureCode, plane: &Plane, pose: Pose, errors: ErrorModel) -> Option<f64> {
    // The pupils are level in every turned plane: turning says nothing of the photo's own tilt.
    if code == MeasureCode::PupilCant {
        return Some(0.0);
    }
    let seen_in = |yaw: f64, pitch: f64| signed(code, &plane.turned(pose, Pose { yaw, pitch, roll: 0.0 })?);
    let shift = seen_in(pose.yaw, pose.pitch)? - seen_in(0.0, 0.0)?;
    let slope = |yaw: f64, pitch: f64| {
        let (more, less) =
            (seen_in(pose.yaw + yaw, pose.pitch + pitch)?, seen_in(pose.yaw - yaw, pose.pitch - pitch)?);
        Some((more - less) / (2.0 * STEP_DEGREES))
    };
    let (by_yaw, by_pitch) = (slope(STEP_DEGREES, 0.0)?, slope(0.0, STEP_DEGREES)?);
    Some(shift.hypot(by_yaw * errors.yaw_sd).hypot(by_pitch * errors.pitch_sd))
}
