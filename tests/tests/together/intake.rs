//! The intake, as a patient may get it wrong.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::aws::text;
use visage_tests::clinic::DEFAULT_FORM;
use visage_tests::intake::{Submitted, Upload};
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// An intake with everything but the submission.
pub(crate) fn ready(clinic: &Clinic, person: &Person) -> Result<Intake> {
    let intake = Intake::start(clinic)?;
    intake.fill(person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    intake.settled(&photo)?;
    Ok(intake)
}

#[test]
fn every_wrong_field_of_a_section_is_named_at_once() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    let wrong = json!({
        "given-name": { "valueString": "Mallory\u{0}" },
        "birth-date": { "valueDate": "1990-02-30" },
        "email": { "valueString": "nobody".repeat(100) },
        "phone": [{ "valueString": "+12065550100" }],
        "family-name": { "valueBoolean": true },
        "shoe-size": { "valueString": "44" },
    });
    let answer = intake.save("about-you", &wrong)?;
    ensure!(!answer.text().contains("Mallory") && !answer.text().contains("nobody"), "no value comes back");
    let problem = answer.refused(422, "invalid_fields")?;
    let found = problem.named();
    for expected in [
        ("/answers/given-name", "forbidden_character"),
        ("/answers/birth-date", "invalid_date"),
        ("/answers/email", "too_long"),
        ("/answers/phone", "one_answer_expected"),
        ("/answers/family-name", "wrong_type"),
        ("/answers/shoe-size", "unknown_link_id"),
    ] {
        ensure!(found.contains(&expected), "{expected:?} is not among {found:?}");
    }
    ensure!(intake.get()?.sections == json!({}), "nothing of it was saved");
    intake.save("no-such-section", &json!({}))?.refused(404, "not_found")?;
    intake
        .ask("PUT", "/sections/about-you")
        .json(&json!({ "answer": {} }))
        .send()?
        .refused(400, "invalid_body")?;
    intake
        .ask("PUT", "/sections/about-you")
        .bytes(b"{}".to_vec())
        .send()?
        .refused(415, "unsupported_media_type")?;
    Ok(())
}

#[test]
fn names_addresses_and_numbers_are_judged_when_they_are_handed_in() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let intake = ready(&clinic, &person)?;
    let doubtful = json!({
        "given-name": { "valueString": "12345" },
        "family-name": { "valueString": "Müller" },
        "birth-date": { "valueDate": "2199-01-01" },
        "email": { "valueString": "nobody" },
        "phone": { "valueString": "12" },
    });
    // Somebody may still be typing: what is half a number today may be a whole one tomorrow.
    intake.save("about-you", &doubtful)?.expect(200)?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    let expected = BTreeSet::from([
        ("/sections/about-you/given-name", "invalid_name"),
        ("/sections/about-you/birth-date", "birth_date_in_future"),
        ("/sections/about-you/email", "invalid_email"),
        ("/sections/about-you/phone", "invalid_phone"),
    ]);
    ensure!(problem.named() == expected, "{:?}", problem.named());
    Ok(())
}

#[test]
fn every_wrong_field_of_a_submission_is_named_at_once() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    let found = problem.named();
    let required = [
        ("about-you", "given-name"),
        ("about-you", "family-name"),
        ("about-you", "birth-date"),
        ("about-you", "email"),
        ("history", "has-conditions"),
        ("history", "had-treatments"),
        ("allergies", "has-allergies"),
        ("medications", "takes-medications"),
        ("medications", "isotretinoin"),
        ("goals", "goal-areas"),
    ];
    for (section, question) in required {
        let pointer = format!("/sections/{section}/{question}");
        ensure!(found.contains(&(pointer.as_str(), "required")), "{pointer} is not among {found:?}");
        ensure!(problem.errors.iter().any(|wrong| wrong.link_id.as_deref() == Some(question)));
    }
    ensure!(found.contains(&("/photos/frontal", "photo_required")));
    ensure!(found.contains(&("/consents/photographs", "consent_required")));
    ensure!(found.len() == required.len() + 2, "and nothing else: {found:?}");
    Ok(())
}

#[test]
fn the_second_click_gets_the_answer_of_the_first() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = ready(&clinic, &Person::invented())?;
    let submit = || -> Result<Submitted> { intake.submit(false, false)?.read(201) };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..4).map(|_| scope.spawn(submit)).collect();
        clicks
            .into_iter()
            .map(|click| click.join().unwrap_or_else(|_| anyhow::bail!("a click panicked")))
            .collect()
    });
    let first = submit()?;
    for answer in answers {
        let answer = answer?;
        ensure!(answer.evaluation == first.evaluation && answer.submitted_at == first.submitted_at);
    }
    ensure!(clinic.staff(Role::Provider)?.queue("new")?.len() == 1);
    let patient = audit::patient_of(&clinic, &intake.id)?;
    ensure!(records::of_type(&clinic, &patient, "evaluation")?.len() == 1);
    ensure!(records::of_type(&clinic, &patient, "outbox")?.len() == 1, "one notice, by mail");
    let done =
        audit::of(&clinic)?.into_iter().filter(|it| it.action == "submit_intake" && it.outcome == "done");
    ensure!(done.count() >= 1);

    // What was handed in doesn't change any more.
    intake.save("about-you", &json!({}))?.refused(409, "already_submitted")?;
    intake.decide("face_analysis", true)?.refused(409, "already_submitted")?;
    intake.ask_to_upload("frontal", "image/png")?.refused(409, "already_submitted")?;
    Ok(())
}

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
fn whoever_guesses_an_idempotency_key_gets_no_one_elses_intake() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let input = json!({ "formVersion": 1, "consent": true });
    let start = || Intake::ask_to_start(&clinic).idempotency_key("0000000000000001").json(&input).send();
    let first: Value = start()?.read(201)?;
    let second: Value = start()?.read(201)?;
    ensure!(first["intake"] != second["intake"], "an intake of one's own");
    for begun in [first, second] {
        let token = begun["resumeToken"].as_str().unwrap_or_default();
        let read: Value = clinic.visage.ask("GET", "/v1/intake").bearer(token).send()?.read(200)?;
        ensure!(read["intake"] == begun["intake"]);
    }
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
    intake.post(&first, &Picture::portrait(&clinic.visage)?.bytes)?;
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

#[test]
fn a_draft_answers_the_form_version_it_began_with() -> Result<()> {
    let visage = Visage::connect()?;
    let mut clinic = Clinic::open(&visage)?;
    let intake = Intake::start(&clinic)?;
    let mut form: Value = serde_json::from_str(DEFAULT_FORM)?;
    form["item"][0]["item"][0]["text"] = "Given name".into();
    clinic.publish(&form)?;
    ensure!(clinic.form_version == 2);
    let shown: Value = intake.ask("GET", "").send()?.read(200)?;
    ensure!(shown["formVersion"] == 1 && shown["form"]["item"][0]["item"][0]["text"] == "First name");
    let again = json!({ "purpose": "photographs", "given": true, "formVersion": 2 });
    intake.ask("POST", "/consents").once().json(&again).send()?.refused(422, "invalid_fields")?;
    Ok(())
}

#[test]
fn an_answer_to_a_question_that_was_not_asked_is_dropped() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let intake = ready(&clinic, &person)?;
    let mut allergies = person.answers()[2].1.clone();
    allergies["has-allergies"] = json!({ "valueBoolean": false });
    intake.save("allergies", &allergies)?.expect(200)?;
    let submitted: Submitted = intake.submit(false, false)?.read(201)?;
    let opened = clinic.staff(Role::Provider)?.open(&intake.visit(&clinic, &submitted.evaluation)?)?;
    ensure!(opened.answer("has-allergies") == Some("No"));
    ensure!(opened.answers.iter().all(|asked| asked.link_id != "allergy-details"));
    Ok(())
}

#[test]
fn an_intake_of_before_thirty_days_is_dead() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    let all = records::of_clinic(&clinic)?;
    let token = all.iter().find(|item| text(item, "item_type").is_ok_and(|kind| kind == "resume_token"));
    let token = token.context("the token is stored")?;
    clinic.visage.aws.set(
        clinic.visage.records()?,
        token,
        "expires_at",
        &json!({ "S": "2026-01-01T00:00:00Z" }),
    )?;
    intake.ask("GET", "").send()?.refused(401, "unauthenticated")?;
    Ok(())
}

#[test]
fn an_address_starts_so_many_intakes_an_hour_and_no_more() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    Intake::start(&clinic)?;
    let counts = |clinic: &Clinic| -> Result<Vec<_>> {
        let is_count = |item: &visage_tests::aws::Item| item["item_type"]["S"] == "start_count";
        Ok(records::of_clinic(clinic)?.into_iter().filter(is_count).collect())
    };
    let count = counts(&clinic)?.pop().context("the start was counted")?;
    ensure!(count["starts"]["N"] == "1" && count.contains_key("ttl"), "{count:?}");
    ensure!(!serde_json::to_string(&count)?.contains("127.0.0.1"), "the address isn't stored");
    // Three are left of the hour's sixty; of ten at once three get through. (Should the hour turn, the next counts.)
    clinic.visage.aws.set(visage.records()?, &count, "starts", &json!({ "N": "57" }))?;
    let input = json!({ "formVersion": clinic.form_version, "consent": true });
    let start = || Intake::ask_to_start(&clinic).json(&input).send();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..10).map(|_| scope.spawn(start)).collect();
        starts.into_iter().filter_map(|start| start.join().ok()).collect()
    });
    let mut through = 0;
    for answer in answers {
        let answer = answer?;
        if answer.status == 201 {
            through += 1;
            continue;
        }
        let wait: u32 = answer.header("retry-after").context("it says when to come again")?.parse()?;
        ensure!((1..=3_600).contains(&wait));
        answer.refused(429, "too_many_starts")?;
    }
    if counts(&clinic)?.len() == 1 {
        ensure!(through == 3, "{through} got through");
        start()?.refused(429, "too_many_starts")?;
    }
    // A refused start leaves nothing, and another clinic counts for itself, under another name for the same address.
    let intakes = records::of_clinic(&clinic)?.into_iter().filter(|item| item["item_type"]["S"] == "intake");
    ensure!(intakes.count() == through + 1);
    Intake::start(&other)?;
    ensure!(counts(&other)?.iter().all(|found| found["address"] != count["address"]));
    Ok(())
}

#[test]
fn a_draft_is_marked_for_expiry_until_it_is_handed_in() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let intake = Intake::start(&clinic)?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let marked = || -> Result<Option<(String, String)>> {
        let item = records::item(&clinic, &patient, "#INTAKE")?;
        let mark = |name: &str| text(&item, name).ok().map(str::to_owned);
        Ok(mark("due_pk").zip(mark("due_sk")))
    };
    let item = records::item(&clinic, &patient, "#INTAKE")?;
    let started: jiff::Timestamp = text(&item, "started_at")?.parse()?;
    let due = started + jiff::SignedDuration::from_hours(30 * 24);
    let expected = (format!("C#{}#DUE", clinic.id), format!("{due:.6}#{}", intake.id));
    ensure!(marked()?.as_ref() == Some(&expected), "{:?}", marked()?);
    // It is due when its token dies, whatever is written meanwhile.
    let all = records::of_clinic(&clinic)?;
    let token = all.iter().find(|item| item["item_type"]["S"] == "resume_token").context("a token")?;
    ensure!(text(token, "expires_at")?.parse::<jiff::Timestamp>()? == due);
    intake.fill(&person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    intake.settled(&photo)?;
    ensure!(marked()? == Some(expected));
    intake.submit(false, false)?.expect(201)?;
    ensure!(marked()?.is_none(), "what was handed in isn't due");
    Ok(())
}

#[test]
fn a_missing_number_is_named_with_everything_else() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    let problem = intake.submit(false, true)?.refused(422, "invalid_fields")?;
    let found = problem.named();
    for expected in [("/sms", "phone_required"), ("/sections/about-you/given-name", "required")] {
        ensure!(found.contains(&expected), "{expected:?} is not among {found:?}");
    }
    // One that is no number is told as such, not as missing.
    intake.save("about-you", &json!({ "phone": { "valueString": "12" } }))?.expect(200)?;
    let problem = intake.submit(false, true)?.refused(422, "invalid_fields")?;
    ensure!(problem.named().contains(&("/sections/about-you/phone", "invalid_phone")));
    ensure!(!problem.named().contains(&("/sms", "phone_required")));
    Ok(())
}
