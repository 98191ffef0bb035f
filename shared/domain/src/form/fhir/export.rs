//! A form as a `Questionnaire`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::names;
use crate::form::bound::Bound;
use crate::form::model::{AnswerOption, Coding, Form, Item, ItemType, Unit};
use crate::form::translation::{ItemTranslation, Translation};
use crate::form::value::UCUM;

/// What a form doesn't know of itself: under which name and in which state it is published.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// Its canonical address.
    pub url: &'a str,
    /// Its version; none of a draft.
    pub version: Option<u32>,
    /// `draft`, `active` or `retired`.
    pub status: &'a str,
    /// When it got into that version.
    pub date: Option<Timestamp>,
    /// Whose it is.
    pub publisher: Option<&'a str>,
}

impl Form {
    /// The form as a FHIR R4 `Questionnaire`.
    pub fn to_questionnaire(&self, publication: &Publication<'_>) -> Value {
        let mut out = Element::default();
        out.set("resourceType", json!("Questionnaire"));
        out.set("language", json!(self.language));
        out.set("url", json!(publication.url));
        out.set_some("version", publication.version.map(|version| version.to_string()));
        out.set("status", json!(publication.status));
        out.set_some("date", publication.date.map(|date| date.to_string()));
        out.set_some("publisher", publication.publisher);
        out.set("subjectType", json!(["Patient"]));
        out.text("title", &self.title, self.each(|translation| Some(&translation.title)));
        for request in &self.views {
            let words = self.each(|translation| translation.views.get(request.view.code()));
            let parts = [
                json!({"url": "view", "valueCode": request.view.code()}),
                json!({"url": "required", "valueBoolean": request.required}),
                words_extension("instructions", &request.instructions, words),
            ];
            out.extend(json!({"url": names::VIEW, "extension": parts}));
        }
        for consent in &self.consents {
            let words = self.each(|translation| translation.consents.get(consent.purpose.code()));
            let purpose = json!({"url": "purpose", "valueCode": consent.purpose.code()});
            let text = words_extension("text", &consent.text, words);
            out.extend(json!({"url": names::CONSENT, "extension": [purpose, text]}));
        }
        out.set("item", self.item.iter().map(|item| self.item_out(item)).collect());
        out.done()
    }

    /// A text in every language that has it.
    fn each<'f>(&'f self, find: impl Fn(&'f Translation) -> Option<&'f String>) -> Vec<(&'f str, &'f str)> {
        let found = self.translations.iter();
        found.filter_map(|(language, words)| Some((language.as_str(), find(words)?.as_str()))).collect()
    }

    /// A text of an item in every language that has it.
    fn each_of<'f>(
        &'f self,
        item: &Item,
        find: impl Fn(&'f ItemTranslation) -> Option<&'f String>,
    ) -> Vec<(&'f str, &'f str)> {
        self.each(|translation| translation.item.get(&item.link_id).and_then(&find))
    }

    fn item_out(&self, item: &Item) -> Value {
        let mut out = Element::default();
        out.set("linkId", json!(item.link_id));
        if let Some(prefix) = &item.prefix {
            out.text("prefix", prefix, self.each_of(item, |words| words.prefix.as_ref()));
        }
        out.text("text", &item.text, self.each_of(item, |words| Some(&words.text)));
        out.set("type", json!(item.kind));
        for (name, is_set) in [("required", item.required), ("repeats", item.repeats)] {
            out.set_some(name, is_set.then_some(true));
        }
        out.set_some("maxLength", item.max_length);
        out.set_some("enableWhen", (!item.enable_when.is_empty()).then_some(&item.enable_when));
        out.set_some("enableBehavior", item.enable_behavior);
        let options: Vec<Value> =
            item.answer_option.iter().map(|option| self.option_out(item, option)).collect();
        out.set_some("answerOption", (!options.is_empty()).then_some(options));
        out.set_some("initial", (!item.initial.is_empty()).then_some(&item.initial));
        self.extensions_out(item, &mut out);
        let items: Vec<Value> = item.item.iter().map(|item| self.item_out(item)).collect();
        out.set_some("item", (!items.is_empty()).then_some(items));
        out.done()
    }

    fn option_out(&self, item: &Item, option: &AnswerOption) -> Value {
        let coding = &option.value_coding;
        let words = self.each_of(item, |words| words.option.get(&coding.code));
        let mut out = Element::default();
        out.set("valueCoding", coding_out(coding, words));
        out.set_some("initialSelected", option.initial_selected.then_some(true));
        out.done()
    }

    fn extensions_out(&self, item: &Item, out: &mut Element) {
        if let Some(purpose) = &item.purpose {
            let words = self.each_of(item, |words| words.purpose.as_ref());
            out.extend(words_extension(names::PURPOSE, purpose, words));
        }
        if let Some(field) = item.maps_to {
            out.extend(json!({"url": names::MAPS_TO, "valueCode": field.as_str()}));
        }
        if let Some(Unit { code, display }) = &item.unit {
            let coding = Coding { system: Some(UCUM.into()), code: code.clone(), display: display.clone() };
            let coding = coding_out(&coding, self.each_of(item, |words| words.unit.as_ref()));
            out.extend(json!({"url": names::UNIT, "valueCoding": coding}));
        }
        for (number, url) in [(item.min_length, names::MIN_LENGTH), (item.max_occurs, names::MAX_OCCURS)] {
            if let Some(number) = number {
                out.extend(json!({"url": url, "valueInteger": number}));
            }
        }
        if let Some(regex) = &item.regex {
            out.extend(json!({"url": names::REGEX, "valueString": regex}));
        }
        for (bound, plain, quantity) in [
            (&item.min_value, names::MIN_VALUE, names::MIN_QUANTITY),
            (&item.max_value, names::MAX_VALUE, names::MAX_QUANTITY),
        ] {
            if let Some(bound) = bound {
                out.extend(bound_out(item, bound, plain, quantity));
            }
        }
    }
}

fn bound_out(item: &Item, bound: &Bound, plain: &str, quantity: &str) -> Value {
    match (bound, item.kind) {
        (Bound::Date(day), _) => json!({"url": plain, "valueDate": day}),
        (Bound::Number(number), ItemType::Quantity) => {
            let code = item.unit.as_ref().map(|unit| &unit.code);
            json!({"url": quantity, "valueQuantity": {"value": number, "system": UCUM, "code": code}})
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and far within the range")]
        (Bound::Number(number), ItemType::Integer) if number.fract() == 0.0 => {
            json!({"url": plain, "valueInteger": *number as i64})
        }
        (Bound::Number(number), _) => json!({"url": plain, "valueDecimal": number}),
    }
}

/// An extension whose value is a text in several languages.
fn words_extension(url: &str, text: &str, translations: Vec<(&str, &str)>) -> Value {
    let mut out = Element::default();
    out.set("url", json!(url));
    out.text("valueString", text, translations);
    out.done()
}

fn coding_out(coding: &Coding, translations: Vec<(&str, &str)>) -> Value {
    let mut out = Element::default();
    out.set_some("system", coding.system.as_ref());
    out.set("code", json!(coding.code));
    out.text("display", &coding.display, translations);
    out.done()
}

/// A FHIR element in the making.
#[derive(Default)]
pub(super) struct Element(Map<String, Value>);

impl Element {
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn set_some(&mut self, name: &str, value: Option<impl serde::Serialize>) {
        if let Some(value) = value {
            self.set(name, json!(value));
        }
    }

    pub(super) fn extend(&mut self, extension: Value) {
        let list = self.0.entry("extension").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(extension);
        }
    }

    /// A text, and beside it what it is in other languages.
    fn text(&mut self, name: &str, text: &str, translations: Vec<(&str, &str)>) {
        self.set(name, json!(text));
        let extensions: Vec<Value> = translations
            .into_iter()
            .map(|(language, text)| {
                let (lang, content) = (
                    json!({"url": "lang", "valueCode": language}),
                    json!({"url": "content", "valueString": text}),
                );
                json!({"url": names::TRANSLATION, "extension": [lang, content]})
            })
            .collect();
        if !extensions.is_empty() {
            self.set(&format!("_{name}"), json!({"extension": extensions}));
        }
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.0)
    }
}
