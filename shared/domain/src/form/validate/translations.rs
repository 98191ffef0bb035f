//! The rules of translations: each language has its words for everything, and for nothing else.

use super::Errors;
use super::asks::check_consent;
use crate::form::error::{ErrorCode, FieldError};
use crate::form::language::is_language_tag;
use crate::form::limits;
use crate::form::model::{Form, Item};
use crate::form::outline::Node;
use crate::form::text::{Lines, is_code};
use crate::form::translation::{ItemTranslation, Translation};

pub(super) fn check(form: &Form, nodes: &[Node<'_>], errors: &mut Errors) {
    if form.translations.len() > limits::LANGUAGES {
        errors.add(FieldError::new("/translations", ErrorCode::TooManyLanguages));
        return;
    }
    let mut seen = vec![form.language.to_ascii_lowercase()];
    for (language, translation) in &form.translations {
        if !is_language_tag(language) {
            // A malformed tag is not echoed: it may be anything.
            errors.add(FieldError::new("/translations", ErrorCode::InvalidLanguage));
            continue;
        }
        let base = format!("/translations/{language}");
        if seen.contains(&language.to_ascii_lowercase()) {
            errors.add(FieldError::new(&base, ErrorCode::LanguageDuplicate));
        }
        seen.push(language.to_ascii_lowercase());
        let mut page = Page { base, errors };
        page.text("/title", None, Some(&translation.title), limits::TITLE, Lines::One);
        for node in nodes.iter().filter(|node| is_code(&node.item.link_id)) {
            page.item(node.item, translation.item.get(&node.item.link_id));
        }
        page.views_and_consents(form, translation);
        page.strangers("/item", translation.item.keys(), |name| {
            nodes.iter().any(|node| node.item.link_id == name)
        });
    }
}

/// One language, while it is looked through.
struct Page<'e> {
    base: String,
    errors: &'e mut Errors,
}

impl Page<'_> {
    /// A text that must be there, and keep the rules of the one it translates.
    fn text(&mut self, place: &str, link_id: Option<&str>, text: Option<&String>, most: usize, lines: Lines) {
        let pointer = format!("{}{place}", self.base);
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => self.errors.text(&pointer, link_id, text, most, lines),
            None => {
                let error = FieldError::new(pointer, ErrorCode::TranslationMissing);
                self.errors.add(match link_id {
                    Some(link_id) => error.of(link_id),
                    None => error,
                });
            }
        }
    }

    fn item(&mut self, item: &Item, words: Option<&ItemTranslation>) {
        let nothing = ItemTranslation::default();
        let words = words.unwrap_or(&nothing);
        let (base, link_id) = (format!("/item/{}", item.link_id), Some(item.link_id.as_str()));
        self.text(&format!("{base}/text"), link_id, Some(&words.text), limits::ITEM_TEXT, Lines::Several);
        if item.purpose.is_some() {
            let purpose = words.purpose.as_ref();
            self.text(&format!("{base}/purpose"), link_id, purpose, limits::PURPOSE, Lines::Several);
        }
        for option in item.answer_option.iter().filter(|option| is_code(&option.value_coding.code)) {
            let code = &option.value_coding.code;
            let place = format!("{base}/option/{code}");
            self.text(&place, link_id, words.option.get(code), limits::DISPLAY, Lines::One);
        }
        // A number and a sign mean the same in most languages.
        for (place, original, text, most) in [
            ("prefix", item.prefix.is_some(), &words.prefix, limits::PREFIX),
            ("unit", item.unit.is_some(), &words.unit, limits::DISPLAY),
        ] {
            if original && text.is_some() {
                self.text(&format!("{base}/{place}"), link_id, text.as_ref(), most, Lines::One);
            }
        }
        for (place, is_stray) in [
            ("prefix", words.prefix.is_some() && item.prefix.is_none()),
            ("purpose", words.purpose.is_some() && item.purpose.is_none()),
            ("unit", words.unit.is_some() && item.unit.is_none()),
        ] {
            if is_stray {
                self.stray(&format!("{base}/{place}"));
            }
        }
        self.strangers(&format!("{base}/option"), words.option.keys(), |code| item.option(code).is_some());
    }

    fn views_and_consents(&mut self, form: &Form, translation: &Translation) {
        for request in &form.views {
            let code = request.view.code();
            let text = translation.views.get(code);
            self.text(&format!("/views/{code}"), None, text, limits::INSTRUCTIONS, Lines::Several);
        }
        for consent in &form.consents {
            let code = consent.purpose.code();
            let place = format!("/consents/{code}");
            match translation.consents.get(code).filter(|text| !text.trim().is_empty()) {
                Some(text) => {
                    check_consent(&format!("{}{place}", self.base), consent.purpose, text, self.errors);
                }
                None => self.text(&place, None, None, limits::CONSENT_TEXT, Lines::Several),
            }
        }
        let has_view = |code: &str| form.views.iter().any(|request| request.view.code() == code);
        self.strangers("/views", translation.views.keys(), has_view);
        let has_consent = |code: &str| form.consents.iter().any(|consent| consent.purpose.code() == code);
        self.strangers("/consents", translation.consents.keys(), has_consent);
    }

    /// Errors for names that nothing in the form has; malformed ones are not echoed.
    fn strangers<'n>(
        &mut self,
        place: &str,
        names: impl Iterator<Item = &'n String>,
        is_known: impl Fn(&str) -> bool,
    ) {
        for name in names.filter(|name| !is_known(name)) {
            let place = if is_code(name) { format!("{place}/{name}") } else { place.to_owned() };
            self.stray(&place);
        }
    }

    fn stray(&mut self, place: &str) {
        self.errors.add(FieldError::new(format!("{}{place}", self.base), ErrorCode::TranslationUnknown));
    }
}
