//! What staff write: which texts are taken, and how a wrong one is named.

use crate::phi::Phi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest reason, in characters.
pub const MAX_REASON: usize = 500;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// A JSON pointer to the field.
    pub pointer: String,
    /// A stable code: `required`, `too_long`, `control_character` or `too_many`.
    pub code: &'static str,
}

/// Checks a text's length in characters, without white space around it, and that it can be shown.
pub fn check_text(text: &str, lengths: std::ops::RangeInclusive<usize>, pointer: &str) -> Option<TextError> {
    let length = text.trim().chars().count();
    let code = match length {
        _ if length < *lengths.start() => "required",
        _ if length > *lengths.end() => "too_long",
        _ if text.chars().any(is_forbidden) => "control_character",
        _ => return None,
    };
    Some(TextError { pointer: pointer.to_owned(), code })
}

/// A control character other than a line's end or a tab, or one that shows what follows in another order.
fn is_forbidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202d}' | '\u{202e}')
}

/// Why staff did something. May name the patient, and is sealed under the patient's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Reason(#[schemars(length(max = MAX_REASON))] Phi<String>);

impl Reason {
    /// That reason.
    pub fn new(text: String) -> Self {
        Self(Phi::new(text))
    }

    /// The text.
    pub const fn expose(&self) -> &String {
        self.0.expose()
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.expose().trim().is_empty()
    }

    /// Checks it; `required` if it can't be left out.
    pub fn check(&self, required: bool, pointer: &str) -> Option<TextError> {
        check_text(self.expose(), usize::from(required)..=MAX_REASON, pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_measured_in_characters_without_the_space_around_it() {
        let code = |text: &str, required| {
            Reason::new(text.into()).check(required, "/reason").map(|error| error.code)
        };
        assert_eq!(code(" \n ", true), Some("required"));
        assert_eq!(code(" \n ", false), None);
        assert_eq!(code(&"🌻".repeat(MAX_REASON), true), None);
        assert_eq!(code(&"🌻".repeat(MAX_REASON + 1), false), Some("too_long"));
        assert_eq!(code("a\u{202e}b", true), Some("control_character"));
        assert_eq!(code("two\nlines", true), None);
    }
}
