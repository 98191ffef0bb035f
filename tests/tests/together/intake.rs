//! The intake, as a patient may get it wrong.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::clinic::DEFAULT_FORM;
use visage_tests::intake::Submitted;
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
