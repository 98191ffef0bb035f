//! When an item is asked: FHIR's `enableWhen` and `enableBehavior`.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::Item;
use super::value::{AnswerValue, ChosenOption, Quantity, coding};

/// One condition on the answer to another question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "EnableWhenJson", into = "EnableWhenJson")]
pub struct EnableWhen {
    /// The `linkId` of the question.
    pub question: String,
    /// How its answer is compared.
    pub operator: Operator,
    /// With what; `answer[x]` in JSON, such as `"answerBoolean": true`.
    pub answer: AnswerValue,
}

/// How an answer is compared (FHIR `questionnaire-enable-operator`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "EnableOperator")]
pub enum Operator {
    /// Whether there is an answer is as `answerBoolean` says.
    #[serde(rename = "exists")]
    Exists,
    /// At least one answer equals.
    #[serde(rename = "=")]
    Equal,
    /// No answer equals; so it holds while the question is unanswered.
    #[serde(rename = "!=")]
    NotEqual,
    /// At least one answer is greater.
    #[serde(rename = ">")]
    Greater,
    /// At least one answer is less.
    #[serde(rename = "<")]
    Less,
    /// At least one answer is greater or equal.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// At least one answer is less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
}

/// How several conditions combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnableBehavior {
    /// Every one must hold.
    All,
    /// One is enough.
    Any,
}

impl EnableWhen {
    /// Whether the condition holds for the answers given to its question; none if unanswered or not asked.
    ///
    /// The wording of R4 for the ordering operators ("at least no answer") is a known slip; R5's is followed.
    pub(super) fn holds(&self, given: &[AnswerValue]) -> bool {
        let any = |fits: fn(Ordering) -> bool| {
            given.iter().any(|value| compare(value, &self.answer).is_some_and(fits))
        };
        match self.operator {
            Operator::Exists => AnswerValue::Boolean(!given.is_empty()) == self.answer,
            Operator::Equal => any(Ordering::is_eq),
            Operator::NotEqual => !any(Ordering::is_eq),
            Operator::Greater => any(Ordering::is_gt),
            Operator::Less => any(Ordering::is_lt),
            Operator::GreaterOrEqual => any(Ordering::is_ge),
            Operator::LessOrEqual => any(Ordering::is_le),
        }
    }
}

impl Item {
    /// Whether the item's own conditions hold; `given` has the answers to the question of each condition, by the
    /// condition's number. Its groups' conditions count beside them.
    ///
    /// Several conditions without `enableBehavior` can't be published; should they be met, all must hold.
    pub(super) fn conditions_hold_with<'a>(&self, given: impl Fn(usize) -> &'a [AnswerValue]) -> bool {
        let mut results =
            self.enable_when.iter().enumerate().map(|(number, condition)| condition.holds(given(number)));
        match self.enable_behavior {
            Some(EnableBehavior::Any) => self.enable_when.is_empty() || results.any(|holds| holds),
            Some(EnableBehavior::All) | None => results.all(|holds| holds),
        }
    }
}

/// How two values compare; `None` if their types or units differ.
fn compare(left: &AnswerValue, right: &AnswerValue) -> Option<Ordering> {
    match (left, right) {
        (AnswerValue::String(left), AnswerValue::String(right)) => Some(left.trim().cmp(right.trim())),
        (AnswerValue::Boolean(left), AnswerValue::Boolean(right)) => Some(left.cmp(right)),
        (AnswerValue::Integer(left), AnswerValue::Integer(right)) => Some(left.cmp(right)),
        (AnswerValue::Decimal(left), AnswerValue::Decimal(right)) => left.partial_cmp(right),
        // Checked dates are all YYYY-MM-DD, so that their text sorts as they do.
        (AnswerValue::Date(left), AnswerValue::Date(right)) => Some(left.cmp(right)),
        (AnswerValue::Coding(left), AnswerValue::Coding(right)) => Some(left.cmp(right)),
        (AnswerValue::Quantity(left), AnswerValue::Quantity(right)) if left.code == right.code => {
            left.value.partial_cmp(&right.value)
        }
        _ => None,
    }
}

/// The condition as FHIR writes it: one of the `answer[x]`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "EnableWhen")]
struct EnableWhenJson {
    question: String,
    operator: Operator,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_boolean: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_decimal: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_integer: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_string: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_coding: Option<CodingJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_quantity: Option<Quantity>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct CodingJson(
    #[serde(with = "coding")]
    #[schemars(with = "ChosenOption")]
    String,
);

impl From<EnableWhen> for EnableWhenJson {
    fn from(condition: EnableWhen) -> Self {
        let mut json = Self {
            question: condition.question,
            operator: condition.operator,
            answer_boolean: None,
            answer_decimal: None,
            answer_integer: None,
            answer_string: None,
            answer_date: None,
            answer_coding: None,
            answer_quantity: None,
        };
        match condition.answer {
            AnswerValue::Boolean(value) => json.answer_boolean = Some(value),
            AnswerValue::String(value) => json.answer_string = Some(value),
            AnswerValue::Date(value) => json.answer_date = Some(value),
            AnswerValue::Coding(value) => json.answer_coding = Some(CodingJson(value)),
            AnswerValue::Quantity(value) => json.answer_quantity = Some(value),
            AnswerValue::Decimal(value) => json.answer_decimal = Some(value),
            AnswerValue::Integer(value) => json.answer_integer = Some(value),
            // Never read from JSON, and nothing else makes conditions.
            AnswerValue::Attachment(_) => {}
        }
        json
    }
}

impl TryFrom<EnableWhenJson> for EnableWhen {
    type Error = &'static str;

    fn try_from(json: EnableWhenJson) -> Result<Self, Self::Error> {
        let mut answers = [
            json.answer_boolean.map(AnswerValue::Boolean),
            json.answer_decimal.map(AnswerValue::Decimal),
            json.answer_integer.map(AnswerValue::Integer),
            json.answer_string.map(AnswerValue::String),
            json.answer_date.map(AnswerValue::Date),
            json.answer_coding.map(|coding| AnswerValue::Coding(coding.0)),
            json.answer_quantity.map(AnswerValue::Quantity),
        ]
        .into_iter()
        .flatten();
        match (answers.next(), answers.next()) {
            (Some(answer), None) => Ok(Self { question: json.question, operator: json.operator, answer }),
            _ => Err(
                "a condition has exactly one answer: answerBoolean, answerDecimal, answerInteger, answerString, \
                      answerDate, answerCoding or answerQuantity",
            ),
        }
    }
}
