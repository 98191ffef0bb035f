//! The whole story, by nothing but the public API: from the registration of a clinic to the patient's report.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::evaluation::{Opened, Visit};
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, messages, report};

#[test]
fn an_intake_becomes_an_evaluation_and_a_report_that_the_patient_reads() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, patient) = (Clinic::open(&visage)?, Person::invented());
    let visit = hand_in(&clinic, &patient)?;
    let provider = clinic.staff(Role::Provider)?;

    let opened = provider.open_until(&visit, "the portrait is analysed", |opened| {
        opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "done")
    })?;
    answers_are_shown(&opened, &patient)?;
    portrait_is_shown_and_measured(&visage, &opened)?;

    report::confirm_both(&clinic, &patient)?;
    let signed = provider.conclude(&visit, &assessment())?;
    ensure!(signed.status == "signed" && signed.assessment == Some(assessment()));
    ensure!(provider.queue("new")?.is_empty(), "a signed evaluation left the queue of new ones");

    let token = link(&visage, &clinic, &visit, &patient)?;
    report::open(&visage, &token, patient.wrong_birth_date())?.refused(401, "wrong_second_factor")?;
    let view: report::View = report::open(&visage, &token, &patient.birth_date)?.read(201)?;
    let file = visage.http.ask("GET", &view.url).send()?.expect(200)?;
    ensure!(file.header("content-type") == Some("application/pdf") && file.body.starts_with(b"%PDF-"));
    everything_is_in_the_log(&clinic, &visit)
}

/// That the clinic's log tells the whole story and names the patient wherever there was one.
fn everything_is_in_the_log(clinic: &Clinic, visit: &Visit) -> Result<()> {
    let entries = audit::of(clinic)?;
    let done = entries.iter().filter(|it| matches!(it.outcome.as_str(), "done" | "granted"));
    let actions: BTreeSet<_> = done.map(|it| it.action.as_str()).collect();
    let expected = [
        "register_clinic",
        "accept_agreements",
        "start_session",
        "publish_form",
        "start_intake",
        "save_section",
        "give_consent",
        "request_upload",
        "receive_photo",
        "get_intake",
        "submit_intake",
        "list_evaluations",
        "open_evaluation",
        "analyse_photo",
        "send_notice",
        "assess_evaluation",
        "sign_evaluation",
        "render_report",
        "open_report",
    ];
    for action in expected {
        ensure!(actions.contains(action), "{action} is not among {actions:?}");
    }
    let about = |it: &audit::Entry| it.patient.as_ref() == Some(&visit.patient);
    let without =
        ["register_clinic", "accept_agreements", "start_session", "publish_form", "list_evaluations"];
    ensure!(entries.iter().all(|it| about(it) != without.contains(&it.action.as_str())));
    ensure!(entries.iter().all(|it| !it.request.is_empty()), "each names its request");
    let refused: Vec<_> = entries.iter().filter_map(|it| it.code.as_deref()).collect();
    ensure!(
        refused.iter().all(|code| ["wrong_second_factor", "photos_pending"].contains(code)),
        "{refused:?}"
    );
    ensure!(refused.contains(&"wrong_second_factor"));
    Ok(())
}

fn hand_in(clinic: &Clinic, patient: &Person) -> Result<Visit> {
    let form: Value =
        clinic.visage.ask("GET", &format!("/v1/clinics/{}/form", clinic.slug)).send()?.read(200)?;
    ensure!(form["clinicName"] == clinic.name.as_str() && form["version"] == 1);
    let intake = Intake::start(clinic)?;
    intake.fill(patient)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    ensure!(intake.settled(&photo)?.state == "stored");
    let saved = intake.get()?;
    ensure!(saved.sections["about-you"]["family-name"]["valueString"] == patient.family_name.as_str());
    let submitted: Submitted = intake.submit(false, true)?.read(201)?;
    let decided: Vec<_> = submitted.consents.iter().map(|c| (c.purpose.as_str(), c.given)).collect();
    let expected = [
        ("collect", true),
        ("photographs", true),
        ("face_analysis", true),
        ("sharing", false),
        ("sms", true),
    ];
    ensure!(decided == expected, "{decided:?}");
    let queue = clinic.staff(Role::Provider)?.queue("new")?;
    let [line] = queue.as_slice() else { anyhow::bail!("one evaluation waits, not {}", queue.len()) };
    ensure!(line.evaluation == submitted.evaluation && line.patient_name == patient.full_name());
    Ok(line.visit())
}

fn answers_are_shown(opened: &Opened, patient: &Person) -> Result<()> {
    ensure!(opened.status == "new");
    ensure!(opened.answer("given-name") == Some(patient.given_name.as_str()));
    ensure!(opened.answer("birth-date") == Some(patient.birth_date.as_str()));
    ensure!(opened.answer("conditions") == Some("Cold sores; Something else"));
    ensure!(opened.answer("blood-thinners") == Some("No"));
    // Asked only of those who want it: the nose wasn't chosen.
    ensure!(opened.answers.iter().all(|asked| asked.link_id != "goal-nose"));
    Ok(())
}

fn portrait_is_shown_and_measured(visage: &Visage, opened: &Opened) -> Result<()> {
    let photo = opened.photo("frontal").context("there is a portrait")?;
    let shown = visage.http.ask("GET", photo.url.as_ref().context("it has a link")?).send()?.expect(200)?;
    ensure!(shown.body.starts_with(&[0xff, 0xd8, 0xff]), "a clean photo is a JPEG");
    let findings = photo.findings.as_ref().context("it was analysed")?;
    let results = findings["measures"]["results"].as_array().context("it was measured")?;
    let measured = results.iter().filter(|result| result["status"] == "measured").count();
    ensure!(measured > 0, "the portrait yields figures: {findings}");
    ensure!(findings["measures"]["model"].is_string(), "it is told what found the points: {findings}");
    for result in results.iter().filter(|result| result["status"] == "measured") {
        ensure!(
            result["value"].is_f64() && result["error"].as_f64() > Some(0.0),
            "each with its error: {result}"
        );
        let worded = |name: &str| result[name].as_str().is_some_and(|words| !words.is_empty());
        ensure!(worded("definition") && worded("unit"), "each says what it is: {result}");
    }
    Ok(())
}

fn assessment() -> Value {
    json!({
        "findings": [{ "area": "Lèvres 👄", "text": "Even border.\nVolume in keeping with the face." }],
        "recommendations": "Sun protection; let us talk again in six months.",
    })
}

/// Waits for the notices and takes the link out of the mail; the text message has one of its own.
fn link(visage: &Visage, clinic: &Clinic, visit: &Visit, patient: &Person) -> Result<String> {
    let provider = clinic.staff(Role::Provider)?;
    let sent = |opened: &Opened| {
        opened.notices.len() == 4 && opened.notices.iter().all(|notice| notice.state == "sent")
    };
    let opened = provider.open_until(visit, "four notices are sent", sent)?;
    ensure!(opened.reports.len() == 1);
    let mails = messages::mails_to(visage, &patient.email)?;
    let texts = messages::texts_to(visage, &patient.phone)?;
    let in_mail =
        mails.iter().find_map(|mail| report::token_in(&mail.body_text)).context("a mail has a link")?;
    let in_text = texts.iter().find_map(|sms| report::token_in(&sms.message)).context("a text has a link")?;
    ensure!(in_mail != in_text, "each message has a link of its own");
    ensure!(in_mail.starts_with(&format!("v1.{}.", clinic.id)));
    Ok(in_mail)
}
