//! What holds for any form and any answers.

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{
    Answers, AnswersBySection, ErrorCode, Form, PhoneRegion, PublishableForm, clean_name, normalise_email,
    normalise_phone,
};
use super::{named, published, sample};

/// Any JSON, now and then with words that mean something here.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "valueString",
        "valueDate",
        "valueCoding",
        "valueQuantity",
        "valueBoolean",
        "code",
        "value",
        "kg",
        "nose",
        "2020-02-29",
        "given",
        "mail",
        "areas",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        let name = prop_oneof![word.clone().prop_map(str::to_owned), any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5).prop_map(|fields| Value::from(Map::from_iter(fields))),
        ]
    })
}

fn any_answer() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof![any::<String>(), "[ -~]{0,40}", Just("2020-02-29".to_owned()), Just("nose".to_owned())];
    let value = prop_oneof![
        text.clone().prop_map(|text| json!({"valueString": text})),
        text.clone().prop_map(|text| json!({"valueDate": text})),
        text.prop_map(|code| json!({"valueCoding": {"code": code}})),
        any::<bool>().prop_map(|yes| json!({"valueBoolean": yes})),
        (0.0..500.0).prop_map(|value: f64| json!({"valueQuantity": {"value": value, "code": "kg"}})),
    ];
    prop_oneof![
        4 => value.clone(),
        2 => prop::collection::vec(value, 0..4).prop_map(Value::from),
        1 => any_json(),
    ]
}

/// Answers to the sample: any, or good ones with a few replaced.
fn any_sections() -> impl Strategy<Value = AnswersBySection> {
    let question = prop::sample::select(vec![
        "given", "family", "born", "mail", "phone", "smokes", "since", "note", "weight", "areas", "tone",
    ]);
    let name = prop_oneof![9 => question.prop_map(str::to_owned), 1 => any::<String>()];
    let section = prop_oneof![Just("you"), Just("health"), Just("attic")].prop_map(str::to_owned);
    let answers = prop::collection::vec((name, any_answer()), 0..12)
        .prop_map(|fields| serde_json::from_value::<Answers>(Value::from(Map::from_iter(fields))).unwrap());
    (any::<bool>(), prop::collection::btree_map(section, answers, 0..3)).prop_map(|(from_good, given)| {
        let mut sections = if from_good { super::sections(super::good()) } else { AnswersBySection::new() };
        for (section, answers) in given {
            let kept = sections.entry(section).or_default();
            let replaced = if from_good { 1 } else { usize::MAX };
            answers
                .iter()
                .take(replaced)
                .for_each(|(link_id, answer)| kept.insert(link_id.clone(), answer.clone()));
        }
        sections
    })
}

/// The sample with something put in a place of it.
fn any_form() -> impl Strategy<Value = Value> {
    let places = prop::sample::select(vec![
        "/title",
        "/language",
        "/item/0/linkId",
        "/item/0/item/0/linkId",
        "/item/0/item/0/text",
        "/item/0/item/2/type",
        "/item/1/item/0/enableWhen",
        "/item/1/item/1/enableWhen",
        "/item/1/item/3/answerOption",
        "/item/1/item/2/unit",
        "/item/1/item/2/minValue",
        "/item/1/item/4/item",
        "/item/1/item/4/maxLength",
        "/views",
        "/consents",
    ]);
    let values = prop_oneof![
        any_json(),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            json!([]),
            json!("choice"),
            json!("given"),
            json!([{"question": "smokes", "operator": "exists", "answerBoolean": false}]),
            json!([{"question": "since", "operator": "<", "answerDate": "2020-01-01"}]),
            json!([{"question": "weight", "operator": "!=", "answerQuantity": {"value": 1.0, "code": "kg"}}]),
            json!([{"valueCoding": {"code": "nose", "display": "Nose"}}]),
        ]),
    ];
    prop::collection::vec((places, values), 0..4).prop_map(|changes| {
        let mut form = sample();
        for (place, value) in changes {
            super::set(&mut form, place, value);
        }
        form
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        let _ = serde_json::from_value::<Form>(json.clone()).map(Form::validate);
        let _ = serde_json::from_value::<Answers>(json);
    }

    #[test]
    fn publishing_is_deterministic_and_points_into_the_form(json in any_form()) {
        if let Ok(form) = serde_json::from_value::<Form>(json) {
            let written = serde_json::to_value(&form).unwrap();
            let first = form.clone().validate();
            prop_assert_eq!(&first, &form.clone().validate());
            for error in first.err().unwrap_or_default() {
                // What is missing has no place of its own, but its parent has.
                let parent = error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                prop_assert!(written.pointer(parent).is_some(), "{}", error.pointer);
            }
        }
    }

    #[test]
    fn no_form_or_answers_panic(json in any_form(), given in any_sections()) {
        if let Ok(form) = serde_json::from_value::<Form>(json) {
            let form = PublishableForm::already_published(form);
            let _ = form.check_submission(&given, date(2026, 11, 21), PhoneRegion::US);
            let _ = form.render(&given);
            for (section, answers) in &given {
                let _ = form.check_section(section, answers);
            }
        }
    }

    #[test]
    fn checking_is_deterministic_and_consistent(given in any_sections()) {
        let form = published(sample());
        let check = || form.check_submission(&given, date(2026, 11, 21), PhoneRegion::US);
        let result = check();
        prop_assert_eq!(&result, &check());
        let saved: Vec<_> = given.iter().flat_map(|(section, answers)| {
            form.check_section(section, answers).err().unwrap_or_default().into_iter()
                .map(|error| if error.code == ErrorCode::UnknownSection { error } else { error.under(&format!("/{section}")) })
                .collect::<Vec<_>>()
        }).collect();
        match result {
            Ok(submission) => {
                // All that is kept could be saved, and handed in again gives the same.
                for (section, answers) in &submission.answers {
                    prop_assert!(form.check_section(section, answers).is_ok());
                }
                let again = form.check_submission(&submission.answers, date(2026, 11, 21), PhoneRegion::US);
                prop_assert_eq!(again.map_err(named), Ok(submission));
            }
            Err(errors) => {
                // Handing in finds no fault in an answer that saving would have let pass, except what only it checks.
                for error in errors {
                    let only_here = matches!(error.code, ErrorCode::Required | ErrorCode::InvalidName
                        | ErrorCode::InvalidEmail | ErrorCode::InvalidPhone | ErrorCode::BirthDateInFuture
                        | ErrorCode::UnknownSection);
                    prop_assert!(only_here || saved.contains(&error), "{:?}", error);
                }
            }
        }
    }

    #[test]
    fn identifiers_are_normal_once_normalised(text in prop_oneof![any::<String>(), "\\+?[0-9 ().-]{5,20}", "[a-z.]{1,8}@[a-z.-]{1,12}"]) {
        for normal in [clean_name(&text)].into_iter().flatten() {
            prop_assert_eq!(clean_name(&normal), Some(normal.clone()));
        }
        if let Some(normal) = normalise_email(&text) {
            prop_assert_eq!(normalise_email(&normal), Some(normal.clone()));
        }
        if let Some(normal) = normalise_phone(&text, PhoneRegion::US) {
            prop_assert!(normal.starts_with('+') && normal.len() <= 16);
            prop_assert_eq!(normalise_phone(&normal, PhoneRegion::US), Some(normal.clone()));
        }
    }
}
