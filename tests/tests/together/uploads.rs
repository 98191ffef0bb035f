//! Uploads: whatever arrives, whoever says that it did, and whatever the vendor answers.

use anyhow::{Context, Result, ensure};
use image::{DynamicImage, ImageFormat};
use serde_json::json;
use std::io::Cursor;
use std::time::{Duration, Instant};
use visage_tests::arrivals::{event, originals_are_gone, tell};
use visage_tests::picture::Picture;
use visage_tests::records::analysed_photo;
use visage_tests::rekognition::Fault;
use visage_tests::turns::Turn;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Visage, audit, processes, records, rekognition, until};

/// How long a patient waits for an answer at most.
const ANSWER: Duration = Duration::from_secs(30);

/// An intake that may be uploaded to, and its patient.
fn intake(clinic: &Clinic) -> Result<(Intake, String)> {
    let intake = Intake::start(clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let patient = audit::patient_of(clinic, &intake.id)?;
    Ok((intake, patient))
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.to_rgb8().write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

#[test]
fn hostile_and_odd_files_are_answered_within_half_a_minute() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic)?;
    let portrait = image::load_from_memory(&Picture::portrait(&visage)?.bytes)?;
    let jpeg = encode(&portrait, ImageFormat::Jpeg)?;
    let rgb = portrait.thumbnail(320, 320).to_rgb8();
    let heic =
        heifer::encode_rgb8(rgb.width(), rgb.height(), rgb.as_raw(), &heifer::EncodeOptions::default())?;
    let mut vast = jpeg.clone();
    let frame = vast.windows(2).position(|pair| pair == [0xff, 0xc0]).context("a frame header")?;
    // 50,000 pixels down and across.
    vast[frame + 5..frame + 9].copy_from_slice(&[0xc3, 0x50, 0xc3, 0x50]);
    let files: [(&str, &str, Vec<u8>, Option<&str>); 8] = [
        ("frontal", "image/jpeg", Vec::new(), Some("empty")),
        ("frontal", "image/jpeg", b"<html><script>alert(1)</script></html>".to_vec(), Some("not_an_image")),
        ("frontal", "image/jpeg", jpeg[..jpeg.len() / 2].to_vec(), Some("truncated")),
        ("frontal", "image/jpeg", vast, Some("too_many_pixels")),
        ("oblique_left_45", "image/heic", heic[..heic.len() / 2].to_vec(), Some("truncated")),
        ("oblique_left_45", "image/webp", b"\0\0\0\x18ftypavif\0\0\0\0mif1".to_vec(), Some("unsupported")),
        ("oblique_left_45", "image/heic", heic, None),
        ("oblique_right_45", "image/png", [jpeg, b"PK\x03\x04".to_vec()].concat(), None),
    ];
    for (view, content_type, bytes, code) in files {
        let began = Instant::now();
        let photo = intake.upload(view, &Picture { content_type, bytes })?;
        let settled = intake.settled(&photo)?;
        ensure!(began.elapsed() < ANSWER, "{code:?} takes {:?}", began.elapsed());
        ensure!(settled.code.as_deref() == code, "{code:?}: {settled:?}");
        let said = settled.message.unwrap_or_default();
        ensure!(code.is_none() || said.contains("Please"), "{code:?} says {said:?}");
        ensure!((settled.state == "rejected") == code.is_some(), "{code:?} is {}", settled.state);
        if code.is_none() {
            let key = records::photo(&clinic, &patient, &photo)?["photo_state"]["file"]["key"].clone();
            let clean = visage.aws.object(visage.bucket("photos")?, key.as_str().unwrap_or_default())?;
            ensure!(image::guess_format(&clean)? == ImageFormat::Jpeg, "everything is kept as JPEG");
        }
    }
    originals_are_gone(&clinic)
}

/// What a decoder that was taken over would find: no credentials, and little memory and time.
#[test]
fn a_file_is_taken_apart_by_a_process_that_has_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    let (intake, _) = intake(&Clinic::open(&visage)?)?;
    let large =
        image::RgbImage::from_raw(3000, 3000, vec![128; 3000 * 3000 * 3]).context("a grey picture")?;
    let bytes = encode(&large.into(), ImageFormat::Jpeg)?;
    let photo = intake.upload("frontal", &Picture { content_type: "image/jpeg", bytes })?;
    let found = until("somebody takes the photo apart", || processes::called("clean-photo"))?;
    ensure!(found.environment.is_empty(), "it knows {:?}", found.environment);
    for (what, most) in
        [("Max cpu time", 25), ("Max address space", 1600 << 20), ("Max open files", 0), ("Max processes", 0)]
    {
        let line = found.limits.lines().find_map(|line| line.strip_prefix(what)).context(what)?;
        let limits: Vec<u64> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        ensure!(limits == [most, most], "{what}: {line}");
    }
    ensure!(intake.settled(&photo)?.state == "stored");
    Ok(())
}

#[test]
fn forged_events_and_those_of_other_buckets_change_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let (intake, patient) = intake(&clinic)?;
    let upload: Upload = intake.ask_to_upload("frontal", "image/png")?.read(201)?;
    let key = upload.fields.get("key").context("a key")?;
    let (incoming, photos) = (visage.bucket("incoming")?, visage.bucket("photos")?);
    let before = records::photo(&clinic, &patient, &upload.photo)?;
    tell(&visage, "incoming", &event(incoming, key, "never-uploaded"))?;
    tell(&visage, "incoming", &event("somebody-elses-bucket", key, "v1"))?;
    tell(&visage, "incoming", &event(photos, key, "v1"))?;
    tell(&visage, "incoming", &event(incoming, &key.replace(&clinic.id, &other.id), "v1"))?;
    tell(&visage, "analysis", &event(incoming, key, "v1"))?;
    let made_up = format!("photos/{}/{patient}/{}/{}.jpg", clinic.id, intake.id, upload.photo);
    tell(&visage, "analysis", &event("somebody-elses-bucket", &made_up, "v1"))?;
    until("the forged event was noted", || {
        let noted =
            |it: &audit::Entry| it.resource.contains("no_object") && it.resource.ends_with(&upload.photo);
        Ok(audit::of(&clinic)?.iter().any(noted).then_some(()))
    })?;
    ensure!(records::photo(&clinic, &patient, &upload.photo)? == before, "the record changed");
    ensure!(rekognition::calls(&visage, &clinic.id)?.is_empty());
    // The patient's own file still counts.
    upload.send(&intake.visage, &Picture::portrait(&visage)?.bytes)?;
    ensure!(intake.settled(&upload.photo)?.state == "stored");
    Ok(())
}

#[test]
fn of_two_files_under_one_signature_the_first_counts_and_its_event_may_come_again() -> Result<()> {
    let _turn = Turn::at(&["incoming", "analysis"]);
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (first, second) = (Picture::portrait(&visage)?.bytes, Picture::asset(&visage, "coffee.png")?.bytes);
    let mut all = Vec::new();
    for _ in 0..3 {
        let (intake, patient) = intake(&clinic)?;
        for view in ["frontal", "oblique_left_45"] {
            let upload: Upload = intake.ask_to_upload(view, "image/png")?.read(201)?;
            let answer = upload.send(&intake.visage, &first)?;
            let version = answer.header("x-amz-version-id").map(str::to_owned);
            upload.send(&intake.visage, &second)?;
            all.push((intake.clone(), patient.clone(), upload, version));
        }
    }
    for (intake, patient, upload, version) in &all {
        ensure!(intake.settled(&upload.photo)?.state == "stored");
        let photo = analysed_photo(&clinic, patient, &upload.photo)?;
        ensure!(photo["photo_state"]["file"]["width"] == 512, "the second file took its place");
        let key = upload.fields.get("key").context("a key")?;
        // The first event again, twice, long after all is done.
        for _ in 0..2 {
            let version = version.as_deref().unwrap_or("unknown");
            tell(&visage, "incoming", &event(visage.bucket("incoming")?, key, version))?;
        }
    }
    for (.., upload, _) in &all {
        visage.until_worked_on(&upload.photo)?;
    }
    originals_are_gone(&clinic)?;
    let log = audit::of(&clinic)?;
    for (_, patient, upload, _) in &all {
        let stored_times = log
            .iter()
            .filter(|it| it.resource.contains("state=stored") && it.resource.ends_with(&upload.photo))
            .count();
        ensure!(stored_times == 1, "stored {stored_times} times");
        ensure!(records::photo(&clinic, patient, &upload.photo)?["photo_state"]["file"]["width"] == 512);
    }
    for operation in ["DetectFaces", "DetectModerationLabels"] {
        ensure!(rekognition::answered(&visage, operation, &clinic.id)? == all.len(), "{operation}");
    }
    Ok(())
}

#[test]
fn a_signature_from_before_the_submission_changes_nothing_after_it() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic)?;
    intake.fill(&visage_tests::Person::invented())?;
    let photo = intake.upload("frontal", &Picture::portrait(&visage)?)?;
    ensure!(intake.settled(&photo)?.state == "stored");
    let late: Upload = intake.ask_to_upload("oblique_left_45", "image/png")?.read(201)?;
    intake.submit(false, false)?.expect(201)?;
    let answer = late.send(&intake.visage, &Picture::portrait(&visage)?.bytes)?;
    ensure!(matches!(answer.status, 200 | 201 | 204), "the signature itself is still good");
    until("the late file is noted", || {
        let noted =
            |it: &audit::Entry| it.resource.contains("state=late") && it.resource.ends_with(&late.photo);
        Ok(audit::of(&clinic)?.iter().any(noted).then_some(()))
    })?;
    originals_are_gone(&clinic)?;
    ensure!(records::photo(&clinic, &patient, &late.photo)?["photo_state"]["state"] == "awaited");
    ensure!(rekognition::calls(&visage, &late.photo)?.is_empty());
    Ok(())
}

#[test]
fn a_photo_is_sensitive_until_a_moderation_found_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic)?;
    let upload: Upload = intake.ask_to_upload("frontal", "image/png")?.read(201)?;
    ensure!(records::photo(&clinic, &patient, &upload.photo)?["sensitive"] == true, "it starts so");
    upload.send(&intake.visage, &Picture::portrait(&visage)?.bytes)?;
    let portrait = analysed_photo(&clinic, &patient, &upload.photo)?;
    ensure!(portrait["sensitive"] == false, "{portrait}");
    // To the stand-in a table of warm wood is bare skin.
    let coffee = intake.upload("oblique_left_45", &Picture::asset(&visage, "coffee.png")?)?;
    let coffee = analysed_photo(&clinic, &patient, &coffee)?;
    ensure!(coffee["sensitive"] == true && coffee["analysis"]["state"] == "done", "{coffee}");
    // Nobody answers whether this one may be shown.
    let error = Some("InvalidImageFormatException");
    let operation = Some("DetectModerationLabels");
    Fault { operation, object: &clinic.id, times: 1, delay_ms: 0, error }.ask(&visage)?;
    let unanswered = intake.upload("oblique_right_45", &Picture::portrait(&visage)?)?;
    let unanswered = analysed_photo(&clinic, &patient, &unanswered)?;
    ensure!(unanswered["sensitive"] == true && unanswered["analysis"]["state"] == "done", "{unanswered}");
    // What was found is nothing for the clear part of a record.
    for photo in [portrait, coffee] {
        ensure!(!photo.to_string().contains("Nudity"), "{photo}");
    }
    Ok(())
}

#[test]
fn what_passes_is_waited_for_and_what_does_not_is_told() -> Result<()> {
    let _turn = Turn::at(&["incoming", "analysis"]);
    let visage = Visage::connect()?;
    let portrait = Picture::portrait(&visage)?;
    let passing = [
        ("ThrottlingException", 2, 0),
        ("ProvisionedThroughputExceededException", 2, 0),
        ("InternalServerError", 1, 0),
        ("", 2, 3_000),
    ];
    for (error, times, delay_ms) in passing {
        let clinic = Clinic::open(&visage)?;
        let (intake, patient) = intake(&clinic)?;
        let error = Some(error).filter(|error| !error.is_empty());
        let operation = Some("DetectFaces");
        Fault { operation, object: &clinic.id, times, delay_ms, error }.ask(&visage)?;
        let photo = analysed_photo(&clinic, &patient, &intake.upload("frontal", &portrait)?)?;
        ensure!(photo["analysis"]["state"] == "done" && photo["sensitive"] == false, "{error:?}: {photo}");
        ensure!(rekognition::answered(&visage, "DetectFaces", &clinic.id)? == 1, "{error:?}");
    }
    let lasting = ["InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"];
    for code in lasting {
        let clinic = Clinic::open(&visage)?;
        let (intake, patient) = intake(&clinic)?;
        let fault = Fault { operation: None, object: &clinic.id, times: 9, delay_ms: 0, error: Some(code) };
        fault.ask(&visage)?;
        let photo = analysed_photo(&clinic, &patient, &intake.upload("frontal", &portrait)?)?;
        ensure!(photo["analysis"] == json!({ "state": "failed", "code": code }), "{photo}");
        ensure!(photo["sensitive"] == true, "nobody looked whether everybody may see it");
        ensure!(rekognition::calls(&visage, &clinic.id)?.len() == 2, "each question was asked once");
    }
    Ok(())
}
