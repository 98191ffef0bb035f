//! The languages that the platform itself speaks: in notices, reports and mails. A form may have any.

use serde::{Deserialize, Serialize};

/// A language of the platform's own texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The language of a BCP 47 tag such as `es-US`; English for those without texts here.
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("es") { Self::Spanish } else { Self::English }
    }

    /// Its BCP 47 tag.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_to_its_language_and_what_has_no_texts_to_english() {
        for tag in ["es", "es-US", "ES-419", "es_MX"] {
            assert_eq!(Language::of_tag(tag), Language::Spanish);
        }
        for tag in ["en", "en-US", "est", "", "fil", "é"] {
            assert_eq!(Language::of_tag(tag), Language::English);
        }
    }
}
