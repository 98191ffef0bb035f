//! Trying a form before it is published: which questions would be asked, and what would be said of the answers.

use jiff::civil::Date;
use serde::Serialize;

use super::answers::AnswersBySection;
use super::error::FieldError;
use super::identifiers::PhoneRegion;
use super::outline::{asked, outline};
use super::publishable::PublishableForm;
use super::submission::check;

/// What would become of answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The `linkId` of every item that would be shown, groups and texts included, in the order of the form.
    pub shown: Vec<String>,
    /// What handing them in would be told.
    pub errors: Vec<FieldError>,
}

impl PublishableForm {
    /// What would become of `answers`; see [`check_submission`](Self::check_submission).
    pub fn preview(&self, answers: &AnswersBySection, today: Date, region: PhoneRegion) -> Preview {
        let nodes = outline(self.form());
        let given: Vec<_> = nodes.iter().map(|node| check(node, answers).unwrap_or_default()).collect();
        let shown = nodes.iter().zip(asked(&nodes, &given)).filter(|(_, asked)| *asked);
        Preview {
            shown: shown.map(|(node, _)| node.item.link_id.clone()).collect(),
            errors: self.check_submission(answers, today, region).err().unwrap_or_default(),
        }
    }
}
