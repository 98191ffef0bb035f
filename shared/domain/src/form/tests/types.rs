//! Questions of every type: what may be published of them, and which answers they take.

use serde_json::{Value, json};

use super::super::{Form, ItemType};
use super::{answers, at, named, published, refusals, sample, with};

/// The sample with one more question, the sixth of its second section.
fn asking(question: Value) -> Value {
    let mut question = question;
    let fields = question.as_object_mut().unwrap();
    for (name, value) in [("linkId", "q"), ("text", "Q"), ("purpose", "p")] {
        fields.entry(name).or_insert_with(|| json!(value));
    }
    with("/item/1/item/-", question)
}

/// What is said of an answer to that question.
fn faults(question: &Value, answer: &Value) -> Vec<(String, &'static str)> {
    let form = published(asking(question.clone()));
    named(form.check_section("health", &answers(json!({"q": answer}))).err().unwrap_or_default())
}

fn options() -> Value {
    json!([{"valueCoding": {"code": "a", "display": "A"}}, {"valueCoding": {"code": "b", "display": "B"}}])
}

#[test]
fn every_type_takes_its_answers() {
    for (question, answer) in [
        (json!({"type": "boolean"}), json!({"valueBoolean": false})),
        (json!({"type": "integer", "minValue": -3, "maxValue": 3}), json!({"valueInteger": -3})),
        (json!({"type": "decimal", "maxValue": 0.5}), json!({"valueDecimal": 0.5})),
        (json!({"type": "decimal"}), json!({"valueDecimal": 7})),
        (json!({"type": "date", "minValue": "2020-02-29"}), json!({"valueDate": "2020-02-29"})),
        (json!({"type": "string", "minLength": 2, "regex": "[A-Z]+"}), json!({"valueString": " AB "})),
        (json!({"type": "text", "regex": "(?s).*"}), json!({"valueString": "a\nb"})),
        (json!({"type": "string", "minLength": 2}), json!({"valueString": "  "})),
        (
            json!({"type": "choice", "answerOption": options()}),
            json!({"valueCoding": {"code": "a", "system": "s"}}),
        ),
        (json!({"type": "open-choice", "answerOption": options()}), json!({"valueCoding": {"code": "b"}})),
        (json!({"type": "open-choice", "answerOption": options()}), json!({"valueString": "neither"})),
        (
            json!({"type": "open-choice", "repeats": true, "answerOption": options()}),
            json!([{"valueString": "c"}, {"valueCoding": {"code": "b"}}]),
        ),
        (
            json!({"type": "quantity", "unit": {"code": "cm", "display": "cm"}, "minValue": 50}),
            json!({"valueQuantity": {"value": 170, "code": "cm"}}),
        ),
        (
            json!({"type": "attachment"}),
            json!({"valueAttachment": {"url": "pho_0123456789abcdefghjkmnpqr0", "title": "Röntgen 🩻.pdf"}}),
        ),
        (json!({"type": "string", "repeats": true}), json!([{"valueString": "x"}, {"valueString": "x"}])),
        (json!({"type": "integer", "repeats": true}), json!([])),
    ] {
        assert_eq!(faults(&question, &answer), vec![], "{question} {answer}");
    }
}

#[test]
fn every_type_refuses_what_it_does_not_take() {
    let attachment = |field: &str, value: &str| {
        let mut file = json!({"url": "pho_0123456789abcdefghjkmnpqr0"});
        file[field] = json!(value);
        json!({ "valueAttachment": file })
    };
    let file = json!({"type": "attachment"});
    let many = |count: usize| Value::from(vec![json!({"valueInteger": 1}); count]);
    for (question, answer, place, code) in [
        (json!({"type": "integer", "minValue": -3}), json!({"valueInteger": -4}), "", "out_of_range"),
        (json!({"type": "integer"}), json!({"valueInteger": 1.5}), "", "answer_unreadable"),
        (json!({"type": "integer"}), json!({"valueInteger": 2_147_483_648_u32}), "", "answer_unreadable"),
        (json!({"type": "integer"}), json!({"valueDecimal": 1}), "", "wrong_type"),
        (json!({"type": "decimal", "maxValue": 0.5}), json!({"valueDecimal": 0.51}), "", "out_of_range"),
        (json!({"type": "decimal"}), json!({"valueDecimal": 1e13}), "", "out_of_range"),
        (json!({"type": "decimal"}), json!({"valueDecimal": 1e-7}), "", "out_of_range"),
        (
            json!({"type": "date", "minValue": "2020-02-29"}),
            json!({"valueDate": "2020-02-28"}),
            "",
            "out_of_range",
        ),
        (
            json!({"type": "date", "maxValue": "2020-02-29"}),
            json!({"valueDate": "2020-03-01"}),
            "",
            "out_of_range",
        ),
        (json!({"type": "string", "minLength": 2}), json!({"valueString": " é "}), "", "too_short"),
        (json!({"type": "string", "regex": "[A-Z]+"}), json!({"valueString": "ABc"}), "", "pattern_mismatch"),
        (json!({"type": "choice", "answerOption": options()}), json!({"valueString": "A"}), "", "wrong_type"),
        (
            json!({"type": "open-choice", "answerOption": options()}),
            json!({"valueCoding": {"code": "c"}}),
            "",
            "unknown_option",
        ),
        (
            json!({"type": "open-choice", "answerOption": options()}),
            json!({"valueString": "a\nb"}),
            "",
            "forbidden_character",
        ),
        (file.clone(), attachment("url", "https://example.com/x"), "", "invalid_attachment"),
        (file.clone(), attachment("url", "pho_../../etc"), "", "invalid_attachment"),
        (file.clone(), attachment("title", "a\u{202e}gpj"), "", "invalid_attachment"),
        (file.clone(), attachment("data", "AAAA"), "", "answer_unreadable"),
        (json!({"type": "integer", "repeats": true}), many(21), "", "too_many_answers"),
        (json!({"type": "integer", "repeats": true, "maxOccurs": 2}), many(3), "", "too_many_answers"),
        (json!({"type": "integer", "repeats": true, "maxValue": 0}), many(2), "/0", "out_of_range"),
        (json!({"type": "display", "purpose": null}), json!({"valueString": "x"}), "", "unknown_link_id"),
    ] {
        let found: Vec<_> = faults(&question, &answer).into_iter().take(1).collect();
        assert_eq!(found, at(&format!("/q{place}"), code), "{question} {answer}");
    }
}

#[test]
fn fields_that_do_not_fit_are_named() {
    let q = "/item/1/item/5";
    for (question, field, code) in [
        (json!({"type": "display", "required": true}), "/required", "not_for_type"),
        (
            json!({"type": "display", "item": [{"linkId": "x", "text": "x", "type": "display"}]}),
            "/item",
            "not_for_type",
        ),
        (json!({"type": "boolean", "repeats": true}), "/repeats", "not_for_type"),
        (json!({"type": "boolean", "minValue": 1}), "/minValue", "not_for_type"),
        (json!({"type": "integer", "regex": "x"}), "/regex", "not_for_type"),
        (json!({"type": "attachment", "initial": [{"valueString": "x"}]}), "/initial", "not_for_type"),
        (json!({"type": "string", "maxOccurs": 2}), "/maxOccurs", "invalid_max_occurs"),
        (json!({"type": "string", "repeats": true, "maxOccurs": 51}), "/maxOccurs", "invalid_max_occurs"),
        (json!({"type": "string", "minLength": 9, "maxLength": 8}), "/minLength", "invalid_min_length"),
        (json!({"type": "string", "regex": "(?=x)"}), "/regex", "invalid_pattern"),
        (json!({"type": "string", "prefix": "x".repeat(21)}), "/prefix", "too_long"),
        (json!({"type": "integer", "minValue": 0.5}), "/minValue", "invalid_range"),
        (json!({"type": "integer", "maxValue": "2020-01-01"}), "/maxValue", "invalid_range"),
        (json!({"type": "integer", "minValue": 2, "maxValue": 1}), "/maxValue", "invalid_range"),
        (json!({"type": "date", "minValue": 7}), "/minValue", "invalid_range"),
        (
            json!({"type": "date", "minValue": "2021-01-01", "maxValue": "2020-01-01"}),
            "/maxValue",
            "invalid_range",
        ),
        (json!({"type": "date", "maxValue": "2021-02-29"}), "/maxValue", "invalid_range"),
        (
            json!({"type": "integer", "initial": [{"valueInteger": 1}, {"valueInteger": 2}]}),
            "/initial",
            "initial_not_alone",
        ),
        (json!({"type": "integer", "initial": [{"valueDecimal": 1}]}), "/initial/0", "invalid_initial"),
        (
            json!({"type": "integer", "maxValue": 3, "initial": [{"valueInteger": 4}]}),
            "/initial/0",
            "invalid_initial",
        ),
        (json!({"type": "string", "initial": [{"valueString": " "}]}), "/initial/0", "invalid_initial"),
        (json!({"type": "open-choice"}), "/answerOption", "options_missing"),
        (
            json!({"type": "choice", "answerOption": options(), "initial": [{"valueCoding": {"code": "a"}}]}),
            "/initial",
            "initial_beside_options",
        ),
        (
            json!({"type": "choice", "answerOption": [
                {"valueCoding": {"code": "a", "display": "A"}, "initialSelected": true},
                {"valueCoding": {"code": "b", "display": "B"}, "initialSelected": true}
            ]}),
            "/answerOption",
            "initial_not_alone",
        ),
        (
            json!({"type": "choice", "answerOption": [{"valueCoding": {"system": "a b", "code": "a", "display": "A"}}]}),
            "/answerOption/0/valueCoding/system",
            "invalid_system",
        ),
    ] {
        assert_eq!(refusals(asking(question.clone())), at(&format!("{q}{field}"), code), "{question}");
    }
    assert_eq!(
        refusals(with("/item/-", json!({"linkId": "x", "text": "x", "type": "display"}))),
        at("/item/2/type", "section_expected")
    );
}

#[test]
fn a_text_to_read_needs_no_purpose_and_every_question_does() {
    let kinds = ["boolean", "decimal", "integer", "date", "string", "text", "attachment"];
    assert_eq!(refusals(asking(json!({"type": "display", "purpose": null}))), vec![]);
    for kind in kinds {
        let mut form = asking(json!({"type": kind}));
        assert_eq!(refusals(form.clone()), vec![], "{kind}");
        super::set(&mut form, "/item/1/item/5/purpose", json!(null));
        assert_eq!(refusals(form), at("/item/1/item/5/purpose", "purpose_missing"), "{kind}");
    }
}

#[test]
fn types_are_named_as_in_fhir() {
    for (kind, name) in [
        (ItemType::Group, "group"),
        (ItemType::Display, "display"),
        (ItemType::OpenChoice, "open-choice"),
        (ItemType::Attachment, "attachment"),
    ] {
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
}

/// A form as it was stored before there were translations, prefixes, patterns, initial values and bounds of dates.
#[test]
fn a_form_of_the_first_days_is_read_as_it_was_written() {
    let first = sample();
    let form: Form = serde_json::from_value(first.clone()).unwrap();
    assert_eq!(serde_json::to_value(&form).unwrap(), first);
}
