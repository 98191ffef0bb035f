//! One answer against its question.

use jiff::civil::Date;

use super::answers::Answer;
use super::error::ErrorCode;
use super::limits;
use super::model::{Item, ItemType};
use super::text::{Lines, clean_identifier, has_forbidden, tidy};
use super::value::{AnswerValue, Quantity};

/// What is wrong with an answer: where in it (a pointer, empty for the answer itself), and what.
pub(super) type Fault = (String, ErrorCode);

/// The answer as it is kept: its values, tidied; none if it is blank or an empty list.
///
/// # Errors
/// Every fault of type, limits, characters or options.
pub(super) fn check_answer(item: &Item, answer: &Answer) -> Result<Vec<AnswerValue>, Vec<Fault>> {
    match answer {
        Answer::Unreadable => Err(vec![(String::new(), ErrorCode::AnswerUnreadable)]),
        Answer::One(_) if item.repeats => Err(vec![(String::new(), ErrorCode::ListExpected)]),
        Answer::Many(_) if !item.repeats => Err(vec![(String::new(), ErrorCode::OneAnswerExpected)]),
        Answer::One(value) => match check_value(item, value) {
            Ok(value) => Ok(value.into_iter().collect()),
            Err(code) => Err(vec![(String::new(), code)]),
        },
        Answer::Many(values) => check_list(item, values),
    }
}

fn check_list(item: &Item, values: &[AnswerValue]) -> Result<Vec<AnswerValue>, Vec<Fault>> {
    // No option may be chosen twice, so there can't be more; no need to look at them.
    if values.len() > item.answer_option.len() {
        return Err(vec![(String::new(), ErrorCode::TooLong)]);
    }
    let mut kept = Vec::new();
    let mut faults = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match check_value(item, value) {
            Ok(Some(value)) if kept.contains(&value) => {
                faults.push((format!("/{index}"), ErrorCode::DuplicateOption));
            }
            Ok(value) => kept.extend(value),
            Err(code) => faults.push((format!("/{index}"), code)),
        }
    }
    if faults.is_empty() { Ok(kept) } else { Err(faults) }
}

/// The value as it is kept; `None` if it is blank.
fn check_value(item: &Item, value: &AnswerValue) -> Result<Option<AnswerValue>, ErrorCode> {
    match (value, item.kind) {
        (AnswerValue::String(text), ItemType::String) => check_text(item, text, Lines::One),
        (AnswerValue::String(text), ItemType::Text) => check_text(item, text, Lines::Several),
        (AnswerValue::Boolean(_), ItemType::Boolean) => Ok(Some(value.clone())),
        (AnswerValue::Date(text), ItemType::Date) => parse_date(text).map(|_| Some(value.clone())),
        (AnswerValue::Coding(code), ItemType::Choice) => {
            item.option(code).map(|_| Some(value.clone())).ok_or(ErrorCode::UnknownOption)
        }
        (AnswerValue::Quantity(quantity), ItemType::Quantity) => {
            check_quantity(item, quantity).map(|()| Some(value.clone()))
        }
        _ => Err(ErrorCode::WrongType),
    }
}

fn check_text(item: &Item, text: &str, lines: Lines) -> Result<Option<AnswerValue>, ErrorCode> {
    if text.chars().count() > item.max_chars() {
        return Err(ErrorCode::TooLong);
    }
    let kept = if item.maps_to.is_some() { clean_identifier(text) } else { tidy(text) };
    if has_forbidden(&kept, lines) {
        return Err(ErrorCode::ForbiddenCharacter);
    }
    Ok((!kept.is_empty()).then_some(AnswerValue::String(kept)))
}

fn check_quantity(item: &Item, quantity: &Quantity) -> Result<(), ErrorCode> {
    if item.unit.as_ref().is_none_or(|unit| unit.code != quantity.code) {
        return Err(ErrorCode::WrongUnit);
    }
    let size = quantity.value.abs();
    let shown = size == 0.0 || (limits::QUANTITY.0..=limits::QUANTITY.1).contains(&size);
    let allowed = item.min_value.is_none_or(|least| quantity.value >= least)
        && item.max_value.is_none_or(|most| quantity.value <= most);
    if shown && allowed { Ok(()) } else { Err(ErrorCode::OutOfRange) }
}

/// A day written `YYYY-MM-DD` in a plausible year.
///
/// # Errors
/// `InvalidDate` if it is written otherwise or there is no such day, `DateOutOfRange`.
pub(super) fn parse_date(text: &str) -> Result<Date, ErrorCode> {
    let bytes = text.as_bytes();
    let written_so = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    // jiff takes more ways of writing a date than FHIR does.
    let date: Date = if written_so { text.parse().ok() } else { None }.ok_or(ErrorCode::InvalidDate)?;
    if (limits::YEARS.0..=limits::YEARS.1).contains(&date.year()) {
        Ok(date)
    } else {
        Err(ErrorCode::DateOutOfRange)
    }
}
