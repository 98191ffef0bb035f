//! The rules of `enableWhen`.

use std::collections::HashSet;

use super::Errors;
use super::circles::{Circles, places};
use crate::form::check::parse_date;
use crate::form::enable_when::{EnableWhen, Operator};
use crate::form::error::ErrorCode;
use crate::form::limits;
use crate::form::model::{Item, ItemType};
use crate::form::outline::Node;
use crate::form::value::AnswerValue;

/// Checks every condition; tells which are faulty, by item and number.
pub(super) fn check_all(nodes: &[Node<'_>], errors: &mut Errors) -> HashSet<(usize, usize)> {
    let mut faulty = HashSet::new();
    let places = places(nodes);
    let circles = Circles::of(nodes, &places);
    for (index, node) in nodes.iter().enumerate() {
        let conditions = &node.item.enable_when;
        if conditions.len() > limits::CONDITIONS {
            errors.at(node, "/enableWhen", ErrorCode::TooManyConditions);
            faulty.extend((0..conditions.len()).map(|number| (index, number)));
            continue;
        }
        // FHIR R4, invariant que-12.
        if conditions.len() > 1 && node.item.enable_behavior.is_none() {
            errors.at(node, "/enableBehavior", ErrorCode::EnableBehaviorMissing);
        }
        for (number, condition) in conditions.iter().enumerate() {
            let place = places.get(condition.question.as_str()).copied();
            let turns = place.is_some_and(|place| circles.join(index, place));
            let Err((field, code)) = check(condition, place.map(|place| nodes[place].item), turns) else {
                continue;
            };
            errors.at(node, &format!("/enableWhen/{number}/{field}"), code);
            faulty.insert((index, number));
        }
    }
    faulty
}

/// The first thing that is wrong with a condition: in which of its fields, and what.
fn check(
    condition: &EnableWhen,
    question: Option<&Item>,
    turns: bool,
) -> Result<(), (&'static str, ErrorCode)> {
    let Some(question) = question else {
        return Err(("question", ErrorCode::ConditionUnknownQuestion));
    };
    if !question.kind.is_question() {
        return Err(("question", ErrorCode::ConditionOnGroup));
    }
    if turns {
        return Err(("question", ErrorCode::ConditionCycle));
    }
    let is_ordered =
        matches!(question.kind, ItemType::Date | ItemType::Integer | ItemType::Decimal | ItemType::Quantity);
    match condition.operator {
        // FHIR R4, invariant que-7.
        Operator::Exists => match condition.answer {
            AnswerValue::Boolean(_) => Ok(()),
            _ => Err(("answerBoolean", ErrorCode::ConditionAnswerType)),
        },
        Operator::Equal | Operator::NotEqual => check_answer(&condition.answer, question),
        _ if is_ordered => check_answer(&condition.answer, question),
        _ => Err(("operator", ErrorCode::ConditionOperator)),
    }
}

fn check_answer(answer: &AnswerValue, question: &Item) -> Result<(), (&'static str, ErrorCode)> {
    match (answer, question.kind) {
        // Nobody can answer so much.
        (AnswerValue::String(text), ItemType::String | ItemType::Text | ItemType::OpenChoice)
            if text.chars().count() > question.max_chars() =>
        {
            Err(("answerString", ErrorCode::TooLong))
        }
        (AnswerValue::String(_), ItemType::String | ItemType::Text | ItemType::OpenChoice)
        | (AnswerValue::Boolean(_), ItemType::Boolean)
        | (AnswerValue::Integer(_), ItemType::Integer)
        | (AnswerValue::Decimal(_), ItemType::Decimal) => Ok(()),
        (AnswerValue::Date(day), ItemType::Date) => match parse_date(day) {
            Ok(_) => Ok(()),
            Err(code) => Err(("answerDate", code)),
        },
        (AnswerValue::Coding(code), ItemType::Choice | ItemType::OpenChoice) => match question.option(code) {
            Some(_) => Ok(()),
            None => Err(("answerCoding/code", ErrorCode::ConditionUnknownOption)),
        },
        (AnswerValue::Quantity(quantity), ItemType::Quantity) => match &question.unit {
            Some(unit) if unit.code != quantity.code => Err(("answerQuantity/code", ErrorCode::WrongUnit)),
            _ => Ok(()),
        },
        (answer, _) => Err((field(answer), ErrorCode::ConditionAnswerType)),
    }
}

const fn field(answer: &AnswerValue) -> &'static str {
    match answer {
        AnswerValue::String(_) => "answerString",
        AnswerValue::Boolean(_) => "answerBoolean",
        AnswerValue::Date(_) => "answerDate",
        AnswerValue::Coding(_) => "answerCoding",
        AnswerValue::Decimal(_) => "answerDecimal",
        AnswerValue::Integer(_) => "answerInteger",
        AnswerValue::Quantity(_) => "answerQuantity",
        AnswerValue::Attachment(_) => "answerAttachment",
    }
}
