//! Minors: refused, or with a guardian who consents for them, as the clinic decides.

use anyhow::{Context, Result, ensure};
use jiff::{ToSpan, Zoned, tz::TimeZone};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// Somebody who comes of age so many days from now; the tests' clinics are in Washington, where that is at eighteen.
fn of_age_in(days: i64) -> Result<Person> {
    let today = Zoned::now().with_time_zone(TimeZone::get("America/Los_Angeles")?).date();
    let birth_date = today.checked_add(days.days())?.checked_sub(18.years())?;
    Ok(Person { birth_date: birth_date.to_string(), ..Person::invented() })
}

fn guarded() -> Result<Clinic> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    clinic.decide_on_minors("with_guardian")?;
    Ok(clinic)
}

#[test]
fn a_clinic_takes_no_minors_unless_it_decides_to() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (intake, minor) = (Intake::start(&clinic)?, of_age_in(2)?);
    let answer = intake.save("about-you", &minor.answers()[0].1)?;
    ensure!(!answer.text().contains(&minor.birth_date));
    let problem = answer.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/answers/birth-date", "minors_refused")]));
    ensure!(intake.get()?.sections == json!({}), "nothing of it was saved");
    intake.name_guardian("Gwen Guardian")?.refused(403, "minors_refused")?;
    // Two days over eighteen is of age.
    intake.save("about-you", &of_age_in(-2)?.answers()[0].1)?.expect(200)?;

    // What was saved before the clinic decided otherwise isn't handed in any more.
    clinic.decide_on_minors("with_guardian")?;
    intake.save("about-you", &minor.answers()[0].1)?.expect(200)?;
    clinic.decide_on_minors("refused")?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    ensure!(problem.named().contains(&("/sections/about-you/birth-date", "minors_refused")));
    intake.decide("photographs", true)?.refused(403, "minors_refused")?;
    Ok(())
}

#[test]
fn a_guardian_consents_for_a_minor() -> Result<()> {
    let clinic = guarded()?;
    let (intake, minor) = (Intake::start(&clinic)?, of_age_in(2)?);
    intake.fill(&minor)?;
    intake.decide("photographs", true)?.refused(403, "guardian_required")?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    ensure!(problem.named().contains(&("/guardian", "guardian_required")));

    let wrong = json!({ "name": "12345", "relation": "parent", "consent": false, "formVersion": 7 });
    let problem =
        intake.ask("POST", "/guardian").once().json(&wrong).send()?.refused(422, "invalid_fields")?;
    let expected = BTreeSet::from([
        ("/name", "invalid_name"),
        ("/consent", "consent_required"),
        ("/formVersion", "not_this_intakes"),
    ]);
    ensure!(problem.named() == expected, "{:?}", problem.named());

    let name = format!("Þóra Guardian {}", minor.family_name);
    intake.name_guardian(&name)?.expect(201)?;
    for (purpose, given) in [("photographs", true), ("face_analysis", false)] {
        intake.decide(purpose, given)?.expect(201)?;
    }
    ensure!(intake.get()?.guardian == Some(json!({ "name": name, "relation": "parent" })));
    ensure!(intake.elsewhere().get()?.guardian.is_none(), "elsewhere nobody is named");
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    intake.settled(&photo)?;
    let submitted: Submitted = intake.submit(true, true)?.read(201)?;
    ensure!(submitted.consents.len() == 5);
    ensure!(submitted.consents.iter().all(|consent| consent.given_by == "guardian"), "{submitted:?}");

    let opened = clinic.staff(Role::Provider)?.open(&intake.visit(&clinic, &submitted.evaluation)?)?;
    ensure!(opened.guardian == Some(json!({ "name": name, "relation": "parent" })));
    let collected = opened.consents.iter().filter(|it| it.purpose == "collect");
    let by: Vec<_> = collected.map(|it| it.given_by.as_str()).collect();
    ensure!(by.contains(&"patient") && by.contains(&"guardian"), "every decision stays on record: {by:?}");
    let everything = serde_json::to_string(&records::of_clinic(&clinic)?)?;
    ensure!(!everything.contains("Þóra Guardian"), "the guardian's name is sealed");
    Ok(())
}

#[test]
fn what_a_minor_consented_to_is_asked_of_the_guardian() -> Result<()> {
    let clinic = guarded()?;
    let (intake, minor) = (Intake::start(&clinic)?, of_age_in(2)?);
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    intake.fill(&minor)?;
    let key = "a-key-of-a-browser-0003";
    let input =
        json!({ "name": "Gwen Guardian", "relation": "legal_guardian", "consent": true, "formVersion": 1 });
    let name = || intake.ask("POST", "/guardian").idempotency_key(key).json(&input).send();
    let (first, second): (Value, Value) = (name()?.read(201)?, name()?.read(201)?);
    ensure!(first == second, "the second click makes no second decision");
    // Nor is it judged by what the clinic decided since.
    clinic.decide_on_minors("refused")?;
    ensure!(name()?.read::<Value>(201)? == first);
    clinic.decide_on_minors("with_guardian")?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let collected = records::of_type(&clinic, &patient, "consent")?;
    ensure!(collected.iter().filter(|it| it["purpose"] == "collect").count() == 2, "{collected:?}");

    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    let expected = BTreeSet::from([
        ("/consents/photographs", "guardian_consent_required"),
        ("/consents/face_analysis", "guardian_consent_required"),
        ("/photos/frontal", "photo_required"),
    ]);
    ensure!(problem.named() == expected, "{:?}", problem.named());
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/photos/frontal", "photo_required")]));
    Ok(())
}

#[test]
fn who_turns_out_to_be_of_age_decides_for_themselves() -> Result<()> {
    let clinic = guarded()?;
    let (intake, minor) = (Intake::start(&clinic)?, of_age_in(2)?);
    intake.fill(&minor)?;
    intake.name_guardian("Gwen Guardian")?.expect(201)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    intake.settled(&photo)?;
    // The year was mistyped.
    intake.fill(&Person { birth_date: of_age_in(-400)?.birth_date, ..minor })?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    let expected = BTreeSet::from([
        ("/consents/photographs", "patient_consent_required"),
        ("/consents/face_analysis", "patient_consent_required"),
    ]);
    ensure!(problem.named() == expected, "{:?}", problem.named());
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let submitted: Submitted = intake.submit(true, true)?.read(201)?;
    let own = submitted.consents.iter().filter(|it| it.purpose != "collect");
    ensure!(own.clone().count() == 4 && own.clone().all(|it| it.given_by == "patient"), "{submitted:?}");
    Ok(())
}

#[test]
fn a_clinics_settings_are_its_owners_and_change_by_version() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let owner = clinic.staff(Role::Owner)?;
    let read = |role| clinic.staff(role)?.ask("GET", "/v1/clinic/settings").send();
    let answer = read(Role::Compliance)?;
    let etag = answer.etag()?;
    ensure!(answer.read::<Value>(200)? == json!({ "minors": "refused", "reportSecondFactor": "birth_date" }));
    let put = |input: &Value| owner.ask("PUT", "/v1/clinic/settings").json(input);
    let wanted = json!({ "minors": "with_guardian" });
    put(&wanted).send()?.refused(428, "if_match_required")?;
    put(&json!({ "minors": "sometimes" })).if_match(&etag).send()?.refused(400, "invalid_body")?;
    let changed = put(&wanted).if_match(&etag).send()?.expect(200)?;
    let refused = put(&wanted).if_match(&etag).send()?;
    ensure!(refused.etag()? == changed.etag()?, "the current tag is told");
    refused.refused(412, "changed_meanwhile")?;
    let expected = json!({ "minors": "with_guardian", "reportSecondFactor": "birth_date" });
    ensure!(read(Role::Owner)?.read::<Value>(200)? == expected);
    // What isn't named stays as it is.
    put(&json!({})).if_match(&changed.etag()?).send()?.expect(200)?;
    ensure!(read(Role::Owner)?.read::<Value>(200)? == expected);
    let done = audit::of(&clinic)?;
    let done = done.iter().filter(|it| it.action == "update_clinic_settings" && it.outcome == "done");
    ensure!(done.count() == 2, "each change is in the log");
    read(Role::Owner)?.header("etag").context("a tag to change it with")?;
    Ok(())
}
