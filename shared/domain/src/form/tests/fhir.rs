//! Forms and answers in FHIR's own words.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::fhir::{Answered, Imported, Publication};
use super::super::{Form, PhoneRegion};
use super::translating::translation_of;
use super::{good, named, published, sample, sections, set};

const DEFAULT: &str = include_str!("../../../../../functions/forms/default_form.json");

pub(super) fn exported(form: &Form) -> Value {
    form.to_questionnaire(&Publication {
        url: "urn:visage:form:test",
        version: Some(3),
        status: "active",
        date: Some(Timestamp::UNIX_EPOCH),
        publisher: Some("Lumen"),
    })
}

/// The sample with something of everything in it.
fn gallery() -> Form {
    let mut form = sample();
    let extra = json!([
        {"linkId": "read", "text": "Please read", "type": "display", "prefix": "1."},
        {"linkId": "count", "text": "How many?", "type": "integer", "purpose": "p", "minValue": 0, "maxValue": 9, "initial": [{"valueInteger": 1}]},
        {"linkId": "share", "text": "How much?", "type": "decimal", "purpose": "p", "minValue": 0.25},
        {"linkId": "days", "text": "When?", "type": "date", "purpose": "p", "repeats": true, "maxOccurs": 3, "maxValue": "2030-01-01"},
        {"linkId": "plate", "text": "Code", "type": "string", "purpose": "p", "minLength": 2, "maxLength": 8, "regex": "[A-Z]+"},
        {"linkId": "else", "text": "Else", "type": "open-choice", "purpose": "p", "repeats": true, "answerOption": [
            {"valueCoding": {"system": "http://snomed.info/sct", "code": "22298006", "display": "Infarction"}, "initialSelected": true},
            {"valueCoding": {"code": "b", "display": "B"}}
        ]},
        {"linkId": "file", "text": "File", "type": "attachment", "purpose": "p",
         "enableWhen": [
            {"question": "count", "operator": ">", "answerInteger": 2},
            {"question": "share", "operator": "<=", "answerDecimal": 0.5},
            {"question": "else", "operator": "=", "answerCoding": {"code": "b"}}
         ], "enableBehavior": "any"}
    ]);
    set(&mut form, "/item/-", json!({"linkId": "more", "text": "More", "type": "group", "item": extra}));
    let mut form: Form = serde_json::from_value(form).unwrap();
    for language in ["es", "zh-Hant"] {
        form.translations.insert(language.into(), translation_of(&form));
    }
    form.validate().expect("the gallery can be published").into_form()
}

#[test]
fn a_form_comes_back_as_it_went() {
    for form in [serde_json::from_str(DEFAULT).unwrap(), gallery()] {
        let Imported { form: back, ignored } =
            Form::from_questionnaire(&exported(&form)).map_err(named).unwrap();
        assert_eq!(back, form);
        assert_eq!(ignored, [""; 0]);
    }
}

#[test]
fn the_questionnaire_says_it_as_fhir_does() {
    let out = exported(&gallery());
    let at = |pointer: &str| out.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/resourceType"), "Questionnaire");
    assert_eq!((at("/status"), at("/version"), at("/language")), (json!("active"), json!("3"), json!("en")));
    assert_eq!(
        at("/_title/extension/0"),
        json!({"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": [
            {"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": "«Sample»"}
        ]})
    );
    let weight = at("/item/1/item/2");
    let extension = |url: &str| {
        let found = weight["extension"].as_array().unwrap().iter().find(|it| it["url"] == url);
        found.cloned().unwrap_or_default()
    };
    let unit = extension("http://hl7.org/fhir/StructureDefinition/questionnaire-unit");
    assert_eq!(unit["valueCoding"]["system"], "http://unitsofmeasure.org");
    let least = extension("http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity");
    assert_eq!(least["valueQuantity"]["value"], 20.0);
    assert_eq!(
        at("/item/2/item/1/extension/1"),
        json!({"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0})
    );
    assert_eq!(
        at("/item/2/item/6/enableWhen/1"),
        json!({"question": "share", "operator": "<=", "answerDecimal": 0.5})
    );
    // No FHIR element is there without a value.
    assert!(!out.to_string().contains("null") && !out.to_string().contains("[]"));
}

#[test]
fn what_forms_cannot_do_is_named_all_at_once() {
    let questionnaire = json!({
        "resourceType": "Questionnaire", "status": "active", "contained": [{}],
        "item": [{"linkId": "g", "type": "group", "text": "G", "item": [
            {"linkId": "a", "type": "dateTime", "text": "A"},
            {"linkId": "b", "type": "choice", "text": "B", "answerValueSet": "http://example.org/vs"},
            {"linkId": "c", "type": "choice", "text": "C", "answerOption": [{"valueString": "x"}, 5]},
            {"linkId": "d", "type": "string", "text": "D", "readOnly": true, "modifierExtension": [{"url": "x"}]},
            {"linkId": "e", "type": "boolean", "text": "E", "enableWhen": [{"question": "a", "operator": "=", "answerTime": "10:00"}]},
            {"type": "boolean", "text": 7},
            {"linkId": "f", "type": "guess"}
        ]}]
    });
    let found = named(Form::from_questionnaire(&questionnaire).unwrap_err());
    for expected in [
        ("/contained", "fhir_unsupported"),
        ("/item/0/item/0/type", "fhir_unsupported"),
        ("/item/0/item/1/answerValueSet", "fhir_unsupported"),
        ("/item/0/item/2/answerOption/0/valueCoding", "fhir_unsupported"),
        ("/item/0/item/2/answerOption/1", "fhir_invalid"),
        ("/item/0/item/3/readOnly", "fhir_unsupported"),
        ("/item/0/item/3/modifierExtension", "fhir_unsupported"),
        ("/item/0/item/4/enableWhen/0", "fhir_unsupported"),
        ("/item/0/item/5/linkId", "fhir_invalid"),
        ("/item/0/item/5/text", "fhir_invalid"),
        ("/item/0/item/6/type", "fhir_invalid"),
    ] {
        assert!(found.contains(&(expected.0.to_owned(), expected.1)), "{expected:?} is not among {found:?}");
    }
    assert_eq!(found.len(), 11, "{found:?}");
    for other in [json!(null), json!([]), json!({}), json!({"resourceType": "Patient"})] {
        assert_eq!(Form::from_questionnaire(&other).unwrap_err().len(), 1, "{other}");
    }
}

#[test]
fn what_does_not_change_its_meaning_is_left_behind_and_told() {
    let questionnaire = json!({
        "resourceType": "Questionnaire", "status": "draft", "title": "T", "name": "T",
        "code": [{"code": "x"}], "Maren Holt": 1,
        "extension": [{"url": "http://example.org/x", "valueString": "x"}],
        "item": [{"linkId": "g", "type": "group", "definition": "http://example.org/d", "text": "G"}]
    });
    let Imported { form, ignored } = Form::from_questionnaire(&questionnaire).map_err(named).unwrap();
    assert_eq!((form.title.as_str(), form.item.len()), ("T", 1));
    let mut ignored = ignored;
    ignored.sort_unstable();
    assert_eq!(ignored, ["", "/code", "/extension/0", "/item/0/definition"]);
}

#[test]
fn a_bounds_unit_is_the_questions_or_is_refused() {
    let least = |code: &str| {
        json!({"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity",
            "valueQuantity": {"value": 20, "system": "http://unitsofmeasure.org", "code": code}})
    };
    let unit = json!({"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit",
        "valueCoding": {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kilograms"}});
    let read = |kind: &str, extensions: Value| {
        let item = json!({"linkId": "w", "type": kind, "text": "Weight", "extension": extensions});
        let group = json!({"linkId": "g", "type": "group", "text": "G", "item": [item]});
        Form::from_questionnaire(&json!({"resourceType": "Questionnaire", "item": [group]}))
    };
    // The unit may stand after the bound.
    let Imported { form, ignored } = read("quantity", json!([least("kg"), unit])).map_err(named).unwrap();
    let weight = &form.item[0].item[0];
    assert_eq!(weight.unit.as_ref().map(|unit| unit.display.as_str()), Some("kilograms"));
    assert!(weight.min_value.is_some() && ignored.is_empty());
    let Imported { form, .. } = read("quantity", json!([least("kg")])).map_err(named).unwrap();
    assert_eq!(form.item[0].item[0].unit.as_ref().map(|unit| unit.code.as_str()), Some("kg"));

    let place = "/item/0/item/0/extension/0/valueQuantity";
    let refused = |kind: &str, extensions: Value| named(read(kind, extensions).unwrap_err());
    let other = refused("quantity", json!([least("[lb_av]"), unit]));
    assert_eq!(other, [(format!("{place}/code"), "wrong_unit")]);
    assert_eq!(refused("decimal", json!([least("kg")])), [(place.to_owned(), "fhir_unsupported")]);
}

#[test]
fn a_crowd_of_items_is_told_once() {
    let item = json!({"linkId": "x", "type": "display", "text": "x"});
    let crowd = json!({"resourceType": "Questionnaire", "item": vec![item; 1_000]});
    assert_eq!(
        named(Form::from_questionnaire(&crowd).unwrap_err()),
        [("/item/300".to_owned(), "too_many_items")]
    );
}

#[test]
fn of_a_hundred_thousand_faults_or_losses_so_many_are_noted() {
    let holding = |field: &str, inner: Vec<Value>| {
        let mut item = json!({"linkId": "x", "type": "group", "text": "X"});
        item[field] = Value::Array(inner);
        item
    };
    let deep = |field: &str, inner: Vec<Value>| {
        let mut item = holding(field, inner);
        for _ in 0..59 {
            item = holding("item", vec![item]);
        }
        let mut questionnaire = json!({"resourceType": "Questionnaire"});
        questionnaire["item"] = Value::Array(vec![item]);
        Form::from_questionnaire(&questionnaire)
    };
    let many = 100_000;
    for field in ["item", "extension", "answerOption", "enableWhen", "initial"] {
        for wrong in [json!(0), json!({})] {
            // Of items without anything there are at most as many as a form has items.
            let least = if field == "item" && wrong.is_object() { 400 } else { 500 };
            let errors = deep(field, vec![wrong; many]).unwrap_err();
            assert!((least..=500).contains(&errors.len()), "{} of {field}", errors.len());
        }
    }
    let left = vec![json!({"url": "u"}); many];
    assert_eq!(deep("extension", left).map_err(named).unwrap().ignored.len(), 500);
    let names: serde_json::Map<_, _> = (0..many).map(|n| (format!("n{n}"), json!(0))).collect();
    let mut questionnaire = Value::Object(names);
    questionnaire["resourceType"] = json!("Questionnaire");
    let Imported { ignored, .. } = Form::from_questionnaire(&questionnaire).map_err(named).unwrap();
    assert_eq!(ignored.len(), 500);
}

#[test]
fn answers_become_a_response_in_the_order_of_the_form() {
    let form = published(sample());
    let today = jiff::civil::date(2026, 11, 21);
    let submission = form.check_submission(&sections(good()), today, PhoneRegion::US).map_err(named).unwrap();
    let response = form.to_questionnaire_response(
        &submission.answers,
        &Answered {
            intake: "int_1",
            questionnaire: "urn:visage:form:test|3",
            patient: "pat_1",
            authored: Timestamp::UNIX_EPOCH,
        },
    );
    let health = json!({"linkId": "health", "text": "Health", "item": [
        {"linkId": "smokes", "text": "Do you smoke?", "answer": [{"valueBoolean": true}]},
        {"linkId": "smoking", "text": "Smoking", "item": [
            {"linkId": "since", "text": "Since when?", "answer": [{"valueDate": "2010-05-01"}]}
        ]},
        {"linkId": "weight", "text": "Weight", "answer": [{"valueQuantity":
            {"value": 61.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}}]},
        {"linkId": "areas", "text": "Areas", "answer": [
            {"valueCoding": {"code": "nose", "display": "Nose"}}, {"valueCoding": {"code": "lips", "display": "Lips"}}
        ]}
    ]});
    assert_eq!(response["item"][1], health);
    assert_eq!(response["item"][0]["item"].as_array().unwrap().len(), 5);
    let fields = json!({
        "resourceType": "QuestionnaireResponse", "status": "completed", "language": "en",
        "questionnaire": "urn:visage:form:test|3",
        "identifier": {"system": "urn:visage:intake", "value": "int_1"},
        "subject": {"type": "Patient", "identifier": {"system": "urn:visage:patient", "value": "pat_1"}},
        "authored": "1970-01-01T00:00:00Z"
    });
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&response[name], value);
    }
}
