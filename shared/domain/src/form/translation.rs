//! A form in other languages: beside each language's tag, its words for everything a patient reads.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::language::best;
use super::model::{Form, Item};

/// The texts of a form in one more language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Translation {
    /// The form's title.
    pub title: String,
    /// The items, by `linkId`.
    pub item: BTreeMap<String, ItemTranslation>,
    /// The instructions for photographs, by view.
    pub views: BTreeMap<String, String>,
    /// The texts of consents, by purpose.
    pub consents: BTreeMap<String, String>,
}

/// The texts of one item in one more language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ItemTranslation {
    /// What stands before the text; the original's, if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The heading or the question.
    pub text: String,
    /// Why the question is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What is shown for each option, by code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub option: BTreeMap<String, String>,
    /// What is shown for the unit; the original's, if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl Form {
    /// The languages it can be read in, its own first.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.language.as_str()).chain(self.translations.keys().map(String::as_str))
    }

    /// Its language that serves best somebody who asked for `wanted`, the dearest first; its own if none does.
    pub fn best_language<'f>(&'f self, wanted: &[impl AsRef<str>]) -> &'f str {
        let offered: Vec<&str> = self.languages().collect();
        best(&offered, wanted).unwrap_or(&self.language)
    }

    /// The form in one of its languages, without the others. What isn't translated stays in the form's own.
    #[must_use]
    pub fn in_language(mut self, language: &str) -> Self {
        let translations = std::mem::take(&mut self.translations);
        let Some(translation) = translations.get(language) else { return self };
        language.clone_into(&mut self.language);
        put(&mut self.title, Some(&translation.title));
        for item in &mut self.item {
            translate(item, translation);
        }
        for request in &mut self.views {
            put(&mut request.instructions, translation.views.get(request.view.code()));
        }
        for consent in &mut self.consents {
            put(&mut consent.text, translation.consents.get(consent.purpose.code()));
        }
        self
    }
}

fn translate(item: &mut Item, translation: &Translation) {
    if let Some(words) = translation.item.get(&item.link_id) {
        put(&mut item.text, Some(&words.text));
        if let Some(prefix) = &mut item.prefix {
            put(prefix, words.prefix.as_ref());
        }
        if let Some(purpose) = &mut item.purpose {
            put(purpose, words.purpose.as_ref());
        }
        for option in &mut item.answer_option {
            put(&mut option.value_coding.display, words.option.get(&option.value_coding.code));
        }
        if let Some(unit) = &mut item.unit {
            put(&mut unit.display, words.unit.as_ref());
        }
    }
    for inner in &mut item.item {
        translate(inner, translation);
    }
}

fn put(text: &mut String, translated: Option<&String>) {
    if let Some(translated) = translated.filter(|text| !text.trim().is_empty()) {
        text.clone_from(translated);
    }
}
