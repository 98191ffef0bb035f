//! The rules of one item.

use std::collections::HashSet;

use super::{Errors, range};
use crate::form::check::Checker;
use crate::form::error::ErrorCode;
use crate::form::limits;
use crate::form::model::ItemType;
use crate::form::outline::Node;
use crate::form::pattern;
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
            ItemType::String | ItemType::Text => check_words(node, errors),
            ItemType::Choice | ItemType::OpenChoice => check_options(node, errors),
            ItemType::Quantity => check_unit(node, errors),
            ItemType::Group
            | ItemType::Display
            | ItemType::Boolean
            | ItemType::Decimal
            | ItemType::Integer
            | ItemType::Date
            | ItemType::Attachment => {}
        }
        range::check(node, errors);
        check_repetition(node, errors);
        check_initial(node, errors);
    }
}

fn check_texts(node: &Node<'_>, errors: &mut Errors) {
    let (item, link_id) = (node.item, Some(node.item.link_id.as_str()));
    errors.text(&format!("{}/text", node.pointer), link_id, &item.text, limits::ITEM_TEXT, Lines::Several);
    if let Some(prefix) = &item.prefix {
        errors.text(&format!("{}/prefix", node.pointer), link_id, prefix, limits::PREFIX, Lines::One);
    }
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
    if node.depth == 1 && node.item.kind != ItemType::Group {
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
    use ItemType::{
        Attachment, Boolean, Choice, Date, Decimal, Group, Integer, OpenChoice, Quantity, String, Text,
    };
    let item = node.item;
    let ranged: &[ItemType] = &[Integer, Decimal, Date, Quantity];
    let answered = &[String, Text, Choice, OpenChoice, Boolean, Decimal, Integer, Date, Quantity, Attachment];
    let fields = [
        ("/required", item.required, &answered[..]),
        ("/minLength", item.min_length.is_some(), &[String, Text]),
        ("/maxLength", item.max_length.is_some(), &[String, Text]),
        ("/regex", item.regex.is_some(), &[String, Text]),
        ("/answerOption", !item.answer_option.is_empty(), &[Choice, OpenChoice]),
        // Yes and no, several times over, tell nothing.
        (
            "/repeats",
            item.repeats,
            &[String, Text, Choice, OpenChoice, Decimal, Integer, Date, Quantity, Attachment],
        ),
        // A document is the patient's own to bring.
        (
            "/initial",
            !item.initial.is_empty(),
            &[String, Text, Choice, OpenChoice, Boolean, Decimal, Integer, Date, Quantity],
        ),
        ("/unit", item.unit.is_some(), &[Quantity]),
        ("/minValue", item.min_value.is_some(), ranged),
        ("/maxValue", item.max_value.is_some(), ranged),
        ("/mapsTo", item.maps_to.is_some(), &[String, Date]),
        ("/item", !item.item.is_empty(), &[Group]),
    ];
    for (field, is_set, types) in fields {
        if is_set && !types.contains(&item.kind) {
            errors.at(node, field, ErrorCode::NotForType);
        }
    }
    if item.maps_to.is_some() && item.repeats {
        errors.at(node, "/repeats", ErrorCode::NotForType);
    }
}

/// Lengths and pattern of an answer in words.
fn check_words(node: &Node<'_>, errors: &mut Errors) {
    let item = node.item;
    let most = if item.kind == ItemType::String { limits::STRING_ANSWER.1 } else { limits::TEXT_ANSWER.1 };
    let within = |length: u32| (1..=most).contains(&usize::try_from(length).unwrap_or(usize::MAX));
    if item.max_length.is_some_and(|length| !within(length)) {
        errors.at(node, "/maxLength", ErrorCode::InvalidMaxLength);
    }
    let reached = |length: u32| usize::try_from(length).is_ok_and(|length| length <= item.max_chars());
    if item.min_length.is_some_and(|length| length == 0 || !reached(length)) {
        errors.at(node, "/minLength", ErrorCode::InvalidMinLength);
    }
    if item.regex.as_deref().is_some_and(|regex| pattern::compile(regex).is_none()) {
        errors.at(node, "/regex", ErrorCode::InvalidPattern);
    }
}

fn check_repetition(node: &Node<'_>, errors: &mut Errors) {
    let within = |most: u32| (1..=limits::REPEATS.1).contains(&usize::try_from(most).unwrap_or(usize::MAX));
    if node.item.max_occurs.is_some_and(|most| !node.item.repeats || !within(most)) {
        errors.at(node, "/maxOccurs", ErrorCode::InvalidMaxOccurs);
    }
}

/// What is filled in beforehand is itself an answer that could be given.
fn check_initial(node: &Node<'_>, errors: &mut Errors) {
    let item = node.item;
    // FHIR R4, invariant que-11.
    if !item.initial.is_empty() && !item.answer_option.is_empty() {
        errors.at(node, "/initial", ErrorCode::InitialBesideOptions);
        return;
    }
    let selected = item.answer_option.iter().filter(|option| option.initial_selected).count();
    let most = item.max_answers();
    if selected > most {
        errors.at(node, "/answerOption", ErrorCode::InitialNotAlone);
    }
    if item.initial.len() > most {
        errors.at(node, "/initial", ErrorCode::InitialNotAlone);
        return;
    }
    let checker = Checker::of(item);
    for (number, value) in item.initial.iter().enumerate() {
        let fits = item.kind.is_question() && item.kind != ItemType::Attachment;
        if fits && !matches!(checker.check(value), Ok(Some(_))) {
            errors.at(node, &format!("/initial/{number}"), ErrorCode::InvalidInitial);
        }
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
        let is_uri = |system: &String| {
            (1..=limits::SYSTEM).contains(&system.len()) && system.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if coding.system.as_ref().is_some_and(|system| !is_uri(system)) {
            errors.at(node, &format!("{field}/system"), ErrorCode::InvalidSystem);
        }
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

fn check_unit(node: &Node<'_>, errors: &mut Errors) {
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
}
