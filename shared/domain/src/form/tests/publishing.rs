//! What may be published.

use serde_json::{Value, json};

use super::super::{ErrorCode, Form, limits};
use super::{at, published, refusals, sample, with};
use crate::consent::ConsentPurpose;

#[test]
fn the_sample_can_be_published_and_keeps_its_json() {
    let form = published(sample());
    assert_eq!(serde_json::to_value(&form).unwrap(), sample());
    let read: Form = serde_json::from_value(serde_json::to_value(form.form()).unwrap()).unwrap();
    assert_eq!(&read, form.form());
}

#[test]
fn each_rule_names_its_field() {
    let long = |length: usize| Value::from("x".repeat(length));
    let choice = "/item/1/item/4";
    for (pointer, value, field, code) in [
        ("/title", json!(" "), "/title", "blank"),
        ("/title", long(limits::TITLE + 1), "/title", "too_long"),
        ("/title", json!("a\u{202e}b"), "/title", "forbidden_character"),
        ("/language", json!("english"), "/language", "invalid_language"),
        ("/item/0/linkId", json!("a b"), "/item/0/linkId", "invalid_link_id"),
        ("/item/0/linkId", json!(""), "/item/0/linkId", "invalid_link_id"),
        ("/item/0/linkId", json!("__proto__"), "/item/0/linkId", "invalid_link_id"),
        ("/item/0/linkId", long(65), "/item/0/linkId", "invalid_link_id"),
        ("/item/0/linkId", json!("health"), "/item/1/linkId", "duplicate_link_id"),
        ("/item/0/text", json!("\u{1}"), "/item/0/text", "forbidden_character"),
        ("/item/0/required", json!(true), "/item/0/required", "not_for_type"),
        ("/item/0/item/0/purpose", json!(null), "/item/0/item/0/purpose", "purpose_missing"),
        ("/item/0/item/0/purpose", json!("  "), "/item/0/item/0/purpose", "purpose_missing"),
        ("/item/0/item/0/purpose", long(limits::PURPOSE + 1), "/item/0/item/0/purpose", "too_long"),
        ("/item/0/item/0/maxLength", json!(0), "/item/0/item/0/maxLength", "invalid_max_length"),
        ("/item/0/item/0/maxLength", json!(501), "/item/0/item/0/maxLength", "invalid_max_length"),
        ("/item/0/item/0/repeats", json!(true), "/item/0/item/0/repeats", "not_for_type"),
        ("/item/0/item/2/maxLength", json!(9), "/item/0/item/2/maxLength", "not_for_type"),
        ("/item/1/item/1/item", json!([]), "/item/1/item/1/item", "empty_group"),
        ("/item/1/item/2/unit", json!(null), "/item/1/item/2/unit", "unit_missing"),
        ("/item/1/item/2/unit/code", json!("k g"), "/item/1/item/2/unit/code", "invalid_unit"),
        ("/item/1/item/2/minValue", json!(401), "/item/1/item/2/maxValue", "invalid_range"),
        ("/item/1/item/2/maxValue", json!(1e300), "/item/1/item/2/maxValue", "invalid_range"),
        ("/item/1/item/4/answerOption", json!([]), "/item/1/item/4/answerOption", "options_missing"),
        ("/views/-", json!({"view": "frontal", "instructions": "x"}), "/views/1/view", "view_duplicate"),
        ("/views/0/instructions", json!(""), "/views/0/instructions", "blank"),
        ("/consents/3", json!(null), "/consents", "consent_missing"),
        (
            "/consents/-",
            json!({"purpose": "sms", "text": "STOP HELP"}),
            "/consents/5/purpose",
            "consent_duplicate",
        ),
        ("/consents/0/text", json!(""), "/consents/0/text", "blank"),
        ("/consents/4/text", json!("Reply STOP."), "/consents/4/text", "sms_text_incomplete"),
        ("/consents/4/text", json!("STOPPED, HELPFUL"), "/consents/4/text", "sms_text_incomplete"),
    ] {
        assert_eq!(refusals(with(pointer, value)), at(field, code), "{pointer}");
    }
    let option = |code: &str, display: &str| json!({"valueCoding": {"code": code, "display": display}});
    for (options, field, code) in [
        (json!([option("a", "A"), option("a", "B")]), "1/valueCoding/code", "duplicate_option"),
        (json!([option("a", "A"), option("b", "A ")]), "1/valueCoding/display", "duplicate_option"),
        (json!([option("a/b", "A")]), "0/valueCoding/code", "invalid_option_code"),
        (json!([option("a", "")]), "0/valueCoding/display", "blank"),
    ] {
        let form = with(&format!("{choice}/answerOption"), options);
        assert_eq!(refusals(form), at(&format!("{choice}/answerOption/{field}"), code));
    }
}

#[test]
fn all_errors_are_named_at_once_and_by_link_id() {
    let mut form = with("/title", json!(""));
    super::set(&mut form, "/item/0/item/1/purpose", json!(null));
    super::set(&mut form, "/item/1/item/4/answerOption", json!([]));
    super::set(&mut form, "/consents/0", json!(null));
    let errors = serde_json::from_value::<Form>(form).unwrap().validate().unwrap_err();
    let named: Vec<_> = errors.iter().map(|e| (e.link_id.as_deref(), e.code)).collect();
    assert_eq!(
        named,
        [
            (None, ErrorCode::Blank),
            (Some("family"), ErrorCode::PurposeMissing),
            (Some("tone"), ErrorCode::OptionsMissing),
            (None, ErrorCode::ConsentMissing),
        ]
    );
    let json = serde_json::to_value(errors[1].clone().under("/form")).unwrap();
    let message = "every question states why it is asked";
    let expected = json!({"linkId": "family", "pointer": "/form/item/0/item/1/purpose", "code": "purpose_missing", "message": message});
    assert_eq!(json, expected);
}

#[test]
fn sections_are_groups_and_only_groups_hold_items() {
    let question = json!({"linkId": "q", "text": "Q", "type": "boolean", "purpose": "p"});
    assert_eq!(refusals(with("/item/-", question.clone())), at("/item/2/type", "section_expected"));
    assert_eq!(
        refusals(with("/item/0/item/0/item", json!([question]))),
        at("/item/0/item/0/item", "not_for_type")
    );
}

#[test]
fn items_nest_five_deep_and_no_deeper() {
    let nest = |depth: usize| {
        let mut item = json!({"linkId": "deep", "text": "Q", "type": "boolean", "purpose": "p"});
        for level in (1..depth).rev() {
            item = json!({"linkId": format!("level{level}"), "text": "G", "type": "group", "item": [item]});
        }
        with("/item/-", item)
    };
    assert_eq!(refusals(nest(5)), vec![]);
    assert_eq!(refusals(nest(6)), at("/item/2/item/0/item/0/item/0/item/0/item/0", "too_deep"));
    assert_eq!(refusals(nest(20)).len(), 1);
}

#[test]
fn forms_have_limits() {
    let question =
        |n: usize| json!({"linkId": format!("q{n}"), "text": "Q", "type": "boolean", "purpose": "p"});
    let group = |n: usize, items: Vec<Value>| json!({"linkId": format!("g{n}"), "text": "G", "type": "group", "item": items});
    let mut many = sample();
    for n in 0..29 {
        super::set(&mut many, "/item/-", group(n, vec![question(n)]));
    }
    assert_eq!(refusals(many), at("/item", "too_many_sections"));
    let crowd = with("/item/-", group(0, (0..290).map(question).collect()));
    assert_eq!(refusals(crowd), at("/item", "too_many_items"));
    let essays = |from: usize| {
        let essay = |n| json!({"linkId": format!("t{n}"), "text": "T", "type": "text", "purpose": "p", "maxLength": 4000});
        group(from, (from..from + 12).map(essay).collect())
    };
    assert_eq!(refusals(with("/item/-", essays(0))), vec![]);
    let mut book = sample();
    (0..4).for_each(|n| super::set(&mut book, "/item/-", essays(n * 12)));
    assert_eq!(refusals(book), at("/item", "answers_too_large"));
    let heavy: Vec<_> = (0..270).map(|n| {
        json!({"linkId": format!("q{n}"), "text": "é".repeat(600), "type": "boolean", "purpose": "p"})
    }).collect();
    assert_eq!(refusals(with("/item/-", group(0, heavy))), at("", "form_too_large"));
}

#[test]
fn languages_are_tags() {
    for good in ["en", "es-US", "zh-Hant-TW", "fil", "es-419", "sr-Latn"] {
        assert_eq!(refusals(with("/language", json!(good))), vec![], "{good}");
    }
    for bad in ["", "e", "en_US", "en-", "-en", "en-U", "en US", "eng-lishy", "en-US-x", "ên"] {
        assert_eq!(refusals(with("/language", json!(bad))), at("/language", "invalid_language"), "{bad}");
    }
}

#[test]
fn only_collection_and_needed_photographs_are_a_condition() {
    let needed = |form: Value| {
        let form = published(form);
        ConsentPurpose::ALL.into_iter().filter(|p| form.needs_consent(*p)).collect::<Vec<_>>()
    };
    assert_eq!(needed(sample()), [ConsentPurpose::Collect, ConsentPurpose::Photographs]);
    assert_eq!(needed(with("/views/0/required", json!(false))), [ConsentPurpose::Collect]);
    assert!(serde_json::from_value::<Form>(with("/consents/4/required", json!(true))).is_err());
}

#[test]
fn misspelt_fields_and_unknown_types_have_no_shape() {
    for (pointer, value) in [
        ("/item/0/item/0/enablewhen", json!([])),
        ("/item/0/item/0/type", json!("reference")),
        ("/views/0/view", json!("selfie")),
        ("/consents/0/purpose", json!("marketing")),
    ] {
        assert!(serde_json::from_value::<Form>(with(pointer, value)).is_err(), "{pointer}");
    }
}

#[test]
fn the_mapped_questions_are_there_once_required_and_unconditional() {
    let condition = json!([{"question": "mail", "operator": "exists", "answerBoolean": true}]);
    let phone =
        json!({"linkId": "phone2", "text": "Phone", "type": "string", "purpose": "p", "mapsTo": "phone"});
    for (pointer, value, field, code) in [
        ("/item/0/item/0/mapsTo", json!(null), "/item", "identifier_missing"),
        ("/item/0/item/2/required", json!(null), "/item/0/item/2/required", "identifier_not_required"),
        ("/item/0/item/3/required", json!(null), "/item/0/item/3/required", "identifier_not_required"),
        ("/item/1/item/-", phone, "/item/1/item/5/mapsTo", "identifier_duplicate"),
        (
            "/item/1/item/1/item/0/mapsTo",
            json!("phone"),
            "/item/1/item/1/item/0/mapsTo",
            "identifier_duplicate",
        ),
        ("/item/0/item/4/enableWhen", condition, "", ""),
    ] {
        let expected = if code.is_empty() { vec![] } else { at(field, code) };
        let refused: Vec<_> = refusals(with(pointer, value)).into_iter().take(1).collect();
        assert_eq!(refused, expected, "{pointer}");
    }
    let mut swapped = with("/item/0/item/0/type", json!("date"));
    assert_eq!(refusals(swapped.clone()), at("/item/0/item/0/mapsTo", "identifier_type"));
    super::set(&mut swapped, "/item/0/item/0/type", json!("boolean"));
    assert!(refusals(swapped).contains(&("/item/0/item/0/mapsTo".to_owned(), "not_for_type")));
    let mut unreachable = with("/item/0/item/3/mapsTo", json!(null));
    super::set(&mut unreachable, "/item/0/item/4/mapsTo", json!(null));
    assert_eq!(refusals(unreachable), at("/item", "identifier_missing"));
}

#[test]
fn a_conditional_group_makes_its_identifiers_conditional() {
    let first = json!({"linkId": "first", "text": "F", "type": "group", "item": [
        {"linkId": "ok", "text": "OK?", "type": "boolean", "purpose": "p"}
    ]});
    let mut form = sample();
    form["item"].as_array_mut().unwrap().insert(0, first);
    let condition = json!([{"question": "ok", "operator": "=", "answerBoolean": true}]);
    super::set(&mut form, "/item/1/enableWhen", condition);
    let refused = refusals(form);
    assert_eq!(refused.len(), 4, "{refused:?}");
    assert!(refused.iter().all(|(_, code)| *code == "identifier_conditional"));
}
