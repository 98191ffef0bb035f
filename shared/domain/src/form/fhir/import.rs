//! A `Questionnaire` as a form.

use serde_json::Value;

use super::fields::{bound, kind, unit_of_bound};
use super::names;
use super::read::{Notes, Object};
use crate::consent::ConsentPurpose;
use crate::face::View;
use crate::form::asks::{ConsentText, ViewRequest};
use crate::form::error::{ErrorCode, FieldError};
use crate::form::limits;
use crate::form::model::{AnswerOption, Coding, Form, Item, ItemType, Unit};
use crate::form::translation::{ItemTranslation, Translation};
use crate::form::value::UCUM;

/// A form that was read from a `Questionnaire`.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The form; whether it can be published is another question.
    pub form: Form,
    /// JSON pointers to what was left behind because forms here have no place for it, up to [`limits::IMPORT_NOTES`].
    pub ignored: Vec<String>,
}

/// Fields of a questionnaire that say how it is kept, not what it asks.
const ABOUT: [&str; 22] = [
    "resourceType",
    "id",
    "meta",
    "implicitRules",
    "text",
    "url",
    "identifier",
    "version",
    "name",
    "status",
    "experimental",
    "subjectType",
    "date",
    "publisher",
    "contact",
    "description",
    "useContext",
    "jurisdiction",
    "purpose",
    "copyright",
    "approvalDate",
    "lastReviewDate",
];

impl Form {
    /// Reads a FHIR R4 `Questionnaire`.
    ///
    /// # Errors
    /// All that is not FHIR, and all that forms here can't do, each with a pointer into the questionnaire, up to
    /// [`limits::IMPORT_NOTES`].
    pub fn from_questionnaire(questionnaire: &Value) -> Result<Imported, Vec<FieldError>> {
        let notes = Notes::default();
        let form = read(&notes, questionnaire);
        let (errors, ignored) = notes.into_parts();
        match form {
            Some(form) if errors.is_empty() => Ok(Imported { form, ignored }),
            _ => Err(errors),
        }
    }
}

fn read(notes: &Notes, questionnaire: &Value) -> Option<Form> {
    let root = Object::of(notes, questionnaire, String::new())?;
    if root.need::<String>("resourceType")? != "Questionnaire" {
        root.wrong("/resourceType", ErrorCode::FhirInvalid);
        return None;
    }
    root.only(
        &["title", "_title", "language", "item", "extension"],
        &["modifierExtension", "contained", "derivedFrom"],
        &ABOUT,
    );
    let mut form = Form {
        title: root.get("title").unwrap_or_default(),
        language: root.get("language").unwrap_or_else(|| "en".to_owned()),
        item: Vec::new(),
        views: Vec::new(),
        consents: Vec::new(),
        translations: std::collections::BTreeMap::new(),
    };
    for (language, text) in root.translations("title") {
        words(&mut form, language).title = text;
    }
    for (url, extension) in root.extensions() {
        match url.as_str() {
            names::VIEW => view(&mut form, &extension),
            names::CONSENT => consent(&mut form, &extension),
            _ => extension.leave(),
        }
    }
    let mut reading = Reading { form, count: 0 };
    let items = root.list("item").filter_map(|item| reading.item(&item)).collect();
    Some(Form { item: items, ..reading.form })
}

fn words(form: &mut Form, language: String) -> &mut Translation {
    form.translations.entry(language).or_default()
}

/// The parts of an extension that has parts.
fn parts<'v>(extension: &Object<'v>, names: [&str; 3]) -> [Option<Object<'v>>; 3] {
    let mut found = [None, None, None];
    for (url, part) in extension.extensions() {
        match names.iter().position(|name| *name == url) {
            Some(place) => found[place] = Some(part),
            None => part.leave(),
        }
    }
    found
}

fn view(form: &mut Form, extension: &Object<'_>) {
    let [view, required, instructions] = parts(extension, ["view", "required", "instructions"]);
    let code: Option<View> = view.and_then(|part| part.need("valueCode"));
    let (Some(view), Some(instructions)) = (code, instructions) else {
        return extension.wrong("", ErrorCode::FhirInvalid);
    };
    for (language, text) in instructions.translations("valueString") {
        words(form, language).views.insert(view.code().to_owned(), text);
    }
    form.views.push(ViewRequest {
        view,
        required: required.and_then(|part| part.need("valueBoolean")).unwrap_or_default(),
        instructions: instructions.need("valueString").unwrap_or_default(),
    });
}

fn consent(form: &mut Form, extension: &Object<'_>) {
    let [purpose, text, _] = parts(extension, ["purpose", "text", ""]);
    let code: Option<ConsentPurpose> = purpose.and_then(|part| part.need("valueCode"));
    let (Some(purpose), Some(text)) = (code, text) else {
        return extension.wrong("", ErrorCode::FhirInvalid);
    };
    for (language, translated) in text.translations("valueString") {
        words(form, language).consents.insert(purpose.code().to_owned(), translated);
    }
    form.consents.push(ConsentText { purpose, text: text.need("valueString").unwrap_or_default() });
}

struct Reading {
    form: Form,
    count: usize,
}

impl Reading {
    fn item(&mut self, from: &Object<'_>) -> Option<Item> {
        self.count += 1;
        if self.count > limits::ITEMS {
            // Said once; there may be very many more.
            if self.count == limits::ITEMS + 1 {
                from.wrong("", ErrorCode::TooManyItems);
            }
            return None;
        }
        from.only(
            &[
                "linkId",
                "prefix",
                "_prefix",
                "text",
                "_text",
                "type",
                "enableWhen",
                "enableBehavior",
                "required",
                "repeats",
                "readOnly",
                "maxLength",
                "answerOption",
                "initial",
                "item",
                "extension",
            ],
            &["modifierExtension", "answerValueSet"],
            &["id"],
        );
        if from.get("readOnly") == Some(true) {
            from.wrong("/readOnly", ErrorCode::FhirUnsupported);
        }
        let link_id: String = from.need("linkId").unwrap_or_default();
        for (language, text) in from.translations("text") {
            self.words(language, &link_id).text = text;
        }
        for (language, text) in from.translations("prefix") {
            self.words(language, &link_id).prefix = Some(text);
        }
        let mut item = Item {
            kind: kind(from).unwrap_or(ItemType::Display),
            text: from.get("text").unwrap_or_default(),
            prefix: from.get("prefix"),
            purpose: None,
            required: from.get("required").unwrap_or_default(),
            enable_when: from.each("enableWhen"),
            enable_behavior: from.get("enableBehavior"),
            answer_option: self.options(from, &link_id),
            repeats: from.get("repeats").unwrap_or_default(),
            max_occurs: None,
            min_length: None,
            max_length: from.get("maxLength"),
            regex: None,
            initial: from.each("initial"),
            unit: None,
            min_value: None,
            max_value: None,
            maps_to: None,
            item: Vec::new(),
            link_id,
        };
        let extensions: Vec<_> = from.extensions().collect();
        for (url, extension) in &extensions {
            self.extension(&mut item, url, extension);
        }
        for (url, extension) in &extensions {
            unit_of_bound(&mut item, url, extension);
        }
        item.item = from.list("item").filter_map(|inner| self.item(&inner)).collect();
        Some(item)
    }

    fn words(&mut self, language: String, link_id: &str) -> &mut ItemTranslation {
        words(&mut self.form, language).item.entry(link_id.to_owned()).or_default()
    }

    fn extension(&mut self, item: &mut Item, url: &str, from: &Object<'_>) {
        match url {
            names::PURPOSE => {
                item.purpose = from.need("valueString");
                for (language, text) in from.translations("valueString") {
                    self.words(language, &item.link_id).purpose = Some(text);
                }
            }
            names::MAPS_TO => item.maps_to = from.need("valueCode"),
            names::MIN_LENGTH => item.min_length = from.need("valueInteger"),
            names::MAX_OCCURS => item.max_occurs = from.need("valueInteger"),
            names::REGEX => item.regex = from.need("valueString"),
            names::MIN_VALUE | names::MIN_QUANTITY => item.min_value = bound(from),
            names::MAX_VALUE | names::MAX_QUANTITY => item.max_value = bound(from),
            names::UNIT => {
                let Some(coding) = from.inner("valueCoding") else {
                    return from.wrong("/valueCoding", ErrorCode::FhirInvalid);
                };
                if coding.get::<String>("system").is_some_and(|system| system != UCUM) {
                    coding.wrong("/system", ErrorCode::FhirUnsupported);
                }
                for (language, text) in coding.translations("display") {
                    self.words(language, &item.link_id).unit = Some(text);
                }
                let code: String = coding.need("code").unwrap_or_default();
                item.unit =
                    Some(Unit { display: coding.get("display").unwrap_or_else(|| code.clone()), code });
            }
            _ => from.leave(),
        }
    }

    fn options(&mut self, from: &Object<'_>, link_id: &str) -> Vec<AnswerOption> {
        let mut options = Vec::new();
        for option in from.list("answerOption") {
            option.only(&["valueCoding", "initialSelected"], &["modifierExtension"], &["id"]);
            // A text or a number as an option has no code, and a code is what answers and conditions go by.
            let Some(coding) = option.inner("valueCoding") else {
                option.wrong("/valueCoding", ErrorCode::FhirUnsupported);
                continue;
            };
            let code: String = coding.need("code").unwrap_or_default();
            for (language, text) in coding.translations("display") {
                self.words(language, link_id).option.insert(code.clone(), text);
            }
            let display = coding.get("display").unwrap_or_else(|| code.clone());
            options.push(AnswerOption {
                value_coding: Coding { system: coding.get("system"), code, display },
                initial_selected: option.get("initialSelected").unwrap_or_default(),
            });
        }
        options
    }
}
