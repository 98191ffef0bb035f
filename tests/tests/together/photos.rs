//! Photos: from the browser to the analysis, whatever is sent and whoever dies on the way.

use anyhow::{Result, ensure};
use image::ImageFormat;
use serde_json::json;
use std::io::Cursor;
use visage_tests::arrivals::originals_are_gone;
use visage_tests::picture::Picture;
use visage_tests::records::analysed_photo;
use visage_tests::rekognition::Fault;
use visage_tests::timeouts::ShortTimeouts;
use visage_tests::turns::Turn;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Visage, audit, logs, records, rekognition};

/// An intake that may be uploaded to, and its patient.
fn intake(clinic: &Clinic, analysis: bool) -> Result<(Intake, String)> {
    let intake = Intake::start(clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", analysis)?.expect(201)?;
    let patient = audit::patient_of(clinic, &intake.id)?;
    Ok((intake, patient))
}

/// Ten upload forms: three views of three patients, one of a fourth.
fn ten(clinic: &Clinic) -> Result<Vec<(Intake, String, Upload)>> {
    let mut all = Vec::new();
    for views in [&VIEWS[..], &VIEWS, &VIEWS, &VIEWS[..1]] {
        let (intake, patient) = intake(clinic, true)?;
        for view in views {
            let upload = intake.ask_to_upload(view, "image/png")?.read(201)?;
            all.push((intake.clone(), patient.clone(), upload));
        }
    }
    Ok(all)
}

const VIEWS: [&str; 3] = ["frontal", "oblique_left_45", "oblique_right_45"];

/// Sends all files at the same moment.
fn send(uploads: &[(Intake, String, Upload)], bytes: &[u8]) -> Result<()> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = uploads
            .iter()
            .map(|(intake, _, upload)| scope.spawn(move || upload.send(&intake.visage, bytes)))
            .collect();
        sent.into_iter().try_for_each(|one| {
            let answer = one.join().map_err(|_| anyhow::anyhow!("an upload panicked"))??;
            ensure!(
                matches!(answer.status, 200 | 201 | 204),
                "S3 answered {}: {}",
                answer.status,
                answer.text()
            );
            Ok(())
        })
    })
}

/// How often a photo came to that point, by the audit log.
fn reached(clinic: &Clinic, point: &str, photo: &str) -> Result<usize> {
    let about = |it: &audit::Entry| {
        it.outcome == "done" && it.resource.contains(point) && it.resource.ends_with(photo)
    };
    Ok(audit::of(clinic)?.iter().filter(|it| about(it)).count())
}

/// That each is analysed, that it was done once, and that no original is left.
fn all_are_done_once(clinic: &Clinic, uploads: &[(Intake, String, Upload)]) -> Result<()> {
    let mut keys = Vec::new();
    for (_, patient, upload) in uploads {
        let photo = analysed_photo(clinic, patient, &upload.photo)?;
        ensure!(photo["analysis"]["state"] == "done", "{photo}");
        for point in ["state=pinned", "state=stored", "analysis=done"] {
            let times = reached(clinic, point, &upload.photo)?;
            ensure!(times == 1, "{} came to {point} {times} times", upload.photo);
        }
        keys.push(photo["photo_state"]["file"]["key"].as_str().unwrap_or_default().to_owned());
    }
    keys.sort_unstable();
    keys.dedup();
    ensure!(keys.len() == uploads.len(), "each has a file of its own");
    originals_are_gone(clinic)
}

#[test]
fn ten_photos_at_once_are_all_analysed_and_none_twice() -> Result<()> {
    // What comes back early, because somebody shortened the time-outs, is analysed twice.
    let _turn = Turn::at(&["incoming", "analysis"]);
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let uploads = ten(&clinic)?;
    send(&uploads, &Picture::portrait(&visage)?.bytes)?;
    all_are_done_once(&clinic, &uploads)?;
    for operation in ["DetectFaces", "DetectModerationLabels"] {
        let asked = rekognition::answered(&visage, operation, &clinic.id)?;
        ensure!(asked == uploads.len(), "{operation} was asked {asked} times");
    }
    Ok(())
}

#[test]
fn without_consent_to_analysis_no_photo_is_shown_to_rekognition() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic, false)?;
    let photo = intake.upload("frontal", &Picture::portrait(&visage)?)?;
    ensure!(intake.settled(&photo)?.state == "stored", "the photo itself is taken");
    let skipped = analysed_photo(&clinic, &patient, &photo)?;
    ensure!(
        skipped["analysis"] == json!({ "state": "skipped", "reason": "no_consent" }),
        "{}",
        skipped["analysis"]
    );
    ensure!(skipped["sensitive"] == true, "nobody looked whether everybody may see it");
    ensure!(intake.judged(&photo)?.quality.is_none(), "the patient is told no verdict");
    ensure!(rekognition::calls(&visage, &photo)?.is_empty());
    Ok(())
}

#[test]
fn what_is_no_photo_is_rejected_with_a_reason() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let portrait = Picture::portrait(&visage)?.bytes;
    let tiny = image::load_from_memory(&portrait)?.thumbnail(40, 40);
    let half = portrait[..portrait.len() / 2].to_vec();
    let files: [(&str, Vec<u8>); 5] = [
        ("not_an_image", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec()),
        ("not_an_image", b"MZ\x90\x00 this program cannot be run in DOS mode".to_vec()),
        ("truncated", half),
        ("too_small", encode(&tiny, ImageFormat::Jpeg)?),
        ("unsupported", b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;".to_vec()),
    ];
    let (intake, _) = intake(&clinic, true)?;
    let mut expected = Vec::new();
    for (index, (code, bytes)) in files.into_iter().enumerate() {
        let view = VIEWS[index % VIEWS.len()];
        expected.push((intake.upload(view, &Picture { content_type: "image/jpeg", bytes })?, code));
    }
    for (photo, code) in expected {
        let settled = intake.settled(&photo)?;
        ensure!(settled.state == "rejected" && settled.code.as_deref() == Some(code), "{code}: {settled:?}");
    }
    ensure!(rekognition::calls(&visage, &clinic.id)?.is_empty());
    originals_are_gone(&clinic)
}

fn encode(picture: &image::DynamicImage, format: ImageFormat) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.to_rgb8().write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

#[test]
fn the_signed_form_takes_one_kind_of_file_of_a_sensible_size_under_one_key() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, _) = intake(&clinic, true)?;
    let upload: Upload = intake.ask_to_upload("frontal", "image/png")?.read(201)?;
    let refused = |upload: &Upload, bytes: &[u8]| {
        let answer = upload.send(&intake.visage, bytes)?;
        ensure!(matches!(answer.status, 400 | 403), "S3 answered {}", answer.status);
        Ok(())
    };
    ensure!(upload.max_bytes == 15 * 1024 * 1024);
    refused(&upload, &vec![0; upload.max_bytes + 1])?;
    for (field, value) in [
        ("key", format!("incoming/{}/another", clinic.id)),
        ("content-type", "text/html".to_owned()),
        ("x-amz-signature", "0".repeat(64)),
        ("policy", "e30=".to_owned()),
    ] {
        let mut forged = upload.clone();
        forged.fields.insert(field.to_owned(), value);
        refused(&forged, b"x")?;
    }
    ensure!(intake.get()?.photos.iter().all(|photo| photo.state == "awaited"), "nothing of it arrived");
    Ok(())
}

#[test]
fn hidden_data_of_a_photo_does_not_survive() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic, true)?;
    let portrait = image::load_from_memory(&Picture::portrait(&visage)?.bytes)?;
    let bytes = with_exif(&encode(&portrait, ImageFormat::Jpeg)?, "CANARY-CAMERA 47.6062N 122.3321W");
    let photo = intake.upload("frontal", &Picture { content_type: "image/jpeg", bytes })?;
    ensure!(intake.settled(&photo)?.state == "stored");
    let key = records::photo(&clinic, &patient, &photo)?["photo_state"]["file"]["key"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let clean = visage.aws.object(visage.bucket("photos")?, &key)?;
    ensure!(image::guess_format(&clean)? == ImageFormat::Jpeg);
    for hidden in [&b"CANARY-CAMERA"[..], b"Exif"] {
        ensure!(!clean.windows(hidden.len()).any(|window| window == hidden), "hidden data is still there");
    }
    originals_are_gone(&clinic)
}

/// A JPEG with a camera's name in its EXIF segment.
fn with_exif(jpeg: &[u8], camera: &str) -> Vec<u8> {
    let text = [camera.as_bytes(), b"\0"].concat();
    let length = u32::try_from(text.len()).unwrap_or_default();
    // A TIFF header and one directory with one entry: Make (0x010F), text, behind the directory at byte 26.
    let mut content = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0".to_vec();
    content.extend(length.to_le_bytes());
    content.extend(26u32.to_le_bytes());
    content.extend([0; 4]);
    content.extend(text);
    let size = u16::try_from(content.len() + 2).unwrap_or_default();
    [&jpeg[..2], &[0xff, 0xe1], &size.to_be_bytes(), &content, &jpeg[2..]].concat()
}

#[test]
fn an_old_form_changes_nothing_and_a_new_photo_takes_the_old_ones_place() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic, true)?;
    let portrait = Picture::portrait(&visage)?;
    let first: Upload = intake.ask_to_upload("frontal", "image/png")?.read(201)?;
    first.send(&intake.visage, &portrait.bytes)?;
    intake.settled(&first.photo)?;
    let before = records::photo(&clinic, &patient, &first.photo)?["photo_state"].clone();
    // The form is still valid, but its photo is taken.
    let answer = first.send(&intake.visage, b"something else")?;
    ensure!(matches!(answer.status, 200 | 201 | 204));
    originals_are_gone(&clinic)?;
    ensure!(records::photo(&clinic, &patient, &first.photo)?["photo_state"] == before);

    let second = intake.upload("frontal", &portrait)?;
    intake.settled(&second)?;
    let shown = intake.get()?.photos;
    ensure!(shown.len() == 1 && shown[0].photo == second, "the later one counts: {shown:?}");
    Ok(())
}

#[test]
fn the_log_of_the_analysis_names_photos_and_nothing_else() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = intake(&clinic, true)?;
    let photo = intake.upload("frontal", &Picture::portrait(&visage)?)?;
    analysed_photo(&clinic, &patient, &photo)?;
    for line in logs::of(&visage, "analyse_photo")? {
        for word in ["landmark", "Landmark", "yaw", "Confidence", "AgeRange", "Smile"] {
            ensure!(!line.contains(word), "{word} is in the log");
        }
    }
    Ok(())
}

#[test]
fn a_question_that_was_answered_is_not_asked_again_for_the_sake_of_the_other() -> Result<()> {
    let visage = Visage::connect()?;
    let portrait = Picture::portrait(&visage)?;
    let shortened = ShortTimeouts::of(&visage, &["analysis"], 12)?;
    for (failing, answered) in
        [("DetectModerationLabels", "DetectFaces"), ("DetectFaces", "DetectModerationLabels")]
    {
        let clinic = Clinic::open(&visage)?;
        let (intake, patient) = intake(&clinic, true)?;
        // Once more than the caller itself tries: the queue has to bring it again.
        let (operation, error) = (Some(failing), Some("ThrottlingException"));
        Fault { operation, object: &clinic.id, times: 4, delay_ms: 0, error }.ask(&visage)?;
        let photo = analysed_photo(&clinic, &patient, &intake.upload("frontal", &portrait)?)?;
        ensure!(photo["analysis"]["state"] == "done" && photo["sensitive"] == false, "{failing}: {photo}");
        let asked = rekognition::calls(&visage, &clinic.id)?;
        let times = asked.iter().filter(|call| call["op"] == answered).count();
        ensure!(times == 1, "{answered} was asked {times} times");
    }
    drop(shortened);
    Ok(())
}
