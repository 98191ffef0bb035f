//! The form that ships.

use std::collections::BTreeSet;

use jiff::civil::date;
use serde_json::json;

use super::super::{Form, ItemType, PatientField, PhoneRegion};
use super::{named, published, sections};
use crate::consent::ConsentPurpose;
use crate::face::View;

const DEFAULT: &str = include_str!("../../../../../functions/forms/default_form.json");

fn default_form() -> super::PublishableForm {
    published(serde_json::from_str(DEFAULT).unwrap())
}

#[test]
fn it_can_be_published_as_it_is() {
    let form: Form = serde_json::from_str(DEFAULT).unwrap();
    assert_eq!(named(form.validate().err().unwrap_or_default()), vec![]);
}

#[test]
fn it_asks_what_it_should() {
    let form = default_form();
    let sections: Vec<_> = form.form().item.iter().map(|section| section.link_id.as_str()).collect();
    assert_eq!(sections, ["about-you", "history", "allergies", "medications", "body", "goals"]);
    let mapped: BTreeSet<_> = form.form().item[0].item.iter().filter_map(|item| item.maps_to).collect();
    assert_eq!(mapped, BTreeSet::from(PatientField::ALL));
    let views = serde_json::to_value(&form.form().views).unwrap();
    let asked: Vec<_> = views
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["view"].as_str().unwrap(), v["required"] == true))
        .collect();
    let all = View::ALL.map(|view| (view.code(), view == View::Frontal));
    assert_eq!(asked, all);
}

#[test]
fn every_area_of_the_goals_has_its_question() {
    let form = default_form();
    let goals = form.section("goals").unwrap();
    let areas: BTreeSet<_> =
        goals.item[0].answer_option.iter().map(|o| o.value_coding.code.as_str()).collect();
    let asked = goals.item[1].item.iter().map(|area| {
        let name = area.link_id.strip_prefix("area-").unwrap();
        let questions: Vec<_> = area.item.iter().map(|it| (it.link_id.as_str(), it.kind)).collect();
        let (goal, severity) = (format!("goal-{name}"), format!("severity-{name}"));
        assert_eq!(questions, [(goal.as_str(), ItemType::Text), (severity.as_str(), ItemType::Choice)]);
        name
    });
    assert_eq!(asked.chain(["advice"]).collect::<BTreeSet<_>>(), areas);
}

#[test]
fn the_texts_of_consents_say_what_they_must() {
    let form = default_form();
    let spanish = form.in_language("es");
    assert!(spanish.consent_text(ConsentPurpose::FaceAnalysis).unwrap().contains("Amazon Rekognition"));
    assert!(spanish.consent_text(ConsentPurpose::Sms).unwrap().contains("de 2 a 5 mensajes por evaluación"));
    for (purpose, phrases) in [
        (ConsentPurpose::Collect, &["advertising", "not sold", "withdraw"][..]),
        (
            ConsentPurpose::Photographs,
            &["never published", "does not include any automated analysis", "withdraw"],
        ),
        (
            ConsentPurpose::FaceAnalysis,
            &[
                "Amazon Rekognition",
                "automated analysis",
                "geometry of my face",
                "assist my provider",
                "train AI",
                "may refuse",
                "no effect on my care",
            ],
        ),
        (ConsentPurpose::Sharing, &["no effect on my care", "withdraw"]),
        (
            ConsentPurpose::Sms,
            &[
                "Visage evaluation updates",
                "2–5 messages per evaluation",
                "Message and data rates may apply",
                "Reply STOP",
                "HELP for help",
                "never a condition",
                "not shared with third parties",
            ],
        ),
    ] {
        let text = form.consent_text(purpose).unwrap();
        for phrase in phrases {
            assert!(text.contains(phrase), "{purpose:?} lacks {phrase:?}");
        }
    }
}

#[test]
fn a_patient_without_history_has_little_to_answer() {
    let form = default_form();
    let no = json!({"valueBoolean": false});
    let given = sections(json!({
        "about-you": {
            "given-name": {"valueString": "Maren"}, "family-name": {"valueString": "Holt"},
            "birth-date": {"valueDate": "1990-01-31"}, "email": {"valueString": "maren@example.com"}
        },
        "history": {"has-conditions": no, "had-treatments": no, "conditions-other": {"valueString": "not asked"}},
        "allergies": {"has-allergies": no},
        "medications": {"takes-medications": no, "isotretinoin": no},
        "goals": {
            "goal-areas": [{"valueCoding": {"code": "lips"}}, {"valueCoding": {"code": "skin"}}],
            "goal-lips": {"valueString": "A little more even."}
        }
    }));
    let submission =
        form.check_submission(&given, date(2026, 11, 21), PhoneRegion::US).map_err(named).unwrap();
    let rendered = submission.render(&form);
    let answered = rendered.iter().filter(|asked| asked.answer.is_some()).count();
    let open: Vec<_> = rendered.iter().filter(|a| a.answer.is_none()).map(|a| a.link_id.as_str()).collect();
    assert_eq!(answered, 11);
    let optional = ["skin-type", "units", "has-scars", "severity-lips", "goal-skin", "severity-skin"];
    assert_eq!(open, [&["phone", "pregnancy"][..], &optional, &["anything-else"]].concat());
}

#[test]
fn it_is_whole_in_spanish() {
    let form = default_form();
    assert_eq!(form.form().languages().collect::<Vec<_>>(), ["en", "es"]);
    let spanish = form.in_language("es");
    assert_eq!(spanish.form().title, "Antes de su evaluación");
    // A form in one language is itself a form that can be published.
    assert_eq!(named(spanish.into_form().validate().err().unwrap_or_default()), vec![]);
}

#[test]
fn measures_are_asked_in_the_units_that_a_patient_uses() {
    let form = default_form();
    let asked = |units: &str| {
        let given = sections(json!({"body": {"units": {"valueCoding": {"code": units}}}}));
        let shown = form.preview(&given, date(2026, 11, 21), PhoneRegion::US).shown;
        let measures = shown.into_iter().filter(|it| it.starts_with("height-") || it.starts_with("weight-"));
        measures.collect::<Vec<_>>()
    };
    assert_eq!(asked("us"), ["height-us", "height-ft", "height-in", "weight-lb"]);
    assert_eq!(asked("metric"), ["height-cm", "weight-kg"]);
    assert_eq!(asked("neither"), [""; 0]);
}
