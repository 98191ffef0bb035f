//! Forms in several languages.

use serde_json::{Value, json};

use super::super::{Form, ItemTranslation, Translation};
use super::{at, published, refusals, sample, set};
use crate::consent::ConsentPurpose;

/// The same text, as no language has it.
fn mark(text: &str) -> String {
    format!("«{text}»")
}

/// Every text of a form translated.
pub(super) fn translation_of(form: &Form) -> Translation {
    let mut all = Translation { title: mark(&form.title), ..Translation::default() };
    let mut items: Vec<_> = form.item.iter().collect();
    while let Some(item) = items.pop() {
        items.extend(&item.item);
        let options = item.answer_option.iter().map(|option| &option.value_coding);
        let words = ItemTranslation {
            prefix: item.prefix.as_deref().map(mark),
            text: mark(&item.text),
            purpose: item.purpose.as_deref().map(mark),
            option: options.map(|coding| (coding.code.clone(), mark(&coding.display))).collect(),
            unit: item.unit.as_ref().map(|unit| mark(&unit.display)),
        };
        all.item.insert(item.link_id.clone(), words);
    }
    all.views = form.views.iter().map(|it| (it.view.code().to_owned(), mark(&it.instructions))).collect();
    all.consents = form.consents.iter().map(|it| (it.purpose.code().to_owned(), mark(&it.text))).collect();
    all
}

/// The sample in Spanish too.
fn bilingual() -> Value {
    let mut form: Form = serde_json::from_value(sample()).unwrap();
    form.translations.insert("es".into(), translation_of(&form));
    serde_json::to_value(form).unwrap()
}

#[test]
fn a_form_is_shown_in_the_language_asked_for() {
    let form = published(bilingual());
    assert_eq!(form.form().best_language(&["fr", "es-MX"]), "es");
    assert_eq!(form.form().best_language(&["fr"]), "en");
    let shown = form.in_language("es");
    assert_eq!((shown.form().title.as_str(), shown.form().language.as_str()), ("«Sample»", "es"));
    assert!(shown.form().translations.is_empty());
    assert_eq!(shown.consent_text(ConsentPurpose::Sharing), Some("«s»"));
    // Nothing of the original is left, down to the units.
    let json = serde_json::to_string(shown.form()).unwrap();
    for text in ["«Fair»", "«kg»", "«Look ahead.»", "«Do you smoke?»"] {
        assert!(json.contains(text), "{text}");
    }
    assert_eq!(form.in_language("fr").form().title, "Sample");
}

#[test]
fn what_lacks_its_translation_is_named() {
    let es = "/translations/es";
    for (place, code) in [
        ("/title", "translation_missing"),
        ("/item/given/text", "translation_missing"),
        ("/item/given/purpose", "translation_missing"),
        ("/item/tone/option/vi", "translation_missing"),
        ("/views/frontal", "translation_missing"),
        ("/consents/sms", "translation_missing"),
    ] {
        let mut form = bilingual();
        set(&mut form, &format!("{es}{place}"), json!(null));
        assert_eq!(refusals(form), at(&format!("{es}{place}"), code), "{place}");
    }
    let mut without_unit = bilingual();
    set(&mut without_unit, &format!("{es}/item/weight/unit"), json!(null));
    assert_eq!(refusals(without_unit), vec![]);
}

#[test]
fn what_translates_nothing_or_badly_is_named() {
    let es = "/translations/es";
    let words = json!({"text": "x"});
    for (place, value, at_place, code) in [
        ("/item/gone", words, "/item/gone", "translation_unknown"),
        ("/item/tone/option/vii", json!("x"), "/item/tone/option/vii", "translation_unknown"),
        ("/item/tone/unit", json!("x"), "/item/tone/unit", "translation_unknown"),
        ("/views/basal", json!("x"), "/views/basal", "translation_unknown"),
        ("/consents/Maren Holt", json!("x"), "/consents", "translation_unknown"),
        ("/consents/sms", json!("Sin palabras"), "/consents/sms", "sms_text_incomplete"),
        ("/title", json!("a\nb"), "/title", "forbidden_character"),
        ("/item/tone/option/vi", json!("x".repeat(201)), "/item/tone/option/vi", "too_long"),
    ] {
        let mut form = bilingual();
        set(&mut form, &format!("{es}{place}"), value);
        assert_eq!(refusals(form), at(&format!("{es}{at_place}"), code), "{place}");
    }
}

#[test]
fn languages_are_real_and_there_once() {
    let other = bilingual()["translations"]["es"].clone();
    for (tag, pointer, code) in
        [("EN", "/translations/EN", "language_duplicate"), ("es_US", "/translations", "invalid_language")]
    {
        let mut form = bilingual();
        form["translations"][tag] = other.clone();
        assert_eq!(refusals(form), at(pointer, code));
    }
    let mut form = bilingual();
    for first in 'a'..='k' {
        form["translations"][format!("x{first}")] = other.clone();
    }
    assert_eq!(refusals(form), at("/translations", "too_many_languages"));
}
