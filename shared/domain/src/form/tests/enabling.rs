//! When a question is asked: the table of FHIR's operators.

use serde_json::{Value, json};

use super::super::{AnswerValue, EnableBehavior, EnableWhen, Item};

fn condition(operator: &str, answer: &Value) -> EnableWhen {
    let mut json = json!({"question": "q", "operator": operator});
    json.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
    serde_json::from_value(json).unwrap()
}

fn given(values: &[Value]) -> Vec<AnswerValue> {
    values.iter().map(|value| serde_json::from_value(value.clone()).unwrap()).collect()
}

fn day(day: &str) -> Value {
    json!({"valueDate": day})
}

fn kilos(value: f64) -> Value {
    json!({"valueQuantity": {"value": value, "code": "kg"}})
}

fn code(code: &str) -> Value {
    json!({"valueCoding": {"code": code}})
}

#[test]
fn exists_asks_whether_there_is_an_answer() {
    for (wanted, values, holds) in [
        (true, vec![], false),
        (true, vec![json!({"valueBoolean": false})], true),
        (false, vec![], true),
        (false, vec![json!({"valueString": "x"})], false),
    ] {
        assert_eq!(condition("exists", &json!({"answerBoolean": wanted})).holds(&given(&values)), holds);
    }
}

#[test]
fn every_operator_holds_as_fhir_says() {
    let may = json!({"answerDate": "2020-05-01"});
    let ninety = json!({"answerQuantity": {"value": 90, "code": "kg"}});
    // Columns: less, equal, greater, unanswered.
    for (operator, expected) in [
        ("=", [false, true, false, false]),
        ("!=", [true, false, true, true]),
        (">", [false, false, true, false]),
        ("<", [true, false, false, false]),
        (">=", [false, true, true, false]),
        ("<=", [true, true, false, false]),
    ] {
        let days = [vec![day("2020-04-30")], vec![day("2020-05-01")], vec![day("2021-01-01")], vec![]];
        let weights = [vec![kilos(9.5)], vec![kilos(90.0)], vec![kilos(100.0)], vec![]];
        let held = |answer: &Value, table: &[Vec<Value>]| -> Vec<bool> {
            table.iter().map(|values| condition(operator, answer).holds(&given(values))).collect()
        };
        assert_eq!(held(&may, &days), expected, "{operator} of dates");
        assert_eq!(held(&ninety, &weights), expected, "{operator} of quantities");
    }
}

#[test]
fn of_several_answers_one_equal_is_enough_and_none_for_unequal() {
    let nose = json!({"answerCoding": {"code": "nose"}});
    for (values, equal) in [
        (vec![], false),
        (vec![code("lips")], false),
        (vec![code("lips"), code("nose")], true),
        (vec![code("nose")], true),
    ] {
        assert_eq!(condition("=", &nose).holds(&given(&values)), equal);
        assert_eq!(condition("!=", &nose).holds(&given(&values)), !equal);
    }
}

#[test]
fn other_types_and_units_never_compare() {
    let grams = given(&[json!({"valueQuantity": {"value": 90, "code": "g"}})]);
    let ninety = json!({"answerQuantity": {"value": 90, "code": "kg"}});
    for operator in ["=", "<", ">", "<=", ">="] {
        assert!(!condition(operator, &ninety).holds(&grams));
        assert!(!condition(operator, &ninety).holds(&given(&[day("2020-01-01")])));
    }
}

#[test]
fn strings_compare_without_the_space_around_them() {
    let yes = json!({"answerString": "yes"});
    assert!(condition("=", &yes).holds(&given(&[json!({"valueString": " yes "})])));
    assert!(!condition("=", &yes).holds(&given(&[json!({"valueString": "Yes"})])));
}

#[test]
fn behavior_combines_conditions() {
    let mut item: Item =
        serde_json::from_value(json!({"linkId": "i", "text": "t", "type": "boolean"})).unwrap();
    let held = condition("exists", &json!({"answerBoolean": false}));
    let unheld = condition("exists", &json!({"answerBoolean": true}));
    // Columns: all, any, unsaid.
    for (conditions, expected) in [
        (vec![], [true, true, true]),
        (vec![&held], [true, true, true]),
        (vec![&unheld], [false, false, false]),
        (vec![&held, &unheld], [false, true, false]),
        (vec![&unheld, &held], [false, true, false]),
        (vec![&unheld, &unheld], [false, false, false]),
        (vec![&held, &held], [true, true, true]),
    ] {
        item.enable_when = conditions.into_iter().cloned().collect();
        let behaviors = [Some(EnableBehavior::All), Some(EnableBehavior::Any), None];
        let results = behaviors.map(|behavior| {
            item.enable_behavior = behavior;
            item.conditions_hold_with(|_| &[])
        });
        assert_eq!(results, expected);
    }
}
