//! What is held back goes out once what held it back was mended, by whoever could.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use visage_tests::aws::{Item, text};
use visage_tests::evaluation::{Notice, Opened, Visit};
use visage_tests::messages::mails_to;
use visage_tests::report::{confirm_mailbox, confirm_phone, open, token_in};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, records, until};

/// A clinic that asks for codes, and a visit whose link is held back: the mailbox is confirmed, and no other channel.
struct Held {
    clinic: Clinic,
    person: Person,
    visit: Visit,
    provider: Staff,
}

impl Held {
    fn back() -> Result<Self> {
        let clinic = Clinic::open(&Visage::connect()?)?;
        clinic.decide_on_second_factor("one_time_code")?;
        let person = Person::invented();
        let visit = Intake::whole(&clinic, &person, false)?;
        confirm_mailbox(&clinic, &person)?;
        let provider = clinic.staff(Role::Provider)?;
        provider.conclude(&visit, &json!({ "findings": [], "recommendations": "None." }))?;
        let held = Self { clinic, person, visit, provider };
        held.until("report_ready", "no_other_channel")?;
        Ok(held)
    }

    /// What became of each mail about the report: why it is held back, or its state.
    fn fates(&self) -> Result<BTreeMap<String, String>> {
        let items = records::of_type(&self.clinic, &self.visit.patient, "outbox")?;
        let mails =
            items.into_iter().filter(|it| it["channel"] == "email" && it["event"] != "intake_received");
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fate = |it: &Value| word(if it["reason"].is_null() { &it["state"] } else { &it["reason"] });
        Ok(mails.map(|it| (word(&it["event"]), fate(&it))).collect())
    }

    fn until(&self, event: &str, fate: &str) -> Result<()> {
        let mut last = BTreeMap::new();
        let found = until("it comes to that", || {
            last = self.fates()?;
            Ok((last.get(event).map(String::as_str) == Some(fate)).then_some(()))
        });
        found.with_context(|| format!("{event} {fate}: {last:?}"))
    }

    /// The sweeper comes, and whatever it handed over is done.
    fn sweep(&self) -> Result<()> {
        self.clinic.visage.sweep_held()?;
        self.clinic.visage.until_worked_on(&self.clinic.id)
    }

    /// The links that were mailed.
    fn mailed(&self) -> Result<Vec<String>> {
        let mails = mails_to(&self.clinic.visage, &self.person.email)?;
        Ok(mails.iter().filter_map(|mail| token_in(&mail.body_text)).collect())
    }
}

#[test]
fn a_link_that_no_code_could_open_goes_out_once_the_clinic_asks_for_birth_dates_again() -> Result<()> {
    let held = Held::back()?;
    let etag = held.provider.open(&held.visit)?.etag;
    held.provider.add(&held.visit, &etag, "Seen by phone: no change.")?.expect(201)?;
    held.until("report_updated", "no_other_channel")?;
    held.sweep()?;
    let as_before = [("report_ready", "no_other_channel"), ("report_updated", "no_other_channel")];
    let as_before = as_before.map(|(event, fate)| (event.to_owned(), fate.to_owned()));
    ensure!(held.fates()? == as_before.into(), "codes are still asked for");

    held.clinic.decide_on_second_factor("birth_date")?;
    held.sweep()?;
    held.until("report_updated", "done")?;
    // The newest report is behind every link: one is enough.
    held.until("report_ready", "replaced")?;
    held.sweep()?;
    let mailed = held.mailed()?;
    let [link] = mailed.as_slice() else { anyhow::bail!("{} links were mailed", mailed.len()) };
    open(&held.clinic.visage, link, &held.person.birth_date)?.expect(201)?;
    Ok(())
}

#[test]
fn what_met_a_closed_clinic_goes_out_once_it_is_open_again() -> Result<()> {
    let held = Held::back()?;
    held.clinic.change_status("active", "suspended", "security")?.expect(200)?;
    // As if the clinic had been closed when the notice was looked at.
    let all = records::of_patient(&held.clinic, &held.visit.patient)?;
    let is_held = |item: &&Item| text(item, "reason").is_ok_and(|it| it == "no_other_channel");
    let item = all.iter().find(is_held).context("a notice that is held back")?;
    held.clinic.visage.aws.set(
        held.clinic.visage.records()?,
        item,
        "reason",
        &json!({ "S": "clinic_closed" }),
    )?;
    held.sweep()?;
    held.until("report_ready", "clinic_closed")?;
    ensure!(held.mailed()?.is_empty());

    held.clinic.change_status("suspended", "active", "resolved")?.expect(200)?;
    held.sweep()?;
    // Codes are asked for: now it is held back for that.
    held.until("report_ready", "no_other_channel")?;
    held.clinic.decide_on_second_factor("birth_date")?;
    held.sweep()?;
    held.until("report_ready", "done")?;
    ensure!(held.mailed()?.len() == 1);
    Ok(())
}

#[test]
fn what_staff_saw_to_meanwhile_or_took_back_does_not_go_out() -> Result<()> {
    let (given, withdrawn) = (Held::back()?, Held::back()?);
    given.clinic.staff(Role::Coordinator)?.hand_over(&given.visit)?;
    let etag = withdrawn.provider.open(&withdrawn.visit)?.etag;
    withdrawn.provider.withdraw(&withdrawn.visit, &etag, "The wrong patient.")?.expect(200)?;
    for (held, reason) in [(&given, "replaced"), (&withdrawn, "withdrawn")] {
        held.clinic.decide_on_second_factor("birth_date")?;
        held.sweep()?;
        held.until("report_ready", reason)?;
        ensure!(held.mailed()?.is_empty());
    }
    Ok(())
}

#[test]
fn a_link_waits_until_its_code_has_a_way_of_its_own() -> Result<()> {
    let (clinic, person) = (Clinic::open(&Visage::connect()?)?, Person::invented());
    clinic.decide_on_second_factor("one_time_code")?;
    let visit = Intake::whole(&clinic, &person, true)?;
    let provider = clinic.staff(Role::Provider)?;
    let is = |channel: &'static str, state: &'static str| {
        let ready =
            move |it: &Notice| it.event == "report_ready" && it.channel == channel && it.state == state;
        move |opened: &Opened| opened.notices.iter().any(ready)
    };
    confirm_mailbox(&clinic, &person)?;
    provider.conclude(&visit, &json!({ "findings": [], "recommendations": "None." }))?;
    provider.open_until(&visit, "the mail is held back", is("email", "suppressed"))?;
    provider.open_until(&visit, "so is the text", is("sms", "suppressed"))?;
    confirm_phone(&clinic, &person)?;
    provider.open_until(&visit, "the mail is sent", is("email", "sent"))?;
    provider.open_until(&visit, "so is the text", is("sms", "sent"))?;
    Ok(())
}

/// A link that was made while the date was asked for, and whose successor waited for a way for codes.
#[test]
fn a_renewal_that_was_held_back_and_released_is_the_links_one_successor() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, true)?;
    confirm_mailbox(&clinic, &person)?;
    clinic.staff(Role::Provider)?.conclude(&visit, &json!({ "findings": [], "recommendations": "None." }))?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let ready = |opened: &Opened, state: &str| {
        let by_mail = opened.notices.iter().filter(|it| it.event == "report_ready" && it.channel == "email");
        by_mail.filter(|it| it.state == state).count()
    };
    let opened = coordinator.open_until(&visit, "the link is mailed", |opened| ready(opened, "sent") == 1)?;
    let link = opened.notice("report_ready", "email").and_then(|it| it.link.clone()).context("a link")?;
    let tokens = || -> Result<Vec<String>> {
        let mails = mails_to(&visage, &person.email)?;
        Ok(mails.iter().filter_map(|mail| token_in(&mail.body_text)).collect())
    };
    let first = tokens()?.pop().context("the first link")?;

    clinic.decide_on_second_factor("one_time_code")?;
    let path = format!("{}/report-links/{link}/renewal", visit.path());
    let renew =
        || -> Result<Value> { coordinator.ask("POST", &path).once().json(&json!({})).send()?.read(201) };
    let held = renew()?;
    coordinator.open_until(&visit, "it waits", |opened| ready(opened, "suppressed") == 1)?;
    open(&visage, &first, &person.birth_date)?.expect(201)?;
    confirm_phone(&clinic, &person)?;
    coordinator.open_until(&visit, "the fresh link is mailed", |opened| ready(opened, "sent") == 2)?;
    open(&visage, &first, &person.birth_date)?.refused(410, "link_gone")?;
    let again = renew()?;
    ensure!(again["notice"] != held["notice"], "the one that was held back was replaced");
    ensure!(renew()? == again, "and the one that took its place is told of");
    visage.until_worked_on(again["notice"].as_str().unwrap_or_default())?;
    ensure!(tokens()?.len() == 2, "one link, and one that took its place");
    Ok(())
}
