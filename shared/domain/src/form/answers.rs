//! What a patient answered, as it is sent and kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::value::AnswerValue;

/// The answers of all sections, by the section's `linkId`.
pub type AnswersBySection = BTreeMap<String, Answers>;

/// The answers of one section, by `linkId`. As JSON an object: `{"email": {"valueString": "…"}, …}`.
///
/// Health data: `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Answer>);

impl Answers {
    /// No answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The answer to a question.
    pub fn get(&self, link_id: &str) -> Option<&Answer> {
        self.0.get(link_id)
    }

    /// Sets the answer to a question.
    pub fn insert(&mut self, link_id: impl Into<String>, answer: Answer) {
        self.0.insert(link_id.into(), answer);
    }

    /// All answers, by `linkId`.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Answer> {
        self.0.iter()
    }

    /// How many questions have an answer.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no question has an answer.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({})", self.0.len())
    }
}

impl FromIterator<(String, Answer)> for Answers {
    fn from_iter<T: IntoIterator<Item = (String, Answer)>>(answers: T) -> Self {
        Self(answers.into_iter().collect())
    }
}

/// The answer to one question: a value, or a list of them where the question repeats.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One value.
    One(AnswerValue),
    /// The values of a repeating question; none is the same as no answer.
    Many(Vec<AnswerValue>),
    /// Something else was sent. It is not kept, only named when the answers are checked: so one malformed answer does
    /// not hide what is wrong with the others.
    Unreadable,
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(value) => value.serialize(serializer),
            Self::Many(values) => values.serialize(serializer),
            Self::Unreadable => serializer.serialize_unit(),
        }
    }
}

impl JsonSchema for Answer {
    fn schema_name() -> Cow<'static, str> {
        "Answer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The answer to one question: a value, or a list of them where the question repeats.",
            "anyOf": [
                generator.subschema_for::<AnswerValue>(),
                generator.subschema_for::<Vec<AnswerValue>>(),
            ],
        })
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = Value::deserialize(deserializer)?;
        let read = match &sent {
            Value::Array(values) if values.iter().any(holds_list) => return Ok(Self::Unreadable),
            Value::Array(_) => serde_json::from_value(sent).map(Self::Many),
            _ if holds_list(&sent) => return Ok(Self::Unreadable),
            _ => serde_json::from_value(sent).map(Self::One),
        };
        Ok(read.unwrap_or(Self::Unreadable))
    }
}

/// Whether a list stands where a value has a text, a number or an object: derived readers would take it for an object's
/// fields in their order.
fn holds_list(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.values().any(Value::is_array))
}
