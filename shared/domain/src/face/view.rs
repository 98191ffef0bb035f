//! The standard views of a series, and what is asked of a photo in each.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// A standard view. Left and right are the patient's: `oblique_left_45` shows the patient's left cheek.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum View {
    /// Straight into the camera.
    #[serde(rename = "frontal")]
    Frontal,
    /// Turned half to the patient's right, so that the left cheek shows.
    #[serde(rename = "oblique_left_45")]
    ObliqueLeft45,
    /// Turned half to the patient's left, so that the right cheek shows.
    #[serde(rename = "oblique_right_45")]
    ObliqueRight45,
    /// Left profile.
    #[serde(rename = "lateral_left_90")]
    LateralLeft90,
    /// Right profile.
    #[serde(rename = "lateral_right_90")]
    LateralRight90,
    /// From below, head back.
    #[serde(rename = "basal")]
    Basal,
    /// Any part of the body below the face.
    #[serde(rename = "body")]
    Body,
}

/// How many faces a view should show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedFaces {
    /// Exactly one.
    One,
    /// One at most: the view is at or beyond the angles at which the detector works, so none is no fault.
    AtMostOne,
    /// It does not matter.
    Any,
}

/// On what the checks of a view have been tried, to be said wherever its verdicts are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// On a real portrait.
    RealPortrait,
    /// On rotated or synthetic faces only.
    SyntheticOnly,
    /// Pose is not checked, so there is nothing to try.
    PoseNotChecked,
}

/// What is asked of a photo in one view.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewRules {
    /// How many faces.
    pub faces: ExpectedFaces,
    /// Degrees of yaw that will do; `None`: not checked.
    pub yaw: Option<RangeInclusive<f64>>,
    /// Degrees of pitch that will do; `None`: not checked.
    pub pitch: Option<RangeInclusive<f64>>,
    /// Open eyes and an uncovered face are asked for.
    pub eyes_and_cover: bool,
    /// Figures may be measured.
    pub measures: bool,
    /// On what the checks were tried.
    pub evidence: Evidence,
}

impl View {
    /// All views, in the order they are asked for.
    pub const ALL: [Self; 7] = [
        Self::Frontal,
        Self::ObliqueLeft45,
        Self::ObliqueRight45,
        Self::LateralLeft90,
        Self::LateralRight90,
        Self::Basal,
        Self::Body,
    ];

    /// The stable code, as in the API and the records.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Frontal => "frontal",
            Self::ObliqueLeft45 => "oblique_left_45",
            Self::ObliqueRight45 => "oblique_right_45",
            Self::LateralLeft90 => "lateral_left_90",
            Self::LateralRight90 => "lateral_right_90",
            Self::Basal => "basal",
            Self::Body => "body",
        }
    }

    /// The view with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }

    /// What a photo in this view is held to.
    ///
    /// Amazon advises |yaw| < 45° and pitch between −30° and 45° (Rekognition guide, "Recommendations for facial
    /// comparison input images"). So obliques sit on the edge of that range, where no face found is no fault, and
    /// profiles, basal and body views are not assessed for pose at all. The widths of the ranges are our choice.
    pub fn rules(self) -> ViewRules {
        match self {
            Self::Frontal => ViewRules {
                faces: ExpectedFaces::One,
                yaw: Some(-10.0..=10.0),
                pitch: Some(-20.0..=20.0),
                eyes_and_cover: true,
                measures: true,
                evidence: Evidence::RealPortrait,
            },
            Self::ObliqueLeft45 => oblique(-65.0..=-25.0),
            Self::ObliqueRight45 => oblique(25.0..=65.0),
            Self::LateralLeft90 | Self::LateralRight90 | Self::Basal => unposed(ExpectedFaces::AtMostOne),
            Self::Body => unposed(ExpectedFaces::Any),
        }
    }
}

/// A half turn: direction and amount are checked if the face is found.
fn oblique(yaw: RangeInclusive<f64>) -> ViewRules {
    ViewRules {
        faces: ExpectedFaces::AtMostOne,
        yaw: Some(yaw),
        pitch: None,
        eyes_and_cover: false,
        measures: false,
        evidence: Evidence::SyntheticOnly,
    }
}

/// A view judged by light and sharpness alone.
fn unposed(faces: ExpectedFaces) -> ViewRules {
    ViewRules {
        faces,
        yaw: None,
        pitch: None,
        eyes_and_cover: false,
        measures: false,
        evidence: Evidence::PoseNotChecked,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn codes_and_serde_agree() {
        for view in View::ALL {
            assert_eq!(View::from_code(view.code()), Some(view));
            assert_eq!(serde_json::to_value(view).unwrap(), view.code());
        }
        assert_eq!(View::from_code("frontal "), None);
    }

    #[test]
    fn only_the_frontal_view_is_measured() {
        let measured: Vec<View> = View::ALL.into_iter().filter(|v| v.rules().measures).collect();
        assert_eq!(measured, [View::Frontal]);
    }
}
