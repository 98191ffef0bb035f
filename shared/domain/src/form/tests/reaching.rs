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

/// A section of questions, each with conditions.
fn crowd(count: usize, conditions: impl Fn(usize) -> Vec<Value>) -> Value {
    let question = |index: usize| {
        json!({
            "linkId": format!("q{index}"), "text": "Q", "type": "integer", "purpose": "p",
            "enableBehavior": "all", "enableWhen": conditions(index),
        })
    };
    let questions: Vec<Value> = (0..count).map(question).collect();
    json!({"linkId": "crowd", "text": "Crowd", "type": "group", "item": questions})
}

#[test]
fn a_form_made_to_keep_a_function_busy_is_refused_in_time() {
    // Whoever asks for an item asks for all before it, and every one of them has something to say of the weight.
    let mut form = sample();
    let conditions = |index: usize| {
        let before = index.checked_sub(1).map(|before| exists(&format!("q{before}"), true));
        let weight = (1..10).map(|number| {
            let most = u32::try_from(10 * index + number).unwrap();
            kilos("<", 100.0 + f64::from(most) / 8.0)
        });
        before.into_iter().chain(weight).collect()
    };
    set(&mut form, "/item/-", crowd(120, conditions));
    // What else is wrong is named beside it.
    set(&mut form, "/title", json!(" "));
    let found = refusals(form);
    assert_eq!(found, [("/title".to_owned(), "blank"), ("/item".to_owned(), "conditions_too_entangled")]);
}

#[test]
fn what_people_can_follow_is_looked_through() {
    // Two hundred and fifty questions, each after answers to the three before.
    let mut form = sample();
    let conditions =
        |index: usize| (index.saturating_sub(3)..index).map(|it| exists(&format!("q{it}"), true)).collect();
    set(&mut form, "/item/-", crowd(250, conditions));
    assert_eq!(refusals(form), vec![]);
}

#[test]
fn a_condition_names_no_longer_text_than_can_be_answered() {
    let says =
        |length: usize| json!({"question": "note", "operator": "=", "answerString": "é".repeat(length)});
    assert_eq!(conditioned(&[("4", json!([says(20)]))]), vec![]);
    let pointer = "/item/1/item/4/enableWhen/0/answerString";
    assert_eq!(conditioned(&[("4", json!([says(21)]))]), at(pointer, "too_long"));
}
