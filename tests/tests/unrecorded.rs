//! No record, no answer: what the audit log can't take isn't shown, isn't done, and isn't even refused.
//!
//! Functions are kept from the log for it, which nobody who works beside them could bear: a program of its own.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use visage_tests::denial::Denial;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// What is asked for while nothing can be recorded: one chart, whose entry is written beside the reading, a list, whose
/// entry comes after it, and a change, whose entry is part of the transaction.
const KEPT_FROM_THE_LOG: [&str; 3] = ["open_evaluation", "list_evaluations", "add_note"];

#[test]
fn what_cannot_be_recorded_is_neither_answered_nor_done() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let (provider, billing) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Billing)?);
    let intake = provider.open(&visit)?.intake;
    let (notes, note) = (
        format!("/v1/patients/{}/intakes/{intake}/notes", visit.patient),
        json!({ "kind": "desk", "text": "Called." }),
    );
    let asked = || {
        let add = provider.ask("POST", &notes).idempotency_key("the-one-click-of-the-desk").json(&note);
        let asks = [
            (200, provider.ask("GET", &visit.path())),
            (200, provider.ask("GET", "/v1/evaluations?status=new")),
            (201, add),
        ];
        KEPT_FROM_THE_LOG.into_iter().zip(asks)
    };
    let kept = || records::of_type(&clinic, &visit.patient, "note");

    let denial = Denial::of(&visage, &KEPT_FROM_THE_LOG)?;
    for (operation, (_, ask)) in asked() {
        // A problem and nothing beside it: of what was read nothing leaves.
        let problem = ask.send()?.refused(500, "internal").context(operation)?;
        let entries = audit::of_request(&clinic, &problem.request)?;
        ensure!(entries.is_empty(), "{operation} could write: {entries:?}");
    }
    // That somebody may not is told to nobody either.
    billing.ask("GET", &visit.path()).send()?.refused(500, "internal")?;
    ensure!(kept()?.is_empty(), "a note was written without its entry");

    drop(denial);
    for (operation, (status, ask)) in asked() {
        let answer = ask.send()?.expect(status).context(operation)?;
        let entries = audit::of_request(&clinic, answer.request()?)?;
        ensure!(entries.iter().any(|entry| entry.action == operation), "{operation} left {entries:?}");
    }
    billing.ask("GET", &visit.path()).send()?.refused(403, "forbidden")?;
    ensure!(kept()?.len() == 1, "the same click is done once it can be recorded");
    Ok(())
}
