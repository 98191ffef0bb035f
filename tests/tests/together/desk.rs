//! What staff enters: intakes on the phone and at the desk, and notes.

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::clinic::DEFAULT_FORM;
use visage_tests::evaluation::{Decided, Visit};
use visage_tests::http::Ask;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Staff, Visage, audit, records};

/// What the API answers to an intake that staff entered.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entered {
    intake: String,
    patient: String,
    evaluation: String,
    submitted_at: jiff::Timestamp,
    consents: Vec<Decided>,
}

impl Entered {
    fn visit(&self) -> Visit {
        Visit { patient: self.patient.clone(), evaluation: self.evaluation.clone() }
    }

    fn notes(&self) -> String {
        format!("/v1/patients/{}/intakes/{}/notes", self.patient, self.intake)
    }
}

fn told(person: &Person) -> Value {
    let sections: serde_json::Map<_, _> =
        person.answers().into_iter().map(|(section, answers)| (section.to_owned(), answers)).collect();
    json!({
        "source": "phone", "formVersion": 1, "sections": sections,
        "consents": { "collect": true, "photographs": false, "sharing": false, "sms": true },
    })
}

fn enter(staff: &Staff, input: &Value) -> Ask {
    staff.ask("POST", "/v1/intakes").json(input)
}

#[test]
fn an_intake_on_the_phone_says_who_was_told_what() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (coordinator, person) = (clinic.staff(Role::Coordinator)?, Person::invented());
    let answer = enter(&coordinator, &told(&person)).once().send()?;
    let request = answer.request()?.to_owned();
    let entered: Entered = answer.read(201)?;
    let decided: Vec<_> = entered.consents.iter().map(|it| (it.purpose.as_str(), it.given)).collect();
    ensure!(decided == [("collect", true), ("photographs", false), ("sharing", false), ("sms", true)]);

    let provider = clinic.staff(Role::Provider)?;
    let line = provider.queue("new")?.into_iter().find(|line| line.evaluation == entered.evaluation);
    ensure!(line.is_some_and(|line| line.patient_name == person.full_name()));
    let opened = provider.open(&entered.visit())?;
    ensure!(opened.source == "phone" && opened.entered_by.as_deref() == Some(coordinator.id.as_str()));
    ensure!(opened.intake == entered.intake && opened.photos.is_empty());
    ensure!(opened.answer("email") == Some(person.email.as_str()));
    for consent in &opened.consents {
        ensure!(consent.given_by == "patient" && consent.told_to.as_deref() == Some(coordinator.id.as_str()));
    }
    ensure!(opened.notice("intake_received", "email").is_some());
    ensure!(opened.notice("intake_received", "sms").is_some(), "as the patient said");

    let entries = audit::of_request(&clinic, &request)?;
    let entry = entries.iter().find(|it| it.action == "enter_intake" && it.outcome == "done");
    ensure!(entry.is_some_and(|it| {
        it.patient.as_ref() == Some(&entered.patient) && it.actor["staff"] == coordinator.id.as_str()
    }));
    let everything = serde_json::to_string(&records::of_clinic(&clinic)?)?;
    for secret in person.secrets() {
        ensure!(!everything.contains(&secret), "an answer is in the clear");
    }
    enter(&provider, &told(&person)).once().send()?.refused(403, "forbidden")?;
    Ok(())
}

#[test]
fn the_second_click_at_the_desk_makes_no_second_patient() -> Result<()> {
    let mut clinic = Clinic::open(&Visage::connect()?)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let input = told(&Person::invented());
    enter(&coordinator, &input).send()?.refused(400, "idempotency_key_required")?;
    let key = "a-key-of-the-desk-0001";
    let click = || -> Result<Entered> { enter(&coordinator, &input).idempotency_key(key).send()?.read(201) };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..4).map(|_| scope.spawn(click)).collect();
        clicks
            .into_iter()
            .map(|click| click.join().unwrap_or_else(|_| anyhow::bail!("a click panicked")))
            .collect()
    });
    let first = click()?;
    for answer in answers {
        ensure!(answer? == first);
    }
    ensure!(coordinator.queue("new")?.len() == 1);
    let other = told(&Person::invented());
    enter(&coordinator, &other).idempotency_key(key).send()?.refused(422, "idempotency_key_reused")?;
    // Nor is it judged by the form that is current by now.
    clinic.publish(&serde_json::from_str(DEFAULT_FORM)?)?;
    enter(&coordinator, &input).once().send()?.refused(422, "invalid_fields")?;
    ensure!(click()? == first);
    Ok(())
}

#[test]
fn every_wrong_field_of_an_entered_intake_is_named_at_once() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let mut input = told(&Person::invented());
    input["formVersion"] = json!(9);
    input["consents"]["collect"] = json!(false);
    input["guardian"] = json!({ "name": "\u{200b}", "relation": "parent" });
    let about = &mut input["sections"]["about-you"];
    about["email"] = json!({ "valueString": "nobody" });
    about["birth-date"] = json!({ "valueDate": "2199-01-01" });
    about["phone"] = json!({ "valueString": " " });
    let problem = enter(&coordinator, &input).once().send()?.refused(422, "invalid_fields")?;
    let found = problem.named();
    for expected in [
        ("/formVersion", "not_current"),
        ("/consents/collect", "consent_required"),
        ("/consents/sms", "phone_required"),
        ("/guardian/name", "invalid_name"),
        ("/guardian", "minors_refused"),
        ("/sections/about-you/email", "invalid_email"),
        ("/sections/about-you/birth-date", "birth_date_in_future"),
    ] {
        ensure!(found.contains(&expected), "{expected:?} is not among {found:?}");
    }
    let mut online = told(&Person::invented());
    online["source"] = json!("online");
    enter(&coordinator, &online).once().send()?.refused(400, "invalid_body")?;
    ensure!(coordinator.queue("new")?.is_empty());

    // A minor at the desk comes with a guardian, who says what is consented to.
    clinic.decide_on_minors("with_guardian")?;
    let minor = Person { birth_date: "2020-02-29".into(), ..Person::invented() };
    let mut input = told(&minor);
    let problem = enter(&coordinator, &input).once().send()?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/guardian", "guardian_required")]));
    input["guardian"] = json!({ "name": "Gwen Guardian", "relation": "parent" });
    input["source"] = json!("desk");
    let entered: Entered = enter(&coordinator, &input).once().send()?.read(201)?;
    ensure!(entered.consents.iter().all(|it| it.given_by == "guardian" && it.told_to.is_some()));
    let opened = coordinator.open(&entered.visit())?;
    ensure!(opened.source == "desk" && opened.guardian == Some(input["guardian"].clone()));
    // For who is of age nobody else decides.
    let mut grown = told(&Person::invented());
    grown["guardian"] = input["guardian"].clone();
    let problem = enter(&coordinator, &grown).once().send()?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/guardian", "not_a_minor")]));
    Ok(())
}

#[test]
fn notes_are_appended_and_shown_with_the_evaluation() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (coordinator, provider) = (clinic.staff(Role::Coordinator)?, clinic.staff(Role::Provider)?);
    let person = Person::invented();
    let entered: Entered = enter(&coordinator, &told(&person)).once().send()?.read(201)?;
    let desk = json!({ "kind": "desk", "text": format!("Can't lie flat 🛏️ {}", person.mark) });
    let call = json!({ "kind": "call", "text": format!("Called back.\nWants Monday. {}", person.mark) });
    let note = |staff: &Staff, input: &Value| staff.ask("POST", &entered.notes()).json(input);

    note(&coordinator, &desk).send()?.refused(400, "idempotency_key_required")?;
    let key = "a-key-of-the-desk-0002";
    let click = || note(&coordinator, &desk).idempotency_key(key).send();
    let (first, second): (Value, Value) = (click()?.read(201)?, click()?.read(201)?);
    ensure!(first == second, "the second click makes no second note");
    note(&coordinator, &call).idempotency_key(key).send()?.refused(422, "idempotency_key_reused")?;
    note(&provider, &call).once().send()?.expect(201)?;

    let notes = provider.open(&entered.visit())?.notes;
    let written: Vec<_> = notes
        .iter()
        .map(|it| (it["kind"].clone(), it["text"].clone(), it["writtenBy"].as_str().unwrap_or_default()))
        .collect();
    let expected = [
        (desk["kind"].clone(), desk["text"].clone(), coordinator.id.as_str()),
        (call["kind"].clone(), call["text"].clone(), provider.id.as_str()),
    ];
    ensure!(written == expected, "{notes:?}");
    ensure!(notes[0]["note"] == first["note"]);
    let stored = serde_json::to_string(&records::of_clinic(&clinic)?)?;
    ensure!(!stored.contains("lie flat") && !stored.contains("Wants Monday"), "a note is in the clear");

    for (text, code) in
        [("  \n", "required"), ("a\u{1}b", "control_character"), (&"é".repeat(4_001), "too_long")]
    {
        let wrong = json!({ "kind": "call", "text": text });
        let problem = note(&coordinator, &wrong).once().send()?.refused(422, "invalid_fields")?;
        ensure!(problem.named() == BTreeSet::from([("/text", code)]));
    }
    note(&clinic.staff(Role::Billing)?, &call).once().send()?.refused(403, "forbidden")?;
    let none = entered.notes().replace(&entered.intake, "int_0123456789abcdefghjkmnpqr0");
    coordinator.ask("POST", &none).once().json(&call).send()?.refused(404, "not_found")?;
    // Nothing leads to a note that was written.
    for method in ["PUT", "DELETE"] {
        let path = format!("{}/{}", entered.notes(), first["note"].as_str().unwrap_or_default());
        ensure!(coordinator.ask(method, &path).json(&call).send()?.status == 404);
    }
    Ok(())
}

#[test]
fn a_note_about_a_draft_is_there_when_it_is_handed_in() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (coordinator, intake) = (clinic.staff(Role::Coordinator)?, Intake::start(&clinic)?);
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let path = format!("/v1/patients/{patient}/intakes/{}/notes", intake.id);
    let call = json!({ "kind": "call", "text": "Asked how to upload." });
    coordinator.ask("POST", &path).once().json(&call).send()?.expect(201)?;
    ensure!(records::of_type(&clinic, &patient, "note")?.len() == 1);
    // The patient isn't shown it.
    ensure!(!intake.ask("GET", "").send()?.expect(200)?.text().contains("Asked how to upload"));
    Ok(())
}
