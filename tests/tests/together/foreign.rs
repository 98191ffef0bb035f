//! What belongs to another clinic: the same answer, the same headers, the same calls as for what doesn't exist.

use crate::routes::{Names, ask, body, is_logged};
use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use visage_domain::permission::Grant;
use visage_openapi::operations;
use visage_platform::operation::Listed;
use visage_tests::access_review::Review;
use visage_tests::glass::broken_by;
use visage_tests::http::Answer;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, logs, report};

#[test]
fn what_is_another_clinics_looks_like_what_does_not_exist() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let reported = report::Reported::whole(&theirs, &Person::invented())?;
    let other = Intake::whole(&theirs, &Person::invented(), false)?.patient;
    let opened = theirs.staff(Role::Provider)?.open(&reported.visit)?;
    let link = opened.notices.iter().find_map(|notice| notice.link.clone()).unwrap_or_default();
    let (patient, evaluation) = (reported.visit.patient, reported.visit.evaluation);
    let intake = opened.intake;
    let existing = Names {
        patient,
        other,
        evaluation,
        intake,
        link,
        slug: theirs.slug.clone(),
        clinic: theirs.id.clone(),
        staff: theirs.staff(Role::Billing)?.id,
        session: session_of(&theirs.staff(Role::Billing)?)?,
        export: export_of(&theirs)?,
        break_glass: broken_by(&theirs.staff(Role::Billing)?)?.id,
        access_review: Review::compiled_for(&theirs.staff(Role::Owner)?)?.id,
    };
    let nothing = Names::of_nothing();
    let mut walked = 0;
    let names_one_of = |it: &Listed, names: &[&str]| names.iter().any(|name| it.info.path.contains(name));
    // An operator is of no clinic, and finds out what there is.
    let is_named = |it: &&Listed| {
        it.permission.grant != Grant::Operator
            && names_one_of(it, &["{patient}", "{staff}", "{export}", "{break_glass}", "{access_review}"])
    };
    for operation in operations().iter().filter(is_named) {
        let is_about_staff = names_one_of(operation, &["{staff}", "{break_glass}", "{access_review}"]);
        let token = ours.staff(if is_about_staff { Role::Owner } else { Role::Provider })?.token;
        let foreign = ask(&visage, operation, &existing).bearer(&token).send()?;
        let missing = ask(&visage, operation, &nothing).bearer(&token).send()?;
        foreign.clone().refused(404, "not_found")?;
        let without_id =
            |answer: &Answer| Ok::<_, anyhow::Error>(answer.text().replace(answer.request()?, ""));
        ensure!(without_id(&foreign)? == without_id(&missing)?, "{}", foreign.what);
        ensure!(headers(&foreign) == headers(&missing), "{}: other headers", foreign.what);
        is_logged(&ours, operation, &foreign, "not_found")?;
        take_the_same_calls(operation, || {
            let ask = |names| ask(&visage, operation, names).bearer(&token).send();
            Ok([ask(&existing)?, ask(&nothing)?])
        })?;
        walked += 1;
    }
    ensure!(
        walked >= 24,
        "only {walked} operations name a patient, a user, an export, a broken glass or a review"
    );
    // And the owner of it all can still open it: nothing was changed on the way.
    ensure!(theirs.staff(Role::Provider)?.open(&Names::visit(&existing))?.status == "signed");
    theirs.staff(Role::Billing)?.ask("GET", "/v1/session").send()?.expect(200)?;
    Ok(())
}

/// The headers that say something, with their values: all but those that name the request or the moment.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let varying = ["x-request-id", "x-amzn-requestid", "x-amz-request-id", "apigw-requestid", "date"];
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !varying.contains(&name.as_str()));
    headers.sort();
    headers
}

/// An export that somebody may read.
fn export_of(clinic: &Clinic) -> Result<String> {
    let (owner, coordinator) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Coordinator)?);
    owner.grant_export(&coordinator.id, Timestamp::now() + SignedDuration::from_hours(1))?.expect(200)?;
    let ask = coordinator.ask("POST", "/v1/answer-exports").once().json(&body("start_answer_export"));
    let started: Value = ask.send()?.read(201)?;
    Ok(started["export"].as_str().context("an export")?.to_owned())
}

/// That two requests cost the same, as far as one may tell from outside. A process that has just started fetches keys that
/// it then remembers, so that once is enough.
fn take_the_same_calls(operation: &Listed, pair: impl Fn() -> Result<[Answer; 2]>) -> Result<()> {
    let visage = Visage::connect()?;
    let mut found = Vec::new();
    for _ in 0..5 {
        let calls = pair()?.into_iter().map(|answer| {
            let redo = || pair().map(drop);
            logs::line(&visage, operation.info.name, answer.request()?, redo)?.calls()
        });
        found = calls.collect::<Result<Vec<_>>>()?;
        if found[0] == found[1] {
            return Ok(());
        }
    }
    bail!("{}: {found:?}", operation.info.name)
}

/// The session that somebody asks with.
fn session_of(staff: &Staff) -> Result<String> {
    let path = format!("/v1/staff/{}/sessions", staff.id);
    let listed: Value = staff.ask("GET", &path).send()?.read(200)?;
    Ok(listed["sessions"][0]["session"].as_str().context("they ask with one")?.to_owned())
}

impl Names {
    fn visit(&self) -> visage_tests::evaluation::Visit {
        visage_tests::evaluation::Visit { patient: self.patient.clone(), evaluation: self.evaluation.clone() }
    }
}
