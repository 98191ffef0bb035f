//! Examples: of a request the sample event in `events/`, of an answer the one in `events/answers/`.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// What one operation's examples are.
pub(crate) struct Sample {
    event: Value,
    /// The answer's body, where there is one.
    pub(crate) answer: Option<Value>,
}

impl Sample {
    /// Reads them.
    ///
    /// # Errors
    /// If one is missing or isn't JSON.
    pub(crate) fn of(root: &Path, operation: &str, status: u16) -> Result<Self> {
        let read = |folder: &str| {
            let file = root.join(folder).join(format!("{operation}.json"));
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("{folder}/{operation}.json is missing"))?;
            serde_json::from_str(&text).with_context(|| file.display().to_string())
        };
        let answer = if status == 204 { None } else { Some(read("events/answers")?) };
        Ok(Self { event: read("events")?, answer })
    }

    /// What stands in the path for a parameter.
    pub(crate) fn path_parameter(&self, name: &str) -> Option<&str> {
        self.event["pathParameters"][name].as_str()
    }

    /// The request's body, where there is one.
    pub(crate) fn body(&self) -> Option<Value> {
        serde_json::from_str(self.event["body"].as_str()?).ok()
    }
}
