//! Answers as they were asked, for the provider to read.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::fields::{Field, shown};

use super::answers::AnswersBySection;
use super::model::Item;
use super::outline::{Node, asked, outline};
use super::publishable::PublishableForm;
use super::submission::check;
use super::value::AnswerValue;

/// One question that was asked, in the words of the form version that asked it, and its answer.
///
/// Health data: `Debug` shows the question's `linkId` only.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedAnswer {
    /// The text of the section.
    pub section: String,
    /// The texts of the groups between the section and the question, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The question's `linkId`.
    pub link_id: String,
    /// The text of the question.
    pub question: String,
    /// The answer as text; none if the question was asked and left open. Yes and no are in English, days
    /// `YYYY-MM-DD`, several options are joined by `; `.
    pub answer: Option<String>,
}

impl AskedAnswer {
    /// What is shown of it.
    pub const FIELDS: &'static [Field] =
        &[shown("section"), shown("groups"), shown("linkId"), shown("question"), shown("answer")];
}

impl fmt::Debug for AskedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AskedAnswer({})", self.link_id)
    }
}

impl PublishableForm {
    /// The questions that were asked, in the order of the form, with their answers. Questions whose conditions did not
    /// hold are left out; one left open is shown as such, since not having answered differs from not being asked.
    ///
    /// An answer that does not fit its question counts as left open; submitted answers all fit.
    pub fn render(&self, answers: &AnswersBySection) -> Vec<AskedAnswer> {
        let nodes = outline(self.form());
        let given: Vec<_> = nodes.iter().map(|node| check(node, answers).unwrap_or_default()).collect();
        let asked = asked(&nodes, &given);
        let shown = nodes.iter().zip(&given).zip(asked);
        let shown = shown.filter(|((node, _), asked)| *asked && node.is_question());
        shown.map(|((node, values), _)| render_one(node, &nodes, values)).collect()
    }
}

fn render_one(node: &Node<'_>, nodes: &[Node<'_>], values: &[AnswerValue]) -> AskedAnswer {
    let mut groups = Vec::new();
    let mut around = node.parent;
    while let Some(group) = around.map(|index| &nodes[index]).filter(|group| group.depth > 1) {
        groups.push(group.item.text.clone());
        around = group.parent;
    }
    groups.reverse();
    let texts: Vec<String> = values.iter().map(|value| text_of(node.item, value)).collect();
    AskedAnswer {
        section: node.section.text.clone(),
        groups,
        link_id: node.item.link_id.clone(),
        question: node.item.text.clone(),
        answer: (!texts.is_empty()).then(|| texts.join("; ")),
    }
}

fn text_of(item: &Item, value: &AnswerValue) -> String {
    match value {
        AnswerValue::String(text) | AnswerValue::Date(text) => text.clone(),
        AnswerValue::Boolean(true) => "Yes".to_owned(),
        AnswerValue::Boolean(false) => "No".to_owned(),
        AnswerValue::Coding(code) => item.option(code).map_or(code, |coding| &coding.display).clone(),
        AnswerValue::Integer(number) => number.to_string(),
        AnswerValue::Decimal(number) => number.to_string(),
        // A title is the patient's to choose, so that it may say nothing; the id finds the document.
        AnswerValue::Attachment(document) => document.title.as_ref().unwrap_or(&document.url).clone(),
        AnswerValue::Quantity(quantity) => {
            let unit = item.unit.as_ref().map_or(&quantity.code, |unit| &unit.display);
            format!("{} {unit}", quantity.value)
        }
    }
}
