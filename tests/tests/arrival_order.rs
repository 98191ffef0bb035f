//! Two files under one signature, of which the event of the second is worked on before that of the first.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::arrivals::{event, originals_are_gone};
use visage_tests::paused::Paused;
use visage_tests::picture::Picture;
use visage_tests::records::analysed_photo;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Visage, audit, records, rekognition, until};

/// A message of the queue, as the function gets it.
const EVENT: &str = include_str!("../../events/receive_photo.json");

/// Pixels across of the portrait; what is sent after it has others.
const FIRST: u32 = 512;

#[test]
fn the_first_file_counts_though_the_event_of_the_second_is_worked_on_before() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let intake = Intake::start(&clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let upload: Upload = intake.ask_to_upload("frontal", "image/png")?.read(201)?;
    let stands =
        || Ok::<_, anyhow::Error>(records::photo(&clinic, &patient, &upload.photo)?["photo_state"].clone());
    let paused = Paused::function(&visage, "receive_photo")?;
    let [first, second] = [Picture::portrait(&visage)?, Picture::asset(&visage, "coffee.png")?]
        .map(|file| send(&visage, &upload, &file));
    let (first, second) = (first?, second?);
    // Both have happened and been said, and nobody has listened yet.
    until("both events are in the queue", || {
        let queued = visage.queued()?;
        Ok((queued.contains(&first) && queued.contains(&second)).then_some(()))
    })?;
    ensure!(stands()?["state"] == "awaited", "nothing was worked on before it should be");
    work_on(&visage, &upload, &second)?;
    ensure!(stands()?["state"] == "awaited", "the second file doesn't count, though its event came first");
    let log = audit::of(&clinic)?;
    let noted =
        |it: &audit::Entry| it.resource.contains("second_version") && it.resource.ends_with(&upload.photo);
    ensure!(log.iter().any(noted), "it was seen to be the second");
    drop(paused);
    ensure!(intake.settled(&upload.photo)?.state == "stored");
    let photo = analysed_photo(&clinic, &patient, &upload.photo)?;
    ensure!(
        photo["photo_state"]["file"]["width"] == FIRST,
        "the second file took the first one's place: {photo}"
    );
    originals_are_gone(&clinic)?;
    visage.until_worked_on(&second)?;
    let log = audit::of(&clinic)?;
    for point in ["state=pinned", "state=stored"] {
        let about = |it: &&audit::Entry| it.resource.contains(point) && it.resource.ends_with(&upload.photo);
        let times = log.iter().filter(about).count();
        ensure!(times == 1, "{point} {times} times");
    }
    for operation in ["DetectFaces", "DetectModerationLabels"] {
        ensure!(rekognition::answered(&visage, operation, &clinic.id)? == 1, "{operation}");
    }
    Ok(())
}

/// Uploads a file; answers which version of the object it became.
fn send(visage: &Visage, upload: &Upload, file: &Picture) -> Result<String> {
    let answer = upload.send(visage, &file.bytes)?;
    ensure!(matches!(answer.status, 200 | 201 | 204), "S3 answered {}: {}", answer.status, answer.text());
    Ok(answer.header("x-amz-version-id").context("the object has a version")?.to_owned())
}

/// Has the function work on the event of a version at once, as if the queue brought it.
fn work_on(visage: &Visage, upload: &Upload, version: &str) -> Result<()> {
    let key = upload.fields.get("key").context("a key")?;
    let mut message: Value = serde_json::from_str(EVENT)?;
    message["Records"][0]["body"] = event(visage.bucket("incoming")?, key, version).into();
    let answer =
        visage.aws.invoke(visage.stack.named(&visage.stack.functions, "receive_photo")?, &message)?;
    ensure!(answer["batchItemFailures"] == json!([]), "{answer}");
    Ok(())
}
