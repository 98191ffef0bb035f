//! What S3 says happened.

use aws_lambda_events::event::s3::S3Event;
use visage_platform::WorkError;

/// A new version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewObject {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version: String,
}

/// Reads a notification. The one that S3 sends when a queue is connected names no object.
pub(crate) fn new_objects(body: &str) -> Result<Vec<NewObject>, WorkError> {
    #[derive(serde::Deserialize)]
    struct TestEvent {
        #[serde(rename = "Event")]
        event: String,
    }
    if serde_json::from_str::<TestEvent>(body).is_ok_and(|test| test.event == "s3:TestEvent") {
        return Ok(Vec::new());
    }
    let event: S3Event = serde_json::from_str(body).map_err(|_| WorkError::Poison("not an S3 event"))?;
    event
        .records
        .into_iter()
        .filter(|record| record.event_name.as_ref().is_some_and(|name| name.starts_with("ObjectCreated:")))
        .map(|record| {
            let (bucket, object) = (record.s3.bucket.name, record.s3.object);
            let (Some(bucket), Some(key), Some(version)) = (bucket, object.key, object.version_id) else {
                return Err(WorkError::Poison("an S3 event without object"));
            };
            Ok(NewObject { bucket, key, version })
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_test_event_names_nothing() {
        let body =
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b","RequestId":"r","HostId":"h"}"#;
        assert_eq!(new_objects(body).unwrap(), []);
    }

    #[test]
    fn rubbish_is_poison() {
        assert!(matches!(new_objects("{}"), Err(WorkError::Poison(_))));
        assert!(matches!(new_objects("nothing"), Err(WorkError::Poison(_))));
    }
}
