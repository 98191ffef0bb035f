//! Which conditions may be published.

use serde_json::{Value, json};

use super::super::{EnableWhen, Form};
use super::{at, refusals, set, with};

/// What is said of these conditions on the last question, whose earlier ones are of every type.
fn on_last(conditions: Value) -> Vec<(String, &'static str)> {
    refusals(with("/item/1/item/4/enableWhen", conditions))
}

#[test]
fn conditions_that_fit_are_accepted() {
    let kg = |value: f64| json!({"value": value, "code": "kg"});
    for condition in [
        json!({"question": "given", "operator": "=", "answerString": "x"}),
        json!({"question": "note", "operator": "!=", "answerString": "x"}),
        json!({"question": "smokes", "operator": "!=", "answerBoolean": true}),
        json!({"question": "since", "operator": "<", "answerDate": "2020-01-01"}),
        json!({"question": "weight", "operator": ">=", "answerQuantity": kg(90.0)}),
        json!({"question": "areas", "operator": "=", "answerCoding": {"code": "nose", "display": "Nose"}}),
        json!({"question": "areas", "operator": "exists", "answerBoolean": false}),
    ] {
        assert_eq!(on_last(json!([condition])), vec![], "{condition}");
    }
}

#[test]
fn conditions_that_do_not_fit_name_what_is_wrong() {
    for (condition, field, code) in [
        (
            json!({"question": "gone", "operator": "exists", "answerBoolean": true}),
            "question",
            "condition_unknown_question",
        ),
        (
            json!({"question": "tone", "operator": "exists", "answerBoolean": true}),
            "question",
            "condition_cycle",
        ),
        (
            json!({"question": "smoking", "operator": "exists", "answerBoolean": true}),
            "question",
            "condition_on_group",
        ),
        (
            json!({"question": "smokes", "operator": "exists", "answerString": "x"}),
            "answerBoolean",
            "condition_answer_type",
        ),
        (
            json!({"question": "smokes", "operator": "=", "answerString": "x"}),
            "answerString",
            "condition_answer_type",
        ),
        (
            json!({"question": "smokes", "operator": ">", "answerBoolean": true}),
            "operator",
            "condition_operator",
        ),
        (
            json!({"question": "areas", "operator": "<", "answerCoding": {"code": "nose"}}),
            "operator",
            "condition_operator",
        ),
        (
            json!({"question": "areas", "operator": "=", "answerCoding": {"code": "ear"}}),
            "answerCoding/code",
            "condition_unknown_option",
        ),
        (
            json!({"question": "since", "operator": "<", "answerDate": "2020-02-30"}),
            "answerDate",
            "invalid_date",
        ),
        (
            json!({"question": "weight", "operator": "<", "answerQuantity": {"value": 1, "code": "g"}}),
            "answerQuantity/code",
            "wrong_unit",
        ),
        (
            json!({"question": "weight", "operator": "<", "answerDate": "2020-01-01"}),
            "answerDate",
            "condition_answer_type",
        ),
    ] {
        let pointer = format!("/item/1/item/4/enableWhen/0/{field}");
        assert_eq!(on_last(json!([condition])), at(&pointer, code), "{condition}");
    }
}

#[test]
fn several_conditions_say_how_they_combine() {
    let condition = json!({"question": "smokes", "operator": "exists", "answerBoolean": true});
    let two = json!([condition, condition]);
    assert_eq!(on_last(two.clone()), at("/item/1/item/4/enableBehavior", "enable_behavior_missing"));
    let mut form = with("/item/1/item/4/enableWhen", two);
    set(&mut form, "/item/1/item/4/enableBehavior", json!("any"));
    assert_eq!(refusals(form), vec![]);
    let eleven = Value::from(vec![condition; 11]);
    assert_eq!(on_last(eleven), at("/item/1/item/4/enableWhen", "too_many_conditions"));
}

#[test]
fn a_condition_has_exactly_one_answer() {
    for conditions in [
        json!([{"question": "smokes", "operator": "exists"}]),
        json!([{"question": "smokes", "operator": "=", "answerBoolean": true, "answerString": "x"}]),
        json!([{"question": "smokes", "operator": "~", "answerBoolean": true}]),
        json!([{"question": "smokes", "operator": "=", "answerTime": "10:00"}]),
    ] {
        assert!(serde_json::from_value::<Form>(with("/item/1/item/4/enableWhen", conditions)).is_err());
    }
}

#[test]
fn conditions_keep_their_json() {
    for condition in [
        json!({"question": "a", "operator": "!=", "answerBoolean": true}),
        json!({"question": "a", "operator": "=", "answerString": "x"}),
        json!({"question": "a", "operator": "<=", "answerDate": "2020-01-01"}),
        json!({"question": "a", "operator": "<", "answerInteger": -3}),
        json!({"question": "a", "operator": ">", "answerDecimal": 0.5}),
        json!({"question": "a", "operator": "=", "answerCoding": {"code": "x"}}),
        json!({"question": "a", "operator": ">", "answerQuantity": {"value": 1.5, "system": "http://unitsofmeasure.org", "code": "kg"}}),
    ] {
        let read: EnableWhen = serde_json::from_value(condition.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), condition);
        assert!(!format!("{read:?}").contains("2020"));
    }
}
