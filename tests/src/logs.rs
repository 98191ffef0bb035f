//! What the functions logged.

use crate::until::until;
use crate::visage::Visage;
use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The line that a request leaves.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// The request.
    pub request: String,
    /// The operation.
    pub operation: String,
    /// The status of the answer.
    #[serde(default)]
    pub status: u16,
    /// The problem's code, or `ok`.
    #[serde(default)]
    pub code: String,
    /// What came of it, for workers.
    #[serde(default)]
    pub outcome: String,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration: f64,
    /// The processor time that it took, in milliseconds.
    pub cpu: f64,
    /// Calls to AWS, as JSON in a text.
    calls: String,
    /// Capacity units that DynamoDB says were consumed, read and write.
    pub capacity: f64,
    /// Those of them that were written.
    pub written: f64,
}

impl Line {
    /// Whether it came to what was asked for.
    pub fn succeeded(&self) -> bool {
        self.outcome == "done" || self.code == "ok"
    }

    /// Whether it came by way of the API.
    pub const fn is_request(&self) -> bool {
        self.outcome.is_empty()
    }

    /// How many calls to AWS that were.
    ///
    /// # Errors
    /// If the line isn't what it should be.
    pub fn call_count(&self) -> Result<f64> {
        Ok(self.calls()?.values().copied().map(f64::from).sum())
    }

    /// Calls to AWS by `Service.Operation`.
    ///
    /// # Errors
    /// If the line isn't what it should be.
    pub fn calls(&self) -> Result<BTreeMap<String, u32>> {
        serde_json::from_str(&self.calls).context("calls")
    }
}

/// Everything that a function logged, line by line.
///
/// # Errors
/// If it has no log.
pub fn of(visage: &Visage, operation: &str) -> Result<Vec<String>> {
    since_of(visage, operation, Timestamp::UNIX_EPOCH)
}

fn since_of(visage: &Visage, operation: &str, since: Timestamp) -> Result<Vec<String>> {
    let function = visage.stack.named(&visage.stack.functions, operation)?;
    // A function that was never called has no log yet.
    Ok(visage.aws.log(&format!("/aws/lambda/{function}"), since).unwrap_or_default())
}

/// The lines that a function's requests left.
///
/// # Errors
/// If it has no log.
pub fn lines(visage: &Visage, operation: &str) -> Result<Vec<Line>> {
    lines_since(visage, operation, Timestamp::UNIX_EPOCH)
}

/// The lines that a function's requests left from an instant on.
///
/// # Errors
/// If it has no log.
pub fn lines_since(visage: &Visage, operation: &str, since: Timestamp) -> Result<Vec<Line>> {
    Ok(lines_of(&since_of(visage, operation, since)?))
}

/// The lines that requests left, of all that a function logged.
pub fn lines_of(all: &[String]) -> Vec<Line> {
    read(all)
}

/// The processor time that each start took in milliseconds, of all that a function logged.
pub fn starts_of(all: &[String]) -> Vec<f64> {
    #[derive(Deserialize)]
    struct Start {
        message: String,
        cpu: f64,
    }
    read(all).into_iter().filter(|line: &Start| line.message == "start").map(|start| start.cpu).collect()
}

/// The lines of one kind.
fn read<T: DeserializeOwned>(all: &[String]) -> Vec<T> {
    #[derive(Deserialize)]
    struct Event<T> {
        fields: T,
    }
    all.iter()
        .filter_map(|line| serde_json::from_str::<Event<T>>(line).ok())
        .map(|event| event.fields)
        .collect()
}

/// The line of one request. The emulator sometimes brings it only with the function's next call, which `poke` makes.
///
/// # Errors
/// If it doesn't come.
pub fn line(
    visage: &Visage,
    operation: &str,
    request: &str,
    mut poke: impl FnMut() -> Result<()>,
) -> Result<Line> {
    until("the request's line is in the log", || {
        let found = lines(visage, operation)?.into_iter().find(|line| line.request == request);
        if found.is_none() {
            poke()?;
        }
        Ok(found)
    })
}
