//! Consents: none is a condition that needn't be, and none is given but by who may.

use crate::intake::ready;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::intake::Submitted;
use visage_tests::{Clinic, Intake, Person, Visage, audit, forms, records};

#[test]
fn nothing_is_stored_before_the_consent() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let before = records::of_clinic(&clinic)?.len();
    let refused = json!({ "formVersion": 1, "consent": false });
    let problem =
        Intake::ask_to_start(&clinic).once().json(&refused).send()?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/consent", "consent_required")]));
    let never_shown = json!({ "formVersion": 2, "consent": true });
    let problem =
        Intake::ask_to_start(&clinic).once().json(&never_shown).send()?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/formVersion", "not_current")]));
    ensure!(records::of_clinic(&clinic)?.len() == before, "a refused start left something");

    let unknown = clinic.visage.ask("POST", "/v1/clinics/no-such-clinic/intakes").once();
    unknown.json(&json!({ "formVersion": 1, "consent": true })).send()?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn text_messages_and_sharing_are_off_unless_the_patient_turns_them_on() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = ready(&clinic, &Person::invented())?;
    let submitted: Submitted = intake.ask("POST", "/submission").once().json(&json!({})).send()?.read(201)?;
    for purpose in ["sms", "sharing"] {
        let decided = submitted.consents.iter().find(|consent| consent.purpose == purpose);
        ensure!(!decided.with_context(|| format!("{purpose} is on record"))?.given);
    }
    Ok(())
}

#[test]
fn advertising_and_profiling_are_asked_by_who_would_and_off_unless_the_patient_turns_them_on() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let intake = ready(&clinic, &person)?;
    let both = json!({ "advertising": true, "profiling": true });
    let submit = |intake: &Intake, input: &Value| intake.ask("POST", "/submission").once().json(input).send();
    let problem = submit(&intake, &both)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/advertising", "not_asked"), ("/profiling", "not_asked")]));
    let submitted: Submitted = submit(&intake, &json!({}))?.read(201)?;
    ensure!(submitted.consents.iter().all(|it| !matches!(&*it.purpose, "advertising" | "profiling")));

    let mut form = forms::default_form()?;
    let text = "I agree that the clinic shows me what else it offers, by what I told it.";
    let asked = json!({ "purpose": "advertising", "text": text });
    form["consents"].as_array_mut().context("consents are a list")?.push(asked);
    form["translations"]["es"]["consents"]["advertising"] =
        json!("Acepto que la clínica me muestre qué más ofrece.");
    let clinic = Clinic::with_form(&visage, &form)?;
    let given = |input: Value| -> Result<bool> {
        let submitted: Submitted = submit(&ready(&clinic, &Person::invented())?, &input)?.read(201)?;
        let decided = submitted.consents.iter().find(|consent| consent.purpose == "advertising");
        Ok(decided.context("it is on record")?.given)
    };
    ensure!(!given(json!({}))?);
    ensure!(given(json!({ "advertising": true }))?);
    Ok(())
}

#[test]
fn consent_to_text_messages_needs_a_number() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let intake = ready(&clinic, &person)?;
    let mut about = person.answers()[0].1.clone();
    about.as_object_mut().context("answers are an object")?.remove("phone");
    intake.save("about-you", &about)?.expect(200)?;
    let problem = intake.submit(false, true)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/sms", "phone_required")]));
    intake.submit(false, false)?.expect(201)?;
    Ok(())
}

#[test]
fn an_upload_needs_the_consent_to_photographs() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    intake.ask_to_upload("frontal", "image/jpeg")?.refused(403, "consent_required")?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("photographs", false)?.expect(201)?;
    intake.ask_to_upload("frontal", "image/jpeg")?.refused(403, "consent_required")?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    ensure!(records::of_type(&clinic, &patient, "photo")?.is_empty());
    // The last decision holds, and every decision stays on record.
    intake.decide("photographs", true)?.expect(201)?;
    intake.ask_to_upload("frontal", "image/jpeg")?.refused(403, "consent_required")?;
    intake.decide("face_analysis", false)?.expect(201)?;
    intake.ask_to_upload("frontal", "image/jpeg")?.expect(201)?;
    let kept = records::of_type(&clinic, &patient, "consent")?;
    ensure!(kept.iter().filter(|consent| consent["purpose"] == "photographs").count() == 3);
    intake.decide("sms", true)?.refused(422, "invalid_fields")?;
    Ok(())
}

#[test]
fn the_same_consent_makes_one_decision() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let intake = Intake::start(&clinic)?;
    let key = "a-key-of-a-browser-0004";
    let decide = |given: bool| {
        let input = json!({ "purpose": "photographs", "given": given, "formVersion": 1 });
        intake.ask("POST", "/consents").idempotency_key(key).json(&input).send()
    };
    let input = json!({ "purpose": "photographs", "given": true, "formVersion": 1 });
    intake.ask("POST", "/consents").json(&input).send()?.refused(400, "idempotency_key_required")?;
    let (first, second): (Value, Value) = (decide(true)?.read(201)?, decide(true)?.read(201)?);
    ensure!(first == second);
    decide(false)?.refused(422, "idempotency_key_reused")?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let kept = records::of_type(&clinic, &patient, "consent")?;
    ensure!(kept.iter().filter(|consent| consent["purpose"] == "photographs").count() == 1);
    Ok(())
}
