//! What a report says of its own, in the patient's language. What people wrote stays as they wrote it.

mod english;
mod spanish;

use jiff::Zoned;
use visage_domain::face::{MeasureCode, NotMeasured, View};
use visage_domain::language::Language;

/// The fixed words of a report.
#[derive(Clone)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) patient: &'static str,
    pub(crate) evaluation_date: &'static str,
    pub(crate) evaluated_by: &'static str,
    pub(crate) report: &'static str,
    pub(crate) version: &'static str,
    pub(crate) page: &'static str,
    pub(crate) of: &'static str,
    pub(crate) findings: &'static str,
    pub(crate) no_findings: &'static str,
    pub(crate) recommendations: &'static str,
    pub(crate) no_recommendations: &'static str,
    pub(crate) addenda: &'static str,
    pub(crate) photos: &'static str,
    pub(crate) photo: &'static str,
    pub(crate) measurements: &'static str,
    pub(crate) caveat: &'static str,
    pub(crate) drawing: &'static str,
    pub(crate) drawing_alt: &'static str,
    pub(crate) number: &'static str,
    pub(crate) measure: &'static str,
    pub(crate) value: &'static str,
    pub(crate) error: &'static str,
    pub(crate) error_note: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) degrees: &'static str,
    pub(crate) source: &'static str,
    pub(crate) not_measured: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) measured_with: &'static str,
    pub(crate) signed_by: &'static str,
    pub(crate) content_hash: &'static str,
    pub(crate) placeholders: &'static str,
    pub(crate) disclaimer: &'static str,
}

/// What a figure is called, how it is measured, and where that comes from.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) definition: &'static str,
    pub(crate) source: &'static str,
}

/// The fixed words in `language`.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &english::WORDS,
        Language::Spanish => &spanish::WORDS,
    }
}

/// A figure in `language`.
pub(crate) const fn figure(language: Language, code: MeasureCode) -> Figure {
    match language {
        Language::English => english::figure(code),
        Language::Spanish => spanish::figure(code),
    }
}

/// Why there is no figure, in `language`.
pub(crate) const fn reason(language: Language, reason: NotMeasured) -> &'static str {
    match language {
        Language::English => english::reason(reason),
        Language::Spanish => spanish::reason(reason),
    }
}

/// What a view is called in `language`.
pub(crate) const fn view(language: Language, view: View) -> &'static str {
    match language {
        Language::English => english::view(view),
        Language::Spanish => spanish::view(view),
    }
}

/// A day in `language`.
pub(crate) fn day(language: Language, at: &Zoned) -> String {
    match language {
        Language::English => at.strftime("%B %-d, %Y").to_string(),
        Language::Spanish => {
            let month = spanish::MONTHS[usize::from(at.month().unsigned_abs()).saturating_sub(1) % 12];
            format!("{} de {month} de {}", at.day(), at.year())
        }
    }
}

/// A day and time in `language`.
pub(crate) fn instant(language: Language, at: &Zoned) -> String {
    let day = day(language, at);
    match language {
        Language::English => format!("{day} at {}", at.strftime("%-I:%M %p %Z")),
        Language::Spanish => format!("{day} a las {}", at.strftime("%-H:%M %Z")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn dates_read_as_people_of_the_language_write_them() {
        let evening = at("2026-03-03T22:04:11-08:00[America/Los_Angeles]");
        assert_eq!(day(Language::English, &evening), "March 3, 2026");
        assert_eq!(day(Language::Spanish, &evening), "3 de marzo de 2026");
        assert_eq!(instant(Language::English, &evening), "March 3, 2026 at 10:04 PM PST");
        assert_eq!(instant(Language::Spanish, &evening), "3 de marzo de 2026 a las 22:04 PST");
        let last = at("2026-12-31T23:59:59-08:00[America/Los_Angeles]");
        assert_eq!(day(Language::Spanish, &last), "31 de diciembre de 2026");
    }

    #[test]
    fn no_word_is_missing_and_each_figure_has_its_own() {
        for language in Language::ALL {
            let all = serde_json::to_value(words(language)).unwrap();
            assert!(all.as_object().unwrap().values().all(|word| !word.as_str().unwrap().is_empty()));
            let mut names: Vec<_> =
                MeasureCode::ALL.iter().map(|code| figure(language, *code).name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), MeasureCode::ALL.len());
        }
    }

    #[test]
    fn english_figures_are_the_catalogues() {
        for code in MeasureCode::ALL {
            let figure = figure(Language::English, code);
            assert_eq!((figure.definition, figure.source), (code.definition(), code.source()));
        }
        assert_eq!(words(Language::English).caveat, visage_domain::face::CAVEAT);
    }
}
