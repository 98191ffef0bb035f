//! No patient's data goes to a vendor whose approval isn't on record. Alone in its file: it changes what all share.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::sync::{Mutex, PoisonError};
use visage_tests::operator::Operator;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, messages};

/// What all share is changed by one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Approves all vendors again, whatever happened.
struct Restored(Operator);

impl Drop for Restored {
    fn drop(&mut self) {
        for vendor in ["rekognition", "sns", "ses"] {
            // A failure here shows in the next run, which approves them all again.
            let _ = self.0.approve(vendor, true);
        }
    }
}

#[test]
fn nothing_reaches_a_vendor_that_is_not_approved() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let operator = Restored(Operator::of(&visage)?);
    for vendor in ["rekognition", "sns", "ses"] {
        operator.0.approve(vendor, false)?;
    }
    let visit = Intake::whole(&clinic, &person, true)?;
    let provider = clinic.staff(Role::Provider)?;
    let opened =
        provider.open_until(&visit, "the analysis is skipped and both notices are suppressed", |opened| {
            let skipped = opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "skipped");
            skipped
                && opened.notices.len() == 2
                && opened.notices.iter().all(|notice| notice.state == "suppressed")
        })?;
    let photo = opened.photo("frontal").context("there is a portrait")?;
    ensure!(photo.analysis["reason"] == "vendor_not_approved" && photo.findings.is_none());
    let log = std::fs::read_to_string(&visage.stack.rekognition_log).unwrap_or_default();
    ensure!(!log.contains(&photo.photo), "Rekognition saw the photo");
    ensure!(messages::mails_to(&visage, &person.email)?.is_empty());
    ensure!(
        messages::texts_to(&visage, &person.phone)?.iter().all(|sms| !sms.message.contains(&clinic.name))
    );
    Ok(())
}

#[test]
fn only_operators_approve_and_it_is_on_record() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let operator = Operator::of(&visage)?;
    let input = json!({ "baaSignedOn": "2026-01-15", "phiApproved": true });
    operator.ask("PUT", "/v1/vendors/initech").json(&input).send()?.refused(404, "not_found")?;
    let answer = operator.ask("PUT", "/v1/vendors/ses").json(&input).send()?.expect(200)?;
    let request = answer.request()?;
    let entries = audit::of_platform(&visage)?;
    let change = "ses;baa_signed_on=2026-01-15;phi_approved=true";
    ensure!(
        entries
            .iter()
            .any(|it| it.request == request && it.action == "record_vendor" && it.shown == [change])
    );
    // An approval without an agreement is none.
    let without = json!({ "baaSignedOn": null, "phiApproved": true });
    let _restored = Restored(operator.clone());
    let answer: serde_json::Value =
        operator.ask("PUT", "/v1/vendors/sns").json(&without).send()?.read(200)?;
    ensure!(answer["maySeePhi"] == false);
    Ok(())
}
