//! Notices: sent once, with consent, and telling nothing.

mod sweeping;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::aws::{Item, text};
use visage_tests::evaluation::{Opened, Visit};
use visage_tests::messages::{bring_again, mails_to, texts_to};
use visage_tests::report::{Reported, confirm, confirm_both, confirmation_in, open, token_in};
use visage_tests::staff::Role;
use visage_tests::timeouts::ShortTimeouts;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records, until};

fn conclude(clinic: &Clinic, visit: &Visit) -> Result<()> {
    let assessment = json!({ "findings": [], "recommendations": "None." });
    clinic.staff(Role::Provider)?.conclude(visit, &assessment).map(drop)
}

#[test]
fn messages_name_the_clinic_and_nothing_of_the_patient() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    Reported::whole(&clinic, &person)?;
    let mails = mails_to(&visage, &person.email)?;
    let texts = texts_to(&visage, &person.phone)?
        .into_iter()
        .filter(|sms| sms.message.contains(&clinic.name))
        .collect::<Vec<_>>();
    ensure!(mails.len() == 2 && texts.len() == 2, "{} mails, {} texts", mails.len(), texts.len());
    let written = mails
        .iter()
        .flat_map(|mail| [&mail.subject, &mail.body_text])
        .chain(texts.iter().map(|sms| &sms.message));
    for text in written {
        let hidden = person.secrets().into_iter().chain([person.given_name.clone()]);
        for secret in hidden {
            ensure!(!text.contains(&secret), "{secret:?} is in {text:?}");
        }
        for word in ["evaluation", "assessment", "treatment", "photo", "face", "filler", "lips", "forehead"] {
            ensure!(!text.to_lowercase().contains(word), "{word} is in {text:?}");
        }
        ensure!(text.contains(&clinic.name), "{text:?} doesn't say from whom it is");
    }
    for sms in &texts {
        ensure!(sms.message.ends_with("Reply STOP to opt out."), "{:?}", sms.message);
    }
    for mail in &mails {
        ensure!(mail.source == "notices@visage.example" && mail.to == [person.email.clone()]);
    }
    Ok(())
}

#[test]
fn without_consent_there_is_no_text_message() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    conclude(&clinic, &visit)?;
    let opened = clinic.staff(Role::Provider)?.open_until(&visit, "two mails are settled", |opened| {
        opened.notices.len() == 2 && opened.notices.iter().all(|notice| notice.state != "pending")
    })?;
    ensure!(opened.notices.iter().all(|notice| notice.channel == "email"), "{:?}", opened.notices);
    ensure!(texts_to(&visage, &person.phone)?.iter().all(|sms| !sms.message.contains(&clinic.name)));
    Ok(())
}

#[test]
fn an_evaluation_causes_at_most_five_text_messages() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, true)?;
    let provider = clinic.staff(Role::Provider)?;
    provider.open_until(&visit, "the first text is sent", |opened| {
        opened.notice("intake_received", "sms").is_some_and(|notice| notice.state == "sent")
    })?;
    let count = records::item(&clinic, &visit.patient, "#SMS")?;
    ensure!(count["sent"]["N"] == "1", "it was counted");
    visage.aws.set(visage.records()?, &count, "sent", &json!({ "N": "5" }))?;
    confirm_both(&clinic, &person)?;
    conclude(&clinic, &visit)?;
    let opened = provider.open_until(&visit, "the report is told of by mail, not by text", |opened| {
        opened.notice("report_ready", "email").is_some_and(|notice| notice.state == "sent")
            && opened.notice("report_ready", "sms").is_some_and(|notice| notice.state == "suppressed")
    })?;
    ensure!(
        opened.notice("report_ready", "sms").is_some_and(|notice| notice.link.is_none()),
        "and no link was made"
    );
    let texts =
        texts_to(&visage, &person.phone)?.into_iter().filter(|sms| sms.message.contains(&clinic.name));
    ensure!(texts.count() == 1);
    Ok(())
}

#[test]
fn a_notice_whose_message_comes_again_is_not_sent_again() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    let provider = clinic.staff(Role::Provider)?;
    let is = |state: &'static str| {
        move |opened: &visage_tests::evaluation::Opened| {
            opened.notice("intake_received", "email").is_some_and(|notice| notice.state == state)
        }
    };
    provider.open_until(&visit, "the mail is sent", is("sent"))?;
    let item =
        records::of_type(&clinic, &visit.patient, "outbox")?.into_iter().next().context("one notice")?;
    bring_again(&clinic, &visit, item["outbox"].as_str().unwrap_or_default())?;
    ensure!(mails_to(&visage, &person.email)?.len() == 1, "one mail");

    // A worker that died after its claim: nobody knows whether the mail left, so nobody sends it again.
    let stored = records::item(&clinic, &visit.patient, item["outbox"].as_str().unwrap_or_default())?;
    visage.aws.set(visage.records()?, &stored, "state", &json!({ "S": "claimed" }))?;
    bring_again(&clinic, &visit, item["outbox"].as_str().unwrap_or_default())?;
    provider.open_until(&visit, "its fate is unknown", is("unknown"))?;
    ensure!(mails_to(&visage, &person.email)?.len() == 1, "still one mail");
    Ok(())
}

#[test]
fn a_text_message_that_was_throttled_counts_once_and_leaves_no_link_behind() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::throttled();
    let shortened = ShortTimeouts::set(&visage, &["notices"])?;
    let visit = Intake::whole(&clinic, &person, true)?;
    let provider = clinic.staff(Role::Provider)?;
    let is_sent = |event: &'static str| {
        move |opened: &Opened| {
            let sent = |channel| opened.notice(event, channel).is_some_and(|notice| notice.state == "sent");
            sent("sms") && sent("email")
        }
    };
    let of_type = |kind: &str| -> Result<Vec<Item>> {
        let all = records::of_clinic(&clinic)?;
        Ok(all.into_iter().filter(|item| text(item, "item_type").is_ok_and(|it| it == kind)).collect())
    };
    provider.open_until(&visit, "mail and text are sent", is_sent("intake_received"))?;
    ensure!(of_type("confirmation_link")?.len() == 2, "one for each message that left");
    ensure!(records::item(&clinic, &visit.patient, "#SMS")?["sent"]["N"] == "1");
    confirm_both(&clinic, &person)?;
    conclude(&clinic, &visit)?;
    provider.open_until(&visit, "mail and text are sent", is_sent("report_ready"))?;
    drop(shortened);
    ensure!(of_type("report_link")?.len() == 2 && of_type("issued_link")?.len() == 2);
    ensure!(records::item(&clinic, &visit.patient, "#SMS")?["sent"]["N"] == "2");
    // That there was something to take back is in the log.
    let given_back = audit::of(&clinic)?;
    let given_back = given_back.iter().filter(|it| it.action == "send_notice");
    let given_back = given_back.filter(|it| it.resource.contains("state=pending")).count();
    ensure!(given_back >= 2, "{given_back} messages were throttled");
    Ok(())
}

/// A report whose notice waits for the mailbox to be confirmed, and what confirms it.
fn held_back(clinic: &Clinic, person: &Person) -> Result<(Visit, String)> {
    let visit = Intake::whole(clinic, person, false)?;
    conclude(clinic, &visit)?;
    clinic.staff(Role::Provider)?.open_until(&visit, "the report's notice is held back", |opened| {
        opened.notice("report_ready", "email").is_some_and(|notice| notice.state == "suppressed")
    })?;
    let mails = mails_to(&clinic.visage, &person.email)?;
    let token = mails.iter().find_map(|mail| confirmation_in(&mail.body_text)).context("a link")?;
    Ok((visit, token))
}

#[test]
fn what_is_held_back_at_the_moment_of_its_confirmation_goes_out_all_the_same() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let (visit, token) = held_back(&clinic, &person)?;
    let provider = clinic.staff(Role::Provider)?;
    confirm(&visage, &token)?.expect(201)?;
    let sent = |count: usize| {
        move |opened: &Opened| {
            opened.notices.iter().filter(|it| it.event == "report_ready" && it.state == "sent").count()
                == count
        }
    };
    provider.open_until(&visit, "the report's link is sent", sent(1))?;
    // As if the sender had held it back just after the confirmation looked: what looks again finds it.
    let items = records::of_type(&clinic, &visit.patient, "outbox")?;
    let held = items.iter().find(|item| item["reason"] == "replaced").context("what was held back")?;
    let held = records::item(&clinic, &visit.patient, held["outbox"].as_str().unwrap_or_default())?;
    visage.aws.set(visage.records()?, &held, "reason", &json!({ "S": "channel_not_confirmed" }))?;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..3).map(|_| scope.spawn(|| confirm(&visage, &token))).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    for answer in answers {
        answer?.expect(201)?;
    }
    let opened = provider.open_until(&visit, "it is sent", sent(2))?;
    let all = opened.notices.iter().filter(|it| it.event == "report_ready").count();
    ensure!(all == 3, "what was held back, and one for each time it was released: {all}");
    Ok(())
}

#[test]
fn what_nobody_knows_of_is_shown_to_staff() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    conclude(&clinic, &visit)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    coordinator.open_until(&visit, "nothing waits", |opened| {
        opened.notices.len() == 2 && opened.notices.iter().all(|notice| notice.state != "pending")
    })?;
    let list = |state: &str| -> Result<Vec<Value>> {
        let page: Value = coordinator.ask("GET", &format!("/v1/notices?state={state}")).send()?.read(200)?;
        Ok(page["notices"].as_array().cloned().unwrap_or_default())
    };
    // Nobody confirmed the address: the report waits to be handed over.
    let held = list("suppressed")?;
    ensure!(held.len() == 1 && held[0]["reason"] == "channel_not_confirmed", "{held:?}");
    ensure!(held[0]["patientName"].as_str().is_some_and(|name| name.contains(&person.given_name)));
    ensure!(list("unknown")?.is_empty() && list("pending")?.is_empty());
    // A worker that died a while ago.
    let items = records::of_type(&clinic, &visit.patient, "outbox")?;
    let sent = items.iter().find(|item| item["event"] == "intake_received").context("the first notice")?;
    let stored = records::item(&clinic, &visit.patient, sent["outbox"].as_str().unwrap_or_default())?;
    let at = (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(3)).to_string();
    let sort = format!("{at}#{}", sent["outbox"].as_str().unwrap_or_default());
    let partition = format!("C#{}#OUTBOX#claimed", clinic.id);
    for (name, value) in [("state", "claimed"), ("at", &at), ("outbox_sk", &sort), ("outbox_pk", &partition)]
    {
        visage.aws.set(visage.records()?, &stored, name, &json!({ "S": value }))?;
    }
    let unknown = list("unknown")?;
    ensure!(unknown.len() == 1 && unknown[0]["notice"] == sent["outbox"], "{unknown:?}");
    coordinator.ask("GET", "/v1/notices?state=sent").send()?.refused(400, "invalid_query")?;
    Ok(())
}

#[test]
fn a_channel_confirmed_later_gets_what_was_held_back() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let (visit, token) = held_back(&clinic, &person)?;
    let provider = clinic.staff(Role::Provider)?;
    for _ in 0..2 {
        confirm(&visage, &token)?.expect(201)?;
    }
    let sent = |opened: &visage_tests::evaluation::Opened| {
        opened.notices.iter().filter(|it| it.event == "report_ready" && it.state == "sent").count() == 1
    };
    provider.open_until(&visit, "the report's link is sent, once", sent)?;
    Ok(())
}

#[test]
fn a_link_whose_successor_is_throttled_works_until_that_one_is_sent() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::throttled());
    // Long enough to look at what lies between two attempts.
    let _shortened = ShortTimeouts::of(&visage, &["notices"], 8)?;
    let reported = Reported::whole(&clinic, &person)?;
    let coordinator = clinic.staff(Role::Coordinator)?;
    let opened = coordinator.open(&reported.visit)?;
    let link = opened.notice("report_ready", "sms").and_then(|it| it.link.clone()).context("its link")?;
    let path = format!("{}/report-links/{link}/renewal", reported.visit.path());
    let renewal: Value = coordinator.ask("POST", &path).once().json(&json!({})).send()?.read(201)?;
    let notice = format!("outbox={}", renewal["notice"].as_str().context("its notice")?);
    until("the fresh link is throttled", || {
        let entries = audit::of(&clinic)?;
        let is_given_back =
            |it: &audit::Entry| it.resource.contains("state=pending") && it.resource.contains(&notice);
        Ok(entries.iter().any(is_given_back).then_some(()))
    })?;
    open(&visage, &reported.texted, &person.birth_date)?.expect(201)?;
    until("the fresh link is sent, and the old one ends", || {
        let answer = open(&visage, &reported.texted, &person.birth_date)?;
        Ok((answer.status == 410).then_some(()))
    })?;
    let texts = texts_to(&visage, &person.phone)?;
    let links = texts.iter().filter(|sms| sms.message.contains(&clinic.name));
    ensure!(links.filter_map(|sms| token_in(&sms.message)).count() == 2, "the first, and its successor");
    Ok(())
}
