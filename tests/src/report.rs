//! The patient's side of a report link.

use crate::clinic::Clinic;
use crate::evaluation::Visit;
use crate::http::Answer;
use crate::intake::Intake;
use crate::messages;
use crate::people::Person;
use crate::staff::Role;
use crate::until::until;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

/// Where an opened report can be read, for fifteen minutes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The address.
    pub url: String,
    /// When it stops working.
    pub expires_at: jiff::Timestamp,
}

/// Opens the report behind a link's token with a date of birth, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn open(visage: &Visage, token: &str, birth_date: &str) -> Result<Answer> {
    visage.ask("POST", "/v1/report-views").bearer(token).json(&json!({ "birthDate": birth_date })).send()
}

/// A report that is ready, and the links under which the patient was told of it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The evaluation.
    pub visit: Visit,
    /// The token in the mail.
    pub mailed: String,
    /// The token in the text message.
    pub texted: String,
}

impl Reported {
    /// Takes a person from the consent to the two messages with a link.
    ///
    /// # Errors
    /// If something on the way is refused.
    pub fn whole(clinic: &Clinic, person: &Person) -> Result<Self> {
        Self::of(clinic, person, Intake::whole(clinic, person, true)?, &[])
    }

    /// Takes a visit from its intake to the two messages with a link, with these photos in the report.
    ///
    /// # Errors
    /// If something on the way is refused.
    pub fn of(clinic: &Clinic, person: &Person, visit: Visit, photos: &[&str]) -> Result<Self> {
        confirm_both(clinic, person)?;
        let provider = clinic.staff(Role::Provider)?;
        let assessment = json!({ "findings": [], "recommendations": "None." });
        provider.conclude_showing(&visit, &assessment, photos)?;
        provider.open_until(&visit, "four notices are sent", |opened| {
            opened.notices.len() == 4 && opened.notices.iter().all(|notice| notice.state == "sent")
        })?;
        let mails = messages::mails_to(&clinic.visage, &person.email)?;
        let texts = messages::texts_to(&clinic.visage, &person.phone)?;
        let ours = |token: &String| token.starts_with(&format!("v1.{}.", clinic.id));
        let mailed = mails.iter().filter_map(|mail| token_in(&mail.body_text)).find(ours);
        let texted = texts.iter().filter_map(|sms| token_in(&sms.message)).find(ours);
        Ok(Self {
            visit,
            mailed: mailed.context("a mail has a link")?,
            texted: texted.context("a text message has a link")?,
        })
    }
}

/// Confirms mailbox and number with the links of the first messages.
///
/// # Errors
/// If they don't come, or are refused.
pub fn confirm_both(clinic: &Clinic, person: &Person) -> Result<()> {
    confirm_mailbox(clinic, person)?;
    confirm_phone(clinic, person)
}

/// Confirms the number with the link of the first text message.
///
/// # Errors
/// If it doesn't come, or is refused.
pub fn confirm_phone(clinic: &Clinic, person: &Person) -> Result<()> {
    let visage = &clinic.visage;
    let ours = |token: &String| token.starts_with(&format!("v1.{}.", clinic.id));
    let texted = until("the text message to confirm arrives", || {
        let texts = messages::texts_to(visage, &person.phone)?;
        Ok(texts.iter().filter_map(|sms| confirmation_in(&sms.message)).find(ours))
    })?;
    confirm(visage, &texted)?.expect(201)?;
    Ok(())
}

/// Confirms the mailbox with the link of the first mail.
///
/// # Errors
/// If it doesn't come, or is refused.
pub fn confirm_mailbox(clinic: &Clinic, person: &Person) -> Result<()> {
    confirm(&clinic.visage, &mailed_confirmation(clinic, person)?)?.expect(201)?;
    Ok(())
}

/// The token of the link of the first mail, which confirms the mailbox.
///
/// # Errors
/// If it doesn't come.
pub fn mailed_confirmation(clinic: &Clinic, person: &Person) -> Result<String> {
    let ours = |token: &String| token.starts_with(&format!("v1.{}.", clinic.id));
    until("the mail to confirm arrives", || {
        let mails = messages::mails_to(&clinic.visage, &person.email)?;
        Ok(mails.iter().filter_map(|mail| confirmation_in(&mail.body_text)).find(ours))
    })
}

/// Confirms the channel whose message carried this token, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn confirm(visage: &Visage, token: &str) -> Result<Answer> {
    visage.ask("POST", "/v1/channel-confirmations").bearer(token).json(&json!({})).send()
}

/// The token in a message's confirmation link, if it has one.
pub fn confirmation_in(text: &str) -> Option<String> {
    token_behind(text, "/confirm#")
}

/// The token in a message's report link, if it has one.
pub fn token_in(text: &str) -> Option<String> {
    token_behind(text, "/report#")
}

pub(crate) fn token_behind(text: &str, page: &str) -> Option<String> {
    let rest = text.split_once(page)?.1;
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let token: String = rest.chars().take_while(|c| is_token(*c)).collect();
    // A sentence may end behind the link.
    Some(token.trim_end_matches('.').to_owned())
}

/// Asks for the code of a link, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn ask_for_code(visage: &Visage, token: &str) -> Result<Answer> {
    visage.ask("POST", "/v1/report-codes").bearer(token).json(&json!({})).send()
}

/// Opens the report behind a link's token with a code, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn open_with_code(visage: &Visage, token: &str, code: &str) -> Result<Answer> {
    visage.ask("POST", "/v1/report-views").bearer(token).json(&json!({ "code": code })).send()
}

/// The codes that a clinic sent to a person's number, in no particular order.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn texted_codes(clinic: &Clinic, person: &Person) -> Result<Vec<String>> {
    let texts = messages::texts_to(&clinic.visage, &person.phone)?;
    let ours = texts.iter().filter(|sms| sms.message.contains(&clinic.name));
    Ok(ours.filter_map(|sms| code_in(&sms.message)).collect())
}

/// The codes that were mailed to a person.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn mailed_codes(clinic: &Clinic, person: &Person) -> Result<Vec<String>> {
    let mails = messages::mails_to(&clinic.visage, &person.email)?;
    Ok(mails.iter().filter_map(|mail| code_in(&mail.body_text)).collect())
}

/// The code in a message, if it has one: a word of six digits.
fn code_in(text: &str) -> Option<String> {
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().find(is_code).map(str::to_owned)
}
