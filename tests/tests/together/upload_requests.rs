//! The permission to upload: which views, how often, and the second click.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::clinic::DEFAULT_FORM;
use visage_tests::picture::Picture;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Person, Visage};

#[test]
fn a_view_that_was_not_asked_for_and_a_sixth_upload_are_refused() -> Result<()> {
    let mut form: Value = serde_json::from_str(DEFAULT_FORM)?;
    form["views"].as_array_mut().context("views")?.retain(|view| view["view"] != "basal");
    form["translations"]["es"]["views"].as_object_mut().context("translated")?.remove("basal");
    let clinic = Clinic::with_form(&Visage::connect()?, &form)?;
    let intake = Intake::start(&clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    intake.ask_to_upload("basal", "image/jpeg")?.refused(422, "invalid_fields")?;
    intake.ask_to_upload("frontal", "image/svg+xml")?.refused(400, "invalid_body")?;
    for _ in 0..5 {
        intake.ask_to_upload("frontal", "image/jpeg")?.expect(201)?;
    }
    intake.ask_to_upload("frontal", "image/jpeg")?.refused(429, "too_many_uploads")?;
    intake.ask_to_upload("oblique_left_45", "image/jpeg")?.expect(201)?;
    Ok(())
}

#[test]
fn the_same_upload_request_makes_one_photo() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let key = "a-key-of-a-browser-0002";
    let request = |view: &str| {
        let input = json!({ "view": view, "contentType": "image/png" });
        intake.ask("POST", "/uploads").idempotency_key(key).json(&input).send()
    };
    let unnamed = json!({ "view": "frontal", "contentType": "image/png" });
    intake.ask("POST", "/uploads").json(&unnamed).send()?.refused(400, "idempotency_key_required")?;
    let (first, second): (Upload, Upload) = (request("frontal")?.read(201)?, request("frontal")?.read(201)?);
    ensure!(first.photo == second.photo && first.fields["key"] == second.fields["key"]);
    request("oblique_left_45")?.refused(422, "idempotency_key_reused")?;
    ensure!(intake.get()?.photos.len() == 1);
    // The second click isn't judged by what changed since the first; another upload is.
    first.send(&intake.visage, &Picture::portrait(&clinic.visage)?.bytes)?;
    ensure!(intake.settled(&first.photo)?.state == "stored");
    intake.decide("photographs", false)?.expect(201)?;
    intake.ask_to_upload("frontal", "image/png")?.refused(403, "consent_required")?;
    ensure!(request("frontal")?.read::<Upload>(201)?.photo == first.photo);
    intake.decide("photographs", true)?.expect(201)?;
    intake.fill(&Person::invented())?;
    intake.submit(false, false)?.expect(201)?;
    intake.ask_to_upload("frontal", "image/png")?.refused(409, "already_submitted")?;
    ensure!(request("frontal")?.read::<Upload>(201)?.photo == first.photo);
    Ok(())
}

#[test]
fn of_many_clicks_for_the_last_upload_of_a_view_all_are_answered_with_it() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    for _ in 0..4 {
        intake.ask_to_upload("frontal", "image/png")?.expect(201)?;
    }
    let input = json!({ "view": "frontal", "contentType": "image/png" });
    let click = || -> Result<Upload> {
        intake
            .ask("POST", "/uploads")
            .idempotency_key("a-key-of-a-browser-0003")
            .json(&input)
            .send()?
            .read(201)
    };
    let answers: Vec<Result<Upload>> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..6).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    let photos = answers.into_iter().map(|it| Ok(it?.photo)).collect::<Result<BTreeSet<_>>>()?;
    ensure!(photos.len() == 1, "{photos:?}");
    intake.ask_to_upload("frontal", "image/png")?.refused(429, "too_many_uploads")?;
    ensure!(intake.get()?.photos.len() == 5);
    Ok(())
}
