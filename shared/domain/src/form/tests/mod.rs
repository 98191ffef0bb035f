#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answering;
mod default_form;
mod enabling;
mod fhir;
mod fhir_properties;
mod generated;
mod identifiers;
mod properties;
mod publishing;
mod publishing_conditions;
mod reaching;
mod submitting;
mod translating;
mod types;

use serde_json::{Value, json};

use super::{Answers, AnswersBySection, FieldError, Form, PublishableForm};

/// A form with one question of every type; small enough to know by heart.
fn sample() -> Value {
    json!({
        "title": "Sample",
        "language": "en",
        "item": [
            {"linkId": "you", "text": "You", "type": "group", "item": [
                {"linkId": "given", "text": "First name", "type": "string", "purpose": "p", "required": true, "mapsTo": "givenName"},
                {"linkId": "family", "text": "Last name", "type": "string", "purpose": "p", "required": true, "mapsTo": "familyName"},
                {"linkId": "born", "text": "Birth date", "type": "date", "purpose": "p", "required": true, "mapsTo": "birthDate"},
                {"linkId": "mail", "text": "E-mail", "type": "string", "purpose": "p", "required": true, "mapsTo": "email"},
                {"linkId": "phone", "text": "Phone", "type": "string", "purpose": "p", "mapsTo": "phone"}
            ]},
            {"linkId": "health", "text": "Health", "type": "group", "item": [
                {"linkId": "smokes", "text": "Do you smoke?", "type": "boolean", "purpose": "p", "required": true},
                {"linkId": "smoking", "text": "Smoking", "type": "group",
                 "enableWhen": [{"question": "smokes", "operator": "=", "answerBoolean": true}],
                 "item": [
                    {"linkId": "since", "text": "Since when?", "type": "date", "purpose": "p", "required": true},
                    {"linkId": "note", "text": "Note", "type": "text", "purpose": "p", "maxLength": 20}
                ]},
                {"linkId": "weight", "text": "Weight", "type": "quantity", "purpose": "p",
                 "unit": {"code": "kg", "display": "kg"}, "minValue": 20.0, "maxValue": 400.0},
                {"linkId": "areas", "text": "Areas", "type": "choice", "purpose": "p", "repeats": true, "answerOption": [
                    {"valueCoding": {"code": "lips", "display": "Lips"}},
                    {"valueCoding": {"code": "nose", "display": "Nose"}}
                ]},
                {"linkId": "tone", "text": "Tone", "type": "choice", "purpose": "p", "answerOption": [
                    {"valueCoding": {"code": "i", "display": "Fair"}},
                    {"valueCoding": {"code": "vi", "display": "Deep"}}
                ]}
            ]}
        ],
        "views": [{"view": "frontal", "required": true, "instructions": "Look ahead."}],
        "consents": [
            {"purpose": "collect", "text": "c"},
            {"purpose": "photographs", "text": "p"},
            {"purpose": "face_analysis", "text": "f"},
            {"purpose": "sharing", "text": "s"},
            {"purpose": "sms", "text": "Reply STOP to end, HELP for help."}
        ]
    })
}

/// The sample with the value at `pointer` replaced, or removed if `Null`.
fn with(pointer: &str, value: Value) -> Value {
    let mut form = sample();
    set(&mut form, pointer, value);
    form
}

fn set(form: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match form.pointer_mut(parent).unwrap() {
        Value::Object(fields) if value.is_null() => drop(fields.remove(name)),
        Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
        Value::Array(values) if value.is_null() => drop(values.remove(name.parse::<usize>().unwrap())),
        Value::Array(values) if name == "-" => values.push(value),
        Value::Array(values) => values[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer} leads nowhere"),
    }
}

/// What publishing says of a form: pointers and codes.
fn refusals(form: Value) -> Vec<(String, &'static str)> {
    let form: Form = serde_json::from_value(form).expect("the form has the right shape");
    named(form.validate().err().unwrap_or_default())
}

fn named(errors: Vec<FieldError>) -> Vec<(String, &'static str)> {
    errors.into_iter().map(|error| (error.pointer, error.code.as_str())).collect()
}

fn at(pointer: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(pointer.to_owned(), code)]
}

fn published(form: Value) -> PublishableForm {
    let form: Form = serde_json::from_value(form).expect("the form has the right shape");
    form.validate().expect("the form can be published")
}

fn answers(json: Value) -> Answers {
    serde_json::from_value(json).expect("answers are an object")
}

fn sections(json: Value) -> AnswersBySection {
    serde_json::from_value(json).expect("sections are objects")
}

/// Good answers to the sample.
fn good() -> Value {
    json!({
        "you": {
            "given": {"valueString": " Maren "},
            "family": {"valueString": "Holt"},
            "born": {"valueDate": "1988-02-29"},
            "mail": {"valueString": "maren@Example.COM"},
            "phone": {"valueString": "(206) 555-0100"}
        },
        "health": {
            "smokes": {"valueBoolean": true},
            "since": {"valueDate": "2010-05-01"},
            "weight": {"valueQuantity": {"value": 61.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}},
            "areas": [{"valueCoding": {"code": "nose"}}, {"valueCoding": {"code": "lips", "display": "Lips"}}]
        }
    })
}
