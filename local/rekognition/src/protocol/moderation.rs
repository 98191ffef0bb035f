//! A response to a request to moderate.

use serde::Serialize;

use crate::skin::SkinShare;

/// The labels are of Rekognition's taxonomy 7; what stands behind them is not its model, and the version says so.
const MODEL: &str = "stand-in: share of skin, 1";
/// A group of the taxonomy's first level.
const GROUP: &str = "Non-Explicit Nudity of Intimate parts and Kissing";
/// What it holds: much skin and no telling of what.
const LABEL: &str = "Non-Explicit Nudity";

/// The body of a response.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModerationResponse {
    moderation_labels: Vec<Label>,
    moderation_model_version: &'static str,
    content_types: [(); 0],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    confidence: f32,
    name: &'static str,
    parent_name: &'static str,
    taxonomy_level: u8,
}

impl ModerationResponse {
    /// The response for an image with so much skin; labels below `min_confidence` are left out.
    #[must_use]
    pub fn new(skin: SkinShare, min_confidence: f32) -> Self {
        let confidence = skin.confidence();
        let label =
            |name, parent_name, taxonomy_level| Label { confidence, name, parent_name, taxonomy_level };
        let labels = [label(LABEL, GROUP, 2), label(GROUP, "", 1)];
        let kept =
            labels.into_iter().filter(|label| label.confidence >= min_confidence.max(f32::MIN_POSITIVE));
        Self { moderation_labels: kept.collect(), moderation_model_version: MODEL, content_types: [] }
    }
}
