//! What is measured: codes, definitions, units, sources, landmarks, and the poses each figure bears.

use super::super::{Landmark, Pose};
use super::NotMeasured;
use Landmark as L;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MeasureUnit")]
pub enum Unit {
    /// Degrees of arc.
    Degrees,
    /// One length divided by another.
    Ratio,
}

/// A figure that may be measured. Left and right are those of the picture as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum MeasureCode {
    PupilCant,
    MouthCant,
    CanthalTiltLeft,
    CanthalTiltRight,
    LowerFaceShare,
    IntercanthalToEyeWidth,
    NoseToMouthWidth,
    AsymmetryInnerCanthi,
    AsymmetryOuterCanthi,
    AsymmetryInnerBrows,
    AsymmetryBrowPeaks,
    AsymmetryOuterBrows,
    AsymmetryNostrils,
    AsymmetryMouthCorners,
    AsymmetryUpperJaw,
    AsymmetryMidJaw,
}

/// The definition of an asymmetry figure.
macro_rules! asymmetry {
    ($points:literal) => {
        concat!(
            "Difference of the distances of ",
            $points,
            " from the midline over their sum: 0 when both are equally far from it. The midline stands at right \
             angles on the line through the pupils, halfway between them."
        )
    };
}

/// Largest |yaw| for any figure, in degrees.
const MAX_YAW: f64 = 5.0;
/// Largest |pitch| for figures that pitch changes in the first order, in degrees.
const MAX_PITCH_SENSITIVE: f64 = 5.0;
/// Largest |pitch| for those it changes in the second order only, in degrees.
const MAX_PITCH_ROBUST: f64 = 15.0;

impl MeasureCode {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 16] = [
        Self::PupilCant,
        Self::MouthCant,
        Self::CanthalTiltLeft,
        Self::CanthalTiltRight,
        Self::LowerFaceShare,
        Self::IntercanthalToEyeWidth,
        Self::NoseToMouthWidth,
        Self::AsymmetryInnerCanthi,
        Self::AsymmetryOuterCanthi,
        Self::AsymmetryInnerBrows,
        Self::AsymmetryBrowPeaks,
        Self::AsymmetryOuterBrows,
        Self::AsymmetryNostrils,
        Self::AsymmetryMouthCorners,
        Self::AsymmetryUpperJaw,
        Self::AsymmetryMidJaw,
    ];

    /// The two points of an asymmetry figure; `None` for the others.
    pub const fn pair(self) -> Option<(Landmark, Landmark)> {
        Some(match self {
            Self::AsymmetryInnerCanthi => (L::LeftEyeRight, L::RightEyeLeft),
            Self::AsymmetryOuterCanthi => (L::LeftEyeLeft, L::RightEyeRight),
            Self::AsymmetryInnerBrows => (L::LeftEyeBrowRight, L::RightEyeBrowLeft),
            Self::AsymmetryBrowPeaks => (L::LeftEyeBrowUp, L::RightEyeBrowUp),
            Self::AsymmetryOuterBrows => (L::LeftEyeBrowLeft, L::RightEyeBrowRight),
            Self::AsymmetryNostrils => (L::NoseLeft, L::NoseRight),
            Self::AsymmetryMouthCorners => (L::MouthLeft, L::MouthRight),
            Self::AsymmetryUpperJaw => (L::UpperJawlineLeft, L::UpperJawlineRight),
            Self::AsymmetryMidJaw => (L::MidJawlineLeft, L::MidJawlineRight),
            _ => return None,
        })
    }

    /// Whether this is an asymmetry figure: reported without a sign.
    pub const fn is_asymmetry(self) -> bool {
        self.pair().is_some()
    }

    /// What the figure is, in words.
    pub const fn definition(self) -> &'static str {
        match self {
            Self::PupilCant => {
                "Angle of the line through the pupils against the picture's horizontal; positive when the pupil on the \
                 right of the picture is lower. Tilt of camera and head included: it is the rotation all other \
                 figures are freed of."
            }
            Self::MouthCant => {
                "Angle of the line through the mouth corners against the line through the pupils; positive when the \
                 corner on the right of the picture is lower."
            }
            Self::CanthalTiltLeft => {
                "Angle of the line from inner to outer corner of the eye on the left of the picture against the line \
                 through the pupils; positive when the outer corner is higher."
            }
            Self::CanthalTiltRight => {
                "Angle of the line from inner to outer corner of the eye on the right of the picture against the line \
                 through the pupils; positive when the outer corner is higher."
            }
            Self::LowerFaceShare => {
                "Height from nostrils to chin over height from pupils to chin, both at right angles to the line \
                 through the pupils."
            }
            Self::IntercanthalToEyeWidth => {
                "Distance between the inner corners of the eyes over the mean width of the eyes, along the line \
                 through the pupils."
            }
            Self::NoseToMouthWidth => {
                "Width of the nose at the nostrils over the width of the mouth, along the line through the pupils."
            }
            Self::AsymmetryInnerCanthi => asymmetry!("the inner corners of the eyes"),
            Self::AsymmetryOuterCanthi => asymmetry!("the outer corners of the eyes"),
            Self::AsymmetryInnerBrows => asymmetry!("the inner ends of the eyebrows"),
            Self::AsymmetryBrowPeaks => asymmetry!("the highest points of the eyebrows"),
            Self::AsymmetryOuterBrows => asymmetry!("the outer ends of the eyebrows"),
            Self::AsymmetryNostrils => asymmetry!("the outer edges of the nostrils"),
            Self::AsymmetryMouthCorners => asymmetry!("the corners of the mouth"),
            Self::AsymmetryUpperJaw => asymmetry!("the upper ends of the jawline"),
            Self::AsymmetryMidJaw => asymmetry!("the middles of the jawline"),
        }
    }

    /// What it is counted in.
    pub const fn unit(self) -> Unit {
        match self {
            Self::PupilCant | Self::MouthCant | Self::CanthalTiltLeft | Self::CanthalTiltRight => {
                Unit::Degrees
            }
            _ => Unit::Ratio,
        }
    }

    /// Where the definition comes from.
    pub const fn source(self) -> &'static str {
        match self {
            Self::CanthalTiltLeft | Self::CanthalTiltRight => {
                "Inclination of the eye fissure (Farkas, Anthropometry of the Head and Face, 1994), on photo landmarks."
            }
            Self::LowerFaceShare => {
                "Own definition, after the lower facial third: the detector has no subnasale or glabella, so it can't \
                 be compared with published values."
            }
            Self::IntercanthalToEyeWidth | Self::NoseToMouthWidth => {
                "Ratio of widths of facial anthropometry (Farkas 1994), on photo landmarks."
            }
            Self::PupilCant | Self::MouthCant => "Own definition.",
            _ => "Asymmetry index |dL - dR| / (dL + dR); the midline is our own definition.",
        }
    }

    /// The points the figure is computed from, the pupils of its frame included.
    pub fn landmarks(self) -> Vec<Landmark> {
        let mut landmarks = vec![L::LeftPupil, L::RightPupil];
        let own: &[Landmark] = match self {
            Self::PupilCant => &[],
            Self::MouthCant => &[L::MouthLeft, L::MouthRight],
            Self::CanthalTiltLeft => &[L::LeftEyeLeft, L::LeftEyeRight],
            Self::CanthalTiltRight => &[L::RightEyeLeft, L::RightEyeRight],
            Self::LowerFaceShare => &[L::NoseLeft, L::NoseRight, L::ChinBottom],
            Self::IntercanthalToEyeWidth => {
                &[L::LeftEyeLeft, L::LeftEyeRight, L::RightEyeLeft, L::RightEyeRight]
            }
            Self::NoseToMouthWidth => &[L::NoseLeft, L::NoseRight, L::MouthLeft, L::MouthRight],
            _ => &[],
        };
        landmarks.extend_from_slice(own);
        landmarks.extend(self.pair().into_iter().flat_map(|(left, right)| [left, right]));
        landmarks
    }

    /// Whether the figure can be given for a head held like this.
    pub(super) fn bears(self, pose: Pose) -> Result<(), NotMeasured> {
        let max_pitch = match self {
            Self::CanthalTiltLeft | Self::CanthalTiltRight | Self::LowerFaceShare => MAX_PITCH_SENSITIVE,
            _ => MAX_PITCH_ROBUST,
        };
        match pose {
            p if !(p.yaw.is_finite() && p.pitch.is_finite()) => Err(NotMeasured::PoseUnknown),
            p if p.yaw.abs() > MAX_YAW => Err(NotMeasured::HeadTurned),
            p if p.pitch > max_pitch => Err(NotMeasured::HeadTiltedBack),
            p if p.pitch < -max_pitch => Err(NotMeasured::HeadTiltedForward),
            _ => Ok(()),
        }
    }
}
