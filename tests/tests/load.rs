//! A busy hour in one minute: many photos at once, a vendor that throttles, and functions that die.

use anyhow::{Context, Result, ensure};
use image::{ImageFormat, imageops::FilterType};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::time::Duration;
use visage_tests::picture::Picture;
use visage_tests::rekognition::{self, Fault};
use visage_tests::timeouts::ShortTimeouts;
use visage_tests::until::within;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Visage, audit, logs, processes, records, until};

/// Two clinics with 34 intakes of three views each.
const CLINICS: usize = 2;
const INTAKES: usize = 34;
const VIEWS: [&str; 3] = ["frontal", "oblique_left_45", "oblique_right_45"];
/// How long all of it may take from the last kill.
const DEADLINE: Duration = Duration::from_secs(150);
/// Longer than a worker takes for a photo while twenty others do, and short enough to wait for.
const TIMEOUT: u32 = 20;

/// A photo that will be sent.
struct Sent {
    clinic: usize,
    intake: Intake,
    upload: Upload,
}

/// What the functions left of a clinic's photos: how often each came to each point.
type Reached = BTreeMap<(String, &'static str), usize>;

const POINTS: [&str; 3] = ["state=pinned", "state=stored", "analysis=done"];

/// 204 photos of a face arrive at the same moment. Rekognition throttles the first calls and dawdles over others, and
/// three times every function that works on photos is killed. Nothing is lost: each photo is pinned, stored and analysed
/// once by the audit log, and no message ends among the dead letters.
///
/// Once means: one answer of `DetectFaces` for each photo. Who dies between the answer and writing it down can't have
/// told anybody, so the photo is asked about again, as it is when somebody takes longer than the queue waits; hence at most
/// as many answers more as processes were killed and analyses were that slow.
#[test]
fn two_hundred_photos_at_once_are_each_analysed_once_and_none_is_lost() -> Result<()> {
    let visage = Visage::connect()?;
    let clinics = (0..CLINICS).map(|_| Clinic::open(&visage)).collect::<Result<Vec<_>>>()?;
    let photos = permitted(&clinics)?;
    ensure!(photos.len() >= 200);
    let dead = dead_letters(&visage)?;
    for clinic in &clinics {
        throttle(&visage, clinic)?;
    }
    let shortened = ShortTimeouts::of(&visage, &["incoming", "analysis"], TIMEOUT)?;
    let (portrait, slow) = (small_portrait(&visage)?, slow_analyses(&visage)?);
    let killed = std::thread::scope(|scope| {
        let sent = scope.spawn(|| send(&photos, &portrait));
        let killed = kill_now_and_then(&visage, &clinics, photos.len())?;
        sent.join().map_err(|_| anyhow::anyhow!("the uploads panicked"))??;
        anyhow::Ok(killed)
    })?;
    until_done(&clinics, photos.len(), DEADLINE)?;
    for (index, clinic) in clinics.iter().enumerate() {
        let ours: Vec<_> = photos.iter().filter(|photo| photo.clinic == index).collect();
        all_are_on_record(clinic, &ours)?;
    }
    drop(shortened);
    // What took longer than the queue waits was brought to somebody else meanwhile.
    let slow = slow_analyses(&visage)?.saturating_sub(slow);
    asked_once(&visage, &clinics, &photos, killed + slow)?;
    ensure!(dead_letters(&visage)? == dead, "a message was given up");
    Ok(())
}

/// Upload forms for all, asked for by as many patients.
fn permitted(clinics: &[Clinic]) -> Result<Vec<Sent>> {
    std::thread::scope(|scope| {
        let each: Vec<_> = clinics
            .iter()
            .enumerate()
            .map(|(index, clinic)| scope.spawn(move || permitted_in(index, clinic)))
            .collect();
        let mut all = Vec::new();
        for one in each {
            all.extend(one.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??);
        }
        Ok(all)
    })
}

fn permitted_in(index: usize, clinic: &Clinic) -> Result<Vec<Sent>> {
    let mut all = Vec::new();
    for _ in 0..INTAKES {
        let intake = Intake::start(clinic)?;
        intake.decide("photographs", true)?.expect(201)?;
        intake.decide("face_analysis", true)?.expect(201)?;
        for view in VIEWS {
            let upload = intake.ask_to_upload(view, "image/jpeg")?.read(201)?;
            all.push(Sent { clinic: index, intake: intake.clone(), upload });
        }
    }
    Ok(all)
}

/// The portrait as small as a face in it is still found: what is tested here is how many there are.
fn small_portrait(visage: &Visage) -> Result<Vec<u8>> {
    let portrait = image::load_from_memory(&Picture::portrait(visage)?.bytes)?;
    let mut bytes = Cursor::new(Vec::new());
    portrait.resize(320, 320, FilterType::Triangle).to_rgb8().write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

fn throttle(visage: &Visage, clinic: &Clinic) -> Result<()> {
    let fault = Fault {
        operation: Some("DetectFaces"),
        object: &clinic.id,
        times: 30,
        delay_ms: 0,
        error: Some("ThrottlingException"),
    };
    fault.ask(visage)?;
    Fault { times: 10, delay_ms: 1500, error: None, ..fault }.ask(visage)
}

/// Sends all at the same moment.
fn send(photos: &[Sent], bytes: &[u8]) -> Result<()> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = photos
            .iter()
            .map(|photo| scope.spawn(move || photo.upload.send(&photo.intake.visage, bytes)))
            .collect();
        sent.into_iter().try_for_each(|one| {
            let answer = one.join().map_err(|_| anyhow::anyhow!("an upload panicked"))??;
            ensure!(matches!(answer.status, 200 | 201 | 204), "S3 answered {}", answer.status);
            Ok(())
        })
    })
}

/// Kills whatever works on photos, three times while there is work: fewer times than a queue brings a message. Answers
/// how many of those that ask Rekognition died.
fn kill_now_and_then(visage: &Visage, clinics: &[Clinic], all: usize) -> Result<usize> {
    let (mut receiving, mut analysing) = (0, 0);
    for share in [all / 20, all / 5, all / 2] {
        until_done(clinics, share, DEADLINE)?;
        receiving += processes::kill(visage, "receive_photo")?;
        analysing += processes::kill(visage, "analyse_photo")?;
    }
    ensure!(done(clinics)? < all, "the last were killed when nothing was left to do");
    ensure!(receiving > 0 && analysing > 0, "there was nothing to be killed: {receiving}, {analysing}");
    Ok(analysing)
}

/// Waits until so many photos are analysed.
fn until_done(clinics: &[Clinic], share: usize, deadline: Duration) -> Result<()> {
    within(deadline, &format!("{share} photos are analysed"), || {
        let done = done(clinics)?;
        // Asking is work too, for the machine that is busy.
        std::thread::sleep(Duration::from_secs(1));
        Ok((done >= share).then_some(()))
    })
}

/// How many photos are analysed.
fn done(clinics: &[Clinic]) -> Result<usize> {
    clinics.iter().map(|it| Ok(reached(it)?.keys().filter(|(_, at)| *at == POINTS[2]).count())).sum()
}

/// How many analyses took longer than the queue waits, or nearly so: its clock starts before the function's.
fn slow_analyses(visage: &Visage) -> Result<usize> {
    let limit = f64::from(TIMEOUT) * 1000.0 / 2.0;
    Ok(logs::lines(visage, "analyse_photo")?.iter().filter(|line| line.duration > limit).count())
}

fn reached(clinic: &Clinic) -> Result<Reached> {
    let mut found = Reached::new();
    for entry in audit::of(clinic)?.into_iter().filter(|entry| entry.outcome == "done") {
        let point = POINTS.into_iter().find(|point| entry.resource.contains(point));
        if let (Some(point), Some((_, photo))) = (point, entry.resource.rsplit_once("photo=")) {
            *found.entry((photo.to_owned(), point)).or_default() += 1;
        }
    }
    Ok(found)
}

/// That each photo came to each point once, has an analysis and a file of its own, and that no original is left.
fn all_are_on_record(clinic: &Clinic, photos: &[&Sent]) -> Result<()> {
    let reached = reached(clinic)?;
    for photo in photos {
        for point in POINTS {
            let times = reached.get(&(photo.upload.photo.clone(), point)).copied().unwrap_or_default();
            ensure!(times == 1, "{} came to {point} {times} times", photo.upload.photo);
        }
    }
    let stored: Vec<Value> = records::of_clinic(clinic)?.iter().map(visage_tests::aws::plain).collect();
    let stored: Vec<_> = stored.iter().filter(|item| item["item_type"] == "photo").collect();
    ensure!(stored.len() == photos.len(), "{} of {} photos are on record", stored.len(), photos.len());
    ensure!(stored.iter().all(|it| it["analysis"]["state"] == "done" && it["replaced"] != json!(true)));
    let files: BTreeSet<_> =
        stored.iter().filter_map(|item| item["photo_state"]["file"]["key"].as_str()).collect();
    ensure!(files.len() == photos.len(), "each has a file of its own");
    // Who died between the record and the original is followed by somebody who destroys it.
    let visage = &clinic.visage;
    until("every version of the originals is destroyed", || {
        let left = visage.aws.versions(visage.bucket("incoming")?, &format!("incoming/{}/", clinic.id))?;
        Ok(left.is_empty().then_some(()))
    })
}

/// That Rekognition answered once for each photo, but for those whose asker died or was slow, and was in the way as it should.
fn asked_once(visage: &Visage, clinics: &[Clinic], photos: &[Sent], most_again: usize) -> Result<()> {
    let (mut answers, mut throttled) = (BTreeMap::<String, usize>::new(), 0);
    for clinic in clinics {
        for call in rekognition::calls(visage, &clinic.id)? {
            throttled += usize::from(call["error"] == "ThrottlingException");
            if call["op"] == "DetectFaces" && call["status"] == 200 {
                let object = call["object"].as_str().context("the object that was asked about")?;
                *answers.entry(object.to_owned()).or_default() += 1;
            }
        }
    }
    ensure!(throttled > 0, "nothing was throttled");
    ensure!(answers.len() == photos.len(), "{} photos were asked about", answers.len());
    let again: usize = answers.values().map(|times| times - 1).sum();
    ensure!(again <= most_again, "{again} photos were asked about again, {most_again} of them with reason");
    Ok(())
}

/// How many messages nobody could work on.
fn dead_letters(visage: &Visage) -> Result<Vec<String>> {
    let count = |name: &&str| {
        let queue = visage.stack.named(&visage.stack.queues, name)?;
        let url = queue.dlq_url.as_deref().with_context(|| format!("{name} has a dead-letter queue"))?;
        let input = json!({ "QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"] });
        let answer = visage.aws.sqs("GetQueueAttributes", &input)?;
        Ok(answer["Attributes"]["ApproximateNumberOfMessages"].as_str().unwrap_or_default().to_owned())
    };
    ["incoming", "analysis"].iter().map(count).collect()
}
