//! Messages that left the system, as the emulator captured them.

use crate::clinic::Clinic;
use crate::evaluation::Visit;
use crate::visage::Visage;
use anyhow::Result;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// A text message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sms {
    /// To whom, E.164.
    pub phone_number: String,
    /// The text.
    pub message: String,
}

/// A mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mail {
    /// From whom.
    pub source: String,
    /// To whom.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body_text: String,
    /// The text with markup, if there is one.
    pub body_html: Option<String>,
}

/// The text messages to a number.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn texts_to(visage: &Visage, phone: &str) -> Result<Vec<Sms>> {
    Ok(all_texts(visage)?.into_iter().filter(|sms| sms.phone_number == phone).collect())
}

/// The mails to an address.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn mails_to(visage: &Visage, address: &str) -> Result<Vec<Mail>> {
    Ok(all_mails(visage)?.into_iter().filter(|mail| mail.to.iter().any(|to| to == address)).collect())
}

/// The temporary passwords in the mails that invited somebody, in their order.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn temporary_passwords(visage: &Visage, email: &str) -> Result<Vec<String>> {
    let mails = mails_to(visage, email)?;
    let passwords = mails.iter().filter_map(|mail| mail.body_text.split_once("temporary password is "));
    // The sentence ends behind the password.
    Ok(passwords.map(|(_, rest)| rest.trim_end().trim_end_matches('.').to_owned()).collect())
}

/// Every text message.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn all_texts(visage: &Visage) -> Result<Vec<Sms>> {
    #[derive(Deserialize)]
    struct Captured {
        sms_messages: BTreeMap<String, Vec<Sms>>,
    }
    let captured: Captured = captured(visage, "/_ministack/sns/sms-messages")?;
    Ok(captured.sms_messages.into_values().flatten().collect())
}

/// Every mail.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn all_mails(visage: &Visage) -> Result<Vec<Mail>> {
    #[derive(Deserialize)]
    struct Captured {
        messages: BTreeMap<String, Vec<Mail>>,
    }
    let captured: Captured = captured(visage, "/_ministack/ses/messages")?;
    Ok(captured.messages.into_values().flatten().collect())
}

/// Brings a notice's message to its sender again, and waits until it was worked on.
///
/// # Errors
/// If the queue doesn't take it, or isn't done in time.
pub fn bring_again(clinic: &Clinic, visit: &Visit, notice: &str) -> Result<()> {
    let visage = &clinic.visage;
    let message = json!({
        "clinic": clinic.id, "patient": visit.patient, "evaluation": visit.evaluation, "outbox": notice,
    });
    let url = visage.queue("notices")?;
    visage.aws.sqs("SendMessage", &json!({ "QueueUrl": url, "MessageBody": message.to_string() }))?;
    visage.until_worked_on(notice)
}

fn captured<T: serde::de::DeserializeOwned>(visage: &Visage, path: &str) -> Result<T> {
    let url = format!("{}{path}", visage.stack.aws_endpoint_url);
    visage.http.ask("GET", url).send()?.read(200)
}
