//! Whether a photo will do for its view. The answer is a suggestion: a patient may always keep the photo.

use super::{Attribute, ExpectedFaces, FaceObservation, PictureQuality, Pose, RetakeReason, View, ViewRules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Faces the detector is less sure of are taken as not found. Rekognition gives good portraits about 99.
const MIN_FACE_CONFIDENCE: f64 = 90.0;
/// A finding held against a photo must be surer than this: Rekognition answers 50 for what it can't see.
const MIN_FINDING_CONFIDENCE: f64 = 80.0;
/// A further face counts when its box is at least this share of the largest one's height: smaller ones are pictures
/// on a wall or passers-by.
const SECOND_FACE_HEIGHT: f64 = 0.25;
/// Least height of the face in the photo, as a share of the photo's.
const MIN_FACE_HEIGHT: f64 = 0.15;
/// How far the box may reach over an edge before the face counts as cut off, as a share of its own size.
const MAX_OVERHANG: f64 = 0.08;
/// Largest roll. Measures undo it, but a strongly tilted photo is poor for comparing.
const MAX_ROLL: f64 = 20.0;

/// Limits on light and sharpness. Amazon publishes none: these are our choice, from published responses (sharp
/// portraits 80–99, visibly blurred faces 6–8, ordinary light 37–91) and from blurred and darkened test portraits.
struct Light {
    dark: f64,
    bright: f64,
    blurred: f64,
}

const FACE_LIGHT: Light = Light { dark: 25.0, bright: 95.0, blurred: 20.0 };
/// Looser, because a dark background or plain skin is no fault.
const PICTURE_LIGHT: Light = Light { dark: 10.0, bright: 95.0, blurred: 10.0 };

/// The outcome of the quality gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "QualityVerdict")]
pub enum Verdict {
    /// It will do.
    Accepted,
    /// Light and sharpness will do; how the head is turned can't be assessed in this photo.
    AcceptedPoseNotAssessed,
    /// Another photo would help, for the reasons given.
    RetakeSuggested,
}

/// The quality gate's answer for one photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QualityAssessment {
    /// The outcome.
    pub verdict: Verdict,
    /// Why, for [`Verdict::RetakeSuggested`]; empty otherwise.
    pub reasons: Vec<RetakeReason>,
}

/// Judges a photo by the faces found in it and, where a face gives no figures, by its pixels.
pub fn assess(view: View, faces: &[FaceObservation], picture: Option<PictureQuality>) -> QualityAssessment {
    let rules = view.rules();
    let found = relevant(faces);
    // Of a view that is not assessed for pose the detector's other figures are no better founded.
    let subject = found.first().copied().filter(|_| rules.yaw.is_some());
    let mut reasons = Vec::new();
    match (rules.faces, found.len()) {
        (ExpectedFaces::One, 0) => reasons.push(RetakeReason::NoFace),
        (ExpectedFaces::One | ExpectedFaces::AtMostOne, 2..) => reasons.push(RetakeReason::SeveralFaces),
        _ => {}
    }
    reasons.extend(light(subject, picture));
    if let Some(face) = subject.filter(|_| found.len() == 1) {
        framing(face, &mut reasons);
        reasons.extend(face.pose.and_then(|pose| turned(&rules, pose)));
        reasons.extend(face.pose.and_then(|pose| chin(&rules, pose)));
        if rules.eyes_and_cover {
            reasons.extend(findings(face));
        }
    }
    let posed = subject.is_some_and(|face| face.pose.is_some());
    let verdict = match (reasons.is_empty(), posed) {
        (false, _) => Verdict::RetakeSuggested,
        (true, true) => Verdict::Accepted,
        (true, false) => Verdict::AcceptedPoseNotAssessed,
    };
    QualityAssessment { verdict, reasons }
}

/// Judges a photo by its pixels alone, where nobody looked for a face: that none was found is no fault of it then.
pub fn assess_picture(picture: PictureQuality) -> QualityAssessment {
    let reasons = light(None, Some(picture));
    let verdict =
        if reasons.is_empty() { Verdict::AcceptedPoseNotAssessed } else { Verdict::RetakeSuggested };
    QualityAssessment { verdict, reasons }
}

/// The faces that count, the largest first.
fn relevant(faces: &[FaceObservation]) -> Vec<&FaceObservation> {
    let mut found: Vec<_> = faces.iter().filter(|f| f.confidence >= MIN_FACE_CONFIDENCE).collect();
    found.sort_by(|a, b| b.bounds.height.total_cmp(&a.bounds.height));
    let least = found.first().map_or(0.0, |f| f.bounds.height * SECOND_FACE_HEIGHT);
    found.retain(|f| f.bounds.height >= least);
    found
}

fn light(face: Option<&FaceObservation>, picture: Option<PictureQuality>) -> Vec<RetakeReason> {
    let of_face = face.and_then(|f| f.quality).map(|q| (q.brightness, q.sharpness, FACE_LIGHT));
    let of_picture = picture.map(|q| (q.brightness, q.sharpness, PICTURE_LIGHT));
    let Some((brightness, sharpness, limits)) = of_face.or(of_picture) else { return Vec::new() };
    [
        (brightness < limits.dark, RetakeReason::TooDark),
        (brightness > limits.bright, RetakeReason::TooBright),
        (sharpness < limits.blurred, RetakeReason::Blurred),
    ]
    .into_iter()
    .filter_map(|(wrong, reason)| wrong.then_some(reason))
    .collect()
}

fn framing(face: &FaceObservation, reasons: &mut Vec<RetakeReason>) {
    let b = face.bounds;
    if b.height < MIN_FACE_HEIGHT {
        reasons.push(RetakeReason::ComeCloser);
    }
    let (right, bottom) = (b.left + b.width - 1.0, b.top + b.height - 1.0);
    let over_x = (-b.left).max(right) > b.width * MAX_OVERHANG;
    let over_y = (-b.top).max(bottom) > b.height * MAX_OVERHANG;
    if over_x || over_y {
        reasons.push(RetakeReason::FaceCutOff);
    }
    if face.pose.is_some_and(|pose| pose.roll.abs() > MAX_ROLL) {
        reasons.push(RetakeReason::Tilted);
    }
}

fn turned(rules: &ViewRules, pose: Pose) -> Option<RetakeReason> {
    let range = rules.yaw.as_ref()?;
    if range.contains(&pose.yaw) {
        return None;
    }
    let middle = f64::midpoint(*range.start(), *range.end());
    if middle == 0.0 {
        return Some(RetakeReason::TurnToCamera);
    }
    // Seen along the turn asked for: how far it goes, and how far it should.
    let (turn, least) = (pose.yaw * middle.signum(), range.start().abs().min(range.end().abs()));
    Some(match turn {
        t if t <= -least => RetakeReason::ShowOtherSide,
        t if t < least => RetakeReason::TurnFurther,
        _ => RetakeReason::TurnLess,
    })
}

fn chin(rules: &ViewRules, pose: Pose) -> Option<RetakeReason> {
    let range = rules.pitch.as_ref()?;
    match pose.pitch {
        p if p > *range.end() => Some(RetakeReason::LowerChin),
        p if p < *range.start() => Some(RetakeReason::RaiseChin),
        _ => None,
    }
}

fn findings(face: &FaceObservation) -> Vec<RetakeReason> {
    let sure = |found: Option<Attribute>, value: bool| {
        found.is_some_and(|a| a.value == value && a.confidence >= MIN_FINDING_CONFIDENCE)
    };
    let sunglasses = sure(face.sunglasses, true);
    [
        // Eyes behind dark glasses can't be judged, and the glasses already count as cover.
        (!sunglasses && sure(face.eyes_open, false), RetakeReason::EyesClosed),
        (sunglasses, RetakeReason::Sunglasses),
        (!sunglasses && sure(face.occluded, true), RetakeReason::FaceCovered),
    ]
    .into_iter()
    .filter_map(|(wrong, reason)| wrong.then_some(reason))
    .collect()
}

#[cfg(test)]
#[path = "quality_tests.rs"]
mod tests;
