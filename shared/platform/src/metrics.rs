//! Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch also reads numbers from.
//!
//! Names, units and dimensions are the constants below and nothing else; the values of dimensions are names of ours:
//! areas, operations, outcomes, codes. No clinic, no patient, no text that anybody entered. CloudWatch bills every
//! combination of values, so what would multiply them stays out (`docs/decisions/0022-own-lines-of-metrics.md`).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A metric: what it is called, what it is counted in, and what it is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The name.
    pub name: &'static str,
    /// CloudWatch's name of the unit.
    pub unit: &'static str,
    /// The dimensions.
    pub by: &'static [&'static str],
}

const fn count(name: &'static str, by: &'static [&'static str]) -> Metric {
    Metric { name, unit: "Count", by }
}

/// Which area of the product.
const AREA: &[&str] = &["Area"];
/// Which operation, and how it ended.
const OPERATION: &[&str] = &["Operation", "Outcome"];
/// How it ended.
const OUTCOME: &[&str] = &["Outcome"];

/// Requests: `ok`, `refused` (the client's doing) or `failed` (ours).
pub const REQUESTS: Metric = count("Requests", OPERATION);
/// How long a request took within the function.
pub const LATENCY: Metric = Metric { name: "Latency", unit: "Milliseconds", by: AREA };
/// Calls to AWS, attempts counted singly, of requests and of work alike.
pub const CALLS: Metric = count("Calls", AREA);
/// Capacity units of DynamoDB, as far as it told.
pub const CAPACITY: Metric = count("Capacity", AREA);
/// Messages and events worked on: `done`, `again` (they come again) or `given_up` (the dead-letter queue has them).
pub const WORK: Metric = count("Work", OPERATION);
/// Photos: `cleaned`, `rejected`; then `analysed`, `retake`, `not_analysed`.
pub const PHOTOS: Metric = count("Photos", OUTCOME);
/// Documents and videos: `cleaned`, `rejected`.
pub const DOCUMENTS: Metric = count("Documents", OUTCOME);
/// Rejected files by code.
pub const REJECTIONS: Metric = count("Rejections", &["Code"]);
/// Notices: `sent`, `suppressed`, `failed`, `unknown`.
pub const NOTICES: Metric = count("Notices", OUTCOME);
/// Notices of the last day whose fate nobody knows.
pub const UNKNOWN_NOTICES: Metric = count("UnknownNotices", AREA);
/// Vendors that lack something on record, so that nothing goes to them.
pub const VENDORS_NOT_CLEARED: Metric = count("VendorsNotCleared", AREA);
/// Vendors whose clearance ends within thirty days.
pub const VENDORS_DUE: Metric = count("VendorsDue", AREA);
/// Records destroyed by the purge.
pub const PURGED_RECORDS: Metric = count("PurgedRecords", AREA);
/// Objects destroyed by the purge, their versions not counted singly.
pub const PURGED_OBJECTS: Metric = count("PurgedObjects", AREA);
/// Patients' keys destroyed by the purge.
pub const PURGED_KEYS: Metric = count("PurgedKeys", AREA);

/// All of them.
pub const METRICS: [Metric; 15] = [
    REQUESTS,
    LATENCY,
    CALLS,
    CAPACITY,
    WORK,
    PHOTOS,
    DOCUMENTS,
    REJECTIONS,
    NOTICES,
    UNKNOWN_NOTICES,
    VENDORS_NOT_CLEARED,
    VENDORS_DUE,
    PURGED_RECORDS,
    PURGED_OBJECTS,
    PURGED_KEYS,
];

/// The namespace of a stage's metrics.
pub(crate) fn namespace(stage: &str) -> String {
    format!("Visage/{stage}")
}

/// The members of a line that make it metrics: the directive, dimensions and values.
///
/// Each metric's dimensions must be among `dimensions`.
pub(crate) fn members(
    namespace: &str,
    at: Timestamp,
    dimensions: &[(&'static str, &str)],
    values: &[(Metric, f64)],
) -> Map<String, Value> {
    let alike = values.chunk_by(|(one, _), (next, _)| one.by == next.by);
    let directives: Vec<Value> = alike
        .map(|some| {
            let named = |(metric, _): &(Metric, f64)| json!({ "Name": metric.name, "Unit": metric.unit });
            let metrics: Vec<Value> = some.iter().map(named).collect();
            json!({ "Namespace": namespace, "Dimensions": [some[0].0.by], "Metrics": metrics })
        })
        .collect();
    let mut members = Map::new();
    members.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": directives }),
    );
    members.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    members.extend(values.iter().map(|(metric, value)| (metric.name.to_owned(), json!(value))));
    members
}
