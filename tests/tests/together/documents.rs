//! Documents: answers that are files, cleaned like photos and never shown to a vendor.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use visage_tests::arrivals::originals_are_gone;
use visage_tests::evaluation::Visit;
use visage_tests::files::{pdf, video};
use visage_tests::forms::asking_for_documents;
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::purge::{age, age_all, plan, total};
use visage_tests::staff::Role;
use visage_tests::turns::Turn;
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records, rekognition, until};

/// What must not get through.
const HIDDEN: &str = "CANARY-PLACE +47.6062-122.3321/";

/// A clinic whose form asks for scans, and for one letter.
fn clinic(visage: &Visage, language: &str) -> Result<Clinic> {
    Clinic::with_form(visage, &asking_for_documents(language)?)
}

/// An intake that is filled in but for its documents.
fn intake(clinic: &Clinic) -> Result<Intake> {
    let intake = Intake::start(clinic)?;
    intake.fill(&Person::invented())?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&clinic.visage)?)?;
    intake.settled(&photo)?;
    Ok(intake)
}

fn answer(intake: &Intake, scans: &[&str]) -> Result<()> {
    let scans: Vec<_> = scans.iter().map(|it| json!({ "valueAttachment": { "url": it } })).collect();
    intake.save("documents", &json!({ "scans": scans }))?.expect(200).map(drop)
}

fn submit(clinic: &Clinic, intake: &Intake) -> Result<Visit> {
    let submitted: Submitted = intake.submit(false, false)?.read(201)?;
    intake.visit(clinic, &submitted.evaluation)
}

#[test]
fn documents_are_cleaned_and_offered_to_staff_and_to_nobody_else() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = clinic(&visage, "en")?;
    let intake = intake(&clinic)?;
    let script = format!("/OpenAction<</S/JavaScript/JS({HIDDEN})>>");
    let files = [
        ("application/pdf", pdf("findings of 2025", &script)),
        ("image/jpeg", Picture::asset(&visage, "coffee.png")?),
        ("video/quicktime", video(1, HIDDEN)),
    ];
    let mut documents = Vec::new();
    for (_, file) in &files {
        let document = intake.attach("scans", file)?;
        let settled = intake.attached(&document)?;
        ensure!(settled.state == "stored" && settled.question == "scans", "{settled:?}");
        documents.push(document);
    }
    // Another one that no answer names is nobody's to see.
    let unused = intake.attach("scans", &pdf("the wrong file", ""))?;
    intake.attached(&unused)?;
    answer(&intake, &documents.iter().map(String::as_str).collect::<Vec<_>>())?;
    let visit = submit(&clinic, &intake)?;
    let opened = clinic.staff(Role::Coordinator)?.open(&visit)?;
    ensure!(opened.documents.len() == files.len(), "{:?}", opened.documents);
    for (document, (content_type, _)) in documents.iter().zip(&files) {
        let shown = opened.documents.iter().find(|it| it.document == *document).context("it is shown")?;
        ensure!(shown.content_type.as_deref() == Some(*content_type), "{shown:?}");
        let left = shown.url_expires_at.context("an end")?.duration_since(jiff::Timestamp::now());
        ensure!(left <= jiff::SignedDuration::from_mins(15), "{left}");
        let url = shown.url.clone().context("a link")?;
        // The emulator leaves out of its answer what a link to a version says of it.
        ensure!(url.contains("response-content-disposition=attachment"), "the link only offers the file");
        let file = visage.http.ask("GET", url).send()?.expect(200)?;
        ensure!(file.header("content-type") == Some(*content_type), "{:?}", file.headers);
        ensure!(shown.length == Some(file.body.len()));
        for hidden in [HIDDEN, "JavaScript"] {
            ensure!(!file.text().contains(hidden), "{hidden} is still in {content_type}");
        }
    }
    let calls = rekognition::calls(&visage, &clinic.id)?;
    ensure!(calls.iter().all(|call| !call.to_string().contains("documents/")), "a vendor was shown one");
    originals_are_gone(&clinic)
}

#[test]
fn what_is_no_document_is_rejected_with_a_sentence_in_the_patients_language() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = clinic(&visage, "es")?;
    let intake = intake(&clinic)?;
    let whole = pdf("findings", "").bytes;
    let cut = whole[..whole.len() - 60].to_vec();
    let film = video(1, HIDDEN).bytes;
    let half = film[..film.len() / 2].to_vec();
    let files: [(&str, &'static str, Vec<u8>); 6] = [
        ("empty", "application/pdf", Vec::new()),
        ("truncated", "application/pdf", cut),
        ("unsupported", "application/pdf", b"PK\x03\x04 a spreadsheet".to_vec()),
        ("unsupported", "video/mp4", b"<html><script>alert(1)</script></html>".to_vec()),
        ("truncated", "video/quicktime", half),
        ("too_long", "video/quicktime", video(30, HIDDEN).bytes),
    ];
    for (code, content_type, bytes) in files {
        let began = Instant::now();
        let document = intake.attach("scans", &Picture { content_type, bytes })?;
        let settled = intake.attached(&document)?;
        ensure!(began.elapsed() < Duration::from_secs(30), "{code} takes {:?}", began.elapsed());
        ensure!(settled.code.as_deref() == Some(code), "{code}: {settled:?}");
        let said = settled.message.unwrap_or_default();
        ensure!(said.contains("Por favor"), "{code} says {said:?}");
    }
    let photo = intake.upload("basal", &Picture { content_type: "image/jpeg", bytes: Vec::new() })?;
    let said = intake.settled(&photo)?.message.unwrap_or_default();
    ensure!(said.contains("Por favor"), "{said:?}");
    originals_are_gone(&clinic)
}

#[test]
fn an_answer_names_a_document_that_came_by_the_same_intake_for_the_same_question() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = clinic(&visage, "en")?;
    let (intake, other) = (intake(&clinic)?, intake(&clinic)?);
    let (mine, theirs) =
        (intake.attach("scans", &pdf("mine", ""))?, other.attach("scans", &pdf("theirs", ""))?);
    let letter = intake.attach("letter", &pdf("a letter", ""))?;
    let rejected = intake.attach("scans", &Picture { bytes: b"no document".to_vec(), ..pdf("", "") })?;
    let late: Upload = intake.ask_to_attach("scans", "application/pdf")?.read(201)?;
    for document in [&mine, &letter, &rejected] {
        intake.attached(document)?;
    }
    answer(&intake, &[&mine, &theirs, &letter, &rejected, &late.document])?;
    let problem = intake.submit(false, false)?.refused(422, "invalid_fields")?;
    let expected = [
        ("/sections/documents/scans/1", "unknown_document"),
        ("/sections/documents/scans/2", "unknown_document"),
        ("/sections/documents/scans/3", "document_rejected"),
        ("/sections/documents/scans/4", "document_on_its_way"),
    ];
    ensure!(problem.named() == expected.into(), "{:?}", problem.errors);
    answer(&intake, &[&mine])?;
    let visit = submit(&clinic, &intake)?;
    // What was permitted before comes too late, and changes nothing.
    late.place(&visage, &pdf("too late", "").bytes)?;
    until("the late file is noted", || {
        let noted =
            |it: &audit::Entry| it.resource.contains("state=late") && it.resource.ends_with(&late.document);
        Ok(audit::of(&clinic)?.iter().any(noted).then_some(()))
    })?;
    let shown = clinic.staff(Role::Provider)?.open(&visit)?.documents;
    ensure!(shown.len() == 1 && shown[0].document == mine, "{shown:?}");
    originals_are_gone(&clinic)
}

#[test]
fn leave_to_upload_is_given_for_what_the_form_asks_and_the_patient_consented_to() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = clinic(&visage, "en")?;
    let intake = Intake::start(&clinic)?;
    // A paper needs no more than the consent to collect; what may show the patient does.
    intake.ask_to_attach("scans", "application/pdf")?.expect(201)?;
    for content_type in ["video/mp4", "video/quicktime", "image/heic"] {
        intake.ask_to_attach("scans", content_type)?.refused(403, "consent_required")?;
    }
    intake.decide("photographs", true)?.expect(201)?;
    intake.ask_to_attach("scans", "video/mp4")?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let wrong = |input: Value, expected: (&str, &str)| {
        let answer = intake.ask("POST", "/uploads").once().json(&input).send()?;
        let problem = answer.refused(422, "invalid_fields")?;
        ensure!(problem.named() == [expected].into(), "{input}: {:?}", problem.errors);
        Ok(())
    };
    let kind = "application/pdf";
    wrong(json!({ "question": "goals", "contentType": kind }), ("/question", "not_asked"))?;
    wrong(json!({ "question": "given-name", "contentType": kind }), ("/question", "not_asked"))?;
    wrong(json!({ "view": "frontal", "contentType": kind }), ("/contentType", "not_a_photo"))?;
    wrong(json!({ "contentType": kind }), ("/view", "required"))?;
    let both = json!({ "view": "frontal", "question": "scans", "contentType": "image/png" });
    wrong(both, ("/question", "not_with_view"))?;
    let unknown = json!({ "question": "scans", "contentType": "text/html" });
    intake.ask("POST", "/uploads").once().json(&unknown).send()?.refused(400, "invalid_body")?;
    Ok(())
}

#[test]
fn twenty_documents_are_taken_and_handed_in_with_the_intake() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = clinic(&visage, "en")?;
    let intake = intake(&clinic)?;
    let mut last = None;
    for _ in 0..20 {
        last = Some(intake.ask_to_attach("scans", "application/pdf")?.read::<Upload>(201)?);
    }
    intake.ask_to_attach("letter", "application/pdf")?.refused(429, "too_many_uploads")?;
    let last = last.context("one of them")?;
    last.place(&visage, &pdf("findings", "").bytes)?;
    intake.attached(&last.document)?;
    answer(&intake, &[&last.document])?;
    let visit = submit(&clinic, &intake)?;
    let conclusion = json!({ "findings": [], "recommendations": "None." });
    let signed = clinic.staff(Role::Provider)?.conclude(&visit, &conclusion)?;
    ensure!(signed.status == "signed" && signed.documents.len() == 1);
    Ok(())
}

#[test]
fn documents_are_destroyed_when_they_are_of_no_use() -> Result<()> {
    let _turn = Turn::at(&["purge"]);
    let visage = Visage::connect()?;
    let clinic = clinic(&visage, "en")?;
    let intake = intake(&clinic)?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    let (kept, unused) =
        (intake.attach("scans", &pdf("kept", ""))?, intake.attach("scans", &pdf("unused", ""))?);
    let rejected = intake.attach("scans", &Picture { bytes: b"no document".to_vec(), ..pdf("", "") })?;
    for document in [&kept, &unused, &rejected] {
        intake.attached(document)?;
    }
    answer(&intake, &[&kept])?;
    let visit = submit(&clinic, &intake)?;
    let folder = format!("documents/{}/{patient}/{}/", clinic.id, intake.id);
    let files = || visage.aws.versions(visage.bucket("photos")?, &folder);
    ensure!(files()?.len() == 2);
    for document in [&unused, &rejected] {
        let week = jiff::SignedDuration::from_hours(7 * 24);
        age(&clinic, &records::item(&clinic, &patient, document)?, week)?;
    }
    let run = plan(&clinic, &json!({}))?;
    until("both are gone", || Ok((total(&clinic, run)?.get("document") == Some(&2)).then_some(())))?;
    ensure!(files()?.len() == 1, "the one that an answer names stays");
    let shown = clinic.staff(Role::Provider)?.open(&visit)?.documents;
    ensure!(shown.len() == 1 && shown[0].document == kept);

    // A draft's go with it.
    let draft = Intake::start(&clinic)?;
    let document = draft.attach("letter", &pdf("never handed in", ""))?;
    draft.attached(&document)?;
    let patient = audit::patient_of(&clinic, &draft.id)?;
    age_all(&clinic, &patient, "intake", jiff::SignedDuration::from_hours(30 * 24))?;
    let run = plan(&clinic, &json!({}))?;
    until("the draft is gone", || Ok((total(&clinic, run)?.get("intake") == Some(&1)).then_some(())))?;
    ensure!(total(&clinic, run)?.get("document") == Some(&1));
    let folder = format!("documents/{}/{patient}/", clinic.id);
    ensure!(visage.aws.versions(visage.bucket("photos")?, &folder)?.is_empty());
    Ok(())
}
