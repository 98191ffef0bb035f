//! The rules of publishing. Every rule looks at the whole form, so that all errors are named at once.

mod asks;
mod circles;
mod conditions;
mod identity;
mod item;
mod range;
mod reach;
mod size;
mod translations;

use super::error::{ErrorCode, FieldError};
use super::language::is_language_tag;
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
    let faulty = conditions::check_all(&nodes, &mut errors);
    reach::check_all(&nodes, &faulty, &mut errors);
    identity::check(&nodes, &mut errors);
    size::check_answers(&nodes, &mut errors);
    asks::check(form, &mut errors);
    translations::check(form, &nodes, &mut errors);
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
