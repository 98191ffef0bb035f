//! A clinic's life: its agreements, and where it stands.

use crate::staff::newcomer;
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::aws::text;
use visage_tests::clinic::{agreements, registration};
use visage_tests::picture::Picture;
use visage_tests::records::analysed_photo;
use visage_tests::staff::{Role, Staff};
use visage_tests::upload::Upload;
use visage_tests::{Clinic, Intake, Person, Visage, audit};

const START: &str = r#"{ "consent": true, "formVersion": 1 }"#;

fn listed(clinic: &Clinic) -> Result<Value> {
    clinic.staff(Role::Owner)?.ask("GET", "/v1/clinic/agreements").send()?.read(200)
}

/// The clinic's record, as it is stored.
fn stored(clinic: &Clinic) -> Result<visage_tests::aws::Item> {
    let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
    aws.query(table, &format!("C#{}", clinic.id), "CLINIC")?.pop().context("the clinic")
}

#[test]
fn a_clinic_is_active_once_its_owner_signed_all_agreements() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::pending(&visage, &registration())?;
    let before = listed(&clinic)?;
    ensure!(before["status"] == "pending");
    let offered = before["agreements"].as_array().context("agreements")?;
    ensure!(offered.len() == 3 && offered.iter().all(|it| it["accepted"].is_null() && it["holds"] == false));

    let all = agreements();
    let some = |kinds: &[&str]| {
        let mut input = all.clone();
        input["agreements"] =
            kinds.iter().map(|kind| ((*kind).to_owned(), all["agreements"][*kind].clone())).collect();
        input
    };
    let answer: Value = clinic.accept(&some(&["terms", "data_processing"]))?.read(200)?;
    ensure!(answer["status"] == "pending", "one of the three is missing");
    let answer = clinic.accept(&some(&["business_associate"]))?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    ensure!(entries.iter().any(|it| it.resource == "business_associate=2026-1;status=active"), "{entries:?}");
    let after: Value = answer.read(200)?;
    ensure!(after == listed(&clinic)? && after["status"] == "active");
    Ok(())
}

#[test]
fn a_signature_counts_once_and_is_sealed() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::pending(&visage, &registration())?;
    let input = agreements();
    let clicks: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..4).map(|_| scope.spawn(|| clinic.accept(&input))).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    for click in clicks {
        let answer = click?;
        answer.expect(200)?;
    }
    let (aws, table) = (&visage.aws, visage.records()?);
    let signed = || aws.query(table, &format!("C#{}", clinic.id), "AGREEMENT#");
    let (first, version) = (signed()?, stored(&clinic)?);
    ensure!(first.len() == 3, "{} signatures", first.len());
    let name = input["name"].as_str().context("a name")?;
    ensure!(first.iter().all(|item| !format!("{item:?}").contains(name)), "a name that can be read");
    ensure!(first.iter().all(|item| text(item, "text_sha256").is_ok_and(|hash| hash.len() == 64)));

    let mut other = input.clone();
    other["name"] = json!("Somebody Else");
    clinic.accept(&other)?.expect(200)?;
    ensure!(signed()? == first && stored(&clinic)? == version, "the first signature stays");
    Ok(())
}

#[test]
fn only_what_is_offered_can_be_accepted() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::pending(&visage, &registration())?;
    let wrong = json!({ "agreements": { "terms": "2019-1", "business_associate": "" }, "name": "\u{202e}", "title": "" });
    let answer = clinic.accept(&wrong)?;
    let refused: Value = answer.read(422)?;
    let errors = refused["errors"].as_array().context("errors")?;
    let pointers: Vec<_> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
    ensure!(
        pointers == ["/agreements/terms", "/agreements/business_associate", "/name", "/title"],
        "{pointers:?}"
    );
    clinic
        .accept(&json!({ "agreements": {}, "name": "Olivia Owner", "title": "Owner" }))?
        .refused(422, "invalid_fields")?;
    ensure!(listed(&clinic)?["status"] == "pending");
    Ok(())
}

#[test]
fn the_gate_closes_again_when_an_agreement_holds_no_more() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let provider = clinic.staff(Role::Provider)?;
    provider.ask("GET", "/v1/evaluations?status=new").send()?.expect(200)?;
    // As if the version that it accepted had been followed by another long ago.
    let old = json!({ "M": { "terms": { "S": "2026-1" }, "data_processing": { "S": "2026-1" }, "business_associate": { "S": "2019-1" } } });
    visage.aws.set(visage.records()?, &stored(&clinic)?, "agreements", &old)?;
    provider.ask("GET", "/v1/evaluations?status=new").send()?.refused(403, "baa_required")?;
    let path = format!("/v1/clinics/{}/intakes", clinic.slug);
    let start: Value = serde_json::from_str(START)?;
    visage.ask("POST", &path).json(&start).send()?.refused(403, "baa_required")?;
    let seen = listed(&clinic)?;
    ensure!(seen["agreements"][2]["holds"] == false && seen["agreements"][0]["holds"] == true);
    ensure!(seen["agreements"][0]["accepted"]["acceptedBy"] == clinic.staff(Role::Owner)?.id.as_str());

    clinic.accept(&agreements())?.expect(200)?;
    provider.ask("GET", "/v1/evaluations?status=new").send()?.expect(200)?;
    visage.ask("POST", &path).json(&start).send()?.expect(201)?;
    Ok(())
}

#[test]
fn an_operator_changes_where_a_clinic_stands_once_and_only_forwards() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let answer = clinic.change_status("active", "past_due", "payment_overdue")?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    let resource = format!("clinic={};from=active;to=past_due;reason=payment_overdue", clinic.id);
    ensure!(entries.iter().any(|it| it.resource == resource && it.outcome == "done"), "{entries:?}");
    answer.expect(200)?;
    let version = stored(&clinic)?;
    clinic.change_status("active", "past_due", "payment_overdue")?.expect(200)?;
    ensure!(stored(&clinic)? == version, "the second click changes nothing");

    clinic.change_status("active", "suspended", "security")?.refused(409, "conflict")?;
    for (from, to) in [
        ("suspended", "pending"),
        ("past_due", "pending"),
        ("past_due", "purged"),
        ("terminated", "active"),
        ("pending", "active"),
    ] {
        clinic.change_status(from, to, "resolved")?.refused(422, "invalid_fields")?;
    }
    clinic.change_status("past_due", "terminated", "clinics_request")?.expect(200)?;
    clinic.change_status("past_due", "active", "payment_received")?.refused(409, "conflict")?;
    clinic.change_status("active", "suspended", "payment_overdue")?.refused(422, "invalid_fields")?;
    clinic.accept(&agreements())?.expect(200)?;
    let never = Clinic::pending(&visage, &registration())?;
    never.change_status("pending", "terminated", "clinics_request")?.expect(200)?;
    never.accept(&agreements())?.refused(403, "clinic_closed")?;
    let mut nowhere = clinic;
    nowhere.id = "cli_0123456789abcdefghjkmnpqr0".to_owned();
    nowhere.change_status("active", "past_due", "payment_overdue")?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn at_a_closed_clinic_nobody_works_on_accounts_and_everybody_signs_out() -> Result<()> {
    let clinic = Clinic::register(&Visage::connect()?)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let (other, colleague) = (clinic.fresh_session(Role::Owner)?, clinic.fresh_session(Role::Provider)?);
    let theirs = format!("/v1/staff/{}/sessions", provider.id);
    let leave = format!("/v1/staff/{}/bulk-permissions/export", clinic.staff(Role::Coordinator)?.id);
    let until = json!({ "until": (Timestamp::now() + SignedDuration::from_hours(1)).to_string() });
    let invited = newcomer(&["owner"]);
    owner.ask("POST", "/v1/staff").once().json(&invited).send()?.expect(201)?;
    let mut login = clinic.mailed_login(invited["email"].as_str().unwrap_or_default(), 0)?;
    // What isn't paid for goes on being administered.
    clinic.change_status("active", "past_due", "payment_overdue")?.expect(200)?;
    owner.ask("DELETE", &theirs).send()?.expect(204)?;
    owner.ask("PUT", &leave).json(&until).send()?.expect(200)?;
    owner.decide_on(&provider.id, "active", "suspended", "on_leave")?.expect(200)?;
    owner.decide_on(&provider.id, "suspended", "active", "returned")?.expect(200)?;
    colleague.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
    let provider = clinic.fresh_session(Role::Provider)?;

    // Where somebody may have taken the owner's account over nothing is, and whom they invited doesn't come in.
    clinic.change_status("past_due", "suspended", "security")?.expect(200)?;
    let before = owner.member(&provider.id)?;
    owner.decide_on(&provider.id, "active", "suspended", "security")?.refused(403, "clinic_closed")?;
    owner.ask("DELETE", &leave).send()?.refused(403, "clinic_closed")?;
    owner
        .ask("PUT", &format!("/v1/staff/{}/mfa-reset", provider.id))
        .send()?
        .refused(403, "clinic_closed")?;
    owner.ask("POST", "/v1/access-reviews").send()?.refused(403, "clinic_closed")?;
    clinic.accept(&agreements())?.refused(403, "clinic_closed")?;
    owner.ask("DELETE", &theirs).send()?.refused(403, "clinic_closed")?;
    let current = |who: &Staff| {
        let listed: Value = who.ask("GET", &format!("/v1/staff/{}/sessions", who.id)).send()?.read(200)?;
        let all = listed["sessions"].as_array().cloned().unwrap_or_default();
        let own = all.iter().find(|session| session["current"] == true);
        let id = own.and_then(|session| session["session"].as_str()).map(str::to_owned);
        id.context("they ask with one")
    };
    let path = format!("{theirs}/{}", current(&provider)?);
    owner.ask("DELETE", &path).send()?.refused(403, "clinic_closed")?;
    ensure!(owner.member(&provider.id)? == before);
    provider.ask("GET", "/v1/session").send()?.expect(200)?;
    let token = clinic.visage.staff_sign_in()?.sign_in(&mut login)?;
    Staff::ask_in(&clinic.visage, &token, &clinic.slug)?.refused(403, "clinic_closed")?;

    // One's own end all the same: one of them, this one, all of them.
    let own = format!("/v1/staff/{}/sessions", owner.id);
    owner.ask("DELETE", &format!("{own}/{}", current(&other)?)).send()?.expect(204)?;
    other.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
    provider.ask("DELETE", "/v1/session").send()?.expect(204)?;
    owner.ask("DELETE", &own).send()?.expect(204)?;
    owner.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated").map(drop)
}

#[test]
fn a_suspended_clinic_may_end_and_is_read_once_what_it_was_closed_for_is_resolved() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let provider = clinic.staff(Role::Provider)?;
    let read = || provider.ask("GET", "/v1/evaluations?status=new").send();
    clinic.change_status("active", "past_due", "payment_overdue")?.expect(200)?;
    clinic.change_status("past_due", "suspended", "security")?.expect(200)?;
    clinic.change_status("suspended", "past_due", "payment_received")?.refused(422, "invalid_fields")?;
    clinic.change_status("suspended", "past_due", "resolved")?.expect(200)?;
    read()?.expect(200)?;
    clinic.change_status("past_due", "suspended", "security")?.expect(200)?;

    clinic.change_status("suspended", "terminated", "payment_overdue")?.refused(422, "invalid_fields")?;
    clinic.change_status("suspended", "terminated", "clinics_request")?.expect(200)?;
    read()?.refused(403, "clinic_closed")?;
    provider.ask("GET", "/v1/session").send()?.expect(200)?;
    let answer = clinic.change_status("terminated", "terminated", "resolved")?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    let resource = format!("clinic={};from=terminated;to=terminated;reason=resolved", clinic.id);
    ensure!(entries.iter().any(|it| it.resource == resource && it.outcome == "done"), "{entries:?}");
    read()?.expect(200)?;
    let version = stored(&clinic)?;
    clinic.change_status("terminated", "terminated", "resolved")?.expect(200)?;
    ensure!(stored(&clinic)? == version, "the second click changes nothing");
    Ok(())
}

#[test]
fn nothing_is_shown_or_sent_to_a_vendor_for_a_clinic_that_was_closed_meanwhile() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let intake = Intake::start(&clinic)?;
    intake.fill(&person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let portrait = Picture::portrait(&visage)?;
    let upload: Upload = intake.ask_to_upload("frontal", portrait.content_type)?.read(201)?;
    let patient = audit::patient_of(&clinic, &intake.id)?;
    clinic.change_status("active", "suspended", "security")?.expect(200)?;

    // The form was signed before, so the photo comes in, and is cleaned.
    upload.place(&visage, &portrait.bytes)?;
    let photo = analysed_photo(&clinic, &patient, &upload.photo)?;
    ensure!(photo["analysis"]["reason"] == "clinic_closed", "{}", photo["analysis"]);
    let log = std::fs::read_to_string(&visage.stack.rekognition_log).unwrap_or_default();
    ensure!(!log.contains(&upload.photo), "Rekognition saw the photo");
    intake.submit(false, false)?.refused(403, "clinic_closed")?;
    clinic.change_status("suspended", "active", "resolved")?.expect(200)?;
    intake.submit(false, false)?.expect(201)?;
    Ok(())
}
