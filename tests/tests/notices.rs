//! Notices: sent once, with consent, and telling nothing.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::evaluation::Visit;
use visage_tests::messages::{mails_to, texts_to};
use visage_tests::report::Reported;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, records, until};

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
    let opened = clinic.staff(Role::Provider)?.open_until(&visit, "two mails are sent", |opened| {
        opened.notices.iter().filter(|notice| notice.state == "sent").count() == 2
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
    again(&clinic, &visit, &item)?;
    ensure!(mails_to(&visage, &person.email)?.len() == 1, "one mail");

    // A worker that died after its claim: nobody knows whether the mail left, so nobody sends it again.
    let stored = records::item(&clinic, &visit.patient, item["outbox"].as_str().unwrap_or_default())?;
    visage.aws.set(visage.records()?, &stored, "state", &json!({ "S": "claimed" }))?;
    again(&clinic, &visit, &item)?;
    provider.open_until(&visit, "its fate is unknown", is("unknown"))?;
    ensure!(mails_to(&visage, &person.email)?.len() == 1, "still one mail");
    Ok(())
}

/// Sends a notice's message again, and waits until it was worked on.
fn again(clinic: &Clinic, visit: &Visit, item: &Value) -> Result<()> {
    let visage = &clinic.visage;
    let message = json!({
        "clinic": clinic.id, "patient": visit.patient, "evaluation": visit.evaluation, "outbox": item["outbox"],
    });
    let url = visage.queue("notices")?;
    visage.aws.sqs("SendMessage", &json!({ "QueueUrl": url, "MessageBody": message.to_string() }))?;
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    until("the queue of notices is empty", || {
        let input = json!({ "QueueUrl": url, "AttributeNames": names });
        let attributes = visage.aws.sqs("GetQueueAttributes", &input)?["Attributes"].clone();
        Ok(names.iter().all(|name| attributes[name] == "0").then_some(()))
    })
}
