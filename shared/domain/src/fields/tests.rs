use super::*;
use crate::ids::{OperatorId, StaffId};
use serde_json::json;

const ITEM: &[Field] = &[shown("text"), shown("item").again()];
const FIELDS: &[Field] = &[
    shown("status"),
    shown("tags"),
    shown("items").of(ITEM),
    shown("names").by_key(),
    shown("answers").by_key().by_key().of(&[shown("value")]),
    shown("resource").whole(),
    shown("secret")
        .of(&[shown("text"), shown("figure").to(&[Role::Provider])])
        .to(&[Role::Provider, Role::Compliance]),
];

fn staff(roles: &[Role]) -> Actor {
    Actor::Staff { staff: StaffId::from_bits([1; 16]), roles: roles.to_vec() }
}

fn seen(answer: Value) -> Value {
    only(answer, FIELDS, &staff(&[Role::Coordinator]))
}

#[test]
fn what_is_listed_stays_as_it_is() {
    let answer = json!({
        "status": "new",
        "tags": ["a", 1, true, null],
        "items": [{ "text": "A", "item": [{ "text": "B", "item": [{ "text": "C" }] }] }],
        "names": { "stf_1": "Ana", "stf_2": null },
        "answers": { "about": { "name": { "value": "x" }, "tried": [{ "value": 1 }, { "value": 2 }] } },
        "resource": { "anything": [{ "goes": {} }] },
    });
    assert_eq!(seen(answer.clone()), answer);
}

#[test]
fn what_is_not_listed_vanishes_at_every_depth() {
    let answer = json!({
        "status": "new", "new": 1, "newer": { "status": "new" },
        "items": [{ "text": "A", "new": 1, "item": [{ "text": "B", "new": [] }] }],
        "answers": { "about": { "name": { "value": "x", "new": 1 } } },
    });
    let expected = json!({
        "status": "new",
        "items": [{ "text": "A", "item": [{ "text": "B" }] }],
        "answers": { "about": { "name": { "value": "x" } } },
    });
    assert_eq!(seen(answer), expected);
}

#[test]
fn what_became_more_than_it_was_listed_as_vanishes() {
    for became in [json!({ "code": "new" }), json!(["new", { "code": 1 }]), json!([["new"]])] {
        assert_eq!(seen(json!({ "status": became })), json!({}));
    }
    assert_eq!(seen(json!({ "items": "text" })), json!({}));
    assert_eq!(
        seen(json!({ "items": [{ "text": "A" }, "text", null] })),
        json!({ "items": [{ "text": "A" }, null] })
    );
    assert_eq!(seen(json!({ "names": ["Ana"], "answers": "x" })), json!({}));
    assert_eq!(seen(json!({ "names": { "stf_1": { "name": "Ana" } } })), json!({ "names": {} }));
    assert_eq!(
        seen(json!({ "answers": { "about": { "name": "x" } } })),
        json!({ "answers": { "about": {} } })
    );
    assert_eq!(seen(json!({ "items": null, "names": null })), json!({ "items": null, "names": null }));
}

#[test]
fn an_answer_that_is_no_object_is_nothing() {
    for answer in [json!("text"), json!(1), json!(null)] {
        assert_eq!(seen(answer), Value::Null);
    }
    assert_eq!(seen(json!([{ "status": 1, "new": 1 }, "text"])), json!([{ "status": 1 }]));
    assert_eq!(only(json!({ "status": 1 }), &[], &Actor::Visitor), json!({}));
}

#[test]
fn staff_see_what_any_of_their_roles_needs_and_nobody_else_what_is_for_a_role() {
    let whole = json!({ "status": 1, "secret": { "text": "t", "figure": 2 } });
    let without_figure = json!({ "status": 1, "secret": { "text": "t" } });
    let nothing = json!({ "status": 1 });
    for (reader, expected) in [
        (staff(&[Role::Provider]), &whole),
        (staff(&[Role::Coordinator, Role::Provider]), &whole),
        (staff(&[Role::Compliance]), &without_figure),
        (staff(&[Role::Compliance, Role::Provider]), &whole),
        (staff(&[Role::Coordinator, Role::Owner, Role::Billing]), &nothing),
        (staff(&[]), &nothing),
        (Actor::Visitor, &nothing),
        (Actor::Operator { operator: OperatorId::from_bits([1; 16]) }, &nothing),
    ] {
        assert_eq!(&only(whole.clone(), FIELDS, &reader), expected, "{reader:?}");
    }
}
