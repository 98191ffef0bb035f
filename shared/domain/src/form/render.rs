//! Answers as they were asked, for the provider to read.

use std::fmt;

use serde::Serialize;

use super::answers::AnswersBySection;
use super::check::check_answer;
use super::model::Item;
use super::outline::{Node, outline, walk};
use super::publishable::PublishableForm;
use super::value::AnswerValue;

/// One question that was asked, in the words of the form version that asked it, and its answer.
///
/// Health data: `Debug` shows the question's `linkId` only.
#[derive(Clone, PartialEq, Eq, Serialize)]
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
        let asked = walk(&nodes, |node| {
            let answer = answers.get(&node.section.link_id).and_then(|given| given.get(&node.item.link_id));
            answer.and_then(|answer| check_answer(node.item, answer).ok()).unwrap_or_default()
        });
        let questions = nodes.iter().zip(asked).filter(|(node, _)| node.is_question());
        questions.filter_map(|(node, values)| Some(render_one(node, &nodes, &values?))).collect()
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
        AnswerValue::Quantity(quantity) => {
            let unit = item.unit.as_ref().map_or(&quantity.code, |unit| &unit.display);
            format!("{} {unit}", quantity.value)
        }
    }
}
