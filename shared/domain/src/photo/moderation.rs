//! What a photo may show that not everybody should see unasked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moderation service's answer.
///
/// Any label at all makes a photo sensitive: what "Underwear" or "Blood" on a photo of a patient means is for staff to
/// see, and a blurred preview too many costs a click.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moderation {
    /// The service's model, as it names it.
    pub model: Option<String>,
    /// What it found; nothing means that the photo may be shown.
    pub labels: Vec<ModerationLabel>,
}

impl Moderation {
    /// Whether nothing was found.
    pub const fn is_clean(&self) -> bool {
        self.labels.is_empty()
    }
}

/// One finding. Tells of a body: sealed wherever it is kept.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModerationLabel {
    /// The service's name for it.
    pub name: String,
    /// The name of the group that it belongs to; none for a group itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// How sure the service is, 0–100.
    pub confidence: f64,
}

crate::face::opaque_debug!(ModerationLabel);
