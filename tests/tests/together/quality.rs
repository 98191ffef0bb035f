//! A photo that could be better: the patient is told so before they hand in, with the reason, and decides.

use anyhow::{Context, Result, ensure};
use image::{ImageFormat, RgbImage, imageops};
use serde_json::Value;
use std::io::Cursor;
use visage_tests::evaluation::Visit;
use visage_tests::intake::{Quality, Submitted};
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage};

const BLURRED: &str = "The photo is blurred. Please hold the camera still and wipe the lens.";
const TURN_FURTHER: &str = "Please turn your head further, about halfway to the side.";
const TOO_DARK: &str = "La foto está oscura. Por favor, mire hacia una ventana o encienda más luz.";

/// Fills in all but the photos, and agrees to them and to their analysis.
fn prepare(intake: &Intake, person: &Person) -> Result<()> {
    intake.fill(person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201).map(drop)
}

/// The picture after a change to its pixels.
fn changed(picture: &Picture, change: impl FnOnce(RgbImage) -> RgbImage) -> Result<Picture> {
    let pixels = change(image::load_from_memory(&picture.bytes)?.to_rgb8());
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(Picture { content_type: "image/png", bytes: bytes.into_inner() })
}

/// Out of focus: of the face, 105 pixels wide, no detail is left, and of the whole picture hardly any.
fn blurred(picture: &Picture) -> Result<Picture> {
    changed(picture, |pixels| imageops::blur(&pixels, 4.0))
}

/// In a fifth of the light: too little for the face, and for the whole picture should no face be found in it.
fn darkened(picture: &Picture) -> Result<Picture> {
    changed(picture, |mut pixels| {
        pixels.pixels_mut().flat_map(|pixel| &mut pixel.0).for_each(|value| *value /= 5);
        pixels
    })
}

/// What is told of a photo's quality once it is known.
fn quality(intake: &Intake, photo: &str) -> Result<Quality> {
    intake.judged(photo)?.quality.context("a verdict is told")
}

/// What is told of the quality of all photos.
fn told(intake: &Intake) -> Result<Vec<Option<Quality>>> {
    Ok(intake.get()?.photos.into_iter().map(|photo| photo.quality).collect())
}

/// Whether both photos came, and nothing is told of their quality.
fn nothing_is_told(intake: &Intake) -> Result<bool> {
    let told = told(intake)?;
    Ok(told.len() == 2 && told.iter().all(Option::is_none))
}

#[test]
fn a_poor_photo_asks_for_another_with_the_reason_and_the_better_one_is_judged_anew() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let (intake, portrait) = (Intake::start(&clinic)?, Picture::portrait(&visage)?);
    prepare(&intake, &person)?;
    let poor = intake.upload("frontal", &blurred(&portrait)?)?;
    // Straight into the camera, where a half turn is asked for.
    let straight = intake.upload("oblique_left_45", &portrait)?;
    let (poor, straight) = (quality(&intake, &poor)?, quality(&intake, &straight)?);
    ensure!(poor.suggests("blurred", BLURRED), "{poor:?}");
    ensure!(straight.suggests("turn_further", TURN_FURTHER), "{straight:?}");

    // Elsewhere it is told that they came, and what is made of them only after the birth date.
    let elsewhere = intake.elsewhere();
    let answer = elsewhere.ask("GET", "").send()?.expect(200)?;
    for word in ["quality", "retake_suggested", "blurred", "turn_further"] {
        ensure!(!answer.text().contains(word), "{word} is told to who has only the link");
    }
    ensure!(nothing_is_told(&elsewhere)?);
    let admitted: Value = elsewhere.prove(&person.birth_date)?.read(201)?;
    let device_secret = admitted["deviceSecret"].as_str().context("a device gets its secret")?.to_owned();
    let known = Intake { device_secret, ..elsewhere };
    ensure!(told(&known)? == told(&intake)?, "who showed the birth date is told the same");

    let better = intake.upload("frontal", &portrait)?;
    let good = quality(&intake, &better)?;
    ensure!(good.verdict.as_deref() == Some("accepted") && good.reasons.is_empty(), "{good:?}");
    let photos = intake.get()?.photos;
    let frontal: Vec<_> = photos.iter().filter(|photo| photo.view == "frontal").collect();
    ensure!(frontal.len() == 1 && frontal[0].quality == Some(good), "{frontal:?}");

    // Who doesn't agree to the analysis any more is told nothing of it.
    intake.decide("face_analysis", false)?.expect(201)?;
    ensure!(nothing_is_told(&intake)?);
    Ok(())
}

#[test]
fn a_suggestion_is_in_the_patients_language_and_the_photo_may_be_handed_in_all_the_same() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let intake = Intake::start_in(&clinic, "es")?;
    prepare(&intake, &Person::invented())?;
    let dark = intake.upload("frontal", &darkened(&Picture::portrait(&visage)?)?)?;
    let judged = quality(&intake, &dark)?;
    ensure!(judged.suggests("too_dark", TOO_DARK), "{judged:?}");
    let submitted: Submitted = intake.submit(false, false)?.read(201)?;
    let visit: Visit = intake.visit(&clinic, &submitted.evaluation)?;
    let opened = clinic.staff(Role::Provider)?.open(&visit)?;
    let kept = opened.photo("frontal").context("the photo was handed in")?;
    let findings = kept.findings.clone().unwrap_or_default();
    ensure!(kept.photo == dark && findings["assessment"]["verdict"] == "retake_suggested", "{findings}");
    Ok(())
}
