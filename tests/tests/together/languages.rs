//! A form in several languages: the one that a patient chooses goes with the intake to the end.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, messages, report, until};

const TITLE: &str = "Antes de su evaluación";

#[test]
fn a_form_is_shown_in_the_language_that_serves_best() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let shown = |query: &str, accepted: &str| -> Result<Value> {
        let ask = clinic.visage.ask("GET", &format!("/v1/clinics/{}/form{query}", clinic.slug));
        ask.header("accept-language", accepted).send()?.read(200)
    };
    for (query, accepted, language) in [
        ("", "*", "en"),
        ("?language=es", "en", "es"),
        ("?language=es-MX", "*", "es"),
        ("?language=fr", "*", "en"),
        ("", "fr, es-US;q=0.8, en;q=0.5", "es"),
        ("?language=en", "es", "en"),
        ("?language=%F0%9F%98%80", "es", "es"),
    ] {
        let form = shown(query, accepted)?;
        ensure!(form["language"] == language && form["form"]["language"] == language, "{query} {accepted}");
        ensure!((form["form"]["title"] == TITLE) == (language == "es"));
        ensure!(form["languages"] == json!(["en", "es"]) && form["form"].get("translations").is_none());
    }
    let unknown = clinic.visage.ask("GET", &format!("/v1/clinics/{}/form?tongue=es", clinic.slug));
    unknown.send()?.refused(400, "invalid_query")?;
    Ok(())
}

#[test]
fn what_was_filled_in_in_spanish_is_answered_in_spanish() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let intake = Intake::start_in(&clinic, "es")?;
    let standing: Value = intake.ask("GET", "").send()?.read(200)?;
    ensure!(standing["language"] == "es" && standing["form"]["title"] == TITLE);
    let consent = standing["form"]["consents"][0]["text"].as_str().unwrap_or_default();
    ensure!(consent.starts_with("Acepto"), "{consent}");
    intake.fill(&person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&visage)?)?;
    intake.settled(&photo)?;
    let submitted: Submitted = intake.submit(false, true)?.read(201)?;
    let visit = intake.visit(&clinic, &submitted.evaluation)?;

    report::confirm_both(&clinic, &person)?;
    let provider = clinic.staff(Role::Provider)?;
    // The form's own language is what staff reads: codes are shown in the clinic's words.
    ensure!(provider.open(&visit)?.answer("pregnancy") == Some("No, or this does not apply to me"));
    provider.conclude(&visit, &json!({ "findings": [], "recommendations": "Nada." }))?;
    let subjects = until("both mails are there", || {
        let mails = messages::mails_to(&visage, &person.email)?;
        let subjects: BTreeSet<_> = mails.into_iter().map(|mail| mail.subject).collect();
        Ok(Some(subjects).filter(|subjects| subjects.len() == 2))
    })?;
    for expected in ["recibimos su formulario", "su informe está listo"] {
        ensure!(subjects.iter().any(|subject| subject.ends_with(expected)), "{subjects:?}");
    }
    let texts = messages::texts_to(&visage, &person.phone)?;
    let ours = texts.iter().find(|sms| sms.message.contains(&clinic.name)).context("a text message")?;
    ensure!(ours.message.ends_with("Responda STOP para no recibir SMS."), "{}", ours.message);
    let path = format!("{}/questionnaire-response", visit.path());
    let response: Value = provider.ask("GET", &path).send()?.read(200)?;
    ensure!(
        response["language"] == "es" && response["item"][0]["text"] != "About you",
        "{}",
        response["item"][0]
    );
    Ok(())
}

#[test]
fn a_language_that_the_form_has_not_is_refused_by_name() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let input = json!({ "formVersion": 9, "consent": true, "language": "fr" });
    let problem = Intake::ask_to_start(&clinic).once().json(&input).send()?.refused(422, "invalid_fields")?;
    ensure!(
        problem.named() == BTreeSet::from([("/formVersion", "not_current"), ("/language", "not_offered")])
    );
    let person = Person::invented();
    let sections: serde_json::Map<_, _> =
        person.answers().into_iter().map(|(section, answers)| (section.to_owned(), answers)).collect();
    let mut input = json!({
        "source": "phone", "formVersion": 1, "language": "es-MX", "sections": sections,
        "consents": { "collect": true },
    });
    let coordinator = clinic.staff(Role::Coordinator)?;
    let enter = |input: &Value| coordinator.ask("POST", "/v1/intakes").once().json(input).send();
    let problem = enter(&input)?.refused(422, "invalid_fields")?;
    ensure!(problem.named() == BTreeSet::from([("/language", "not_offered")]));
    input["language"] = json!("es");
    enter(&input)?.expect(201)?;
    let mail = until("the mail is there", || Ok(messages::mails_to(&clinic.visage, &person.email)?.pop()))?;
    ensure!(mail.subject.ends_with("recibimos su formulario"), "{}", mail.subject);
    Ok(())
}
