//! What the audit log says, read behind the product's back.

use crate::aws::plain;
use crate::clinic::Clinic;
use crate::until::within;
use crate::visage::Visage;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

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

/// A count of strangers: of an operation, with a code, in a minute.
#[derive(Debug, Deserialize)]
struct Count {
    action: String,
    code: String,
    count: u64,
}

/// How many strangers were counted so far, by operation and code. The stack is everybody's: what somebody's own requests add
/// is told from what was there by counting before and after.
#[derive(Debug)]
pub struct Strangers<'a> {
    visage: &'a Visage,
    before: BTreeMap<(String, String), u64>,
}

impl<'a> Strangers<'a> {
    /// Those who came until now.
    ///
    /// # Errors
    /// If the table can't be read.
    pub fn so_far(visage: &'a Visage) -> Result<Self> {
        Ok(Self { visage, before: sums(visage)? })
    }

    /// Waits until of each of `kinds`, an operation and a code, more were counted than before. Of a minute the first of a kind
    /// is written at once, and the others when the minute is over and another comes: for each that isn't written yet, `again`
    /// asks the operation once more in the next minute.
    ///
    /// # Errors
    /// If one isn't counted, or the table can't be read.
    #[track_caller]
    pub fn grew(&self, kinds: &[(&str, &str)], mut again: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let (mut missing, mut asked) = (self.missing(kinds)?, this_minute());
        let counted = within(Duration::from_secs(150), "all strangers are counted", || {
            if !missing.is_empty() && this_minute() != asked {
                asked = this_minute();
                for (action, _) in &missing {
                    again(action)?;
                }
                missing = self.missing(kinds)?;
            }
            Ok(missing.is_empty().then_some(()))
        });
        counted.with_context(|| format!("not counted: {missing:?}"))
    }

    /// Of which no more were counted than before.
    fn missing<'k>(&self, kinds: &[(&'k str, &'k str)]) -> Result<Vec<(&'k str, &'k str)>> {
        let now = sums(self.visage)?;
        let mut missing = kinds.to_vec();
        missing.retain(|(action, code)| {
            let kind = ((*action).to_owned(), (*code).to_owned());
            now.get(&kind).copied().unwrap_or_default() <= self.before.get(&kind).copied().unwrap_or_default()
        });
        Ok(missing)
    }
}

/// The minute that it is, as strangers are counted by.
fn this_minute() -> i64 {
    Timestamp::now().as_second() / 60
}

/// All counts of yesterday and today, summed up.
fn sums(visage: &Visage) -> Result<BTreeMap<(String, String), u64>> {
    let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
    for Count { action, code, count } in read::<Count>(visage, "PLATFORM", "strangers")? {
        *sums.entry((action, code)).or_default() += count;
    }
    Ok(sums)
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
