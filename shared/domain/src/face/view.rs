//! The standard views of a series, and what is asked of a photo in each.

use super::MeasureCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// A standard view. Left and right are the patient's: `oblique_left_45` shows the patient's left cheek.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// Faces are looked for. Where not, the picture's own light and sharpness are all there is to judge.
    pub detection: bool,
    /// How many faces.
    pub faces: ExpectedFaces,
    /// Degrees of yaw that will do; `None`: not checked.
    pub yaw: Option<RangeInclusive<f64>>,
    /// Degrees of pitch that will do; `None`: not checked.
    pub pitch: Option<RangeInclusive<f64>>,
    /// Open eyes and an uncovered face are asked for.
    pub eyes_and_cover: bool,
    /// The figures that are taken.
    pub measures: &'static [MeasureCode],
    /// On what the checks were tried.
    pub evidence: Evidence,
}

/// Straight into the camera: the one view in which a detector of faces is at its best, and the one that is measured.
const FRONTAL: ViewRules = ViewRules {
    detection: true,
    faces: ExpectedFaces::One,
    yaw: Some(-10.0..=10.0),
    pitch: Some(-20.0..=20.0),
    eyes_and_cover: true,
    measures: &MeasureCode::ALL,
    evidence: Evidence::RealPortrait,
};

/// A half turn: direction and amount are checked if the face is found.
const OBLIQUE_LEFT: ViewRules = ViewRules {
    detection: true,
    faces: ExpectedFaces::AtMostOne,
    yaw: Some(-65.0..=-25.0),
    pitch: None,
    eyes_and_cover: false,
    measures: &[],
    evidence: Evidence::SyntheticOnly,
};

/// The same half turn to the other side.
const OBLIQUE_RIGHT: ViewRules = ViewRules { yaw: Some(25.0..=65.0), ..OBLIQUE_LEFT };

/// A view judged by light and sharpness alone.
const UNPOSED: ViewRules = ViewRules {
    detection: false,
    faces: ExpectedFaces::AtMostOne,
    yaw: None,
    pitch: None,
    eyes_and_cover: false,
    measures: &[],
    evidence: Evidence::PoseNotChecked,
};

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
    pub const fn rules(self) -> ViewRules {
        match self {
            Self::Frontal => FRONTAL,
            Self::ObliqueLeft45 => OBLIQUE_LEFT,
            Self::ObliqueRight45 => OBLIQUE_RIGHT,
            Self::LateralLeft90 | Self::LateralRight90 | Self::Basal => UNPOSED,
            Self::Body => ViewRules { faces: ExpectedFaces::Any, ..UNPOSED },
        }
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
        let measured: Vec<View> = View::ALL.into_iter().filter(|v| !v.rules().measures.is_empty()).collect();
        assert_eq!(measured, [View::Frontal]);
    }

    #[test]
    fn what_asks_for_a_pose_looks_for_a_face() {
        for view in View::ALL {
            let rules = view.rules();
            let asks = rules.yaw.is_some() || rules.pitch.is_some() || rules.eyes_and_cover;
            assert_eq!(asks, rules.detection, "{}", view.code());
            assert!(rules.measures.is_empty() || rules.faces == ExpectedFaces::One, "{}", view.code());
            assert_eq!(rules.yaw.is_none(), rules.evidence == Evidence::PoseNotChecked, "{}", view.code());
        }
    }

    #[test]
    fn the_obliques_mirror_each_other() {
        let (left, right) =
            (View::ObliqueLeft45.rules().yaw.unwrap(), View::ObliqueRight45.rules().yaw.unwrap());
        assert_eq!((-left.start(), -left.end()), (*right.end(), *right.start()));
    }
}
