//! The patient's side of a report link.

use crate::http::Answer;
use crate::visage::Visage;
use anyhow::Result;
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

/// The token in a message's report link, if it has one: what stands behind `/report#`.
pub fn token_in(text: &str) -> Option<String> {
    let rest = text.split_once("/report#")?.1;
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let token: String = rest.chars().take_while(|c| is_token(*c)).collect();
    // A sentence may end behind the link.
    Some(token.trim_end_matches('.').to_owned())
}
