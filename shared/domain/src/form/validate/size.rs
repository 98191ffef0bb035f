//! How large a form and its answers are.

use super::Errors;
use crate::form::error::{ErrorCode, FieldError};
use crate::form::limits;
use crate::form::model::{Form, Item, ItemType};
use crate::form::outline::Node;

/// The one error of a form that is too large to look at every item of.
pub(super) fn too_large_to_read(form: &Form, nodes: &[Node<'_>]) -> Option<FieldError> {
    if nodes.len() > limits::ITEMS {
        return Some(FieldError::new("/item", ErrorCode::TooManyItems));
    }
    let bytes = serde_json::to_vec(form).map_or(usize::MAX, |json| json.len());
    (bytes > limits::FORM_BYTES).then(|| FieldError::new("", ErrorCode::FormTooLarge))
}

pub(super) fn check_sections(form: &Form, errors: &mut Errors) {
    if form.item.is_empty() {
        errors.add(FieldError::new("/item", ErrorCode::NoSections));
    }
    if form.item.len() > limits::SECTIONS {
        errors.add(FieldError::new("/item", ErrorCode::TooManySections));
    }
}

/// Checks that the longest answers fit what they are stored in: better refused to the owner than to a patient who
/// wrote a lot.
pub(super) fn check_answers(nodes: &[Node<'_>], errors: &mut Errors) {
    let mut total = 0;
    for section in nodes.iter().filter(|node| node.depth == 1) {
        let within = nodes.iter().filter(|node| std::ptr::eq(node.section, section.item));
        let bytes: usize = within.map(|node| longest_answer(node.item)).sum();
        if bytes > limits::SECTION_ANSWER_BYTES {
            errors.at(section, "", ErrorCode::AnswersTooLarge);
        }
        total += bytes;
    }
    if total > limits::FORM_ANSWER_BYTES {
        errors.add(FieldError::new("/item", ErrorCode::AnswersTooLarge));
    }
}

/// Bytes of an item's longest answer as JSON, its name included.
///
/// A character takes at most 4 bytes: those that JSON escapes to more are control characters, which are refused.
fn longest_answer(item: &Item) -> usize {
    const AROUND: usize = 64;
    const QUANTITY: usize = 160;
    let value = match item.kind {
        ItemType::Group | ItemType::Display => return 0,
        ItemType::String | ItemType::Text => 4 * item.max_chars(),
        ItemType::Choice => limits::CODE,
        ItemType::OpenChoice => limits::CODE.max(4 * item.max_chars()),
        ItemType::Boolean | ItemType::Date | ItemType::Integer => 12,
        ItemType::Decimal => 30,
        ItemType::Quantity => QUANTITY,
        ItemType::Attachment => 3 * 4 * limits::FILE_NAME,
    };
    item.link_id.len() + AROUND + item.max_answers() * (value + AROUND)
}
