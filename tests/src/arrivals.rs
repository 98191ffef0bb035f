//! Objects that arrive, or are said to.

use crate::clinic::Clinic;
use crate::until::until;
use crate::visage::Visage;
use anyhow::Result;
use serde_json::json;

/// What S3 would say about a version of an object.
pub fn event(bucket: &str, key: &str, version: &str) -> String {
    let object = json!({ "key": key, "size": 1, "eTag": "0", "versionId": version, "sequencer": "00" });
    let record = json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
        "eventTime": "2026-01-02T03:04:05.000Z", "eventName": "ObjectCreated:Post",
        "userIdentity": { "principalId": "AWS:X" }, "requestParameters": { "sourceIPAddress": "203.0.113.7" },
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "x", "object": object,
            "bucket": { "name": bucket, "ownerIdentity": { "principalId": "A" }, "arn": "arn:aws:s3:::x" },
        },
    });
    json!({ "Records": [record] }).to_string()
}

/// Says so to a queue.
///
/// # Errors
/// If it isn't taken.
pub fn tell(visage: &Visage, queue: &str, event: &str) -> Result<()> {
    let input = json!({ "QueueUrl": visage.queue(queue)?, "MessageBody": event });
    visage.aws.sqs("SendMessage", &input).map(drop)
}

/// That not one version of anything the clinic's patients uploaded is left.
///
/// # Errors
/// If it takes too long.
pub fn originals_are_gone(clinic: &Clinic) -> Result<()> {
    until("every version of the originals is destroyed", || {
        let visage = &clinic.visage;
        let left = visage.aws.versions(visage.bucket("incoming")?, &format!("incoming/{}/", clinic.id))?;
        Ok(left.is_empty().then_some(()))
    })
}
