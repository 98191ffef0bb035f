#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::{Value, json};
use visage_domain::face::measures::ErrorParts;
use visage_domain::face::{ErrorModel, Measure};
use visage_domain::photo::SkipReason;

const CODE: MeasureCode = MeasureCode::MouthCant;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A set with one figure, whose error is one degree, and one that there is none of.
fn measured(model: &str, value: f64) -> MeasureSet {
    let figure = MeasureResult::Measured(Measure {
        code: CODE,
        definition: CODE.definition().into(),
        unit: CODE.unit(),
        value,
        error: 1.0,
        error_parts: ErrorParts { landmarks: 1.0, pose: 0.0 },
        source: CODE.source().into(),
        landmarks: CODE.landmarks(),
    });
    let none = MeasureResult::NotMeasured {
        code: MeasureCode::LowerFaceShare,
        definition: MeasureCode::LowerFaceShare.definition().into(),
        reason: NotMeasured::HeadTiltedBack,
    };
    MeasureSet {
        model: model.to_owned(),
        error_model: ErrorModel::default(),
        caveat: CAVEAT.into(),
        results: vec![figure, none],
    }
}

fn shot(view: View, measures: Option<MeasureSet>) -> Shot {
    let analysis = AnalysisState::Done { at: at(0) };
    Shot { view, photo: PhotoId::from_bits([1; 16]), at: at(0), analysis, measures }
}

fn frontal(value: f64) -> Shot {
    shot(View::Frontal, Some(measured("model", value)))
}

/// What is answered of visits with these photos, those of the second taken a second later.
fn answered(before: &[Shot], after: &[Shot]) -> Value {
    let person = PatientId::from_bits([1; 16]);
    let later = |shot: &Shot| Shot {
        at: at(1),
        analysis: shot.analysis.clone(),
        measures: shot.measures.clone(),
        ..*shot
    };
    let after: Vec<_> = after.iter().map(later).collect();
    serde_json::to_value(views(person, before, &after)).unwrap()
}

fn figure(answer: &Value, code: &str) -> Value {
    let figures = answer[0]["comparison"]["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["code"] == code).unwrap().clone()
}

#[test]
fn a_change_is_told_with_its_direction_and_what_lies_within_the_error_without() {
    let (up, down) = (answered(&[frontal(1.0)], &[frontal(5.0)]), answered(&[frontal(5.0)], &[frontal(1.0)]));
    for (answer, direction, difference) in [(up, "increased", 4.0), (down, "decreased", -4.0)] {
        assert_eq!(answer[0]["comparison"]["caveat"], CAVEAT);
        let figure = figure(&answer, "mouth_cant");
        assert_eq!((&figure["changed"], &figure["direction"]), (&json!(true), &json!(direction)));
        assert_eq!(figure["difference"], json!(difference));
        assert!((figure["error"].as_f64().unwrap() - 2f64.sqrt()).abs() < 1e-9);
        assert_eq!(figure["definition"], CODE.definition());
    }
    let within = figure(&answered(&[frontal(1.0)], &[frontal(3.0)]), "mouth_cant");
    assert_eq!((&within["changed"], &within["difference"]), (&json!(false), &json!(2.0)));
    assert_eq!((&within["before"]["value"], &within["after"]["error"]), (&json!(1.0), &json!(1.0)));
    assert!(within.get("direction").is_none());
}

#[test]
fn a_figure_that_one_photo_lacks_says_why() {
    let answer = answered(&[frontal(1.0)], &[frontal(5.0)]);
    let missing = figure(&answer, "lower_face_share");
    assert_eq!(missing["before"], json!({ "reason": "head_tilted_back" }));
    assert!(missing.get("changed").is_none() && missing.get("difference").is_none());
}

#[test]
fn what_is_not_compared_is_named() {
    let code = |before: &[Shot], after: &[Shot]| {
        let answer = answered(before, after);
        assert!(answer[0].get("comparison").is_none());
        answer[0]["code"].clone()
    };
    assert_eq!(code(&[frontal(1.0)], &[]), "no_photo");
    assert_eq!(code(&[], &[frontal(1.0)]), "no_photo");
    let skipped = Shot {
        analysis: AnalysisState::Skipped { reason: SkipReason::NoConsent },
        ..shot(View::Frontal, None)
    };
    assert_eq!(code(&[frontal(1.0)], &[skipped]), "not_analysed");
    assert_eq!(code(&[frontal(1.0)], &[shot(View::Frontal, None)]), "no_measures");
    let body = || shot(View::Body, None);
    assert_eq!(code(&[body()], &[body()]), "no_measures");
    let newer = shot(View::Frontal, Some(measured("newer", 1.0)));
    assert_eq!(code(&[frontal(1.0)], &[newer]), "other_model");
}

#[test]
fn a_photo_that_was_taken_again_after_the_later_visit_is_no_before() {
    let again = |second| [Shot { at: at(second), ..frontal(1.0) }];
    for second in [0, 5] {
        let found = views(PatientId::from_bits([1; 16]), &again(second), &again(0));
        let codes: Vec<_> = found.iter().map(|view| view.code).collect();
        assert_eq!(codes, [Some(NotCompared::NoOrder)], "{second}");
    }
}

#[test]
fn every_view_that_either_has_is_there_once_and_no_other() {
    let answer =
        answered(&[shot(View::Body, None), frontal(1.0)], &[frontal(1.0), shot(View::ObliqueLeft45, None)]);
    let views: Vec<_> = answer.as_array().unwrap().iter().map(|view| view["view"].clone()).collect();
    assert_eq!(views, ["frontal", "oblique_left_45", "body"]);
    assert!(answer[2]["after"].is_null() && answer[2]["before"]["photo"].is_string());
}
