//! What is shown of a photo's analysis, and to whom.

use super::{AnalysisState, FaceAnalysis};
use crate::face::{FaceObservation, MeasureSet, QualityAssessment};
use crate::fields::{Field, shown};
use crate::principal::Role;

impl AnalysisState {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] = &[shown("state"), shown("at"), shown("reason"), shown("code")];
}

impl FaceAnalysis {
    /// What is shown of it: to all who may ask for another photo whether this one will do, and why not; the face itself,
    /// and what was found on it, to those who evaluate it.
    pub const FIELDS: &'static [Field] = &[
        shown("assessment").of(QualityAssessment::FIELDS),
        shown("analysed_at"),
        shown("model").to(PROVIDERS),
        shown("faces").of(FaceObservation::FIELDS).to(PROVIDERS),
        shown("measures").of(MeasureSet::FIELDS).to(PROVIDERS),
        shown("moderation").of(MODERATION).to(PROVIDERS),
    ];
}

const PROVIDERS: &[Role] = &[Role::Provider];

const MODERATION: &[Field] =
    &[shown("model"), shown("labels").of(&[shown("name"), shown("parent"), shown("confidence")])];
