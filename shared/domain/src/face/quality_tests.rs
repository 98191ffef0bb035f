#![allow(clippy::unwrap_used)]
use super::*;
use crate::face::Quality;
use crate::face::testface::{face_in, posed};

const GOOD: PictureQuality = PictureQuality { brightness: 50.0, sharpness: 60.0 };

fn reasons(view: View, faces: &[FaceObservation]) -> Vec<RetakeReason> {
    assess(view, faces, Some(GOOD)).reasons
}

#[test]
fn a_good_frontal_portrait_is_accepted() {
    let assessment = assess(View::Frontal, &[posed(-1.5, -9.3)], None);
    assert_eq!(assessment.verdict, Verdict::Accepted);
    assert_eq!(assessment.reasons, []);
}

#[test]
fn a_frontal_photo_needs_exactly_one_face() {
    assert_eq!(reasons(View::Frontal, &[]), [RetakeReason::NoFace]);
    let two = [posed(0.0, 0.0), posed(30.0, 0.0)];
    assert_eq!(reasons(View::Frontal, &two), [RetakeReason::SeveralFaces]);
}

#[test]
fn a_small_face_on_the_wall_and_a_doubtful_one_do_not_count() {
    let mut small = posed(0.0, 0.0);
    small.bounds.height *= 0.2;
    let mut doubtful = posed(0.0, 0.0);
    doubtful.confidence = 60.0;
    assert_eq!(reasons(View::Frontal, &[small, posed(0.0, 0.0), doubtful]), []);
}

#[test]
fn light_and_sharpness_of_the_face_go_before_those_of_the_picture() {
    let with = |brightness, sharpness| {
        let mut face = posed(0.0, 0.0);
        face.quality = Some(Quality { brightness, sharpness });
        reasons(View::Frontal, &[face])
    };
    assert_eq!(with(12.0, 80.0), [RetakeReason::TooDark]);
    assert_eq!(with(98.0, 80.0), [RetakeReason::TooBright]);
    // The figures Rekognition gave a visibly blurred face in a published response.
    assert_eq!(with(90.5, 5.8), [RetakeReason::Blurred]);
    assert_eq!(with(37.6, 80.0), []);
}

#[test]
fn an_oblique_is_told_which_way_to_turn() {
    let left = |yaw| reasons(View::ObliqueLeft45, &[posed(yaw, 0.0)]);
    assert_eq!(left(-45.0), []);
    assert_eq!(left(-10.0), [RetakeReason::TurnFurther]);
    assert_eq!(left(3.0), [RetakeReason::TurnFurther]);
    assert_eq!(left(45.0), [RetakeReason::ShowOtherSide]);
    assert_eq!(left(-75.0), [RetakeReason::TurnLess]);
    assert_eq!(reasons(View::ObliqueRight45, &[posed(45.0, 0.0)]), []);
    assert_eq!(reasons(View::ObliqueRight45, &[posed(-45.0, 0.0)]), [RetakeReason::ShowOtherSide]);
}

#[test]
fn a_view_beyond_the_detectors_range_is_never_an_endless_retake() {
    for view in View::ALL.into_iter().filter(|v| *v != View::Frontal) {
        let assessment = assess(view, &[], Some(GOOD));
        assert_eq!(assessment.verdict, Verdict::AcceptedPoseNotAssessed, "{}", view.code());
        assert_eq!(assess(view, &[], None).verdict, Verdict::AcceptedPoseNotAssessed);
    }
    // A profile the detector happens to find, with whatever pose it makes of it.
    let profile = assess(View::LateralLeft90, &[posed(-20.0, 0.0)], Some(GOOD));
    assert_eq!(profile.verdict, Verdict::AcceptedPoseNotAssessed);
}

#[test]
fn a_blurred_body_photo_is_asked_for_again() {
    let blurred = PictureQuality { brightness: 50.0, sharpness: 2.0 };
    let assessment = assess(View::Body, &[], Some(blurred));
    assert_eq!(assessment.verdict, Verdict::RetakeSuggested);
    assert_eq!(assessment.reasons, [RetakeReason::Blurred]);
}

#[test]
fn head_eyes_and_cover_are_named() {
    let of = |change: fn(&mut FaceObservation)| {
        let mut face = posed(0.0, 0.0);
        change(&mut face);
        reasons(View::Frontal, &[face])
    };
    let yes = Some(Attribute { value: true, confidence: 97.0 });
    let no = Some(Attribute { value: false, confidence: 97.0 });
    assert!(of(|f| f.eyes_open = Some(Attribute { value: false, confidence: 50.4 })).is_empty());
    let (mut closed, mut covered, mut shaded) = (posed(0.0, 0.0), posed(0.0, 0.0), posed(0.0, 0.0));
    closed.eyes_open = no;
    covered.occluded = yes;
    (shaded.sunglasses, shaded.occluded, shaded.eyes_open) = (yes, yes, no);
    assert_eq!(reasons(View::Frontal, &[closed]), [RetakeReason::EyesClosed]);
    assert_eq!(reasons(View::Frontal, &[covered]), [RetakeReason::FaceCovered]);
    assert_eq!(reasons(View::Frontal, &[shaded]), [RetakeReason::Sunglasses]);
    assert_eq!(reasons(View::Frontal, &[posed(0.0, 28.0)]), [RetakeReason::LowerChin]);
    assert_eq!(reasons(View::Frontal, &[posed(0.0, -28.0)]), [RetakeReason::RaiseChin]);
    assert_eq!(reasons(View::Frontal, &[posed(17.0, 0.0)]), [RetakeReason::TurnToCamera]);
}

#[test]
fn framing_is_checked() {
    assert_eq!(reasons(View::Frontal, &[face_in(0.2, 0.2, 0.05, 0.08)]), [RetakeReason::ComeCloser]);
    assert_eq!(reasons(View::Frontal, &[face_in(-0.1, 0.2, 0.4, 0.5)]), [RetakeReason::FaceCutOff]);
    assert_eq!(reasons(View::Frontal, &[face_in(0.3, 0.7, 0.4, 0.5)]), [RetakeReason::FaceCutOff]);
}
