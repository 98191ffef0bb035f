//! Where a clinic stands: not yet signed, past due, suspended, terminated, on every route.

use crate::routes::{Names, ask, is_logged, role_of};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use visage_domain::permission::Grant;
use visage_openapi::operations;
use visage_tests::clinic::{agreements, registration};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, report};

/// Links that open something else than the report's does.
const OTHER_LINKS: [&str; 3] = ["confirm_channel", "get_retake", "retake_photo"];

/// What a clinic answers where it stands, if it isn't admitted: by whether a request is about patients, and changes anything.
type Refuses = fn(bool, bool) -> Option<&'static str>;

#[test]
fn where_the_clinic_stands_decides_on_every_route() -> Result<()> {
    let visage = Visage::connect()?;
    let pending = Clinic::pending(&visage, &registration())?;
    every_route(&pending, &[], |phi, _| phi.then_some("baa_required"))?;
    // As one that registered by itself, with somebody in every role.
    let (table, partition) = (visage.records()?, format!("C#{}", pending.id));
    let stored = visage.aws.query(table, &partition, "CLINIC")?.pop().context("the clinic")?;
    visage.aws.set(table, &stored, "verified", &json!({ "BOOL": false }))?;
    pending.accept(&agreements())?.expect(200)?;
    every_route(&pending, &[], |phi, _| phi.then_some("clinic_not_verified"))?;

    let clinic = Clinic::open(&visage)?;
    let resume = Intake::start(&clinic)?.resume_token;
    let mailed = report::Reported::whole(&clinic, &Person::invented())?.mailed;
    let tokens = [(Grant::Patient, resume), (Grant::Recipient, mailed)];
    let life: [(&str, &str, &str, Refuses); 5] = [
        ("active", "past_due", "payment_overdue", |_, changes| changes.then_some("clinic_read_only")),
        ("past_due", "active", "payment_received", |_, _| None),
        ("active", "suspended", "security", |phi, changes| (phi || changes).then_some("clinic_closed")),
        ("suspended", "active", "resolved", |_, _| None),
        ("active", "terminated", "clinics_request", |_, changes| changes.then_some("clinic_read_only")),
    ];
    for (from, to, reason, refuses) in life {
        clinic.change_status(from, to, reason)?.expect(200)?;
        every_route(&clinic, &tokens, refuses)?;
    }
    Ok(())
}

/// Asks for everything that staff, and whoever holds one of `tokens`, may ask for.
fn every_route(clinic: &Clinic, tokens: &[(Grant, String)], refuses: Refuses) -> Result<()> {
    let names = Names { slug: clinic.slug.clone(), ..Names::of_nothing() };
    for operation in operations() {
        let token = match operation.permission.grant {
            Grant::Staff(allowed) => {
                let role = Role::ALL.into_iter().find(|role| allowed.contains(&role_of(*role)));
                let role = role.context("somebody may")?;
                let ends = operation.info.name == "end_session";
                Some(if ends { clinic.fresh_session(role) } else { clinic.staff(role) }?.token)
            }
            grant => tokens.iter().find(|(of, _)| *of == grant).map(|(_, token)| token.clone()),
        };
        let is_start = operation.info.name == "start_intake";
        // A link that confirms a channel, or to take a photo again, is another than the report's.
        if (token.is_none() && !is_start) || OTHER_LINKS.contains(&operation.info.name) {
            continue;
        }
        let answer = ask(&clinic.visage, &operation, &names);
        let answer = token.iter().fold(answer, |ask, token| ask.bearer(token)).send()?;
        match refuses(operation.info.phi, operation.info.changes) {
            Some(code) => {
                answer.clone().refused(403, code)?;
                // Strangers are only counted.
                if !is_start {
                    is_logged(clinic, &operation, &answer, code)?;
                }
            }
            None => {
                let text = answer.text();
                let is_refused = ["baa_required", "clinic_not_verified", "clinic_read_only", "clinic_closed"]
                    .iter()
                    .any(|code| text.contains(code));
                ensure!(!is_refused, "{} answered {text}", answer.what);
            }
        }
    }
    Ok(())
}
