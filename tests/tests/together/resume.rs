//! Going on with an intake on another device: it may write, and is shown nothing before the birth date.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::guesses::compared_of_fifty;
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

const WRONG: (u16, &str) = (401, "wrong_second_factor");
const LOCKED: (u16, &str) = (423, "reading_locked");

/// An intake that is filled in, and the person who did.
fn filled(clinic: &Clinic) -> Result<(Intake, Person)> {
    let (intake, person) = (Intake::start(clinic)?, Person::invented());
    intake.fill(&person)?;
    Ok((intake, person))
}

/// The device that a right birth date makes of `intake`'s.
fn admitted(intake: &Intake, birth_date: &str) -> Result<Intake> {
    let answer: Value = intake.prove(birth_date)?.read(201)?;
    let device_secret = answer["deviceSecret"].as_str().context("a device gets its secret")?.to_owned();
    Ok(Intake { device_secret, ..intake.clone() })
}

fn set_tries(clinic: &Clinic, tries: u32) -> Result<()> {
    let all = records::of_clinic(clinic)?;
    let token = all.iter().find(|item| item["item_type"]["S"] == "resume_token").context("a token")?;
    let value = json!({ "N": tries.to_string() });
    clinic.visage.aws.set(clinic.visage.records()?, token, "reading_tries", &value)
}

/// What the about-you section holds, without the birth date.
fn about(person: &Person) -> Result<Value> {
    let mut about = person.answers()[0].1.clone();
    about.as_object_mut().context("answers are an object")?.remove("birth-date");
    Ok(about)
}

#[test]
fn saved_answers_are_shown_elsewhere_only_after_the_birth_date() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, person) = filled(&clinic)?;
    ensure!(intake.get()?.reading == json!({ "state": "open" }));

    let stranger = Intake { device_secret: "A".repeat(43), ..intake.clone() };
    for elsewhere in [intake.elsewhere(), stranger] {
        let answer = elsewhere.ask("GET", "").send()?.expect(200)?;
        for secret in person.secrets() {
            ensure!(!answer.text().contains(&secret), "an answer is shown");
        }
        let standing = elsewhere.get()?;
        ensure!(standing.sections == json!({}) && standing.saved.len() == 5);
        ensure!(standing.reading == json!({ "state": "birth_date_needed", "triesLeft": 5 }));
    }
    let elsewhere = intake.elsewhere();
    let refused = elsewhere.prove(person.wrong_birth_date())?;
    ensure!(
        !refused.text().contains(person.wrong_birth_date()) && !refused.text().contains(&person.birth_date)
    );
    refused.refused(WRONG.0, WRONG.1)?;

    // The right one is shown what was saved, and doesn't use a try up.
    let laptop = admitted(&elsewhere, &person.birth_date)?;
    let shown = laptop.get()?;
    ensure!(shown.reading == json!({ "state": "open" }) && shown.sections == intake.get()?.sections);
    admitted(&elsewhere, &person.birth_date)?;
    ensure!(elsewhere.get()?.reading["triesLeft"] == 4);
    // What isn't a date is refused before it counts.
    elsewhere.prove("1980-02-30")?.refused(400, "invalid_body")?;
    ensure!(elsewhere.get()?.reading["triesLeft"] == 4);

    // Of the devices' secrets only hashes are stored, and no device opens another intake.
    let everything = serde_json::to_string(&records::of_clinic(&clinic)?)?;
    for device in [&intake, &laptop] {
        ensure!(!everything.contains(&device.device_secret), "a secret is in the table");
    }
    let (other, _) = filled(&clinic)?;
    let crossed = Intake { device_secret: intake.device_secret, ..other };
    ensure!(crossed.get()?.sections == json!({}));
    Ok(())
}

#[test]
fn five_wrong_dates_lock_reading_and_nothing_else() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, person) = filled(&clinic)?;
    let elsewhere = intake.elsewhere();
    let known = admitted(&elsewhere, &person.birth_date)?;
    for _ in 0..5 {
        elsewhere.prove(person.wrong_birth_date())?.refused(WRONG.0, WRONG.1)?;
    }
    let answer = elsewhere.prove(&person.birth_date)?;
    answer.clone().refused(LOCKED.0, LOCKED.1)?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    ensure!(entries.iter().any(|it| it.code.as_deref() == Some(LOCKED.1)), "{entries:?}");
    ensure!(elsewhere.get()?.reading == json!({ "state": "locked" }));
    ensure!(elsewhere.get()?.sections == json!({}));

    // Who knew the date, or started, still reads; and everybody with the token still writes.
    for device in [&intake, &known] {
        ensure!(device.get()?.reading == json!({ "state": "open" }));
    }
    elsewhere.save("goals", &person.answers()[4].1)?.expect(200)?;
    elsewhere.decide("photographs", true)?.expect(201)?;
    elsewhere.decide("face_analysis", false)?.expect(201)?;
    let photo = elsewhere.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    elsewhere.settled(&photo)?;
    let _: Submitted = elsewhere.submit(false, false)?.read(201)?;

    // With the submission the token is dead, on every device.
    for device in [&intake, &known, &elsewhere] {
        device.ask("GET", "").send()?.refused(409, "already_submitted")?;
        device.prove(&person.birth_date)?.refused(409, "already_submitted")?;
    }
    Ok(())
}

#[test]
fn of_fifty_dates_at_once_at_most_five_are_compared() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, person) = filled(&clinic)?;
    let elsewhere = intake.elsewhere();
    let guess = || elsewhere.prove(person.wrong_birth_date());
    let compared = compared_of_fifty(guess)?;
    ensure!(compared <= 5, "{compared} guesses were compared");
    elsewhere.prove(&person.birth_date)?.refused(LOCKED.0, LOCKED.1)?;
    let entries = audit::of(&clinic)?;
    let noted = entries.iter().filter(|it| it.code.as_deref() == Some(WRONG.1)).count();
    ensure!(noted == compared, "{noted} of {compared} comparisons are in the log");
    // Each try was on record before anything was compared.
    let granted = entries.iter().filter(|it| it.action == "admit_device" && it.outcome == "granted").count();
    ensure!((compared..=5).contains(&granted), "{granted} tries were granted");
    Ok(())
}

#[test]
fn a_try_that_was_counted_and_never_compared_is_used_up() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, person) = filled(&clinic)?;
    // Four functions died between count and comparison: one try is left, which the right date gives back.
    set_tries(&clinic, 4)?;
    let elsewhere = intake.elsewhere();
    admitted(&elsewhere, &person.birth_date)?;
    ensure!(elsewhere.get()?.reading["triesLeft"] == 1);
    elsewhere.prove(person.wrong_birth_date())?.refused(WRONG.0, WRONG.1)?;
    elsewhere.prove(&person.birth_date)?.refused(LOCKED.0, LOCKED.1)?;
    Ok(())
}

#[test]
fn the_birth_date_that_is_asked_for_cannot_be_set_elsewhere() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, person) = filled(&clinic)?;
    let elsewhere = intake.elsewhere();
    // The answer is the same for the right date: nothing can be guessed by saving.
    for date in [person.wrong_birth_date(), &person.birth_date] {
        let mut sent = about(&person)?;
        sent["birth-date"] = json!({ "valueDate": date });
        let problem = elsewhere.save("about-you", &sent)?.refused(422, "invalid_fields")?;
        ensure!(problem.named() == BTreeSet::from([("/answers/birth-date", "not_on_this_device")]));
    }
    // The rest of the section may be written, and the saved date stays.
    let mut sent = about(&person)?;
    sent["given-name"] = json!({ "valueString": "Renamed" });
    elsewhere.save("about-you", &sent)?.expect(200)?;
    let shown = intake.get()?.sections;
    ensure!(shown["about-you"]["given-name"]["valueString"] == "Renamed");
    ensure!(shown["about-you"]["birth-date"]["valueDate"] == person.birth_date.as_str());
    elsewhere.prove(person.wrong_birth_date())?.refused(WRONG.0, WRONG.1)?;
    let laptop = admitted(&elsewhere, &person.birth_date)?;

    // A device that knew the date may correct it; then the corrected one is asked for.
    let mut corrected = about(&person)?;
    corrected["birth-date"] = json!({ "valueDate": person.wrong_birth_date() });
    laptop.save("about-you", &corrected)?.expect(200)?;
    elsewhere.prove(&person.birth_date)?.refused(WRONG.0, WRONG.1)?;
    admitted(&elsewhere, person.wrong_birth_date())?;
    Ok(())
}

#[test]
fn before_a_birth_date_is_saved_nothing_is_shown_elsewhere() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, person) = (Intake::start(&clinic)?, Person::invented());
    intake.save("allergies", &person.answers()[2].1)?.expect(200)?;
    let elsewhere = intake.elsewhere();
    ensure!(elsewhere.get()?.reading == json!({ "state": "nothing_to_prove" }));
    ensure!(elsewhere.get()?.sections == json!({}));
    elsewhere.prove(&person.birth_date)?.refused(409, "nothing_to_prove")?;

    // A date that is entered elsewhere proves nothing, and gets nobody's answers handed in under it.
    let mallory = Person::invented();
    elsewhere.save("about-you", &mallory.answers()[0].1)?.expect(200)?;
    elsewhere.prove(&mallory.birth_date)?.refused(409, "nothing_to_prove")?;
    for device in [&intake, &elsewhere] {
        let problem = device.submit(false, false)?.refused(422, "invalid_fields")?;
        ensure!(problem.named().contains(&("/sections/about-you/birth-date", "not_confirmed")));
    }
    // Where the answers are shown it is corrected, and proves from then on; no try was used up.
    intake.save("about-you", &person.answers()[0].1)?.expect(200)?;
    ensure!(elsewhere.get()?.reading == json!({ "state": "birth_date_needed", "triesLeft": 5 }));
    elsewhere.prove(&mallory.birth_date)?.refused(WRONG.0, WRONG.1)?;
    admitted(&elsewhere, &person.birth_date)?;
    Ok(())
}

#[test]
fn what_is_missing_is_told_elsewhere_by_section_only() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, _) = filled(&clinic)?;
    // That the details are asked for would say that there is an allergy.
    intake.save("allergies", &json!({ "has-allergies": { "valueBoolean": true } }))?.expect(200)?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    ensure!(problem.errors.iter().any(|wrong| wrong.pointer.starts_with("/sections/allergies/")));
    let problem = intake.elsewhere().submit(false, false)?.refused(422, "invalid_fields")?;
    let expected = BTreeSet::from([
        ("/sections/allergies", "incomplete"),
        ("/photos/frontal", "photo_required"),
        ("/consents/photographs", "consent_required"),
    ]);
    ensure!(problem.named() == expected, "{:?}", problem.named());
    ensure!(problem.errors.iter().all(|wrong| wrong.link_id.is_none() && wrong.detail.is_none()));
    Ok(())
}
