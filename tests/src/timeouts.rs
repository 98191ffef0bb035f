//! Queues that bring back within seconds what was taken by somebody who died.

use crate::turns::Turn;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde_json::json;

/// The queues' visibility time-outs, short for as long as this lives. Who shortens has a turn: what one found and puts back
/// must not be what another one set.
#[derive(Debug)]
pub struct ShortTimeouts {
    visage: Visage,
    before: Vec<(String, String)>,
    _turn: Turn,
}

impl ShortTimeouts {
    /// Shortens those of the queues with these names, to a few seconds: of workers that take less than one.
    ///
    /// # Errors
    /// If one can't be read or set.
    pub fn set(visage: &Visage, names: &[&'static str]) -> Result<Self> {
        Self::of(visage, names, 4)
    }

    /// Shortens those of the queues with these names, to so many seconds: more than a worker takes on a busy machine.
    ///
    /// # Errors
    /// If one can't be read or set.
    pub fn of(visage: &Visage, names: &[&'static str], seconds: u32) -> Result<Self> {
        let turn = Turn::at(names);
        let mut before = Vec::new();
        for name in names {
            let url = visage.queue(name)?;
            let input = json!({ "QueueUrl": url, "AttributeNames": ["VisibilityTimeout"] });
            let answer = visage.aws.sqs("GetQueueAttributes", &input)?;
            let timeout = answer["Attributes"]["VisibilityTimeout"].as_str().context("a time-out")?;
            before.push((url.to_owned(), timeout.to_owned()));
        }
        let this = Self { visage: visage.clone(), before, _turn: turn };
        this.before.iter().try_for_each(|(url, _)| this.put(url, &seconds.to_string()))?;
        Ok(this)
    }

    fn put(&self, url: &str, seconds: &str) -> Result<()> {
        let input = json!({ "QueueUrl": url, "Attributes": { "VisibilityTimeout": seconds } });
        self.visage.aws.sqs("SetQueueAttributes", &input).map(drop)
    }
}

impl Drop for ShortTimeouts {
    fn drop(&mut self) {
        for (url, timeout) in &self.before {
            // A failure here shows in whatever waits for the queue next.
            let _ = self.put(url, timeout);
        }
    }
}
