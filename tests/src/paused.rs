//! A queue whose function isn't given what it brings, for a while.

use crate::until::until;
use crate::visage::Visage;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// What connects a queue with its function, off for as long as this lives. Everybody's messages wait: no other test may run
/// meanwhile.
#[derive(Debug)]
pub struct Paused {
    visage: Visage,
    mapping: String,
}

impl Paused {
    /// Turns off what brings a function its messages.
    ///
    /// # Errors
    /// If the function has nothing of the kind, or it can't be turned off.
    pub fn function(visage: &Visage, operation: &str) -> Result<Self> {
        let function = visage.stack.named(&visage.stack.functions, operation)?;
        let path = format!("{MAPPINGS}/?FunctionName={function}");
        let listed: Value = visage.aws.send("lambda", "GET", &path, &[], Vec::new())?.read(200)?;
        let mapping =
            listed["EventSourceMappings"][0]["UUID"].as_str().context("nothing brings it messages")?;
        let this = Self { visage: visage.clone(), mapping: mapping.to_owned() };
        this.turn(false)?;
        Ok(this)
    }

    fn turn(&self, on: bool) -> Result<()> {
        let (aws, path) = (&self.visage.aws, format!("{MAPPINGS}/{}", self.mapping));
        let body = json!({ "Enabled": on }).to_string().into_bytes();
        let answer = aws.send("lambda", "PUT", &path, &[], body)?;
        if !matches!(answer.status, 200 | 202) {
            bail!("{path} answered {}: {}", answer.status, answer.text());
        }
        let expected = if on { "Enabled" } else { "Disabled" };
        until("the function's queue is turned on or off", || {
            let now: Value = aws.send("lambda", "GET", &path, &[], Vec::new())?.read(200)?;
            Ok((now["State"] == expected).then_some(()))
        })
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        // A failure here shows in whatever waits for the function next.
        let _ = self.turn(true);
    }
}

const MAPPINGS: &str = "/2015-03-31/event-source-mappings";
