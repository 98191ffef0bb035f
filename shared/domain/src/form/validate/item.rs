//! The rules of one item.

use std::collections::HashSet;

use super::Errors;
use crate::form::error::ErrorCode;
use crate::form::limits;
use crate::form::model::{Item, ItemType};
use crate::form::outline::Node;
use crate::form::text::{Lines, is_code};

pub(super) fn check_all<'f>(nodes: &[Node<'f>], errors: &mut Errors) {
    let mut seen: HashSet<&'f str> = HashSet::new();
    for node in nodes {
        if !is_code(&node.item.link_id) {
            errors.at(node, "/linkId", ErrorCode::InvalidLinkId);
        } else if !seen.insert(&node.item.link_id) {
            errors.at(node, "/linkId", ErrorCode::DuplicateLinkId);
        }
        check_texts(node, errors);
        check_place(node, errors);
        check_fields_fit(node, errors);
        match node.item.kind {
            ItemType::String | ItemType::Text => check_max_length(node, errors),
            ItemType::Choice => check_options(node, errors),
            ItemType::Quantity => check_quantity(node, errors),
            ItemType::Group | ItemType::Boolean | ItemType::Date => {}
        }
    }
}

fn check_texts(node: &Node<'_>, errors: &mut Errors) {
    let (item, link_id) = (node.item, Some(node.item.link_id.as_str()));
    errors.text(&format!("{}/text", node.pointer), link_id, &item.text, limits::ITEM_TEXT, Lines::Several);
    let purpose = item.purpose.as_deref().filter(|purpose| !purpose.trim().is_empty());
    match purpose {
        Some(purpose) => {
            let pointer = format!("{}/purpose", node.pointer);
            errors.text(&pointer, link_id, purpose, limits::PURPOSE, Lines::Several);
        }
        None if node.is_question() => errors.at(node, "/purpose", ErrorCode::PurposeMissing),
        None => {}
    }
}

fn check_place(node: &Node<'_>, errors: &mut Errors) {
    if node.depth == 1 && node.is_question() {
        errors.at(node, "/type", ErrorCode::SectionExpected);
    }
    // Once is enough: what a too deep item holds is deeper still.
    if node.depth == limits::DEPTH + 1 {
        errors.at(node, "", ErrorCode::TooDeep);
    }
    if node.item.kind == ItemType::Group && node.item.item.is_empty() {
        errors.at(node, "/item", ErrorCode::EmptyGroup);
    }
}

/// Fields that mean nothing on an item of this type are refused: their writer expects something of them.
fn check_fields_fit(node: &Node<'_>, errors: &mut Errors) {
    use ItemType::{Choice, Date, Group, Quantity, String, Text};
    let item = node.item;
    let quantity: &[ItemType] = &[Quantity];
    let fields = [
        ("/maxLength", item.max_length.is_some(), &[String, Text][..]),
        ("/answerOption", !item.answer_option.is_empty(), &[Choice]),
        ("/repeats", item.repeats, &[Choice]),
        ("/unit", item.unit.is_some(), quantity),
        ("/minValue", item.min_value.is_some(), quantity),
        ("/maxValue", item.max_value.is_some(), quantity),
        ("/mapsTo", item.maps_to.is_some(), &[String, Date]),
        ("/item", !item.item.is_empty(), &[Group]),
    ];
    for (field, is_set, types) in fields {
        if is_set && !types.contains(&item.kind) {
            errors.at(node, field, ErrorCode::NotForType);
        }
    }
    if item.required && item.kind == Group {
        errors.at(node, "/required", ErrorCode::NotForType);
    }
}

fn check_max_length(node: &Node<'_>, errors: &mut Errors) {
    let most =
        if node.item.kind == ItemType::String { limits::STRING_ANSWER.1 } else { limits::TEXT_ANSWER.1 };
    if node
        .item
        .max_length
        .is_some_and(|length| length == 0 || usize::try_from(length).unwrap_or(most + 1) > most)
    {
        errors.at(node, "/maxLength", ErrorCode::InvalidMaxLength);
    }
}

fn check_options(node: &Node<'_>, errors: &mut Errors) {
    let options = &node.item.answer_option;
    if options.is_empty() {
        errors.at(node, "/answerOption", ErrorCode::OptionsMissing);
    }
    if options.len() > limits::OPTIONS {
        errors.at(node, "/answerOption", ErrorCode::TooManyOptions);
        return;
    }
    let mut codes = HashSet::new();
    let mut displays = HashSet::new();
    for (index, option) in options.iter().enumerate() {
        let coding = &option.value_coding;
        let field = format!("/answerOption/{index}/valueCoding");
        if !is_code(&coding.code) {
            errors.at(node, &format!("{field}/code"), ErrorCode::InvalidOptionCode);
        } else if !codes.insert(coding.code.as_str()) {
            errors.at(node, &format!("{field}/code"), ErrorCode::DuplicateOption);
        }
        let pointer = format!("{}{field}/display", node.pointer);
        errors.text(&pointer, Some(&node.item.link_id), &coding.display, limits::DISPLAY, Lines::One);
        if !coding.display.trim().is_empty() && !displays.insert(coding.display.trim()) {
            errors.at(node, &format!("{field}/display"), ErrorCode::DuplicateOption);
        }
    }
}

fn check_quantity(node: &Node<'_>, errors: &mut Errors) {
    match &node.item.unit {
        None => errors.at(node, "/unit", ErrorCode::UnitMissing),
        Some(unit) => {
            let printable = unit.code.bytes().all(|byte| byte.is_ascii_graphic());
            if unit.code.is_empty() || unit.code.len() > limits::CODE || !printable {
                errors.at(node, "/unit/code", ErrorCode::InvalidUnit);
            }
            let pointer = format!("{}/unit/display", node.pointer);
            errors.text(&pointer, Some(&node.item.link_id), &unit.display, limits::DISPLAY, Lines::One);
        }
    }
    check_range(node, node.item, errors);
}

fn check_range(node: &Node<'_>, item: &Item, errors: &mut Errors) {
    let sensible = |limit: Option<f64>| limit.is_none_or(|value| value.abs() <= limits::QUANTITY.1);
    if !sensible(item.min_value) {
        errors.at(node, "/minValue", ErrorCode::InvalidRange);
    }
    if !sensible(item.max_value) {
        errors.at(node, "/maxValue", ErrorCode::InvalidRange);
    }
    if item.min_value.zip(item.max_value).is_some_and(|(least, most)| least > most) {
        errors.at(node, "/maxValue", ErrorCode::InvalidRange);
    }
}
