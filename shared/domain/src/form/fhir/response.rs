//! Answers as a `QuestionnaireResponse`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::export::Element;
use super::names;
use crate::form::answers::AnswersBySection;
use crate::form::model::Item;
use crate::form::outline::{asked, outline};
use crate::form::publishable::PublishableForm;
use crate::form::submission::check;
use crate::form::value::{AnswerValue, UCUM};

/// What answers don't know of themselves: whose they are, to what, and when they were given.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The intake that they were given in. An identifier, not the resource's `id`: FHIR allows no underscore there.
    pub intake: &'a str,
    /// The questionnaire's canonical address with its version, such as `urn:…|3`.
    pub questionnaire: &'a str,
    /// The patient, an identifier for the same reason.
    pub patient: &'a str,
    /// When they were handed in.
    pub authored: Timestamp,
}

impl PublishableForm {
    /// The answers to what was asked as a FHIR R4 `QuestionnaireResponse`, in the order of the form: groups only where
    /// something in them was answered, options with system and display, quantities with their unit.
    pub fn to_questionnaire_response(&self, answers: &AnswersBySection, answered: &Answered<'_>) -> Value {
        let nodes = outline(self.form());
        let given: Vec<_> = nodes.iter().map(|node| check(node, answers).unwrap_or_default()).collect();
        let asked = asked(&nodes, &given);
        let mut items: Vec<Option<Vec<AnswerValue>>> =
            asked.into_iter().zip(given).map(|(asked, values)| asked.then_some(values)).collect();
        // The outline has each group before what it holds, as this walk does.
        let mut next = items.drain(..);
        let item: Vec<Value> = self.form().item.iter().filter_map(|item| item_out(item, &mut next)).collect();
        let mut out = Element::default();
        out.set("resourceType", json!("QuestionnaireResponse"));
        out.set("identifier", json!({"system": names::INTAKE, "value": answered.intake}));
        out.set("questionnaire", json!(answered.questionnaire));
        out.set("status", json!("completed"));
        out.set("language", json!(self.form().language));
        let patient = json!({"system": names::PATIENT, "value": answered.patient});
        out.set("subject", json!({"type": "Patient", "identifier": patient}));
        out.set("authored", json!(answered.authored.to_string()));
        out.set_some("item", (!item.is_empty()).then_some(item));
        out.done()
    }
}

fn item_out(item: &Item, next: &mut impl Iterator<Item = Option<Vec<AnswerValue>>>) -> Option<Value> {
    let values = next.next().flatten();
    let inner: Vec<Value> = item.item.iter().filter_map(|item| item_out(item, next)).collect();
    let answer: Vec<Value> = values?.iter().map(|value| answer_out(item, value)).collect();
    if answer.is_empty() && inner.is_empty() {
        return None;
    }
    let mut out = Element::default();
    out.set("linkId", json!(item.link_id));
    out.set("text", json!(item.text));
    out.set_some("answer", (!answer.is_empty()).then_some(answer));
    out.set_some("item", (!inner.is_empty()).then_some(inner));
    Some(out.done())
}

fn answer_out(item: &Item, value: &AnswerValue) -> Value {
    match value {
        AnswerValue::Coding(code) => json!({"valueCoding": match item.option(code) {
            Some(coding) => json!(coding),
            None => json!({"code": code}),
        }}),
        AnswerValue::Quantity(quantity) => {
            let unit = item.unit.as_ref().map(|unit| &unit.display);
            json!({"valueQuantity":
                {"value": quantity.value, "unit": unit, "system": UCUM, "code": quantity.code}})
        }
        _ => json!(value),
    }
}
