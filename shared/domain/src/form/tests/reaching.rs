//! Circles, and items that no answers lead to.

use serde_json::{Value, json};

use super::{at, refusals, sample, set};

/// The sample with conditions at places of its second section.
fn conditioned(conditions: &[(&str, Value)]) -> Vec<(String, &'static str)> {
    let mut form = sample();
    for (place, condition) in conditions {
        set(&mut form, &format!("/item/1/item/{place}/enableWhen"), condition.clone());
        if condition.as_array().unwrap().len() > 1 {
            set(&mut form, &format!("/item/1/item/{place}/enableBehavior"), json!("all"));
        }
    }
    refusals(form)
}

fn smokes(yes: bool) -> Value {
    json!({"question": "smokes", "operator": "=", "answerBoolean": yes})
}

fn kilos(operator: &str, value: f64) -> Value {
    json!({"question": "weight", "operator": operator, "answerQuantity": {"value": value, "code": "kg"}})
}

fn since(operator: &str, day: &str) -> Value {
    json!({"question": "since", "operator": operator, "answerDate": day})
}

fn area(operator: &str, code: &str) -> Value {
    json!({"question": "areas", "operator": operator, "answerCoding": {"code": code}})
}

fn exists(question: &str, is: bool) -> Value {
    json!({"question": question, "operator": "exists", "answerBoolean": is})
}

#[test]
fn a_condition_may_look_ahead_but_not_in_a_circle() {
    assert_eq!(conditioned(&[("2", json!([exists("tone", true)]))]), vec![]);
    let name = |place: &str| format!("/item/1/item/{place}/enableWhen/0/question");
    let circle = conditioned(&[("3", json!([exists("tone", true)])), ("4", json!([exists("areas", true)]))]);
    assert_eq!(circle, [(name("3"), "condition_cycle"), (name("4"), "condition_cycle")]);
    assert_eq!(conditioned(&[("4", json!([exists("tone", true)]))]), at(&name("4"), "condition_cycle"));
    // A group waits for what it holds, and that for the group.
    assert_eq!(conditioned(&[("1", json!([exists("note", false)]))]), at(&name("1"), "condition_cycle"));
}

#[test]
fn conditions_that_exclude_each_other_lead_nowhere() {
    for (place, conditions) in [
        ("4", json!([smokes(true), smokes(false)])),
        ("4", json!([smokes(true), exists("smokes", false)])),
        ("4", json!([kilos(">", 90.0), kilos("<", 90.0)])),
        ("4", json!([kilos(">", 400.0)])),
        ("4", json!([kilos("<", 20.0)])),
        ("4", json!([since(">", "2020-01-01"), since("<", "2020-01-02")])),
        ("4", json!([area("=", "nose"), area("!=", "nose")])),
        // Only smokers are asked since when.
        ("4", json!([smokes(false), since(">", "2020-01-01")])),
        // Within the group of smokers.
        ("1/item/1", json!([smokes(false)])),
    ] {
        let pointer = format!("/item/1/item/{place}/enableWhen");
        assert_eq!(conditioned(&[(place, conditions.clone())]), at(&pointer, "unreachable"), "{conditions}");
    }
}

#[test]
fn conditions_that_go_together_are_accepted() {
    for (place, conditions) in [
        ("4", json!([area("=", "nose"), area("=", "lips")])),
        ("4", json!([area("=", "nose"), area("!=", "lips")])),
        ("4", json!([kilos(">=", 90.0), kilos("<=", 90.0)])),
        ("4", json!([kilos(">", 89.0), kilos("<", 89.5), kilos("!=", 89.25)])),
        ("4", json!([kilos("<=", 20.0)])),
        ("4", json!([since(">", "2020-01-01"), since("<", "2020-01-03")])),
        ("4", json!([smokes(false), exists("since", false)])),
        ("4", json!([smokes(false), {"question": "since", "operator": "!=", "answerDate": "2020-01-01"}])),
        ("1/item/1", json!([smokes(true), since("<", "2020-01-01")])),
    ] {
        assert_eq!(conditioned(&[(place, conditions.clone())]), vec![], "{conditions}");
    }
}

#[test]
fn of_alternatives_one_way_is_enough() {
    let any = |conditions: Value| {
        let mut form = sample();
        set(&mut form, "/item/1/item/1/item/1/enableWhen", conditions);
        set(&mut form, "/item/1/item/1/item/1/enableBehavior", json!("any"));
        refusals(form)
    };
    assert_eq!(any(json!([smokes(false), since("<", "2020-01-01")])), vec![]);
    assert_eq!(
        any(json!([smokes(false), exists("smokes", false)])),
        at("/item/1/item/1/item/1/enableWhen", "unreachable")
    );
}

#[test]
fn what_a_lost_group_holds_is_named_with_it() {
    let lost = conditioned(&[("1", json!([smokes(true), smokes(false)]))]);
    assert_eq!(lost, at("/item/1/item/1/enableWhen", "unreachable"));
    // And what only its answers lead to is lost as well.
    let lost =
        conditioned(&[("1", json!([smokes(true), smokes(false)])), ("4", json!([since(">", "2020-01-01")]))]);
    let names = ["/item/1/item/1/enableWhen", "/item/1/item/4/enableWhen"];
    assert_eq!(lost, names.map(|name| (name.to_owned(), "unreachable")));
}
