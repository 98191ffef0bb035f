//! The rules of publishing. Every rule looks at the whole form, so that all errors are named at once.

mod asks;
mod conditions;
mod identity;
mod item;
mod size;

use super::error::{ErrorCode, FieldError};
use super::limits;
use super::model::Form;
use super::outline::{Node, outline};
use super::text::{Lines, has_forbidden};

/// All that is wrong with a form, in the order it is read: the form, its items, its consents and views.
pub(super) fn validate(form: &Form) -> Vec<FieldError> {
    let nodes = outline(form);
    if let Some(error) = size::too_large_to_read(form, &nodes) {
        return vec![error];
    }
    let mut errors = Errors::default();
    errors.text("/title", None, &form.title, limits::TITLE, Lines::One);
    if !is_language_tag(&form.language) {
        errors.add(FieldError::new("/language", ErrorCode::InvalidLanguage));
    }
    size::check_sections(form, &mut errors);
    item::check_all(&nodes, &mut errors);
    conditions::check_all(&nodes, &mut errors);
    identity::check(&nodes, &mut errors);
    size::check_answers(&nodes, &mut errors);
    asks::check(form, &mut errors);
    errors.0
}

/// The errors found so far.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// An error at `field` (a pointer, or empty for the item itself) of an item.
    fn at(&mut self, node: &Node<'_>, field: &str, code: ErrorCode) {
        self.add(FieldError::new(format!("{}{field}", node.pointer), code).of(&node.item.link_id));
    }

    /// Checks that a text is there, not longer than `most` characters and safe to show.
    fn text(&mut self, pointer: &str, link_id: Option<&str>, text: &str, most: usize, lines: Lines) {
        let error = if text.trim().is_empty() {
            FieldError::new(pointer, ErrorCode::Blank)
        } else if text.chars().count() > most {
            FieldError::new(pointer, ErrorCode::TooLong).saying(format!("has at most {most} characters"))
        } else if has_forbidden(text, lines) {
            FieldError::new(pointer, ErrorCode::ForbiddenCharacter)
        } else {
            return;
        };
        self.add(match link_id {
            Some(link_id) => error.of(link_id),
            None => error,
        });
    }
}

/// Whether it is a language, maybe a script, maybe a region: the part of BCP 47 (RFC 5646, section 2.1) in use.
fn is_language_tag(tag: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_region = |part: &str| match part.len() {
        2 => letters(part),
        3 => part.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    let mut parts = tag.split('-').peekable();
    let language = parts.next().is_some_and(|part| matches!(part.len(), 2 | 3) && letters(part));
    parts.next_if(|part| part.len() == 4 && letters(part));
    parts.next_if(|part| is_region(part));
    language && parts.next().is_none()
}
