//! Saving a section as a draft.

use std::collections::HashMap;

use super::answers::{Answer, Answers};
use super::check::{Fault, check_answer};
use super::error::{ErrorCode, FieldError};
use super::model::Item;
use super::outline::{Node, outline};
use super::publishable::PublishableForm;
use super::text::is_code;

impl PublishableForm {
    /// Checks what has been entered in a section so far: that each answer belongs to a question of it and fits its
    /// type, options, length and characters. What is missing may follow; whether names, addresses and numbers are
    /// good is for [`check_submission`](Self::check_submission) to say.
    ///
    /// # Errors
    /// Every fault, with pointers into the answers' JSON, in the order of the form.
    pub fn check_section(&self, section: &str, answers: &Answers) -> Result<(), Vec<FieldError>> {
        if self.section(section).is_none() {
            return Err(vec![FieldError::new("", ErrorCode::UnknownSection).of(section)]);
        }
        let nodes = outline(self.form());
        let questions: Vec<&Node<'_>> =
            nodes.iter().filter(|node| node.section.link_id == section && node.is_question()).collect();
        let mut errors = Vec::new();
        for node in &questions {
            if let Some(answer) = answers.get(&node.item.link_id)
                && let Err(faults) = check_answer(node.item, answer)
            {
                errors.extend(faults.into_iter().map(|fault| fault_error(node.item, "", fault)));
            }
        }
        errors.extend(strangers(questions.iter().map(|node| node.item), answers, ""));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The error for a fault in the answer to `item`; `base` points to the answers it is among.
pub(super) fn fault_error(item: &Item, base: &str, (place, code): Fault) -> FieldError {
    let error = FieldError::new(format!("{base}/{}{place}", item.link_id), code).of(&item.link_id);
    match code {
        ErrorCode::TooLong if item.max_chars() > 0 => {
            error.saying(format!("has at most {} characters", item.max_chars()))
        }
        ErrorCode::TooShort => {
            error.saying(format!("has at least {} characters", item.min_length.unwrap_or_default()))
        }
        ErrorCode::TooManyAnswers => error.saying(format!("takes at most {} answers", item.max_answers())),
        ErrorCode::OutOfRange => match (&item.min_value, &item.max_value) {
            (Some(least), Some(most)) => error.saying(format!("must be between {least} and {most}")),
            (Some(least), None) => error.saying(format!("must be at least {least}")),
            (None, Some(most)) => error.saying(format!("must be at most {most}")),
            (None, None) => error,
        },
        _ => error,
    }
}

/// An error for each answer to something that is no question of the section.
pub(super) fn strangers<'a>(
    questions: impl Iterator<Item = &'a Item>,
    answers: &Answers,
    base: &str,
) -> Vec<FieldError> {
    let known: HashMap<&str, ()> = questions.map(|item| (item.link_id.as_str(), ())).collect();
    let unknown = |(link_id, _): &(&String, &Answer)| !known.contains_key(link_id.as_str());
    answers
        .iter()
        .filter(unknown)
        .map(|(link_id, _)| {
            // A malformed name is not echoed: it may be anything, misplaced health data included.
            let pointer = if is_code(link_id) { format!("{base}/{link_id}") } else { base.to_owned() };
            FieldError::new(pointer, ErrorCode::UnknownLinkId).of(link_id)
        })
        .collect()
}
