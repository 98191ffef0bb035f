//! Charts open for those whose work they are; for others with a reason, which is recorded.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit};

#[test]
fn a_chart_of_somebody_elses_work_opens_with_a_reason_that_is_recorded() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (provider, other) = (clinic.staff(Role::Provider)?, clinic.made_provider(Role::Owner)?);
    let coordinator = clinic.staff(Role::Coordinator)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let charts = [
        visit.path(),
        format!("{}/timeline", visit.path()),
        format!("{}/questionnaire-response", visit.path()),
        format!("{}/reports", visit.path()),
    ];
    // Who works on the queue opens what stands in it.
    for staff in [&provider, &other, &coordinator] {
        for chart in &charts {
            staff.ask_without_reason("GET", chart).send()?.expect(200)?;
        }
    }
    let assessment = json!({ "findings": [], "recommendations": "Sun protection." });
    provider.conclude(&visit, &assessment)?;
    for chart in &charts {
        provider.ask_without_reason("GET", chart).send()?.expect(200)?;
        for staff in [&other, &coordinator] {
            let refused = staff.ask_without_reason("GET", chart).send()?;
            let entries = audit::of_request(&clinic, refused.request()?)?;
            ensure!(entries.iter().any(|it| it.outcome == "refused"), "{entries:?}");
            refused.refused(403, "reason_required")?;
            // What isn't a reason is none, and gets nowhere.
            let made_up =
                staff.ask_without_reason("GET", chart).header("x-access-reason", "Zo\u{eb} is famous");
            made_up.send()?.refused(403, "reason_required")?;
            let said =
                staff.ask_without_reason("GET", chart).header("x-access-reason", "complaint").send()?;
            let entries = audit::of_request(&clinic, said.expect(200)?.request()?)?;
            let entry = entries.first().context("an access is on record")?;
            ensure!(entry.resource.ends_with(";reason=complaint"), "{}", entry.resource);
        }
    }
    Ok(())
}

#[test]
fn whose_it_was_assigned_to_opens_it_after_the_signature() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let etag = coordinator.open(&visit)?.etag;
    coordinator.assign(&visit, &etag, Some(&coordinator.id), "")?.expect(200)?;
    provider.conclude(&visit, &json!({ "findings": [], "recommendations": "None." }))?;
    let opened: Value = coordinator.ask_without_reason("GET", &visit.path()).send()?.read(200)?;
    ensure!(opened["status"] == "signed");
    Ok(())
}
