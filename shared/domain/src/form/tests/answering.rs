//! Saving drafts, and how answers are read and written.

use serde_json::{Value, json};

use super::super::{Answer, AnswerValue};
use super::{answers, at, good, named, published, sample, with};

fn faults(section: &str, given: Value) -> Vec<(String, &'static str)> {
    named(published(sample()).check_section(section, &answers(given)).err().unwrap_or_default())
}

#[test]
fn drafts_may_be_empty_or_partial() {
    assert_eq!(faults("you", json!({})), vec![]);
    assert_eq!(faults("health", json!({"note": {"valueString": "x"}, "areas": []})), vec![]);
    assert_eq!(faults("you", json!({"mail": {"valueString": "mar"}, "given": {"valueString": ""}})), vec![]);
    for (section, given) in good().as_object().unwrap() {
        assert_eq!(faults(section, given.clone()), vec![]);
    }
}

#[test]
fn each_fault_names_its_question() {
    let kilos = |value: f64, code: &str| json!({"valueQuantity": {"value": value, "code": code}});
    for (link_id, answer, place, code) in [
        ("smokes", json!({"valueString": "yes"}), "", "wrong_type"),
        ("smokes", json!([{"valueBoolean": true}]), "", "one_answer_expected"),
        ("smokes", json!(true), "", "answer_unreadable"),
        ("smokes", json!(null), "", "answer_unreadable"),
        ("smokes", json!({}), "", "answer_unreadable"),
        ("smokes", json!({"valueBoolean": true, "valueString": "x"}), "", "answer_unreadable"),
        ("smokes", json!({"valueInteger": 1}), "", "wrong_type"),
        ("smokes", json!({"valueBoolean": "true"}), "", "answer_unreadable"),
        ("since", json!({"valueDate": "2020-02-30"}), "", "invalid_date"),
        ("since", json!({"valueDate": "2020-2-3"}), "", "invalid_date"),
        ("since", json!({"valueDate": "20200203"}), "", "invalid_date"),
        ("since", json!({"valueDate": "2020-02-03T10:00"}), "", "invalid_date"),
        ("since", json!({"valueDate": "２020-02-03"}), "", "invalid_date"),
        ("since", json!({"valueDate": "2021-02-29"}), "", "invalid_date"),
        ("since", json!({"valueDate": "1899-12-31"}), "", "date_out_of_range"),
        ("since", json!({"valueDate": "2200-01-01"}), "", "date_out_of_range"),
        ("note", json!({"valueString": "x".repeat(21)}), "", "too_long"),
        ("note", json!({"valueString": "a\u{0}b"}), "", "forbidden_character"),
        ("note", json!({"valueString": "a\u{202e}b"}), "", "forbidden_character"),
        ("note", json!({"valueString": "a\u{9f}b"}), "", "forbidden_character"),
        ("weight", kilos(61.0, "g"), "", "wrong_unit"),
        ("weight", kilos(19.99, "kg"), "", "out_of_range"),
        ("weight", kilos(400.01, "kg"), "", "out_of_range"),
        (
            "weight",
            json!({"valueQuantity": {"value": 60, "code": "kg", "comparator": "<"}}),
            "",
            "answer_unreadable",
        ),
        (
            "weight",
            json!({"valueQuantity": {"value": 60, "code": "kg", "system": "x"}}),
            "",
            "answer_unreadable",
        ),
        ("tone", json!({"valueCoding": {"code": "vii"}}), "", "unknown_option"),
        ("tone", json!({"valueCoding": {"display": "Fair"}}), "", "answer_unreadable"),
        ("areas", json!({"valueCoding": {"code": "lips"}}), "", "list_expected"),
        ("areas", json!([{"valueCoding": {"code": "ear"}}]), "/0", "unknown_option"),
        (
            "areas",
            json!([{"valueCoding": {"code": "lips"}}, {"valueCoding": {"code": "lips"}}]),
            "/1",
            "duplicate_option",
        ),
        (
            "areas",
            json!([{"valueString": "a"}, {"valueString": "b"}, {"valueString": "c"}]),
            "",
            "too_many_answers",
        ),
        ("smoking", json!({"valueString": "x"}), "", "unknown_link_id"),
        ("given", json!({"valueString": "x"}), "", "unknown_link_id"),
    ] {
        let pointer = format!("/{link_id}{place}");
        assert_eq!(faults("health", json!({link_id: answer})), at(&pointer, code), "{answer}");
    }
}

#[test]
fn all_faults_are_named_at_once_in_the_order_of_the_form() {
    let given = json!({"x": {"valueBoolean": true}, "weight": 5, "smokes": {"valueString": "yes"}, "tone": [], "since": {"valueDate": "soon"}});
    let codes: Vec<_> = faults("health", given).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(codes, ["/smokes", "/since", "/weight", "/tone", "/x"]);
}

#[test]
fn a_malformed_name_is_not_echoed() {
    let error = &published(sample())
        .check_section("you", &answers(json!({"Maren Holt": {"valueBoolean": true}})))
        .unwrap_err()[0];
    assert_eq!((error.link_id.as_deref(), error.pointer.as_str()), (None, ""));
    assert_eq!(faults("Maren Holt", json!({})), at("", "unknown_section"));
    assert_eq!(faults("smoking", json!({})), at("", "unknown_section"));
}

#[test]
fn lengths_count_characters_and_emoji_are_welcome() {
    assert_eq!(faults("health", json!({"note": {"valueString": "👩‍👩‍👧‍👦 é\n😀 ünï"}})), vec![]);
    assert_eq!(faults("health", json!({"note": {"valueString": "é".repeat(20)}})), vec![]);
    assert_eq!(faults("health", json!({"note": {"valueString": "é".repeat(21)}})), at("/note", "too_long"));
    let one_line = with("/item/1/item/1/item/1/type", json!("string"));
    let two_lines = answers(json!({"note": {"valueString": "a\nb"}}));
    let errors = published(one_line).check_section("health", &two_lines).unwrap_err();
    assert_eq!(named(errors), at("/note", "forbidden_character"));
}

#[test]
fn messages_say_the_limit_but_never_the_value() {
    let given = answers(
        json!({"note": {"valueString": "secret".repeat(9)}, "weight": {"valueQuantity": {"value": 4711, "code": "kg"}}}),
    );
    let errors = published(sample()).check_section("health", &given).unwrap_err();
    let messages: Vec<_> = errors.iter().map(|error| error.message.as_ref()).collect();
    assert_eq!(messages, ["has at most 20 characters", "must be between 20 and 400"]);
}

#[test]
fn answers_keep_their_json_and_show_nothing_in_debug() {
    let json = json!({
        "a": {"valueString": "secret"},
        "b": [{"valueCoding": {"code": "secret"}}],
        "c": {"valueQuantity": {"value": 4711.5, "system": "http://unitsofmeasure.org", "code": "kg"}},
        "d": {"valueDate": "1999-09-09"},
        "e": {"valueBoolean": true}
    });
    let read = answers(json.clone());
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    assert_eq!(format!("{read:?}"), "Answers(5)");
    let shown = format!("{:?}", read.iter().collect::<Vec<_>>());
    for secret in ["secret", "4711", "1999", "true"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(read.get("e"), Some(&Answer::One(AnswerValue::Boolean(true))));
    assert_eq!(answers(json!({"f": 5})).get("f"), Some(&Answer::Unreadable));
    // A list is no object, though its entries would fit the fields in their order.
    for list in
        [json!({"valueQuantity": [80, null, null, "kg"]}), json!([{"valueCoding": ["yes", null, null]}])]
    {
        assert_eq!(answers(json!({"f": list})).get("f"), Some(&Answer::Unreadable));
    }
}
