//! What a form asks for besides answers: photographs and consents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::consent::ConsentPurpose;
use crate::face::View;

/// One photograph that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ViewRequest {
    /// The view.
    pub view: View,
    /// Whether an intake without it is incomplete.
    #[serde(default)]
    pub required: bool,
    /// How to take it, at most [`INSTRUCTIONS`](super::limits::INSTRUCTIONS) characters.
    pub instructions: String,
}

/// The text of one consent, exactly as the patient is shown it.
///
/// There is no `required` here: whether a consent is needed to go on follows from its purpose
/// ([`PublishableForm::needs_consent`](super::PublishableForm::needs_consent)), so that no clinic can make text
/// messages, sharing or face analysis a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentText {
    /// What is agreed to.
    pub purpose: ConsentPurpose,
    /// The words, at most [`CONSENT_TEXT`](super::limits::CONSENT_TEXT) characters.
    pub text: String,
}
