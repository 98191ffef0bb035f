//! Failures that a test asks for: `POST /stand-in/faults` with a [`Fault`], `DELETE /stand-in/faults` to end them all.
//!
//! Rekognition has no such thing, and nothing in the product calls it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use crate::protocol::ServiceError;

/// The path of the control.
pub const PATH: &str = "/stand-in/faults";

/// What some calls are to meet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Only calls of this operation; of any where absent.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only calls about an object with this in its `bucket/key`.
    #[serde(default)]
    pub object: String,
    /// How many calls it meets.
    pub times: u32,
    /// How long an answer takes longer.
    #[serde(default)]
    pub delay_ms: u64,
    /// The documented error they are answered with; none: only the delay.
    #[serde(default)]
    pub error: Option<String>,
}

/// What one call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// How long to wait.
    pub delay: Duration,
    /// What to answer then.
    pub error: Option<ServiceError>,
}

/// The failures still to come.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds one, from the body of a request. `false` if it is not of the documented form.
    pub fn add(&self, body: &[u8]) -> bool {
        let Ok(fault) = serde_json::from_slice::<Fault>(body) else { return false };
        if fault.error.as_deref().is_some_and(|code| ServiceError::documented(code).is_none()) {
            return false;
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
        true
    }

    /// Ends all.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What this call meets; each fault is used up call by call, the oldest first.
    pub fn meet(&self, operation: &str, object: Option<&str>) -> Option<Met> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.iter_mut().find(|fault| {
            fault.times > 0
                && fault.operation.as_deref().is_none_or(|wanted| wanted == operation)
                && object.unwrap_or_default().contains(&fault.object)
        })?;
        fault.times -= 1;
        let error = fault.error.as_deref().and_then(ServiceError::documented);
        Some(Met { delay: Duration::from_millis(fault.delay_ms), error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_the_calls_it_names_and_is_used_up() {
        let faults = Faults::default();
        assert!(
            faults.add(
                br#"{"operation":"DetectFaces","object":"cli_a","times":1,"error":"ThrottlingException"}"#
            )
        );
        assert!(faults.add(br#"{"object":"cli_a","times":1,"delayMs":5}"#));
        assert_eq!(faults.meet("DetectFaces", Some("photos/cli_b/x")), None);
        let delay = |ms| Duration::from_millis(ms);
        assert_eq!(
            faults.meet("DetectModerationLabels", Some("photos/cli_a/x")),
            Some(Met { delay: delay(5), error: None })
        );
        let throttled = Met { delay: delay(0), error: Some(ServiceError::Throttling) };
        assert_eq!(faults.meet("DetectFaces", Some("photos/cli_a/x")), Some(throttled));
        assert_eq!(faults.meet("DetectFaces", Some("photos/cli_a/x")), None);
        for wrong in [&b"{}"[..], br#"{"times":1,"error":"NoSuchException"}"#, br#"{"times":1,"more":1}"#] {
            assert!(!faults.add(wrong));
        }
    }
}
