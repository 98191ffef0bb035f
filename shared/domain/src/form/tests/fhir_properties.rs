//! What holds in FHIR for any form that can be published, and any answers to it.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::fhir::{Answered, Imported};
use super::super::{AnswersBySection, Form, Item, PublishableForm};
use super::fhir::exported;
use super::generated::publishable;
use super::named;

/// An answer that might be given to a question: good, bad or none, by a few dice.
fn answer(item: &Item, dice: u8) -> Option<Value> {
    let kind = serde_json::to_value(item.kind).unwrap();
    let value = match (kind.as_str().unwrap(), dice % 8) {
        (_, 0) => return None,
        (_, 1) => json!({"valueString": "something else"}),
        ("boolean", _) => json!({"valueBoolean": dice > 100}),
        ("integer", _) => json!({"valueInteger": item.max_value.as_ref()?.number()?}),
        ("decimal", _) => json!({"valueDecimal": item.min_value.as_ref()?.number()?}),
        ("quantity", _) => {
            json!({"valueQuantity": {"value": item.min_value.as_ref()?.number()?, "code": item.unit.as_ref()?.code}})
        }
        ("date", _) => json!({"valueDate": "2024-02-29"}),
        ("choice" | "open-choice", 2..) => {
            let options = &item.answer_option;
            json!({"valueCoding": {"code": options[usize::from(dice) % options.len()].value_coding.code}})
        }
        ("attachment", _) => json!({"valueAttachment": {"url": "pho_0123456789abcdefghjkmnpqr0"}}),
        _ => json!({"valueString": " so it is "}),
    };
    Some(if item.repeats { json!([value]) } else { value })
}

fn answers(form: &Form, dice: &[u8]) -> AnswersBySection {
    let mut dice = dice.iter().cycle().copied();
    let mut sections = Map::new();
    for section in &form.item {
        let mut given = Map::new();
        let mut items: Vec<&Item> = section.item.iter().collect();
        while let Some(item) = items.pop() {
            items.extend(&item.item);
            if let Some(answer) = answer(item, dice.next().unwrap_or_default()) {
                given.insert(item.link_id.clone(), answer);
            }
        }
        sections.insert(section.link_id.clone(), Value::Object(given));
    }
    serde_json::from_value(Value::Object(sections)).unwrap()
}

/// The field that holds an answer to a question of a type.
fn fields(kind: &str) -> &'static [&'static str] {
    match kind {
        "boolean" => &["valueBoolean"],
        "integer" => &["valueInteger"],
        "decimal" => &["valueDecimal"],
        "quantity" => &["valueQuantity"],
        "date" => &["valueDate"],
        "choice" => &["valueCoding"],
        "open-choice" => &["valueCoding", "valueString"],
        "attachment" => &["valueAttachment"],
        "string" | "text" => &["valueString"],
        _ => &[],
    }
}

/// That a response's items are those of its questionnaire: nested and ordered alike, each once, a group with items and a
/// question with answers of its type, as many as it takes.
fn check_items(questionnaire: &Value, response: &Value) -> Result<(), TestCaseError> {
    let list = |value: &Value| value["item"].as_array().cloned().unwrap_or_default();
    let asked = list(questionnaire);
    let mut place = 0;
    for item in list(response) {
        let found = asked[place..].iter().position(|asked| asked["linkId"] == item["linkId"]);
        prop_assert!(found.is_some(), "{} is not asked here, or later", item["linkId"]);
        place += found.unwrap_or_default() + 1;
        let asked = &asked[place - 1];
        prop_assert_eq!(&asked["text"], &item["text"]);
        let (kind, answers) = (asked["type"].as_str().unwrap_or_default(), item["answer"].as_array());
        prop_assert_eq!(kind == "group", answers.is_none());
        prop_assert_eq!(kind == "group", !list(&item).is_empty());
        let answers = answers.cloned().unwrap_or_default();
        prop_assert!(answers.len() <= 1 || asked["repeats"] == true);
        for answer in &answers {
            let answer = answer.as_object().unwrap();
            prop_assert_eq!(answer.len(), 1);
            prop_assert!(answer.keys().all(|field| fields(kind).contains(&field.as_str())), "{:?}", answer);
            let code = answer.get("valueCoding").map(|coding| &coding["code"]);
            let offered = |option: &Value| Some(&option["valueCoding"]["code"]) == code;
            prop_assert!(code.is_none() || asked["answerOption"].as_array().unwrap().iter().any(offered));
        }
        check_items(asked, &item)?;
    }
    Ok(())
}

/// No null, no empty list, object or text: FHIR has none.
fn check_values(value: &Value) -> Result<(), TestCaseError> {
    match value {
        Value::Null => prop_assert!(false, "a null"),
        Value::String(text) => prop_assert!(!text.trim().is_empty(), "an empty text"),
        Value::Array(list) => {
            prop_assert!(!list.is_empty(), "an empty list");
            list.iter().try_for_each(check_values)?;
        }
        Value::Object(fields) => {
            prop_assert!(!fields.is_empty(), "an empty object");
            fields.values().try_for_each(check_values)?;
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_form_comes_back_as_it_went(form in publishable()) {
        let out = exported(&form);
        check_values(&out)?;
        let Imported { form: back, ignored } = Form::from_questionnaire(&out).map_err(named).unwrap();
        prop_assert_eq!(back, form);
        prop_assert_eq!(ignored, [""; 0]);
    }

    #[test]
    fn any_answers_make_a_sound_response(form in publishable(), dice in prop::collection::vec(any::<u8>(), 1..40)) {
        let given = answers(&form, &dice);
        let questionnaire = exported(&form);
        let form = PublishableForm::already_published(form);
        let response = form.to_questionnaire_response(&given, &Answered {
            intake: "int_1", questionnaire: "urn:visage:form:test|3", patient: "pat_1", authored: Timestamp::UNIX_EPOCH,
        });
        check_values(&response)?;
        check_items(&questionnaire, &response)?;
        prop_assert_eq!(&response["resourceType"], "QuestionnaireResponse");
        prop_assert_eq!(&response["status"], "completed");
        // What is kept of the answers is in it, and nothing else.
        let rendered = form.render(&given).into_iter().filter(|asked| asked.answer.is_some()).count();
        let answered = response.to_string().matches("\"answer\":").count();
        prop_assert_eq!(rendered, answered);
    }
}
