//! A synthetic, exactly symmetric face for the tests, as a camera far away would see it in any pose.
#![allow(clippy::unwrap_used)]

use super::measures::depth;
use super::*;

/// x (viewer's right), y (down) of the left half's and the middle's points; distances between the pupils.
const HALF: [(Landmark, f64, f64); 17] = [
    (Landmark::EyeLeft, -0.5, 0.0),
    (Landmark::LeftPupil, -0.5, 0.0),
    (Landmark::MouthLeft, -0.364, 1.096),
    (Landmark::Nose, 0.0, 0.593),
    (Landmark::LeftEyeBrowLeft, -0.867, -0.228),
    (Landmark::LeftEyeBrowRight, -0.207, -0.308),
    (Landmark::LeftEyeBrowUp, -0.63, -0.392),
    (Landmark::LeftEyeLeft, -0.703, -0.02),
    (Landmark::LeftEyeRight, -0.293, 0.007),
    (Landmark::LeftEyeUp, -0.502, -0.053),
    (Landmark::LeftEyeDown, -0.502, 0.053),
    (Landmark::NoseLeft, -0.252, 0.614),
    (Landmark::MouthUp, 0.0, 0.953),
    (Landmark::MouthDown, 0.0, 1.263),
    (Landmark::UpperJawlineLeft, -1.211, 0.309),
    (Landmark::MidJawlineLeft, -0.939, 1.399),
    (Landmark::ChinBottom, 0.0, 1.901),
];

/// Landmarks in pixels.
pub(super) type Points = Vec<(Landmark, [f64; 2])>;

/// The photo the synthetic faces are in; not square, so that ratios and pixels differ.
pub(super) const SIZE: PixelSize = PixelSize { width: 1200, height: 1600 };
/// Pixels between the pupils of an unturned face.
pub(super) const PUPILS: f64 = 200.0;

/// Pixel positions around the photo's middle of the face turned by `yaw` and `pitch` degrees.
pub(super) fn pixels(yaw: f64, pitch: f64) -> Points {
    let mut points = Vec::new();
    for (landmark, x, y) in HALF {
        points.push((landmark, x, y));
        if landmark.mirrored() != landmark {
            points.push((landmark.mirrored(), -x, y));
        }
    }
    let (sy, cy) = yaw.to_radians().sin_cos();
    let (sp, cp) = pitch.to_radians().sin_cos();
    let project = |(landmark, x, y): (Landmark, f64, f64)| {
        let z = depth(landmark);
        let (up, forward) = (-y * cp + z * sp, y * sp + z * cp);
        (landmark, [600.0 + PUPILS * (x * cy + forward * sy), 700.0 - PUPILS * up])
    };
    points.into_iter().map(project).collect()
}

/// `points`, some of them moved by so many pixels.
pub(super) fn moved(mut points: Points, changes: &[(Landmark, [f64; 2])]) -> Points {
    for (landmark, [dx, dy]) in changes {
        let (_, at) = points.iter_mut().find(|(l, _)| l == landmark).unwrap();
        *at = [at[0] + dx, at[1] + dy];
    }
    points
}

/// A face with these pixel positions.
pub(super) fn observed(points: Points, yaw: f64, pitch: f64) -> FaceObservation {
    let (w, h) = (f64::from(SIZE.width), f64::from(SIZE.height));
    let landmarks = points.into_iter().map(|(l, [x, y])| (l, Point { x: x / w, y: y / h })).collect();
    let sure = |value| Some(Attribute { value, confidence: 99.0 });
    FaceObservation {
        confidence: 99.9,
        bounds: FaceBox { left: 0.3, top: 0.25, width: 0.4, height: 0.45 },
        pose: Some(Pose { yaw, pitch, roll: 0.0 }),
        quality: Some(Quality { brightness: 60.0, sharpness: 80.0 }),
        landmarks,
        eyes_open: sure(true),
        occluded: sure(false),
        sunglasses: sure(false),
    }
}

/// The face turned by `yaw` and `pitch`, as the detector would report it.
pub(super) fn posed(yaw: f64, pitch: f64) -> FaceObservation {
    observed(pixels(yaw, pitch), yaw, pitch)
}

/// An unturned face with this box.
pub(super) fn face_in(left: f64, top: f64, width: f64, height: f64) -> FaceObservation {
    FaceObservation { bounds: FaceBox { left, top, width, height }, ..posed(0.0, 0.0) }
}
