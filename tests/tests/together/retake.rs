//! Another photo: asked for after the intake was handed in, taken by a link that opens one view and nothing else.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;
use visage_tests::arrivals::{event, originals_are_gone, tell};
use visage_tests::evaluation::Visit;
use visage_tests::http::Answer;
use visage_tests::messages::mails_to;
use visage_tests::picture::Picture;
use visage_tests::report::{self, confirm, confirmation_in};
use visage_tests::retake::RetakeLink;
use visage_tests::staff::Role;
use visage_tests::timeouts::ShortTimeouts;
use visage_tests::until::within;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records, until};

const GONE: (u16, &str) = (410, "link_gone");

fn ask(clinic: &Clinic, visit: &Visit, input: &Value) -> Result<Answer> {
    let path = format!("{}/retakes", visit.path());
    clinic.staff(Role::Coordinator)?.ask("POST", &path).once().json(input).send()
}

/// A link that staff hand over.
fn handed(clinic: &Clinic, visit: &Visit) -> Result<RetakeLink> {
    let input = json!({ "view": "frontal", "reason": "blurred", "channel": "hand" });
    let made: Value = ask(clinic, visit, &input)?.read(201)?;
    RetakeLink::within(&clinic.visage, made["url"].as_str().unwrap_or_default())
}

/// Confirms the mailbox with the link of the first mail.
fn confirm_mailbox(clinic: &Clinic, person: &Person) -> Result<()> {
    let token = until("the mail to confirm arrives", || {
        let mails = mails_to(&clinic.visage, &person.email)?;
        Ok(mails.iter().find_map(|mail| confirmation_in(&mail.body_text)))
    })?;
    confirm(&clinic.visage, &token)?.expect(201).map(drop)
}

fn conclude(clinic: &Clinic, visit: &Visit) -> Result<()> {
    let assessment = json!({ "findings": [], "recommendations": "None." });
    clinic.staff(Role::Provider)?.conclude(visit, &assessment).map(drop)
}

/// Has a photo's cleaning fail after the intake was handed in: as if its function died again and again.
fn fail(clinic: &Clinic, visit: &Visit) -> Result<()> {
    let visage = &clinic.visage;
    let photo = records::of_type(clinic, &visit.patient, "photo")?.into_iter().next().context("a photo")?;
    let id = photo["photo"].as_str().context("its id")?;
    let item = records::item(clinic, &visit.patient, &format!("PHOTO#{id}"))?;
    let received = json!({ "M": { "state": { "S": "received" }, "version": { "S": "gone" } } });
    visage.aws.set(visage.records()?, &item, "photo_state", &received)?;
    let key = format!("incoming/{}/{}", clinic.id, photo["upload"].as_str().context("its upload")?);
    tell(visage, "incoming", &event(visage.bucket("incoming")?, &key, "gone"))
}

#[test]
fn a_photo_that_fails_after_the_submission_is_asked_for_again_by_a_link() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    confirm_mailbox(&clinic, &person)?;
    let provider = clinic.staff(Role::Provider)?;
    provider.open_until(&visit, "the photo is analysed", |opened| {
        opened.photo("frontal").is_some_and(|photo| photo.analysis_state() != "pending")
    })?;
    let shortened = ShortTimeouts::of(&visage, &["incoming"], 7)?;
    fail(&clinic, &visit)?;
    let link = within(Duration::from_secs(120), "the mail with the link arrives", || {
        let mails = mails_to(&visage, &person.email)?;
        Ok(mails.iter().find_map(|mail| RetakeLink::within(&visage, &mail.body_text).ok()))
    })?;
    drop(shortened);
    let opened = provider.open(&visit)?;
    let missed = opened.photo("frontal").context("staff see that it can't be used")?;
    ensure!(missed.state == "rejected" && missed.code.as_deref() == Some("unreadable"), "{missed:?}");
    ensure!(opened.retakes.len() == 1 && opened.retakes[0]["state"] == "open", "{:?}", opened.retakes);

    let answer = link.ask("GET", "").send()?;
    for secret in person.secrets().into_iter().chain([person.given_name.clone(), missed.photo.clone()]) {
        ensure!(!answer.text().contains(&secret), "the link shows {secret:?}");
    }
    let asked = link.get()?;
    ensure!(asked.view == "frontal" && asked.state == "open" && asked.photos.is_empty(), "{asked:?}");
    ensure!(asked.instructions.is_some() && asked.reasons[0]["code"] == "unreadable", "{asked:?}");

    // One that can't be used leaves the ask open; one that can closes it.
    let bad = link.upload(&Picture { content_type: "image/jpeg", bytes: b"no photo".to_vec() })?;
    ensure!(bad.code.as_deref() == Some("not_an_image") && bad.message.is_some(), "{bad:?}");
    let good = link.upload(&Picture::portrait(&visage)?)?;
    ensure!(good.state == "stored", "{good:?}");
    ensure!(link.get()?.state == "done");
    link.ask_to_upload("image/png")?.refused(GONE.0, GONE.1)?;
    let opened = provider.open_until(&visit, "the new photo is analysed", |opened| {
        opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "done")
    })?;
    ensure!(opened.photo("frontal").is_some_and(|photo| photo.photo == good.photo));
    ensure!(opened.retakes[0]["state"] == "done", "{:?}", opened.retakes);
    conclude(&clinic, &visit)?;
    originals_are_gone(&clinic)
}

#[test]
fn staff_ask_once_and_the_link_opens_one_view_and_nothing_else() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let staff = clinic.staff(Role::Provider)?;
    let path = format!("{}/retakes", visit.path());
    let input = json!({ "view": "frontal", "reason": "eyes_closed", "channel": "hand" });
    let click = || staff.ask("POST", &path).idempotency_key("0123456789abcdef").json(&input).send();
    let (first, second): (Value, Value) = (click()?.read(201)?, click()?.read(201)?);
    ensure!(first["retake"] == second["retake"] && second.get("url").is_none(), "{second}");
    let link = RetakeLink::within(&visage, first["url"].as_str().unwrap_or_default())?;
    let asked = link.get()?;
    ensure!(asked.view == "frontal" && asked.reasons[0]["code"] == "eyes_closed", "{asked:?}");
    let week = asked.expires_at.duration_since(jiff::Timestamp::now());
    ensure!(week <= jiff::SignedDuration::from_hours(7 * 24), "{week}");
    // The reason is sealed: it tells of the patient.
    let stored = records::of_type(&clinic, &visit.patient, "retake")?;
    ensure!(stored.len() == 1 && !stored[0].to_string().contains("eyes_closed"), "{stored:?}");

    let other = json!({ "view": "basal", "contentType": "image/png" });
    link.ask("POST", "/uploads").once().json(&other).send()?.refused(400, "invalid_body")?;
    visage.ask("GET", "/v1/intake").bearer(&link.token).send()?.refused(401, "unauthenticated")?;
    report::open(&visage, &link.token, "1980-01-01")?.refused(404, "not_found")?;
    confirm(&visage, &link.token)?.refused(404, "not_found")?;
    // Its photo takes the old one's place.
    let before = staff.open(&visit)?.photo("frontal").context("a photo")?.photo.clone();
    let taken = link.upload(&Picture::portrait(&visage)?)?;
    let after = staff.open(&visit)?.photo("frontal").context("one photo")?.photo.clone();
    ensure!(after == taken.photo && after != before);
    Ok(())
}

#[test]
fn what_cannot_be_asked_for_is_named() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    let input = |view: &str, reason: &str, channel: &str| json!({ "view": view, "reason": reason, "channel": channel });
    let problem = ask(&clinic, &visit, &input("basal", "blurred", "hand"))?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == [("/view", "no_photo")].into(), "{:?}", problem.errors);
    ask(&clinic, &visit, &input("frontal", "ugly", "hand"))?.refused(400, "invalid_body")?;
    ask(&clinic, &visit, &input("frontal", "blurred", "email"))?.refused(409, "channel_not_confirmed")?;
    confirm_mailbox(&clinic, &person)?;
    ask(&clinic, &visit, &input("frontal", "blurred", "email"))?.expect(201)?;
    let mail = until("the mail with the link arrives", || {
        let mails = mails_to(&visage, &person.email)?;
        Ok(mails.into_iter().find(|mail| mail.body_text.contains("/retake#")))
    })?;
    for word in ["photo", "blurred", "frontal", "face"] {
        ensure!(!mail.body_text.to_lowercase().contains(word), "{word} is in {:?}", mail.body_text);
    }
    ensure!(RetakeLink::within(&visage, &mail.body_text)?.get()?.state == "open");
    conclude(&clinic, &visit)?;
    ask(&clinic, &visit, &input("frontal", "blurred", "hand"))?.refused(409, "already_signed")?;
    Ok(())
}

#[test]
fn a_retake_link_dies_with_a_later_one_with_time_with_the_signature_and_with_the_withdrawal() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let dead = |link: &RetakeLink| -> Result<()> {
        link.ask("GET", "").send()?.refused(GONE.0, GONE.1)?;
        link.ask_to_upload("image/png")?.refused(GONE.0, GONE.1).map(drop)
    };
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let first = handed(&clinic, &visit)?;
    let second = handed(&clinic, &visit)?;
    dead(&first)?;
    ensure!(second.get()?.state == "open");
    let item = records::item(&clinic, &visit.patient, &newest(&clinic, &visit)?)?;
    let long_ago = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(7 * 24)).to_string();
    visage.aws.set(visage.records()?, &item, "asked_at", &json!({ "S": long_ago }))?;
    dead(&second)?;

    let third = handed(&clinic, &visit)?;
    let late: Upload = third.ask_to_upload("image/png")?.read(201)?;
    conclude(&clinic, &visit)?;
    dead(&third)?;
    // A form that was signed before is good at S3, and changes nothing.
    late.place(&visage, &Picture::portrait(&visage)?.bytes)?;
    until("the late file is noted", || {
        let noted =
            |it: &audit::Entry| it.resource.contains("state=late") && it.resource.ends_with(&late.photo);
        Ok(audit::of(&clinic)?.iter().any(noted).then_some(()))
    })?;

    let withdrawn = Intake::whole(&clinic, &Person::invented(), false)?;
    let link = handed(&clinic, &withdrawn)?;
    let provider = clinic.staff(Role::Provider)?;
    let etag = provider.open(&withdrawn)?.etag;
    provider.withdraw(&withdrawn, &etag, "Entered twice.")?.expect(200)?;
    dead(&link)?;
    originals_are_gone(&clinic)
}

/// What the sort key of the newest ask ends in.
fn newest(clinic: &Clinic, visit: &Visit) -> Result<String> {
    let asks = records::of_type(clinic, &visit.patient, "retake")?;
    let newest = asks.iter().max_by_key(|it| it["asked_at"].as_str().map(str::to_owned));
    let id = newest.and_then(|it| it["retake"].as_str()).context("an ask")?;
    Ok(format!("RETAKE#{id}"))
}
