//! What is measured on photos. The expected figures were checked against Google's own runtime and by eye.

use image::RgbImage;
use visage_rekognition::face::{Face, LandmarkName, Point};

use crate::assets::{ENGINE, photo};
use crate::studio::{blurred, dimmed, painted, side_by_side, turned};

fn faces(photo: &RgbImage) -> Vec<Face> {
    ENGINE.analyse(photo).unwrap()
}

fn only(photo: &RgbImage) -> Face {
    let mut faces = faces(photo);
    assert_eq!(faces.len(), 1, "{faces:?}");
    faces.remove(0)
}

fn landmark(face: &Face, name: LandmarkName) -> Point {
    face.landmarks.iter().find(|landmark| landmark.name == name).unwrap().point
}

#[track_caller]
fn near(actual: f32, expected: f32, tolerance: f32) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not within {tolerance} of {expected}");
}

#[test]
fn a_portrait_has_the_known_figures() {
    let face = only(&photo("astronaut.png"));
    near(face.score, 0.94, 0.01);
    near(face.presence, 1.0, 0.001);
    near(face.frame.left, 174.0, 3.0);
    near(face.frame.top, 70.0, 3.0);
    near(face.frame.right, 279.0, 3.0);
    near(face.frame.bottom, 175.0, 3.0);
    near(face.pose.roll, 3.5, 1.5);
    near(face.pose.yaw, -1.5, 1.5);
    near(face.pose.pitch, -9.3, 3.0);
    near(face.quality.brightness, 62.0, 3.0);
    near(face.quality.sharpness, 71.0, 4.0);
}

#[test]
fn landmarks_are_where_they_are_seen() {
    let face = only(&photo("astronaut.png"));
    assert_eq!(face.landmarks.len(), 30);
    let at = |name| landmark(&face, name);
    let expected = [
        (LandmarkName::LeftPupil, 204.0, 102.0),
        (LandmarkName::RightPupil, 247.0, 103.0),
        (LandmarkName::Nose, 222.0, 128.0),
        (LandmarkName::MouthLeft, 201.0, 140.0),
        (LandmarkName::MouthRight, 246.0, 142.0),
        (LandmarkName::MouthDown, 222.0, 155.0),
        (LandmarkName::ChinBottom, 221.0, 177.0),
    ];
    for (name, x, y) in expected {
        let point = at(name);
        assert!(point.distance(Point { x, y }) < 4.0, "{name:?} is at {point:?}");
    }
    assert!(at(LandmarkName::EyeLeft).x < at(LandmarkName::EyeRight).x, "left is the viewer's left");
    assert!(at(LandmarkName::LeftEyeUp).y < at(LandmarkName::LeftEyeDown).y);
}

#[test]
fn a_turned_photo_turns_the_pose() {
    let straight = photo("astronaut.png");
    let roll = only(&straight).pose.roll;
    for degrees in [-30.0, 30.0] {
        near(only(&turned(&straight, degrees)).pose.roll, roll + degrees, 3.0);
    }
}

#[test]
fn a_profile_is_turned_towards_where_it_looks() {
    // The photographer looks into his camera, to the image's right and down.
    let pose = only(&photo("camera.png")).pose;
    assert!(pose.yaw > 25.0 && pose.pitch < -10.0, "{pose:?}");
}

#[test]
fn blur_lowers_sharpness_step_by_step() {
    let sharp = photo("astronaut.png");
    // The face is only 105 pixels wide: a blur of two pixels leaves nothing to see.
    let ladder = [0.0, 0.5, 1.0, 1.5].map(|sigma| only(&blurred(&sharp, sigma)).quality.sharpness);
    assert!(ladder.is_sorted_by(|a, b| a - 5.0 > *b), "{ladder:?}");
    assert!(ladder[3] < 25.0, "{ladder:?}");
    near(only(&blurred(&sharp, 4.0)).quality.sharpness, 0.0, 0.1);
}

#[test]
fn less_light_lowers_brightness_and_hardly_sharpness() {
    let bright = photo("astronaut.png");
    let (day, dusk) = (only(&bright).quality, only(&dimmed(&bright, 0.5)).quality);
    near(dusk.brightness, day.brightness / 2.0, 2.0);
    assert!(dusk.sharpness < day.sharpness);
}

#[test]
fn two_people_are_two_faces() {
    let one = photo("astronaut.png");
    let both = faces(&side_by_side(&one, &one));
    assert_eq!(both.len(), 2);
    near((both[0].frame.centre().x - both[1].frame.centre().x).abs(), 512.0, 6.0);
}

#[test]
fn things_and_text_have_no_face() {
    for name in ["coffee.png", "page.png"] {
        assert_eq!(faces(&photo(name)).len(), 0, "{name}");
    }
}

#[test]
fn an_uncovered_face_with_open_eyes_is_found_so() {
    let attributes = only(&photo("astronaut.png")).attributes;
    assert!(attributes.eyes_open.value && attributes.eyes_open.confidence > 90.0, "{attributes:?}");
    assert!(!attributes.sunglasses.value && !attributes.occluded.value, "{attributes:?}");
    near(attributes.eyeglasses.confidence, 50.0, 0.0);
}

#[test]
fn painted_sunglasses_are_noticed() {
    let plain = photo("astronaut.png");
    let face = only(&plain);
    let mut disguised = plain.clone();
    for eye in [LandmarkName::EyeLeft, LandmarkName::EyeRight] {
        disguised = painted(&disguised, landmark(&face, eye), (19.0, 13.0), [18, 18, 20]);
    }
    let attributes = only(&disguised).attributes;
    assert!(attributes.sunglasses.value && attributes.eyeglasses.value, "{attributes:?}");
    assert!(attributes.occluded.value, "{attributes:?}");
    near(attributes.eyes_open.confidence, 50.0, 0.0);
}

#[test]
fn a_painted_mask_is_noticed() {
    let plain = photo("astronaut.png");
    let mouth = landmark(&only(&plain), LandmarkName::MouthUp);
    let centre = Point { x: mouth.x, y: mouth.y + 6.0 };
    let attributes = only(&painted(&plain, centre, (40.0, 28.0), [120, 170, 220])).attributes;
    assert!(attributes.occluded.value, "{attributes:?}");
    assert!(!attributes.sunglasses.value, "{attributes:?}");
}
