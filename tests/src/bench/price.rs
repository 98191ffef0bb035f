//! What Amazon charges, as far as it grows with use. `docs/OPERATIONS.md` shows what comes of it.

use crate::logs::Line;
use anyhow::Result;
use std::collections::BTreeMap;

/// US dollars.
pub type Dollars = f64;

/// One invocation of a function, whatever it does.
const INVOCATION: Dollars = 0.20e-6;
/// A gigabyte of a function's memory for one second, arm64.
const GIGABYTE_SECOND: Dollars = 0.000_013_333_4;
/// One request to an HTTP API.
const API_REQUEST: Dollars = 1.0e-6;
/// Units of a table on demand.
const READ_UNIT: Dollars = 0.125e-6;
const WRITE_UNIT: Dollars = 0.625e-6;
/// A line of a function's log with its metrics, of which a gigabyte is $0.50: with the runtime's three beside it, a
/// kilobyte and a half.
const LOGGED: Dollars = 0.5 * 1.5e-6;

/// A function has one processor's time at this much memory, in MB, and at less its share (AWS Lambda Developer Guide,
/// "Configure Lambda function memory").
const ONE_PROCESSOR: f64 = 1769.0;

/// What a call to AWS costs beside capacity units, and how long a function waits for it on AWS, in milliseconds. The
/// emulator's times say nothing of that; these are what such calls usually take within a region.
fn call(name: &str) -> (Dollars, f64) {
    match name {
        // The message is received and deleted too, each a request.
        "SQS.SendMessage" | "SQS.SendMessageBatch" => (3.0 * 0.40e-6, 15.0),
        "S3.PutObject" | "S3.CopyObject" | "S3.ListObjectVersions" => (5.0e-6, 40.0),
        "S3.GetObject" | "S3.HeadObject" => (0.4e-6, 40.0),
        "Rekognition.DetectFaces" | "Rekognition.DetectModerationLabels" => (1.0e-3, 700.0),
        "SESv2.SendEmail" => (0.1e-3, 100.0),
        // Two parts, each $0.00645 and what carriers charge on top, some $0.003.
        "SNS.Publish" => (2.0 * 9.45e-3, 100.0),
        _ if name.starts_with("KMS.") => (3.0e-6, 10.0),
        _ => (0.0, 6.0),
    }
}

/// What things cost, by what is paid for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill(pub BTreeMap<&'static str, Dollars>);

impl Bill {
    /// One request, or one message of a worker, in a function of so many MB.
    ///
    /// # Errors
    /// If the line isn't what it should be.
    pub fn of(line: &Line, memory: f64) -> Result<Self> {
        let mut bill = BTreeMap::from([("Lambda", INVOCATION), ("CloudWatch Logs", LOGGED)]);
        let mut add = |what, dollars| *bill.entry(what).or_default() += dollars;
        let mut waited = 0.0;
        for (name, count) in line.calls()? {
            let (dollars, milliseconds) = call(&name);
            waited += milliseconds * f64::from(count);
            if dollars > 0.0 {
                add(service(&name), dollars * f64::from(count));
            }
        }
        let worked = line.cpu * (ONE_PROCESSOR / memory).max(1.0);
        add("Lambda", (worked + waited) / 1000.0 * memory / 1024.0 * GIGABYTE_SECOND);
        add("DynamoDB", line.written.mul_add(WRITE_UNIT, (line.capacity - line.written) * READ_UNIT));
        if line.is_request() {
            add("API Gateway", API_REQUEST);
        }
        Ok(Self(bill))
    }

    /// Adds so many times another one.
    pub fn add(&mut self, other: &Self, times: f64) {
        for (what, dollars) in &other.0 {
            *self.0.entry(what).or_default() += dollars * times;
        }
    }

    /// All of it.
    pub fn total(&self) -> Dollars {
        self.0.values().sum()
    }
}

fn service(call: &str) -> &'static str {
    match call.split('.').next() {
        Some("SQS") => "SQS",
        Some("S3") => "S3",
        Some("Rekognition") => "Rekognition",
        Some("SESv2") => "SES",
        Some("SNS") => "SNS, text messages",
        Some("KMS") => "KMS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use serde_json::json;

    fn line(calls: &serde_json::Value, cpu: f64) -> Line {
        let line = json!({
            "request": "r", "operation": "x", "outcome": "done", "cpu": cpu, "calls": calls.to_string(),
            "capacity": 3.0, "written": 2.0,
        });
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn each_thing_is_charged_once() {
        let line = line(&json!({ "Rekognition.DetectFaces": 2, "KMS.Decrypt": 1 }), 0.0);
        let bill = Bill::of(&line, 1024.0).unwrap();
        assert!((bill.0["Rekognition"] - 0.002).abs() < 1e-12);
        assert!((bill.0["KMS"] - 0.000_003).abs() < 1e-12);
        assert!((bill.0["DynamoDB"] - (2.0 * WRITE_UNIT + READ_UNIT)).abs() < 1e-12);
        // 1.41 seconds of a gigabyte, and the invocation.
        assert!((bill.0["Lambda"] - (1.41 * GIGABYTE_SECOND + INVOCATION)).abs() < 1e-12);
        assert!(!bill.0.contains_key("API Gateway"));
    }

    #[test]
    fn a_small_function_has_a_share_of_a_processor() {
        let (small, large) = (ONE_PROCESSOR / 4.0, ONE_PROCESSOR * 2.0);
        let cost = |memory| Bill::of(&line(&json!({}), 1000.0), memory).unwrap().0["Lambda"];
        assert!((cost(small) - (ONE_PROCESSOR / 1024.0 * GIGABYTE_SECOND + INVOCATION)).abs() < 1e-12);
        assert!((cost(large) - (large / 1024.0 * GIGABYTE_SECOND + INVOCATION)).abs() < 1e-12);
    }

    #[test]
    fn bills_add_up() {
        let one = Bill([("S3", 1.0)].into());
        let mut sum = one.clone();
        sum.add(&one, 2.0);
        assert!((sum.total() - 3.0).abs() < 1e-12);
    }
}
