//! What is shown of a face and of what was made of it.

use super::{FaceObservation, MeasureSet, QualityAssessment};
use crate::fields::{Field, shown};

impl FaceObservation {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[
        shown("confidence"),
        shown("bounds").of(&[shown("left"), shown("top"), shown("width"), shown("height")]),
        shown("pose").of(&[shown("yaw"), shown("pitch"), shown("roll")]),
        shown("quality").of(&[shown("brightness"), shown("sharpness")]),
        shown("landmarks").by_key().of(&[shown("x"), shown("y")]),
        shown("eyes_open").of(ATTRIBUTE),
        shown("occluded").of(ATTRIBUTE),
        shown("sunglasses").of(ATTRIBUTE),
    ];
}

impl QualityAssessment {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[shown("verdict"), shown("reasons")];
}

impl MeasureSet {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[
        shown("model"),
        shown("error_model").of(&[shown("landmark_sd"), shown("yaw_sd"), shown("pitch_sd")]),
        shown("caveat"),
        shown("results").of(RESULT),
    ];
}

const ATTRIBUTE: &[Field] = &[shown("value"), shown("confidence")];

/// Of a figure, and of one that there is none of.
const RESULT: &[Field] = &[
    shown("status"),
    shown("code"),
    shown("definition"),
    shown("unit"),
    shown("value"),
    shown("error"),
    shown("error_parts").of(&[shown("landmarks"), shown("pose")]),
    shown("source"),
    shown("landmarks"),
    shown("reason"),
];
