//! The stand-in for Rekognition: what it was asked, and what it is to answer instead of the truth.

use crate::visage::Visage;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// What some calls meet; see the stand-in's README.
#[derive(Clone, Debug)]
pub struct Fault<'a> {
    /// The operation; any where absent.
    pub operation: Option<&'a str>,
    /// Part of the object's bucket and key: a test names its clinic, so that it meets no other.
    pub object: &'a str,
    /// How many calls.
    pub times: u32,
    /// How much longer they take.
    pub delay_ms: u64,
    /// The documented error they get.
    pub error: Option<&'a str>,
}

impl Fault<'_> {
    /// Has it met from now on.
    ///
    /// # Errors
    /// If the stand-in doesn't know of such a failure.
    pub fn ask(&self, visage: &Visage) -> Result<()> {
        let mut body = json!({ "object": self.object, "times": self.times, "delayMs": self.delay_ms });
        body["operation"] = self.operation.into();
        body["error"] = self.error.into();
        let url = format!("{}/stand-in/faults", visage.stack.rekognition_url);
        visage.http.ask("POST", &url).json(&body).send()?.expect(201).map(drop)
    }
}

/// The calls about objects with this in their key, oldest first.
///
/// # Errors
/// If a line of the log can't be read.
pub fn calls(visage: &Visage, part: &str) -> Result<Vec<Value>> {
    let log = std::fs::read_to_string(&visage.stack.rekognition_log).unwrap_or_default();
    let lines = log.lines().filter(|line| line.contains(part));
    lines.map(|line| serde_json::from_str(line).context("a line of the stand-in's log")).collect()
}

/// How often an operation answered about objects with this in their key.
///
/// # Errors
/// If a line of the log can't be read.
pub fn answered(visage: &Visage, operation: &str, part: &str) -> Result<usize> {
    let counts = |call: &&Value| call["op"] == operation && call["status"] == 200;
    Ok(calls(visage, part)?.iter().filter(counts).count())
}
