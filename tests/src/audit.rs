//! What the audit log says, read behind the product's back.

use crate::aws::plain;
use crate::clinic::Clinic;
use crate::visage::Visage;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// An entry of a clinic's log.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Value,
    /// The operation.
    pub action: String,
    /// What the request named.
    pub resource: String,
    /// The patient concerned.
    pub patient: Option<String>,
    /// What a list showed.
    pub shown: Vec<String>,
    /// `granted`, `done`, `refused` or `failed`.
    pub outcome: String,
    /// The problem's code, for the last two.
    pub code: Option<String>,
    /// The request.
    pub request: String,
}

/// A count of strangers.
#[derive(Clone, Debug, Deserialize)]
pub struct Count {
    /// The operation.
    pub action: String,
    /// The problem's code.
    pub code: String,
    /// How many.
    pub count: u64,
}

/// The log of a clinic, yesterday's and today's, in order.
///
/// # Errors
/// If the table can't be read.
pub fn of(clinic: &Clinic) -> Result<Vec<Entry>> {
    read(&clinic.visage, &format!("C#{}", clinic.id), "audit")
}

/// The platform's own log: what concerns no clinic.
///
/// # Errors
/// If the table can't be read.
pub fn of_platform(visage: &Visage) -> Result<Vec<Entry>> {
    read(visage, "PLATFORM", "audit")
}

/// The counts of strangers.
///
/// # Errors
/// If the table can't be read.
pub fn strangers(visage: &Visage) -> Result<Vec<Count>> {
    read(visage, "PLATFORM", "strangers")
}

/// The entries that one request left.
///
/// # Errors
/// If the table can't be read.
pub fn of_request(clinic: &Clinic, request: &str) -> Result<Vec<Entry>> {
    Ok(of(clinic)?.into_iter().filter(|entry| entry.request == request).collect())
}

/// Whose intake it is: only the log and the records know.
///
/// # Errors
/// If the clinic knows of no such intake.
pub fn patient_of(clinic: &Clinic, intake: &str) -> Result<String> {
    let started = of(clinic)?.into_iter().find(|entry| entry.actor["intake"] == intake);
    started.and_then(|entry| entry.patient).context("the log names no patient of this intake")
}

fn read<T: serde::de::DeserializeOwned>(visage: &Visage, log: &str, kind: &str) -> Result<Vec<T>> {
    let now = jiff::Timestamp::now();
    let mut found = Vec::new();
    for day in [now - SignedDuration::from_hours(24), now] {
        let partition = format!("{log}#{}", day.strftime("%Y-%m-%d"));
        let items = visage.aws.query(visage.audit()?, &partition, "")?;
        let ours = items.iter().map(plain).filter(|item| item["item_type"] == kind);
        for item in ours {
            found.push(serde_json::from_value(item).context("an entry of the audit log")?);
        }
    }
    Ok(found)
}
