//! Forms that can be published, made up: every type of item, whatever goes with it, in several languages.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::super::Form;
use super::translating::translation_of;
use super::{sample, set};

/// A text that any part of a form may have.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z ?.]{0,20}",
        select(vec!["¿Cuándo?", "Größe 📏", "שלום", "line\nof two", "\"quoted\" <b>", "a\u{301}"])
            .prop_map(str::to_owned),
    ]
}

/// The same without line breaks.
fn line() -> impl Strategy<Value = String> {
    words().prop_map(|text| text.replace('\n', " "))
}

/// Two numbers in order, of a size that forms take.
fn range() -> impl Strategy<Value = (f64, f64)> {
    let number = prop_oneof![(-400_i32..400).prop_map(f64::from), -1e6..1e6_f64];
    (number.clone(), number).prop_map(|(one, other)| (one.min(other), one.max(other)))
}

/// The fields that belong to a type.
fn of_type() -> impl Strategy<Value = Map<String, Value>> {
    let whole = (-1_000_i32..1_000, 0_i32..1_000).prop_map(|(least, more)| (least, least + more));
    let day = "20[0-4][0-9]-0[1-9]-[12][0-9]";
    let options =
        (prop::collection::btree_map("[a-z][a-z0-9-]{0,8}", "[A-Z][a-z]{0,8}", 1..6), any::<bool>())
            .prop_map(|(options, selected)| {
                let option = |(number, (code, display)): (usize, (String, String))| {
                    let system = (number % 2 == 1).then_some("http://snomed.info/sct");
                    let mut coding = json!({"code": code, "display": format!("{display} {number}")});
                    if let Some(system) = system {
                        coding["system"] = json!(system);
                    }
                    let mut option = json!({ "valueCoding": coding });
                    if selected && number == 0 {
                        option["initialSelected"] = json!(true);
                    }
                    option
                };
                options.into_iter().enumerate().map(option).collect::<Vec<_>>()
            });
    let fields = prop_oneof![
        Just(json!({"type": "display"})),
        any::<bool>().prop_map(|yes| json!({"type": "boolean", "initial": [{"valueBoolean": yes}]})),
        whole.prop_map(|(least, most)| json!({"type": "integer", "minValue": least, "maxValue": most,
            "initial": [{"valueInteger": most}]})),
        range().prop_map(|(least, most)| json!({"type": "decimal", "minValue": least, "maxValue": most})),
        range().prop_map(|(least, _)| json!({"type": "decimal", "minValue": least})),
        (range(), select(vec!["kg", "[in_i]", "a"]), line()).prop_map(|((least, most), code, display)| {
            json!({"type": "quantity", "unit": {"code": code, "display": display}, "minValue": least, "maxValue": most})
        }),
        day.prop_map(|day| json!({"type": "date", "minValue": day, "initial": [{"valueDate": day}]})),
        day.prop_map(|day| json!({"type": "date", "maxValue": day})),
        (1_u32..9, 9_u32..200).prop_map(|(least, most)| json!({"type": "string", "minLength": least,
            "maxLength": most, "regex": "[^0-9]+"})),
        (20_u32..400).prop_map(|most| json!({"type": "text", "maxLength": most, "initial": [{"valueString": "as before"}]})),
        options.clone().prop_map(|options| json!({"type": "choice", "answerOption": options})),
        options.prop_map(|options| json!({"type": "open-choice", "answerOption": options})),
        Just(json!({"type": "attachment"})),
    ];
    fields.prop_map(|fields| fields.as_object().cloned().unwrap_or_default())
}

/// What goes with an item whatever it asks.
type Around = (String, Option<String>, Option<String>, bool, Option<u32>, Vec<usize>);

fn around() -> impl Strategy<Value = Around> {
    let prefix = prop::option::of("[0-9]{1,2}[.)]");
    let occurs = prop::option::of(2_u32..9);
    (
        words(),
        prefix,
        prop::option::of(words()),
        any::<bool>(),
        occurs,
        prop::collection::vec(0_usize..40, 0..3),
    )
}

/// An item; `before` are the questions that its conditions may refer to.
fn item(index: usize, mut fields: Map<String, Value>, around: Around, before: &[(String, String)]) -> Value {
    let (text, prefix, purpose, required, occurs, conditions) = around;
    let kind = fields["type"].as_str().unwrap_or_default().to_owned();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    set("linkId", json!(format!("made-{index}")));
    set("text", json!(text));
    if let Some(prefix) = prefix {
        set("prefix", json!(prefix));
    }
    if kind != "display" {
        set("purpose", json!(purpose.unwrap_or_else(|| "So that it is known".to_owned())));
        if required {
            set("required", json!(true));
        }
        if let Some(occurs) = occurs.filter(|_| kind != "boolean") {
            set("repeats", json!(true));
            set("maxOccurs", json!(occurs));
        }
    }
    let conditions: Vec<Value> = conditions
        .into_iter()
        .filter_map(|pick| before.get(pick % before.len().max(1)))
        .map(|(question, kind)| match kind.as_str() {
            "boolean" => json!({"question": question, "operator": "=", "answerBoolean": true}),
            "integer" => json!({"question": question, "operator": "!=", "answerInteger": 7}),
            "decimal" => json!({"question": question, "operator": "!=", "answerDecimal": 0.125}),
            "date" => json!({"question": question, "operator": "!=", "answerDate": "2001-02-03"}),
            "string" => json!({"question": question, "operator": "!=", "answerString": "x"}),
            _ => json!({"question": question, "operator": "exists", "answerBoolean": true}),
        })
        .collect();
    if !conditions.is_empty() {
        if conditions.len() > 1 {
            set("enableBehavior", json!(if index.is_multiple_of(2) { "any" } else { "all" }));
        }
        set("enableWhen", json!(conditions));
    }
    Value::Object(fields)
}

/// A form that can be published: the sample, and sections of what was made up.
pub(super) fn publishable() -> impl Strategy<Value = Form> {
    let items = prop::collection::vec((of_type(), around()), 1..16);
    let languages = prop::collection::btree_set(select(vec!["es", "es-US", "zh-Hant", "fil"]), 0..3);
    let form = (items, languages, words()).prop_map(|(items, languages, heading)| {
        let (mut made, mut before) = (Vec::new(), Vec::new());
        for (index, (fields, around)) in items.into_iter().enumerate() {
            let kind = fields["type"].as_str().unwrap_or_default().to_owned();
            made.push(item(index, fields, around, &before));
            if kind != "display" {
                before.push((format!("made-{index}"), kind));
            }
        }
        let mut form = sample();
        // Some of them a level deeper.
        let deeper = made.split_off(made.len() / 2);
        made.push(json!({"linkId": "inner", "text": heading, "type": "group", "item": deeper}));
        set(&mut form, "/item/-", json!({"linkId": "outer", "text": heading, "type": "group", "item": made}));
        let mut form: Form = serde_json::from_value(form).unwrap();
        for language in languages {
            form.translations.insert(language.to_owned(), translation_of(&form));
        }
        form
    });
    form.prop_filter("it can be published", |form| form.problems().is_empty())
}
