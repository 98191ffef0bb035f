//! One answer against its question.

use jiff::civil::Date;

use super::answers::Answer;
use super::bound::Bound;
use super::error::ErrorCode;
use super::limits;
use super::model::{Item, ItemType};
use super::pattern;
use super::text::{Lines, clean_identifier, has_forbidden, tidy};
use super::value::{AnswerValue, Attachment, Quantity};

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
        Answer::One(value) => match Checker::of(item).check(value) {
            Ok(value) => Ok(value.into_iter().collect()),
            Err(code) => Err(vec![(String::new(), code)]),
        },
        Answer::Many(values) => check_list(item, values),
    }
}

fn check_list(item: &Item, values: &[AnswerValue]) -> Result<Vec<AnswerValue>, Vec<Fault>> {
    // If there are too many, no need to look at them.
    if values.len() > item.max_answers() {
        return Err(vec![(String::new(), ErrorCode::TooManyAnswers)]);
    }
    let checker = Checker::of(item);
    let mut kept = Vec::new();
    let mut faults = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match checker.check(value) {
            Ok(Some(value)) if item.kind.has_options() && kept.contains(&value) => {
                faults.push((format!("/{index}"), ErrorCode::DuplicateOption));
            }
            Ok(value) => kept.extend(value),
            Err(code) => faults.push((format!("/{index}"), code)),
        }
    }
    if faults.is_empty() { Ok(kept) } else { Err(faults) }
}

/// A question, with its pattern compiled once for all its answers.
pub(super) struct Checker<'f> {
    item: &'f Item,
    pattern: Option<regex::Regex>,
}

impl<'f> Checker<'f> {
    pub(super) fn of(item: &'f Item) -> Self {
        // What was published and is no pattern to this engine asks nothing of a patient, who can't mend it.
        Self { item, pattern: item.regex.as_deref().and_then(pattern::compile) }
    }

    /// The value as it is kept; `None` if it is blank.
    pub(super) fn check(&self, value: &AnswerValue) -> Result<Option<AnswerValue>, ErrorCode> {
        let item = self.item;
        match (value, item.kind) {
            (AnswerValue::String(text), ItemType::String | ItemType::OpenChoice) => {
                self.check_text(text, Lines::One)
            }
            (AnswerValue::String(text), ItemType::Text) => self.check_text(text, Lines::Several),
            (AnswerValue::Boolean(_), ItemType::Boolean) => Ok(Some(value.clone())),
            (AnswerValue::Date(text), ItemType::Date) => {
                check_date(item, text)?;
                Ok(Some(value.clone()))
            }
            (AnswerValue::Coding(code), ItemType::Choice | ItemType::OpenChoice) => {
                item.option(code).map(|_| Some(value.clone())).ok_or(ErrorCode::UnknownOption)
            }
            (AnswerValue::Integer(number), ItemType::Integer) => {
                check_number(item, f64::from(*number)).map(|()| Some(value.clone()))
            }
            (AnswerValue::Decimal(number), ItemType::Decimal) => {
                check_number(item, *number).map(|()| Some(value.clone()))
            }
            (AnswerValue::Quantity(quantity), ItemType::Quantity) => {
                check_quantity(item, quantity).map(|()| Some(value.clone()))
            }
            (AnswerValue::Attachment(attachment), ItemType::Attachment) => {
                check_attachment(attachment).map(|()| Some(value.clone()))
            }
            _ => Err(ErrorCode::WrongType),
        }
    }

    fn check_text(&self, text: &str, lines: Lines) -> Result<Option<AnswerValue>, ErrorCode> {
        let item = self.item;
        if text.chars().count() > item.max_chars() {
            return Err(ErrorCode::TooLong);
        }
        let kept = if item.maps_to.is_some() { clean_identifier(text) } else { tidy(text) };
        if has_forbidden(&kept, lines) {
            return Err(ErrorCode::ForbiddenCharacter);
        }
        if kept.is_empty() {
            return Ok(None);
        }
        let least = item.min_length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if kept.chars().count() < least {
            return Err(ErrorCode::TooShort);
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&kept)) {
            return Err(ErrorCode::PatternMismatch);
        }
        Ok(Some(AnswerValue::String(kept)))
    }
}

fn check_quantity(item: &Item, quantity: &Quantity) -> Result<(), ErrorCode> {
    if item.unit.as_ref().is_none_or(|unit| unit.code != quantity.code) {
        return Err(ErrorCode::WrongUnit);
    }
    check_number(item, quantity.value)
}

fn check_number(item: &Item, value: f64) -> Result<(), ErrorCode> {
    let size = value.abs();
    let shown = size == 0.0 || (limits::QUANTITY.0..=limits::QUANTITY.1).contains(&size);
    let least = item.min_value.as_ref().and_then(Bound::number);
    let most = item.max_value.as_ref().and_then(Bound::number);
    let allowed = least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most);
    if shown && allowed { Ok(()) } else { Err(ErrorCode::OutOfRange) }
}

fn check_date(item: &Item, text: &str) -> Result<(), ErrorCode> {
    let day = parse_date(text)?;
    let first = item.min_value.as_ref().and_then(Bound::day);
    let last = item.max_value.as_ref().and_then(Bound::day);
    let allowed = first.is_none_or(|first| day >= first) && last.is_none_or(|last| day <= last);
    if allowed { Ok(()) } else { Err(ErrorCode::OutOfRange) }
}

/// An attachment names an upload by its id; an address it could name would be one that somebody opens.
fn check_attachment(attachment: &Attachment) -> Result<(), ErrorCode> {
    let is_id = attachment.url.split_once('_').is_some_and(|(kind, bits)| {
        kind.len() == 3
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && bits.len() == 26
            && bits.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    let plain = |text: &Option<String>| {
        text.as_ref()
            .is_none_or(|text| text.chars().count() <= limits::FILE_NAME && !has_forbidden(text, Lines::One))
    };
    if is_id && plain(&attachment.content_type) && plain(&attachment.title) {
        Ok(())
    } else {
        Err(ErrorCode::InvalidAttachment)
    }
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
