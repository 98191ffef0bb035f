//! What the sweeper hands over again.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use visage_tests::aws::{Item, text};
use visage_tests::evaluation::Opened;
use visage_tests::messages::mails_to;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, records, until};

#[test]
fn what_the_stream_lost_is_handed_over_by_the_sweeper() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    let provider = clinic.staff(Role::Provider)?;
    let is_sent = |opened: &Opened| {
        opened.notice("intake_received", "email").is_some_and(|notice| notice.state == "sent")
    };
    provider.open_until(&visit, "the mail is sent", is_sent)?;
    // As if its event had been lost: pending again, which the relay, who looks at births only, doesn't see.
    let item =
        records::of_type(&clinic, &visit.patient, "outbox")?.into_iter().next().context("one notice")?;
    let stored = records::item(&clinic, &visit.patient, item["outbox"].as_str().unwrap_or_default())?;
    let lose = |minutes| visage.aws.put(visage.records()?, &waiting(&clinic, &stored, "pending", minutes)?);
    lose(3)?;
    visage.sweep()?;
    visage.until_worked_on(item["outbox"].as_str().unwrap_or_default())?;
    ensure!(mails_to(&visage, &person.email)?.len() == 1, "it may still be on its way");
    lose(6)?;
    visage.sweep()?;
    until("the mail is sent", || Ok((mails_to(&visage, &person.email)?.len() == 2).then_some(())))
}

/// A stored piece of work as if it had waited so long, in the state it says.
fn waiting(clinic: &Clinic, stored: &Item, state: &str, minutes: i64) -> Result<Item> {
    let at = (Timestamp::now() - SignedDuration::from_mins(minutes)).to_string();
    let mut item = stored.clone();
    let place = [
        ("created_at", at.clone()),
        ("state", state.to_owned()),
        ("outbox_sk", format!("{at}#{}", text(stored, "outbox")?)),
        ("outbox_pk", format!("C#{}#OUTBOX", clinic.id)),
    ];
    item.extend(place.map(|(name, value)| (name.to_owned(), json!({ "S": value }))));
    Ok(item)
}

#[test]
fn a_pile_that_cannot_be_done_holds_up_nothing_that_comes_after_it() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    clinic.staff(Role::Provider)?.open_until(&visit, "the mail is sent", |opened| {
        opened.notice("intake_received", "email").is_some_and(|notice| notice.state == "sent")
    })?;
    let item =
        records::of_type(&clinic, &visit.patient, "outbox")?.into_iter().next().context("one notice")?;
    let name = item["outbox"].as_str().unwrap_or_default();
    let stored = records::item(&clinic, &visit.patient, name)?;
    // More than a run hands over. They stand in the index as what waits, but are done: who gets one has nothing to do.
    let mut piled = Vec::new();
    for number in 0..210 {
        let other = format!("out_{number:025}0");
        let mut pile = stored.clone();
        pile.insert("outbox".to_owned(), json!({ "S": other }));
        pile.insert("sk".to_owned(), json!({ "S": text(&stored, "sk")?.replace(name, &other) }));
        let pile = waiting(&clinic, &pile, "done", 40)?;
        visage.aws.put(visage.records()?, &pile)?;
        piled.push(pile);
    }
    visage.aws.put(visage.records()?, &waiting(&clinic, &stored, "pending", 6)?)?;
    visage.sweep()?;
    until("the mail that was lost is sent", || {
        Ok((mails_to(&visage, &person.email)?.len() == 2).then_some(()))
    })?;
    // Out of the index, where it would be in the way of whoever sweeps next; and still there and done, for its messages come yet.
    for mut item in piled {
        item.retain(|name, _| !name.starts_with("outbox_"));
        visage.aws.put(visage.records()?, &item)?;
    }
    Ok(())
}
