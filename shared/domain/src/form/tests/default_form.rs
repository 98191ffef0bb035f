//! The form that ships.

use std::collections::BTreeSet;

use jiff::civil::date;
use serde_json::json;

use super::super::{Form, ItemType, PatientField, PhoneRegion};
use super::{named, published, sections};
use crate::consent::ConsentPurpose;

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
    assert_eq!(sections, ["about-you", "history", "allergies", "medications", "goals"]);
    let mapped: BTreeSet<_> = form.form().item[0].item.iter().filter_map(|item| item.maps_to).collect();
    assert_eq!(mapped, BTreeSet::from(PatientField::ALL));
    let views = serde_json::to_value(&form.form().views).unwrap();
    let asked: Vec<_> = views
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["view"].as_str().unwrap(), v["required"] == true))
        .collect();
    assert_eq!(asked, [("frontal", true), ("oblique_left_45", false), ("oblique_right_45", false)]);
}

#[test]
fn every_area_of_the_goals_has_its_question() {
    let form = default_form();
    let goals = form.section("goals").unwrap();
    let areas: BTreeSet<_> =
        goals.item[0].answer_option.iter().map(|o| o.value_coding.code.as_str()).collect();
    let asked = goals.item[1].item.iter().map(|item| {
        assert_eq!(item.kind, ItemType::Text);
        item.link_id.strip_prefix("goal-").unwrap()
    });
    assert_eq!(asked.chain(["advice"]).collect::<BTreeSet<_>>(), areas);
}

#[test]
fn the_texts_of_consents_say_what_they_must() {
    let form = default_form();
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
    assert_eq!(open, ["phone", "pregnancy", "goal-skin", "anything-else"]);
}
