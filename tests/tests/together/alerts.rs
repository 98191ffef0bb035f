//! Alerts: those who answer for a clinic hear of what they must, whatever is lost on the way.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::aws::{Item, plain, text};
use visage_tests::glass::broken_by;
use visage_tests::messages::{self, Mail};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Visage, records, until};

/// The one alert of the clinic.
fn alert(clinic: &Clinic) -> Result<Item> {
    let items = records::of_clinic(clinic)?;
    items.into_iter().find(|item| plain(item)["item_type"] == "alert").context("there is an alert")
}

/// What somebody of the clinic was told of emergency access.
fn told(clinic: &Clinic, staff: &Staff) -> Result<Vec<Mail>> {
    let member = clinic.staff(Role::Owner)?.member(&staff.id)?;
    let mails = messages::mails_to(&clinic.visage, member["email"].as_str().unwrap_or_default())?;
    Ok(mails.into_iter().filter(|mail| mail.subject.contains("emergency access")).collect())
}

#[test]
fn owner_and_compliance_are_told_at_once_and_what_the_stream_lost_is_told_all_the_same() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let concerned = [clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?];
    let glass = broken_by(&clinic.staff(Role::Billing)?)?;
    let is_told = |times: usize| {
        until("they are told", || {
            let mails =
                concerned.iter().map(|staff| Ok(told(&clinic, staff)?.len())).collect::<Result<Vec<_>>>()?;
            // At least once is what is promised: the schedule may sweep beside this test.
            Ok(mails.iter().all(|mails| *mails >= times).then_some(()))
        })
    };
    is_told(1)?;
    ensure!(told(&clinic, &clinic.staff(Role::Billing)?)?.is_empty(), "it is for those who answer for it");
    let mail = told(&clinic, &concerned[0])?.pop().context("a mail")?;
    ensure!(mail.subject.starts_with(&clinic.name) && mail.body_text.contains("/break-glass"), "{mail:?}");
    ensure!(!mail.body_text.contains(&glass.id) && !mail.body_text.contains("CANARY"), "{mail:?}");
    until("it is noted", || Ok(plain(&alert(&clinic)?)["sent_at"].is_string().then_some(())))?;

    // As if its message had been lost, ten minutes ago.
    let (table, item) = (visage.records()?, alert(&clinic)?);
    let long_ago = Timestamp::now() - SignedDuration::from_mins(10);
    let id = text(&item, "alert")?;
    for (name, value) in [
        ("sent_at", json!({ "NULL": true })),
        ("created_at", json!({ "S": long_ago.to_string() })),
        ("outbox_pk", json!({ "S": format!("C#{}#ALERTS", clinic.id) })),
        ("outbox_sk", json!({ "S": format!("{long_ago:.6}#{id}") })),
    ] {
        visage.aws.set(table, &item, name, &value)?;
    }
    let swept: Value = visage.sweep()?;
    ensure!(swept["relayed"].as_u64() >= Some(1), "{swept}");
    is_told(2)?;
    until("it stands no more among what waits", || {
        Ok(alert(&clinic)?.get("outbox_pk").is_none().then_some(()))
    })
}
