//! The formulas.

use super::super::Landmark as L;
use super::{MeasureCode, plane::Plane};

/// The figure with its sign, even where it is reported without: an error can't be carried through an absolute value.
pub(super) fn signed(code: MeasureCode, plane: &Plane) -> Option<f64> {
    let value = match code {
        MeasureCode::PupilCant => plane.roll()?.to_degrees(),
        MeasureCode::MouthCant => mouth_cant(plane)?,
        MeasureCode::CanthalTiltLeft => canthal_tilt(plane, L::LeftEyeRight, L::LeftEyeLeft)?,
        MeasureCode::CanthalTiltRight => canthal_tilt(plane, L::RightEyeLeft, L::RightEyeRight)?,
        MeasureCode::LowerFaceShare => lower_face_share(plane)?,
        MeasureCode::IntercanthalToEyeWidth => intercanthal_to_eye_width(plane)?,
        MeasureCode::NoseToMouthWidth => {
            width(plane, L::NoseLeft, L::NoseRight)? / width(plane, L::MouthLeft, L::MouthRight)?
        }
        _ => {
            let (left, right) = code.pair()?;
            asymmetry(plane, left, right)?
        }
    };
    value.is_finite().then_some(value)
}

fn mouth_cant(plane: &Plane) -> Option<f64> {
    let ([lx, ly], [rx, ry]) = (plane.level(L::MouthLeft)?, plane.level(L::MouthRight)?);
    Some((ry - ly).atan2(rx - lx).to_degrees())
}

fn canthal_tilt(plane: &Plane, inner: L, outer: L) -> Option<f64> {
    let ([ix, iy], [ox, oy]) = (plane.level(inner)?, plane.level(outer)?);
    Some((iy - oy).atan2((ox - ix).abs()).to_degrees())
}

fn lower_face_share(plane: &Plane) -> Option<f64> {
    let nose = f64::midpoint(plane.level(L::NoseLeft)?[1], plane.level(L::NoseRight)?[1]);
    let chin = plane.level(L::ChinBottom)?[1];
    // The pupils are at height zero of the levelled frame.
    (chin > 0.0).then(|| (chin - nose) / chin)
}

/// Distance along the pupil line.
fn width(plane: &Plane, left: L, right: L) -> Option<f64> {
    Some((plane.level(right)?[0] - plane.level(left)?[0]).abs())
}

fn intercanthal_to_eye_width(plane: &Plane) -> Option<f64> {
    let eyes = f64::midpoint(
        width(plane, L::LeftEyeLeft, L::LeftEyeRight)?,
        width(plane, L::RightEyeLeft, L::RightEyeRight)?,
    );
    Some(width(plane, L::LeftEyeRight, L::RightEyeLeft)? / eyes)
}

/// (dL − dR) / (dL + dR) of a pair's distances from the midline. Undefined where the pair does not span it.
fn asymmetry(plane: &Plane, left: L, right: L) -> Option<f64> {
    let (dl, dr) = (-plane.level(left)?[0], plane.level(right)?[0]);
    (dl > 0.0 && dr > 0.0).then(|| (dl - dr) / (dl + dr))
}
