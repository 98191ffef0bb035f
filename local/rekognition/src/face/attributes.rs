//! What can be told about a face's eyes, mouth and covering.
//!
//! Each finding is a measured number laid on a straight line between a value that counts as surely no and one that
//! counts as surely yes. How far from the middle the number falls becomes the confidence, which never exceeds
//! `SUREST`: these are rules of thumb, tuned on few photos.

use image::RgbImage;

use super::anatomy::{LIPS_MIDDLE, MOUTH_CORNERS};
use super::cover::Cover;
use super::iris::Eyes;
use super::mesh::Mesh;

/// The highest confidence a rule of thumb may claim.
const SUREST: f32 = 95.0;
/// The confidence of a guess.
const GUESS: f32 = 50.0;

/// The opening of an eye over its width: shut, open.
const EYE_OPENING: [f32; 2] = [0.07, 0.19];
/// The gap between the lips over the width of the mouth: shut, open.
const MOUTH_OPENING: [f32; 2] = [0.04, 0.20];
/// The part of the skin that does not look like skin: uncovered, covered.
const FOREIGN_SKIN: [f32; 2] = [0.06, 0.20];
/// The light around the eyes over the light of the cheeks: dark lenses, none.
const LENS_LIGHT: [f32; 2] = [0.20, 0.50];
/// The spread of light around the eyes over the light of the cheeks: even lenses, none.
const LENS_CONTRAST: [f32; 2] = [0.08, 0.20];

/// A yes or no and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The answer.
    pub value: bool,
    /// How sure it is, from 50 (a guess) to 95.
    pub confidence: f32,
}

impl Finding {
    const UNKNOWN: Self = Self { value: false, confidence: GUESS };

    /// Reads `likelihood`, 0 for surely no and 1 for surely yes.
    fn from_likelihood(likelihood: f32) -> Self {
        if likelihood.is_nan() {
            return Self::UNKNOWN;
        }
        // Of a likelihood between 0 and 1.
        let certainty = (2.0 * likelihood - 1.0).abs();
        Self { value: likelihood > 0.5, confidence: GUESS + certainty * (SUREST - GUESS) }
    }
}

/// The findings on a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attributes {
    /// Both eyes are open.
    pub eyes_open: Finding,
    /// The mouth is open.
    pub mouth_open: Finding,
    /// Dark lenses hide the eyes.
    pub sunglasses: Finding,
    /// Glasses of any kind: known only for dark ones, otherwise a guess.
    pub eyeglasses: Finding,
    /// Something covers a part of the face.
    pub occluded: Finding,
}

impl Attributes {
    /// Judges a face by its points and colours.
    pub(super) fn of(image: &RgbImage, mesh: &Mesh, eyes: &Eyes) -> Self {
        let cover = Cover::of(image, mesh);
        let sunglasses =
            cover.map_or(Finding::UNKNOWN, |cover| Finding::from_likelihood(dark_lenses(&cover)));
        let occluded = cover.map_or(Finding::UNKNOWN, |cover| {
            Finding::from_likelihood(share(FOREIGN_SKIN, cover.foreign).max(dark_lenses(&cover)))
        });
        let eyes_open = match sunglasses.value {
            true => Finding::UNKNOWN,
            false => Finding::from_likelihood(share(EYE_OPENING, eyes.openings[0].min(eyes.openings[1]))),
        };
        Self {
            eyes_open,
            mouth_open: Finding::from_likelihood(share(MOUTH_OPENING, mouth_opening(mesh))),
            sunglasses,
            eyeglasses: if sunglasses.value { sunglasses } else { Finding::UNKNOWN },
            occluded,
        }
    }
}

/// Dark lenses are both darker than the face and more even than eyes are.
fn dark_lenses(cover: &Cover) -> f32 {
    let dark = 1.0 - share(LENS_LIGHT, cover.eye_light);
    let even = 1.0 - share(LENS_CONTRAST, cover.eye_contrast);
    dark.min(even)
}

/// The gap between the lips over the width of the mouth.
fn mouth_opening(mesh: &Mesh) -> f32 {
    let across = |[a, b]: [usize; 2]| mesh.points[a].image.distance(mesh.points[b].image);
    across(LIPS_MIDDLE) / across(MOUTH_CORNERS).max(f32::MIN_POSITIVE)
}

/// How far `value` lies on the way from `none` to `all`, 0 to 1.
fn share([none, all]: [f32; 2], value: f32) -> f32 {
    ((value - none) / (all - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_grows_with_the_distance_from_the_middle() {
        let at = |likelihood| Finding::from_likelihood(likelihood);
        assert_eq!(at(1.0), Finding { value: true, confidence: 95.0 });
        assert_eq!(at(0.0), Finding { value: false, confidence: 95.0 });
        assert_eq!(at(0.5), Finding { value: false, confidence: 50.0 });
        assert!(at(0.6).value && at(0.6).confidence < at(0.8).confidence);
    }

    #[test]
    fn a_number_that_is_none_is_never_sure() {
        assert_eq!(Finding::from_likelihood(share(EYE_OPENING, f32::NAN)), Finding::UNKNOWN);
    }
}
