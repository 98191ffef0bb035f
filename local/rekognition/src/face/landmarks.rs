//! Rekognition's thirty landmarks, found on the mesh.

use super::geometry::Point;
use super::iris::Eyes;
use super::mesh::Mesh;

/// A named point of a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Landmark {
    /// Its name.
    pub name: LandmarkName,
    /// Where it is in the image.
    pub point: Point,
}

/// Where a landmark comes from.
enum Source {
    /// The mean of some mesh points.
    Mesh(&'static [usize]),
    /// The pupil on the image's left (0) or right (1).
    Pupil(usize),
}

macro_rules! landmarks {
    ($($(#[$doc:meta])* $variant:ident $name:literal = $source:expr;)*) => {
        /// The names of Rekognition's `LandmarkType`; left is the viewer's left.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
        pub enum LandmarkName {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        /// Each landmark and its source, in the order of the answer: the first five are those Rekognition gives to
        /// callers who do not ask for all attributes.
        const TABLE: &[(LandmarkName, Source)] = &[$((LandmarkName::$variant, $source),)*];
    };
}

use Source::{Mesh as M, Pupil};

landmarks! {
    /// The middle of the left eye.
    EyeLeft "eyeLeft" = M(&[33, 133, 159, 145]);
    /// The middle of the right eye.
    EyeRight "eyeRight" = M(&[263, 362, 386, 374]);
    /// The left corner of the mouth.
    MouthLeft "mouthLeft" = M(&[61, 78]);
    /// The right corner of the mouth.
    MouthRight "mouthRight" = M(&[291, 308]);
    /// The tip of the nose.
    Nose "nose" = M(&[1]);
    /// The left end of the left eyebrow.
    LeftEyeBrowLeft "leftEyeBrowLeft" = M(&[70, 46]);
    /// The right end of the left eyebrow.
    LeftEyeBrowRight "leftEyeBrowRight" = M(&[107, 55]);
    /// The top of the left eyebrow.
    LeftEyeBrowUp "leftEyeBrowUp" = M(&[105]);
    /// The left end of the right eyebrow.
    RightEyeBrowLeft "rightEyeBrowLeft" = M(&[336, 285]);
    /// The right end of the right eyebrow.
    RightEyeBrowRight "rightEyeBrowRight" = M(&[300, 276]);
    /// The top of the right eyebrow.
    RightEyeBrowUp "rightEyeBrowUp" = M(&[334]);
    /// The left corner of the left eye.
    LeftEyeLeft "leftEyeLeft" = M(&[33]);
    /// The right corner of the left eye.
    LeftEyeRight "leftEyeRight" = M(&[133]);
    /// The upper lid of the left eye.
    LeftEyeUp "leftEyeUp" = M(&[159]);
    /// The lower lid of the left eye.
    LeftEyeDown "leftEyeDown" = M(&[145]);
    /// The left corner of the right eye.
    RightEyeLeft "rightEyeLeft" = M(&[362]);
    /// The right corner of the right eye.
    RightEyeRight "rightEyeRight" = M(&[263]);
    /// The upper lid of the right eye.
    RightEyeUp "rightEyeUp" = M(&[386]);
    /// The lower lid of the right eye.
    RightEyeDown "rightEyeDown" = M(&[374]);
    /// The left side of the nose.
    NoseLeft "noseLeft" = M(&[64]);
    /// The right side of the nose.
    NoseRight "noseRight" = M(&[294]);
    /// The upper lip's edge.
    MouthUp "mouthUp" = M(&[0]);
    /// The lower lip's edge.
    MouthDown "mouthDown" = M(&[17]);
    /// The left pupil.
    LeftPupil "leftPupil" = Pupil(0);
    /// The right pupil.
    RightPupil "rightPupil" = Pupil(1);
    /// The jawline by the left ear.
    UpperJawlineLeft "upperJawlineLeft" = M(&[234]);
    /// The middle of the jawline on the left.
    MidJawlineLeft "midJawlineLeft" = M(&[172]);
    /// The bottom of the chin.
    ChinBottom "chinBottom" = M(&[152]);
    /// The middle of the jawline on the right.
    MidJawlineRight "midJawlineRight" = M(&[397]);
    /// The jawline by the right ear.
    UpperJawlineRight "upperJawlineRight" = M(&[454]);
}

/// Names the landmarks of a face.
pub(super) fn name(mesh: &Mesh, eyes: &Eyes) -> Vec<Landmark> {
    let point = |source: &Source| match source {
        Source::Mesh(indices) => mean(mesh, indices),
        Source::Pupil(side) => eyes.pupils[*side],
    };
    TABLE.iter().map(|(name, source)| Landmark { name: *name, point: point(source) }).collect()
}

fn mean(mesh: &Mesh, indices: &[usize]) -> Point {
    let share = 1.0 / indices.len() as f32;
    indices
        .iter()
        .map(|&index| mesh.points[index].image)
        .fold(Point::default(), |sum, point| Point { x: sum.x + share * point.x, y: sum.y + share * point.y })
}
