//! Where a clinic stands: not yet signed, signed long ago, past due, suspended, terminated, on every route.

use crate::routes::{Names, ask, body, is_closed_out, is_logged, role_of};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_domain::permission::Grant;
use visage_openapi::operations;
use visage_platform::operation::Listed;
use visage_tests::aws::Item;
use visage_tests::clinic::{agreements, registration};
use visage_tests::retake::RetakeLink;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, report};

/// What a clinic answers where it stands to who isn't admitted.
type Refuses = fn(&Listed) -> Option<&'static str>;

/// A token for each permission that patients hold.
type Tokens = [(&'static str, String); 5];

/// The clinic's record, as it is stored.
fn stored(clinic: &Clinic) -> Result<Item> {
    let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
    aws.query(table, &format!("C#{}", clinic.id), "CLINIC")?.pop().context("the clinic")
}

/// What patients of a clinic hold: an intake that was begun, a report's link, and of a visit that is still open the link that
/// confirms its mailbox and one to take a photo again.
fn tokens_of(clinic: &Clinic) -> Result<Tokens> {
    let mailed = report::Reported::whole(clinic, &Person::invented())?.mailed;
    let person = Person::invented();
    let path = format!("{}/retakes", Intake::whole(clinic, &person, false)?.path());
    let ask = clinic.staff(Role::Coordinator)?.ask("POST", &path).once();
    let asked: Value = ask.json(&body("request_retake")).send()?.read(201)?;
    Ok([
        ("intake.fill", Intake::start(clinic)?.resume_token),
        ("report.open", mailed.clone()),
        ("report_code.request", mailed),
        ("channel.confirm", report::mailed_confirmation(clinic, &person)?),
        ("retake.take", RetakeLink::within(&clinic.visage, asked["url"].as_str().unwrap_or_default())?.token),
    ])
}

#[test]
fn where_the_clinic_stands_decides_on_every_route() -> Result<()> {
    let visage = Visage::connect()?;
    let pending = Clinic::pending(&visage, &registration())?;
    every_route(&pending, None, |it| it.info.phi.then_some("baa_required"))?;
    // As one that registered by itself, with somebody in every role.
    visage.aws.set(visage.records()?, &stored(&pending)?, "verified", &json!({ "BOOL": false }))?;
    pending.accept(&agreements())?.expect(200)?;
    every_route(&pending, None, |it| it.info.phi.then_some("clinic_not_verified"))?;

    let clinic = Clinic::open(&visage)?;
    let tokens = tokens_of(&clinic)?;
    // As if the version that it accepted had been followed by another long ago: its patients' links are shut with it.
    let old = json!({ "M": { "business_associate": { "S": "2019-1" } } });
    visage.aws.set(visage.records()?, &stored(&clinic)?, "agreements", &old)?;
    every_route(&clinic, Some(&tokens), |it| it.info.phi.then_some("baa_required"))?;
    clinic.accept(&agreements())?.expect(200)?;

    let life: [(&str, &str, &str, Refuses); 5] = [
        ("active", "past_due", "payment_overdue", |it| it.info.changes.then_some("clinic_read_only")),
        ("past_due", "active", "payment_received", |_| None),
        // The sessions that are asked for are another's.
        ("active", "suspended", "security", |it| {
            let ends_anothers = it.info.name.starts_with("revoke_session");
            (is_closed_out(it) || ends_anothers).then_some("clinic_closed")
        }),
        ("suspended", "active", "resolved", |_| None),
        ("active", "terminated", "clinics_request", |it| it.info.changes.then_some("clinic_read_only")),
    ];
    for (from, to, reason, refuses) in life {
        clinic.change_status(from, to, reason)?.expect(200)?;
        every_route(&clinic, Some(&tokens), refuses)?;
    }
    Ok(())
}

/// Asks for everything that staff may ask for and, where there are patients, whoever holds what they hold.
fn every_route(clinic: &Clinic, tokens: Option<&Tokens>, refuses: Refuses) -> Result<()> {
    let names = Names { slug: clinic.slug.clone(), ..Names::of_nothing() };
    for operation in operations() {
        let token = match operation.permission.grant {
            Grant::Staff(allowed) => {
                let role = Role::ALL.into_iter().find(|role| allowed.contains(&role_of(*role)));
                let role = role.context("somebody may")?;
                let ends = operation.info.name == "end_session";
                Some(if ends { clinic.fresh_session(role) } else { clinic.staff(role) }?.token)
            }
            Grant::Patient | Grant::Recipient => {
                let name = operation.permission.name;
                let find = |tokens: &Tokens| Some(tokens.iter().find(|(of, _)| *of == name)?.1.clone());
                tokens.map(|tokens| find(tokens).context(name)).transpose()?
            }
            Grant::Operator | Grant::Registrant | Grant::Visitor | Grant::Function => None,
        };
        let is_start = operation.info.name == "start_intake";
        if token.is_none() && !is_start {
            continue;
        }
        let answer = ask(&clinic.visage, &operation, &names);
        let answer = token.iter().fold(answer, |ask, token| ask.bearer(token)).send()?;
        match refuses(&operation) {
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
